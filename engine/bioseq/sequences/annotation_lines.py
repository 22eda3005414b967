"""Lines of annotation beside sequences: topology, secondary structure, masks, letter for letter.

Training data of SignalP, TMHMM and their kind come so, and RNA with its structure in brackets. Read as residues, such
lines double each sequence, and tell the class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.line_layout import PARTS
from bioseq.sequences.molecules import GAPS, fold_case
from bioseq.sequences.ragged import count_in_rows, letter_counts, mask_of, offsets_of
from bioseq.sequences.records import Note
from bioseq.sequences.text_column import gather_spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NEARLY_ALL = 0.95
_FEW_RECORDS = 5
"""Records below which letters give no more than doubt; signs that no sequence has, such as brackets, tell it of one."""
_FEW_LETTERS = 60
_MANY_KINDS, _FEW_KINDS, _VERY_FEW_KINDS = 12, 9, 4
"""Kinds of letters: proteins have twenty, and eight is the most that annotations of structure have."""
_RUNS = 0.3
"""Share of letters that are followed by the same letter: 0.06 in proteins, 0.8 in what tells of segments."""
_RARE = 0.005
"""Share of letters below which a kind does not count: a record in twenty may be none of the annotated."""
_SLIPS = 0.0005
_MOSTLY_SIGNS, _MANY_SIGNS = 0.9, 0.5
"""Share of signs with gaps, and without, that no slip of the pen explains."""
_GAPS = mask_of(GAPS)
_SIGNS = ~mask_of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz*?" + GAPS.encode())
_NO_RESIDUE = mask_of(b"NX*?" + GAPS.encode())
_NUCLEOTIDES = mask_of(b"ACGTUN")


@dataclass(frozen=True, slots=True, eq=False)
class Annotation:
    """How the records of a file are annotated.

    Attributes:
        parts: Parts of a record that are laid out alike: the sequence, and one or two lines of annotation.
        place: Which of them is the sequence; 0 for the first.
        kinds: Codes that annotations hold, `(256,)`, in either case.
        shown: The letters that they mostly hold, for messages.
        by_signs: Signs tell it that no sequence has.
        is_sure: Enough records tell it; if not, nothing is left out, but it is told.
    """

    parts: int
    place: int
    kinds: NDArray[np.bool_]
    shown: str
    by_signs: bool = False
    is_sure: bool = True


def find_annotation(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], marks: NDArray[np.uint8]
) -> Annotation | None:
    """The annotation of records; None where the further lines of theirs are residues too.

    Args:
        letters: Letters of all lines.
        offsets: Starts of records and the last end, `(N + 1,)`.
        marks: Which of them have parts laid out alike, bits of `PARTS`, `(N,)`.
    """
    full = int(np.count_nonzero(np.diff(offsets)))
    for parts in PARTS:
        rows = np.flatnonzero(marks & (1 << parts))
        if not len(rows) or len(rows) < _NEARLY_ALL * full:
            continue
        texts = [_part(letters, offsets, rows, parts, place) for place in range(parts)]
        for place in range(parts):
            found = _describe(texts, place, len(rows))
            if found is not None:
                return found
    return None


def _describe(texts: list[NDArray[np.uint8]], place: int, records: int) -> Annotation | None:
    """The annotation where one of the parts is the sequence and all others annotate it."""
    counts = [fold_case(letter_counts(text)) for text in texts]
    others = [part for part in range(len(texts)) if part != place]
    signs = [_has_signs(counts[place], counts[part]) for part in others]
    if not all(
        sign or _annotates(counts[place], counts[part], _runs(texts[part]), is_below=part > place)
        for sign, part in zip(signs, others, strict=True)
    ):
        return None
    held = np.sum([counts[part] for part in others], axis=0)
    kinds = held > 0
    kinds[97:123] = kinds[65:91]
    shown = " ".join(map(chr, np.flatnonzero(held > _RARE * held.sum())))
    is_sure = all(signs) or records >= _FEW_RECORDS
    return Annotation(len(texts), place, kinds, shown, by_signs=all(signs), is_sure=is_sure)


def remove_annotation(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], marks: NDArray[np.uint8], annotation: Annotation
) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[Note, ...]]:
    """The records without their lines of annotation, and what is told of it.

    A record whose further lines hold other letters, or other numbers of them, is left as it is, and told.

    Args:
        letters: Letters of all lines.
        offsets: Starts of records and the last end, `(N + 1,)`.
        marks: Bits of `PARTS`, `(N,)`.
        annotation: As `find_annotation` tells it.
    """
    lengths = np.diff(offsets)
    part = lengths // annotation.parts
    rows = np.flatnonzero(marks & (1 << annotation.parts))
    for place in range(annotation.parts):
        if place != annotation.place:
            starts = offsets[rows] + place * part[rows]
            text, bounds = gather_spans(letters, starts, starts + part[rows])
            rows = rows[_is_annotation(text, bounds, annotation)]
    if not annotation.is_sure:
        return letters, offsets, (_doubt(rows),)
    starts, kept = offsets[:-1].copy(), lengths.copy()
    starts[rows] += annotation.place * part[rows]
    kept[rows] = part[rows]
    shortened, _ = gather_spans(letters, starts, starts + kept)
    others = np.flatnonzero((kept == lengths) & (lengths > 0))
    return shortened, offsets_of(kept), _notes(rows, others, annotation)


def _is_annotation(letters: NDArray[np.uint8], offsets: NDArray[np.int64], annotation: Annotation) -> NDArray[np.bool_]:
    """Whether the further lines of each record hold letters of the annotation alone, and few kinds of them."""
    kinds = np.zeros(len(offsets) - 1, np.int64)
    for code in np.flatnonzero(annotation.kinds):
        kinds += count_in_rows(letters, offsets, np.arange(256) == code) > 0
    alone: NDArray[np.bool_] = count_in_rows(letters, offsets, ~annotation.kinds) == 0
    return alone & (annotation.by_signs | (kinds <= _FEW_KINDS))


def _part(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], rows: NDArray[np.intp], parts: int, place: int
) -> NDArray[np.uint8]:
    """The letters of one part of these records."""
    lengths = (offsets[rows + 1] - offsets[rows]) // parts
    starts = offsets[rows] + place * lengths
    part, _ = gather_spans(letters, starts, starts + lengths)
    return part


def _runs(letters: NDArray[np.uint8]) -> float:
    return float(np.mean(letters[1:] == letters[:-1])) if len(letters) > 1 else 0.0


def _has_signs(first: NDArray[np.int64], further: NDArray[np.int64]) -> bool:
    """Whether letters beside those of sequences are signs that no sequence has, by how often each occurs in either."""
    total, signs, gaps = int(further.sum()), int(further[_SIGNS].sum()), int(further[_GAPS].sum())
    spelt = bool(first[_SIGNS].sum() <= _SLIPS * first.sum())
    return spelt and signs > 0 and (signs + gaps > _MOSTLY_SIGNS * total or signs > _MANY_SIGNS * total)


def _annotates(first: NDArray[np.int64], further: NDArray[np.int64], runs: float, *, is_below: bool) -> bool:
    """Whether letters beside those of sequences are an annotation of them, by how often each occurs in either."""
    total = int(further.sum())
    kinds = further > _RARE * total
    many = int(kinds.sum())
    if total < _FEW_LETTERS or not (kinds & ~_NO_RESIDUE).any():
        return False
    if many > _FEW_KINDS or (runs < _RUNS and many > _VERY_FEW_KINDS):
        return False
    if int((first > _RARE * first.sum()).sum()) >= _MANY_KINDS:
        return True
    # Below nucleotides stands an annotation where most of its letters are none of the sequence.
    foreign = int(further[kinds & (first <= first.sum() / 200)].sum())
    return is_below and foreign > total / 2 and int(first[_NUCLEOTIDES].sum()) > 0.9 * int(first.sum())


def _notes(rows: NDArray[np.intp], others: NDArray[np.intp], annotation: Annotation) -> tuple[Note, ...]:
    which = "a further line" if annotation.parts == 2 else "further lines"
    notes: tuple[Note, ...] = ()
    if len(rows):
        notes += (
            Note(
                "annotation_lines",
                Severity.WARNING,
                f"{{n}} [record has|records have] {which} of the same length, made of {annotation.shown}: read as "
                "annotation, not as residues.",
                "The annotation is left out. If these lines are residues, join them with the others.",
                tuple(rows.tolist()),
            ),
        )
    if len(others):
        notes += (
            Note(
                "annotation_lines",
                Severity.WARNING,
                "{n} [record has|records have] no line of annotation that fits, while most of the file have one.",
                "All their lines are read as residues. Look at them.",
                tuple(others.tolist()),
            ),
        )
    return notes


def _doubt(rows: NDArray[np.intp]) -> Note:
    return Note(
        "annotation_lines",
        Severity.WARNING,
        "{n} [record has|records have] further lines of the length of the first, of few kinds of letters: they may be "
        "an annotation.",
        "There are too few records to tell, so all lines are read as residues. If they are none, remove them.",
        tuple(rows.tolist()),
    )
