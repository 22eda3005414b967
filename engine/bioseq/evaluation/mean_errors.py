"""The standard error of a mean over records under many weightings at once, by classes or by whole clusters.

A weighting is a resample: how often each unit, a record or a cluster, was drawn. Needs numpy only. Shapes: N records,
U units, R weightings.

Source: Cochran 1977, Sampling Techniques, sections 5.4 (strata) and 6.3 (the mean of clusters of unlike sizes is a
ratio; what it leaves over in each cluster tells its variance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class MeanErrors:
    """Standard errors of the means of some quantities of the records.

    Args:
        values: Name to the quantity of each record, `(N,)`.
        strata: Units of each stratum; each unit is in one.
        unit_of: Unit that each record belongs to, `(N,)`; None where each record is a unit of its own.
    """

    def __init__(
        self, values: Mapping[str, Floats], strata: list[NDArray[np.intp]], unit_of: NDArray[np.intp] | None
    ) -> None:
        order = np.concatenate([*strata, np.zeros(0, np.intp)])
        self._names = tuple(values)
        self._bounds = np.concatenate([[0], np.cumsum([len(stratum) for stratum in strata])]).astype(np.intp)
        records = len(next(iter(values.values())))
        units = np.arange(records) if unit_of is None else unit_of
        _, first = np.unique(units, return_index=True)
        self._records = first[order]
        sizes = np.bincount(units, minlength=len(order)).astype(np.float64)[order]
        totals = [np.bincount(units, weights=own, minlength=len(order))[order] for own in values.values()]
        sums = [column for total in totals for column in (total, total**2, total * sizes)]
        self._columns = np.stack([sizes, sizes**2, *sums], axis=1)

    def under(self, weights: Floats) -> dict[str, Floats]:
        """The standard error of each mean, `(R,)` each, under weights `(R, N)` that are alike within a unit."""
        units = weights.take(self._records, axis=1)
        parts = [
            (stop - start, units[:, start:stop] @ self._columns[start:stop])
            for start, stop in zip(self._bounds[:-1], self._bounds[1:], strict=True)
        ]
        nothing = np.zeros(len(weights))
        drawn = np.maximum(sum((sums[:, 0] for _, sums in parts), nothing), np.finfo(np.float64).tiny)
        found = {}
        for index, name in enumerate(self._names):
            place = 2 + 3 * index
            mean = sum((sums[:, place] for _, sums in parts), nothing) / drawn
            variance = sum((_variance(sums, place, mean, count) for count, sums in parts), nothing)
            found[name] = np.sqrt(np.maximum(variance, 0.0)) / drawn
        return found


def _variance(sums: Floats, first: int, mean: Floats, count: int) -> Floats:
    """Of the sum over a stratum of what units leave over beside the mean of their records, `(R,)`."""
    sizes, squared_sizes = sums[:, 0], sums[:, 1]
    totals, squares, crossed = sums[:, first], sums[:, first + 1], sums[:, first + 2]
    over = totals - mean * sizes
    spread = squares - 2 * mean * crossed + mean**2 * squared_sizes - over**2 / max(count, 1)
    return spread * count / max(count - 1, 1)
