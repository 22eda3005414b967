"""How much of a record repeats what stands a few letters before: homopolymers, dinucleotide and short repeats.

numpy only. Shapes: N records, U units, `letters` all letters of some records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_UNIT = 8
"""Letters of the longest unit whose repeats are looked for."""
_PSEUDO = 4.0


def repetition(codes: NDArray[np.uint8], offsets: NDArray[np.int64], by_chance: float) -> NDArray[np.float64]:
    """The fraction of letters that equal the one a unit before, for units of 1, 2, ... letters, [0, 1], `(U, N)`.

    A few letters that agree as often as chance has it are added, so that short records do not seem to be repeats. NaN
    where a record has no room for two units.

    Args:
        codes: Numbers of residues, `(letters,)`.
        offsets: Where each record starts, and the end of the last, none of them empty, `(N + 1,)`.
        by_chance: Probability that two letters are equal, (0, 1).
    """
    lengths = np.diff(offsets)
    equal_lengths = bool((lengths == lengths[0]).all())
    fractions = np.full((LONGEST_UNIT, len(lengths)), np.nan)
    for unit in range(1, min(LONGEST_UNIT, int(lengths.max()) // 2) + 1):
        same = _same_in_rows(codes, lengths, unit) if equal_lengths else _same(codes, offsets, unit)
        room = lengths >= 2 * unit
        fractions[unit - 1, room] = (same[room] + _PSEUDO * by_chance) / (lengths[room] - unit + _PSEUDO)
    return fractions


def _same_in_rows(codes: NDArray[np.uint8], lengths: NDArray[np.int64], unit: int) -> NDArray[np.intp]:
    rows = codes.reshape(len(lengths), -1)
    same: NDArray[np.intp] = np.count_nonzero(rows[:, unit:] == rows[:, :-unit], axis=1)
    return same


def _same(codes: NDArray[np.uint8], offsets: NDArray[np.int64], unit: int) -> NDArray[np.int64]:
    same = np.zeros(len(codes) + 1, np.int32)
    np.cumsum(codes[unit:] == codes[:-unit], out=same[unit + 1 :], dtype=np.int32)
    ends = offsets[1:]
    return (same[ends] - same[np.minimum(offsets[:-1] + unit, ends)]).astype(np.int64)
