"""Is one predictor better than another on the same records, or may it be chance?

One rule answers that wherever it is asked, in a headline, a table or a test: the difference is significant where its
interval by the paired bootstrap, as wide as the number of differences looked at together asks for, leaves out 0. The
p-value comes from the same interval, so that both always agree: `assess`.

DeLong's test of areas under ROC curves and McNemar's of the records that only one of two gets right stand beside it,
adjusted by `holm`; both take the records as independent of each other. Needs numpy only. Shapes: N records, C classes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from bioseq.evaluation.bootstrap import Interval

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AreaDifference:
    """Two areas under ROC curves over the same records.

    Attributes:
        first: Area of the first predictor; macro mean over the classes with more than two.
        second: Area of the second.
        error: Standard error of the difference.
        low: Lower bound of the difference at `level`.
        high: Upper bound.
        p: Two-sided; 1 when the areas never differ, NaN when a class has fewer than two records.
        level: Of the bounds.
    """

    first: float
    second: float
    error: float
    low: float
    high: float
    p: float
    level: float

    @property
    def difference(self) -> float:
        """First less second."""
        return self.first - self.second


@dataclass(frozen=True, slots=True)
class McNemar:
    """Records that only one of two predictors gets right.

    Attributes:
        only_first: Records that the first alone gets right.
        only_second: Records that the second alone gets right.
        p_exact: Two-sided, by the binomial distribution; somewhat too careful with few such records.
        p: The mid-p variant, which keeps closer to its level (Fagerland, Lydersen and Laake 2013).
    """

    only_first: int
    only_second: int
    p_exact: float
    p: float


def delong(truth: ArrayLike, first: ArrayLike, second: ArrayLike, *, level: float = 0.95) -> AreaDifference:
    """DeLong's test of two areas under ROC curves.

    Sources: DeLong, DeLong and Clarke-Pearson 1988 for two classes, computed from midranks as Sun and Xu 2014 do. With
    more classes the same theory (Hoeffding's projection of a U-statistic over C samples) gives the variance of the
    macro mean of the areas of each class against the rest.

    Args:
        truth: True class of each record, `(N,)`.
        first: Probabilities of the classes by the first predictor, `(N, C)`.
        second: By the second, `(N, C)`.
        level: Of the bounds, (0, 1).
    """
    codes = np.asarray(truth).astype(np.int64)
    one, other = _AreaParts(codes, np.asarray(first, np.float64)), _AreaParts(codes, np.asarray(second, np.float64))
    gaps = one.influence - other.influence
    variance = sum(_variance_of_mean(gaps[codes == index]) for index in np.unique(codes))
    error, difference = math.sqrt(variance), one.area - other.area
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return AreaDifference(
        one.area, other.area, error, difference - reach, difference + reach, _two_sided(difference, error), level
    )


class _AreaParts:
    """The (macro mean) area of one predictor and what each record has to do with it.

    Attributes:
        area: Over the classes that have records and others beside them; NaN when there is none.
        influence: The part of the area that hangs on each record, `(N,)`; its mean within each true class, weighted
            as the class enters, has the variance of the area.
    """

    def __init__(self, codes: NDArray[np.int64], chances: Floats) -> None:
        classes = [index for index in range(chances.shape[1]) if 0 < np.count_nonzero(codes == index) < len(codes)]
        if chances.shape[1] == 2:
            classes = classes[-1:]
        self.influence = np.zeros(len(codes))
        areas = []
        for index in classes:
            own = codes == index
            area, of_own, of_others = _placements(chances[own, index], chances[~own, index])
            areas.append(area)
            self.influence[own] += of_own / len(classes)
            share = np.bincount(codes, minlength=chances.shape[1])[codes[~own]] / np.count_nonzero(~own)
            self.influence[~own] += share * of_others / len(classes)
        self.area = math.fsum(areas) / len(areas) if areas else math.nan


def _placements(own: Floats, others: Floats) -> tuple[float, Floats, Floats]:
    """The area, and for each positive and each negative record the share of the others that it is rightly beside."""
    together = _midranks(np.concatenate([own, others]))
    above = (together[: len(own)] - _midranks(own)) / len(others)
    below = 1.0 - (together[len(own) :] - _midranks(others)) / len(own)
    return float(above.mean()), above, below


def _midranks(values: Floats) -> Floats:
    """Ranks from 1, `(N,)`; equal values share the mean of theirs."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(sizes)
    ranks: Floats = (ends - (sizes - 1) / 2)[group]
    return ranks


def _variance_of_mean(values: Floats) -> float:
    return float(np.var(values, ddof=1) / len(values)) if len(values) > 1 else math.nan


def _two_sided(difference: float, error: float) -> float:
    if math.isnan(error) or math.isnan(difference):
        return math.nan
    if not error:
        return 1.0 if not difference else 0.0
    return math.erfc(abs(difference) / error / math.sqrt(2))


def mcnemar(truth: ArrayLike, first: ArrayLike, second: ArrayLike) -> McNemar:
    """McNemar's test of two predictors' errors (McNemar 1947), exact for any number of records.

    Args:
        truth: True class of each record, `(N,)`.
        first: Class told by the first predictor, `(N,)`.
        second: By the second.
    """
    codes = np.asarray(truth)
    right, other_right = np.asarray(first) == codes, np.asarray(second) == codes
    only_first = int(np.count_nonzero(right & ~other_right))
    only_second = int(np.count_nonzero(other_right & ~right))
    exact, middle = _fair_coin(only_first, only_second)
    return McNemar(only_first, only_second, exact, middle)


def _fair_coin(heads: int, tails: int) -> tuple[float, float]:
    """Two-sided p of a fair coin, exact and mid-p."""
    tosses, fewer = heads + tails, min(heads, tails)
    log_chances = [
        math.lgamma(tosses + 1) - math.lgamma(count + 1) - math.lgamma(tosses - count + 1) - tosses * math.log(2)
        for count in range(fewer + 1)
    ]
    tail = math.fsum(math.exp(log_chance) for log_chance in log_chances)
    exact = min(1.0, 2 * tail)
    return exact, 1.0 if heads == tails else min(1.0, 2 * tail - math.exp(log_chances[-1]))


@dataclass(frozen=True, slots=True)
class Assessment:
    """A difference, looked at beside others.

    Attributes:
        interval: As wide as the number of comparisons asks for.
        p: Two-sided p of "no difference", raised for that number; NaN where there are no bounds.
    """

    interval: Interval
    p: float

    @property
    def significant(self) -> bool:
        """Chance hardly explains the difference: the interval leaves out 0, and p < 1 - level."""
        return self.interval.low > 0 or self.interval.high < 0


def assess(metric: str, difference: Interval, *, comparisons: int = 1) -> Assessment:
    """A difference as it is to be judged where so many are looked at together (Bonferroni).

    Args:
        metric: Of which it is a difference; no bound is beyond what its range allows.
        difference: With the interval that it has alone.
        comparisons: Differences that are looked at, this one among them.
    """
    p, wide = p_of(difference), allowing_for(difference, comparisons)
    span = METRICS[metric].maximum - METRICS[metric].minimum
    if wide.defined:
        wide = replace(wide, low=max(wide.low, -span), high=min(wide.high, span))
    return Assessment(wide, p if math.isnan(p) else min(1.0, p * max(1, comparisons)))


def p_of(difference: Interval) -> float:
    """Two-sided p of "no difference", [0, 1], from the interval of a difference; NaN where there are no bounds.

    The bound between the difference and 0 says how many standard errors lie between them (Altman and Bland 2011, How to
    obtain the P value from a confidence interval). So p < 1 - level exactly where the interval leaves out 0, and
    p-values do not end where resamples do.
    """
    value = difference.value
    if not (difference.defined and math.isfinite(value)):
        return math.nan
    if not value:
        return 1.0
    reach = value - difference.low if value > 0 else difference.high - value
    errors = _reach(1 - difference.level) * abs(value) / reach if reach > 0 else math.inf
    return math.erfc(errors / math.sqrt(2))


def allowing_for(interval: Interval, comparisons: int) -> Interval:
    """The interval as wide as it has to be for so many of them to hold together at its level (Bonferroni).

    Each bound is moved away from the value by the ratio of standard errors, which keeps a skewed interval skewed. It
    leaves out 0 exactly where p times the number of comparisons is below 1 - level.
    """
    missed = 1 - interval.level
    wider = _reach(missed / max(1, comparisons)) / _reach(missed)
    value = interval.value
    return replace(interval, low=value - wider * (value - interval.low), high=value + wider * (interval.high - value))


def _reach(missed: float) -> float:
    """Standard errors on either side of an interval that misses this share of the time."""
    return -NormalDist().inv_cdf(missed / 2)


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """P-values of many tests, raised so that together they keep their level (Holm 1979); NaN does not count."""
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    raised = list(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(known):
        highest = max(highest, min(1.0, p * (len(known) - rank)))
        raised[place] = highest
    return tuple(raised)
