"""Probabilities that mean what they say: one temperature, fitted on validation records, and reliability with intervals.

A temperature above 1 tames a model that is too sure, one below 1 lends courage to one that is too shy. It keeps the
order of the classes, so no record is told to be another class by it. It works on probabilities, whatever gave them:
their logarithms are logits up to a constant. Shapes: N records, C classes. Needs numpy only.

Source: Guo et al. 2017, On calibration of modern neural networks. A normal prior on the logarithm of the temperature
keeps few records from asking for more than they know, above all where all of them are right.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bioseq.evaluation.metrics import calibration_bins, log_loss

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures beyond these are not fitted: there a model knows nothing, or the records are too easy to tell."""
LEAST_RECORDS = 10
"""With fewer validation records a temperature says more about them than about the model."""
_PRIOR_SPREAD = 0.4
"""Of the logarithm of the temperature before any record is seen: two in three models lie between 0.67 and 1.5."""
_STEPS = 60
_PRECISION = 1e-9
_SMALLEST = 1e-38
"""Stands for a probability that has run out of float32."""
_BELOW_HALF = np.nextafter(np.float32(0.5), np.float32(0))


class Reliability(NamedTuple):
    """Observed share against mean probability in bins of equally many records, `(B,)` each.

    `low` and `high` bound the share that would be observed among many records (Wilson 1927).
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    counts: NDArray[np.int64]


def fit_temperature(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """The temperature under which validation records are least surprising; 1 with fewer than `LEAST_RECORDS`.

    Args:
        truth: True class of each record, `(N,)`.
        probabilities: As the model gives them, `(N, C)`; records of validation, never of the test.

    Returns:
        Within [COLDEST, HOTTEST].
    """
    codes = np.asarray(truth).astype(np.int64)
    if len(codes) < LEAST_RECORDS:
        return 1.0
    logits = _logits(probabilities)
    own = logits[np.arange(len(codes)), codes]
    low, high = -math.log(HOTTEST), -math.log(COLDEST)
    if _slope(logits, own, low)[0] >= 0:
        return HOTTEST
    if _slope(logits, own, high)[0] <= 0:
        return COLDEST
    place = 0.0
    for _ in range(_STEPS):  # the slope is negative at `low`, positive at `high`: Newton's step, or half the bracket
        slope, curvature = _slope(logits, own, place)
        low, high = (place, high) if slope < 0 else (low, place)
        newton = place - slope / curvature if curvature > 0 else low
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - place) < _PRECISION:
            break
        place = following
    return math.exp(-place)


def calibrated_loss(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """Log loss at the temperature under which the records are least surprising, nats; arguments as above.

    It tells how well a model tells classes apart, whatever it makes of its own certainty: a model that learns on after
    its log loss is lowest often only gets too sure, which a temperature takes back (Berta, Holzmüller, Jordan and Bach
    2025, Rethinking early stopping: refine, then calibrate).
    """
    chances = np.asarray(probabilities, np.float32)
    return log_loss(truth, tempered(chances, fit_temperature(truth, chances)))


def tempered(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities at a temperature, float32 `(N, C)`, rows sum to 1; the most probable class stays so.

    With temperature 1 they come back as they are, bit for bit; rows with NaN keep it.
    """
    if temperature == 1.0 or not len(probabilities):
        return probabilities
    logits = _logits(probabilities) / temperature
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: NDArray[np.float32] = (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)
    # Two probabilities that differ in their last bit alone may become one by rounding.
    if probabilities.shape[1] == 2:
        return np.where((probabilities < 0.5) & (found >= 0.5), _BELOW_HALF, found)
    rows = np.flatnonzero(np.argmax(found, axis=1) != np.argmax(probabilities, axis=1))
    found[rows, np.argmax(probabilities[rows], axis=1)] = np.nextafter(found[rows].max(axis=1), np.float32(2))
    return found


def reliability(positive: ArrayLike, score: ArrayLike, *, bins: int = 10, level: float = 0.95) -> Reliability:
    """Observed share against probability, with intervals; arguments as in `metrics.calibration_bins`."""
    found = calibration_bins(positive, score, bins=bins)
    low, high = share_interval(found.observed, found.counts, level=level)
    return Reliability(found.predicted, found.observed, low, high, found.counts)


def share_interval(share: ArrayLike, records: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of observed shares (Wilson 1927; Brown, Cai and DasGupta 2001, equation 4).

    Args:
        share: Observed, [0, 1].
        records: Of how many, at least 1.
        level: Share of such intervals that hold the true share, (0, 1).
    """
    found, count = np.asarray(share, np.float64), np.asarray(records, np.float64)
    reach = NormalDist().inv_cdf((1 + level) / 2)
    widened = count + reach**2
    centre = (found * count + reach**2 / 2) / widened
    half = reach * np.sqrt(count) / widened * np.sqrt(found * (1 - found) + reach**2 / (4 * count))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


def _logits(probabilities: ArrayLike) -> Floats:
    logits: Floats = np.log(np.maximum(np.asarray(probabilities, np.float64), _SMALLEST))
    return logits


def _slope(logits: Floats, own: Floats, place: float) -> tuple[float, float]:
    """First and second derivative of what is made small, by the logarithm of the sharpness, one over the temperature.

    That is the surprise of all records, and a prior that holds the logarithm near 0.
    """
    sharpness = math.exp(place)
    scaled = sharpness * logits
    chances = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    means = np.sum(chances * logits, axis=1)
    variances = np.sum(chances * logits**2, axis=1) - means**2
    first = sharpness * float(np.sum(means - own))
    second = first + sharpness**2 * float(np.sum(variances))
    return first + place / _PRIOR_SPREAD**2, second + 1 / _PRIOR_SPREAD**2
