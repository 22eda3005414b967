"""Prediction tables as files for other programs: CSV, TSV, XLSX, Parquet, FASTA. Torch-free.

Columns: `id, predicted, probability, p_<label>..., flag`; of an ensemble then `member_sd, members_agreeing, members`
(how far its members are of one mind, see `table.MemberVotes`, and how many there are); where asked for then
`true_class`, empty where none is known, and `description, source, sequence`. The description is added where ids are
repeated. Ids stay text and in their order; a text that a spreadsheet would run as a formula is made harmless, and what
a spreadsheet would do to plain text is told. A file appears only when it is complete.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.durable import durable_file
from bioseq.errors import BioseqError, Severity
from bioseq.prediction.delimited import cell, cells, rows_of
from bioseq.prediction.export_blocks import ExportBlocks, flag_text
from bioseq.prediction.repeated_ids import find_repeated_ids
from bioseq.sequences.findings import Finding
from bioseq.sequences.wording import counted, listed, quoted, short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from bioseq.prediction.table import PredictionTable
    from bioseq.sequences.text_column import TextColumn

    Progress = Callable[[int, int], None]

FORMATS = ("csv", "tsv", "xlsx", "parquet", "fasta")
FURTHER_COLUMNS = ("description", "source", "sequence")
"""Columns that are written when they are asked for, in this order."""
MOST_XLSX_ROWS = 1_048_575
_LONGEST_XLSX_CELL = 32_767
_FASTA_WIDTH = 80
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_LINE_BREAKS = re.compile(r"[\r\n]+")
_EXTENSIONS = {"fa": "fasta", "fna": "fasta", "faa": "fasta", "tab": "tsv"}


def export(
    table: PredictionTable,
    destination: Path,
    *,
    rows: NDArray[np.intp] | None = None,
    with_truth: bool = False,
    further: Sequence[str] = (),
    progress: Progress | None = None,
) -> tuple[Finding, ...]:
    """Write predictions to a file whose extension tells the format.

    Args:
        table: What to write.
        destination: csv, tsv, xlsx, parquet or fasta.
        rows: Which rows, in which order; all when None.
        with_truth: Also the true class.
        further: Which of `FURTHER_COLUMNS` too.
        progress: Called with rows written and all rows; may raise to end the work, then no file appears.

    Returns:
        What is to be told of the file: a column that was added, ids that a spreadsheet would change.

    Raises:
        BioseqError: The format or a column is not known, the format has no room for the rows, or needs a library that
            is missing; or the file cannot be written.
    """
    kind = format_of(destination)
    count = len(table) if rows is None else len(rows)
    if kind == "xlsx" and count > MOST_XLSX_ROWS:
        raise BioseqError(
            "export.too_many_rows",
            f"A spreadsheet holds {MOST_XLSX_ROWS:,} rows at most; these are {count:,}.",
            where=str(destination),
            remedy="Write CSV, TSV or Parquet, or filter the rows.",
        )
    wanted, told = _further_columns(table, further)
    blocks = ExportBlocks(table, rows, progress, with_truth=with_truth, further=wanted, whole_sequences=kind == "fasta")
    try:
        with durable_file(destination) as file:
            _WRITERS[kind](file, blocks)
    except OSError as error:
        raise BioseqError(
            "export.not_writable",
            f"The file cannot be written: {error.strerror or error}.",
            where=str(destination),
            remedy="Choose another place, or free some space.",
        ) from error
    return (*told, *(blocks.texts.findings(table.labels) if kind in ("csv", "tsv") else ()))


def check_columns(names: Iterable[str]) -> tuple[str, ...]:
    """Further columns in the order in which they are written.

    Raises:
        BioseqError: There is no such column.
    """
    wanted = set(names)
    if unknown := sorted(wanted - set(FURTHER_COLUMNS)):
        raise BioseqError(
            "export.unknown_column",
            f"No column {quoted(unknown)} can be added to predictions.",
            remedy=f"These can: {listed(FURTHER_COLUMNS)}.",
        )
    return tuple(name for name in FURTHER_COLUMNS if name in wanted)


def _further_columns(table: PredictionTable, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The further columns of a file, and what is told of them: descriptions tell records of one name apart.

    Raises:
        BioseqError: There is no such column, or the table was made without it.
    """
    wanted = check_columns(names)
    if ("description" in wanted and table.descriptions is None) or ("source" in wanted and table.origin is None):
        raise BioseqError(
            "export.no_such_column",
            "This table holds neither descriptions nor the files that its records come from.",
            remedy="Predict again, or leave these columns out.",
        )
    if "description" in wanted or not table.has_descriptions:
        return wanted, ()
    count, _ = find_repeated_ids(table.ids)
    if not count:
        return wanted, ()
    added = Finding(
        "description_added",
        Severity.INFO,
        counted(
            "{n} [record has|records have] the name of an earlier one, so the column 'description' is added.", count
        ),
        "It holds what stands beside the names in the files.",
        count,
    )
    return check_columns((*wanted, "description")), (added,)


def format_of(destination: Path) -> str:
    """The format that a file's extension tells.

    Raises:
        BioseqError: It tells none.
    """
    extension = destination.suffix.lower().removeprefix(".")
    kind = _EXTENSIONS.get(extension, extension)
    if kind not in FORMATS:
        raise BioseqError(
            "export.unknown_format",
            f"The extension {destination.suffix or '(none)'!s} tells no format for predictions.",
            where=str(destination),
            remedy=f"Use one of: {', '.join('.' + name for name in FORMATS)}.",
        )
    return kind


def _write_delimited(file: BinaryIO, blocks: ExportBlocks, delimiter: str) -> None:
    file.write(delimiter.encode().join(cell(name, delimiter) for name in blocks.columns) + b"\n")
    labels = np.array([*(cell(label, delimiter) for label in blocks.labels), b""])  # the last for none, -1
    flags = np.array([flag_text(bits).encode() for bits in range(256)])
    sources = np.array([cell(name, delimiter) for name in blocks.source_names])
    for block in blocks:
        blocks.texts.add(block.ids)
        columns: list[TextColumn | NDArray[np.bytes_]] = [cells(block.ids, delimiter), labels[block.codes]]
        columns += [*block.number_texts(), flags[block.flags], *block.vote_texts()]
        columns += [] if block.truth is None else [labels[block.truth]]
        columns += [] if block.descriptions is None else [cells(block.descriptions, delimiter)]
        columns += [] if block.sources is None else [sources[block.sources]]
        columns += [] if block.sequences is None else [cells(block.sequences, delimiter)]
        file.write(rows_of(columns, delimiter))


def _write_csv(file: BinaryIO, blocks: ExportBlocks) -> None:
    _write_delimited(file, blocks, ",")


def _write_tsv(file: BinaryIO, blocks: ExportBlocks) -> None:
    _write_delimited(file, blocks, "\t")


def _write_xlsx(file: BinaryIO, blocks: ExportBlocks) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Predictions")

    def text_cell(text: str) -> Any:
        if len(text) > _LONGEST_XLSX_CELL:
            raise BioseqError(
                "export.long_text",
                f"A spreadsheet cell holds {_LONGEST_XLSX_CELL:,} letters at most; "
                f"'{short_name(text)}' has {len(text):,}.",
                remedy="Write CSV, TSV or Parquet, or leave sequences and descriptions out.",
            )
        cell = WriteOnlyCell(sheet, value=_CONTROLS.sub("\ufffd", text))
        cell.data_type = "s"  # openpyxl makes a formula of a text that begins with "="
        return cell

    sheet.append([text_cell(name) for name in blocks.columns])
    for block in blocks:
        numbers = [[None if value != value else value for value in row] for row in block.numbers().tolist()]
        texts = zip(block.ids, block.predicted(blocks.labels), block.flag_texts(), strict=True)
        further = block.further_rows(blocks.further, blocks.source_names)
        for (id_, predicted, flag), row, votes, truth, others in zip(
            texts, numbers, block.vote_rows(), block.truth_rows(blocks.labels), further, strict=True
        ):
            texts_behind = [text_cell(text) for text in (*truth, *others)]
            sheet.append([text_cell(id_), text_cell(predicted), *row, text_cell(flag), *votes, *texts_behind])
    book.save(file)


def _write_parquet(file: BinaryIO, blocks: ExportBlocks) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise BioseqError(
            "export.no_parquet",
            "Writing Parquet needs the library pyarrow.",
            remedy='Install it with: pip install "bioseq-studio[parquet]", or write CSV.',
        ) from error
    names = blocks.columns
    kinds = [pa.string(), pa.string(), *([pa.float32()] * (1 + len(blocks.labels))), pa.string()]
    votes = [pa.float32(), pa.uint8(), pa.uint8()] if blocks.table.votes is not None else []
    kinds += [*votes, *[pa.string()] * (len(names) - len(kinds) - len(votes))]
    schema = pa.schema(list(zip(names, kinds, strict=True)))
    with pq.ParquetWriter(file, schema) as writer:
        for block in blocks:
            numbers = [pa.array(column, pa.float32(), from_pandas=True) for column in block.numbers().T]
            texts = [pa.array(column) for column in (list(block.ids), block.predicted(blocks.labels))]
            columns = [*texts, *numbers, pa.array(block.flag_texts())]
            columns += [pa.array(column, kind) for column, kind in zip(block.vote_columns(), votes, strict=True)]
            behind = (*block.truth_columns(blocks.labels), *block.further_columns(blocks.further, blocks.source_names))
            columns += [pa.array(list(column), pa.string()) for column in behind]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _write_fasta(file: BinaryIO, blocks: ExportBlocks) -> None:
    beside = tuple(name for name in blocks.further if name != "sequence")
    for block in blocks:
        lines = []
        best = block.number_texts()[0].astype(str).tolist()
        facts_of = zip(block.ids, block.predicted(blocks.labels), best, block.flag_texts(), strict=True)
        truths, further = block.truth_rows(blocks.labels), block.further_rows(beside, blocks.source_names)
        for (id_, predicted, probability, flag), votes, truth, others, letters in zip(
            facts_of, block.vote_rows(), truths, further, block.sequences or (), strict=True
        ):
            facts = [f"predicted={predicted}", f"probability={probability}"] if predicted else []
            facts += [f"flag={flag}"] if flag else []
            facts += [f"members_agreeing={votes[1]}/{votes[2]}"] if predicted and votes else []
            facts += [f"true_class={label}" for label in truth if label]
            facts += [f"{name}={text}" for name, text in reversed([*zip(beside, others, strict=True)]) if text]
            lines.append(_LINE_BREAKS.sub(" ", " ".join([f">{id_}", *facts])))
            lines += [letters[start : start + _FASTA_WIDTH] for start in range(0, len(letters), _FASTA_WIDTH)]
        file.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))


_WRITERS: dict[str, Callable[[BinaryIO, ExportBlocks], None]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
    "fasta": _write_fasta,
}
