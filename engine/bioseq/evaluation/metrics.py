"""Figures of merit of a classifier, as pure functions on arrays, for two and for more classes alike.

Every figure equals scikit-learn's. What the records cannot tell (the ROC AUC or the MCC of one class alone) is NaN.
What is bad counts as bad: the precision of a class that has records and is never predicted is 0, and so is the MCC of a
model that answers one class only. Shapes: N records, C classes. Needs numpy only: the window computes curves and
thresholds with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CALIBRATION_BINS = 15
_TWO = 2


@dataclass(frozen=True, slots=True)
class Metric:
    """One figure of merit.

    Attributes:
        name: Key in `metrics.json` and in events.
        title: For tables and axes.
        help: What it says, one sentence for a biologist.
        higher_is_better: Which way is good.
        minimum: Worst value for figures that rise, best for those that fall.
        maximum: The other end of the range; infinite for the loss.
        maximum_of_many: The same with more than two classes, where it is another.
    """

    name: str
    title: str
    help: str
    higher_is_better: bool = True
    minimum: float = 0.0
    maximum: float = 1.0
    maximum_of_many: float | None = None

    def range_of(self, classes: int) -> tuple[float, float]:
        """Least and greatest value with so many classes."""
        of_many = None if classes == _TWO else self.maximum_of_many
        return self.minimum, self.maximum if of_many is None else of_many


_ALL = (
    Metric("accuracy", "Accuracy", "Fraction of records assigned to the right class."),
    Metric(
        "balanced_accuracy", "Balanced accuracy", "Mean over the classes of the fraction assigned to the right class."
    ),
    Metric("sensitivity", "Sensitivity", "Fraction of the positive records that were found (recall)."),
    Metric("specificity", "Specificity", "Fraction of the negative records that were recognised as negative."),
    Metric("precision", "Precision", "Fraction of the records predicted positive that are positive."),
    Metric("f1", "F1", "Harmonic mean of precision and sensitivity."),
    Metric(
        "mcc", "MCC", "Matthews correlation of predicted and true classes: 1 is perfect, 0 is chance.", minimum=-1.0
    ),
    Metric(
        "roc_auc", "ROC AUC", "Probability that a positive record scores higher than a negative one; 0.5 is guessing."
    ),
    Metric("pr_auc", "PR AUC", "Average precision; guessing gives the fraction of positive records."),
    Metric(
        "brier", "Brier score", "Mean squared error of the probabilities.", higher_is_better=False, maximum_of_many=2.0
    ),
    Metric(
        "ece",
        "Calibration error",
        "Mean distance of the probabilities from the observed frequencies.",
        higher_is_better=False,
    ),
    Metric(
        "loss",
        "Log loss",
        "Mean negative logarithm of the probability of the true class, nats.",
        higher_is_better=False,
        maximum=math.inf,
    ),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}
"""All figures by name, in the order in which tables show them."""

CHOOSING: dict[str, Metric] = {
    **METRICS,
    "calibrated_loss": Metric(
        "calibrated_loss",
        "Log loss once calibrated",
        "Log loss at the temperature that suits the records.",
        higher_is_better=False,
        maximum=math.inf,
    ),
}
"""All figures by which an epoch may be chosen."""

PER_CLASS = ("sensitivity", "specificity", "precision", "f1", "mcc", "roc_auc", "pr_auc", "brier", "ece")
"""The figures that exist for each class against the rest."""


@dataclass(frozen=True, slots=True, eq=False)
class ClassScores:
    """All figures of one predictor on one set of records.

    Attributes:
        metrics: Name to value, all of `METRICS`. Two classes: of the positive class. More: macro means over the classes
            for which a figure is defined (precision and F1: those that a record has or is predicted to have); accuracy,
            MCC, Brier score and loss as defined for many classes.
        per_class_by_index: For each class, the figures `PER_CLASS` of that class against the rest.
        confusion: Records per true (rows) and predicted class (columns), int64 `(C, C)`.
    """

    metrics: dict[str, float]
    per_class_by_index: tuple[dict[str, float], ...]
    confusion: NDArray[np.int64]


class RocCurve(NamedTuple):
    """A ROC curve, one point per distinct score, from (0, 0) to (1, 1); never smoothed."""

    false_positive_rate: NDArray[np.float64]
    true_positive_rate: NDArray[np.float64]
    thresholds: NDArray[np.float64]


class PrecisionRecallCurve(NamedTuple):
    """A precision-recall curve with recall falling from 1 to 0; the last point (1, 0) has no threshold of its own."""

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]
    thresholds: NDArray[np.float64]


class CalibrationBins(NamedTuple):
    """Mean probability and observed share in bins that hold equally many records."""

    predicted: NDArray[np.float64]
    observed: NDArray[np.float64]
    counts: NDArray[np.int64]


def scores(truth: ArrayLike, probabilities: ArrayLike, *, threshold: float = 0.5, positive: int = 1) -> ClassScores:
    """All figures of a predictor.

    Args:
        truth: True class of each record, `(N,)`, 0 <= class < C.
        probabilities: Of each class, rows sum to 1, `(N, C)`.
        threshold: With two classes: probability of the positive class from which a record is called positive.
        positive: With two classes: the class that sensitivity speaks of.

    Raises:
        ValueError: Shapes do not fit, a class is out of range, or a probability is not finite.
    """
    truth_codes, chances = _checked(truth, probabilities)
    confusion = confusion_at(truth_codes, chances, threshold=threshold, positive=positive)
    per_class = tuple(_one_against_rest(truth_codes, chances, confusion, index) for index in range(chances.shape[1]))
    binary = chances.shape[1] == 2
    metrics = dict(per_class[positive]) if binary else {name: _mean_defined(per_class, name) for name in PER_CLASS}
    metrics["accuracy"] = _share(float(np.trace(confusion)), float(confusion.sum()))
    metrics["balanced_accuracy"] = _balanced_accuracy(confusion)
    metrics["mcc"] = matthews_correlation(confusion)
    metrics["loss"] = log_loss(truth_codes, probabilities)
    if not binary:
        metrics["brier"] = _brier_of_many(truth_codes, chances)
        metrics["ece"] = _top_label_error(truth_codes, chances)
    return ClassScores({name: metrics[name] for name in METRICS}, per_class, confusion)


def predicted_classes(probabilities: ArrayLike, *, threshold: float = 0.5, positive: int = 1) -> NDArray[np.int16]:
    """The predicted class of each record, `(N,)`: by the threshold with two classes, the most probable with more.

    A row with NaN gives -1.
    """
    chances = np.asarray(probabilities, np.float64)
    if chances.shape[1] == 2:
        told = np.where(chances[:, positive] >= threshold, positive, 1 - positive)
    else:
        told = np.argmax(chances, axis=1)
    return np.where(np.isnan(chances).any(axis=1), -1, told).astype(np.int16)


def confusion_at(
    truth: ArrayLike, probabilities: ArrayLike, *, threshold: float = 0.5, positive: int = 1
) -> NDArray[np.int64]:
    """Records per true class (rows) and predicted class (columns), `(C, C)`; arguments as in `scores`."""
    truth_codes, chances = _checked(truth, probabilities)
    classes = chances.shape[1]
    told = predicted_classes(chances, threshold=threshold, positive=positive).astype(np.int64)
    return np.bincount(truth_codes * classes + told, minlength=classes * classes).reshape(classes, classes)


def matthews_correlation(confusion: NDArray[np.int64]) -> float:
    """Matthews correlation of a confusion matrix `(C, C)`; 0 when all records are told to be one class.

    NaN when all records are of one class: they cannot tell whether a model tells classes apart.

    Source: Gorodkin 2004, the coefficient for many classes; scikit-learn for the model that answers one class.
    """
    counts = confusion.astype(np.float64)
    true, told, total = counts.sum(axis=1), counts.sum(axis=0), counts.sum()
    true_spread, told_spread = total**2 - true @ true, total**2 - told @ told
    if true_spread <= 0:
        return math.nan
    covariance = np.trace(counts) * total - true @ told
    return float(covariance / math.sqrt(told_spread * true_spread)) if told_spread > 0 else 0.0


def roc_auc(positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the ROC curve, ties counted half; NaN unless both kinds of records are there.

    Args:
        positive: Which records are positive, bool `(N,)`.
        score: Higher means more positive, `(N,)`.
    """
    false_positives, true_positives, _ = cumulative_counts(positive, score)
    area = float(np.sum(np.diff(false_positives) * (true_positives[1:] + true_positives[:-1])) / 2)
    return _share(area, float(false_positives[-1]) * float(true_positives[-1]))


def average_precision(positive: ArrayLike, score: ArrayLike) -> float:
    """Area under the precision-recall steps; NaN without a positive record. Arguments as in `roc_auc`."""
    false_positives, true_positives, _ = cumulative_counts(positive, score)
    if true_positives[-1] == 0:
        return math.nan
    precision = true_positives[1:] / (true_positives[1:] + false_positives[1:])
    return float(np.sum(np.diff(true_positives) / true_positives[-1] * precision))


def roc_curve(positive: ArrayLike, score: ArrayLike) -> RocCurve:
    """The ROC curve with a point per distinct score; rates are NaN where a kind of records is missing.

    Arguments as in `roc_auc`. The first threshold is infinite: nothing is called positive.
    """
    false_positives, true_positives, thresholds = cumulative_counts(positive, score)
    return RocCurve(
        _shares(false_positives, false_positives[-1]),
        _shares(true_positives, true_positives[-1]),
        np.concatenate([[np.inf], thresholds]),
    )


def precision_recall_curve(positive: ArrayLike, score: ArrayLike) -> PrecisionRecallCurve:
    """The precision-recall curve with a point per distinct score; recall is NaN without a positive record.

    Arguments as in `roc_auc`.
    """
    false_positives, true_positives, thresholds = cumulative_counts(positive, score)
    precision = true_positives[1:] / (true_positives[1:] + false_positives[1:])
    recall = _shares(true_positives[1:], true_positives[-1])
    return PrecisionRecallCurve(
        np.concatenate([precision[::-1], [1.0]]), np.concatenate([recall[::-1], [0.0]]), thresholds[::-1]
    )


def calibration_bins(positive: ArrayLike, score: ArrayLike, *, bins: int = CALIBRATION_BINS) -> CalibrationBins:
    """Mean probability and observed share in at most `bins` bins of equal mass, ascending.

    Records with one probability share their outcome evenly, so the order of the records does not matter.

    Args:
        positive: What came true, bool `(N,)`.
        score: Its probability, [0, 1], `(N,)`.
        bins: Bins; fewer when there are fewer records.
    """
    outcomes, chances = np.asarray(positive, np.float64), np.asarray(score, np.float64)
    order = np.argsort(chances, kind="stable")
    chances, outcomes = chances[order], outcomes[order]
    _, group, sizes = np.unique(chances, return_inverse=True, return_counts=True)
    outcomes = (np.bincount(group, weights=outcomes, minlength=len(sizes)) / np.maximum(sizes, 1))[group]
    edges = np.linspace(0, len(chances), min(bins, len(chances)) + 1).astype(np.intp)
    counts = np.diff(edges).astype(np.int64)
    if not len(counts):
        nothing = np.zeros(0, np.float64)
        return CalibrationBins(nothing, nothing, counts)
    return CalibrationBins(
        np.add.reduceat(chances, edges[:-1]) / counts, np.add.reduceat(outcomes, edges[:-1]) / counts, counts
    )


def calibration_error(positive: ArrayLike, score: ArrayLike, *, bins: int = CALIBRATION_BINS) -> float:
    """Expected calibration error over bins of equal mass, [0, 1]; NaN without records. See `calibration_bins`."""
    found = calibration_bins(positive, score, bins=bins)
    gaps = np.abs(found.predicted - found.observed)
    return _share(float(found.counts @ gaps), float(found.counts.sum()))


def log_loss(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean negative logarithm of the probability of the true class, nats; NaN without records.

    Probabilities are kept away from 0 and 1 by their rounding error, as scikit-learn does.
    """
    chances = np.asarray(probabilities)
    rounding = np.finfo(chances.dtype if chances.dtype.kind == "f" else np.float64).eps
    told = chances[np.arange(len(chances)), np.asarray(truth, np.int64)].astype(np.float64)
    return float(-np.mean(np.log(np.clip(told, rounding, 1 - rounding)))) if len(told) else math.nan


def _checked(truth: ArrayLike, probabilities: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    codes, chances = np.asarray(truth).astype(np.int64), np.asarray(probabilities, np.float64)
    if chances.ndim != 2 or codes.shape != chances.shape[:1] or chances.shape[1] < 2:
        raise ValueError(f"truth {codes.shape} and probabilities {chances.shape} do not fit together")
    if len(codes) and not 0 <= codes.min() <= codes.max() < chances.shape[1]:
        raise ValueError("a class is out of range")
    if not np.isfinite(chances).all():
        raise ValueError("a probability is not finite")
    return codes, chances


def cumulative_counts(
    positive: ArrayLike, score: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """False and true positives at each distinct score, descending, with a leading 0; and those scores."""
    positives, values = np.asarray(positive, bool), np.asarray(score, np.float64)
    order = np.argsort(-values, kind="stable")
    values, positives = values[order], positives[order]
    ends = np.flatnonzero(np.diff(values, append=-np.inf)) if len(values) else np.zeros(0, np.intp)
    true_positives = np.cumsum(positives)[ends].astype(np.float64)
    false_positives = (ends + 1) - true_positives
    zero = np.zeros(1)
    return np.concatenate([zero, false_positives]), np.concatenate([zero, true_positives]), values[ends]


def _one_against_rest(
    truth: NDArray[np.int64], chances: NDArray[np.float64], confusion: NDArray[np.int64], index: int
) -> dict[str, float]:
    hits = float(confusion[index, index])
    missed = float(confusion[index].sum()) - hits
    false_alarms = float(confusion[:, index].sum()) - hits
    rejected = float(confusion.sum()) - hits - missed - false_alarms
    never_told = hits + false_alarms == 0
    own, chance = truth == index, chances[:, index]
    return {
        "sensitivity": _share(hits, hits + missed),
        "specificity": _share(rejected, rejected + false_alarms),
        "precision": 0.0 if never_told and missed else _share(hits, hits + false_alarms),
        "f1": _share(2 * hits, 2 * hits + false_alarms + missed),
        "mcc": matthews_correlation(np.array([[rejected, false_alarms], [missed, hits]], np.int64)),
        "roc_auc": roc_auc(own, chance),
        "pr_auc": average_precision(own, chance),
        "brier": float(np.mean((chance - own) ** 2)) if len(own) else math.nan,
        "ece": calibration_error(own, chance),
    }


def _balanced_accuracy(confusion: NDArray[np.int64]) -> float:
    """Mean sensitivity over the classes that are there; NaN with fewer than two of them."""
    present = confusion.sum(axis=1) > 0
    if np.count_nonzero(present) < 2:
        return math.nan
    return float(np.mean(np.diag(confusion)[present] / confusion.sum(axis=1)[present]))


def _brier_of_many(truth: NDArray[np.int64], chances: NDArray[np.float64]) -> float:
    if not len(truth):
        return math.nan
    return float(np.mean(np.sum((chances - np.eye(chances.shape[1])[truth]) ** 2, axis=1)))


def _top_label_error(truth: NDArray[np.int64], chances: NDArray[np.float64]) -> float:
    if not len(truth):
        return math.nan
    told = np.argmax(chances, axis=1)
    return calibration_error(told == truth, chances[np.arange(len(told)), told])


def _mean_defined(per_class: tuple[dict[str, float], ...], name: str) -> float:
    values = [figures[name] for figures in per_class if not math.isnan(figures[name])]
    return math.fsum(values) / len(values) if values else math.nan


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def _shares(parts: NDArray[np.float64], whole: float) -> NDArray[np.float64]:
    return parts / whole if whole else np.full(len(parts), np.nan)
