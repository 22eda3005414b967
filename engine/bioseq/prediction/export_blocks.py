"""Rows of a prediction table, block by block, as the columns of exported files. Torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.prediction.spreadsheet_texts import SpreadsheetTexts
from bioseq.prediction.table import Flag

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.prediction.table import MemberVotes, PredictionTable
    from bioseq.sequences.text_column import TextColumn

    Progress = Callable[[int, int], None]

_ROWS = 20_000
_LETTERS = 1 << 24
"""Letters of the records of a block at most, where sequences are written; one record may have more."""


def columns_of(
    labels: tuple[str, ...], *, ensemble: bool = False, with_truth: bool = False, further: tuple[str, ...] = ()
) -> tuple[str, ...]:
    """Names of the columns for these classes, an ensemble's own behind them, the true class, and further ones."""
    votes = ("member_sd", "members_agreeing", "members") if ensemble else ()
    truth = ("true_class",) if with_truth else ()
    return ("id", "predicted", "probability", *(f"p_{label}" for label in labels), "flag", *votes, *truth, *further)


def flag_text(bits: int) -> str:
    """Flags as words: "illegal_letters;longer_than_trained"; empty for none."""
    return ";".join((flag.name or "").lower() for flag in Flag if flag & bits)


class ExportBlocks:
    """The chosen rows of a table, block by block, so that memory does not grow with their number."""

    def __init__(
        self,
        table: PredictionTable,
        rows: NDArray[np.intp] | None,
        progress: Progress | None,
        *,
        with_truth: bool,
        further: tuple[str, ...],
        whole_sequences: bool,
    ) -> None:
        self.table = table
        self.labels = table.labels
        self.further = further
        self.columns = columns_of(
            table.labels, ensemble=table.votes is not None, with_truth=with_truth, further=further
        )
        self.source_names = table.origin.names() if table.origin is not None and "source" in further else ()
        self.texts = SpreadsheetTexts()
        self._with_sequences = whole_sequences or "sequence" in further
        self._with_truth = with_truth
        self._rows = rows
        self._progress = progress

    def __iter__(self) -> Iterator[ExportBlock]:
        total = len(self.table) if self._rows is None else len(self._rows)
        for start in range(0, total, _ROWS):
            end = min(start + _ROWS, total)
            rows = np.arange(start, end) if self._rows is None else np.asarray(self._rows[start:end], np.intp)
            for part in self._with_few_letters(rows):
                yield self._block(part)
            if self._progress is not None:
                self._progress(min(start + _ROWS, total), total)

    def _with_few_letters(self, rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
        """The rows in parts whose sequences have few enough letters, where sequences are written."""
        if not self._with_sequences:
            yield rows
            return
        offsets = self.table.sequences.offsets
        ends = np.cumsum(offsets[rows + 1] - offsets[rows])
        start = 0
        while start < len(rows):
            before = int(ends[start - 1]) if start else 0
            end = max(start + 1, int(np.searchsorted(ends, before + _LETTERS, "right")))
            yield rows[start:end]
            start = end

    def _block(self, rows: NDArray[np.intp]) -> ExportBlock:
        table, further = self.table, self.further
        return ExportBlock(
            descriptions=table.descriptions.take(rows)
            if table.descriptions is not None and "description" in further
            else None,
            sources=table.origin.file_numbers(rows) if table.origin is not None and "source" in further else None,
            sequences=table.sequences.take(rows) if self._with_sequences else None,
            ids=table.ids.take(rows),
            codes=np.asarray(table.predicted[rows]),
            probabilities=np.asarray(table.probabilities[rows]),
            flags=np.asarray(table.flags[rows]),
            votes=None if table.votes is None else table.votes.take(rows),
            truth=np.asarray(table.truth[rows]) if self._with_truth else None,
        )


@dataclass(frozen=True, slots=True, eq=False)
class ExportBlock:
    """Some rows.

    Attributes:
        ids: Of each.
        codes: Predicted class, -1 for none, `(n,)`.
        probabilities: `(n, C)`.
        flags: `Flag` bits, `(n,)`.
        votes: Of an ensemble: of its members.
        truth: True class, -1 for none, `(n,)`; None where it is not asked for.
        descriptions: Of each; None where they are not asked for, as all further ones.
        sources: Number of the file of each, `(n,)`.
        sequences: Of each.
    """

    ids: TextColumn
    codes: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    flags: NDArray[np.uint8]
    votes: MemberVotes | None
    truth: NDArray[np.int16] | None
    descriptions: TextColumn | None
    sources: NDArray[np.intp] | None
    sequences: TextColumn | None

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

    def further_columns(self, names: Sequence[str], source_names: Sequence[str]) -> list[Iterable[str]]:
        """The texts of further columns with these names."""
        sources = [] if self.sources is None else [source_names[number] for number in self.sources.tolist()]
        texts = {"description": self.descriptions or (), "source": sources, "sequence": self.sequences or ()}
        return [texts[name] for name in names]

    def further_rows(self, names: Sequence[str], source_names: Sequence[str]) -> list[tuple[str, ...]]:
        """The same, row by row; empty rows where none is asked for."""
        columns = self.further_columns(names, source_names)
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
