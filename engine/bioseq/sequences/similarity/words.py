"""Which sequences share words of k letters about one diagonal: those that are worth aligning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.ragged import offsets_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.similarity.letters import Coded

_MOST_MEETINGS = 5e8
"""Chance meetings of words over a whole set up to which the shorter word is taken: some seconds of work."""
_WORDS = {4: (5, 12), 20: (3, 5)}
"""Kinds of letters to shortest and longest word."""
_PEPTIDE = 50
"""Usual length, letters, below which proteins are looked through with words of two letters."""
_CAUTION = 0.25
"""Share of the words expected at the wanted identity from which a pair is aligned: letters change in clusters."""
_CHANCE = 0.3
"""Words met by chance about the best diagonals, as a share of those from which a pair is aligned."""
_SECOND_BAND, _WIDEST_GAP = 0.2, 128
"""Share of the words of the best band from which a second counts, and how far off it may be, letters."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs to align.

    Attributes:
        rows: Rows of the index, `(P,)`.
        diagonals: Place in the row less place in the query about which most shared words lie, `(P,)`.
        reaches: How far from that diagonal they lie, letters, `(P,)`.
        shared: Words shared there, `(P,)`.
    """

    rows: NDArray[np.intp]
    diagonals: NDArray[np.int64]
    reaches: NDArray[np.int64]
    shared: NDArray[np.int64]

    def take(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Candidates:
        """Some of them."""
        return Candidates(self.rows[chosen], self.diagonals[chosen], self.reaches[chosen], self.shared[chosen])

    @classmethod
    def joined(cls, parts: Sequence[Candidates]) -> Candidates:
        """Those of several queries, one after the other."""
        return cls(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.diagonals for part in parts]),
            np.concatenate([part.reaches for part in parts]),
            np.concatenate([part.shared for part in parts]),
        )


def word_length(sequences: Coded, identity: float, reach: int) -> int:
    """Letters per word: the fewest at which chance meetings are affordable, and few beside those of relatives.

    Args:
        sequences: The set.
        identity: That is looked for, (0, 1].
        reach: Of the index, letters.
    """
    letters, kinds = len(sequences.codes), sequences.kinds
    usual = float(np.median(sequences.lengths)) if len(sequences) else 0.0
    shortest, longest = _WORDS[kinds]
    if kinds > 4 and usual < _PEPTIDE:
        shortest = 2
    for k in range(shortest, longest):
        chance = usual * 4 * reach / kinds**k
        enough = max(2.0, _CAUTION * usual * identity**k)
        if letters**2 / kinds**k <= _MOST_MEETINGS and chance <= _CHANCE * enough:
            return k
    return longest


def meetings(letters: int, kinds: int) -> float:
    """Chance meetings of words in a set with so many letters, however long its words may be chosen."""
    return letters**2 / float(kinds ** _WORDS[kinds][1])


def shared_at(lengths: NDArray[np.int64], identity: float, k: int) -> NDArray[np.float64]:
    """Words of k letters that two sequences share at an identity, when letters change independently."""
    return np.maximum(lengths - k + 1, 0) * identity**k


class WordIndex:
    """The words of N sequences, with the places at which they stand.

    Args:
        sequences: To be found.
        k: Letters per word.
        reach: How far shared words may stray from one diagonal, letters; a power of two.
    """

    def __init__(self, sequences: Coded, *, k: int, reach: int) -> None:
        self.k, self.reach = k, reach
        self._lengths = sequences.lengths
        words, rows, places = _words(sequences, k)
        order = np.argsort(words, kind="stable")
        self._rows, self._places = rows[order].astype(np.int32), places[order].astype(np.int32)
        self._starts = offsets_of(np.bincount(words, minlength=sequences.kinds**k))

    def candidates(
        self, codes: NDArray[np.uint8], kinds: int, *, identity: float, first: int, coverage: float
    ) -> Candidates:
        """Sequences that share enough words with a query to be alike.

        Args:
            codes: Letters of the query, `(L,)`.
            kinds: Residues of the molecule.
            identity: The least that is looked for, (0, 1].
            first: Only rows below this number are looked at.
            coverage: Least share of the longer sequence's letters that the shorter has, [0, 1].
        """
        rows, diagonals = self._meetings(codes, kinds)
        counts = np.bincount(rows, minlength=len(self._lengths))[:first]
        shorter = np.minimum(self._lengths[:first], len(codes))
        longer = np.maximum(self._lengths[:first], len(codes))
        need = np.maximum(self._least(shorter), _CAUTION * shared_at(shorter, identity, self.k))
        chosen = np.flatnonzero((counts >= need) & (shorter >= coverage * longer) & (counts > 0))
        if not len(chosen):
            return Candidates(chosen, *np.zeros((3, 0), np.int64))
        number = np.full(len(self._lengths), -1, np.int64)
        number[chosen] = np.arange(len(chosen))
        kept = number[rows] >= 0
        found, reaches, shared = self._thickest(number[rows[kept]], diagonals[kept], len(codes), need[chosen])
        enough = shared >= need[chosen]
        return Candidates(chosen[enough], found[enough], reaches[enough], shared[enough])

    def _meetings(self, codes: NDArray[np.uint8], kinds: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        words, places = _valid_words(codes, kinds, self.k)
        starts, counts = self._starts[words], self._starts[words + 1] - self._starts[words]
        ends = np.cumsum(counts)
        total = int(ends[-1]) if len(ends) else 0
        found = np.arange(total) + np.repeat(starts - ends + counts, counts)
        return self._rows[found], self._places[found] - np.repeat(places, counts)

    def _least(self, shorter: NDArray[np.int64]) -> NDArray[np.int64]:
        """One word that is shared says little, except of the shortest."""
        return np.where(shorter < 10 * self.k, 1, 2)

    def _thickest(
        self, numbers: NDArray[np.int64], diagonals: NDArray[np.int64], length: int, need: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Of each candidate the diagonal about which most words lie, how far from it, and how many.

        A second band of diagonals is taken in where it holds many words too: something was inserted between. Wide
        bands take long to align, so there must be more words than usual.
        """
        count = len(need)
        bins = (diagonals + length) // self.reach
        most = int(bins.max()) + 2
        table = np.bincount(numbers * most + bins, minlength=count * most).reshape(count, most)
        table = table[:, :-1] + table[:, 1:]
        everyone = np.arange(count)
        best = table.argmax(axis=1)
        shared = table[everyone, best]
        near = np.abs(np.arange(most - 1) - best[:, None])
        others = np.where((near > 1) & (near <= _WIDEST_GAP // self.reach), table, 0)
        second = others.argmax(axis=1)
        more = others[everyone, second]
        split = (more >= np.maximum(2, _SECOND_BAND * shared)) & (shared + more >= 2 * need)
        second = np.where(split, second, best)
        apart = (np.abs(second - best) + 1) // 2
        middle = (best + second + 2) * self.reach // 2 - length
        return middle, (1 + apart) * self.reach, shared + np.where(split, more, 0)


def _words(sequences: Coded, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """All words of residues, with the row and the place within it of each."""
    words, places = _valid_words(sequences.codes, sequences.kinds, k)
    rows = np.searchsorted(sequences.offsets, places, "right") - 1
    inside = places + k <= sequences.offsets[rows + 1]
    words, rows, places = words[inside], rows[inside], places[inside]
    return words, rows, places - sequences.offsets[rows]


def _valid_words(codes: NDArray[np.uint8], kinds: int, k: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    count = max(0, len(codes) - k + 1)
    words = np.zeros(count, np.int64)
    valid = np.ones(count, np.bool_)
    for place in range(k):
        letters = codes[place : place + count]
        words = words * kinds + letters
        valid &= letters < kinds
    places = np.flatnonzero(valid)
    return words[places], places
