"""Windows of one length, letter by letter without gaps: place by place, and moved against each other.

Place by place all are compared with all by products of matrices, which is exact. Moved windows (tiles of one region,
neighbouring sites, promoters cut at starts a few letters apart) are counted letter by letter where they share a word at
different places.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.ragged import offsets_of
from bioseq.sequences.similarity.identities import letters_needed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.similarity.letters import Coded

LONGEST_WINDOW = 128
"""Letters up to which sequences of one length are taken for windows about a site."""
_BLOCK_NUMBERS = 1 << 22
"""Counts held at once: 16 MB."""
_WORDS = {4: (5, 12), 20: (2, 5)}
"""Kinds of letters to shortest and longest word that moved windows share."""
_MOST_MEETINGS = 1e7
"""Chance meetings of words up to which the shorter word is taken: less than a second of work."""
_MOST_PLACES = 128
"""Places of one word that are looked at; a word of repeats may stand in every window."""
_PORTION = 1 << 19
"""Meetings held at once: some 50 MB."""


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """Pairs of windows of which one is moved against the other.

    Attributes:
        queries: Rows among the queries, `(P,)`.
        targets: Rows among the targets, `(P,)`.
        identical: Identical letters of each pair, `(P,)`.
    """

    queries: NDArray[np.intp]
    targets: NDArray[np.intp]
    identical: NDArray[np.int64]


def are_windows(*sets: Coded | Dataset) -> bool:
    """Whether all sequences have one short length, so that they may be windows about a site."""
    lengths = np.concatenate([sequences.lengths for sequences in sets])
    return bool(len(lengths)) and 0 < int(lengths[0]) <= LONGEST_WINDOW and bool(np.all(lengths == lengths[0]))


def identical_counts(
    queries: Coded, targets: Coded, *, both_strands: bool, progress: Callable[[int, int], None], later: bool = False
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Identical letters of queries with all targets, some queries at a time: the first one's row, `(rows, targets)`.

    Args:
        queries: Windows.
        targets: Windows of the same length.
        both_strands: The count with the reverse complement is taken where it is greater.
        progress: Called with queries done and all; may raise to end the work.
        later: Only queries up to the row are targets of it: the two are the same set, each pair is wanted once.
    """
    indicators = _indicators(targets)
    strands = [_indicators(queries)] + ([_indicators(queries.other_strand())] if both_strands else [])
    step = max(1, _BLOCK_NUMBERS // max(1, len(targets)))
    for start in range(0, len(queries), step):
        progress(start, len(queries))
        end = min(start + step, len(queries))
        against = indicators[:end] if later else indicators
        counts = [strand[start:end] @ against.T for strand in strands]
        yield start, counts[0] if len(counts) == 1 else np.maximum(counts[0], counts[1])


def furthest_move(length: int, identity: float, coverage: float, kinds: int) -> int:
    """Places by which one window may be moved against another so that they can still be similar, 0 <= places.

    Args:
        length: Of the windows, letters.
        identity: The least identity, [0, 1].
        coverage: Least share of the letters that must stand opposite a letter, [0, 1].
        kinds: Residues of the molecule: 4 or 20.
    """
    overlap = max(letters_needed(length, identity, kinds), int(np.ceil(coverage * length)), 1)
    return max(0, length - overlap)


def moved_word_length(query_letters: int, target_letters: int, kinds: int) -> int:
    """Letters per word by which moved windows are found: the fewest at which chance meetings are affordable.

    Args:
        query_letters: Letters of all queries.
        target_letters: Letters of all targets.
        kinds: Residues of the molecule: 4 or 20.
    """
    shortest, longest = _WORDS[kinds]
    meeting = float(query_letters) * target_letters
    return next((k for k in range(shortest, longest) if meeting / kinds**k <= _MOST_MEETINGS), longest)


class MovedWindows:
    """Finds windows that are moved against others, by the words of k letters that they share.

    Args:
        queries: Windows.
        targets: Windows of the same length.
        furthest: Places by which one is moved at most.
        both_strands: Queries are read from both strands.
    """

    def __init__(self, queries: Coded, targets: Coded, *, furthest: int, both_strands: bool) -> None:
        self._furthest, self._kinds = furthest, targets.kinds
        self._strands = [_table(strand) for strand in [queries] + ([queries.other_strand()] if both_strands else [])]
        self._targets = _table(targets)
        self._k = moved_word_length(len(queries.codes), len(targets.codes), targets.kinds)
        words, rows, places = _placed_words(self._targets, targets.kinds, self._k)
        order = np.argsort(words, kind="stable")
        self._rows, self._places = rows[order], places[order]
        self._starts = offsets_of(np.bincount(words, minlength=targets.kinds**self._k))

    def found(self, start: int, end: int, *, later: bool = False) -> Iterator[Moved]:
        """Pairs of the queries from `start` to before `end`; a pair may come several times.

        Args:
            start: Row of the first query.
            end: Row after the last.
            later: Only targets before the query are wanted: the two are the same set.
        """
        if self._furthest < 1:
            return
        for strand in self._strands:
            for queries, targets, moves in self._meetings(strand, start, end):
                wanted = targets < queries if later else np.ones(len(queries), np.bool_)
                yield self._count_matches(strand, queries[wanted], targets[wanted], moves[wanted])

    def _meetings(
        self, strand: NDArray[np.uint8], start: int, end: int
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]]:
        """Rows of queries and targets, and place in the target less place in the query, of each run in common."""
        words, rows, places = _placed_words(strand[start:end], self._kinds, self._k)
        rows += start
        first = self._starts[words]
        counts = self._starts[words + 1] - first
        # Of a run of letters in common the first word is enough, unless not all of its places are looked at.
        enough = np.concatenate([[False], counts[:-1] <= _MOST_PLACES])
        counts = np.minimum(counts, _MOST_PLACES)
        for portion in _portions(counts):
            times = counts[portion]
            word = np.repeat(np.arange(portion.start, portion.stop), times)
            ends = np.cumsum(times)
            hits = np.arange(int(ends[-1])) + np.repeat(first[portion] - ends + times, times)
            moves = self._places[hits] - places[word]
            kept = np.flatnonzero((moves != 0) & (np.abs(moves) <= self._furthest))
            word, hits, moves = word[kept], hits[kept], moves[kept]
            queries, at, targets, there = rows[word], places[word], self._rows[hits], self._places[hits]
            before = strand[queries, at - 1]
            goes_on = enough[word] & (at > 0) & (there > 0) & (before < self._kinds)
            begins = ~(goes_on & (before == self._targets[targets, there - 1]))
            yield queries[begins], targets[begins], moves[begins]

    def _count_matches(
        self, strand: NDArray[np.uint8], queries: NDArray[np.intp], targets: NDArray[np.intp], moves: NDArray[np.int64]
    ) -> Moved:
        order = np.argsort(moves, kind="stable")
        queries, targets, moves = queries[order], targets[order], moves[order]
        identical = np.zeros(len(moves), np.int64)
        length = strand.shape[1]
        kinds, starts = np.unique(moves, return_index=True)
        for move, (first, last) in zip(kinds.tolist(), pairwise([*starts, len(moves)]), strict=True):
            ours = strand[queries[first:last], max(0, -move) : length - max(0, move)]
            theirs = self._targets[targets[first:last], max(0, move) : length - max(0, -move)]
            identical[first:last] = ((ours == theirs) & (ours < self._kinds)).sum(axis=1)
        return Moved(queries, targets, identical)


def _table(windows: Coded) -> NDArray[np.uint8]:
    return windows.codes.reshape(len(windows), -1)


def _placed_words(
    letters: NDArray[np.uint8], kinds: int, k: int
) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """All words of residues, with the row and the place of each."""
    count = max(0, letters.shape[1] - k + 1)
    words = np.zeros((len(letters), count), np.int64)
    valid = np.ones(words.shape, np.bool_)
    for place in range(k):
        part = letters[:, place : place + count]
        words = words * kinds + part
        valid &= part < kinds
    rows, places = np.nonzero(valid)
    return words[valid], rows, places


def _portions(counts: NDArray[np.int64]) -> Iterator[slice]:
    """Stretches whose counts add up to no more than is held at once, without those that have none."""
    ends = np.cumsum(counts)
    start = 0
    while start < len(counts):
        before = int(ends[start - 1]) if start else 0
        end = max(start + 1, int(np.searchsorted(ends, before + _PORTION, "right")))
        if ends[end - 1] > before:
            yield slice(start, end)
        start = end


def _indicators(windows: Coded) -> NDArray[np.float32]:
    """One number per place and residue, 1 where it stands there, `(N, L * kinds)`."""
    letters = windows.codes.reshape(len(windows), -1, 1)
    found: NDArray[np.float32] = (letters == np.arange(windows.kinds, dtype=np.uint8)).astype(np.float32)
    return found.reshape(len(windows), -1)
