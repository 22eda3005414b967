"""Features that anyone would try first: letters by position, and counts of short words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.descriptors import mirrored, word_shapes
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import Shape
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
        gap: Letters that a word may pass over, at most (gapped k-mers: Ghandi et al. 2014,
            10.1371/journal.pcbi.1003711); each shape is counted for itself.
    """

    molecule: Molecule
    lengths: tuple[int, ...]
    values: str = "shares"
    both_strands: bool = False
    gap: int = 0

    def of(self, dataset: Dataset) -> csr_matrix:
        """The features, `(N, words)`."""
        from scipy.sparse import hstack

        codes, offsets = residues_of(dataset, self.molecule)
        # Half as wide numbers take half the time, where they are wide enough.
        narrow = len(ALPHABETS[self.molecule].residues) ** max(self.lengths) < 1 << 31
        codes = codes.astype(np.int32 if narrow else np.int64)
        shapes = [shape for length in self.lengths for shape in word_shapes(length, self.gap)]
        if self.both_strands:
            shapes = [shape for shape in shapes if shape <= mirrored(shape)]
        found: csr_matrix = hstack([self._count_shape(codes, offsets, shape) for shape in shapes], format="csr")
        return found.sqrt() if self.values == "root" else found

    def _count_shape(self, codes: NDArray[np.integer], offsets: NDArray[np.int64], shape: Shape) -> csr_matrix:
        rows, words = words_of(codes, offsets, self.molecule, shape)
        count = len(ALPHABETS[self.molecule].residues) ** len(shape)
        times = 1
        if self.both_strands and shape == mirrored(shape):
            together = strand_words(len(shape))
            words, count = together[words], int(together.max()) + 1
        elif self.both_strands:  # the other strand's words of this shape are this one's of the mirrored shape
            rows_there, words_there = words_of(codes, offsets, self.molecule, mirrored(shape))
            rows = np.concatenate([rows, rows_there])
            words = np.concatenate([words, reverse_complements(len(shape))[words_there]])
            times = 2
        counts = _counted(rows, words, (len(offsets) - 1, count))
        if self.values != "counts":
            every = np.maximum(1, np.diff(offsets) - shape[-1]) * times
            counts.data /= np.repeat(every, np.diff(counts.indptr))
        return counts


def words_of(
    codes: NDArray[np.integer], offsets: NDArray[np.int64], molecule: Molecule, shape: Shape
) -> tuple[NDArray[np.int32], NDArray[np.integer]]:
    """All words of a shape whose letters are residues: the record of each, and its number in alphabet order, `(M,)`.

    A `Vocabulary` numbers words too, but those of networks, which are shorter.

    Args:
        codes: Residue of each letter, as `residues_of` gives them; of a type that holds the numbers of all words.
        offsets: Row starts and the last end, `(N + 1,)`.
        molecule: What the records are made of.
        shape: Places of the letters that are read.
    """
    span = shape[-1] + 1
    kinds = len(ALPHABETS[molecule].residues)
    count = max(0, len(codes) - span + 1)
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)[:count]
    known = np.ones(len(codes), np.bool_)
    for step in range(1, span):  # a word that begins in the last letters of a record would reach into the next one
        known[offsets[1:][lengths >= step] - step] = False
    known = known[:count]
    words = np.zeros(count, codes.dtype)
    unknown = len(codes) > 0 and int(codes.min()) < 0
    for place in shape:
        letters = codes[place : place + count]
        words *= kinds
        words += letters
        if unknown:
            known &= letters >= 0
    return rows[known], words[known]


def residues_of(dataset: Dataset, molecule: Molecule) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number of each letter's residue, -1 for none, and the offsets of the records, empty ones included."""
    offsets = dataset.offsets - dataset.offsets[0]
    whole = np.array([0, offsets[-1]])
    letters = dataset.letters[dataset.offsets[0] : dataset.offsets[-1]]
    tokens = Vocabulary(molecule).encode(letters, whole).tokens[: len(letters)].astype(np.int64)
    return np.where(tokens < _FIRST_WORD, -1, tokens - _FIRST_WORD), offsets


def reverse_complements(length: int) -> NDArray[np.intp]:
    """For each word of DNA, in alphabet order, the number of its reverse complement, `(4**length,)`."""
    words = np.arange(4**length)
    other = np.zeros_like(words)
    for place in range(length):
        other = other * 4 + 3 - words // 4**place % 4  # A and T, C and G stand opposite in the alphabet
    return other


def strand_words(length: int) -> NDArray[np.intp]:
    """For each word of DNA, in alphabet order, the number of the pair that it makes with its reverse complement.

    Pairs, and words that are their own reverse complement, are numbered from 0 on by their first word, `(4**length,)`.
    """
    other = reverse_complements(length)
    return np.unique(np.minimum(np.arange(len(other)), other), return_inverse=True)[1]


def _counted(rows: np.ndarray, features: np.ndarray, shape: tuple[int, int]) -> csr_matrix:
    from scipy.sparse import coo_matrix

    counts = coo_matrix((np.ones(len(rows)), (rows, features)), shape=shape).tocsr()
    counts.sum_duplicates()
    return counts
