"""Text of a table taken apart into rows of cells: separator, quotes, comments and lines that are no rows.

A quotation mark that is never closed must not swallow the rows below it. So a cell may only go on in the next line
where the row then has as many cells as the others, and the lines that it would swallow are no rows themselves.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.invisible import WIDE, WIDTHLESS
from bioseq.sequences.records import Note
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "bar"}
"""What may stand between the cells of a row, with its name; of two that fit equally well the first is taken."""

BLANKS = " "
"""Stands for any number of blanks."""

_SAMPLE_LINES = 200
_LONGEST_CELL = 1 << 30
_MOST_LINES_IN_A_CELL = 50
_SEP_LINE = re.compile(r"sep=(.)\s*", re.IGNORECASE)
_COMMENT = "#"
_SEQUENCE = re.compile(r"[A-Za-z]{4,}")
_INVISIBLE = re.compile(f"[{WIDTHLESS}]".translate({0x200C: None, 0x200D: None}))
"""All but the two that join and part letters in words of Persian and of Indic scripts."""
_WORD = re.compile(r'"([^"]*)"|(\S+)')
_BLANKS = str.maketrans(dict.fromkeys(WIDE.replace("\x85", "").replace("\u2028", "").replace("\u2029", ""), " "))


@dataclass(frozen=True, slots=True)
class TextRows:
    """The rows of a table, as they stand in its text.

    Attributes:
        rows: Cells of each row; a comment or an empty line is none. Names of columns are a row, too.
        lines: 1-based line on which each row begins.
        separator: What stands between cells; empty where there is one column.
        comments: Lines that begin with `#`, as cells without the mark, with their 1-based line.
        skipped: Lines at the start that are no rows: `sep=;`.
        notes: What was odd.
    """

    rows: list[list[str]]
    lines: list[int]
    separator: str
    comments: list[tuple[int, list[str]]]
    skipped: tuple[str, ...] = ()
    notes: tuple[Note, ...] = ()


def parse_table(text: str, *, where: str = "") -> TextRows:
    """Take the text of a table apart.

    Args:
        text: All of it, with line feeds for line ends.
        where: The file, for messages.

    Raises:
        BioseqError: There is nothing in it.
    """
    text, invisible = strip_invisible(text)
    lines = text.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        raise BioseqError("data.empty_file", "The table is empty.", where=where, remedy="Choose another file.")
    declared = _SEP_LINE.fullmatch(lines[first].strip())
    skipped = (lines[first].strip(),) if declared else ()
    if declared:
        lines[first] = ""
    separator = declared[1] if declared else find_separator(lines)
    numbered, quotes = _split_lines(lines, separator)
    usual = _usual_width(row for _, row in numbered)
    rows, comments = _without_comments(numbered, usual)
    return TextRows(
        [row for _, row in rows],
        [line for line, _ in rows],
        separator,
        comments,
        skipped,
        _quote_note(quotes) + invisible_note(invisible),
    )


def strip_invisible(text: str) -> tuple[str, int]:
    """A text without characters that nobody sees, and how many there were; a blank that does not break becomes one."""
    if text.isascii():
        return text, 0
    start = text.removeprefix("\ufeff")
    kept, count = _INVISIBLE.subn("", start)
    return kept.translate(_BLANKS), count


def invisible_note(count: int) -> tuple[Note, ...]:
    """What is told of characters that were left out; nothing where there were none."""
    if not count:
        return ()
    which = "1 invisible character, such as a space of no width, was" if count == 1 else (
        f"{count:,} invisible characters, such as spaces of no width, were"
    )  # fmt: skip
    return (Note("invisible_characters", Severity.INFO, f"{which} in the table.", "They are left out."),)


def find_separator(lines: Sequence[str]) -> str:
    """What stands between the cells of a table; empty where nothing does.

    The separator that gives most rows the same number of cells; of several, the one under which a cell of most rows
    spells a sequence, then the one that gives more cells that hold something.

    Args:
        lines: The first lines are looked at.
    """
    filled = (line for line in lines if line.strip() and not line.startswith(_COMMENT))
    sample = list(islice(filled, _SAMPLE_LINES))
    best, best_score = "", (0.0, 0.0, 0.0)
    for separator in SEPARATORS:
        rows = _split_quoted(sample, separator) or [_split_line(line, separator)[0] for line in sample]
        width = _usual_width(rows)
        if width < 2:
            continue
        alike = sum(len(row) == width for row in rows) / len(rows)
        spelt = sum(any(_SEQUENCE.fullmatch(cell.strip()) for cell in row) for row in rows) / len(rows)
        filled_cells = sum(sum(bool(cell.strip()) for cell in row) for row in rows) / len(rows)
        score = (round(alike, 1) * (0.5 + round(spelt, 1)), round(alike, 1), filled_cells)
        if score > best_score:
            best, best_score = separator, score
    return best or (BLANKS if _are_cut_by_blanks(sample) else "")


def _are_cut_by_blanks(lines: Sequence[str]) -> bool:
    """Whether blanks separate cells, as R writes tables: in each line as many, and only some columns spell sequences.

    The line with the names may lack that of the first column.
    """
    rows = [_split_at_blanks(line) for line in lines]
    if len(rows) < 3 or len({len(row) for row in rows[1:]}) > 1:
        return False
    width = len(rows[-1])
    spelt = [all(_SEQUENCE.fullmatch(row[column]) for row in rows[1:]) for column in range(width)]
    return len(rows[0]) in (width - 1, width) and any(spelt) and not all(spelt)


def _split_at_blanks(line: str) -> list[str]:
    return [quoted if quoted or not plain else plain for quoted, plain in _WORD.findall(line)]


def _split_quoted(lines: Sequence[str], separator: str) -> list[list[str]] | None:
    """The rows of lines with quotes that are used well; None where they are not, or there are none.

    Used well means: all are closed, each row has as many cells, and no line within a cell could be a row itself.
    """
    if not any('"' in line for line in lines):
        return None
    before = csv.field_size_limit(_LONGEST_CELL)
    rows: list[list[str]] = []
    reader = csv.reader(lines_of(lines), delimiter=separator, strict=True)
    try:
        rows.extend(row for row in reader if _holds_text(row))
    except csv.Error:
        # The last lines of a sample may end within a cell.
        if reader.line_num < len(lines) or len(rows) < 2:
            return None
    finally:
        csv.field_size_limit(before)
    width = len(rows[0]) if rows else 0
    if width < 2 or any(len(row) != width for row in rows):
        return None
    inner = (line for row in rows for cell in row if "\n" in cell for line in cell.split("\n")[1:-1])
    return None if any(line.count(separator) == width - 1 for line in inner) else rows


def lines_of(lines: Sequence[str]) -> Iterator[str]:
    """Lines with their ends, which a cell within quotes keeps."""
    return (line + "\n" for line in lines)


def _usual_width(rows: Iterator[list[str]] | Sequence[list[str]]) -> int:
    """The number of cells that most rows have; cells at the end that are empty in the text count, too."""
    widths = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(widths, key=lambda width: (widths[width], width)) if widths else 0


def _split_lines(lines: list[str], separator: str) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """All rows with their lines, and the lines on which a quotation mark has no partner."""
    if not separator:
        return [(number, [_unquote(line)]) for number, line in enumerate(lines, 1) if line.strip()], []
    if separator == BLANKS:
        return [(number, _split_at_blanks(line)) for number, line in enumerate(lines, 1) if line.strip()], []
    if not any('"' in line for line in lines):
        cut = ((number, line.split(separator)) for number, line in enumerate(lines, 1) if line.strip())
        return [(number, row) for number, row in cut if _holds_text(row)], []
    if separator == "\t":
        return _split_tabs(lines)
    quick = _split_by_library(lines, separator)
    return (quick, []) if quick is not None else _split_with_care(lines, separator)


def _split_by_library(lines: list[str], separator: str) -> list[tuple[int, list[str]]] | None:
    """The rows as `csv` reads them; None where a cell goes on in the next line, which needs a closer look."""
    before = csv.field_size_limit(_LONGEST_CELL)
    rows: list[tuple[int, list[str]]] = []
    reader = csv.reader(io.StringIO("\n".join(lines)), delimiter=separator, strict=False)
    try:
        for row in reader:
            if reader.line_num != len(rows) + 1:
                return None
            rows.append((reader.line_num, row))
    except csv.Error:
        return None
    finally:
        csv.field_size_limit(before)
    last = next((line for line in reversed(lines) if line.strip()), "")
    if _split_line(last, separator)[1]:
        return None
    return [(number, row) for number, row in rows if _holds_text(row)]


def _split_with_care(lines: list[str], separator: str) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The rows where cells may go on in the next lines, and the lines with an open quotation mark.

    Where many cells do, most lines are no rows: the number of cells is then that of the first line, the names.
    """
    closed = [cells for line in lines if line.strip() for cells, open_ in [_split_line(line, separator)] if not open_]
    widths = dict.fromkeys((_usual_width(closed), len(closed[0]) if closed else 0))
    ways = [_split_to_width(lines, separator, width) for width in widths]
    return min(ways, key=lambda way: (len(way[1]), len({len(row) for _, row in way[0]})))


def _split_to_width(lines: list[str], separator: str, usual: int) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The same where a row that goes on in the next line has so many cells."""
    rows: list[tuple[int, list[str]]] = []
    unpaired: list[int] = []
    number = 0
    while number < len(lines):
        line = lines[number]
        cells, open_ = _split_line(line, separator)
        taken = 1
        if open_:
            whole = _join_lines(lines, number, separator, usual)
            if whole is None:
                unpaired.append(number + 1)
                cells = line.split(separator)
            else:
                cells, taken = whole
        if _holds_text(cells):
            rows.append((number + 1, cells))
        number += taken
    return rows, unpaired


def _join_lines(lines: list[str], start: int, separator: str, usual: int) -> tuple[list[str], int] | None:
    """A row whose quoted cell goes on in the next lines, with the number of lines; None where it is no such row."""
    for taken in range(2, _MOST_LINES_IN_A_CELL + 1):
        if start + taken > len(lines):
            return None
        further = lines[start + taken - 1]
        if '"' not in further and len(further.split(separator)) == usual:
            return None  # a row of its own
        cells, open_ = _split_line("\n".join(lines[start : start + taken]), separator)
        if not open_:
            return (cells, taken) if len(cells) == usual else None
    return None


def _split_tabs(lines: list[str]) -> tuple[list[tuple[int, list[str]]], list[int]]:
    """The rows of a table with tabs, which knows no quotes unless they are used well.

    Where rows without regard to quotes are uneven and those with regard to them are even, cells hold tabs or line
    ends within quotes. Else a cell is taken out of its quotes where all of its column are quoted, or where it could
    not stand without quotes in a table with commas.
    """
    plain = [(number, line.split("\t")) for number, line in enumerate(lines, 1) if line.strip()]
    plain = [(number, row) for number, row in plain if _holds_text(row)]
    usual = _usual_width(row for _, row in plain)
    if any(len(row) != usual for _, row in plain):
        quoted, unpaired = _split_with_care(lines, "\t")
        if not unpaired and len({len(row) for _, row in quoted}) == 1:
            return quoted, []
    always = {
        column
        for column in range(usual)
        if all(_is_quoted(row[column]) for _, row in plain if column < len(row) and row[column].strip())
    }
    for _, row in plain:
        for column, cell in enumerate(row):
            if '"' in cell and _is_quoted(cell) and (column in always or "," in cell or '""' in cell.strip()[1:-1]):
                row[column] = _unquote(cell)
    return plain, []


def _holds_text(row: list[str]) -> bool:
    return bool(row) and (bool(row[0].strip()) or any(cell and not cell.isspace() for cell in row))


def _is_quoted(cell: str) -> bool:
    cell = cell.strip()
    return len(cell) >= 2 and cell[0] == cell[-1] == '"' and '"' not in cell[1:-1].replace('""', "")


def _unquote(cell: str) -> str:
    return cell.strip()[1:-1].replace('""', '"') if _is_quoted(cell) else cell


def _split_line(line: str, separator: str) -> tuple[list[str], bool]:
    """The cells of a line by RFC 4180, and whether a quotation mark is still open at its end."""
    if '"' not in line:
        return line.split(separator), False
    cells: list[str] = []
    place, end = 0, len(line)
    while True:
        if line[place : place + 1] == '"':
            cell, place, open_ = _read_quoted_cell(line, place + 1)
            if open_:
                return [*cells, cell], True
            stop = line.find(separator, place)
            stop = end if stop < 0 else stop
            cells.append(cell + line[place:stop])
        else:
            stop = line.find(separator, place)
            stop = end if stop < 0 else stop
            cells.append(line[place:stop])
        if stop >= end:
            return cells, False
        place = stop + 1


def _read_quoted_cell(line: str, place: int) -> tuple[str, int, bool]:
    """What stands in quotes from `place` on, where it ends, and whether it does not."""
    parts: list[str] = []
    while True:
        close = line.find('"', place)
        if close < 0:
            return "".join([*parts, line[place:]]), len(line), True
        parts.append(line[place:close])
        if line[close + 1 : close + 2] != '"':
            return "".join(parts), close + 1, False
        parts.append('"')
        place = close + 2


def _without_comments(
    numbered: list[tuple[int, list[str]]], usual: int
) -> tuple[list[tuple[int, list[str]]], list[tuple[int, list[str]]]]:
    """Rows and comments: a line that begins with `#` is a row among others where it has as many cells as they have."""
    if not any(_COMMENT in row[0] for _, row in numbered):
        return numbered, []
    rows: list[tuple[int, list[str]]] = []
    comments: list[tuple[int, list[str]]] = []
    for line, row in numbered:
        if _COMMENT in row[0] and row[0].lstrip().startswith(_COMMENT) and (not rows or len(row) != usual):
            bare = [row[0].lstrip().lstrip(_COMMENT).strip(), *row[1:]]
            comments.append((line, bare))
        else:
            rows.append((line, row))
    return rows, comments


def _quote_note(lines: list[int]) -> tuple[Note, ...]:
    if not lines:
        return ()
    shown = listed([str(line) for line in lines], most=5)
    return (
        Note(
            "open_quote",
            Severity.WARNING,
            f"A quotation mark has no partner in line {shown}."
            if len(lines) == 1
            else f"In {len(lines):,} lines a quotation mark has no partner: {shown}.",
            "It is read as a part of its cell, and every row is read for itself.",
        ),
    )
