"""TR-07: how often the intervals of every figure hold the true figure, on simulated sets of records.

    .venv/bin/python tests/benchmarks/bench_coverage.py [--sets N] [--resamples R] [--case NAME ...]

An interval at 95 % should hold it in 92 to 97 of 100 sets. Of 2,000 sets a share of 95 % is found with a standard error
of 0.5 percentage points. The true figures are those of a million records. Beside each share stands how many
of the intervals lie wholly above the true figure, and how many below.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.bootstrap import Resampling
from bioseq.evaluation.metrics import METRICS, scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Records = tuple[NDArray[np.int64], Floats, NDArray[np.intp] | None]

MANY = 1_000_000
"""Records that the true figures are found on."""
LEAST, MOST = 0.92, 0.97


@dataclass(frozen=True, slots=True)
class Bells:
    """Two classes whose scores are normal, at a fixed share of positives.

    Attributes:
        records: In a set.
        share: Of positives, (0, 1).
        apart: Standard deviations between the classes.
        sharpness: 1 for a calibrated model; above 1 for one that is too sure.
    """

    records: int
    share: float
    apart: float
    sharpness: float = 1.0

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the records of one set."""
        count = self.records * times
        truth = (np.arange(count) < round(count * self.share)).astype(np.int64)
        return truth, self.chances(chance.normal(size=count) + self.apart * truth), None

    def chances(self, score: Floats) -> Floats:
        """Probabilities `(N, 2)` that a model gives for the scores."""
        odds = self.apart * score - self.apart**2 / 2 + math.log(self.share / (1 - self.share))
        chances = 1 / (1 + np.exp(-self.sharpness * odds))
        return np.stack([1 - chances, chances], axis=1)


@dataclass(frozen=True, slots=True)
class Families:
    """As `Bells`, but in clusters of one class whose scores are alike.

    Attributes:
        bells: Their records are clusters here.
        largest: Records in the largest cluster; sizes are even from 1 to here.
        alike: Correlation of the scores in a cluster, [0, 1].
    """

    bells: Bells
    largest: int
    alike: float

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the clusters of one set."""
        count = self.bells.records * times
        kinds = (np.arange(count) < round(count * self.bells.share)).astype(np.int64)
        cluster = np.repeat(np.arange(count), chance.integers(1, self.largest + 1, count))
        common, own = chance.normal(size=count)[cluster], chance.normal(size=len(cluster))
        score = math.sqrt(self.alike) * common + math.sqrt(1 - self.alike) * own
        return kinds[cluster], self.bells.chances(score + self.bells.apart * kinds[cluster]), cluster


@dataclass(frozen=True, slots=True)
class Classes:
    """Several equally frequent classes.

    Attributes:
        records: In a set, a multiple of the classes.
        classes: How many.
        apart: How much the true class stands out.
        sharpness: How sure the model is; `apart` is calibrated.
    """

    records: int
    classes: int
    apart: float
    sharpness: float

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the records of one set."""
        truth = np.repeat(np.arange(self.classes), self.records * times // self.classes)
        logits = chance.normal(size=(len(truth), self.classes))
        logits[np.arange(len(truth)), truth] += self.apart
        powers = np.exp(self.sharpness * logits)
        return truth, powers / powers.sum(axis=1, keepdims=True), None


CASES: dict[str, Callable[[np.random.Generator, int], Records]] = {
    "60-easy": Bells(60, 0.5, 3.0),
    "100-even": Bells(100, 0.5, 1.5),
    "200-too-sure": Bells(200, 0.25, 2.0, 1.5),
    "500-rare": Bells(500, 0.1, 2.0),
    "2000-even": Bells(2_000, 0.5, 1.5),
    "2000-too-sure": Bells(2_000, 0.2, 2.5, 2.0),
    "200-four-classes": Classes(200, 4, 1.5, 1.5),
    "60-clusters": Families(Bells(60, 0.5, 1.5), 9, 0.6),
    "200-clusters": Families(Bells(200, 0.3, 2.0, 1.5), 9, 0.6),
}


@dataclass(frozen=True, slots=True)
class Held:
    """Of one figure: sets with an interval, and how many of them lie wholly above or wholly below the true figure."""

    defined: int
    above: int
    below: int

    @property
    def share(self) -> float:
        """Of the intervals that hold the true figure."""
        return 1 - (self.above + self.below) / max(1, self.defined)


def coverage(case: Callable[[np.random.Generator, int], Records], sets: int, resamples: int) -> dict[str, Held]:
    """How the intervals of every figure fare on so many simulated sets."""
    chance = np.random.default_rng(20)
    one, _, _ = case(chance, 1)
    truth, chances, _ = case(chance, MANY // len(one))
    true = scores(truth, chances).metrics
    counts = {name: [0, 0, 0] for name in METRICS}
    for seed in range(sets):
        truth, chances, clusters = case(chance, 1)
        drawing = Resampling(truth, clusters=clusters, resamples=resamples, seed=seed)
        for name, interval in drawing.intervals(drawing.drawn(chances)).items():
            if interval.defined:
                counts[name][0] += 1
                counts[name][1] += interval.low > true[name] + 1e-9
                counts[name][2] += interval.high < true[name] - 1e-9
    return {name: Held(*found) for name, found in counts.items()}


def main() -> None:
    """Print a table: figures in rows, the share of intervals that hold the true figure, and those too high, too low."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", type=int, default=2_000)
    parser.add_argument("--resamples", type=int, default=1_000)
    parser.add_argument("--case", nargs="*", choices=CASES, default=list(CASES))
    chosen = parser.parse_args()
    for case in chosen.case:
        started = time.process_time()
        found = coverage(CASES[case], chosen.sets, chosen.resamples)
        print(f"{case}: {chosen.sets:,} sets, {time.process_time() - started:.0f} s of processor time")
        for name, held in found.items():
            told = "" if LEAST <= held.share <= MOST else "  outside"
            sides = f"{held.above / held.defined:6.1%} too high {held.below / held.defined:6.1%} too low"
            print(f"  {METRICS[name].title:<18} {held.share:6.1%} {sides}{told}", flush=True)


if __name__ == "__main__":
    main()
