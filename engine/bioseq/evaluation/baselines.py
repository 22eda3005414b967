"""Simple predictors that stand beside a model: what they are once they are fitted, and the simplest of them.

Those that learn are fitted in `bioseq.training.companions`, on the features of the feature baselines.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_KEPT_BACK = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class FittedBaseline:
    """A simple predictor, fitted.

    Attributes:
        name: "majority", "composition", "logistic_regression", "gradient_boosting".
        title: For people, with what was done: "Logistic regression on letters by position".
        seconds: Time to fit it.
        predict: Data set of N records to probabilities, float32 `(N, C)`, rows sum to 1.
        prior_log_weights: Logarithm of the say that each class had in training beside the data, `(C,)`; empty where all
            had the same.
    """

    name: str
    title: str
    seconds: float
    predict: Callable[[Dataset], NDArray[np.float32]]
    prior_log_weights: tuple[float, ...] = ()


def fit_majority(train: Dataset) -> FittedBaseline:
    """Every record gets the shares of the classes in training, so the largest is told each time."""
    start = time.perf_counter()
    counts = np.bincount(train.labels, minlength=len(train.label_names))
    shares = (counts / counts.sum()).astype(np.float32)

    def predict(dataset: Dataset) -> NDArray[np.float32]:
        return np.tile(shares, (len(dataset), 1))

    return FittedBaseline("majority", "Always the largest class", time.perf_counter() - start, predict)


def stratified_sample(labels: NDArray[np.integer], most: int, seed: int) -> NDArray[np.intp]:
    """Rows of at most about so many records, ascending: of each class its share, at least one."""
    if len(labels) <= most:
        return np.arange(len(labels), dtype=np.intp)
    return _share_of_each_class(labels, most / len(labels), seed)


def keep_back(labels: NDArray[np.integer], seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to choose by, a fifth of each class; all of them for both when that is none."""
    learnt = _share_of_each_class(labels, 1 - _KEPT_BACK, seed)
    rest = np.setdiff1d(np.arange(len(labels)), learnt)
    return (learnt, rest) if len(rest) else (learnt, learnt)


def _share_of_each_class(labels: NDArray[np.integer], share: float, seed: int) -> NDArray[np.intp]:
    chance = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        chosen.append(chance.choice(rows, max(1, round(share * len(rows))), replace=False))
    return np.sort(np.concatenate(chosen))
