"""TR-07: how often the intervals of every figure hold the true figure, on simulated sets of records.

    .venv/bin/python tests/benchmarks/bench_coverage.py [--repeats N] [--resamples R] [--cases NAME ...]

An interval at 95 % should hold it in 92 to 97 of 100 sets. Of 2,000 sets a share of 95 % is found with a standard error
of 0.5 percentage points, of the 100 that are made by default with 2.2. The true figures are those of half a million
records. Beside each share stands how many of the intervals lie wholly above the true figure, and how many below.

Records are drawn as they come, so that the class counts vary from set to set around the true ratio: intervals speak of
other records from the same source. In cases that are named `fixed` each set has the same class counts, as where a
data set was made so; figures that hang on the ratio, precision and PR AUC above all, then vary less than their
intervals say. Shares near 0 and 1 of few records take few values, whose intervals hold a true share more or less often
than they say (Brown, Cai and DasGupta 2001); such cases are the mean over several true shares.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.bootstrap import Resampling
from bioseq.evaluation.metrics import METRICS, scores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Records = tuple[NDArray[np.int64], Floats, NDArray[np.intp] | None]

MANY = 500_000
"""Records that the true figures are found on."""
LEAST, MOST = 0.92, 0.97


def kinds(chance: np.random.Generator, shares: Sequence[float], count: int, *, fixed: bool) -> NDArray[np.int64]:
    """The class of each of so many records, `(count,)`: as they come, or as many of each as the shares say."""
    if fixed:
        edges = np.round(np.cumsum(shares) * count).astype(int)
        return np.searchsorted(edges, np.arange(count), "right").clip(0, len(shares) - 1)
    return chance.choice(len(shares), count, p=shares)


@dataclass(frozen=True, slots=True)
class Bells:
    """Two classes whose scores are normal.

    Attributes:
        records: In a set.
        share: Of positives, (0, 1).
        apart: Standard deviations between the classes.
        sharpness: 1 for a calibrated model; above 1 for one that is too sure.
        lean: Log odds that the model adds for the positive class.
        fixed: Each set has as many positives as the share says.
    """

    records: int
    share: float
    apart: float
    sharpness: float = 1.0
    lean: float = 0.0
    fixed: bool = False

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the records of one set."""
        truth = kinds(chance, (1 - self.share, self.share), self.records * times, fixed=self.fixed)
        return truth, self.chances(chance.normal(size=len(truth)) + self.apart * truth), None

    def chances(self, score: Floats) -> Floats:
        """Probabilities `(N, 2)` that a model gives for the scores."""
        odds = self.apart * score - self.apart**2 / 2 + math.log(self.share / (1 - self.share)) + self.lean
        chances = 1 / (1 + np.exp(-self.sharpness * odds))
        return np.stack([1 - chances, chances], axis=1)


def rates(specificity: float, sensitivity: float, *, negatives: int, positives: int, fixed: bool = False) -> Bells:
    """Two classes of which these shares are told right at a threshold of one half."""
    normal = NormalDist()
    low, high = normal.inv_cdf(specificity), normal.inv_cdf(sensitivity)
    apart, share = low + high, positives / (negatives + positives)
    # Told to be positive is what scores above `low`, where the odds are 1.
    lean = apart**2 / 2 - apart * low - math.log(share / (1 - share))
    return Bells(negatives + positives, share, apart, lean=lean, fixed=fixed)


@dataclass(frozen=True, slots=True)
class Families:
    """As `Bells`, but in clusters of one class whose scores are alike.

    Attributes:
        bells: Their records are clusters here.
        smallest: Records in the smallest cluster.
        largest: Records in the largest cluster; sizes are even from the smallest to here.
        alike: Correlation of the scores in a cluster, [0, 1].
    """

    bells: Bells
    smallest: int
    largest: int
    alike: float

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the clusters of one set."""
        count = self.bells.records * times
        classes = kinds(chance, (1 - self.bells.share, self.bells.share), count, fixed=self.bells.fixed)
        cluster = np.repeat(np.arange(count), chance.integers(self.smallest, self.largest + 1, count))
        common, own = chance.normal(size=count)[cluster], chance.normal(size=len(cluster))
        score = math.sqrt(self.alike) * common + math.sqrt(1 - self.alike) * own
        return classes[cluster], self.bells.chances(score + self.bells.apart * classes[cluster]), cluster


@dataclass(frozen=True, slots=True)
class Classes:
    """Several equally frequent classes.

    Attributes:
        records: In a set, a multiple of the classes.
        classes: How many.
        apart: How much the true class stands out.
        sharpness: How sure the model is; `apart` is calibrated.
        lead: By how much the first class stands out in all records: much, and it alone is answered.
        fixed: Each set has as many records of each class.
    """

    records: int
    classes: int
    apart: float
    sharpness: float = 1.0
    lead: float = 0.0
    fixed: bool = False

    def __call__(self, chance: np.random.Generator, times: int) -> Records:
        """So many times the records of one set."""
        truth = kinds(chance, [1 / self.classes] * self.classes, self.records * times, fixed=self.fixed)
        logits = chance.normal(size=(len(truth), self.classes))
        logits[np.arange(len(truth)), truth] += self.apart
        logits[:, 0] += self.lead
        powers = np.exp(self.sharpness * logits)
        return truth, powers / powers.sum(axis=1, keepdims=True), None


Case = Callable[[np.random.Generator, int], "Records"]

CASES: dict[str, tuple[Case, ...]] = {
    "60-easy": (Bells(60, 0.5, 3.0),),
    "100-even": (Bells(100, 0.5, 1.5),),
    "100-even-fixed": (Bells(100, 0.5, 1.5, fixed=True),),
    "200-too-sure": (Bells(200, 0.25, 2.0, 1.5),),
    "200-too-sure-fixed": (Bells(200, 0.25, 2.0, 1.5, fixed=True),),
    "500-rare": (Bells(500, 0.1, 2.0),),
    "2000-even": (Bells(2_000, 0.5, 1.5),),
    "2000-too-sure": (Bells(2_000, 0.2, 2.5, 2.0),),
    "200-four-classes": (Classes(200, 4, 1.5, 1.5),),
    "60-clusters": (Families(Bells(60, 0.5, 1.5), 1, 9, 0.6),),
    "200-clusters": (Families(Bells(200, 0.3, 2.0, 1.5), 1, 9, 0.6),),
    "0-of-12": tuple(rates(right, 0.9, negatives=12, positives=12) for right in (0.02, 0.05, 0.1, 0.15, 0.2)),
    "427-of-427": tuple(
        rates(1 - wrong / 427, wrong / 28, negatives=427, positives=28) for wrong in (0.3, 0.7, 1.5, 2.5, 4.0)
    ),
    "0.9-of-100+100-fixed": (rates(0.9, 0.9, negatives=100, positives=100, fixed=True),),
    "0.99-of-100+100-fixed": tuple(
        rates(right, right, negatives=100, positives=100, fixed=True) for right in (0.98, 0.985, 0.99, 0.993, 0.996)
    ),
    "one-of-2": tuple(Classes(60, 2, 0.3, lead=lead) for lead in (2.2, 2.7, 3.2)),
    "one-of-3": tuple(Classes(90, 3, 0.3, lead=lead) for lead in (2.7, 3.2, 3.7)),
    "one-of-5": tuple(Classes(150, 5, 0.3, lead=lead) for lead in (3.0, 3.5, 4.0)),
    "clusters-of-1": (Families(Bells(100, 0.4, 2.0), 1, 1, 0.6),),
    "clusters-of-3": (Families(Bells(100, 0.4, 2.0), 3, 3, 0.6),),
    "clusters-of-20": (Families(Bells(60, 0.4, 2.0), 20, 20, 0.6),),
    "clusters-of-3-near-1": tuple(
        Families(rates(right, right, negatives=60, positives=40), 3, 3, 0.6) for right in (0.98, 0.99, 0.995)
    ),
    "clusters-of-20-near-1": tuple(
        Families(rates(right, right, negatives=40, positives=40), 20, 20, 0.6) for right in (0.98, 0.99, 0.995)
    ),
    "300-rare-varying": (Bells(300, 0.15, 1.5),),
}
"""Cases by name; those of several parts are the mean over them."""


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


def coverage(parts: Sequence[Case], sets: int, resamples: int) -> dict[str, Held]:
    """How the intervals of every figure fare on so many simulated sets."""
    chance = np.random.default_rng(20)
    counts = {name: [0, 0, 0] for name in METRICS}
    for part, case in enumerate(parts):
        one, _, _ = case(chance, 1)
        truth, chances, _ = case(chance, MANY // len(one))
        true = scores(truth, chances).metrics
        for seed in range(part, sets, len(parts)):
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
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--resamples", type=int, default=200)
    parser.add_argument("--cases", nargs="*", choices=CASES, default=list(CASES))
    chosen = parser.parse_args()
    for case in chosen.cases:
        started = time.process_time()
        found = coverage(CASES[case], chosen.repeats, chosen.resamples)
        print(f"{case}: {chosen.repeats:,} sets, {time.process_time() - started:.0f} s of processor time")
        for name, held in found.items():
            told = "" if LEAST <= held.share <= MOST else "  outside"
            if not held.defined:
                continue
            sides = f"{held.above / held.defined:6.1%} too high {held.below / held.defined:6.1%} too low"
            print(f"  {METRICS[name].title:<18} {held.share:6.1%} {sides}{told}", flush=True)


if __name__ == "__main__":
    main()
