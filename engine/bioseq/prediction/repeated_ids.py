"""Ids that stand in a prediction table more than once, found in memory that does not grow with the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROWS_AT_ONCE = 4_000_000
"""Rows compared with each other in one go: so many numbers of 64 bits are small beside a network."""
_BLOCK = 200_000
EXAMPLES = 20


def find_repeated_ids(ids: TextColumn) -> tuple[int, tuple[int, ...]]:
    """Rows whose id an earlier row has, and the first of them.

    Ids are told apart by a hash of 64 bits that differs from process to process, so nobody can make two agree. Of a
    large table only those ids are compared at a time whose hashes leave the same rest; rows without an id do not count.

    Returns:
        How many rows there are, and the numbers of the first `EXAMPLES`, ascending.
    """
    passes = max(1, -(-len(ids) // _ROWS_AT_ONCE))
    count, examples = 0, np.zeros(0, np.int64)
    for rest in range(passes):
        rows, hashes = _rows_that_leave(ids, passes, rest)
        order = np.argsort(hashes, kind="stable")
        ranked = hashes[order]
        repeated = rows[order[1:][ranked[1:] == ranked[:-1]]]
        count += len(repeated)
        examples = np.sort(np.concatenate([examples, repeated]))[:EXAMPLES]
    return count, tuple(examples.tolist())


def _rows_that_leave(ids: TextColumn, passes: int, rest: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows with an id whose hash leaves this rest, ascending, and their hashes."""
    found = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for start in range(0, len(ids), _BLOCK):
        offsets = ids.offsets[start : start + _BLOCK + 1]
        block = TextColumn(ids.buffer, offsets)
        hashes = np.fromiter(map(hash, block), np.int64, len(block))
        wanted = np.flatnonzero((np.diff(offsets) > 0) & (hashes % passes == rest))
        found.append((wanted + start, hashes[wanted]))
    return np.concatenate([rows for rows, _ in found]), np.concatenate([hashes for _, hashes in found])
