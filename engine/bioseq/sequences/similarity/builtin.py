"""Similar pairs and nearest neighbours with numpy alone.

Windows of one short length are compared letter by letter, all with all place by place, and moved against each other
where they share a word. Other sequences are aligned where they share enough words about one diagonal; a pair that
shares too few, or whose insertions and deletions add up to more than the reach of the band, is missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.similarity.alignment import identical_letters
from bioseq.sequences.similarity.identities import identities, letters_needed
from bioseq.sequences.similarity.windows import MovedWindows, are_windows, furthest_move, identical_counts
from bioseq.sequences.similarity.words import Candidates, WordIndex, word_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.similarity.letters import Coded
    from bioseq.sequences.similarity.linkage import Linkage

    Progress = Callable[[int, int], None]
    Pairs = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float64]]

UNGAPPED = "letter by letter at every shift"
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
        found = _pairs_of_windows(sequences, linkage, identity, coverage, both_strands, progress)
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
        return _nearest_windows(targets, queries, identity, coverage, both_strands, progress)
    return _nearest_words(targets, queries, identity, coverage, both_strands, progress)


def reach_of(lengths: NDArray[np.int64]) -> int:
    """How far alignments may stray from their diagonal, letters: a power of two that suits the usual length."""
    usual = float(np.median(lengths)) if len(lengths) else 0.0
    return 8 if usual < 100 else 16 if usual < 400 else 32


def _pairs_of_windows(
    windows: Coded, linkage: Linkage, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> Iterator[Pairs]:
    length = int(windows.lengths[0])
    need = letters_needed(length, identity, windows.kinds)
    furthest = furthest_move(length, identity, coverage, windows.kinds)
    moved = MovedWindows(windows, windows, furthest=furthest, both_strands=both_strands)
    blocks = identical_counts(windows, windows, both_strands=both_strands, progress=progress, later=True)
    for start, counts in blocks:
        later, earlier = np.nonzero(counts >= need)
        kept = earlier < later + start
        later, earlier = later[kept], earlier[kept]
        parts = [(earlier, later + start, counts[later, earlier].astype(np.int64))]
        for found in moved.found(start, start + len(counts), later=True):
            close = found.identical >= need
            parts.append((found.targets[close], found.queries[close], found.identical[close]))
        earlier, later, identical = _most_identical(parts, len(windows))
        useful = linkage.open(earlier, later)
        earlier, later, identical = earlier[useful], later[useful], identical[useful]
        yield earlier, later, identities(identical, np.full(len(later), length), windows.kinds)


def _most_identical(
    parts: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]], count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int64]]:
    """Each pair once, with the most identical letters that were found of it."""
    earlier, later, identical = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(-identical, kind="stable")
    _, first = np.unique(later[order] * count + earlier[order], return_index=True)
    chosen = order[first]
    return earlier[chosen], later[chosen], identical[chosen]


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
            alike = identities(counts, lengths[later], sequences.kinds)
            close = alike >= identity - _ROUNDING
            found.append((earlier[close], later[close], alike[close]))
        first, second, values = (np.concatenate(columns) for columns in zip(*found, strict=True))
        yield first, second, values


def _nearest_windows(
    targets: Coded, queries: Coded, identity: float, coverage: float, both_strands: bool, progress: Progress
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    best, rows = np.zeros(len(queries), np.int64), np.zeros(len(queries), np.int64)
    length, kinds = int(queries.lengths[0]), targets.kinds
    furthest = furthest_move(length, identity * _NEAREST_IDENTITY, coverage, kinds)
    moved = MovedWindows(queries, targets, furthest=furthest, both_strands=both_strands)
    for start, counts in identical_counts(queries, targets, both_strands=both_strands, progress=progress):
        end = start + len(counts)
        rows[start:end] = counts.argmax(axis=1)
        best[start:end] = counts[np.arange(len(counts)), rows[start:end]]
        for found in moved.found(start, end):
            better = np.flatnonzero(found.identical > best[found.queries])
            better = better[np.argsort(found.identical[better], kind="stable")]
            best[found.queries[better]], rows[found.queries[better]] = found.identical[better], found.targets[better]
    return identities(best, np.full(len(best), length), kinds), rows


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
            shorter = np.minimum(queries.lengths[asking], targets.lengths[found])
            alike = identities(counts, shorter, targets.kinds)
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
