"""Features that anyone would try first: letters by position, and counts of short words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from bioseq.sequences.alphabets import Molecule
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
    """The share of each short word among the words of its length in a record.

    Attributes:
        molecule: What the records are made of.
        lengths: Letters per word.
        counted: How often the word occurs, in place of its share.
    """

    molecule: Molecule
    lengths: tuple[int, ...]
    counted: bool = False

    def of(self, dataset: Dataset) -> csr_matrix:
        """The features, `(N, words)`."""
        from scipy.sparse import hstack

        return hstack([self._shares(dataset, length) for length in self.lengths], format="csr")

    def _shares(self, dataset: Dataset, length: int) -> csr_matrix:
        vocabulary = Vocabulary(self.molecule, "kmers", length)
        column = vocabulary.encode(dataset.letters, dataset.offsets, counts=dataset.counts)
        rows = np.repeat(np.arange(len(dataset)), column.lengths)
        known = column.tokens >= _FIRST_WORD
        words = column.tokens[known].astype(np.int64) - _FIRST_WORD
        counts = _counted(rows[known], words, (len(dataset), vocabulary.size - _FIRST_WORD))
        if not self.counted:
            counts.data /= np.repeat(column.lengths, np.diff(counts.indptr))
        return counts


def _counted(rows: np.ndarray, features: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    from scipy.sparse import coo_matrix

    counts = coo_matrix((np.ones(len(rows)), (rows, features)), shape=shape).tocsr()
    counts.sum_duplicates()
    return counts
