"""How often noise is called noise, and a signal too: the findings of simulated predictors. By hand: minutes.

`python tests/benchmarks/noise_findings.py [SETS]`: in each set a model and four simple models that know nothing, or a
model with a ROC AUC of about .8 beside four that know nothing; the share of sets with each first finding.
"""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import Evaluation, Scores
from bioseq.evaluation.verdict import findings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIMPLE = 4
CASES = ((80, 2, 0.5), (80, 3, 0.0), (120, 3, 0.0), (120, 2, 0.08), (400, 2, 0.5))
"""Test records, classes, prevalence of the positive class of two."""


def predicted(truth: NDArray[np.int16], classes: int, skill: float, chance: np.random.Generator) -> NDArray[np.float32]:
    noise = chance.normal(size=(len(truth), classes))
    noise[np.arange(len(truth)), truth] += skill
    powers = np.exp(noise)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)


def simulated(records: int, classes: int, prevalence: float, skill: float, seed: int) -> Evaluation:
    chance = np.random.default_rng(seed)
    truth = (np.arange(records) % classes).astype(np.int16)
    if classes == 2:
        truth = (np.arange(records) < round(prevalence * records)).astype(np.int16)
    names = ("model", *(f"simple_{number}" for number in range(1, SIMPLE + 1)))
    known = {name: predicted(truth, classes, skill if name == "model" else 0.0, chance) for name in names}
    made = []
    for name, one in known.items():
        found = scores(truth, one)
        confusion = tuple(map(tuple, found.confusion.tolist()))
        made.append(Scores(name, name, found.metrics, {}, confusion))
    labels = tuple("abc"[:classes])
    positive = "b" if classes == 2 else ""
    evaluation = Evaluation("test", labels, positive, 0.5, records, made[0], tuple(made[1:]))
    return with_intervals(evaluation, truth, known, Resamples(200))


def main() -> None:
    sets = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    for skill in (0.0, 1.2):
        for records, classes, prevalence in CASES:
            first = Counter(
                findings_of(simulated(records, classes, prevalence, skill, 1_000 + seed))[0].code
                for seed in range(sets)
            )
            told = ", ".join(f"{code.removeprefix('evaluation.')} {count}" for code, count in first.most_common())
            print(f"skill {skill}, {records} records, {classes} classes, prevalence {prevalence}: {told}", flush=True)


if __name__ == "__main__":
    main()
