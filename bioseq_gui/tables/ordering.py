"""Sort orders of columns with millions of rows, in numpy: every column becomes one array of unsigned sort keys.

A key array is made once per column and kept; sorting packs key and row number into one 64-bit number each, so that
equal values keep the order of the file and no comparison runs in Python. No Qt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.text_column import TextColumn

MISSING = np.uint32(0xFFFF_FFFF)
"""The key of a value that is not there: such rows stand last, whichever way the column is sorted."""

_SHORT_RANGE = 0xFFFF
"""Keys that span less than this are sorted by counting, several times faster (numpy sorts 16-bit numbers so)."""

_ROWS_AT_ONCE = 1 << 15
"""Rows whose text keys are made in one go: their temporary arrays stay in the processor's cache."""

_LONGEST_NUMBER = 9
"""Digits of the largest number that surely fits below `MISSING`."""


def keys_of_floats(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Keys that ascend with the values `(N,)`; NaN is missing."""
    values = np.ascontiguousarray(values, np.float32) + np.float32(0.0)
    bits = values.view(np.uint32)
    negative = bits >> np.uint32(31) == 1
    keys = np.where(negative, ~bits, bits | np.uint32(0x8000_0000))
    keys[np.isnan(values)] = MISSING
    return keys


def keys_of_integers(values: NDArray[np.integer]) -> NDArray[np.uint32]:
    """Keys of whole numbers `(N,)` in [0, 2**32 - 2]; negative ones are missing."""
    clipped = np.clip(values, -1, int(MISSING) - 1).astype(np.int64)
    return np.where(clipped < 0, np.int64(MISSING), clipped).astype(np.uint32)


def keys_of_text(text: TextColumn) -> NDArray[np.uint32]:
    """Keys of texts in the order a person expects: "seq2" before "seq10", "a" beside "A"; equal texts share a key.

    Letters are compared by their code points, ASCII letters without regard to case; a number stands before a letter.
    """
    count = len(text)
    if not count:
        return np.zeros(0, np.uint32)
    buffer, starts, lengths = _lower_case(text)
    shared = _shared_prefix(buffer, starts, lengths)
    starts, lengths = starts + shared, lengths - shared
    numbers = _as_numbers(buffer, starts, lengths)
    if numbers is not None:
        return numbers
    if not _same_shape(buffer, starts, lengths):
        buffer, starts, lengths = _natural(buffer, starts, lengths)
    return _ranks(buffer, starts, lengths)


def sorted_rows(
    keys: NDArray[np.uint32], rows: NDArray[np.uint32] | None = None, *, descending: bool = False
) -> NDArray[np.uint32]:
    """Row numbers in the order of their keys; equal keys keep ascending row numbers.

    Args:
        keys: Sort keys of all rows `(N,)`.
        rows: The rows to sort, `(M,)`; None for all.
        descending: Largest first; what is missing still stands last.

    Returns:
        Row numbers `(M,)`.
    """
    picked = keys if rows is None else keys[rows]
    if descending:
        picked = np.where(picked == MISSING, MISSING, np.uint32(MISSING - 1) - picked)
    known = picked[picked != MISSING]
    low, high = (int(known.min()), int(known.max())) if len(known) else (0, 0)
    if high - low < _SHORT_RANGE:
        short = np.where(picked == MISSING, _SHORT_RANGE, picked - np.uint32(low)).astype(np.uint16)
        order = np.argsort(short, kind="stable")
        return order.astype(np.uint32) if rows is None else rows[order]
    packed = picked.astype(np.uint64)
    packed <<= np.uint64(32)
    packed |= np.arange(len(keys), dtype=np.uint64) if rows is None else rows.astype(np.uint64)
    packed.sort()
    return packed.astype(np.uint32)


def _lower_case(text: TextColumn) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    first, last = int(text.offsets[0]), int(text.offsets[-1])
    # Eight bytes more, so that a word can be read from any position.
    buffer = np.zeros(last - first + 8, np.uint8)
    buffer[: last - first] = np.frombuffer(text.buffer[first:last].tobytes().lower(), np.uint8)
    offsets = np.asarray(text.offsets) - first
    return buffer, offsets[:-1], np.diff(offsets)


def _words(buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Eight bytes from each start as one number that sorts like the bytes; bytes past the end count as 0."""
    window = np.ndarray((len(buffer) - 7,), np.dtype(">u8"), buffer, strides=(1,))
    words = window[np.minimum(starts, len(window) - 1)].astype(np.uint64)
    missing = np.clip(8 - lengths, 0, 8).astype(np.uint64) << np.uint64(3)
    # A shift by 64 is undefined: shift twice by half.
    half = missing >> np.uint64(1)
    words >>= half
    words >>= missing - half
    words <<= half
    words <<= missing - half
    return words


def _shared_prefix(buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> int:
    """Bytes with which all texts begin, not ending within a number."""
    shortest, shared = int(lengths.min()), 0
    while shared < shortest:
        words = _words(buffer, starts + shared, lengths - shared)
        different = int(np.bitwise_or.reduce(words ^ words[0]))
        same = 8 if not different else (64 - different.bit_length()) // 8
        shared += same
        if same < 8:
            break
    shared = min(shared, shortest)
    first = buffer[starts[0] : starts[0] + shared]
    while shared and ord("0") <= first[shared - 1] <= ord("9"):
        shared -= 1
    return shared


def _as_numbers(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> NDArray[np.uint32] | None:
    """The values of texts that are digits only; None when one is not."""
    longest = int(lengths.max())
    if not 0 < longest <= _LONGEST_NUMBER or not int(lengths.min()):
        return None
    values = np.zeros(len(starts), np.uint32)
    for place in range(longest):
        digit = buffer[starts + place] - np.uint8(ord("0"))
        within = lengths > place
        if np.any((digit > 9) & within):
            return None
        values = np.where(within, values * np.uint32(10) + digit, values)
    return values


def _same_shape(buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> bool:
    """Digits stand at the same places in all texts, so that comparing bytes compares numbers too."""
    width = int(lengths[0])
    if int(lengths.min()) != int(lengths.max()):
        return False
    for place in range(width):
        digit = buffer[starts + place] - np.uint8(ord("0")) < 10
        if digit.any() != digit.all():
            return False
    return True


def _natural(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """The texts with every number written so that bytes compare as numbers: its length first, no leading zeros."""
    parts: list[NDArray[np.uint8]] = []
    new_lengths = np.empty_like(lengths)
    for first in range(0, len(starts), _ROWS_AT_ONCE):
        rows = slice(first, first + _ROWS_AT_ONCE)
        part, new_lengths[rows] = _natural_part(buffer, starts[rows], lengths[rows])
        parts.append(part)
    new_starts = np.cumsum(new_lengths) - new_lengths
    return np.concatenate([*parts, np.zeros(8, np.uint8)]), new_starts, new_lengths


def _natural_part(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    ends = np.cumsum(lengths)
    begins = ends - lengths
    count = int(ends[-1])
    letters = buffer[np.arange(count) + np.repeat(starts - begins, lengths)]
    digit = letters - np.uint8(ord("0")) < 10
    # A number is closed by any other byte and by the end of its text.
    opens, closes = digit.copy(), digit.copy()
    opens[1:] &= ~digit[:-1]
    closes[:-1] &= ~digit[1:]
    inner = lengths > 0
    firsts, lasts = begins[inner], ends[inner] - 1
    opens[firsts] = digit[firsts]
    closes[lasts] = digit[lasts]
    run_starts, run_ends = np.flatnonzero(opens), np.flatnonzero(closes) + 1
    kept = np.ones(count, bool)
    significant = _significant_digits(letters, run_starts, run_ends, kept)
    # The length of a number, as a byte below all letters, takes a place of its own before the digits.
    sizes = kept.astype(np.int64)
    sizes[run_starts] += 1
    places = np.cumsum(sizes) - sizes
    result = np.zeros(int(sizes.sum()), np.uint8)
    heads = places[run_starts]
    places[run_starts] += 1
    result[places[kept]] = letters[kept]
    result[heads] = np.minimum(significant, 31).astype(np.uint8)
    totals = np.concatenate([[0], np.cumsum(sizes)])
    return result, totals[ends] - totals[begins]


def _significant_digits(
    letters: NDArray[np.uint8], run_starts: NDArray[np.intp], run_ends: NDArray[np.intp], kept: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Digits per number without leading zeros, which are struck out of `kept`; the last digit always stays."""
    heads = run_starts.copy()
    active = np.arange(len(heads))
    while len(active):
        zero = (letters[heads[active]] == ord("0")) & (heads[active] < run_ends[active] - 1)
        active = active[zero]
        kept[heads[active]] = False
        heads[active] += 1
    return (run_ends - heads).astype(np.int64)


def _ranks(buffer: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Dense ranks of byte strings, eight bytes at a time; only rows that are still equal are looked at again."""
    ranks = np.zeros(len(starts), np.uint32)
    rows: NDArray[np.intp] = np.arange(len(starts))
    place = 0
    while len(rows):
        words = _words(buffer, starts[rows] + place, lengths[rows] - place)
        old = ranks[rows]
        order = np.lexsort((words, old)) if place else np.argsort(words)
        rows, words, old = rows[order], words[order], old[order]
        old_starts = _group_starts(old[1:] != old[:-1])
        new_starts = _group_starts((words[1:] != words[:-1]) | (old[1:] != old[:-1]))
        new_sizes = np.diff(np.append(new_starts, len(rows)))
        old_sizes = np.diff(np.append(old_starts, len(rows)))
        # The rank of a group is the number of rows before it, so the ranks of other groups need not move.
        ranks[rows] = old + (np.repeat(new_starts, new_sizes) - np.repeat(old_starts, old_sizes)).astype(np.uint32)
        place += 8
        longest = np.maximum.reduceat(lengths[rows], new_starts)
        rows = rows[np.repeat((new_sizes > 1) & (longest > place), new_sizes)]
    return ranks


def _group_starts(changed: NDArray[np.bool_]) -> NDArray[np.intp]:
    return np.concatenate([[0], np.flatnonzero(changed) + 1])
