"""Bounds of a figure from its resamples: percentiles, studentised bounds of means, bounds of calibration errors.

Needs numpy only. Shapes: R resamples, G groups of records that are left out in turn.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bounds = tuple[float, float]

ALIKE = 1e-12
"""Figures that differ by less are equal but for rounding."""
NOTHING = (math.nan, math.nan)
"""No bounds."""
_LEAST_DEFINED = 0.5
"""Share of the resamples in which a figure must be defined for its interval to be."""
_HALVINGS = 24


def percentile_bounds(value: float, resampled: Floats, left_out: Floats, reach: float) -> Bounds:
    """Bias-corrected and accelerated percentiles (Efron and Tibshirani 1993, equations 14.9 to 14.15).

    Args:
        value: The figure found.
        resampled: In each resample, `(R,)`; NaN where it is not defined.
        left_out: With each group of records left out in turn, `(G,)`: what tells how skewed the figure is.
        reach: Standard errors on either side; see `quantiles.student_quantile`.
    """
    defined = np.sort(resampled[np.isfinite(resampled)])
    if not len(defined) or len(defined) < _LEAST_DEFINED * len(resampled):
        return NOTHING
    normal = NormalDist()
    alike = np.abs(defined - value) <= ALIKE
    below = float(np.count_nonzero((defined < value) & ~alike) + np.count_nonzero(alike) / 2) / len(defined)
    edge = 0.5 / len(defined)
    bias = normal.inv_cdf(min(max(below, edge), 1 - edge))
    acceleration = _acceleration(left_out)

    def quantile(deviation: float) -> float:
        shifted = bias + deviation
        return float(np.quantile(defined, normal.cdf(bias + shifted / max(1 - acceleration * shifted, 0.1))))

    return quantile(-reach), quantile(reach)


def below_one(value: float, resampled: Floats, level: float) -> float:
    """Lower bound of a figure just below 1, whose few errors tell little of the errors that might have been.

    What is missing to 1 is positive and skewed: its logarithm is taken to be normal, with the spread that the
    resamples tell.

    Args:
        value: The figure found, below 1.
        resampled: In each resample, `(R,)`; NaN where it is not defined.
        level: Share of such intervals that hold the true figure, (0, 1).
    """
    spread = float(np.nanstd(resampled)) / (1 - value)
    return 1 - (1 - value) * math.exp(NormalDist().inv_cdf((1 + level) / 2) * spread)


def studentised_bounds(value: float, resampled: Floats, errors: Floats, level: float) -> Bounds | None:
    """Bounds of a mean, by how many of its own standard errors each resample is off; None where too few have one.

    Percentiles know no more of a long tail than the records show; a resample that missed the tail also has a small
    standard error, which tells how far such means fall short (Efron and Tibshirani 1993, equations 12.21 to 12.23;
    Hall 1988).

    Args:
        value: The mean found.
        resampled: In each resample, `(R,)`.
        errors: Standard errors of the mean, on the records themselves and in each resample, `(1 + R,)`.
        level: Share of such intervals that hold the true mean, (0, 1).
    """
    own, others = errors[0], errors[1:]
    told = others > ALIKE
    if own <= ALIKE or np.count_nonzero(told) <= _LEAST_DEFINED * len(others):
        return None
    off = (resampled[told] - value) / others[told]
    low, high = np.quantile(off, [(1 - level) / 2, (1 + level) / 2])
    return value - float(high * own), value - float(low * own)


def error_bounds(gaps: Floats, by_chance: Floats, resampled: Floats, level: float) -> Bounds:
    """Bounds of a calibration error, whose percentiles would miss a small one: chance alone makes gaps.

    For the lower bound true gaps are taken to be so many times the gaps found; what chance adds is what a calibrated
    predictor shows where that is 0 (Broecker and Smith 2007), what the resamples add where it is 1, and between in
    between. The bound is the true error under which one as great as the one found would be rare (test inversion:
    Carpenter 1999); 0 where chance alone explains the gaps. The upper bound is as far above the figure found as
    resamples are above their mean. A figure that chance makes too great is seldom below the true one, so that bound
    misses less often than it may; what it leaves unused of the share that may be missed goes to the lower bound (as in
    Feldman and Cousins 1998, beside a limit of a range).

    Args:
        gaps: Of calibration in the same bins, on the records themselves and in each resample, `(1 + R, bins)`.
        by_chance: The same of calibrated predictors, `(R, bins)`.
        resampled: The calibration error in each resample, in bins of its own, `(R,)`.
        level: Share of such intervals that hold the true error, (0, 1).
    """
    found, noise = gaps[0], gaps[1:] - gaps[0]
    error = float(np.abs(found).sum())
    missed = 1 - level

    def not_rare(stretch: float) -> float:
        share = min(1.0, stretch)
        added = math.sqrt(1 - share) * by_chance + math.sqrt(share) * noise  # the variances are what adds up
        errors = np.abs(stretch * found + added).sum(axis=1)
        missed_above = min(missed / 2, float(np.mean(errors < stretch * error)))
        return float(np.mean(errors >= error)) + missed_above

    above = float(np.quantile(resampled, 1 - missed / 2) - np.mean(resampled))
    return error * _place_of(not_rare, missed), min(1.0, error + above)


def _place_of(rising: Callable[[float], float], height: float) -> float:
    """Where a rising function reaches a height, within [0, 1]."""
    low, high = 0.0, 1.0
    if rising(low) >= height:
        return 0.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < height else (low, middle)
    return (low + high) / 2


def bias_missed(value: float, resampled: Floats, left_out: Floats) -> float:
    """How much more a figure of few records is too great than resamples show: what the jackknife finds beside them.

    Average precision is too great in few records; a resample, in which records come several times, shows part of it
    (Efron and Tibshirani 1993, equation 10.19). It is 0 where the figure is not defined throughout.

    Args:
        value: The figure found.
        resampled: In each resample, `(R,)`.
        left_out: With each group of records left out in turn, `(G,)`.
    """
    if not (np.isfinite(left_out).all() and np.isfinite(resampled).all() and len(left_out)):
        return 0.0
    return (len(left_out) - 1) * float(left_out.mean() - value) - float(resampled.mean() - value)


def _acceleration(left_out: Floats) -> float:
    gaps = left_out[np.isfinite(left_out)]
    gaps = gaps.mean() - gaps if len(gaps) else gaps
    spread = float(np.sum(gaps**2))
    return float(np.sum(gaps**3)) / (6 * spread**1.5) if spread > 0 else 0.0
