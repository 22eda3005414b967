"""Exponential smoothing of a curve, without a Python loop over its points."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LARGEST_EXPONENT = 400.0


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """The weighted mean of each value and all before it, each step back weighing `weight` times less.

    Unbiased at the start (the weights sum to 1), and a NaN is passed over and stays NaN.

    Args:
        values: `(N,)`.
        weight: Of the past, [0, 1); 0 gives the values back.

    Returns:
        `(N,)`.
    """
    if weight <= 0 or not len(values):
        return values
    known = np.isfinite(values)
    total = _decayed_sum(np.where(known, values, 0.0), weight)
    weights = _decayed_sum(known.astype(np.float64), weight)
    return np.where(known, total / np.where(weights > 0, weights, 1.0), np.nan)


def _decayed_sum(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """`s[i] = weight * s[i - 1] + values[i]`, in blocks short enough that no power overflows."""
    block = max(1, int(_LARGEST_EXPONENT / -math.log(weight)))
    powers = weight ** np.arange(1, block + 1, dtype=np.float64)
    sums = np.empty(len(values), np.float64)
    carry = 0.0
    for start in range(0, len(values), block):
        part = values[start : start + block]
        scale = powers[: len(part)]
        sums[start : start + block] = scale * (carry + np.cumsum(part / scale))
        carry = float(sums[start + len(part) - 1])
    return sums
