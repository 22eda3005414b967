"""Sequences as people write them: overlapping k-mers, three-letter codes, numbered lines, unseen characters.

Tables and FASTA are read by the same rules. The first sequences of a file tell how all of them are written, so that
the parts of a large file are read like the whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.fasta_lines import split_words, tell_unseen
from bioseq.sequences.invisible import BLANKS, name_unseen, replace_unseen
from bioseq.sequences.overlapping_words import SAMPLE, Overlap, find_overlap, undo_overlap
from bioseq.sequences.ragged import letter_counts, offsets_of
from bioseq.sequences.row_marks import RowMarks
from bioseq.sequences.three_letter_codes import CodeReader, Style, find_style, may_be_codes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.annotation_lines import Annotation
    from bioseq.sequences.records import Note

_SAMPLE_LETTERS = 1 << 20
_CODE_LETTERS = 3
_EDGES = BLANKS.decode("ascii")
_OTHER_BLANKS = _EDGES.replace("\n", "")


@dataclass(slots=True)
class TextHabits:
    """How the sequences of a file are written, once it is known; what its parts are read by.

    Attributes:
        annotation: The annotation below sequences; None for none.
        overlap: How words overlap; None where they do not.
        style: How three-letter codes are written; None where there are none.
        settled: Names of the above that are known.
    """

    annotation: Annotation | None = None
    overlap: Overlap | None = None
    style: Style | None = None
    settled: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, eq=False)
class Spacing:
    """Records that are written in words.

    Attributes:
        marks: These records, in the order of the file.
        lengths: Length of the words of each, 0 where they differ.
    """

    marks: RowMarks
    lengths: Sequence[int]


def read_notation(cells: Sequence[str]) -> tuple[list[bytes], tuple[Note, ...]]:
    """The letters of the cells of a column, and what is told of how they are written.

    Args:
        cells: As in the table.

    Returns:
        Letters as Latin-1, `?` for others, without blanks of any kind; notes whose rows are numbers of cells.
    """
    sequences = _plain_letters(cells)
    if sequences is not None and not _may_be_codes_within(sequences):
        return sequences, ()
    tidied, spacing, notes = _tidy_cells(cells)
    letters = np.frombuffer(b"".join(tidied), np.uint8)
    offsets = offsets_of(np.fromiter(map(len, tidied), np.int64, len(tidied)))
    resolved, bounds, told = resolve_notation(letters, offsets, spacing, TextHabits())
    if resolved is not letters:
        whole = resolved.tobytes()
        tidied = [whole[start:end] for start, end in pairwise(bounds.tolist())]
    return tidied, (*notes, *told)


def resolve_notation(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], spacing: Spacing, habits: TextHabits
) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[Note, ...]]:
    """Residues, letter by letter, of records that may be written in words or codes, and what is told of it.

    Args:
        letters: Letters of all records, without blanks.
        offsets: Starts of records and the last end, `(N + 1,)`.
        spacing: Which of them are written in words.
        habits: What is known of the file; what is found out is kept there.

    Returns:
        The same arrays when letters are what they seem.
    """
    rows, lengths = np.array(spacing.marks.rows, np.intp), np.array(spacing.lengths, np.int64)
    before = np.diff(offsets)
    notes: tuple[Note, ...] = ()
    style = _settle_style(letters, offsets, rows[lengths == _CODE_LETTERS], habits) if len(before) else None
    if style is not None:
        letters, offsets, reader = _read_codes(letters, offsets, set(rows[lengths == _CODE_LETTERS].tolist()), style)
        notes = reader.notes()
    elif len(rows):
        overlap = _settle_overlap(letters, offsets, rows, lengths, habits)
        if overlap is not None:
            letters, offsets, notes = undo_overlap(letters, offsets, rows, lengths, overlap)
    # What is read in another way than word after word is told by its own note.
    read = set(np.flatnonzero(np.diff(offsets) != before).tolist()) if notes else set()
    return letters, offsets, (*_blank_notes(spacing.marks, read), *notes)


def _plain_letters(cells: Sequence[str]) -> list[bytes] | None:
    """The cells as bytes where there is nothing to look at in them: ASCII without blanks. One test for all of them."""
    text = "\n".join(cells)
    if not text.isascii() or text.count("\n") != len(cells) - 1 or any(blank in text for blank in _OTHER_BLANKS):
        return None
    return text.encode("ascii").split(b"\n")


def _may_be_codes_within(sequences: Sequence[bytes]) -> bool:
    sample = b"".join(sequences[:SAMPLE])[:_SAMPLE_LETTERS]
    return may_be_codes(letter_counts(np.frombuffer(sample, np.uint8)))


def _tidy_cells(cells: Sequence[str]) -> tuple[list[bytes], Spacing, tuple[Note, ...]]:
    """Each cell without blanks, unseen characters and numbers of lines."""
    unseen, numbers, marks = RowMarks(), RowMarks(), RowMarks()
    lengths: list[int] = []
    tidied: list[bytes] = []
    for row, cell in enumerate(cells):
        bare = cell.strip(_EDGES)
        if bare.isascii() and (bare.isalpha() or not bare):
            tidied.append(bare.encode("ascii"))
            continue
        if not cell.isascii() and (name := name_unseen(cell)):
            unseen.add(row, name)
        words, parted, counted = _split_cell(replace_unseen(cell))
        if counted:
            numbers.add(row, "")
        if parted:
            marks.add(row, "")
            lengths.append(len(words[0]) if len(set(map(len, words))) == 1 else 0)
        tidied.append("".join(words).encode("latin-1", "replace"))
    notes = (
        *numbers.notes(
            "line_numbers",
            Severity.INFO,
            "{n} [sequence has|sequences have] numbers beside [its|their] letters that count them.",
            "The numbers are left out.",
        ),
        *tell_unseen(unseen),
    )
    return tidied, Spacing(marks, lengths), notes


def _split_cell(cell: str) -> tuple[list[str], bool, bool]:
    """The words of a cell, whether blanks part them within a line, and whether numbers of lines were left out."""
    words: list[str] = []
    parted = counted = False
    letters = 0
    for line in cell.splitlines():
        found, numbered = split_words(line, letters)
        words += found
        letters += sum(map(len, found))
        parted |= len(found) > 1
        counted |= numbered
    return words, parted, counted


def _settle_style(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], parted: NDArray[np.intp], habits: TextHabits
) -> Style | None:
    if "style" not in habits.settled:
        count = min(SAMPLE, len(offsets) - 1)
        sample = letters[: min(int(offsets[count]), _SAMPLE_LETTERS)]
        if may_be_codes(letter_counts(sample)):
            texts = [_text(letters, offsets, row) for row in range(count) if offsets[row + 1] <= len(sample)]
            apart = set(parted.tolist())
            habits.style = find_style(texts, [row in apart for row in range(len(texts))])
        habits.settled.add("style")
    return habits.style


def _read_codes(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], parted: set[int], style: Style
) -> tuple[NDArray[np.uint8], NDArray[np.int64], CodeReader]:
    reader = CodeReader(style)
    read = [
        reader.read(row, _text(letters, offsets, row), parted=row in parted).encode("latin-1")
        for row in range(len(offsets) - 1)
    ]
    return np.frombuffer(b"".join(read), np.uint8), offsets_of(np.array(list(map(len, read)), np.int64)), reader


def _text(letters: NDArray[np.uint8], offsets: NDArray[np.int64], row: int) -> str:
    return letters[offsets[row] : offsets[row + 1]].tobytes().decode("latin-1")


def _settle_overlap(
    letters: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    rows: NDArray[np.intp],
    lengths: NDArray[np.int64],
    habits: TextHabits,
) -> Overlap | None:
    if "overlap" not in habits.settled:
        habits.overlap = find_overlap(letters, offsets, rows[:SAMPLE], lengths[:SAMPLE])
        habits.settled.add("overlap")
    return habits.overlap


def _blank_notes(marks: RowMarks, read: set[int]) -> tuple[Note, ...]:
    return marks.notes(
        "blanks_in_sequence",
        Severity.INFO,
        "{n} [record holds|records hold] blanks within [its|their] sequence.",
        "The blanks are left out; letters on both sides stand next to each other.",
        without=read,
    )
