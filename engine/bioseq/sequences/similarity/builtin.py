"""Similar pairs and nearest neighbours with numpy alone.

Windows of one short length are compared letter by letter, all with all. Other sequences are aligned where they share
enough words about one diagonal; a pair that shares too few, or whose insertions and deletions add up to more than the
reach of the band, is missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.similarity.alignment import identical_letters
from bioseq.sequences.similarity.windows import are_windows, identical_counts
from bioseq.sequences.similarity.words import Candidates, WordIndex, word_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.similarity.letters import Coded
    from bioseq.sequences.similarity.linkage import Linkage

    Progress = Callable[[int, int], None]
    Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]

UNGAPPED = "letter by letter"
GAPPED = "shared words and alignment"
_QUERIES = 64
"""Sequences looked up before what they share words with is aligned together."""
_NEAREST_ALIGNED = 6
_NEAREST_IDENTITY = 0.5
"""Nearest neighbours are looked for down to this share of the threshold's words."""
_ROUNDING = 1e-9


def link(
    sequences: Coded, linkage: Linkage, *, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> Iterator[Pairs]:
    """Find similar pairs, give them to a linkage, and yield them: earlier, later, identity, each `(P,)`.

    Args:
        sequences: Distinct, from the longest to the shortest.
        linkage: Pairs that cannot change it are not looked at.
        identity: The least identity, (0, 1].
        coverage: Least share of the longer sequence's letters that the shorter has, [0, 1].
        both_strands: Reverse complements are compared too.
        progress: Called with sequences done and all; may raise to end the work.
    """
    if are_windows(sequences):
        found = _pairs_of_windows(sequences, linkage, identity, both_strands, progress)
    else:
        found = _pairs_of_words(sequences, linkage, identity, coverage, both_strands, progress)
    for pairs in found:
        linkage.join(pairs[0], pairs[1])
        yield pairs


def nearest(
    targets: Coded, queries: Coded, *, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The identity of each query to its most similar target, and the target's row; 0 and -1 where none was found."""
    if not len(targets) or not len(queries):
        return np.zeros(len(queries)), np.full(len(queries), -1, np.int64)
    if are_windows(targets, queries):
        return _nearest_windows(targets, queries, both_strands, progress)
    return _nearest_words(targets, queries, identity, coverage, both_strands, progress)


def reach_of(lengths: NDArray[np.int64]) -> int:
    """How far alignments may stray from their diagonal, letters: a power of two that suits the usual length."""
    usual = float(np.median(lengths)) if len(lengths) else 0.0
    return 8 if usual < 100 else 16 if usual < 400 else 32


def _pairs_of_windows(
    windows: Coded, linkage: Linkage, identity: float, both_strands: bool, progress: Progress
) -> Iterator[Pairs]:
    length = int(windows.lengths[0])
    blocks = identical_counts(windows, windows, both_strands=both_strands, progress=progress, later=True)
    for start, counts in blocks:
        later, earlier = np.nonzero(counts >= identity * length - _ROUNDING)
        kept = earlier < later + start
        later, earlier = later[kept], earlier[kept]
        alike = counts[later, earlier] / length
        later = later + start
        useful = linkage.open(earlier, later)
        yield earlier[useful], later[useful], alike[useful].astype(np.float64)


def _pairs_of_words(
    sequences: Coded, linkage: Linkage, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> Iterator[Pairs]:
    lengths = sequences.lengths
    reach = reach_of(lengths)
    index = WordIndex(sequences, k=word_length(sequences, identity, reach), reach=reach)
    strands = [sequences] + ([sequences.other_strand()] if both_strands else [])
    for start in range(0, len(sequences), _QUERIES):
        progress(start, len(sequences))
        block = range(start, min(start + _QUERIES, len(sequences)))
        found = [_no_pairs()]
        for strand in strands:
            asked = [
                (
                    row,
                    index.candidates(_row(strand, row), strand.kinds, identity=identity, first=row, coverage=coverage),
                )
                for row in block
            ]
            later, candidates = _flat(asked)
            useful = linkage.open(candidates.rows, later)
            later, candidates = later[useful], candidates.take(useful)
            earlier = candidates.rows
            counts = identical_letters(strand, sequences, later, earlier, candidates.diagonals, candidates.reaches)
            alike = counts / np.maximum(1, lengths[later])
            close = alike >= identity - _ROUNDING
            found.append((earlier[close], later[close], alike[close]))
        first, second, values = (np.concatenate(columns) for columns in zip(*found, strict=True))
        yield first, second, values


def _nearest_windows(
    targets: Coded, queries: Coded, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    best, rows = np.zeros(len(queries)), np.zeros(len(queries), np.int64)
    length = int(queries.lengths[0])
    for start, counts in identical_counts(queries, targets, both_strands=both_strands, progress=progress):
        places = counts.argmax(axis=1)
        rows[start : start + len(places)] = places
        best[start : start + len(places)] = counts[np.arange(len(places)), places] / length
    return best, rows


def _nearest_words(
    targets: Coded, queries: Coded, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    best, rows = np.zeros(len(queries)), np.full(len(queries), -1, np.int64)
    reach = reach_of(targets.lengths)
    index = WordIndex(targets, k=word_length(targets, identity, reach), reach=reach)
    strands = [queries] + ([queries.other_strand()] if both_strands else [])
    for start in range(0, len(queries), _QUERIES):
        progress(start, len(queries))
        block = range(start, min(start + _QUERIES, len(queries)))
        for strand in strands:
            asked = [
                (
                    row,
                    _most_shared(
                        index.candidates(
                            _row(strand, row),
                            strand.kinds,
                            identity=identity * _NEAREST_IDENTITY,
                            first=len(targets),
                            coverage=coverage,
                        )
                    ),
                )
                for row in block
            ]
            asking, candidates = _flat(asked)
            found = candidates.rows
            counts = identical_letters(strand, targets, asking, found, candidates.diagonals, candidates.reaches)
            alike = counts / np.maximum(1, np.minimum(queries.lengths[asking], targets.lengths[found]))
            for place in np.argsort(alike, kind="stable").tolist():
                if alike[place] > best[asking[place]]:
                    best[asking[place]], rows[asking[place]] = alike[place], found[place]
    return best, rows


def _most_shared(candidates: Candidates) -> Candidates:
    if len(candidates.rows) <= _NEAREST_ALIGNED:
        return candidates
    return candidates.take(np.argpartition(candidates.shared, -_NEAREST_ALIGNED)[-_NEAREST_ALIGNED:])


def _flat(asked: list[tuple[int, Candidates]]) -> tuple[NDArray[np.intp], Candidates]:
    """Queries, and what was found for them, as columns."""
    queries = np.repeat([row for row, _ in asked], [len(found.rows) for _, found in asked]).astype(np.intp)
    return queries, Candidates.joined([found for _, found in asked])


def _row(sequences: Coded, row: int) -> NDArray[np.uint8]:
    return sequences.codes[sequences.offsets[row] : sequences.offsets[row + 1]]


def _no_pairs() -> Pairs:
    return np.zeros(0, np.intp), np.zeros(0, np.intp), np.zeros(0)
