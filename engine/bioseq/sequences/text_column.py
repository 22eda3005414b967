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
"""Items from which copying a span by itself is faster than picking item by item."""
_FEW_RUNS = 1_000
"""Runs of touching spans up to which they are copied one by one."""
_COMMON = 16
"""Spans of one length from which they are copied together."""
_ITEMS_AT_ONCE = 1 << 20
"""Items copied in one go, so that the copy between stays small."""
_ROWS_AT_ONCE = 4_096
"""Rows whose text is taken from the buffer in one go, for the same reason."""


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
        return cls(
            np.concatenate(buffers), np.concatenate([*offsets, [sum(map(len, buffers))]]).astype(np.int64, copy=False)
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> str:
        start, end = self.offsets[row], self.offsets[row + 1]
        return self.buffer[start:end].tobytes().decode("utf-8", "replace")

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self), _ROWS_AT_ONCE):
            offsets = self.offsets[start : start + _ROWS_AT_ONCE + 1]
            text = self.buffer[offsets[0] : offsets[-1]].tobytes()
            for begin, end in pairwise((offsets - offsets[0]).tolist()):
                yield text[begin:end].decode("utf-8", "replace")

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
    return gather_spans(buffer, offsets[rows], offsets[rows + 1])


def gather_spans(
    buffer: NDArray[Any], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Copy spans of a buffer one after the other, without a Python loop over spans.

    Args:
        buffer: What is copied from.
        starts: Where each span starts, `(M,)`.
        ends: Where each span ends, `(M,)`, not before its start.

    Returns:
        The buffer and the offsets `(M + 1,)` of the spans.
    """
    lengths = np.asarray(ends - starts, np.int64)
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    if len(lengths) > 1 and lengths[0] > 0 and lengths.min() == lengths.max():
        return _gather_alike(buffer, starts, int(lengths[0])), offsets
    gathered = np.empty(int(offsets[-1]), buffer.dtype)
    breaks = np.flatnonzero(starts[1:] != ends[:-1]) + 1
    if len(breaks) * _WORTH_A_COPY < len(gathered) and len(breaks) <= _FEW_RUNS:
        for first, end in pairwise([0, *breaks.tolist(), len(lengths)]):
            here, there = int(offsets[first]), int(offsets[end])
            start = int(starts[first])
            gathered[here:there] = buffer[start : start + there - here]
    elif len(gathered):
        _gather_by_length(buffer, starts, lengths, gathered, offsets)
    return gathered, offsets


def _gather_alike(buffer: NDArray[Any], starts: NDArray[np.int64], length: int) -> NDArray[Any]:
    """Copy spans of one length; where they also lie evenly apart, as the columns of a table that they are."""
    step = int(starts[1] - starts[0])
    if step >= length and (np.diff(starts) == step).all():
        (item,) = buffer.strides
        table = np.lib.stride_tricks.as_strided(
            buffer[starts[0] :], (len(starts), length), (step * item, item), writeable=False
        )
        return table.flatten()
    rows = np.lib.stride_tricks.sliding_window_view(buffer, length)
    return rows[starts].reshape(-1)


def _gather_by_length(
    buffer: NDArray[Any],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    gathered: NDArray[Any],
    offsets: NDArray[np.int64],
) -> None:
    """Copy spans of one length at a time, as rows of a view; what has a rare length is picked item by item."""
    order = np.argsort(lengths, kind="stable")
    ranked = lengths[order]
    bounds = np.concatenate([[0], np.flatnonzero(ranked[1:] != ranked[:-1]) + 1, [len(ranked)]])
    rare: list[NDArray[np.intp]] = []
    for first, end in pairwise(bounds.tolist()):
        length = int(ranked[first])
        spans = order[first:end]
        if length and (end - first >= _COMMON or length >= _WORTH_A_COPY):
            source = np.lib.stride_tricks.sliding_window_view(buffer, length)
            target = np.lib.stride_tricks.sliding_window_view(gathered, length, writeable=True)
            step = max(1, _ITEMS_AT_ONCE // length)
            for some in range(0, len(spans), step):
                part = spans[some : some + step]
                target[offsets[part]] = source[starts[part]]
        elif length:
            rare.append(spans)
    if rare:
        spans = np.concatenate(rare)
        within = np.arange(int(lengths[spans].sum())) - np.repeat(
            np.cumsum(lengths[spans]) - lengths[spans], lengths[spans]
        )
        gathered[np.repeat(offsets[spans], lengths[spans]) + within] = buffer[
            np.repeat(starts[spans], lengths[spans]) + within
        ]
