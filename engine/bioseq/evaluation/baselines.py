"""The baselines beside a model: what they are once they are fitted, and the simplest of them.

Those that learn are fitted in `bioseq.training.reference_baselines`, on the features of the feature-based models.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset

_KEPT_BACK = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class HeldOut:
    """What is predicted of records by models that were not fitted on them.

    Attributes:
        rows: Their numbers in the data set, ascending, `(N,)`.
        probabilities: Of the classes, `(N, C)`; NaN for a record that was never held out.
    """

    rows: NDArray[np.intp]
    probabilities: NDArray[np.float32]

    def of(self, rows: NDArray[np.intp]) -> NDArray[np.float32]:
        """The probabilities of these records, `(M, C)`; NaN where there are none."""
        places = np.searchsorted(self.rows, rows)
        known = np.isin(rows, self.rows)
        found = np.full((len(rows), self.probabilities.shape[1]), np.nan, np.float32)
        found[known] = self.probabilities[places[known]]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A fitted feature-based model as a bundle holds it.

    Attributes:
        architecture: Name in the catalogue.
        hyper: All its settings.
        task: Classes and longest record.
        weights: What was fitted, as named arrays.
    """

    architecture: str
    hyper: HyperValues
    task: TaskShape
    weights: Weights


@dataclass(frozen=True, slots=True, eq=False)
class FittedBaseline:
    """A baseline, fitted.

    Attributes:
        name: "majority", "composition", "kmer_regression", "logistic_regression", "gradient_boosting".
        title: For people, with what was done: "Logistic regression on letters by position".
        seconds: Time to fit it.
        predict: Data set of N records to probabilities, float32 `(N, C)`, rows sum to 1.
        held_out: What is predicted of training and validation records that were held out; None where nothing was.
        model: As a bundle holds it; None for the largest class.
    """

    name: str
    title: str
    seconds: float
    predict: Callable[[Dataset], NDArray[np.float32]]
    held_out: HeldOut | None = None
    model: FittedModel | None = None

    def with_rows(self, rows: NDArray[np.intp]) -> FittedBaseline:
        """The same, fitted on some records of a larger data set, whose numbers there these are, ascending `(N,)`."""
        if self.held_out is None:
            return self
        return replace(self, held_out=replace(self.held_out, rows=rows[self.held_out.rows]))


def fit_majority(train: Dataset) -> FittedBaseline:
    """Every record gets the shares of the classes in training, so the largest is told each time."""
    start = time.perf_counter()
    counts = np.bincount(train.labels, minlength=len(train.label_names))
    predict = _ClassFrequencies((counts / counts.sum()).astype(np.float32))
    return FittedBaseline("majority", "Always the largest class", time.perf_counter() - start, predict)


@dataclass(frozen=True, slots=True, eq=False)
class _ClassFrequencies:
    """The same probabilities for every record, `(C,)`. A class and not a function, so that it may cross processes."""

    frequencies: NDArray[np.float32]

    def __call__(self, dataset: Dataset) -> NDArray[np.float32]:
        return np.tile(self.frequencies, (len(dataset), 1))


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
