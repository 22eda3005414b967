"""How the lines of records are laid out: whether a record consists of two or three parts that are alike, line by line.

So look sequences with a line of annotation below them, and also sequences that are wrapped once; which of them it is,
the letters tell (`annotation_lines`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARTS = (2, 3)
"""Parts that are looked for; a record that can be cut into `parts` is marked by the bit `1 << parts`."""
_MOST_LINES = 1_000
_LONGEST_LINE = 1 << 20
"""Records of more or longer lines are not looked at."""


class LineLayout:
    """Takes the lengths of lines as they come, some at a time; what it gives is the same however they come."""

    def __init__(self) -> None:
        self._marks: list[NDArray[np.uint8]] = []
        self._open: NDArray[np.int64] | None = None
        self.closed = 0

    def feed(self, lengths: NDArray[np.int64], firsts: NDArray[np.intp]) -> None:
        """Take the next lines.

        Args:
            lengths: Letters on each line of a sequence, `(L,)`.
            firsts: Place of the first line of each record that begins among them, and their end, `(R + 1,)`.
        """
        full = lengths > 0
        if not full.all():
            firsts = np.concatenate([[0], np.cumsum(full)])[firsts]
            lengths = lengths[full]
        if firsts[0] and self._open is not None and len(self._open) <= _MOST_LINES:
            self._open = np.concatenate([self._open, lengths[: firsts[0]]])
        if len(firsts) > 1:
            self._close()
            self._add(_mark_parts(lengths, firsts[:-1]))
            self._open = lengths[firsts[-2] : firsts[-1]].copy()

    def feed_single_lines(self, count: int, length: int) -> None:
        """Take this many records of one line; the last of them may go on."""
        self._close()
        self._add(np.zeros(count - 1, np.uint8))
        self._open = np.array([length], np.int64)

    def feed_long_line(self) -> None:
        """Take a piece of a line that is too long to be looked at."""
        self.feed(np.array([_LONGEST_LINE + 1]), np.array([1]))

    def marks(self, count: int) -> NDArray[np.uint8]:
        """Bits of `PARTS` for the first records, `(count,)`; all of them must be closed."""
        return np.concatenate([np.zeros(0, np.uint8), *self._marks])[:count]

    def finish(self) -> None:
        """Close the last record."""
        self._close()

    def _add(self, marks: NDArray[np.uint8]) -> None:
        self._marks.append(marks)
        self.closed += len(marks)

    def _close(self) -> None:
        if self._open is not None:
            self._add(_mark_parts(self._open, np.array([0, len(self._open)])))
            self._open = None


def _mark_parts(lengths: NDArray[np.int64], bounds: NDArray[np.intp]) -> NDArray[np.uint8]:
    """Bits of `PARTS` of records that have the lines between these bounds."""
    counts = np.diff(bounds)
    marks = np.zeros(len(counts), np.uint8)
    last = lengths[bounds[1:] - 1] if len(lengths) else np.zeros(len(counts), np.int64)
    for parts in PARTS:
        rows = np.flatnonzero((counts > 0) & (counts % parts == 0) & (counts <= _MOST_LINES))
        # Nearly all are told by the last line of a part, which is shorter than the others where lines are wrapped.
        rows = rows[lengths[bounds[rows] + counts[rows] // parts - 1] == last[rows]]
        single = rows[counts[rows] == parts]
        first = lengths[bounds[single]]
        alike = first <= _LONGEST_LINE
        for place in range(1, parts):
            alike &= lengths[bounds[single] + place] == first
        marks[single[alike]] |= 1 << parts
        for row in rows[counts[rows] > parts].tolist():
            if _is_alike(lengths[bounds[row] : bounds[row + 1]], parts):
                marks[row] |= 1 << parts
    return marks


def _is_alike(lengths: NDArray[np.int64], parts: int) -> bool:
    rows = lengths.reshape(parts, -1)
    return bool((rows == rows[0]).all() and lengths.max() <= _LONGEST_LINE)
