"""Tables with a column of sequences: CSV, TSV and XLSX. Columns are told by their names and by what stands in them."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.labels import nearest_split_word, split_of
from bioseq.sequences.records import Note, Records, records_from_columns
from bioseq.sequences.sniffing import delimiter_of
from bioseq.sequences.streams import DEFAULT_BOUNDS, Bounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_NAMES = {
    "sequence": (
        *("sequence", "seq", "sequences", "peptide", "peptidesequence", "proteinsequence", "dnasequence"),
        *("rnasequence", "aasequence", "protein", "dna", "rna", "text"),
    ),
    "id": ("id", "ids", "name", "accession", "identifier", "seqid", "sequenceid", "entry", "header", "recordid"),
    "label": ("label", "labels", "class", "y", "target", "category", "classlabel", "type", "group", "activity"),
    "split": ("split", "set", "subset", "partition", "dataset", "fold", "usage"),
}
_ID_ENDINGS = frozenset({"id", "ids", "identifier", "identifiers", "accession", "accessions", "acc"})
"""Last word of a name by which a column holds ids where hardly two of its cells are equal: "Peptide ID"."""
_LEAST_DIFFERENT = 0.9
_NAMELESS = "column "
"""Columns without names of their own are called so, with their number."""
_SAMPLE = 200
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_]+")
_SEQUENCE = re.compile(r"[A-Za-z*\-.\s]+")
_LONGEST_CELL = 1 << 30


@dataclass(frozen=True, slots=True)
class ColumnNames:
    """Columns that the person named; empty to detect one."""

    id: str = ""
    sequence: str = ""
    label: str = ""
    split: str = ""


@dataclass(frozen=True, slots=True)
class _Table:
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def column(self, number: int) -> list[str]:
        return [row[number] if number < len(row) else "" for row in self.rows]


def read_delimited(text: str, names: ColumnNames, *, where: str = "") -> Records:
    """The records of a CSV or TSV file.

    Raises:
        BioseqError: There is no column of sequences, or a named column is missing.
    """
    return _records(_delimited(text, names, where), names, where)


def read_workbook(path: Path, names: ColumnNames, *, bounds: Bounds = DEFAULT_BOUNDS) -> Records:
    """The records of the first sheet of an XLSX file.

    Raises:
        BioseqError: The file is damaged or unfolds out of bounds, there is no column of sequences, or a named
            column is missing.
    """
    return _records(_workbook(path, names, bounds), names, str(path))


def read_label_sheet(rows: Sequence[Sequence[str]], *, where: str = "") -> dict[str, str]:
    """Id to label, from a sheet of two or more columns.

    Raises:
        BioseqError: No columns of ids and labels can be told, or one id has two labels.
    """
    table = _with_names([list(row) for row in rows], list(range(1, len(rows) + 1)))
    id_column = _named(table, "id")
    id_column = _ids_by_ending(table, set()) if id_column is None else id_column
    label_column = _named(table, "label")
    if id_column is None or label_column is None:
        if len(table.names) < 2:
            raise BioseqError(
                "data.no_label_column",
                "The label sheet needs a column of ids and a column of labels.",
                where=where,
                remedy="Name them 'id' and 'label'.",
            )
        id_column, label_column = (
            (0 if id_column is None else id_column),
            (next(n for n in (1, 0) if n != id_column) if label_column is None else label_column),
        )
    labels: dict[str, str] = {}
    keys = [cell.strip() for cell in table.column(id_column)]
    texts = [cell.strip() for cell in table.column(label_column)]
    for line, key, label in zip(table.lines, keys, texts, strict=True):
        if key and labels.setdefault(key, label) != label:
            raise BioseqError(
                "data.two_labels_in_sheet",
                f"The id '{key[:100]}' has two labels, '{labels[key][:60]}' and '{label[:60]}'.",
                where=f"{where}, line {line}",
                remedy="Leave one of them.",
            )
    return {key: label for key, label in labels.items() if label}


def delimited_rows(text: str, *, where: str = "") -> list[list[str]]:
    """The cells of a CSV or TSV file."""
    return [row for _, row in _parse(text, where)]


def workbook_rows(path: Path, *, bounds: Bounds = DEFAULT_BOUNDS) -> list[list[str]]:
    """The cells of the first sheet of an XLSX file."""
    return [row for _, row in _sheet(path, bounds)]


def _parse(text: str, where: str) -> list[tuple[int, list[str]]]:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    sample = [line for line in text[: 1 << 16].split("\n")[:20] if line.strip() and not line.startswith("#")]
    if not sample:
        raise BioseqError("data.empty_file", "The table is empty.", where=where, remedy="Choose another file.")
    before = csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter_of(sample) or ",")
    rows: list[tuple[int, list[str]]] = []
    line = 1
    try:
        for row in reader:
            if any(cell.strip() for cell in row) and not row[0].startswith("#"):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise BioseqError(
            "data.broken_file",
            f"The table breaks off: {error}.",
            where=f"{where}, line {reader.line_num}",
            remedy="Look for a quotation mark without its partner.",
        ) from error
    finally:
        csv.field_size_limit(before)
    return rows


def _delimited(text: str, names: ColumnNames, where: str) -> _Table:
    numbered = _parse(text, where)
    return _with_names([row for _, row in numbered], [line for line, _ in numbered], names)


def _workbook(path: Path, names: ColumnNames, bounds: Bounds) -> _Table:
    numbered = _sheet(path, bounds)
    if not numbered:
        raise BioseqError("data.empty_file", "The sheet is empty.", where=str(path), remedy="Choose another file.")
    return _with_names([row for _, row in numbered], [line for line, _ in numbered], names)


def _sheet(path: Path, bounds: Bounds) -> list[tuple[int, list[str]]]:
    import warnings

    from openpyxl import load_workbook

    _check_workbook(path, bounds)
    rows: list[tuple[int, list[str]]] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # openpyxl judges a path by its ending, and a file by its content.
            with path.open("rb") as file:
                book = load_workbook(file, read_only=True, data_only=True)
                for number, cells in enumerate(book.worksheets[0].iter_rows(values_only=True), 1):
                    row = [_cell_text(cell) for cell in cells]
                    if any(row):
                        rows.append((number, row))
                book.close()
    # openpyxl lets errors of many kinds through on broken workbooks.
    except Exception as error:
        raise BioseqError(
            "data.damaged_file",
            "The workbook cannot be read.",
            where=str(path),
            remedy="Save it again as XLSX, or as CSV.",
        ) from error
    return rows


def _check_workbook(path: Path, bounds: Bounds) -> None:
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


def _cell_text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _key(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _with_names(rows: list[list[str]], lines: list[int], wanted: ColumnNames | None = None) -> _Table:
    """Take the first row for names when it reads like names."""
    known = {name for names in _NAMES.values() for name in names}
    asked = {name.strip().lower() for name in (astuple(wanted) if wanted else ()) if name}
    first = [cell.strip().lstrip("\ufeff") for cell in rows[0]] if rows else []
    is_header = any(_key(cell) in known or cell.lower() in asked for cell in first) or (
        len(rows) > 1
        and any(
            _like_a_sequence(below) and not _like_a_sequence(above)
            for above, below in zip(first, rows[1], strict=False)
        )
    )
    if is_header:
        return _Table(tuple(first), rows[1:], lines[1:])
    width = max((len(row) for row in rows), default=0)
    return _Table(tuple(f"{_NAMELESS}{number + 1}" for number in range(width)), rows, lines)


def _like_a_sequence(cell: str) -> bool:
    return len(cell) >= 10 and bool(_SEQUENCE.fullmatch(cell)) and (cell.isupper() or _nucleic(cell))


def _named(table: _Table, role: str, wanted: str = "", where: str = "") -> int | None:
    if wanted:
        matching = [n for n, name in enumerate(table.names) if name.strip().lower() == wanted.strip().lower()]
        if not matching:
            raise BioseqError(
                "data.no_such_column",
                f"The table has no column '{wanted}'.",
                where=where,
                remedy=f"Its columns are: {', '.join(table.names)[:300]}.",
            )
        return matching[0]
    keys = [_key(name) for name in table.names]
    return next((keys.index(name) for name in _NAMES[role] if name in keys), None)


def _records(table: _Table, names: ColumnNames, where: str) -> Records:
    sequence = _named(table, "sequence", names.sequence, where)
    if sequence is None or (not names.sequence and not _spells_sequences(table.column(sequence))):
        sequence = _sequence_by_content(table)
    if sequence is None:
        raise BioseqError(
            "data.no_sequence_column",
            "No column of the table holds sequences.",
            where=where,
            remedy=f"Name the column 'sequence'; there are: {', '.join(table.names)[:300]}.",
        )
    taken = {sequence}
    identity = _other(table, "id", names.id, taken, where)
    identity = _ids_by_ending(table, taken) if identity is None else identity
    label = _other(table, "label", names.label, taken, where)
    split = _other(table, "split", names.split, taken, where)
    split = _split_by_content(table, taken) if split is None else split
    if split is not None:
        taken.add(split)
    identity = _ids_by_content(table, taken) if identity is None else identity
    return _build(table, sequence, identity, label, split)


def _other(table: _Table, role: str, wanted: str, taken: set[int], where: str) -> int | None:
    number = _named(table, role, wanted, where)
    if number is None or number in taken:
        return None
    taken.add(number)
    return number


def _ids_by_ending(table: _Table, taken: set[int]) -> int | None:
    """A column that is named after the ids of something, "Peptide ID" or "gene_id", and tells the rows apart."""
    for number, name in enumerate(table.names):
        words = _WORD.findall(name)
        if number in taken or not words or words[-1].casefold() not in _ID_ENDINGS:
            continue
        cells = [cell.strip() for cell in table.column(number)]
        if all(cells) and len(set(cells)) >= _LEAST_DIFFERENT * len(cells):
            taken.add(number)
            return number
    return None


def _ids_by_content(table: _Table, taken: set[int]) -> int | None:
    """The first column, where it has a name and each cell is another word with a letter in it."""
    cells = [cell.strip() for cell in table.column(0)]
    words = all(any(map(str.isalpha, cell)) and len(cell.split()) == 1 for cell in cells)
    named = bool(table.names[0]) and not table.names[0].startswith(_NAMELESS)
    return 0 if 0 not in taken and named and words and len(set(cells)) == len(cells) else None


def tells_labels_only(rows: Sequence[Sequence[str]], names: ColumnNames) -> bool:
    """Whether a table has a column of ids and one of labels, and none of sequences: it is the label sheet of others.

    Args:
        rows: The first rows are enough.
        names: Columns that the person named.
    """
    table = _with_names([list(row) for row in rows], list(range(1, len(rows) + 1)), names)
    if names.sequence or not table.rows or _sequence_by_content(table) is not None:
        return False
    identity = _named(table, "id")
    return (
        _named(table, "label") is not None
        and (identity if identity is not None else _ids_by_ending(table, set())) is not None
    )


def _spells_sequences(cells: Iterable[str]) -> bool:
    sample = [cell for cell in list(cells)[:_SAMPLE] if cell.strip()]
    return not sample or sum(bool(_SEQUENCE.fullmatch(cell)) for cell in sample) >= 0.5 * len(sample)


def _sequence_by_content(table: _Table) -> int | None:
    """The column whose cells read like sequences: letters only, in capitals mostly, and the longest of such."""
    best, best_length = None, 0.0
    for number in range(len(table.names)):
        sample = [cell.strip() for cell in table.column(number)[:_SAMPLE] if cell.strip()]
        if not sample or not all(_SEQUENCE.fullmatch(cell) and not re.search(r"\S\s+\S", cell) for cell in sample):
            continue
        one_case = sum(cell.isupper() or _nucleic(cell) for cell in sample)
        length = sum(map(len, sample)) / len(sample)
        if one_case >= 0.9 * len(sample) and length >= 4 and length > best_length:
            best, best_length = number, length
    return best


def _nucleic(cell: str) -> bool:
    return set(cell.upper()) <= set("ACGTUN")


def _split_by_content(table: _Table, taken: set[int]) -> int | None:
    for number in range(len(table.names)):
        cells = {cell.strip() for cell in table.column(number)} - {""}
        if number not in taken and cells and all(split_of(cell) is not None for cell in cells):
            return number
    return None


def _build(table: _Table, sequence: int, identity: int | None, label: int | None, split: int | None) -> Records:
    count = len(table.rows)
    cells = table.column(sequence)
    ids = [cell.strip() for cell in table.column(identity)] if identity is not None else None
    labels = [cell.strip() or None for cell in table.column(label)] if label is not None else None
    words = table.column(split) if split is not None else [""] * count
    splits = [int(split_of(word) or 0) for word in words]
    wrong = [row for row, word in enumerate(words) if word.strip() and split_of(word) is None]
    return records_from_columns(
        [cell.encode("latin-1", "replace").translate(None, b" \t\r\n\v\f\xa0") for cell in cells],
        ids if ids is not None else [f"row_{line}" for line in table.lines],
        [""] * count,
        table.lines,
        labels=labels,
        splits=splits,
        notes=_split_note(wrong, words) + (() if ids is not None else (_id_note(),)),
    )


def _id_note() -> Note:
    return Note("no_id_column", Severity.INFO, "The table has no column of ids.", "Records are named row_<line>.")


def _split_note(rows: list[int], words: list[str]) -> tuple[Note, ...]:
    if not rows:
        return ()
    details = []
    for row in rows[:1000]:
        near = nearest_split_word(words[row])
        details.append(f"'{words[row].strip()[:60]}'" + (f", perhaps '{near}'" if near else ""))
    return (
        Note(
            "bad_split_word",
            Severity.WARNING,
            "{n} rows have a word that names no split in the split column.",
            "They are read without a split. Write train, test or validation.",
            tuple(rows),
            tuple(details),
        ),
    )
