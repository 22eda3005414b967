"""The alignment in a NEXUS file: Maddison, Swofford and Maddison 1997.

Read here, for Biopython never comes back from a name whose quote has no end. Trees and commands for programs are
passed over; gaps, signs for "as above" and rows in blocks are read as the file says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from bioseq.errors import BioseqError
from bioseq.sequences.formats import FORMATS
from bioseq.sequences.parsing import broken_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_BLOCK = re.compile(r"\bbegin\s+(?:data|characters)\s*;", re.IGNORECASE)
_END = re.compile(r";\s*end(?:block)?\s*;", re.IGNORECASE)
_COMMENT = re.compile(r"'(?:[^'\n]|'')*'|\[[^\[\]]*\]")
_FORMAT = re.compile(r"\bformat\b([^;]*);", re.IGNORECASE)
_COLUMNS = re.compile(r"\bnchar\s*=\s*(\d{1,9})\b", re.IGNORECASE)
_MATRIX = re.compile(r"\bmatrix\b", re.IGNORECASE)
_OPTION = re.compile(r"(\w+)(?:\s*=\s*(\"[^\"]*\"|\S+))?")
_NAME = re.compile(r"'((?:[^'\n]|'')*)'|[^\s']\S*")
_NO_LETTERS = ("standard", "continuous")
_NOT_READ = ("transpose", "nolabels", "tokens")


class NexusRow(NamedTuple):
    """A row of the alignment.

    Attributes:
        name: Without quotes.
        line: 1-based line on which it begins.
        letters: As many as there are columns; `-` for gaps.
    """

    name: str
    line: int
    letters: str


def read_nexus(text: str, *, where: str = "") -> list[NexusRow]:
    """The rows of the alignments in a NEXUS file, one block after the other.

    Raises:
        BioseqError: It breaks the format, or holds trees, states or other things and no sequences.
    """
    plain = _COMMENT.sub(_without_comment, text)
    rows: list[NexusRow] = []
    begin = _BLOCK.search(plain)
    if begin is None:
        raise _without_sequences(where)
    while begin:
        # The matrix ends in the semicolon with which the end of the block is found.
        end = _END.search(plain, begin.end() - 1)
        if end is None:
            raise broken_file(FORMATS["nexus"].title, "its block of data has no end", where)
        rows.extend(_read_block(plain, begin.end(), end.start(), where))
        begin = _BLOCK.search(plain, end.end())
    return rows


def _without_comment(match: re.Match[str]) -> str:
    return match.group() if match.group().startswith("'") else "\n" * match.group().count("\n")


def _without_sequences(where: str) -> BioseqError:
    return BioseqError(
        "data.not_understood",
        "This is a NEXUS file without sequences.",
        where=where,
        remedy="Choose the alignment of the sequences to which its trees or characters belong.",
    )


def _read_block(text: str, start: int, end: int, where: str) -> list[NexusRow]:
    matrix = _MATRIX.search(text, start, end)
    if matrix is None:
        raise _without_sequences(where)
    said = _FORMAT.search(text, start, matrix.start())
    options = {name.lower(): value.lower() for name, value in _OPTION.findall(said[1])} if said else {}
    if options.get("datatype") in _NO_LETTERS:
        raise _without_sequences(where)
    if odd := next((name for name in _NOT_READ if name in options), ""):
        raise broken_file(FORMATS["nexus"].title, f"a matrix written with '{odd}' is not read", where)
    width = _COLUMNS.search(text, start, matrix.start())
    columns = int(width[1]) if width else 0
    in_blocks = options.get("interleave", "no") != "no"
    lines = text[matrix.end() : text.find(";", matrix.end(), end + 1)].split("\n")
    first = 1 + text.count("\n", 0, matrix.end())
    rows = list(_rows_in_blocks(lines, first) if in_blocks else _rows_one_by_one(lines, first, columns))
    wanted = columns or len(rows[0].letters) if rows else 0
    for row in rows:
        if len(row.letters) != wanted:
            reason = f"row '{row.name[:60]}' has {len(row.letters):,} of {wanted:,} columns"
            raise broken_file(FORMATS["nexus"].title, reason, f"{where}, line {row.line}")
    return _with_signs_resolved(rows, options)


def _name_and_letters(line: str) -> tuple[str, str]:
    """The name at the start of a line, and the letters after it."""
    match = _NAME.match(line)
    if match is None:
        return "", "".join(line.split())
    name = match[1].replace("''", "'") if match[1] is not None else match.group()
    return name, "".join(line[match.end() :].split())


def _rows_in_blocks(lines: Sequence[str], first: int) -> Iterator[NexusRow]:
    """Rows of which each block holds a piece, in the same order."""
    names: list[str] = []
    starts: list[int] = []
    pieces: list[list[str]] = []
    place = 0
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        name, letters = _name_and_letters(line.strip())
        if names and name == names[0] and place == len(names):
            place = 0
        if place < len(names) and name == names[place]:
            pieces[place].append(letters)
        else:
            names.append(name)
            starts.append(number)
            pieces.append([letters])
            place = len(names) - 1
        place += 1
    return (NexusRow(*row) for row in zip(names, starts, map("".join, pieces), strict=True))


def _rows_one_by_one(lines: Sequence[str], first: int, columns: int) -> Iterator[NexusRow]:
    """Rows that stand one after the other, each on as many lines as its columns take."""
    name, start = "", 0
    pieces: list[str] = []
    length = 0
    for number, line in enumerate(lines, first):
        if not line.strip():
            continue
        if name and length < columns:
            pieces.append("".join(line.split()))
        else:
            if name:
                yield NexusRow(name, start, "".join(pieces))
            name, letters = _name_and_letters(line.strip())
            start, pieces, length = number, [letters], 0
        length += len(pieces[-1])
    if name:
        yield NexusRow(name, start, "".join(pieces))


def _with_signs_resolved(rows: list[NexusRow], options: dict[str, str]) -> list[NexusRow]:
    """The rows with the letters of the first in place of the sign for "as above", and `-` for gaps."""
    gap, same = options.get("gap", "-")[:1], options.get("matchchar", "")[:1]
    resolved: list[NexusRow] = []
    for row in rows:
        letters = row.letters
        if same and same in letters and resolved:
            letters = "".join(
                above if letter == same else letter for letter, above in zip(letters, rows[0].letters, strict=True)
            )
        resolved.append(row._replace(letters=letters))
    return [row._replace(letters=row.letters.replace(gap, "-")) for row in resolved] if gap != "-" else resolved
