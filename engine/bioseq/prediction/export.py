"""Prediction tables as files for other programs: CSV, TSV, XLSX, Parquet, FASTA. Torch-free.

Columns: `id, predicted, probability, p_<label>..., flag`; of an ensemble then `member_sd, members_agreeing, members`
(how far its members are of one mind, see `table.MemberVotes`, and how many there are); where asked for then
`true_class`, empty where none is known. Ids stay text and in their order; a text that a spreadsheet would run as a
formula is made harmless. A file appears only when it is complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.durable import durable_file
from bioseq.errors import BioseqError
from bioseq.prediction.delimited import cell, cells, rows_of
from bioseq.prediction.table import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from numpy.typing import NDArray

    from bioseq.prediction.table import MemberVotes, PredictionTable
    from bioseq.sequences.text_column import TextColumn

    Progress = Callable[[int, int], None]

FORMATS = ("csv", "tsv", "xlsx", "parquet", "fasta")
MOST_XLSX_ROWS = 1_048_575
_LONGEST_XLSX_CELL = 32_767
_FASTA_WIDTH = 80
_BLOCK = 20_000
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_EXTENSIONS = {"fa": "fasta", "fna": "fasta", "faa": "fasta", "tab": "tsv"}


def export(
    table: PredictionTable,
    destination: Path,
    *,
    rows: NDArray[np.intp] | None = None,
    with_truth: bool = False,
    progress: Progress | None = None,
) -> None:
    """Write predictions to a file whose extension tells the format.

    Args:
        table: What to write.
        destination: csv, tsv, xlsx, parquet or fasta.
        rows: Which rows, in which order; all when None.
        with_truth: Also the true class.
        progress: Called with rows written and all rows; may raise to end the work, then no file appears.

    Raises:
        BioseqError: The format is not known, has no room for the rows, or needs a library that is missing; or the
            file cannot be written.
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
    blocks = _Blocks(table, rows, progress, with_truth=with_truth)
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


def columns_of(labels: tuple[str, ...], *, ensemble: bool = False, with_truth: bool = False) -> tuple[str, ...]:
    """Names of the columns for these classes, of an ensemble's own columns behind them, and of the true class."""
    votes = ("member_sd", "members_agreeing", "members") if ensemble else ()
    truth = ("true_class",) if with_truth else ()
    return ("id", "predicted", "probability", *(f"p_{label}" for label in labels), "flag", *votes, *truth)


def flag_text(bits: int) -> str:
    """Flags as words: "illegal_letters;longer_than_trained"; empty for none."""
    return ";".join((flag.name or "").lower() for flag in Flag if flag & bits)


class _Blocks:
    """The chosen rows of a table, block by block, so that memory does not grow with their number."""

    def __init__(
        self, table: PredictionTable, rows: NDArray[np.intp] | None, progress: Progress | None, *, with_truth: bool
    ) -> None:
        self.table = table
        self.labels = table.labels
        self.columns = columns_of(table.labels, ensemble=table.votes is not None, with_truth=with_truth)
        self._with_truth = with_truth
        self._rows = rows
        self._progress = progress

    def __iter__(self) -> Iterator[_Block]:
        total = len(self.table) if self._rows is None else len(self._rows)
        for start in range(0, total, _BLOCK):
            end = min(start + _BLOCK, total)
            yield self._block(
                np.arange(start, end) if self._rows is None else np.asarray(self._rows[start:end], np.intp)
            )
            if self._progress is not None:
                self._progress(min(start + _BLOCK, total), total)

    def _block(self, rows: NDArray[np.intp]) -> _Block:
        table = self.table
        return _Block(
            rows=rows,
            ids=table.ids.take(rows),
            codes=np.asarray(table.predicted[rows]),
            probabilities=np.asarray(table.probabilities[rows]),
            flags=np.asarray(table.flags[rows]),
            votes=None if table.votes is None else table.votes.take(rows),
            truth=np.asarray(table.truth[rows]) if self._with_truth else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Block:
    """Some rows.

    Attributes:
        rows: Their numbers in the table, `(n,)`.
        ids: Of each.
        codes: Predicted class, -1 for none, `(n,)`.
        probabilities: `(n, C)`.
        flags: `Flag` bits, `(n,)`.
        votes: Of an ensemble: of its members.
        truth: True class, -1 for none, `(n,)`; None where it is not asked for.
    """

    rows: NDArray[np.intp]
    ids: TextColumn
    codes: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    flags: NDArray[np.uint8]
    votes: MemberVotes | None
    truth: NDArray[np.int16] | None

    def numbers(self) -> NDArray[np.float32]:
        """The probability of the predicted class, then of each, `(n, 1 + C)`."""
        return np.column_stack([self._of_predicted(self.probabilities), self.probabilities])

    def number_texts(self) -> list[NDArray[np.bytes_]]:
        """The shortest texts that give the same numbers again, column by column; empty where there is none."""
        texts = self.probabilities.astype(np.bytes_)
        texts[np.isnan(self.probabilities)] = b""
        return [self._of_predicted(texts), *texts.T.copy()]

    def predicted(self, labels: Sequence[str]) -> list[str]:
        """The label of the predicted class; empty for none."""
        return [labels[code] if code >= 0 else "" for code in self.codes]

    def truth_columns(self, labels: Sequence[str]) -> list[list[str]]:
        """The label of the true class, empty for none, as the only column; no column where it is not asked for."""
        return [] if self.truth is None else [[labels[code] if code >= 0 else "" for code in self.truth]]

    def truth_rows(self, labels: Sequence[str]) -> list[tuple[str, ...]]:
        """The same, row by row; empty rows where it is not asked for."""
        columns = self.truth_columns(labels)
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.codes)

    def flag_texts(self) -> list[str]:
        """Flags as words."""
        texts = [flag_text(bits) for bits in range(256)]
        return [texts[bits] for bits in self.flags]

    def vote_columns(self) -> list[list[Any]]:
        """Of an ensemble spread, members that agree and members in all; None where nothing was predicted."""
        if self.votes is None:
            return []
        there = (self.codes >= 0).tolist()
        told = (self.votes.spread.tolist(), self.votes.agreeing.tolist())
        known = [[value if row else None for value, row in zip(each, there, strict=True)] for each in told]
        return [*known, [self.votes.count] * len(there)]

    def vote_rows(self) -> list[tuple[Any, ...]]:
        """The same, row by row; empty rows but for an ensemble."""
        columns = self.vote_columns()
        return list(zip(*columns, strict=True)) if columns else [()] * len(self.codes)

    def vote_texts(self) -> list[NDArray[np.bytes_]]:
        """The same as texts, column by column; empty where nothing was predicted."""
        if self.votes is None:
            return []
        spread, agreeing = self.votes.spread.astype(np.bytes_), self.votes.agreeing.astype(np.bytes_)
        for texts in (spread, agreeing):
            texts[self.codes < 0] = b""
        return [spread, agreeing, np.full(len(self.codes), self.votes.count).astype(np.bytes_)]

    def _of_predicted(self, values: NDArray[Any]) -> NDArray[Any]:
        codes = np.maximum(self.codes, 0)[:, None].astype(np.intp)
        return np.take_along_axis(values, codes, axis=1)[:, 0]


def _write_delimited(file: BinaryIO, blocks: _Blocks, delimiter: str) -> None:
    file.write(delimiter.encode().join(cell(name, delimiter) for name in blocks.columns) + b"\n")
    labels = np.array([*(cell(label, delimiter) for label in blocks.labels), b""])  # the last for none, -1
    flags = np.array([flag_text(bits).encode() for bits in range(256)])
    for block in blocks:
        columns = [labels[block.codes], *block.number_texts(), flags[block.flags], *block.vote_texts()]
        columns += [] if block.truth is None else [labels[block.truth]]
        file.write(rows_of(cells(block.ids, delimiter), columns, delimiter))


def _write_csv(file: BinaryIO, blocks: _Blocks) -> None:
    _write_delimited(file, blocks, ",")


def _write_tsv(file: BinaryIO, blocks: _Blocks) -> None:
    _write_delimited(file, blocks, "\t")


def _write_xlsx(file: BinaryIO, blocks: _Blocks) -> None:
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Predictions")

    def text_cell(text: str) -> Any:
        if len(text) > _LONGEST_XLSX_CELL:
            raise BioseqError(
                "export.long_text",
                f"A spreadsheet cell holds {_LONGEST_XLSX_CELL:,} letters at most; an id is longer.",
                remedy="Write CSV, TSV or Parquet.",
            )
        cell = WriteOnlyCell(sheet, value=_CONTROLS.sub("\ufffd", text))
        cell.data_type = "s"  # openpyxl makes a formula of a text that begins with "="
        return cell

    sheet.append([text_cell(name) for name in blocks.columns])
    for block in blocks:
        numbers = [[None if value != value else value for value in row] for row in block.numbers().tolist()]
        texts = zip(block.ids, block.predicted(blocks.labels), block.flag_texts(), strict=True)
        for (id_, predicted, flag), row, votes, truth in zip(
            texts, numbers, block.vote_rows(), block.truth_rows(blocks.labels), strict=True
        ):
            texts_behind = [text_cell(label) for label in truth]
            sheet.append([text_cell(id_), text_cell(predicted), *row, text_cell(flag), *votes, *texts_behind])
    book.save(file)


def _write_parquet(file: BinaryIO, blocks: _Blocks) -> None:
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
            columns += [pa.array(column) for column in block.truth_columns(blocks.labels)]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _write_fasta(file: BinaryIO, blocks: _Blocks) -> None:
    for block in blocks:
        sequences = blocks.table.sequences.take(block.rows)
        lines = []
        best = block.number_texts()[0].astype(str).tolist()
        facts_of = zip(block.ids, block.predicted(blocks.labels), best, block.flag_texts(), strict=True)
        truths = block.truth_rows(blocks.labels)
        for row, ((id_, predicted, probability, flag), votes, truth) in enumerate(
            zip(facts_of, block.vote_rows(), truths, strict=True)
        ):
            facts = [f"predicted={predicted}", f"probability={probability}"] if predicted else []
            facts += [f"flag={flag}"] if flag else []
            facts += [f"members_agreeing={votes[1]}/{votes[2]}"] if predicted and votes else []
            facts += [f"true_class={label}" for label in truth if label]
            lines.append(" ".join([f">{id_}", *facts]))
            letters = sequences[row]
            lines += [letters[start : start + _FASTA_WIDTH] for start in range(0, len(letters), _FASTA_WIDTH)]
        file.write(("\n".join(lines) + "\n").encode("utf-8", "surrogateescape"))


_WRITERS: dict[str, Callable[[BinaryIO, _Blocks], None]] = {
    "csv": _write_csv,
    "tsv": _write_tsv,
    "xlsx": _write_xlsx,
    "parquet": _write_parquet,
    "fasta": _write_fasta,
}
