"""Trivial predictors to hold a network against: the largest class, and a logistic regression on simple features.

They see the training records only, and take seconds.
"""

from __future__ import annotations

import math
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.composition import OneHot, WordCounts
from bioseq.evaluation.metrics import confusion_at, log_loss, matthews_correlation
from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

MOST_RECORDS = 50_000
"""More training records than this are sampled, class by class, so that a baseline stays a matter of seconds."""

_STRENGTHS = (0.001, 0.01, 0.1, 1.0)
"""Inverse regularisation of the logistic regression, of which other records choose one."""
_KEPT_BACK = 0.2
_MOST_ITERATIONS = 300


@dataclass(frozen=True, slots=True, eq=False)
class FittedBaseline:
    """A trivial predictor, fitted.

    Attributes:
        name: "majority" or "logistic_regression".
        title: For people, with what was done: "Logistic regression on letters by position".
        seconds: Time to fit it.
        predict: Data set of N records to probabilities, float32 `(N, C)`, rows sum to 1.
    """

    name: str
    title: str
    seconds: float
    predict: Callable[[Dataset], NDArray[np.float32]]


def fit_baselines(
    train: Dataset,
    *,
    molecule: Molecule,
    validation: Dataset | None = None,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[FittedBaseline]:
    """Fit the trivial predictors.

    Args:
        train: Labelled records to learn from; at least two classes are present.
        molecule: What they are made of.
        validation: Labelled records that choose the regularisation; without them, training records kept back do.
        seed: Draws what is kept back or sampled.
        progress: Called with finished and all predictors; may raise to end the work.
    """
    fitted = [_fit_majority(train)]
    if progress is not None:
        progress(1, 2)
    fitted.append(_fit_logistic_regression(train, validation, molecule=molecule, seed=seed))
    if progress is not None:
        progress(2, 2)
    return fitted


def _fit_majority(train: Dataset) -> FittedBaseline:
    """Every record gets the shares of the classes in training, so the largest is told each time."""
    start = time.perf_counter()
    counts = np.bincount(train.labels, minlength=len(train.label_names))
    shares = (counts / counts.sum()).astype(np.float32)

    def predict(dataset: Dataset) -> NDArray[np.float32]:
        return np.tile(shares, (len(dataset), 1))

    return FittedBaseline("majority", "Always the largest class", time.perf_counter() - start, predict)


def _fit_logistic_regression(
    train: Dataset, validation: Dataset | None, *, molecule: Molecule, seed: int
) -> FittedBaseline:
    """Letters by position where all records have one length, else counts of short words.

    The features are scaled by their spread in the training records. The strength of the regularisation is the one of
    `_STRENGTHS` with the highest MCC on the validation records, or on training records kept back, which are learnt
    from again once it is chosen.
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    start = time.perf_counter()
    sampled = _stratified_sample(train, MOST_RECORDS, seed)
    learnt, judge = (sampled, validation) if validation is not None and len(validation) else _parted(sampled, seed)
    features = _features(train, molecule)
    scaler = StandardScaler(with_mean=False).fit(features.of(learnt))

    def fit(strength: float, records: Dataset) -> LogisticRegression:
        model = LogisticRegression(C=strength, max_iter=_MOST_ITERATIONS, tol=1e-3)
        with warnings.catch_warnings():
            # A fit that is cut short is a fair baseline too: it comes out within a few thousandths.
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(scaler.transform(features.of(records)), records.labels)

    judged = scaler.transform(features.of(judge))
    models = [fit(strength, learnt) for strength in _STRENGTHS]
    merits = [_merit(model.predict_proba(judged), model.classes_, judge.labels) for model in models]
    best = merits.index(max(merits))
    model = models[best] if learnt is sampled else fit(_STRENGTHS[best], sampled)
    classes = len(train.label_names)

    def predict(dataset: Dataset) -> NDArray[np.float32]:
        chances = np.zeros((len(dataset), classes), np.float32)
        if len(dataset):
            chances[:, model.classes_] = model.predict_proba(scaler.transform(features.of(dataset)))
        return chances

    sample = f", {len(sampled):,} of {len(train):,} records" if len(sampled) < len(train) else ""
    title = f"Logistic regression on {features.title}{sample}"
    return FittedBaseline("logistic_regression", title, time.perf_counter() - start, predict)


def _features(train: Dataset, molecule: Molecule) -> OneHot | WordCounts:
    lengths = train.lengths
    if lengths.min() == lengths.max():
        return OneHot(molecule, int(lengths[0]))
    return WordCounts(molecule, (1, 2) if molecule is Molecule.PROTEIN else (1, 2, 3, 4))


def _merit(chances: NDArray[np.float64], classes: NDArray[np.int16], labels: NDArray[np.int16]) -> tuple[float, float]:
    """What chooses the regularisation: MCC, of which rare classes have their share; among equals, log likelihood.

    Log likelihood alone would not do: with few records it prefers a model that dares to say nothing.
    """
    count = int(max(classes.max(), labels.max())) + 1
    spread = np.zeros((len(labels), count))
    spread[:, classes] = chances
    confusion = confusion_at(labels, spread)
    merit = matthews_correlation(confusion)
    return (merit if math.isfinite(merit) else -math.inf), -log_loss(labels, spread)


def _stratified_sample(dataset: Dataset, most: int, seed: int) -> Dataset:
    """At most so many records, of each class its share, at least one."""
    if len(dataset) <= most:
        return dataset
    return dataset.take(_share_of_each_class(dataset.labels, most / len(dataset), seed))


def keep_back(labels: NDArray[np.integer], seed: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to learn from and rows to choose by, a fifth of each class; all of them for both when that is none."""
    learnt = _share_of_each_class(labels, 1 - _KEPT_BACK, seed)
    rest = np.setdiff1d(np.arange(len(labels)), learnt)
    return (learnt, rest) if len(rest) else (learnt, learnt)


def _parted(dataset: Dataset, seed: int) -> tuple[Dataset, Dataset]:
    learnt, judging = keep_back(dataset.labels, seed)
    return dataset.take(learnt), dataset.take(judging)


def _share_of_each_class(labels: NDArray[np.integer], share: float, seed: int) -> NDArray[np.intp]:
    chance = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        chosen.append(chance.choice(rows, max(1, round(share * len(rows))), replace=False))
    return np.sort(np.concatenate(chosen))
