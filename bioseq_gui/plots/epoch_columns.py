"""The epochs of a run as columns that grow, so that a live plot never goes through all epochs again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.protocol.events import EpochFinished

Side = Literal["train", "validation"]
_FIRST_ROOM = 64


class EpochColumns:
    """Epoch numbers and every metric of training and validation, one value per finished epoch.

    Attributes:
        version: Another number after each change.
    """

    def __init__(self) -> None:
        self._count = 0
        self.version = 0
        self._first: EpochFinished | None = None
        self._last: EpochFinished | None = None
        self._numbers = np.zeros(_FIRST_ROOM)
        self._columns: dict[tuple[Side, str], NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return self._count

    def update(self, epochs: tuple[EpochFinished, ...]) -> None:
        """Take over the epochs of a run; only new ones cost anything."""
        if not self._continues(epochs):
            self._count = 0
            self._columns.clear()
            self.version += 1
        self.version += len(epochs) > self._count
        for epoch in epochs[self._count :]:
            self._append(epoch)
        self._first = epochs[0] if epochs else None
        self._last = epochs[-1] if epochs else None

    def _continues(self, epochs: tuple[EpochFinished, ...]) -> bool:
        if self._count == 0:
            return True
        return len(epochs) >= self._count and epochs[0] is self._first and epochs[self._count - 1] is self._last

    def _append(self, epoch: EpochFinished) -> None:
        row = self._count
        if row == len(self._numbers):
            self._numbers = _doubled(self._numbers)
            self._columns = {key: _doubled(column) for key, column in self._columns.items()}
        self._numbers[row] = epoch.epoch
        sides: tuple[tuple[Side, dict[str, float]], ...] = (("train", epoch.train), ("validation", epoch.validation))
        for side, metrics in sides:
            for name, value in metrics.items():
                column = self._columns.get((side, name))
                if column is None:
                    column = self._columns[side, name] = np.full(len(self._numbers), np.nan)
                column[row] = value
        self._count += 1

    @property
    def numbers(self) -> NDArray[np.float64]:
        """Numbers of the epochs, `(E,)`."""
        return self._numbers[: self._count].copy()

    @property
    def metrics(self) -> frozenset[str]:
        """Names of the metrics that any epoch has."""
        return frozenset(name for _side, name in self._columns)

    def values(self, side: Side, metric: str) -> NDArray[np.float64]:
        """One metric per epoch, `(E,)`; NaN where an epoch has none; empty when no epoch has any."""
        column = self._columns.get((side, metric))
        return column[: self._count].copy() if column is not None else np.zeros(0)


def _doubled(column: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([column, np.full(len(column), np.nan)])
