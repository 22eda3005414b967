"""GenBank, EMBL and UniProt text, read by Biopython; names, descriptions and letters become columns.

Biopython passes over what a person must know: letters that the first line of a record announces and that are not
there, the lines for gaps in what a browser saved, records without an accession. That is looked for in the text.
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bioseq.errors import Severity
from bioseq.sequences.formats import FORMATS
from bioseq.sequences.parsing import broken_file, find_lines
from bioseq.sequences.records import Note, Records, records_from_columns
from bioseq.sequences.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from Bio.SeqRecord import SeqRecord

FlatFormat = Literal["genbank", "embl", "swiss"]

_HEADS: dict[FlatFormat, re.Pattern[str]] = {
    "genbank": re.compile(r"^LOCUS[ \t](?:.*?[ \t](\d{1,12})[ \t]+(?:bp|aa|rc)\b)?", re.MULTILINE),
    "embl": re.compile(r"^ID   (?:.*[ \t;](\d{1,12})[ \t]+(?:BP|AA)\b)?", re.MULTILINE | re.IGNORECASE),
    "swiss": re.compile(r"^ID   (?:.*[ \t](\d{1,12})[ \t]+AA\b)?", re.MULTILINE),
}
"""The first line of a record, and the number of letters that it announces."""
_FIRST_LINES: dict[FlatFormat, str] = {"genbank": "LOCUS", "embl": "ID", "swiss": "ID"}
_GAP = re.compile(r"^[ \t]*\[gap (\d{1,9}) bp\].*$", re.MULTILINE)
_ANY_GAP = re.compile(r"^[ \t]*\[gap .*$", re.MULTILINE)
_TELLING = re.compile(r"(?:Malformed|Truncated|Minimal) LOCUS")
"""Warnings of Biopython that tell of damage. The others are about features, which are left out, about the columns of a
line that was understood all the same, or about lengths, which are compared here."""
_MOST_WARNINGS = 100
_MOST_GAP_LETTERS = 64 << 20
"""Unknown letters that are written out for gaps; a line of the file may claim any number of them."""
_DETAILS = 1_000
_LONG_LINE = 100


@dataclass(slots=True)
class _Columns:
    """What is taken of the records so far."""

    ids: list[str]
    descriptions: list[str]
    sequences: list[bytes]
    missing: list[int]

    def add(self, record: SeqRecord) -> None:
        """Take a record."""
        from Bio.Seq import UndefinedSequenceError

        try:
            letters = bytes(record.seq)
        except UndefinedSequenceError:
            self.missing.append(len(self.sequences))
            letters = b""
        self.ids.append(_name(record))
        self.descriptions.append(" ".join((record.description or "").split()))
        self.sequences.append(letters)


def read_flat_file(text: str, form: FlatFormat, *, where: str = "") -> Records:
    """The records of a GenBank, EMBL or UniProt file; features are left out.

    Args:
        text: The file, with line feeds as line ends.
        form: Its format.
        where: The file, for messages.

    Raises:
        BioseqError: The text breaks the format.
    """
    heads = find_lines(text, _HEADS[form])
    records_text = text[heads[0][1].start() :] if heads else text
    records_text, gap_notes = _with_gaps_written_out(records_text) if form == "genbank" else (records_text, ())
    columns, damage = _parse(records_text, form, where)
    if not columns.ids:
        raise broken_file(FORMATS[form].title, "there is no record", where)
    known = heads if len(heads) == len(columns.ids) else []
    announced = [int(match[1]) if match[1] else -1 for _, match in known]
    found = [len(letters) for letters in columns.sequences]
    notes = (
        *_missing_notes(columns.missing),
        *_length_notes(announced, found, set(columns.missing), form, is_open=not _ends_well(text)),
        *gap_notes,
        *_lines_above_notes(heads),
        *damage,
    )
    lines = [line for line, _ in known] or [0] * len(columns.ids)
    return records_from_columns(columns.sequences, columns.ids, columns.descriptions, lines, notes=notes)


def _parse(text: str, form: FlatFormat, where: str) -> tuple[_Columns, tuple[Note, ...]]:
    from Bio import BiopythonWarning, SeqIO

    columns = _Columns([], [], [], [])
    told: list[str] = []

    def keep(message: Warning | str, *_: object, **__: object) -> None:
        if len(told) < _MOST_WARNINGS and _TELLING.search(str(message)):
            told.append(str(message))

    with warnings.catch_warnings():
        warnings.simplefilter("always", BiopythonWarning)
        warnings.showwarning = keep
        try:
            for record in SeqIO.parse(io.StringIO(text), form):
                columns.add(record)
        # Biopython's parsers let errors of many kinds through on broken files.
        except Exception as error:
            raise broken_file(FORMATS[form].title, error, where, done=len(columns.ids)) from error
    return columns, tuple(_damage_notes(told, form))


def _name(record: SeqRecord) -> str:
    """The accession of a record; where it has none, the name in its first line."""
    names: tuple[str | None, ...] = (record.id, record.name)
    for name in names:
        if name and name.strip(". ") and not name.startswith("<unknown"):
            return name
    return ""


def _with_gaps_written_out(text: str) -> tuple[str, tuple[Note, ...]]:
    """The text with unknown letters in place of lines such as `[gap 50 bp]    Expand Ns`, which browsers save."""
    if "[gap " not in text:
        return text, ()
    written = left_out = 0
    room = _MOST_GAP_LETTERS

    def replace(match: re.Match[str]) -> str:
        nonlocal written, left_out, room
        size = _GAP.match(match.group())
        if size is None or int(size[1]) > room:
            left_out += 1
            return ""
        written += 1
        room -= int(size[1])
        return f"{1:>9} {'n' * int(size[1])}"

    replaced = _ANY_GAP.sub(replace, text)
    return replaced, tuple(_gap_notes(written, left_out))


def _gap_notes(written: int, left_out: int) -> Iterator[Note]:
    remedy = "At NCBI, tick 'Show sequence' and save the file as 'GenBank (full)' to have all letters."
    if written:
        lines = "line stands" if written == 1 else "lines stand"
        yield Note(
            "gap_lines",
            Severity.INFO,
            f"{written:,} {lines} for a gap ('[gap 50 bp]'); each is read as that many unknown letters (N).",
            remedy,
        )
    if left_out:
        lines = "line stands" if left_out == 1 else "lines stand"
        yield Note(
            "gap_lines",
            Severity.WARNING,
            f"{left_out:,} {lines} for a gap that is not read; what is on both sides of it is joined.",
            remedy,
        )


def _missing_notes(rows: list[int]) -> Iterator[Note]:
    if rows:
        yield Note(
            "sequence_not_in_file",
            Severity.WARNING,
            "{n} [record names|records name] a length but [holds|hold] no letters.",
            "Fetch the file again with its sequences; at NCBI that is 'GenBank (full)'.",
            tuple(rows),
        )


def _length_notes(
    announced: Sequence[int], found: Sequence[int], missing: set[int], form: FlatFormat, *, is_open: bool
) -> Iterator[Note]:
    """Notes on records that hold fewer or more letters than their first line says.

    Args:
        announced: Letters that the first line of each record names; -1 where it names none.
        found: Letters of each record.
        missing: Records without any sequence, which are told otherwise.
        form: The format.
        is_open: The file ends before its last record does.
    """
    pairs = [
        (row, wanted, got)
        for row, (wanted, got) in enumerate(zip(announced, found, strict=False))
        if row not in missing and wanted >= 0 and wanted != got
    ]
    short = [pair for pair in pairs if pair[1] > pair[2]]
    if is_open and short and short[-1][0] == len(found) - 1:
        row, wanted, got = short.pop()
        yield Note(
            "shorter_than_announced",
            Severity.WARNING,
            f"The file is cut off: its last record holds {got:,} of {wanted:,} letters.",
            "Fetch or copy it again.",
            (row,),
        )
    first = _FIRST_LINES[form]
    for code, word, group in (
        ("shorter_than_announced", "fewer", short),
        ("longer_than_announced", "more", [pair for pair in pairs if pair[1] < pair[2]]),
    ):
        if group:
            of = "of" if word == "fewer" else "instead of"
            told = [f"{got:,} {of} {wanted:,}" for _, wanted, got in group]
            such = ": " if len(set(told)) == 1 else ", such as "
            yield Note(
                code,
                Severity.WARNING,
                f"{{n}} [record holds|records hold] {word} letters than [its|their] {first} line says{such}{told[0]}.",
                "Fetch the file again; where that gives the same, check what it was cut from.",
                tuple(row for row, _, _ in group),
                tuple(f"{text} letters" for text in told[:_DETAILS]),
            )


def _ends_well(text: str) -> bool:
    return text[-1_000:].rstrip().endswith("//")


def _lines_above_notes(heads: Sequence[tuple[int, re.Match[str]]]) -> Iterator[Note]:
    above = heads[0][0] - 1 if heads else 0
    if above and heads[0][1].string[: heads[0][1].start()].strip():
        lines = "line stands" if above == 1 else "lines stand"
        yield Note(
            "lines_above_heading",
            Severity.INFO,
            f"{above:,} {lines} above the first record.",
            "They are passed over.",
        )


def _damage_notes(told: Sequence[str], form: FlatFormat) -> Iterator[Note]:
    """What Biopython says of damage."""
    if told:
        lines, them = ("line is", "it") if len(told) == 1 else ("lines are", "them")
        first = short_name(" ".join(told[0].partition("?")[2].strip(" :\n").split()), longest=_LONG_LINE)
        yield Note(
            "malformed_lines",
            Severity.INFO,
            f"{len(told):,} {_FIRST_LINES[form]} {lines} not as {FORMATS[form].title} has {them}: {first}.",
            "Check that names and letters of the records are right.",
        )
