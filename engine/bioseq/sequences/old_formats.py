"""PIR, and the formats of the years before `>`: FASTA with `;` headers, and IntelliGenetics."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bioseq.errors import Severity
from bioseq.sequences.formats import FORMATS
from bioseq.sequences.parsing import broken_file, find_lines, letters_from_text, records_from_titles
from bioseq.sequences.records import Note, Records

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIR_HEADER = re.compile(r"^>[A-Z][A-Z0-9];", re.MULTILINE)
_PIR_REMARKS = re.compile(r"(\*[ \t]*\n)(?:(?:[A-Z];.*)?\n)+")
"""Lines such as `C;Species: ...` between the end of a sequence and the next record."""
_LETTERS = re.compile(r"[A-Za-z*.\- \t]+")
_NUCLEOTIDES = re.compile(r"[ACGTUNacgtun.\- \t12]+")
_TERMINATORS = ("1", "2")


def read_pir(text: str, *, where: str = "") -> Records:
    """The records of a PIR file: name and title of each, and its letters without the `*` that ends them.

    Raises:
        BioseqError: The text breaks the format.
    """
    from Bio import SeqIO

    lines = [line for line, _ in find_lines(text, _PIR_HEADER)]
    text = _PIR_REMARKS.sub(r"\1", f"{text}\n")
    titles: list[str] = []
    sequences: list[bytes] = []
    try:
        for record in SeqIO.parse(io.StringIO(text), "pir"):
            titles.append(f"{record.id} {record.description}".rstrip())
            sequences.append(letters_from_text(str(record.seq)))
    # Biopython's parsers let errors of many kinds through on broken files.
    except Exception as error:
        raise broken_file(FORMATS["pir"].title, error, where, done=len(titles)) from error
    if len(titles) != len(lines):
        raise broken_file(FORMATS["pir"].title, f"{len(lines):,} headers, {len(titles):,} records", where)
    return records_from_titles(titles, sequences, lines)


def read_old_fasta(text: str, *, where: str = "") -> Records:
    """The records of a file in which `;` stands before names: the first of several such lines names the record.

    Raises:
        BioseqError: There is no record.
    """
    entries = list(_entries(text))
    if not entries:
        raise broken_file(FORMATS["old_fasta"].title, "there is no record", where)
    remarks = sum(len(entry.remarks) - 1 for entry in entries)
    body = [letters_from_text("".join(entry.body)) for entry in entries]
    sequences, end = _without_terminators(body)
    titles = [entry.remarks[0] for entry in entries]
    return records_from_titles(
        titles, sequences, [entry.line for entry in entries], notes=tuple(_old_notes(remarks, end))
    )


def read_intelligenetics(text: str, *, where: str = "") -> Records:
    """The records of an IntelliGenetics file: remarks behind `;`, a line with the name, letters that end in 1 or 2.

    Raises:
        BioseqError: A record has no name.
    """
    entries = list(_entries(text))
    nameless = next((entry for entry in entries if not entry.body), None)
    if nameless is not None or not entries:
        raise broken_file(FORMATS["ig"].title, "a record has no name", where, done=len(entries) - 1)
    remarks = sum(len(entry.remarks) for entry in entries)
    sequences, end = _without_terminators([letters_from_text("".join(entry.body[1:])) for entry in entries])
    titles = [entry.body[0].strip() for entry in entries]
    return records_from_titles(
        titles, sequences, [entry.line for entry in entries], notes=tuple(_old_notes(remarks, end))
    )


def is_intelligenetics(text: str, *, is_whole: bool) -> bool:
    """Whether the first line after the remarks of each record is its name, not letters.

    Args:
        text: The file, or its beginning.
        is_whole: Nothing follows the text.
    """
    bodies = [entry.body for entry in _entries(text)]
    bodies = bodies if is_whole else bodies[:-1]
    return bool(bodies) and all(len(body) > 1 and _is_name(body[0].strip(), body[1:]) for body in bodies)


def _is_name(line: str, letters: list[str]) -> bool:
    """Whether a line before lines of letters is no line of letters itself.

    Only the last line of a wrapped sequence is shorter than the others, so a shorter line before them is a name; so is
    one with other signs than letters, or with other letters than those of nucleotides before nucleotides.
    """
    if not _LETTERS.fullmatch(line) or len(line) < len(letters[0].strip()):
        return True
    return bool(_NUCLEOTIDES.fullmatch("".join(letters)) and not _NUCLEOTIDES.fullmatch(line))


@dataclass(slots=True)
class _Entry:
    """A record: the lines behind `;` and those that follow them."""

    line: int
    remarks: list[str]
    body: list[str] = field(default_factory=list)


def _entries(text: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line.startswith(";"):
            if entry is None or entry.body:
                if entry is not None:
                    yield entry
                entry = _Entry(number, [])
            entry.remarks.append(line[1:].strip())
        elif line.strip() and entry is not None:
            entry.body.append(line)
    if entry is not None:
        yield entry


def _without_terminators(sequences: list[bytes]) -> tuple[list[bytes], bool]:
    """The sequences without the digit that ends them, where each ends in 1 or 2 and holds no other digit."""
    ends = tuple(mark.encode() for mark in _TERMINATORS)
    full = [sequence for sequence in sequences if sequence]
    if not full or not all(sequence.endswith(ends) for sequence in full):
        return sequences, False
    if any(letter in b"0123456789" for sequence in full for letter in set(sequence[:-1])):
        return sequences, False
    return [sequence[:-1] for sequence in sequences], True


def _old_notes(remarks: int, end: bool) -> Iterator[Note]:
    if remarks:
        lines = "line stands" if remarks == 1 else "lines stand"
        yield Note(
            "comment_lines", Severity.INFO, f"{remarks:,} {lines} behind ';' as comments.", "They are passed over."
        )
    if end:
        yield Note(
            "end_marks",
            Severity.INFO,
            "Each sequence ends in the digit 1 or 2, which marks its end.",
            "The digit is left out.",
        )
