"""Tables with a column of sequences: CSV, TSV and XLSX. Every row is read, or its line is named."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.labels import nearest_split_word, split_of
from bioseq.sequences.missing_labels import LONGEST_MARK, is_missing
from bioseq.sequences.records import Choice, Note, Records, records_from_columns
from bioseq.sequences.sequence_text import read_notation
from bioseq.sequences.streams import DEFAULT_BOUNDS, Bounds
from bioseq.sequences.table_columns import (
    ROLES,
    ColumnNames,
    Columns,
    Table,
    choose_columns,
    find_heading,
    list_names,
    looks_like_sequence,
)
from bioseq.sequences.table_text import parse_table
from bioseq.sequences.wording import listed
from bioseq.sequences.workbooks import Worksheet, read_worksheets

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EXAMPLES = 1_000
_LISTED = 5
_SHORT = 6
"""Letters in the middle below which "NA" may be a sequence."""


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table with its columns told apart; its label or split where the name of its worksheet is one."""

    table: Table
    columns: Columns
    notes: tuple[Note, ...] = ()
    name: str = ""


def read_delimited(text: str, names: ColumnNames, *, where: str = "") -> Records:
    """The records of a CSV or TSV file.

    Args:
        text: All of it.
        names: Columns that the person named.
        where: The file, for messages.

    Raises:
        BioseqError: There is no column of sequences, or a named column is missing.
    """
    table, notes = text_table(text, names, where=where)
    columns = choose_columns(table, names, where=where)
    return _build([_Sheet(table, columns, notes)])


def text_table(text: str, names: ColumnNames | None = None, *, where: str = "") -> tuple[Table, tuple[Note, ...]]:
    """The rows of a CSV or TSV file under the names of their columns, and what was odd.

    Raises:
        BioseqError: The text is empty.
    """
    found = parse_table(text.replace("\r\n", "\n").replace("\r", "\n"), where=where)
    table, repeated = _drop_repeated_headings(find_heading(found.rows, found.lines, names, found.comments))
    return table, found.notes + _above_note((*found.skipped, *table.above)) + repeated


def _drop_repeated_headings(table: Table) -> tuple[Table, tuple[Note, ...]]:
    """A table without rows that are its names once more, as where several were joined, and what is told of them."""
    names = [name.casefold() for name in table.names]
    again = [
        number
        for number, row in enumerate(table.rows)
        if row[0].strip().casefold() == names[0] and [cell.strip().casefold() for cell in row[: len(names)]] == names
    ]
    if not again:
        return table, ()
    kept = sorted(set(range(len(table.rows))) - set(again))
    rest = Table(table.names, [table.rows[n] for n in kept], [table.lines[n] for n in kept], table.above)
    which = "1 row is" if len(again) == 1 else f"{len(again):,} rows are"
    first = table.lines[again[0]]
    note = Note(
        "heading_repeated", Severity.INFO, f"{which} the names of the columns once more (line {first}).", "Passed over."
    )
    return rest, (note,)


def read_workbook(path: Path, names: ColumnNames, *, sheet: str = "", bounds: Bounds = DEFAULT_BOUNDS) -> Records:
    """The records of an XLSX file.

    Worksheets with the same columns are read together: their names are the classes where no column is, or the splits
    where they are words for these. Of worksheets with unlike columns the first with sequences is read.

    Args:
        path: The file.
        names: Columns that the person named.
        sheet: Worksheet that the person named; empty to choose.
        bounds: What the file may unfold to.

    Raises:
        BioseqError: The file is damaged or unfolds out of bounds, there is no column of sequences, or a named
            worksheet or column is missing.
    """
    where = str(path)
    every = read_worksheets(path, bounds=bounds)
    sheets = _visible(every, sheet, where)
    if not sheets:
        raise BioseqError("data.empty_file", "The workbook is empty.", where=where, remedy="Choose another file.")
    found: list[_Sheet] = []
    refused: list[BioseqError] = []
    for one in sheets:
        table, repeated = _drop_repeated_headings(sheet_table(one, names))
        try:
            columns = choose_columns(table, names, where=where if len(every) == 1 else f"{where}, sheet '{one.name}'")
        except BioseqError as error:
            refused.append(error)
            continue
        found.append(_Sheet(table, columns, one.notes + _above_note(table.above) + repeated, one.name))
    if not found:
        raise refused[0]
    together = [one for one in found if _same_columns(one, found[0])]
    taken = {one.name for one in together}
    notes = _sheet_notes([one for one in every if one.name not in taken and one.rows], found, together)
    chosen = found[0].name if len(together) == 1 else ""
    choices = (Choice("sheet", chosen, tuple(one.name for one in every)),) if len(every) > 1 else ()
    return _build(together, notes=notes, choices=choices)


def sheet_table(sheet: Worksheet, names: ColumnNames | None = None) -> Table:
    """The rows of a worksheet under the names of their columns."""
    comments = [(line, row) for line, row in zip(sheet.lines, sheet.rows, strict=True) if row[0].startswith("#")]
    if comments and comments[0][0] == sheet.lines[0] and len(sheet.rows) > 1:
        bare = [comments[0][1][0].lstrip("#").strip(), *comments[0][1][1:]]
        return find_heading(sheet.rows[1:], sheet.lines[1:], names, [(comments[0][0], bare)])
    return find_heading(sheet.rows, sheet.lines, names)


def _visible(sheets: list[Worksheet], wanted: str, where: str) -> list[Worksheet]:
    """The worksheets to be looked at: the one that was named, else all that are shown and hold something."""
    if wanted:
        named = [sheet for sheet in sheets if sheet.name.casefold() == wanted.strip().casefold()]
        if not named:
            raise BioseqError(
                "data.no_such_sheet",
                f"The workbook has no worksheet '{wanted}'.",
                where=where,
                remedy=f"Its worksheets are: {list_names([sheet.name for sheet in sheets])}.",
            )
        return named
    return [sheet for sheet in sheets if sheet.rows and not sheet.hidden] or [sheet for sheet in sheets if sheet.rows]


def _same_columns(one: _Sheet, other: _Sheet) -> bool:
    def keys(sheet: _Sheet) -> list[str]:
        return [name.casefold() for name in sheet.table.names]

    return keys(one) == keys(other) and one.columns.taken() == other.columns.taken()


def _sheet_notes(passed: list[Worksheet], found: list[_Sheet], together: list[_Sheet]) -> tuple[Note, ...]:
    notes: list[Note] = []
    if len(together) > 1:
        shown = list_names([one.name for one in together])
        meaning = {"split": "Their names are read as splits.", "label": "Their names are read as classes."}
        notes.append(
            Note(
                "worksheets_read_together",
                Severity.INFO,
                f"{len(together)} worksheets with the same columns are read together: {shown}.",
                meaning.get(_meaning(together), "Choose one of them if this is not meant."),
            )
        )
    if passed:
        sequences = {one.name: len(one.table.rows) for one in found}
        inside = sum(sequences.get(sheet.name, 0) for sheet in passed)
        shown = list_names([sheet.name + (" (hidden)" if sheet.hidden else "") for sheet in passed])
        which = "1 worksheet is" if len(passed) == 1 else f"{len(passed)} worksheets are"
        notes.append(
            Note(
                "other_worksheets",
                Severity.WARNING if inside else Severity.INFO,
                f"{which} not read: {shown}." + (f" They hold {inside:,} rows with sequences." if inside else ""),
                "Choose the worksheet on the card of the file, or give the worksheets the same columns.",
            )
        )
    return tuple(notes)


def _meaning(sheets: Sequence[_Sheet]) -> str:
    """What the names of worksheets that are read together tell: "split", "label", or nothing."""
    if len(sheets) < 2:
        return ""
    if sheets[0].columns.split is None and all(split_of(sheet.name) is not None for sheet in sheets):
        return "split"
    return "label" if sheets[0].columns.label is None else ""


def _build(sheets: Sequence[_Sheet], *, notes: tuple[Note, ...] = (), choices: tuple[Choice, ...] = ()) -> Records:
    """The records of tables with the same columns."""
    columns, names = sheets[0].columns, sheets[0].table.names
    meaning = _meaning(sheets)
    sound = [_sound_rows(sheet) for sheet in sheets]
    rows = sound[0].rows if len(sound) == 1 else list(chain.from_iterable(one.rows for one in sound))
    lines = list(chain.from_iterable(one.lines for one in sound))
    sheet_names = [sheet.name for sheet, one in zip(sheets, sound, strict=True) for _ in one.rows]

    def cells(number: int | None) -> list[str]:
        if number is None:
            return [""] * len(rows)
        return [row[number].strip() if number < len(row) else "" for row in rows]

    sequences, notation = read_notation(_without_marks(cells(columns.sequence)))
    words = sheet_names if meaning == "split" else cells(columns.split)
    splits = {word: int(split_of(word) or 0) for word in set(words)}
    labels = sheet_names if meaning == "label" else cells(columns.label)
    ids = cells(columns.id)
    if columns.id is None:
        ids = [f"row_{line}" for line in lines]
        if len(sheets) > 1:
            ids = [f"{name}_{identity}" for name, identity in zip(sheet_names, ids, strict=True)]
    labelled = columns.label is not None or meaning == "label"
    return records_from_columns(
        sequences,
        ids,
        [""] * len(rows),
        lines,
        labels=[label or None for label in labels] if labelled else None,
        splits=[splits[word] for word in words],
        notes=(
            *notes,
            *(note for sheet in sheets for note in sheet.notes),
            *(note for one in sound for note in _tell_ragged_rows(one.left, one.uneven)),
            *notation,
            *_split_note(words),
            *(() if columns.id is not None else (_id_note(),)),
            *_column_notes(names, columns),
        ),
        choices=(*choices, *_choices(names, columns)),
    )


def _without_marks(cells: list[str]) -> list[str]:
    """Cells with sequences, empty where a mark says that there is none; "NA" may be a dipeptide among short ones."""
    lengths = sorted(len(cell) for cell in cells if cell)
    short = not lengths or lengths[len(lengths) // 2] < _SHORT
    often = not short
    return ["" if len(cell) <= LONGEST_MARK and is_missing(cell, often=often) else cell for cell in cells]


def _choices(names: tuple[str, ...], columns: Columns) -> tuple[Choice, ...]:
    taken = columns.taken()
    return tuple(Choice(role, "" if (number := taken[role]) is None else names[number], names) for role in ROLES)


@dataclass(frozen=True, slots=True)
class _SoundRows:
    """Rows whose cells stand under their names, with their lines, and the lines of uneven ones."""

    rows: list[list[str]]
    lines: list[int]
    left: list[int]
    uneven: list[int]


def _sound_rows(sheet: _Sheet) -> _SoundRows:
    """Rows whose cells stand under their names, and the lines of those with other numbers of cells.

    A row with more or fewer cells than there are columns may have shifted cells. It is taken where its sequence and
    its label are of the kind that those of the other rows are.
    """
    width, columns = len(sheet.table.names), sheet.columns
    if all(len(row) == width for row in sheet.table.rows):
        return _SoundRows(sheet.table.rows, sheet.table.lines, [], [])
    even: list[bool] = []
    known: set[str] = set()
    for row in sheet.table.rows:
        extra = any(cell.strip() for cell in row[width:])
        even.append(not extra and len(row) >= width)
        if even[-1] and columns.label is not None:
            known.add(row[columns.label].strip())
    sound_rows = _SoundRows([], [], [], [])
    for row, line, sound in zip(sheet.table.rows, sheet.table.lines, even, strict=True):
        if not sound and not _ends_early(row, width, columns):
            if not _in_place(row, columns, known):
                sound_rows.left.append(line)
                continue
            sound_rows.uneven.append(line)
        sound_rows.rows.append(row)
        sound_rows.lines.append(line)
    return sound_rows


def _in_place(row: list[str], columns: Columns, known: set[str]) -> bool:
    if columns.sequence >= len(row) or not looks_like_sequence(row[columns.sequence]):
        return False
    label = columns.label
    return label is None or label >= len(row) or row[label].strip() in known


def _ends_early(row: list[str], width: int, columns: Columns) -> bool:
    """Whether nothing is missing but empty cells at the end, which many programs do not write."""
    needed = max(number for number in columns.taken().values() if number is not None)
    return needed < len(row) <= width and looks_like_sequence(row[columns.sequence])


def _tell_ragged_rows(left: list[int], taken: list[int]) -> tuple[Note, ...]:
    notes = []
    if left:
        notes.append(
            Note(
                "ragged_rows",
                Severity.WARNING,
                f"{_name_rows(left)} other numbers of cells than there are columns, and "
                f"{'is' if len(left) == 1 else 'are'} left out.",
                "It cannot be told which cell is which. Look for a separator or a quotation mark within a cell.",
            )
        )
    if taken:
        notes.append(
            Note(
                "ragged_rows",
                Severity.WARNING,
                f"{_name_rows(taken)} other numbers of cells than there are columns.",
                "Sequence and label stand where they should, so they are read. Look for a separator within a cell.",
            )
        )
    return tuple(notes)


def _name_rows(lines: Sequence[int]) -> str:
    shown = listed([str(line) for line in lines], most=_LISTED)
    return f"The row in line {shown} has" if len(lines) == 1 else f"The rows in lines {shown} have"


def _column_notes(names: tuple[str, ...], columns: Columns) -> tuple[Note, ...]:
    """What is told of columns that are not read, and of names that stand twice."""
    taken = {number for number in columns.taken().values() if number is not None}
    notes = [
        Note(
            "duplicate_column_names",
            Severity.WARNING,
            f"Several columns are called '{names[number][:60]}'.",
            "One of them is read: the first, or the first that tells records apart. Give them unlike names.",
        )
        for number in sorted(taken)
        if sum(name.casefold() == names[number].casefold() for name in names) > 1
    ]
    if columns.further_sequences:
        shown = list_names([f"'{names[number]}'" for number in columns.further_sequences])
        which = "a further column" if len(columns.further_sequences) == 1 else "further columns"
        notes.append(
            Note(
                "second_sequence_column",
                Severity.WARNING,
                f"The table has {which} of sequences that is not read: {shown}; '{names[columns.sequence][:60]}' is."
                if len(columns.further_sequences) == 1
                else f"The table has {which} of sequences that are not read: {shown}; "
                f"'{names[columns.sequence][:60]}' is.",
                "A record has one sequence here. Choose the column, or write both sequences into one cell.",
                setting="data.sequence_column",
            )
        )
    notes.extend(_tell_unused_columns(names, columns, taken))
    return tuple(notes)


def _tell_unused_columns(names: tuple[str, ...], columns: Columns, taken: set[int]) -> list[Note]:
    unused = [n for n in range(len(names)) if n not in taken and n not in columns.further_sequences]
    notes: list[Note] = []
    if columns.label is None and len(columns.further_labels) > 1:
        shown = list_names([f"'{names[number]}'" for number in columns.further_labels])
        notes.append(
            Note(
                "several_labels",
                Severity.WARNING,
                f"Several columns may hold labels: {shown}.",
                "A record has one class here. Choose the label column; for a column per class, train a model for each.",
                setting="data.label_column",
            )
        )
    if unused:
        read = ", ".join(
            f"'{names[number][:60]}' as {role}" for role, number in columns.taken().items() if number is not None
        )
        which = "1 column is" if len(unused) == 1 else f"{len(unused)} columns are"
        like = [names[number] for number in columns.further_labels] if columns.label is None else []
        hint = f" Set the label column if the classes stand in {list_names(like)}." if like else ""
        notes.append(
            Note(
                "columns_not_used",
                Severity.INFO,
                f"{which} not used: {list_names([names[number] for number in unused])}.",
                f"Read are {read}.{hint}",
                setting="data.label_column" if like else "",
            )
        )
    return notes


def _above_note(lines: Sequence[str]) -> tuple[Note, ...]:
    shown = [line for line in lines if line]
    if not shown:
        return ()
    which = "1 line above the names of the columns is" if len(shown) == 1 else (
        f"{len(shown):,} lines above the names of the columns are"
    )  # fmt: skip
    first = f"'{shown[0][:60]}'" + (" ..." if len(shown) > 1 else "")
    return (Note("lines_above_heading", Severity.INFO, f"{which} passed over: {first}.", "They hold no records."),)


def _id_note() -> Note:
    return Note("no_id_column", Severity.INFO, "The table has no column of ids.", "Records are named row_<line>.")


def _split_note(words: Sequence[str]) -> tuple[Note, ...]:
    wrong = {word for word in set(words) if word and split_of(word) is None}
    rows = [row for row, word in enumerate(words) if word in wrong] if wrong else []
    if not rows:
        return ()
    details = []
    for row in rows[:_EXAMPLES]:
        near = nearest_split_word(words[row])
        details.append(f"'{words[row][:60]}'" + (f", perhaps '{near}'" if near else ""))
    return (
        Note(
            "bad_split_word",
            Severity.WARNING,
            "{n} [row has|rows have] a word that names no split in the split column.",
            "They are read without a split. Write train, test or validation.",
            tuple(rows),
            tuple(details),
        ),
    )
