"""Worksheets of an XLSX file as rows of texts, with what a cell hides: formulas without a value, merged cells, errors.

Read by openpyxl, a row at a time. What it does not tell in that mode, merged cells and formulas that were never
computed, is looked for in the text of the sheet itself.
"""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.records import Note
from bioseq.sequences.streams import DEFAULT_BOUNDS, Bounds
from bioseq.sequences.table_text import invisible_note, strip_invisible
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CHUNK = 1 << 20
_LONGEST_MATCH = 1 << 15
_MERGED = re.compile(rb'<mergeCell ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_BARE_FORMULA = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"[^>]*>\s*<f(?:/>|[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>'
)
_MOST_MERGED = 100_000
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Worksheet:
    """A sheet of a workbook.

    Attributes:
        name: As on its tab.
        hidden: It is not shown.
        rows: Cells of each row that holds something.
        lines: 1-based row of each in the sheet.
        notes: What its cells hide.
    """

    name: str
    hidden: bool
    rows: list[list[str]]
    lines: list[int]
    notes: tuple[Note, ...] = ()


def read_worksheets(path: Path, *, bounds: Bounds = DEFAULT_BOUNDS, first_rows: int = 0) -> list[Worksheet]:
    """Read all worksheets of an XLSX file, in their order.

    Args:
        path: The file.
        bounds: What it may unfold to.
        first_rows: So many rows of each sheet at most; 0 for all.

    Raises:
        BioseqError: The file is damaged or unfolds out of bounds.
    """
    from openpyxl import load_workbook

    _check_bounds(path, bounds)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # openpyxl judges a path by its ending, and a file by its content.
            with path.open("rb") as file:
                book = load_workbook(file, read_only=True, data_only=True)
                sheets = [_read_sheet(sheet, path, first_rows) for sheet in book.worksheets]
                book.close()
    # openpyxl lets errors of many kinds through on broken workbooks.
    except Exception as error:
        raise BioseqError(
            "data.damaged_file",
            "The workbook cannot be read.",
            where=str(path),
            remedy="Save it again as XLSX, or as CSV.",
        ) from error
    return sheets


def _check_bounds(path: Path, bounds: Bounds) -> None:
    """Refuse a workbook that unfolds out of bounds; zipfile never gives more than a member announces."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise BioseqError(
            "data.damaged_file", "The workbook is damaged.", where=str(path), remedy="Fetch or copy it again."
        ) from error
    packed = max(1, path.stat().st_size)
    if unpacked > bounds.free_bytes and unpacked > bounds.ratio * packed:
        raise BioseqError(
            "data.decompression_bomb",
            f"The workbook unfolds to {unpacked // packed} times its size, which tables do not do.",
            where=str(path),
            remedy="If you trust it, save it as CSV and load that.",
        )


def _read_sheet(sheet: Any, path: Path, first_rows: int) -> Worksheet:
    cells: dict[int, list[str]] = {}
    invisible = dates = 0
    for number, values in enumerate(sheet.iter_rows(values_only=True), 1):
        if first_rows and number > first_rows:
            break
        row = []
        for value in values:
            text, count = strip_invisible(_text(value))
            invisible += count
            dates += isinstance(value, dt.date)
            row.append(text.strip())
        if any(row):
            cells[number] = row
    merged, formulas = _scan_sheet(path, getattr(sheet, "_worksheet_path", ""))
    notes = invisible_note(invisible) + _fill_merged(cells, merged) + _formula_note(formulas) + _date_note(dates)
    hidden = getattr(sheet, "sheet_state", "visible") != "visible"
    return Worksheet(sheet.title, hidden, list(cells.values()), list(cells), notes)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return str(value)


def _scan_sheet(path: Path, member: str) -> tuple[list[tuple[int, int, int, int]], list[str]]:
    """Merged cells as first and last column and row, from 1 on, and the cells whose formula has no stored value."""
    merged: list[tuple[int, int, int, int]] = []
    formulas: list[str] = []
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member.lstrip("/")) as file:
            for text in _overlapping(file):
                for match in _MERGED.finditer(text):
                    first, top, last, bottom = match.groups()
                    merged.append((_column(first), int(top), _column(last), int(bottom)))
                formulas.extend(match[1].decode() for match in _BARE_FORMULA.finditer(text))
                if len(merged) > _MOST_MERGED:
                    break
    except (KeyError, OSError, zipfile.BadZipFile):
        return [], []
    return list(dict.fromkeys(merged)), list(dict.fromkeys(formulas))


def _overlapping(file: Any) -> Iterator[bytes]:
    held = b""
    while block := file.read(_CHUNK):
        yield held + block
        held = (held + block)[-_LONGEST_MATCH:]


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def _fill_merged(cells: dict[int, list[str]], merged: list[tuple[int, int, int, int]]) -> tuple[Note, ...]:
    """Write what stands in the first of merged cells into those below it; cells merged over columns are titles.

    Each cell is looked at once, whatever a workbook says of itself: ranges that overlap, which none may have, are left.
    """
    filled = 0
    lines = sorted(cells)
    done: dict[int, int] = {}
    for column, top, last, bottom in sorted(merged):
        above = cells.get(top, [])
        if column != last or top <= done.get(column, 0) or column > len(above) or not above[column - 1]:
            continue
        done[column] = bottom
        for line in lines[bisect_right(lines, top) : bisect_right(lines, bottom)]:
            row = cells[line]
            if column <= len(row) and not row[column - 1]:
                row[column - 1] = above[column - 1]
                filled += 1
    if not filled:
        return ()
    which = "1 cell is merged with the one above it." if filled == 1 else (
        f"{filled:,} cells are merged with the ones above them."
    )  # fmt: skip
    return (Note("merged_cells_filled", Severity.INFO, which, "The text of the first is read for each row."),)


def _formula_note(cells: list[str]) -> tuple[Note, ...]:
    if not cells:
        return ()
    which = "1 cell holds a formula" if len(cells) == 1 else f"{len(cells):,} cells hold a formula"
    return (
        Note(
            "formula_without_value",
            Severity.WARNING,
            f"{which} without a stored value: {listed(cells, most=_LISTED)}.",
            "They are read as empty. Open the workbook in a spreadsheet, let it calculate, and save it.",
        ),
    )


def _date_note(count: int) -> tuple[Note, ...]:
    if not count:
        return ()
    which = "1 cell holds a date" if count == 1 else f"{count:,} cells hold dates"
    return (
        Note(
            "dates_in_cells",
            Severity.WARNING,
            f"{which}.",
            "Spreadsheets turn names such as SEPT2 or 2-Mar into dates. Check the ids; format the column as text.",
        ),
    )
