"""How much of a record stands in the training record that is most like it, by a sketch of the training records.

The sketch holds, for each training record, a sample of its words: those whose hash is below a bound (minimum hashing:
Broder 1997, 10.1109/SEQUEN.1997.666900; as fixed fraction: Irber et al. 2022, 10.1101/2022.01.11.475838). It has a
bounded size and never more than half of the words, so that no training record can be put together again from it; still,
whoever has it can ask whether a word stands in the training records. numpy only.

Shapes: N records, S words in the sketch, `letters` all letters of some records.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bioseq.prediction.residues import residue_blocks, residues_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset

MOST_WORDS = 1 << 16
"""Words in a sketch at most, of six bytes each."""
MOST_RECORDS = 1 << 16
_WORD_LENGTH = {4: 12, 20: 4}
"""Letters per word, multiples of 4, for so many residues."""
_LARGEST_FRACTION = 0.5
_MOST_OWNERS = 64
"""Training records with the same word, from which on it says nothing of any of them."""
_HASHES = 1 << 32
_FILTER_BITS = 20


@dataclass(frozen=True, eq=False)
class Sketch:
    """A sample of the words of training records.

    Attributes:
        residues: How many the words are spelt with.
        hashes: Hash of each word, ascending, uint32 `(S,)`.
        owners: Number of the training record that it stands in, uint16 `(S,)`.
        bound: Words whose hash is below are in the sample, [0, 2**31].
    """

    residues: int
    hashes: NDArray[np.uint32]
    owners: NDArray[np.uint16]
    bound: int

    @classmethod
    def fit(cls, records: Dataset, molecule: Molecule) -> Sketch:
        """The sketch of these records, `MOST_RECORDS` at most, none of them empty."""
        residues = residues_of(molecule)
        words = int(np.maximum(records.lengths - _WORD_LENGTH[residues] + 1, 0).sum())
        bound = int(_HASHES * min(_LARGEST_FRACTION, MOST_WORDS / max(1, words)))
        found, first = [np.zeros(0, np.uint64)], 0
        for codes, offsets in residue_blocks(records, molecule):
            sampled, rows = _sampled(codes, offsets, residues, bound)
            found.append(np.unique(sampled.astype(np.uint64) << np.uint64(16) | (rows + first).astype(np.uint64)))
            first += len(offsets) - 1
        pairs = np.sort(np.concatenate(found))
        _, place, count = np.unique(pairs >> np.uint64(16), return_inverse=True, return_counts=True)
        pairs = pairs[count[place] <= _MOST_OWNERS]
        if len(pairs) > MOST_WORDS:
            bound = int(pairs[MOST_WORDS] >> np.uint64(16))
            pairs = pairs[: np.searchsorted(pairs, np.uint64(bound << 16))]
        hashes, owners = (pairs >> np.uint64(16)).astype(np.uint32), (pairs & np.uint64(0xFFFF)).astype(np.uint16)
        return cls(residues, hashes, owners, bound)

    @classmethod
    def empty(cls, residues: int) -> Sketch:
        """A sketch of nothing."""
        return cls(residues, np.zeros(0, np.uint32), np.zeros(0, np.uint16), 0)

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def _there(self) -> NDArray[np.bool_]:
        """Whether a word with these last bits of its hash is in the sketch: far quicker than to look for each."""
        there = np.zeros(1 << _FILTER_BITS, np.bool_)
        there[self.hashes & np.uint32(len(there) - 1)] = True
        return there

    def containments(self, codes: NDArray[np.uint8], offsets: NDArray[np.int64]) -> NDArray[np.float64]:
        """The largest fraction of the sampled words of each record that stand in one training record, [0, 1], `(N,)`.

        NaN where no word of a record is in the sample.

        Args:
            codes: Numbers of residues, `(letters,)`.
            offsets: Where each record starts, and the end of the last, none of them empty, `(N + 1,)`.
        """
        length, hashes = _WORD_LENGTH[self.residues], _hashes(codes, self.residues)
        sampled = hashes < self.bound
        before = np.zeros(len(codes) + 1, np.int32)
        np.cumsum(sampled, out=before[1:], dtype=np.int32)
        counts = before[np.maximum(offsets[1:] - length + 1, offsets[:-1])] - before[offsets[:-1]]
        at = np.flatnonzero(sampled)
        at = at[self._there[hashes[at] & np.uint32(len(self._there) - 1)]]
        at, rows = _inside(at, offsets, length)
        starts = np.searchsorted(self.hashes, hashes[at], "left")
        matches = np.searchsorted(self.hashes, hashes[at], "right") - starts
        places = np.arange(matches.sum()) + np.repeat(starts - np.cumsum(matches) + matches, matches)
        pairs, shared = np.unique(np.repeat(rows, matches) * MOST_RECORDS + self.owners[places], return_counts=True)
        most = np.zeros(len(counts))
        np.maximum.at(most, pairs // MOST_RECORDS, shared)
        fractions: NDArray[np.float64] = np.where(counts > 0, most / np.maximum(counts, 1), np.nan)
        return fractions


def _sampled(
    codes: NDArray[np.uint8], offsets: NDArray[np.int64], residues: int, bound: int
) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Hashes of the sampled words, and the record that each stands in, two times `(words,)`."""
    hashes = _hashes(codes, residues)
    at, rows = _inside(np.flatnonzero(hashes < bound), offsets, _WORD_LENGTH[residues])
    return hashes[at], rows


def _inside(
    at: NDArray[np.int64], offsets: NDArray[np.int64], length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where words begin that end in their record too, and the number of that record."""
    rows = np.searchsorted(offsets, at, "right") - 1
    inside = at + length <= offsets[rows + 1]
    return at[inside], rows[inside]


def _hashes(codes: NDArray[np.uint8], residues: int) -> NDArray[np.uint32]:
    """Hash of the word that begins at each letter, over the borders of records, `(letters,)`."""
    length = _WORD_LENGTH[residues]
    # Words of 4 letters, then of 4 more and 4 more: a few steps for each letter in place of one for each of the word.
    pairs = codes * np.uint32(residues)
    pairs[:-1] += codes[1:]
    fours = pairs * np.uint32(residues**2)
    fours[:-2] += pairs[2:]
    words = fours.copy()
    for done in range(4, length, 4):
        words *= np.uint32(residues**4)
        words[:-done] += fours[done:]
    return _mixed(words)


def _mixed(words: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Hashes of words: the finaliser of MurmurHash3, 32 bits, in which no two words have the same."""
    mixed = words ^ (words >> np.uint32(16))
    mixed *= np.uint32(0x85EBCA6B)
    mixed ^= mixed >> np.uint32(13)
    mixed *= np.uint32(0xC2B2AE35)
    mixed ^= mixed >> np.uint32(16)
    return mixed
