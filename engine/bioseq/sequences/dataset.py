"""A data set as columns: one buffer of letters, offsets, and a column for each property of a record.

No Python object exists per record, so a million records cost what their letters cost. A data set is saved as a
folder of `.npy` files that another process maps into memory.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.errors import BioseqError
from bioseq.json_values import DamagedError, load_table
from bioseq.sequences.saved_columns import check_bounds, column_of, open_columns, text_in
from bioseq.sequences.text_column import TextColumn, gather_rows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

NO_LABEL = -1
"""The label code of a record without a label."""

_FORMAT = 1


class Split(IntEnum):
    """What a record is for."""

    UNASSIGNED = 0
    TRAIN = 1
    VALIDATION = 2
    TEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """N records of one kind of molecule, as columns.

    Attributes:
        letters: Letters of all records, one after the other, ASCII codes, uint8 `(residues,)`.
        offsets: Where each record's letters start, and the end of the last, int64 `(N + 1,)`.
        ids: Identifiers, as in the source, without label and split.
        descriptions: What follows the first blank of a header; empty text where there is none.
        labels: Index into `label_names`, `NO_LABEL` where unknown, int16 `(N,)`.
        label_names: The classes, in natural order ("2" before "10").
        splits: `Split` of each record, uint8 `(N,)`.
        lines: 1-based line of the header (table row) in its source, `(N,)` uint32 or int64.
        sources: The files, in the order read.
        source_starts: Number of the first record of each source and the end, int64 `(len(sources) + 1,)`.
        counts: How often each code occurs in `letters`, `(256,)`, when readers have counted them; a copy in which
            anything is replaced has none, so that they never speak of other letters.
    """

    letters: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    ids: TextColumn
    descriptions: TextColumn
    labels: NDArray[np.int16]
    label_names: tuple[str, ...]
    splits: NDArray[np.uint8]
    lines: NDArray[np.uint32] | NDArray[np.int64]
    sources: tuple[str, ...]
    source_starts: NDArray[np.int64]
    counts: NDArray[np.int64] | None = field(default=None, init=False)

    @classmethod
    def from_records(
        cls,
        sequences: Sequence[str],
        *,
        ids: Sequence[str] | None = None,
        labels: Sequence[str | None] | None = None,
        splits: Sequence[Split] | None = None,
        source: str = "memory",
    ) -> Dataset:
        """A data set from plain Python values: for small sets, samples and tests."""
        text = TextColumn.from_strings(sequences)
        count = len(sequences)
        names = tuple(sorted({label for label in labels or () if label is not None}, key=natural_key))
        codes = [NO_LABEL if label is None else names.index(label) for label in labels or [None] * count]
        return cls(
            letters=text.buffer,
            offsets=text.offsets,
            ids=TextColumn.from_strings(ids or [f"record_{row + 1}" for row in range(count)]),
            descriptions=TextColumn.from_strings([""] * count),
            labels=np.array(codes, np.int16),
            label_names=names,
            splits=np.array(splits if splits is not None else [Split.UNASSIGNED] * count, np.uint8),
            lines=np.arange(1, count + 1, dtype=np.uint32),
            sources=(source,),
            source_starts=np.array([0, count], np.int64),
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def with_counts(self, counts: NDArray[np.int64]) -> Dataset:
        """The same data set, knowing how often each code occurs in its letters, `(256,)`."""
        counted = replace(self)
        object.__setattr__(counted, "counts", counts)
        return counted

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters per record, `(N,)`."""
        return np.diff(self.offsets)

    def sequence(self, row: int) -> str:
        """The letters of one record as text."""
        return self.letters[self.offsets[row] : self.offsets[row + 1]].tobytes().decode("latin-1")

    def source_of(self, row: int) -> str:
        """The file that a record came from."""
        return self.sources[int(np.searchsorted(self.source_starts, row, "right")) - 1]

    def take(self, rows: NDArray[np.intp]) -> Dataset:
        """The data set with these records only; the order must be ascending, so that sources stay contiguous.

        Raises:
            ValueError: The rows are not in ascending order.
        """
        rows = np.asarray(rows, np.intp)
        if len(rows) > 1 and not np.all(rows[1:] > rows[:-1]):
            raise ValueError("rows must ascend")
        letters, offsets = gather_rows(self.letters, self.offsets, rows)
        return replace(
            self,
            letters=letters,
            offsets=offsets,
            ids=self.ids.take(rows),
            descriptions=self.descriptions.take(rows),
            labels=self.labels[rows],
            splits=self.splits[rows],
            lines=self.lines[rows],
            source_starts=np.searchsorted(rows, self.source_starts).astype(np.int64),
        )

    def rows_of(self, split: Split) -> NDArray[np.intp]:
        """Numbers of the records of a split, ascending."""
        return np.flatnonzero(self.splits == split)

    def save(self, folder: Path) -> None:
        """Write the columns as `.npy` files and `dataset.json` into a folder, which is made if need be."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, column in self._columns().items():
            np.save(folder / f"{name}.npy", column, allow_pickle=False)
        about = {"format": _FORMAT, "label_names": self.label_names, "sources": self.sources}
        (folder / "dataset.json").write_text(json.dumps(about), encoding="utf-8")

    @classmethod
    def open(cls, folder: Path, *, mapped: bool = True) -> Dataset:
        """Open a saved data set; `mapped` leaves the columns on the disk and reads them as they are used.

        Raises:
            BioseqError: The folder holds no data set that this version can read.
        """
        try:
            about = load_table((folder / "dataset.json").read_bytes())
            _check_format(about["format"])
            return _dataset_in(about, open_columns(folder, mapped=mapped))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise BioseqError(
                "data.cache_unreadable",
                "The data that were read before cannot be opened.",
                where=str(folder),
                remedy="Load the files again.",
            ) from error

    def _columns(self) -> dict[str, NDArray[Any]]:
        return {
            "letters": self.letters,
            "offsets": self.offsets,
            "ids": self.ids.buffer,
            "id_offsets": self.ids.offsets,
            "descriptions": self.descriptions.buffer,
            "description_offsets": self.descriptions.offsets,
            "labels": self.labels,
            "splits": self.splits,
            "lines": self.lines,
            "source_starts": self.source_starts,
        }


def _dataset_in(about: dict[str, Any], columns: dict[str, NDArray[Any]]) -> Dataset:
    """The data set in these columns.

    Raises:
        DamagedError: Some are not there, or do not fit each other.
    """
    dataset = Dataset(
        letters=column_of(columns, "letters", np.uint8),
        offsets=column_of(columns, "offsets", np.int64),
        ids=text_in(columns, "ids", "id_offsets"),
        descriptions=text_in(columns, "descriptions", "description_offsets"),
        labels=column_of(columns, "labels", np.int16),
        label_names=tuple(map(str, about["label_names"])),
        splits=column_of(columns, "splits", np.uint8),
        lines=columns.get("lines", np.zeros(0, np.int64)),
        sources=tuple(map(str, about["sources"])),
        source_starts=column_of(columns, "source_starts", np.int64),
    )
    check_bounds(dataset.offsets, len(dataset.letters), "offsets")
    count = len(dataset.offsets) - 1
    for name in ("ids", "descriptions", "labels", "splits", "lines"):
        if len(getattr(dataset, name)) != count:
            raise DamagedError(f"{name} are not as many as the records")
    if dataset.lines.ndim != 1 or not np.issubdtype(dataset.lines.dtype, np.integer):
        raise DamagedError("the lines are no numbers")
    check_bounds(dataset.source_starts, count, "source_starts")
    if len(dataset.source_starts) != len(dataset.sources) + 1:
        raise DamagedError("the sources are not as many as their starts")
    if count and dataset.splits.max() > max(Split):
        raise DamagedError("a record is of a split that there is not")
    if count and not NO_LABEL <= dataset.labels.min() <= dataset.labels.max() < len(dataset.label_names):
        raise DamagedError("a record is of a class that has no name")
    return dataset


def _check_format(version: object) -> None:
    if version != _FORMAT:
        raise ValueError(version)


def natural_key(text: str) -> tuple[tuple[int, int, str], ...]:
    """Sort key by which "class 2" stands before "class 10"."""
    parts: list[tuple[int, int, str]] = []
    digits = ""
    for letter in text + "\0":
        if letter.isascii() and letter.isdigit():
            digits += letter
            continue
        if digits:
            parts.append((0, int(digits), digits))
            digits = ""
        parts.append((1, 0, letter))
    return tuple(parts)
