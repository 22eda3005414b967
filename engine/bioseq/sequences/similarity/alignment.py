"""Identical letters of many pairs of sequences at once, by local alignment within a band of diagonals.

Smith and Waterman 1981 with a linear price of gaps, row by row over all pairs together. A cell holds score and
identical letters in one number, so that the greatest number is the best score with, among equals, most identical
letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.similarity.letters import Coded

_CELLS = 1 << 17
"""Cells of a row over all pairs that are aligned together: 512 kB, so that they stay in the cache."""
_PAD_SHORT, _PAD_LONG = 254, 255
"""Letters beyond the ends; they are identical to none."""
_SMALL = (1 << 14) - 1
"""Longest shorter sequence whose cells fit into 32 bits: 14 bits for letters, 16 for a score of 3 a letter."""


def identical_letters(
    first: Coded,
    second: Coded,
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    diagonals: NDArray[np.int64],
    reaches: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Identical aligned letters of each pair, `(P,)`.

    Args:
        first: Sequences of the left sides.
        second: Sequences of the right sides.
        left: Row in `first` of each pair, `(P,)`.
        right: Row in `second`, `(P,)`.
        diagonals: Place in the right less place in the left sequence about which the pair is aligned, `(P,)`.
        reaches: How far the alignment may stray from that diagonal, letters, `(P,)`.
    """
    found = np.zeros(len(left), np.int64)
    lengths = first.lengths[left]
    for reach in np.unique(reaches).tolist():
        members = np.flatnonzero(reaches == reach)
        order = members[np.argsort(lengths[members], kind="stable")]
        width = 2 * reach + 1
        step = max(1, _CELLS // width)
        for start in range(0, len(order), step):
            some = order[start : start + step]
            found[some] = _aligned(first, second, left[some], right[some], diagonals[some], width)
    return found


def _aligned(
    first: Coded,
    second: Coded,
    left: NDArray[np.intp],
    right: NDArray[np.intp],
    diagonals: NDArray[np.int64],
    width: int,
) -> NDArray[np.int64]:
    longest = int(first.lengths[left].max(initial=0))
    rows = _placed(first, left, np.zeros(len(left), np.int64), longest, _PAD_SHORT)
    columns = _placed(second, right, diagonals - width // 2, longest + width - 1, _PAD_LONG)
    rows[rows == first.kinds] = _PAD_SHORT
    kind = np.int32 if longest <= _SMALL else np.int64
    shift = 14 if longest <= _SMALL else 31
    match, mismatch, gap = (3, -1, 4) if first.kinds > 4 else (1, -1, 2)
    # One identical letter more is 1 in the lower bits.
    gain, loss, price = (match << shift) + 1, mismatch << shift, gap << shift
    cells = np.zeros((width, len(left)), kind)
    new, best, step = np.zeros_like(cells), np.zeros_like(cells), np.zeros(len(left), kind)
    above = np.zeros_like(cells)
    for row in range(longest):
        np.multiply(columns[row : row + width] == rows[row], kind(gain - loss), out=new)
        new += kind(loss)
        new += cells
        np.subtract(cells[1:], kind(price), out=above[:-1])
        np.maximum(new[:-1], above[:-1], out=new[:-1])
        np.maximum(new, kind(0), out=new)
        for place in range(1, width):
            np.subtract(new[place - 1], kind(price), out=step)
            np.maximum(new[place], step, out=new[place])
        np.maximum(best, new, out=best)
        cells, new = new, cells
    matches: NDArray[np.int64] = (best.max(axis=0) & ((1 << shift) - 1)).astype(np.int64)
    return matches


def _placed(
    sequences: Coded, rows: NDArray[np.intp], starts: NDArray[np.int64], count: int, pad: int
) -> NDArray[np.uint8]:
    """Letters from these places on, `(count, P)`, with `pad` beyond the ends."""
    places = np.arange(count)[:, None] + starts
    inside = (places >= 0) & (places < sequences.lengths[rows])
    places += sequences.offsets[rows]
    letters = sequences.codes[np.where(inside, places, 0)] if len(sequences.codes) else np.zeros_like(places, np.uint8)
    return np.where(inside, letters, np.uint8(pad)).astype(np.uint8)
