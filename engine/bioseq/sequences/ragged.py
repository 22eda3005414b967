"""Arithmetic on ragged rows, without a Python loop over records: counts, rows that hold a letter, equal rows."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_BLOCK = 1 << 22
"""Letters looked at in one go, so that temporary arrays stay small."""

_MANY_LETTERS = 1 << 18
"""Letters handled in one go where temporary arrays shall stay in the cache."""

_SAMPLE = 1 << 13
"""Letters that tell which kinds to look for; kinds that it misses are counted too, only slower."""

_EXACT = 8
"""Bytes that fit into a hash whole: rows of one such length with one hash are equal."""

_FEW_KINDS = 8
"""Kinds of letters up to which comparing with each of them is faster than counting by table."""

_FEW_ROWS_DIFFER = 32
"""Distinct hashes in a sample up to which equal ones are looked for one by one."""

_LONG_ROW = 4_096
"""Rows longer than this are hashed one by one: there are few of them, and each is much work."""

_ROWS_IN_CACHE = 1 << 18
"""Letters hashed in one go."""


def offsets_of(lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row starts and the last end `(N + 1,)` of rows with these lengths `(N,)`."""
    offsets = np.zeros(len(lengths) + 1, np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets


def letter_counts(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    """How often each of the 256 codes occurs, `(256,)`.

    Few kinds of letters are counted one kind at a time; many in pairs, which halves the work of widening each to eight
    bytes.
    """
    if len(letters) < _MANY_LETTERS:
        return np.bincount(letters, minlength=256)
    # As uint8: a wider code would widen each letter that it is compared with.
    common = np.flatnonzero(np.bincount(letters[:_SAMPLE], minlength=256)).astype(np.uint8)
    counts = np.zeros(256, np.int64)
    for start in range(0, len(letters), _MANY_LETTERS):
        block = letters[start : start + _MANY_LETTERS]
        if len(common) <= _FEW_KINDS:
            found = [int(np.count_nonzero(block == code)) for code in common]
            if sum(found) == len(block):
                counts[common] += found
                continue
        counts += _counts_of_pairs(block)
    return counts


def _counts_of_pairs(letters: NDArray[np.uint8]) -> NDArray[np.int64]:
    even = len(letters) & ~1
    found = np.bincount(np.ascontiguousarray(letters[:even]).view(np.uint16))
    pairs = np.zeros(1 << 16, np.int64)
    pairs[: len(found)] = found
    table = pairs.reshape(256, 256)
    counts: NDArray[np.int64] = table.sum(axis=0) + table.sum(axis=1)
    if even < len(letters):
        counts[letters[even]] += 1
    return counts


def translated(letters: NDArray[np.uint8], table: bytes) -> NDArray[np.uint8]:
    """The letters with each code replaced by that at its place in a table of 256; in blocks that stay in the cache."""
    written = np.empty(len(letters), np.uint8)
    for start in range(0, len(letters), _MANY_LETTERS):
        block = letters[start : start + _MANY_LETTERS].tobytes().translate(table)
        written[start : start + len(block)] = np.frombuffer(block, np.uint8)
    return written


def mask_of(letters: str | bytes) -> NDArray[np.bool_]:
    """A table `(256,)` that is true for these letters."""
    table = np.zeros(256, np.bool_)
    codes = letters.encode("latin-1") if isinstance(letters, str) else letters
    table[np.frombuffer(codes, np.uint8)] = True
    return table


def positions_of(letters: NDArray[np.uint8], wanted: NDArray[np.bool_]) -> Iterator[NDArray[np.int64]]:
    """Ascending positions of letters of a kind, block by block.

    Args:
        letters: Letters of all rows.
        wanted: Table `(256,)` of the wanted codes.
    """
    for start in range(0, len(letters), _BLOCK):
        yield np.flatnonzero(wanted[letters[start : start + _BLOCK]]) + start


def rows_holding(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], wanted: NDArray[np.bool_]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """The rows that hold a letter of a kind, and where its first one stands.

    Args:
        letters: Letters of all rows.
        offsets: Row starts and the last end, `(N + 1,)`.
        wanted: Table `(256,)` of the wanted codes.

    Returns:
        Row numbers, ascending, `(M,)`, and positions in `letters`, `(M,)`.
    """
    rows: list[NDArray[np.intp]] = [np.zeros(0, np.intp)]
    firsts: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
    last = -1
    for positions in positions_of(letters, wanted):
        owners = np.searchsorted(offsets, positions, "right") - 1
        new = np.diff(owners, prepend=last) != 0
        last = int(owners[-1]) if len(owners) else last
        rows.append(owners[new])
        firsts.append(positions[new])
    return np.concatenate(rows), np.concatenate(firsts)


def count_in_rows(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], wanted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """How many letters of a kind each row holds, `(N,)`; arguments as in `rows_holding`."""
    counts = np.zeros(len(offsets) - 1, np.int64)
    for positions in positions_of(letters, wanted):
        owners = np.searchsorted(offsets, positions, "right") - 1
        counts += np.bincount(owners, minlength=len(counts))
    return counts


def first_equal_row(buffer: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each row the number of the first row with the same bytes, `(N,)`.

    Rows are told apart by a hash of 64 bits; rows that agree in it are then compared byte by byte.
    """
    count = len(offsets) - 1
    if count == 0:
        return np.zeros(0, np.int64)
    lengths = np.diff(offsets)
    length = int(lengths[0])
    if 0 < length <= _EXACT and (lengths == length).all():
        # Such rows are numbers of 64 bits themselves.
        padded = np.zeros((count, _EXACT), np.uint8)
        padded[:, :length] = buffer[offsets[0] : offsets[-1]].reshape(count, length)
        return _first_equal(padded.view(np.uint64).reshape(-1))
    firsts = _first_equal(_row_hashes(buffer, offsets))
    repeats = np.flatnonzero(firsts != np.arange(count))
    if _rows_agree(buffer, offsets, repeats, firsts[repeats]):
        return firsts
    return _first_equal_row_exactly(buffer, offsets)


def _first_equal(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    """For each hash the place of the first that equals it."""
    count = len(hashes)
    firsts = np.empty(count, np.int64)
    left = np.arange(count)
    if len(np.unique(hashes[:1000])) <= _FEW_ROWS_DIFFER:
        for _ in range(2 * _FEW_ROWS_DIFFER):
            if not len(left):
                return firsts
            same = hashes[left] == hashes[left[0]]
            firsts[left[same]] = left[0]
            left = left[~same]
    order = left[np.argsort(hashes[left], kind="stable")]
    ranked = hashes[order]
    starts = (
        np.flatnonzero(np.concatenate([[True], ranked[1:] != ranked[:-1]])) if len(ranked) else np.zeros(0, np.intp)
    )
    firsts[order] = np.repeat(order[starts], np.diff(np.append(starts, len(order))))
    return firsts


def _row_hashes(buffer: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    lengths = np.diff(offsets)
    hashes = np.zeros(len(lengths), np.uint64)
    longest = int(lengths.max(initial=0))
    width = min(longest, _LONG_ROW)
    factors = np.random.default_rng(20).integers(0, 1 << 64, width // 8 + 2, dtype=np.uint64) | np.uint64(1)
    order = np.argsort(lengths, kind="stable")
    ranked = lengths[order]
    bounds = np.append(np.flatnonzero(np.diff(ranked, prepend=-1)), len(ranked))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        length, rows = int(ranked[start]), order[start:end]
        if length > _LONG_ROW:
            hashes[rows] = [_long_hash(buffer[offsets[row] : offsets[row + 1]]) for row in rows.tolist()]
        elif length:
            hashes[rows] = _equal_length_hashes(buffer, offsets[rows], length, factors)
    return hashes


def _long_hash(row: NDArray[np.uint8]) -> int:
    return int.from_bytes(hashlib.blake2b(np.ascontiguousarray(row).data, digest_size=8).digest(), "little")


def _equal_length_hashes(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], length: int, factors: NDArray[np.uint64]
) -> NDArray[np.uint64]:
    windows = np.lib.stride_tricks.sliding_window_view(buffer, length)
    width = -(-length // 8)
    hashes = np.empty(len(starts), np.uint64)
    step = max(1, _ROWS_IN_CACHE // (width * 8))
    padded = np.zeros((min(step, len(starts)), width * 8), np.uint8)
    for first in range(0, len(starts), step):
        some = starts[first : first + step]
        padded[: len(some), :length] = windows[some]
        words = padded[: len(some)].view(np.uint64)
        # The upper half is folded into the lower: a factor alone would not carry its differences downwards.
        words = words ^ (words >> np.uint64(32))
        hashes[first : first + len(some)] = words @ factors[:width]
    return hashes + np.array([length], np.uint64) * factors[-1:]


def _rows_agree(
    buffer: NDArray[np.uint8], offsets: NDArray[np.int64], left: NDArray[np.intp], right: NDArray[np.int64]
) -> bool:
    lengths = offsets[left + 1] - offsets[left]
    if np.any(lengths != offsets[right + 1] - offsets[right]):
        return False
    if lengths.max(initial=0) <= _EXACT:
        return True
    order = np.argsort(lengths, kind="stable")
    ranked = lengths[order]
    bounds = np.append(np.flatnonzero(np.diff(ranked, prepend=-1)), len(ranked))
    for start, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        length = int(ranked[start])
        if length and not _windows_agree(
            buffer, offsets[left[order[start:end]]], offsets[right[order[start:end]]], length
        ):
            return False
    return True


def _windows_agree(buffer: NDArray[np.uint8], left: NDArray[np.int64], right: NDArray[np.int64], length: int) -> bool:
    windows = np.lib.stride_tricks.sliding_window_view(buffer, length)
    step = max(1, _BLOCK // length)
    return all(
        np.array_equal(windows[left[start : start + step]], windows[right[start : start + step]])
        for start in range(0, len(left), step)
    )


def _first_equal_row_exactly(buffer: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """The slow way, taken when two different rows have the same hash."""
    seen: dict[bytes, int] = {}
    bounds = offsets.tolist()
    rows = (buffer[start:end].tobytes() for start, end in pairwise(bounds))
    return np.array([seen.setdefault(row, number) for number, row in enumerate(rows)], np.int64)
