"""Features that anyone would try first: letters by position, and counts of short words."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.descriptors import mirrored, word_shapes
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import Shape
    from bioseq.sequences.dataset import Dataset

    _Found = tuple[NDArray[np.integer], NDArray[np.integer]]

_FIRST_WORD = 2
"""Tokens below are padding and unknown: neither is a feature."""
_NONE = np.iinfo(np.int32).max
"""No feature has this number: what fills up a table of features."""
_MOST_PADDING = 4.0
"""Places of such a table per feature that is in it, at most."""
_WORDS_AT_ONCE = 1 << 20
"""Words that are counted together, so few that they stay in the cache."""
_NONE = np.iinfo(np.int32).max
"""No feature has this number: what fills up a table of features."""
_MOST_PADDING = 4.0
"""Places of such a table per feature that is in it, at most."""


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
        return _count_features([[(rows[known], features)]], [positions * words], len(dataset))


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
        from scipy.sparse import vstack

        codes, offsets = residues_of(dataset, self.molecule)
        # Half as wide numbers take half the time, where they are wide enough.
        narrow = len(ALPHABETS[self.molecule].residues) ** max(self.lengths) < 1 << 31
        codes = codes.astype(np.int32 if narrow else np.int64)
        shapes = [shape for length in self.lengths for shape in word_shapes(length, self.gap)]
        if self.both_strands:
            shapes = [shape for shape in shapes if shape <= mirrored(shape)]
        widths = [self._words_of_shape(shape) for shape in shapes]
        blocks = []
        for start, end in _blocks(offsets, len(shapes)):
            inside, own = codes[offsets[start] : offsets[end]], offsets[start : end + 1] - offsets[start]
            counts = _count_features([self._find(inside, own, shape) for shape in shapes], widths, end - start)
            if self.values != "counts":
                _divide(counts, self._possible(own, shapes), widths)
            blocks.append(counts)
        found: csr_matrix = vstack(blocks, format="csr")
        return found.sqrt() if self.values == "root" else found

    def _words_of_shape(self, shape: Shape) -> int:
        """Number of features of a shape."""
        if self.both_strands and shape == mirrored(shape):
            return int(strand_words(len(shape)).max()) + 1
        count: int = len(ALPHABETS[self.molecule].residues) ** len(shape)
        return count

    def _find(self, codes: NDArray[np.integer], offsets: NDArray[np.int64], shape: Shape) -> list[_Found]:
        """Record and number of all words of a shape; those of the other strand for themselves."""
        rows, words = words_of(codes, offsets, self.molecule, shape)
        if not self.both_strands:
            return [(rows, words)]
        if shape == mirrored(shape):
            return [(rows, strand_words(len(shape))[words])]
        # The other strand's words of this shape are this one's of the mirrored shape.
        rows_there, words_there = words_of(codes, offsets, self.molecule, mirrored(shape))
        return [(rows, words), (rows_there, reverse_complements(len(shape))[words_there])]

    def _possible(self, offsets: NDArray[np.int64], shapes: list[Shape]) -> NDArray[np.int64]:
        """How many words of each shape each record would have if all its letters were residues, at least 1."""
        spans = np.array([shape[-1] for shape in shapes])
        times = np.array([2 if self.both_strands and shape != mirrored(shape) else 1 for shape in shapes])
        possible: NDArray[np.int64] = np.maximum(1, np.diff(offsets)[:, None] - spans) * times
        return possible


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


def _blocks(offsets: NDArray[np.int64], shapes: int) -> Iterator[tuple[int, int]]:
    """First record and end of parts whose words fit into the cache; at least one record each, one part at least."""
    most = max(1, _WORDS_AT_ONCE // shapes)
    start, count = 0, len(offsets) - 1
    while start < count or start == 0:
        end = max(start + 1, int(np.searchsorted(offsets, offsets[start] + most, side="right")) - 1)
        yield start, min(end, count)
        start = end


def _count_features(shapes: Sequence[Sequence[_Found]], widths: Sequence[int], count: int) -> csr_matrix:
    """How often each feature was found in each record.

    Args:
        shapes: For each shape of words what was found of it, in one or more parts; within a part the records ascend.
        widths: Number of features of each shape; those of one shape stand behind those of the shape before.
        count: Number of records.
    """
    from scipy.sparse import coo_matrix, csr_matrix

    bases = np.cumsum([0, *widths])
    moved = [
        [(rows, features + base) for rows, features in parts] for parts, base in zip(shapes, bases[:-1], strict=True)
    ]
    tables = [_table(parts, count) for parts in moved]
    width = int(bases[-1])
    if width >= _NONE or any(table is None for table in tables):
        rows, features = (np.concatenate(arrays) for arrays in zip(*chain.from_iterable(moved), strict=True))
        counts: csr_matrix = coo_matrix((np.ones(len(rows)), (rows, features)), shape=(count, width)).tocsr()
        counts.sum_duplicates()
        return counts
    table = np.hstack([table for table in tables if table is not None])
    first = np.ones(table.shape, np.bool_)
    np.not_equal(table[:, 1:], table[:, :-1], out=first[:, 1:])
    starts = np.flatnonzero(first)
    times, features = np.diff(starts, append=table.size), table.ravel()[starts]
    known = features != _NONE
    if not known.all():
        times, features = times[known], features[known]
        first &= table != _NONE
    row_starts = np.concatenate([[0], np.cumsum(np.count_nonzero(first, axis=1))])
    return csr_matrix((times.astype(np.float64), features, row_starts), shape=(count, width))


def _table(parts: Sequence[_Found], count: int) -> NDArray[np.int32] | None:
    """What was found in each record, side by side, in ascending order.

    Sorting the rows of a table is vectorised in numpy, some ten times as fast as sorting those of a sparse matrix.

    Returns:
        `(count, M)`, with `_NONE` where a record has less than others; None where that would be most of the table.
    """
    columns = []
    for rows, features in parts:
        each = np.bincount(rows, minlength=count)
        widest = int(each.max(initial=0))
        if count * widest > _MOST_PADDING * len(rows):
            return None
        if count * widest == len(rows):
            columns.append(features.astype(np.int32).reshape(count, widest))
            continue
        padded = np.full((count, widest), _NONE, np.int32)
        padded[rows, np.arange(len(rows)) - np.repeat(np.cumsum(each) - each, each)] = features
        columns.append(padded)
    table = np.hstack(columns)
    table.sort(axis=1)
    return table


def _divide(counts: csr_matrix, possible: NDArray[np.int64], widths: Sequence[int]) -> None:
    """Divide the counts of each shape by the number of its words that a record may have, `(N, shapes)`, in place."""
    shape_of = np.repeat(np.arange(len(widths)), widths)
    if len(possible) and (possible == possible[0]).all():
        counts.data /= possible[0][shape_of][counts.indices]
    else:
        rows = np.repeat(np.arange(len(possible)), np.diff(counts.indptr))
        counts.data /= possible[rows, shape_of[counts.indices]]
