"""A column of text without one Python object per row: one UTF-8 buffer and the offsets of its rows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray


_WORTH_A_COPY = 64
"""Letters per run of neighbouring rows from which copying run by run is faster than picking letter by letter."""
_ROWS_AT_ONCE = 1 << 14
"""Rows picked in one go, so that the positions of their letters stay small."""


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """N rows of text in one buffer.

    Attributes:
        buffer: UTF-8 bytes of all rows, one after the other, uint8.
        offsets: Where each row starts, and the end of the last, int64 `(N + 1,)`.
    """

    buffer: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def from_strings(cls, strings: Iterable[str]) -> TextColumn:
        """The column that holds these strings, in this order."""
        encoded = [string.encode("utf-8", "surrogateescape") for string in strings]
        offsets = np.zeros(len(encoded) + 1, np.int64)
        np.cumsum([len(row) for row in encoded], out=offsets[1:])
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets)

    @classmethod
    def concatenate(cls, columns: Iterable[TextColumn]) -> TextColumn:
        """The rows of all columns, one column after the other."""
        parts = list(columns)
        if not parts:
            return cls.from_strings(())
        ends = np.cumsum([0, *(len(part.buffer) for part in parts)])
        offsets = [part.offsets[:-1] - part.offsets[0] + end for part, end in zip(parts, ends, strict=False)]
        buffers = [part.buffer[part.offsets[0] : part.offsets[-1]] for part in parts]
        return cls(np.concatenate(buffers), np.concatenate([*offsets, [sum(map(len, buffers))]]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        start, end = self.offsets[row], self.offsets[row + 1]
        return self.buffer[start:end].tobytes().decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        return (self[row] for row in range(len(self)))

    def take(self, rows: NDArray[np.intp]) -> TextColumn:
        """The column with these rows only, in this order."""
        buffer, offsets = gather_rows(self.buffer, self.offsets, rows)
        return TextColumn(buffer, offsets)


def gather_rows(
    buffer: NDArray[Any], offsets: NDArray[np.int64], rows: NDArray[np.intp]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Copy ragged rows out of a buffer, without a Python loop.

    Args:
        buffer: All rows, one after the other.
        offsets: Row starts and the last end, `(N + 1,)`.
        rows: Numbers of the wanted rows, in the wanted order, `(M,)`.

    Returns:
        The buffer and the offsets `(M + 1,)` of the wanted rows.
    """
    rows = np.asarray(rows, np.intp)
    starts, lengths = offsets[rows], offsets[rows + 1] - offsets[rows]
    new_offsets = np.zeros(len(rows) + 1, np.int64)
    np.cumsum(lengths, out=new_offsets[1:])
    gathered = np.empty(int(new_offsets[-1]), buffer.dtype)
    breaks = np.flatnonzero(starts[1:] != starts[:-1] + lengths[:-1]) + 1
    if len(breaks) * _WORTH_A_COPY < len(gathered):
        bounds = [0, *breaks.tolist(), len(rows)] if len(rows) else [0]
        for first, end in pairwise(bounds):
            here, there = int(new_offsets[first]), int(new_offsets[end])
            start = int(starts[first])
            gathered[here:there] = buffer[start : start + there - here]
        return gathered, new_offsets
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        end = min(first + _ROWS_AT_ONCE, len(rows))
        here, there = int(new_offsets[first]), int(new_offsets[end])
        shifts = np.repeat(starts[first:end] - new_offsets[first:end], lengths[first:end])
        gathered[here:there] = buffer[np.arange(here, there) + shifts]
    return gathered, new_offsets
