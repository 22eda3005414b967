"""Whether probabilities have anything to do with the classes, whatever their scale. Needs numpy only.

Shapes: N records, C classes.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CLEAR = NormalDist().inv_cdf(0.95)
"""Statistic that a constant prediction exceeds in one of twenty sets of records."""
_SMALLEST = 1e-6
"""Probabilities below count as this: a single record that a model is sure of should not decide."""


def association(truth: ArrayLike, probabilities: ArrayLike) -> float:
    """How far probabilities do better than the class frequencies alone, in standard errors; 0 where they are constant.

    It is the score test of the slope in a multinomial logistic regression of the classes on the logarithms of the
    probabilities, with a free intercept per class: the question is whether any rescaling of the probabilities has a
    lower log loss on these records than the best constant. So neither class weights, which shift all probabilities of
    a class, nor a model that is too sure of itself, change the answer. With two classes it is the correlation of class
    and log odds, times the square root of the number of records.

    Args:
        truth: True class of each record, `(N,)`.
        probabilities: Rows sum to 1, `(N, C)`.

    Returns:
        About standard normal where the probabilities tell nothing; negative where they point the wrong way.

    Source: Rao 1948, Large sample tests of statistical hypotheses concerning several parameters.
    """
    codes = np.asarray(truth).astype(np.int64)
    values = np.asarray(probabilities, np.float64)
    if not len(codes):
        return 0.0
    logits = np.log(np.maximum(values, _SMALLEST))
    logits -= logits.mean(axis=1, keepdims=True)  # what is common to all classes of a record says nothing
    logits -= logits.mean(axis=0)  # what is common to all records of a class belongs to the intercept
    frequencies = np.bincount(codes, minlength=values.shape[1]) / len(codes)
    slope = float(logits[np.arange(len(codes)), codes].sum())
    information = float((logits**2 @ frequencies - (logits @ frequencies) ** 2).sum())
    return slope / math.sqrt(information) if information > _SMALLEST**2 * len(codes) else 0.0
