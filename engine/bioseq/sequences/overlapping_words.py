"""Sequences written as overlapping words: `ACGTAC CGTACG GTACGT`, as models of k-mers are given them.

Codons, blocks of ten and single letters between blanks are words too, but do not overlap: their letters follow each
other. The whole file decides: words of low complexity overlap in several ways, or by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.ragged import offsets_of
from bioseq.sequences.records import Note
from bioseq.sequences.text_column import gather_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

SAMPLE = 1_000
"""Records that tell how those of a file are written."""
_NEARLY_ALL = 0.95
_LONGEST_WORD = 64
_ENOUGH_LETTERS = 12
"""Letters that overlap in words that overlap in one way only; so many do not by chance, or once in ten million."""
_LETTERS_AT_ONCE = 1 << 20


@dataclass(frozen=True, slots=True)
class Overlap:
    """How words follow each other.

    Attributes:
        length: Letters of a word.
        step: Letters from the start of a word to that of the next; 0 where it cannot be told.
    """

    length: int
    step: int


def find_overlap(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.intp], lengths: NDArray[np.int64]
) -> Overlap | None:
    """How the words of these records overlap; None where they do not.

    Args:
        letters: Letters of all records, words one after the other.
        offsets: Starts of records and the last end, `(N + 1,)`.
        rows: Records that are written in words, `(M,)`.
        lengths: Length of their words, 0 where words differ, `(M,)`.
    """
    known = lengths[(lengths > 1) & (lengths <= _LONGEST_WORD)]
    if not len(known):
        return None
    length = int(np.bincount(known).argmax())
    alike = rows[lengths == length]
    steps = range(1, length)
    fitting = np.array([_fits(letters, offsets, alike, Overlap(length, step)) for step in steps])
    if not len(alike) or fitting.any(axis=0).sum() < _NEARLY_ALL * len(rows):
        return None
    telling = fitting.sum(axis=0) == 1
    words = (offsets[alike + 1] - offsets[alike]) // length
    enough = [
        step
        for step, fits in zip(steps, fitting, strict=True)
        if fits.sum() >= _NEARLY_ALL * len(rows)
        and int((words[fits & telling] - 1).sum()) * (length - step) >= _ENOUGH_LETTERS
    ]
    return Overlap(length, enough[0] if len(enough) == 1 else 0)


def undo_overlap(
    letters: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.intp],
    lengths: NDArray[np.int64],
    overlap: Overlap,
) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[Note, ...]]:
    """The records with each letter once, and what is told of it.

    Args:
        letters: Letters of all records, words one after the other.
        offsets: Starts of records and the last end, `(N + 1,)`.
        rows: Records that are written in words, ascending, `(M,)`.
        lengths: Length of their words, 0 where words differ, `(M,)`.
        overlap: How words follow each other.
    """
    if not overlap.step:
        return letters, offsets, (_doubt(rows, overlap),)
    alike = rows[lengths == overlap.length]
    fitting = alike[_fits(letters, offsets, alike, overlap)]
    once = np.zeros(len(offsets) - 1, np.bool_)
    once[fitting] = True
    pieces: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
    for chunk in _chunks(offsets):
        part = letters[offsets[chunk[0]] : offsets[chunk[-1] + 1]]
        places, owners = _places(offsets, chunk)
        new = (places < overlap.length) | (places % overlap.length >= overlap.length - overlap.step)
        pieces.append(part[new | ~once[chunk][owners]])
    sizes = np.diff(offsets)
    words = sizes[fitting] // overlap.length
    sizes[fitting] = overlap.length + (words - 1) * overlap.step
    others = np.setdiff1d(rows, fitting)
    return np.concatenate(pieces), offsets_of(sizes), _notes(fitting, others, overlap)


def _fits(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.intp], overlap: Overlap
) -> NDArray[np.bool_]:
    """Whether each word of a record begins as the one before it ends, `(M,)`."""
    sizes = offsets[rows + 1] - offsets[rows]
    fits: NDArray[np.bool_] = (sizes % overlap.length == 0) & (sizes >= 2 * overlap.length)
    for chunk in _chunks(offsets_of(sizes)):
        part, bounds = gather_rows(letters, offsets, rows[chunk])
        places, owners = _places(bounds, np.arange(len(chunk)))
        shared = np.flatnonzero((places >= overlap.length) & (places % overlap.length < overlap.length - overlap.step))
        differ = part[shared] != part[shared - overlap.length + overlap.step]
        fits[chunk[owners[shared[differ]]]] = False
    return fits


def _places(offsets: NDArray[np.int64], rows: NDArray[np.intp]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """For each letter of consecutive rows its place within its row, and the number of this among the rows."""
    sizes = offsets[rows + 1] - offsets[rows]
    owners = np.repeat(np.arange(len(rows)), sizes)
    return np.arange(len(owners)) - np.repeat(offsets[rows] - offsets[rows[0]], sizes), owners


def _chunks(offsets: NDArray[np.int64]) -> Iterator[NDArray[np.intp]]:
    """Consecutive rows of bounded letters; one long row may be a chunk of its own."""
    start, count = 0, len(offsets) - 1
    while start < count:
        end = max(start + 1, int(np.searchsorted(offsets, offsets[start] + _LETTERS_AT_ONCE, "right")) - 1)
        yield np.arange(start, end)
        start = end


def _notes(rows: NDArray[np.intp], others: NDArray[np.intp], overlap: Overlap) -> tuple[Note, ...]:
    steps = "one letter" if overlap.step == 1 else f"{overlap.step} letters"
    notes: tuple[Note, ...] = ()
    if len(rows):
        notes += (
            Note(
                "overlapping_kmers",
                Severity.WARNING,
                f"{{n}} [sequence is|sequences are] written as overlapping words of {overlap.length} letters, each "
                f"{steps} further on.",
                "The overlap is undone: each letter counts once.",
                tuple(rows.tolist()),
            ),
        )
    if len(others):
        notes += (
            Note(
                "overlapping_kmers",
                Severity.WARNING,
                "{n} [sequence is|sequences are] written in words that do not overlap, while most of the file do.",
                "Their words are read one after the other. Look at them.",
                tuple(others.tolist()),
            ),
        )
    return notes


def _doubt(rows: NDArray[np.intp], overlap: Overlap) -> Note:
    return Note(
        "overlapping_kmers",
        Severity.WARNING,
        f"{{n}} [sequence is|sequences are] written in words of {overlap.length} letters that may overlap.",
        "Too few letters differ to tell; the words are read one after the other. Write the sequences without blanks.",
        tuple(rows.tolist()),
    )
