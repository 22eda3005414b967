"""How far a figure may be off: intervals from records drawn anew, for every figure and for differences.

Records are drawn with replacement within each class, or whole clusters of similar records where they are known: what
is similar is not independent. The draws depend on classes, clusters and seed only, so two predictors judged on the same
records are compared on the same draws. What bounds a figure has hangs on its kind: `bioseq.evaluation.bounds`.
Needs numpy only. Shapes: N records, R resamples.

Sources: Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 14 (bias-corrected and accelerated
percentiles); Efron 1982, The Jackknife, the Bootstrap and Other Resampling Plans, section 8.4 (one less is drawn than
there are, else the spread of few is too small); Hesterberg 2015, What teachers should know about the bootstrap, section
4 (percentiles further out for few); Davison and Hinkley 1997, chapter 3 (clusters, strata).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.bounds import (
    ALIKE,
    NOTHING,
    below_one,
    bias_missed,
    error_bounds,
    percentile_bounds,
    studentised_bounds,
)
from bioseq.evaluation.calibration import share_interval
from bioseq.evaluation.mean_errors import MeanErrors
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.outcomes import Outcomes, outcomes_of
from bioseq.evaluation.quantiles import student_quantile
from bioseq.evaluation.weighted import WeightedScores, figures_of_cells

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import ArrayLike, NDArray

    from bioseq.evaluation.outcomes import Answers

    Floats = NDArray[np.float64]

RESAMPLES = 1_000
LEVEL = 0.95
_DRAWN_NUMBERS, _WEIGHED_NUMBERS = 1 << 19, 1 << 17
"""Weights drawn at once, on which the draws of a seed depend; and weighed at once: 1 MB stays in a core's own cache."""
_MOST_DRAWN, _LEAST_RESAMPLES = 50_000_000, 200
"""Records drawn in all resamples together, and the resamples that there are in any case."""
_JACKKNIFE_GROUPS = 200
_TWO = 2
_LEAST_WORTH = 2.0
"""Clusters of equal size that a bin of calibration counts as at least."""
_ADDING_SEED = 1
"""Of the weights of the records that are added to differences."""
_OF_CELLS = frozenset(figures_of_cells(np.ones((1, 2, 2))))
"""The figures that follow from the confusion matrix."""
_LEAST_STUDENTISED = 10
"""With fewer units of a class, chance draws that hardly differ and whose standard errors tell nothing."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and how far it may be off.

    Attributes:
        value: The figure on the records themselves; NaN where it is not defined.
        low: Lower bound; NaN where there is none.
        high: Upper bound.
        level: Share of such intervals that hold the true figure, (0, 1).
    """

    value: float
    low: float
    high: float
    level: float = LEVEL

    @property
    def defined(self) -> bool:
        """There are bounds."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def bounds_text(self, digits: int = 3) -> str:
        """The bounds for people: "0.902 to 0.971"; empty where there are none."""
        return f"{self.low:z.{digits}f} to {self.high:z.{digits}f}" if self.defined else ""


@dataclass(frozen=True, slots=True)
class Resamples:
    """How intervals are made.

    Attributes:
        count: Draws; fewer where very many records are judged, whose figures are sharp anyway.
        level: Share of such intervals that hold the true figure, (0, 1).
        seed: Of the draws; the same whatever seed a model was trained with, so that models are judged on the same draws
            and a model has the same intervals wherever it is judged.
    """

    count: int = RESAMPLES
    level: float = LEVEL
    seed: int = 1

    def of(self, records: int) -> int:
        """Draws of so many records."""
        return max(min(self.count, _LEAST_RESAMPLES), min(self.count, _MOST_DRAWN // max(1, records)))


def intervals(
    truth: ArrayLike,
    probabilities: ArrayLike,
    *,
    positive: int = 1,
    threshold: float = 0.5,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 1,
    clusters: ArrayLike | None = None,
) -> dict[str, Interval]:
    """Every figure of `METRICS` with its interval.

    Args:
        truth: True class of each record, `(N,)`, 0 <= class < C.
        probabilities: Of each class, rows sum to 1, `(N, C)`.
        positive: With two classes: the class that sensitivity speaks of.
        threshold: With two classes: probability of the positive class from which a record is called positive.
        resamples: Draws, R.
        level: Share of such intervals that hold the true figure, (0, 1).
        seed: Of the draws.
        clusters: Number of the cluster of each record, `(N,)`; whole clusters are drawn if given.
    """
    case = Resampling(truth, clusters=clusters, resamples=resamples, seed=seed)
    return case.intervals(case.drawn(probabilities, positive=positive, threshold=threshold), level=level)


def paired_difference(
    truth: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    *,
    positive: int = 1,
    thresholds: tuple[float, float] = (0.5, 0.5),
    resamples: int = RESAMPLES,
    level: float = LEVEL,
    seed: int = 1,
    clusters: ArrayLike | None = None,
) -> dict[str, Interval]:
    """How much more the first predictor has than the second of every figure, both on the same draws.

    An interval that holds 0 means that the difference may be chance. Arguments as in `intervals`.
    """
    case = Resampling(truth, clusters=clusters, resamples=resamples, seed=seed)
    one = case.drawn(first, positive=positive, threshold=thresholds[0])
    other = case.drawn(second, positive=positive, threshold=thresholds[1])
    return case.intervals(one.minus(other), level=level)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Figures by name of one predictor, or differences of two.

    Attributes:
        values: On the records themselves.
        resampled: In each resample, `(R,)`.
        left_out: With each group of records left out in turn, `(G,)`: what tells how skewed a figure is.
        gaps: Of calibration in the bins of the records themselves, on these and in each resample, `(1 + R, bins)`; None
            for differences.
        gaps_by_chance: Of calibrated predictors with the same probabilities, `(R, bins)`; None for differences.
        outcomes: The answers to the records, unit by unit; None for differences.
        of_one_class: The figures speak of the last class of the outcomes, so that sensitivity and specificity are
            shares.
        errors: The figures that are means over records with their standard errors, on the records themselves and in
            each resample, `(1 + R,)`; empty for differences.
        paired: These are differences.
        classes: That the predictor tells apart.
        per_class: The figures of each class against the rest, where they were asked for.
        parts: Where these are means over several predictors: what they are means of.
    """

    values: dict[str, float]
    resampled: dict[str, Floats]
    left_out: dict[str, Floats]
    gaps: Floats | None = None
    gaps_by_chance: Floats | None = None
    outcomes: Outcomes | None = None
    of_one_class: bool = False
    errors: dict[str, Floats] = field(default_factory=dict)
    paired: bool = False
    classes: int = 2
    per_class: tuple[Drawn, ...] = ()
    parts: tuple[Drawn, ...] = ()

    def within(self, name: str, low: float, high: float) -> tuple[float, float]:
        """Bounds within the range of the figure, or of its differences, and without a negative 0."""
        least, most = METRICS[name].range_of(self.classes)
        if self.paired:
            least, most = least - most, most - least
        return (max(least, low) + 0.0, min(most, high) + 0.0) if math.isfinite(low) else (low, high)

    def minus(self, other: Drawn) -> Drawn:
        """The differences to another predictor on the same draws.

        Where all of a few records on which the two differ speak for the one, no resample tells of any that speak for
        the other. So to the figures that follow from the confusion matrix a record of either kind is added, of a weight
        drawn from the exponential distribution: a uniform prior of the share that speaks for the one, which keeps as
        close to its level as McNemar's mid-p test (Agresti and Min 2005, Simple improved confidence intervals for
        comparing matched proportions, add less; Rubin 1981, The Bayesian bootstrap).
        """
        resampled = {name: values - other.resampled[name] for name, values in self.resampled.items()}
        return Drawn(
            {name: value - other.values[name] for name, value in self.values.items()},
            self._with_records_added(resampled),
            {name: values - other.left_out[name] for name, values in self.left_out.items()},
            paired=True,
            classes=self.classes,
        )

    def _with_records_added(self, differences: dict[str, Floats]) -> dict[str, Floats]:
        """Differences in each resample, `(R,)`, with what a record more for the one and for the other would change.

        A record changes each figure in proportion to its spread; where accuracy has none, the answers never differ.
        """
        outcomes = self.outcomes or next((part.outcomes for part in self.parts if part.outcomes is not None), None)
        spread = float(np.std(differences["accuracy"])) if "accuracy" in differences else 0.0
        if outcomes is None or not spread > ALIKE:
            return differences
        one, other = np.random.default_rng(_ADDING_SEED).standard_exponential((2, len(differences["accuracy"])))
        added = (one - other) * outcomes.worth_of_a_record / spread
        return {
            name: values + added * _compute_deviation(values) if name in _OF_CELLS else values
            for name, values in differences.items()
        }


def _compute_deviation(values: Floats) -> float:
    """Standard deviation of those that are defined; 0 where none is."""
    defined = values[np.isfinite(values)]
    return float(np.std(defined)) if len(defined) else 0.0


def averaged(drawn: Sequence[Drawn]) -> Drawn:
    """The means of the figures of several predictors on the same draws."""
    first = drawn[0]
    return Drawn(
        {name: math.fsum(one.values[name] for one in drawn) / len(drawn) for name in first.values},
        {name: np.mean([one.resampled[name] for one in drawn], axis=0) for name in first.values},
        {name: np.mean([one.left_out[name] for one in drawn], axis=0) for name in first.values},
        classes=first.classes,
        parts=tuple(drawn),
    )


class Resampling:
    """Draws of one set of records, the same for all predictors that are judged on it.

    Args:
        truth: True class of each record, `(N,)`.
        clusters: Number of the cluster of each record, `(N,)`; whole clusters are drawn if given.
        resamples: Draws, R.
        seed: Of the draws.
    """

    def __init__(
        self, truth: ArrayLike, *, clusters: ArrayLike | None = None, resamples: int = RESAMPLES, seed: int = 1
    ) -> None:
        self._truth = np.asarray(truth).astype(np.int64)
        self._resamples = resamples
        self._seed = seed
        self._unit_of: NDArray[np.intp] | None = None
        self._strata = _members(self._truth)
        if clusters is not None:
            found, units = np.unique(np.asarray(clusters), return_inverse=True)
            if len(found) < len(self._truth):  # else they are single records, and are drawn as such
                self._unit_of = units
                self._strata = _members(_classes_of(self._truth, units))
        self._units = sum(len(stratum) for stratum in self._strata)
        self._sizes = np.ones(self._units) if self._unit_of is None else np.bincount(self._unit_of).astype(np.float64)

    def drawn(
        self,
        probabilities: ArrayLike,
        *,
        positive: int = 1,
        threshold: float = 0.5,
        per_class: bool = False,
        pulse: Callable[[], None] | None = None,
    ) -> Drawn:
        """The figures of a predictor on the records and in all resamples; arguments as in `intervals`.

        With `per_class` also those of each class. `pulse` is called now and then; it may raise to end the work.
        """
        scores = WeightedScores(self._truth, probabilities, threshold=threshold, positive=positive)
        errors_of = MeanErrors(scores.means_of, [np.arange(self._units)], self._unit_of)
        once = np.ones((1, len(self._truth)))
        whole = scores.figures(once, per_class=per_class)
        found, errors, gaps = [], [errors_of.under(once)], [scores.gaps(once)]
        for weights in _beating(self._weights(), pulse):
            found.append(scores.figures(weights, per_class=per_class))
            errors.append(errors_of.under(weights))
            gaps.append(scores.gaps(weights))
        left = [scores.figures(weights, per_class=per_class) for weights in _beating(self._leaving_out(), pulse)]
        widened = self._widened(scores, np.concatenate(gaps))
        each = tuple(
            Drawn(
                *_collected(one, [part.per_class[index] for part in found], [part.per_class[index] for part in left]),
                outcomes=self._outcomes(scores.answers_against_rest(index)),
                of_one_class=True,
            )
            for index, one in enumerate(whole.per_class)
        )
        return Drawn(
            *_collected(whole.metrics, [part.metrics for part in found], [part.metrics for part in left]),
            widened,
            self._by_chance(scores, widened),
            self._outcomes(scores.answers),
            np.shape(probabilities)[1] == 2,
            {name: np.concatenate([part[name] for part in errors]) for name in scores.means_of},
            per_class=each,
            classes=np.shape(probabilities)[1],
        )

    def _widened(self, scores: WeightedScores, gaps: Floats) -> Floats:
        """Gaps of calibration that spread about those found as they would, were there many clusters in each bin.

        Resamples of m clusters have (m - 1) / m of the variance that there is (Efron 1982, section 8.4).
        """
        if self._unit_of is None:
            return gaps
        held = np.stack([np.bincount(self._unit_of, weights=share) for share in scores.within_bins.T], axis=1)
        worth = held.sum(axis=0) ** 2 / np.maximum((held**2).sum(axis=0), np.finfo(np.float64).tiny)
        worth = np.maximum(worth, _LEAST_WORTH)
        widened: Floats = gaps[0] + (gaps - gaps[0]) * np.sqrt(worth / (worth - 1))
        return widened

    def _by_chance(self, scores: WeightedScores, gaps: Floats) -> Floats:
        """Gaps of calibrated predictors; outcomes within clusters are alike, which widens them as it does resamples."""
        chance = np.random.default_rng(self._seed)
        step = max(1, _WEIGHED_NUMBERS // max(1, len(self._truth)))
        counts = [min(step, self._resamples - start) for start in range(0, self._resamples, step)]
        found = np.concatenate([scores.gaps_by_chance(chance, count) for count in counts])
        if self._unit_of is None or not scores.gap_variance:
            return found
        return found * math.sqrt(max(1.0, float(gaps[1:].var(axis=0).sum()) / scores.gap_variance))

    def _outcomes(self, answers: Answers) -> Outcomes:
        return outcomes_of(answers, self._unit_of)

    def intervals(self, drawn: Drawn, *, level: float = LEVEL) -> dict[str, Interval]:
        """The interval of every figure."""
        bounds = self._of_parts(drawn, level) if drawn.parts else self._of_outcomes(drawn, level)
        found = {}
        for name, value in drawn.values.items():
            low, high = bounds.get(name) or self._bounds(name, value, drawn, level)
            found[name] = Interval(value, *drawn.within(name, *_around(value, low, high)), level)
        return found

    def _of_parts(self, drawn: Drawn, level: float) -> dict[str, tuple[float, float]]:
        """Bounds of means over predictors: the means of their bounds, nearer by what a mean spreads less."""
        each = [self.intervals(part, level=level) for part in drawn.parts]
        found = {}
        for name, value in drawn.values.items():
            own = float(np.mean([np.std(part.resampled[name]) for part in drawn.parts]))
            nearer = min(1.0, float(np.std(drawn.resampled[name])) / own) if own > ALIKE else 1.0
            low = math.fsum(one[name].value - one[name].low for one in each) / len(each)
            high = math.fsum(one[name].high - one[name].value for one in each) / len(each)
            found[name] = value - nearer * low, value + nearer * high
        return found

    def _of_outcomes(self, drawn: Drawn, level: float) -> dict[str, tuple[float, float]]:
        """Bounds of the figures that follow from the confusion matrix."""
        if drawn.outcomes is None or self._units <= len(self._strata):
            return {}
        found = drawn.outcomes.bounds(figures_of_cells, level=level, seed=self._seed)
        if drawn.of_one_class:
            for index, name in enumerate(("specificity", "sensitivity")):
                records = drawn.outcomes.effective_records(index, level=level)
                if records:
                    found[name] = _share_bounds(drawn.values[name], records, level)
        return {name: bounds for name, bounds in found.items() if math.isfinite(drawn.values.get(name, math.nan))}

    def _bounds(self, name: str, value: float, drawn: Drawn, level: float) -> tuple[float, float]:
        if not math.isfinite(value) or self._units <= len(self._strata):
            return NOTHING  # of one thing of a kind nothing tells how things of the kind differ
        smallest = min(len(stratum) for stratum in self._strata)
        if name == "ece" and drawn.gaps is not None and drawn.gaps_by_chance is not None:
            return error_bounds(drawn.gaps, drawn.gaps_by_chance, drawn.resampled[name], level)
        if not drawn.paired and METRICS[name].higher_is_better and value >= METRICS[name].maximum - ALIKE:
            return _share_bounds(1.0, smallest, level)
        if name in drawn.errors and smallest >= _LEAST_STUDENTISED:
            bounds = studentised_bounds(value, drawn.resampled[name], drawn.errors[name], level)
            if bounds is not None:
                return bounds
        reach = student_quantile(level, smallest - 1)
        low, high = percentile_bounds(value, drawn.resampled[name], drawn.left_out[name], reach)
        if drawn.paired or not METRICS[name].higher_is_better:
            return low, high
        if drawn.classes > _TWO:  # a mean over classes spreads less than each of them, and is biased no less
            missed = bias_missed(value, drawn.resampled[name], drawn.left_out[name])
            low, high = low - missed, high - missed
        if self._unit_of is None:
            return low, high
        return min(low, below_one(value, drawn.resampled[name], level)), high

    def _weights(self) -> Iterator[Floats]:
        """How often each record is drawn, `(R, N)`, some resamples at a time."""
        chance = np.random.default_rng(self._seed)
        step, block = (max(1, numbers // max(1, len(self._truth))) for numbers in (_DRAWN_NUMBERS, _WEIGHED_NUMBERS))
        for start in range(0, self._resamples, step):
            count = min(step, self._resamples - start)
            units = np.zeros((count, self._units))
            for members in self._strata:
                units[:, members] = _multiplicities(chance, count, len(members))
                units[:, members] *= chance.standard_gamma(len(members), (count, 1)) / len(members)
            units *= len(self._truth) / np.maximum(units @ self._sizes, np.finfo(np.float64).tiny)[:, None]
            for first in range(0, count, block):
                yield self._of_records(units[first : first + block])

    def _leaving_out(self) -> Iterator[Floats]:
        """Weights without one group of units each, `(G, N)`, some groups at a time; a group is one unit if few."""
        groups = min(self._units, _JACKKNIFE_GROUPS)
        order = np.concatenate([*self._strata, np.zeros(0, np.intp)])
        step = max(1, _WEIGHED_NUMBERS // max(1, len(self._truth)))
        for start in range(0, groups, step):
            count = min(step, groups - start)
            units = np.ones((count, self._units))
            for row in range(count):
                units[row, order[start + row :: groups]] = 0.0
            yield self._of_records(units)

    def _of_records(self, units: Floats) -> Floats:
        return units if self._unit_of is None else units[:, self._unit_of]


def _beating(parts: Iterator[Floats], pulse: Callable[[], None] | None) -> Iterator[Floats]:
    for part in parts:
        if pulse is not None:
            pulse()
        yield part


def _around(value: float, low: float, high: float) -> tuple[float, float]:
    """The bounds, no nearer than the figure found; those that are not there stay so."""
    return (min(low, value), max(high, value)) if math.isfinite(low) else (low, high)


def _share_bounds(share: float, records: float, level: float) -> tuple[float, float]:
    low, high = share_interval(share, records, level=level)
    return float(low), float(high)


def _multiplicities(chance: np.random.Generator, count: int, size: int) -> Floats:
    """How often each thing comes when one less is drawn with replacement, `(count, size)`; rows sum to `size`."""
    draws = max(1, size - 1)
    drawn = chance.integers(0, size, (count, draws), dtype=np.int64)
    drawn += np.arange(count)[:, None] * size
    times = np.bincount(drawn.ravel(), minlength=count * size).reshape(count, size)
    return times.astype(np.float64) * (size / draws)


def _members(kinds: NDArray[np.integer]) -> list[NDArray[np.intp]]:
    """Places of each kind."""
    return [np.flatnonzero(kinds == kind) for kind in np.unique(kinds)]


def _classes_of(truth: NDArray[np.int64], unit_of: NDArray[np.intp]) -> NDArray[np.int64]:
    """The class of each cluster; -1 where it holds several: such clusters are drawn among themselves."""
    units = int(unit_of.max()) + 1 if len(unit_of) else 0
    lowest, highest = np.full(units, np.iinfo(np.int64).max), np.full(units, -1)
    np.minimum.at(lowest, unit_of, truth)
    np.maximum.at(highest, unit_of, truth)
    return np.where(lowest == highest, lowest, -1)


def _collected(
    whole: dict[str, Floats], found: list[dict[str, Floats]], left: list[dict[str, Floats]]
) -> tuple[dict[str, float], dict[str, Floats], dict[str, Floats]]:
    """Values, resampled and left-out figures by name, in the order of tables."""
    names = [name for name in METRICS if name in whole]
    return {name: float(whole[name][0]) for name in names}, _joined(names, found), _joined(names, left)


def _joined(names: list[str], parts: list[dict[str, Floats]]) -> dict[str, Floats]:
    return {name: np.concatenate([np.zeros(0), *(part[name] for part in parts)]) for name in names}
