"""Alignments: Clustal, Stockholm, MSF, PHYLIP, NEXUS and MAF. Each row is a record; its gaps stay as in the file.

Clustal, Stockholm and MSF are rows of a name and letters in blocks, read here. Biopython reads them too, but it waits
for ever on a Clustal file without rows, joins rows of the same name in Stockholm, and refuses what editors do to
blanks. PHYLIP and MAF are read by Biopython; what it finds in PHYLIP is compared with what the file announces.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bioseq.errors import Severity
from bioseq.sequences.formats import FORMATS
from bioseq.sequences.nexus import read_nexus
from bioseq.sequences.parsing import broken_file, letters_from_text, records_from_titles
from bioseq.sequences.records import Note, Records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

AlignmentFormat = Literal["clustal", "stockholm", "msf", "phylip", "nexus", "maf"]

_PHYLIP_VARIANTS = ("phylip-relaxed", "phylip", "phylip-sequential")
_PHYLIP_HEAD = re.compile(r"^[ \t]*(\d{1,9})[ \t]+(\d{1,9})[ \t]*$", re.MULTILINE)
_CLUSTAL_CONSENSUS = re.compile(r"[*:. \t]+")
_CLUSTAL_HEAD = re.compile(r"(?:CLUSTAL|MUSCLE|PROBCONS|MSAPROBS|Kalign|Biopython)\b")
_CLUSTAL_ROW = re.compile(r"\S+[ \t]+[A-Za-z*?.-]+[ \t]*")
_MSF_NAME = re.compile(r"^[ \t]*Name:[ \t]*(\S+).*?\bLen:[ \t]*(\d{1,9})\b", re.MULTILINE)


@dataclass(slots=True)
class _Row:
    """A row of an alignment: pieces of it, and the line of the first."""

    name: str
    line: int
    pieces: list[str] = field(default_factory=list)


def read_alignment(text: str, form: AlignmentFormat, *, where: str = "") -> Records:
    """The rows of an alignment, or of several in one file, as records.

    Args:
        text: The file, with line feeds as line ends.
        form: Its format.
        where: The file, for messages.

    Raises:
        BioseqError: The text breaks the format, or holds no alignment of sequences.
    """
    match form:
        case "clustal":
            alignments = _read_blocks(_clustal_lines(text), form, where)
        case "stockholm":
            alignments = _read_blocks(_stockholm_lines(text), form, where)
        case "msf":
            alignments = _read_blocks(_msf_lines(text), form, where)
            _check_msf(text, alignments, where)
        case "phylip":
            alignments = _read_phylip(text, where)
        case "nexus":
            alignments = [[_Row(row.name, row.line, [row.letters]) for row in read_nexus(text, where=where)]]
        case _:
            alignments = [_read_maf(text, where)]
    rows = [row for alignment in alignments for row in alignment]
    if not rows:
        raise broken_file(FORMATS[form].title, "there is no row of letters", where)
    names = ["_".join(row.name.split()) for row in rows]
    joined = any(name != row.name for name, row in zip(names, rows, strict=True))
    return records_from_titles(
        names,
        [letters_from_text("".join(row.pieces)) for row in rows],
        [row.line for row in rows],
        notes=(_alignment_note(form, len(alignments), joined=joined),),
    )


def _alignment_note(form: AlignmentFormat, count: int, *, joined: bool) -> Note:
    several = f" It holds {count:,} alignments, one after the other." if count > 1 else ""
    blanks = " Blanks in names are written as underscores." if joined else ""
    return Note(
        "alignment",
        Severity.INFO,
        f"The file is an alignment ({FORMATS[form].title}): each row is a record, and its gaps are kept.",
        f"Gaps can be taken out where they are told of.{several}{blanks}",
    )


_Line = tuple[int, str, str]
"""Number of a line, the name and the letters on it. Without a name a block ends; with letters all the same, so does
the alignment."""


def _read_blocks(lines: Iterator[_Line], form: AlignmentFormat, where: str) -> list[list[_Row]]:
    """Alignments from their rows, block by block.

    A block continues the rows before it where its names are theirs in the same order; else it begins further rows.
    """
    alignments: list[list[_Row]] = [[]]
    block: list[_Line] = []
    for number, name, letters in lines:
        if name:
            block.append((number, name, letters))
            continue
        _take_block(alignments[-1], block, form, where)
        block = []
        if letters and alignments[-1]:
            alignments.append([])
    _take_block(alignments[-1], block, form, where)
    full = [rows for rows in alignments if rows]
    for rows in full:
        _check_lengths(rows, form, where)
    return full


def _take_block(rows: list[_Row], block: list[_Line], form: AlignmentFormat, where: str) -> None:
    if not block:
        return
    names = [name for _, name, _ in block]
    if rows and names == [row.name for row in rows]:
        for row, (_, _, letters) in zip(rows, block, strict=True):
            row.pieces.append(letters)
        return
    known = {row.name for row in rows}
    for number, name, letters in block:
        if name in known:
            reason = f"'{name[:60]}' does not stand where the blocks before have it"
            raise broken_file(FORMATS[form].title, reason, f"{where}, line {number}")
        rows.append(_Row(name, number, [letters]))


def _check_lengths(rows: Sequence[_Row], form: AlignmentFormat, where: str) -> None:
    lengths = [sum(map(len, row.pieces)) for row in rows]
    for row, length in zip(rows, lengths, strict=True):
        if length != lengths[0]:
            reason = f"row '{row.name[:60]}' has {length:,} columns, the first row {lengths[0]:,}"
            raise broken_file(FORMATS[form].title, reason, f"{where}, line {row.line}")


def _clustal_lines(text: str) -> Iterator[_Line]:
    for number, line in enumerate(text.split("\n"), 1):
        if number == 1 or (_CLUSTAL_HEAD.match(line) and not _CLUSTAL_ROW.fullmatch(line)):
            yield number, "", "end"
        elif not line.strip() or (line[0] in " \t" and _CLUSTAL_CONSENSUS.fullmatch(line)):
            yield number, "", ""
        else:
            name, *rest = line.split()
            # A count of letters may stand at the end of the row.
            letters = rest[:-1] if len(rest) > 1 and rest[-1].isdigit() else rest
            yield number, name, "".join(letters)


def _stockholm_lines(text: str) -> Iterator[_Line]:
    for number, whole in enumerate(text.split("\n"), 1):
        line = whole.strip()
        if line == "//" or line.startswith("# STOCKHOLM"):
            yield number, "", "end"
        elif not line:
            yield number, "", ""
        elif not line.startswith("#"):
            name, *letters = line.split()
            yield number, name, "".join(letters)


def _msf_lines(text: str) -> Iterator[_Line]:
    inside = False
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not inside or "MSF:" in words or words[:1] == ["PileUp"] or line.startswith("!!"):
            inside = words == ["//"]
            yield number, "", "" if inside else "end"
        elif not words:
            yield number, "", ""
        elif not all(word.isdigit() for word in words):
            yield number, words[0], "".join(words[1:])


def _check_msf(text: str, alignments: Sequence[Sequence[_Row]], where: str) -> None:
    """Compare the rows of an MSF file with the names and lengths in its heading.

    Raises:
        BioseqError: They differ.
    """
    announced = [(match[1], int(match[2])) for match in _MSF_NAME.finditer(text)]
    found = [(row.name, sum(map(len, row.pieces))) for rows in alignments for row in rows]
    reason = f"{len(announced):,} rows are announced, {len(found):,} are there" if len(announced) != len(found) else ""
    for (name, wanted), (row, columns) in zip(announced, found, strict=False):
        if name != row:
            reason = reason or f"row '{row[:60]}' stands where '{name[:60]}' is announced"
        elif wanted != columns:
            reason = reason or f"row '{row[:60]}' holds {columns:,} of {wanted:,} columns"
    if reason:
        raise broken_file(FORMATS["msf"].title, reason, where)


def _read_phylip(text: str, where: str) -> list[list[_Row]]:
    """The alignments of a PHYLIP file, in the way of writing it that gives the rows and columns announced.

    Names may end at the first blank or after ten characters, and long rows may be written as a whole or in blocks.
    """
    announced = [(int(match[1]), int(match[2])) for match in _PHYLIP_HEAD.finditer(text)]
    rows, columns = announced[0] if announced else (0, 0)
    reason = f"its first line announces {rows:,} rows of {columns:,} columns, which are not there"
    # Biopython takes as many lines as are announced, be they there or not.
    if announced and sum(rows for rows, _ in announced) <= text.count("\n") + 1:
        for variant in _PHYLIP_VARIANTS:
            try:
                alignments = list(_phylip_alignments(text, variant))
            # Biopython's parsers let errors of many kinds through; another way of writing may fit.
            except Exception as error:  # noqa: BLE001
                reason = str(error) if "dots" in str(error) else reason
                continue
            if _is_as_announced(alignments, announced):
                _set_lines(text, [row for rows in alignments for row in rows])
                return alignments
    raise broken_file(FORMATS["phylip"].title, reason, where)


def _is_as_announced(alignments: Sequence[Sequence[_Row]], announced: Sequence[tuple[int, int]]) -> bool:
    return len(alignments) == len(announced) and all(
        len(rows) == count and all(len(row.pieces[0]) == columns for row in rows)
        for rows, (count, columns) in zip(alignments, announced, strict=True)
    )


def _phylip_alignments(text: str, variant: str) -> Iterator[list[_Row]]:
    from Bio import AlignIO

    for alignment in AlignIO.parse(io.StringIO(text), variant):
        yield [_Row(record.id, 0, ["".join(str(record.seq).split())]) for record in alignment]


def _read_maf(text: str, where: str) -> list[_Row]:
    from Bio import SeqIO

    rows: list[_Row] = []
    try:
        rows.extend(_Row(record.id, 0, [str(record.seq)]) for record in SeqIO.parse(io.StringIO(text), "maf"))
    # Biopython's parsers let errors of many kinds through on broken files.
    except Exception as error:
        raise broken_file(FORMATS["maf"].title, error, where, done=len(rows)) from error
    _set_lines(text, rows)
    return rows


def _set_lines(text: str, rows: Sequence[_Row]) -> None:
    """Note the line of each row: the next that begins with its name; once one is not found, that of the row before."""
    following = enumerate(io.StringIO(text), 1)
    line = 1
    for row in rows:
        # The mark of a MAF row may stand before the name.
        line = next((number for number, words in following if row.name in words.strip()[: len(row.name) + 2]), line)
        row.line = line
