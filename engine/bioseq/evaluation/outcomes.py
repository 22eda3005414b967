"""Bounds of the figures that follow from a confusion matrix: from true matrices drawn as the answers suggest them.

Resamples of few errors cannot tell of the errors that might have been among other records: a share of 0 of n, or a
model that answers one class, has no spread in them. So each unit, a record or a cluster of similar ones, is given a
weight drawn from the exponential distribution (Rubin 1981, The Bayesian bootstrap), and in each class a little weight
is added to the answers that are right and to those that are wrong. For the share of single records that is the
posterior of Jeffreys' prior (Brown, Cai and DasGupta 2001, section 4.1.2); what is added in clusters is as much as a
record is worth there. How many records there are of each class is drawn along with it: other records would not have the
same numbers.
Needs numpy only. Shapes: N records, C classes, P patterns, R draws.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bioseq.evaluation.design_effect import design_effect
from bioseq.evaluation.quantiles import student_quantile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Bounds = tuple[float, float]

_ADDED = 0.5
"""Records added to either side of a share: Jeffreys' prior."""
_DRAWS, _LEAST_DRAWS, _MOST_NUMBERS = 4_000, 1_000, 4_000_000
"""Matrices that are drawn, fewer where there are many patterns; and the weights that may be drawn for them."""


class Answers(NamedTuple):
    """The answers of a model to N records.

    Attributes:
        truth: True class, 0 <= class < C, `(N,)`.
        told: Answered class, `(N,)`.
        score: How sure the model is of the true class, by any rising function, `(N,)`.
        classes: C.
    """

    truth: NDArray[np.int64]
    told: NDArray[np.int64]
    score: Floats
    classes: int


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """The answers to the records of a test, unit by unit; units with the same answers are of one pattern.

    Attributes:
        patterns: Records per true class and answered class in a unit of each pattern, `(P, C, C)`.
        counts: Units of each pattern, `(P,)`.
        units: Units that hold records of each class, `(C,)`.
        effects: Design effect of the share answered right of each class, `(C,)`, at least 1; 1 for single records.
    """

    patterns: Floats
    counts: Floats
    units: Floats
    effects: Floats

    @property
    def worth_of_a_record(self) -> float:
        """What a record more that is answered right adds to accuracy; in clusters as much as one is worth there."""
        records = np.tensordot(self.counts, self.patterns.sum(axis=2), 1)  # of each class
        return float(records @ self.effects / records.sum() ** 2)

    def effective_records(self, index: int, *, level: float) -> float:
        """Independent records that tell as much of the share of a class that is answered right as its records do.

        Few clusters leave their own spread unsure, which counts as fewer records (Korn and Graubard 1998).
        """
        records = float(self.counts @ self.patterns[:, index].sum(axis=1))
        return records / float(self.effects[index]) / self._unsure(index, level) ** 2 if records else 0.0

    def drawn(self, *, level: float, seed: int) -> Floats:
        """True matrices as the answers suggest them, `(R, C, C)`.

        Args:
            level: Of the interval that is to be made of them, (0, 1).
            seed: Of the draws.
        """
        chance = np.random.default_rng(seed)
        size, classes = self.patterns.shape[:2]
        draws = max(_LEAST_DRAWS, min(_DRAWS, _MOST_NUMBERS // max(1, size)))
        shape = 1 / self._spreads(level)
        weights = chance.standard_gamma(self.counts * shape, (draws, size)) / shape
        cells = (weights @ self.patterns.reshape(size, -1)).reshape(draws, classes, classes)
        cells += (
            chance.standard_gamma(self._compute_pseudo_records(), (draws, classes, classes)) * self.effects[:, None]
        )
        return cells

    def bounds(
        self, figures_of: Callable[[Floats], Mapping[str, Floats]], *, level: float, seed: int
    ) -> dict[str, Bounds]:
        """Bounds of figures of the matrices.

        Args:
            figures_of: Matrices `(R, C, C)` to figures by name, `(R,)` each.
            level: Share of such intervals that hold the true figure, (0, 1).
            seed: Of the draws.
        """
        tails = [(1 - level) / 2, (1 + level) / 2]
        found = figures_of(self.drawn(level=level, seed=seed))
        return {
            name: (float(low), float(high))
            for name, values in found.items()
            for low, high in [np.quantile(values, tails)]
        }

    def _compute_pseudo_records(self) -> Floats:
        """Records added to each cell: over all classes as many as two shares have, however many classes there are."""
        seen = np.tensordot(self.counts, self.patterns, 1)
        own, answered = seen.sum(axis=1) > 0, seen.sum(axis=0) > 0
        classes = max(2, int(np.count_nonzero(own)))
        per_class = 2 * _ADDED / classes
        right = np.eye(len(own), dtype=bool)
        added = np.where(right, per_class, per_class / (classes - 1))
        wanted: Floats = np.where(own[:, None] & (own | answered), added, 0.0)
        return wanted

    def _spreads(self, level: float) -> Floats:
        """By how much the weight of a unit of each pattern varies more than by the exponential distribution, `(P,)`."""
        held = self.patterns.sum(axis=2) > 0
        unsure = [self._unsure(index, level) ** 2 for index in range(held.shape[1])]
        spreads: Floats = np.where(held, unsure, 1.0).max(axis=1)
        return spreads

    def _unsure(self, index: int, level: float) -> float:
        """How much further the bounds are out, since few clusters leave their spread unsure; 1 for single records."""
        clustered = 1 - 1 / float(self.effects[index])
        units = float(self.units[index])
        if not clustered or units < 2:
            return 1.0
        further = student_quantile(level, int(units) - 1) / NormalDist().inv_cdf((1 + level) / 2)
        return 1 + clustered * (further * math.sqrt((units + 1) / (units - 1)) - 1)


def outcomes_of(answers: Answers, units: NDArray[np.intp] | None) -> Outcomes:
    """The answers by units.

    Args:
        answers: To each record.
        units: Cluster of each record, 0 to U - 1, `(N,)`; None where each record is a unit of its own.
    """
    classes = answers.classes
    cell = answers.truth * classes + answers.told
    if units is None:
        units = np.arange(len(cell))
        patterns, counts = np.eye(classes**2), np.bincount(cell, minlength=classes**2).astype(np.float64)
    else:
        patterns, counts = _patterns(cell, units, classes**2)
    patterns, counts = patterns[counts > 0], counts[counts > 0]
    effects, held = np.ones(classes), np.zeros(classes)
    for index in range(classes):
        own = answers.truth == index
        held[index] = len(np.unique(units[own]))
        if held[index] < np.count_nonzero(own):
            effects[index] = design_effect(answers.told[own] == index, answers.score[own], units[own])
    return Outcomes(patterns.reshape(-1, classes, classes), counts, held, effects)


def _patterns(cell: NDArray[np.int64], units: NDArray[np.intp], cells: int) -> tuple[Floats, Floats]:
    """The different units, by how many records they have in each cell, `(P, cells)`, and how many there are of each."""
    order = np.argsort(units, kind="stable")
    starts = np.flatnonzero(np.diff(units[order], prepend=-1))
    stops = np.append(starts[1:], len(order))
    # Units with the same records have the same sum of random numbers; others in one of 2^64 cases.
    number = np.random.default_rng(0).integers(0, 2**64, cells, dtype=np.uint64)
    _, first, counts = np.unique(np.add.reduceat(number[cell[order]], starts), return_index=True, return_counts=True)
    found = [np.bincount(cell[order[starts[one] : stops[one]]], minlength=cells) for one in first]
    patterns = np.array(found, np.float64).reshape(-1, cells)
    # In the order in which single records come: clusters of one record draw as records do.
    in_order = np.lexsort(-patterns.T[::-1])
    return patterns[in_order], counts[in_order].astype(np.float64)
