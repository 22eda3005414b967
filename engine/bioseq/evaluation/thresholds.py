"""Where to draw the line with two classes, and what it is worth where positives are rarer than in training.

A threshold is chosen on validation records for a stated aim. Needs numpy only: the window chooses with it. Shapes: N
records.

Sources: Youden 1950 for the index; Elkan 2001, theorem 2, and Saerens, Latinne and Decaestecker 2002, equation 4, for
probabilities at another prevalence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.metrics import cumulative_counts

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from bioseq.config.schema import ThresholdAim

    Floats = NDArray[np.float64]

_LEAST, _MOST = 1e-6, 1 - 1e-6
_ALIKE = 1e-12


@dataclass(frozen=True, slots=True)
class ThresholdChoice:
    """A threshold and what it does on the records that chose it.

    Attributes:
        threshold: Probability of the positive class from which a record counts as positive, (0, 1).
        sensitivity: Share of the positive records found, [0, 1].
        specificity: Share of the negative records told to be negative, [0, 1].
    """

    threshold: float
    sensitivity: float
    specificity: float


def choose_threshold(
    positive: ArrayLike, score: ArrayLike, aim: ThresholdAim, *, value: float = 0.9
) -> ThresholdChoice | None:
    """The threshold that serves an aim best; None when there are not both kinds of records, or nothing to choose.

    Between two scores every threshold does the same: the middle is taken, and of several that serve alike the one
    next to one half.

    Args:
        positive: Which records are positive, bool `(N,)`; of validation, never of the test.
        score: Probability of the positive class, `(N,)`.
        aim: "mcc", "f1" and "youden" (sensitivity plus specificity) are made as great as can be; "sensitivity" and
            "specificity" are held at least at `value`, with as much of the other as that leaves; "fixed" chooses none.
        value: For "sensitivity" and "specificity", (0, 1].
    """
    false_positives, true_positives, scores = cumulative_counts(positive, score)
    negatives, positives = float(false_positives[-1]), float(true_positives[-1])
    if aim == "fixed" or not negatives or not positives:
        return None
    found, spared = true_positives / positives, 1 - false_positives / negatives
    thresholds = _between(scores)
    worth = _worth(aim, value, false_positives, true_positives)
    best = np.flatnonzero(worth >= worth.max() - _ALIKE)
    chosen = int(best[np.argmin(np.abs(thresholds[best] - 0.5))])
    return ThresholdChoice(float(thresholds[chosen]), float(found[chosen]), float(spared[chosen]))


def at_prevalence(probabilities: ArrayLike, *, trained: ArrayLike, expected: ArrayLike) -> Floats:
    """Probabilities as they are where the classes have other shares than in training, `(N, C)`, rows sum to 1.

    Within each class records must look as they did: only how many there are of it may differ.

    Args:
        probabilities: As the model gives them, `(N, C)`.
        trained: Share of each class among the records that the model learnt from, above 0, `(C,)`.
        expected: Share of each class where it is used, `(C,)`.
    """
    weights = np.asarray(expected, np.float64) / np.asarray(trained, np.float64)
    weighted = np.asarray(probabilities, np.float64) * weights
    shifted: Floats = weighted / weighted.sum(axis=1, keepdims=True)
    return shifted


def predictive_values(sensitivity: float, specificity: float, prevalence: float) -> tuple[float, float]:
    """What a positive and a negative answer are worth at a prevalence, by Bayes' rule.

    Args:
        sensitivity: [0, 1].
        specificity: [0, 1].
        prevalence: Share of positives where the model is used, [0, 1].

    Returns:
        Share of the positive answers that are right (PPV) and of the negative ones (NPV); NaN where none is given.
    """
    hits, missed = sensitivity * prevalence, (1 - sensitivity) * prevalence
    rejected, alarms = specificity * (1 - prevalence), (1 - specificity) * (1 - prevalence)
    return _share(hits, hits + alarms), _share(rejected, rejected + missed)


def _between(scores: Floats) -> Floats:
    """A threshold for each number of distinct scores called positive, from none to all, within (0, 1)."""
    edges = np.concatenate([[1.0], scores, [0.0]])
    thresholds: Floats = np.clip((edges[:-1] + edges[1:]) / 2, _LEAST, _MOST)
    return thresholds


def _worth(aim: ThresholdAim, value: float, false_positives: Floats, true_positives: Floats) -> Floats:
    """How well each threshold serves the aim; -inf where it does not at all."""
    negatives, positives = false_positives[-1], true_positives[-1]
    found, spared = true_positives / positives, 1 - false_positives / negatives
    told, total = true_positives + false_positives, positives + negatives
    worth: Floats
    match aim:
        case "f1":
            worth = 2 * true_positives / (told + positives)
        case "youden":
            worth = found + spared
        case "sensitivity":
            worth = np.where(found >= value - _ALIKE, spared, -math.inf)
        case "specificity":
            worth = np.where(spared >= value - _ALIKE, found, -math.inf)
        case _:
            spread = np.sqrt(told * (total - told) * positives * negatives)
            covariance = true_positives * total - told * positives
            worth = np.divide(covariance, spread, out=np.full(len(told), -math.inf), where=spread > 0)
    return worth


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan
