"""Features that anyone would try first: letters by position, and counts of short words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.sequences.dataset import Dataset

_FIRST_WORD = 2
"""Tokens below are padding and unknown: neither is a feature."""


@dataclass(frozen=True, slots=True)
class OneHot:
    """One feature per position and residue, or short word: 1 where it stands, or begins, there.

    Attributes:
        molecule: What the records are made of.
        length: Letters; those beyond are not looked at, and missing ones are 0.
        word: Letters per word.
    """

    molecule: Molecule
    length: int
    word: int = 1

    def of(self, dataset: Dataset) -> csr_matrix:
        """The features, `(N, max(1, length - word + 1) * residues ** word)`."""
        column = Vocabulary(self.molecule, "kmers", self.word).encode(
            dataset.letters, dataset.offsets, counts=dataset.counts
        )
        words, positions = len(ALPHABETS[self.molecule].residues) ** self.word, max(1, self.length - self.word + 1)
        rows = np.repeat(np.arange(len(dataset)), column.lengths)
        places = np.arange(len(column.tokens)) - np.repeat(column.offsets[:-1], column.lengths)
        known = (column.tokens >= _FIRST_WORD) & (places < positions)
        features = places[known] * words + column.tokens[known] - _FIRST_WORD
        return _counted(rows[known], features, (len(dataset), positions * words))


@dataclass(frozen=True, slots=True)
class WordCounts:
    """How often each short word occurs in a record.

    Attributes:
        molecule: What the records are made of.
        lengths: Letters per word.
        values: As shares of the words of its length, as their square roots (the Hellinger transformation: Legendre and
            Gallagher 2001, 10.1007/s004420100716), or as counts.
        both_strands: A word and its reverse complement are one feature (RCKmer: Gupta et al. 2008,
            10.1371/journal.pcbi.1000134).
    """

    molecule: Molecule
    lengths: tuple[int, ...]
    values: str = "shares"
    both_strands: bool = False

    def of(self, dataset: Dataset) -> csr_matrix:
        """The features, `(N, words)`."""
        from scipy.sparse import hstack

        found: csr_matrix = hstack([self._told(dataset, length) for length in self.lengths], format="csr")
        return found.sqrt() if self.values == "root" else found

    def _told(self, dataset: Dataset, length: int) -> csr_matrix:
        vocabulary = Vocabulary(self.molecule, "kmers", length)
        column = vocabulary.encode(dataset.letters, dataset.offsets, counts=dataset.counts)
        rows = np.repeat(np.arange(len(dataset)), column.lengths)
        known = column.tokens >= _FIRST_WORD
        words = column.tokens[known].astype(np.int64) - _FIRST_WORD
        count = vocabulary.size - _FIRST_WORD
        if self.both_strands:
            together = strand_words(length)
            words, count = together[words], int(together.max()) + 1
        counts = _counted(rows[known], words, (len(dataset), count))
        if self.values != "counts":
            counts.data /= np.repeat(column.lengths, np.diff(counts.indptr))
        return counts


def strand_words(length: int) -> NDArray[np.intp]:
    """For each word of DNA, in alphabet order, the number of the pair that it makes with its reverse complement.

    Pairs, and words that are their own reverse complement, are numbered from 0 on by their first word, `(4**length,)`.
    """
    other = Vocabulary(Molecule.DNA, "kmers", length).complements()
    return np.unique(np.minimum(np.arange(len(other)), other)[_FIRST_WORD:], return_inverse=True)[1]


def _counted(rows: np.ndarray, features: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    from scipy.sparse import coo_matrix

    counts = coo_matrix((np.ones(len(rows)), (rows, features)), shape=shape).tocsr()
    counts.sum_duplicates()
    return counts
