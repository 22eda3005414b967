"""TR-07: intervals of every figure from 1,000 resamples of 10,000 records, against a loop over resamples.

    .venv/bin/python tests/benchmarks/bench_bootstrap.py [--records N] [--resamples R]

The loop draws records within each class and computes every figure on the drawn records with `metrics.scores`, which is
itself in numpy and equals scikit-learn; a second loop does the same with scikit-learn's functions. Both loops do a
share of the resamples and their time is scaled up. Our side counts everything: draws, figures, the jackknife for the
acceleration and the bounds. One thread; processor time and time by the clock; the least of three, since other work on
the machine only adds. Limit: 2 s of processor time for 1,000 resamples of 10,000 records.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
from sklearn import metrics as reference

from bioseq.evaluation.bootstrap import intervals
from bioseq.evaluation.metrics import calibration_error, scores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Judge = Callable[[NDArray[np.int64], NDArray[np.float32]], object]

ROUNDS = 3
LOOPED = 20
"""Resamples that the loops do."""


def records(count: int, classes: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Records of unlike classes and the probabilities of a fair model."""
    chance = np.random.default_rng(1)
    truth = chance.choice(classes, count, p=np.linspace(1, 2, classes) / np.linspace(1, 2, classes).sum())
    logits = chance.normal(size=(count, classes))
    logits[np.arange(count), truth] += 2
    powers = np.exp(logits)
    return truth, (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def by_scikit_learn(truth: NDArray[np.int64], chances: NDArray[np.float32]) -> object:
    """The same figures with scikit-learn; the calibration error, which it has not, is ours."""
    classes = chances.shape[1]
    told = np.argmax(chances, axis=1)
    labels = range(classes)
    binary = classes == 2
    score = chances[:, 1] if binary else chances
    own = truth if binary else np.eye(classes)[truth]
    return (
        reference.accuracy_score(truth, told),
        reference.balanced_accuracy_score(truth, told),
        reference.precision_recall_fscore_support(truth, told, labels=labels, zero_division=0),
        reference.confusion_matrix(truth, told, labels=labels),
        reference.matthews_corrcoef(truth, told),
        reference.roc_auc_score(own, score, average="macro"),
        reference.average_precision_score(own, score, average="macro"),
        np.mean((chances - np.eye(classes)[truth]) ** 2),
        calibration_error(told == truth, chances.max(axis=1)),
        reference.log_loss(truth, chances, labels=labels),
    )


def loop(truth: NDArray[np.int64], chances: NDArray[np.float32], judge: Judge) -> None:
    """Draw and judge, one resample after the other."""
    chance = np.random.default_rng(1)
    strata = [np.flatnonzero(truth == kind) for kind in np.unique(truth)]
    for _ in range(LOOPED):
        rows = np.concatenate([chance.choice(stratum, len(stratum)) for stratum in strata])
        judge(truth[rows], chances[rows])


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Processor time and time by the clock, the least of each."""
    found = []
    for _ in range(ROUNDS):
        clock, processor = time.perf_counter(), time.process_time()
        work()
        found.append((time.process_time() - processor, time.perf_counter() - clock))
    return min(first for first, _ in found), min(second for _, second in found)


def main() -> None:
    """Measure for two, five and thirteen classes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--resamples", type=int, default=1_000)
    chosen = parser.parse_args()
    print(f"{chosen.resamples:,} resamples of {chosen.records:,} records; processor (clock) seconds")
    for classes in (2, 5, 13):
        truth, chances = records(chosen.records, classes)
        own = seconds(lambda truth=truth, chances=chances: intervals(truth, chances, resamples=chosen.resamples))
        scale = chosen.resamples / LOOPED
        naive, usual = (
            seconds(lambda truth=truth, chances=chances, judge=judge: loop(truth, chances, judge))
            for judge in (scores, by_scikit_learn)
        )
        print(
            f"{classes:>2} classes: {own[0]:.2f} ({own[1]:.2f}); loop over `scores` {naive[0] * scale:.1f}, "
            f"{naive[0] * scale / own[0]:.0f} times as long; loop over scikit-learn {usual[0] * scale:.1f}, "
            f"{usual[0] * scale / own[0]:.0f} times as long"
        )


if __name__ == "__main__":
    main()
