"""All figures of merit of one predictor under many weightings of its records at once: what a bootstrap needs.

A resample draws a record k times; that is the same as giving it a weight of k. What does not change with the weights,
above all the order of the scores, is found once. Figures equal those of `bioseq.evaluation.metrics` on the records
repeated as often as they weigh. Shapes: N records, C classes, R weightings. Needs numpy only.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bioseq.evaluation.metrics import CALIBRATION_BINS, predicted_classes
from bioseq.evaluation.outcomes import Answers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


RESAMPLED_PER_CLASS = ("sensitivity", "specificity", "precision", "f1", "mcc", "roc_auc", "pr_auc")
"""The figures of one class against the rest that have intervals."""
_AREAS = ("roc_auc", "pr_auc")

_ALL_BUT_ROUNDING = 1 - 1e-12


class WeightedFigures(NamedTuple):
    """The figures of one predictor under R weightings.

    Attributes:
        metrics: Every figure of `METRICS`, `(R,)` each; NaN where it is not defined.
        per_class: For each class the figures `RESAMPLED_PER_CLASS` of that class against the rest; empty where they
            were not asked for.
    """

    metrics: dict[str, Floats]
    per_class: tuple[dict[str, Floats], ...] = ()


class WeightedScores:
    """The figures of one predictor, ready to be computed under any weights.

    Args:
        truth: True class of each record, `(N,)`, 0 <= class < C.
        probabilities: Of each class, rows sum to 1, finite, `(N, C)`.
        threshold: With two classes: probability of the positive class from which a record is called positive.
        positive: With two classes: the class that sensitivity speaks of.
    """

    def __init__(
        self, truth: ArrayLike, probabilities: ArrayLike, *, threshold: float = 0.5, positive: int = 1
    ) -> None:
        given = np.asarray(probabilities)
        self._truth = np.asarray(truth).astype(np.int64)
        self._chances = given.astype(np.float64)
        self._classes = given.shape[1]
        self._positive = positive
        self._told = predicted_classes(given, threshold=threshold, positive=positive).astype(np.int64)
        self._surprise = _surprise(self._truth, given)
        self._ranked: dict[int, _Ranked] = {}

    def figures(self, weights: Floats, *, per_class: bool = False) -> WeightedFigures:
        """All figures under weights `(R, N)`; those of a row have a whole sum, up to rounding."""
        cells = self._confusion(weights)
        total = weights.sum(axis=1)
        binary = self._classes == 2
        against_rest = () if binary and not per_class else self._each_class(weights, cells)
        if binary:
            found, gaps = self._against_rest(self._positive).figures(weights)
        else:
            found = {name: _mean(against_rest, name) for name in _AREAS}
            found["brier"] = _ratio(weights @ self._squares, total)
            gaps = self._top_label.gaps(weights)
        found |= figures_of_cells(cells, self._positive)
        found["loss"] = _ratio(weights @ self._surprise, total)
        found["ece"] = np.where(total > 0, np.abs(gaps).sum(axis=1), np.nan)
        return WeightedFigures(found, against_rest if per_class else ())

    def gaps(self, weights: Floats) -> Floats:
        """Mean probability less observed share in the bins that the records make when all weigh the same.

        Each is times the share of the records in its bin, `(R, CALIBRATION_BINS)`; the sizes of a row add up to the
        calibration error where all weigh the same. Of the positive class with two classes, of the most probable one
        with more; 0 in bins that are not there. Bins that move with the weights, as those of the figure do, would
        hold other records each time and so seem to differ by more than they do.
        """
        total = weights.sum(axis=1, keepdims=True)
        found: Floats = (weights @ self._binned) / np.maximum(total, np.finfo(np.float64).tiny)
        return found

    def gaps_by_chance(self, chance: np.random.Generator, count: int) -> Floats:
        """The same gaps of so many sets whose outcomes are drawn as the probabilities say, `(count, bins)`."""
        return self._judged.gaps_by_chance(chance, count)

    @property
    def gap_variance(self) -> float:
        """Of all gaps together, were each record independent of the others."""
        return float(np.sum(self._binned**2)) / max(1, len(self._truth)) ** 2

    @property
    def within_bins(self) -> Floats:
        """How much of each record is in each bin of calibration, `(N, CALIBRATION_BINS)`."""
        return self._judged.within()

    @cached_property
    def _binned(self) -> Floats:
        return self._judged.binned()

    @property
    def _judged(self) -> _Ranked:
        """The question whose calibration is judged."""
        return self._against_rest(self._positive) if self._classes == 2 else self._top_label

    @cached_property
    def means_of(self) -> dict[str, Floats]:
        """The figures that are means over the records, with what each record adds, `(N,)`."""
        return {"brier": self._squares, "loss": self._surprise}

    @property
    def answers(self) -> Answers:
        """The answers: with two classes to the question for the positive one, which is the last; else to all."""
        if self._classes == 2:
            return self.answers_against_rest(self._positive)
        own = np.eye(self._classes, dtype=bool)[self._truth]
        others = np.where(own, 0.0, self._chances).max(axis=1, initial=0.0)
        score = _logarithm(self._chances[own]) - _logarithm(others)
        return Answers(self._truth, self._told, score, self._classes)

    def answers_against_rest(self, index: int) -> Answers:
        """The answers to the question whether a record is of one class, which is the last of two."""
        truth = self._truth == index
        score = _logarithm(self._chances[:, index]) - _logarithm(1 - self._chances[:, index])
        return Answers(
            truth.astype(np.int64), (self._told == index).astype(np.int64), np.where(truth, score, -score), 2
        )

    def _each_class(self, weights: Floats, cells: Floats) -> tuple[dict[str, Floats], ...]:
        return tuple(
            {**figures_of_class(cells, index), **self._against_rest(index).areas(weights)}
            for index in range(self._classes)
        )

    def _confusion(self, weights: Floats) -> Floats:
        """Weight per true (rows) and told class (columns), `(R, C, C)`."""
        places, order = self._cells
        cells = np.zeros((len(weights), self._classes**2))
        if len(order):
            starts = np.flatnonzero(np.diff(places, prepend=-1))
            cells[:, places[starts]] = np.add.reduceat(weights.take(order, axis=1), starts, axis=1)
        return cells.reshape(len(weights), self._classes, self._classes)

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The cell of the confusion matrix of each record, ascending, and the records in that order."""
        cell = self._truth * self._classes + self._told
        order = np.argsort(cell, kind="stable")
        return cell[order], order

    @cached_property
    def _squares(self) -> Floats:
        """Each record's share of the Brier score, `(N,)`; with two classes of the positive one alone."""
        gaps = self._chances - np.eye(self._classes)[self._truth]
        squares: Floats = gaps[:, self._positive] ** 2 if self._classes == 2 else np.sum(gaps**2, axis=1)
        return squares

    @cached_property
    def _top_label(self) -> _Ranked:
        """With more than two classes: was the most probable class the true one, and how probable was it?"""
        told = np.argmax(self._chances, axis=1)
        return _Ranked(told == self._truth, self._chances[np.arange(len(told)), told])

    def _against_rest(self, index: int) -> _Ranked:
        if index not in self._ranked:
            self._ranked[index] = _Ranked(self._truth == index, self._chances[:, index])
        return self._ranked[index]


def matthews_correlations(cells: Floats) -> Floats:
    """Matthews correlation of each confusion matrix, `(R, C, C)` to `(R,)`; see `metrics.matthews_correlation`."""
    true, told, total = cells.sum(axis=2), cells.sum(axis=1), cells.sum(axis=(1, 2))
    covariance = np.trace(cells, axis1=1, axis2=2) * total - np.einsum("rc,rc->r", true, told)
    true_spread, told_spread = (
        np.where(sums.max(axis=1) >= _ALL_BUT_ROUNDING * total, 0.0, total**2 - np.einsum("rc,rc->r", sums, sums))
        for sums in (true, told)
    )
    return _correlation(covariance, true_spread, told_spread)


class _Ranked:
    """One question of yes or no with a score per record: what hangs on the order of the scores.

    Records are taken in the order of falling scores; those of one score form a group.
    """

    def __init__(self, positive: NDArray[np.bool_], score: Floats) -> None:
        self._order = np.argsort(-score, kind="stable")
        ranked, yes = score[self._order], positive[self._order]
        ends = np.flatnonzero(np.diff(ranked, append=-np.inf)) + 1
        self._ends = np.concatenate([[0], ends])
        self._tied = len(ends) < len(ranked)
        self._chances = ranked
        self._gap = ranked - yes
        self._squares = self._gap**2
        places = np.flatnonzero(yes)
        self._positives = self._order[places]
        group = np.searchsorted(ends, places, "right")
        starts, stops = self._ends[group], self._ends[group + 1]
        found = np.concatenate([[0], np.cumsum(yes)])
        self._found_before, self._found_after = found[starts], found[stops]
        self._edges = np.unique(np.concatenate([[0], starts, stops]))
        self._edge_before, self._edge_after = np.searchsorted(self._edges, starts), np.searchsorted(self._edges, stops)

    def areas(self, weights: Floats) -> dict[str, Floats]:
        """ROC AUC and average precision, `(R,)` each."""
        ordered = weights.take(self._order, axis=1)
        # The areas ask only how much lies above each positive record: a class of few needs few sums, not all.
        starts = self._edges[self._edges < ordered.shape[1]]
        reached = _cumulated(np.add.reduceat(ordered, starts, axis=1))
        return self._areas(weights, reached, reached[:, -1])

    def figures(self, weights: Floats) -> tuple[dict[str, Floats], Floats]:
        """ROC AUC, average precision and Brier score, `(R,)` each, and the gaps of calibration, `(R, bins)`."""
        ordered = weights.take(self._order, axis=1)
        drawn = _cumulated(ordered)
        found = self._areas(weights, drawn.take(self._edges, axis=1), drawn[:, -1])
        found["brier"] = _ratio(ordered @ self._squares, drawn[:, -1])
        return found, self._gaps(ordered, drawn)

    def gaps(self, weights: Floats) -> Floats:
        """The gaps of calibration alone, `(R, bins)`."""
        ordered = weights.take(self._order, axis=1)
        return self._gaps(ordered, _cumulated(ordered))

    def binned(self) -> Floats:
        """Probability less outcome of each record in each bin of equal mass, `(N, CALIBRATION_BINS)`.

        A group of one score on an edge is divided evenly.
        """
        found = np.zeros_like(self._within)
        found[self._order] = self._within * self._gap[:, None]
        return found

    def within(self) -> Floats:
        """How much of each record is in each bin of equal mass, `(N, CALIBRATION_BINS)`."""
        found = np.zeros_like(self._within)
        found[self._order] = self._within
        return found

    def gaps_by_chance(self, chance: np.random.Generator, count: int) -> Floats:
        """Gaps of calibration of so many sets whose outcomes are drawn as the scores say, `(count, bins)`."""
        outcomes = chance.random((count, len(self._chances)), dtype=np.float32) < self._chances
        gaps: Floats = (self._chances - outcomes) @ self._within / max(1, len(self._chances))
        return gaps

    @cached_property
    def _within(self) -> Floats:
        """How much of each record, in the order of falling scores, is in each bin, `(N, CALIBRATION_BINS)`."""
        edges = _bin_edges(len(self._order))
        starts, stops = self._ends[:-1, None], self._ends[1:, None]
        within = np.maximum(np.minimum(stops, edges[:-1]) - np.maximum(starts, edges[1:]), 0) / (stops - starts)
        found = np.zeros((len(self._order), CALIBRATION_BINS))
        found[:, : len(edges) - 1] = np.repeat(within, np.diff(self._ends), axis=0)
        return found

    def _areas(self, weights: Floats, reached: Floats, total: Floats) -> dict[str, Floats]:
        """From what each positive record stands beside; ties count half in the one, their group whole in the other.

        `reached` is the weight of all records above each edge of a group that holds a positive record.
        """
        own = weights.take(self._positives, axis=1)
        hits = _cumulated(own)
        positives = hits[:, -1]
        negatives = total - positives
        drawn_after, hits_after = reached.take(self._edge_after, axis=1), hits.take(self._found_after, axis=1)
        alarms_twice = drawn_after - hits_after
        alarms_twice += reached.take(self._edge_before, axis=1)
        alarms_twice -= hits.take(self._found_before, axis=1)
        above = np.einsum("rp,rp->r", own, alarms_twice) / 2
        # A positive that was not drawn stands nowhere: 0 of nothing counts as 0.
        precise = hits_after / np.maximum(drawn_after, np.finfo(np.float64).tiny)
        return {
            "roc_auc": _ratio(positives * negatives - above, positives * negatives),
            "pr_auc": _ratio(np.einsum("rp,rp->r", own, precise), positives),
        }

    def _gaps(self, ordered: Floats, drawn: Floats) -> Floats:
        surplus = _cumulated(ordered * self._gap)
        if self._tied:
            return _calibration_gaps(drawn[:, self._ends], surplus[:, self._ends])
        return _calibration_gaps(drawn, surplus)


def _cumulated(values: Floats) -> Floats:
    """Sums along rows with a leading 0, `(R, n + 1)`."""
    sums = np.zeros((len(values), values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _calibration_gaps(drawn: Floats, surplus: Floats) -> Floats:
    """Over bins of equal mass as `metrics.calibration_bins` makes them: a group on an edge is divided evenly."""
    found = np.zeros((len(drawn), CALIBRATION_BINS))
    totals = np.rint(drawn[:, -1]).astype(np.intp)
    for records in np.unique(totals):
        edges = _bin_edges(int(records))
        rows = np.flatnonzero(totals == records)
        reached = np.array([np.interp(edges, drawn[row], surplus[row]) for row in rows])
        found[rows, : len(edges) - 1] = np.diff(reached, axis=1) / max(int(records), 1)
    return found


def _bin_edges(records: int) -> NDArray[np.intp]:
    """Ranks from the highest score down at which bins begin, that of the lowest scores first, `(bins + 1,)`."""
    # Bins run from the lowest score up; from the highest down they end at the same records.
    return records - np.linspace(0, records, min(CALIBRATION_BINS, records) + 1).astype(np.intp)


def figures_of_cells(cells: Floats, positive: int = 1) -> dict[str, Floats]:
    """The figures that follow from confusion matrices, `(R, C, C)` to `(R,)` each.

    Args:
        cells: Weight per true (rows) and told class (columns).
        positive: With two classes: the class that sensitivity speaks of; with more figures are means over classes.
    """
    if cells.shape[1] == 2:
        found = figures_of_class(cells, positive)
    else:
        each = [figures_of_class(cells, index) for index in range(cells.shape[1])]
        found = {name: _mean(each, name) for name in each[0]} | {"mcc": matthews_correlations(cells)}
    return found | {"accuracy": _accuracy(cells), "balanced_accuracy": _balanced_accuracy(cells)}


def _accuracy(cells: Floats) -> Floats:
    return _ratio(np.trace(cells, axis1=1, axis2=2), cells.sum(axis=(1, 2)))


def figures_of_class(cells: Floats, index: int) -> dict[str, Floats]:
    """The figures of one class against the rest that follow from the confusion matrices, `(R,)` each."""
    hits = cells[:, index, index]
    own, told, total = cells[:, index].sum(axis=1), cells[:, :, index].sum(axis=1), cells.sum(axis=(1, 2))
    others, not_told = _less(total, own), _less(total, told)
    rejected = np.maximum(others - told + hits, 0.0)
    return {
        "sensitivity": _ratio(hits, own),
        "specificity": _ratio(rejected, others),
        "precision": np.where((told == 0) & (own > 0), 0.0, _ratio(hits, told)),
        "f1": _ratio(2 * hits, own + told),
        "mcc": _correlation(hits * total - own * told, own * others, told * not_told),
    }


def _balanced_accuracy(cells: Floats) -> Floats:
    own = cells.sum(axis=2)
    found = _ratio(np.diagonal(cells, axis1=1, axis2=2), own)
    return np.where(np.count_nonzero(own, axis=1) < 2, np.nan, _mean_of_defined(found))


def _mean(per_class: Sequence[dict[str, Floats]], name: str) -> Floats:
    return _mean_of_defined(np.stack([figures[name] for figures in per_class], axis=1))


def _mean_of_defined(values: Floats) -> Floats:
    defined = np.isfinite(values)
    return _ratio(np.where(defined, values, 0.0).sum(axis=1), np.count_nonzero(defined, axis=1).astype(np.float64))


def _correlation(covariance: Floats, true_spread: Floats, told_spread: Floats) -> Floats:
    """Of true and told classes: 0 where one class alone is told, NaN where one alone is true."""
    found = _ratio(covariance, np.sqrt(true_spread * told_spread))
    return np.where((told_spread <= 0) & (true_spread > 0), 0.0, found)


def _less(whole: Floats, part: Floats) -> Floats:
    """The rest; exactly 0 where rounding alone is left."""
    return np.where(part >= _ALL_BUT_ROUNDING * whole, 0.0, whole - part)


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Part over whole; NaN where the whole is nothing."""
    ratio: Floats = np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
    return ratio


def _logarithm(chances: Floats) -> Floats:
    logarithm: Floats = np.log(np.maximum(chances, np.finfo(np.float32).tiny))
    return logarithm


def _surprise(truth: NDArray[np.int64], probabilities: NDArray[np.floating]) -> Floats:
    """Negative logarithm of the probability of the true class, nats, `(N,)`; clipped as in `metrics.log_loss`."""
    kind = probabilities.dtype if probabilities.dtype.kind == "f" else np.float64
    rounding = np.finfo(kind).eps
    told = probabilities[np.arange(len(truth)), truth].astype(np.float64)
    surprise: Floats = -np.log(np.clip(told, rounding, 1 - rounding))
    return surprise
