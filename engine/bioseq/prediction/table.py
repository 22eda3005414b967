"""Predictions as columns on the disk: a million rows open at once because nothing is read before it is shown.

Torch-free: the window maps these.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from enum import IntFlag
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from bioseq.errors import BioseqError
from bioseq.json_values import load_table
from bioseq.runs.folder import durable_file, sync_folder, write_json
from bioseq.sequences.findings import Finding
from bioseq.sequences.saved_columns import open_columns, text_in
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import DTypeLike, NDArray

_FINDINGS = "findings.json"


class Flag(IntFlag):
    """Why a prediction deserves a second look; several may hold."""

    NONE = 0
    ILLEGAL_LETTERS = 1
    """The sequence held letters that no residue has, read as unknown."""
    AMBIGUOUS_LETTERS = 2
    """The sequence held IUPAC codes, read as unknown."""
    SHORTER_THAN_TRAINED = 4
    """Shorter than 99 of 100 training records."""
    LONGER_THAN_TRAINED = 8
    """Longer than 99 of 100 training records."""
    EMPTY = 16
    """No letters: nothing could be predicted."""
    SHORTENED = 32
    """Longer than the model takes; only a part was read."""
    UNLIKE_LETTERS = 64
    """Far from the training data, and so is the share of its letters."""
    FAR_FROM_TRAINING = 128
    """Unlike the training data: other words, other letters at their positions, or the same over and over."""


@dataclass(frozen=True, slots=True, eq=False)
class MemberVotes:
    """How far the members of an ensemble are of one mind, over N predictions.

    Attributes:
        count: Members in all, M.
        agreeing: Members that predict the same class as the ensemble, 0 where nothing was predicted, uint8 `(N,)`.
        spread: Standard deviation between the members' probabilities of the predicted class, [0, 0.5], NaN where
            nothing was predicted, float32 `(N,)`.
    """

    count: int
    agreeing: NDArray[np.uint8]
    spread: NDArray[np.float32]

    @classmethod
    def blank(cls, count: int, records: int) -> MemberVotes:
        """Votes of so many members over so many records, as long as nothing is predicted."""
        return cls(count, np.zeros(records, np.uint8), np.full(records, np.nan, np.float32))

    def take(self, rows: NDArray[np.intp]) -> MemberVotes:
        """The votes over these records."""
        return MemberVotes(self.count, np.asarray(self.agreeing[rows]), np.asarray(self.spread[rows]))


@dataclass(frozen=True, slots=True, eq=False)
class Origin:
    """The files that the rows of a table come from, F of them, one after the other.

    Attributes:
        sources: Their paths.
        starts: Row at which each begins, and the end of the last, int64 `(F + 1,)`.
    """

    sources: tuple[str, ...]
    starts: NDArray[np.int64]

    def file_numbers(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        """Place in `sources` of the file that each of these rows comes from, `(M,)`."""
        numbers: NDArray[np.intp] = np.searchsorted(self.starts, rows, "right") - 1
        return numbers

    def names(self) -> tuple[str, ...]:
        """What to call each file: its name, or its path where another file has the same name."""
        paths = [source.encode("utf-8", "surrogateescape").decode("utf-8", "replace") for source in self.sources]
        names = [PurePath(path.replace("\\", "/")).name for path in paths]
        same = Counter(name for name, _ in set(zip(names, paths, strict=True)))
        return tuple(path if same[name] > 1 else name for name, path in zip(names, paths, strict=True))


@dataclass(frozen=True, slots=True, eq=False)
class PredictionTable:
    """N predictions over C classes, in the order of the input files.

    Attributes:
        ids: Identifiers as in the input.
        sequences: Letters as in the input.
        labels: The classes in order.
        predicted: Index of the predicted class, -1 where none could be made, int16 `(N,)`.
        probabilities: Per class, rows sum to 1 (NaN where none could be made), float32 `(N, C)`.
        flags: `Flag` bits, uint8 `(N,)`.
        truth: True class where the file named one that the model knows, else -1, int16 `(N,)`.
        votes: Of an ensemble: what its members say; None for all other models.
        descriptions: What stands beside each id; None where nobody kept it.
        origin: The files that the records come from; None where nobody kept it.
        findings: What was found in these files.
    """

    ids: TextColumn
    sequences: TextColumn
    labels: tuple[str, ...]
    predicted: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    flags: NDArray[np.uint8]
    truth: NDArray[np.int16]
    votes: MemberVotes | None = None
    descriptions: TextColumn | None = None
    origin: Origin | None = None
    findings: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.predicted)

    @property
    def has_descriptions(self) -> bool:
        """Something stands beside at least one id."""
        return self.descriptions is not None and bool(self.descriptions.offsets[-1] > self.descriptions.offsets[0])

    def save(self, folder: Path) -> None:
        """Write the columns durably into a folder, which is made if need be; what was found is not kept."""
        with written_table(folder, self.labels, members=self.votes.count if self.votes else 0) as add:
            add(self)

    @classmethod
    def open(cls, folder: Path) -> PredictionTable:
        """Map a saved table into memory.

        Raises:
            BioseqError: The folder holds no table.
        """
        try:
            about = load_table((folder / "table.json").read_bytes())
            column = open_columns(folder)
            return cls(
                ids=text_in(column, "ids", "id_offsets"),
                sequences=text_in(column, "sequences", "sequence_offsets"),
                labels=tuple(about["labels"]),
                predicted=column["predicted"],
                probabilities=column["probabilities"],
                flags=column["flags"],
                truth=column["truth"],
                votes=_votes(int(about.get("members", 0)), column),
                descriptions=_descriptions(column),
                origin=_origin(about),
                findings=_findings(folder),
            )
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise BioseqError(
                "prediction.no_table",
                "There is no prediction table here.",
                where=str(folder),
                remedy="Predict again.",
            ) from error


def _votes(members: int, column: dict[str, NDArray[Any]]) -> MemberVotes | None:
    return MemberVotes(members, column["agreeing"], column["spread"]) if members else None


def _descriptions(column: dict[str, NDArray[Any]]) -> TextColumn | None:
    """As saved; none where a part of the table had none."""
    texts, offsets = column["descriptions"], column["description_offsets"]
    return TextColumn(texts, offsets) if len(offsets) == len(column["predicted"]) + 1 else None


def _origin(about: dict[str, Any]) -> Origin | None:
    starts = np.array(about.get("source_starts", ()), np.int64)
    return Origin(tuple(map(str, about["sources"])), starts) if len(starts) else None


def save_findings(folder: Path, findings: Sequence[Finding]) -> None:
    """Keep what was found in the files of a table beside it, durably."""
    write_json(folder / _FINDINGS, [asdict(finding) for finding in findings])


def _findings(folder: Path) -> tuple[Finding, ...]:
    path = folder / _FINDINGS
    if not path.exists():
        return ()
    return tuple(Finding.from_dict(fields) for fields in json.loads(path.read_text(encoding="utf-8")))


@contextmanager
def written_table(
    folder: Path, labels: tuple[str, ...], *, members: int = 0
) -> Iterator[Callable[[PredictionTable], None]]:
    """Write a table part by part, so that it need not fit into memory; the value takes the next part.

    The table is there only when the block ends without an exception.

    Args:
        folder: Where the columns go; made if need be.
        labels: The classes in order, those of each part.
        members: Of an ensemble: how many; each part then has their votes.
    """
    with ExitStack() as files:

        def column(name: str, kind: DTypeLike, *, width: tuple[int, ...] = ()) -> _Column:
            return _Column(
                files.enter_context(durable_file(folder / f"{name}.npy", settle=False)), np.dtype(kind), width
            )

        ids = _TextColumns(column("ids", np.uint8), column("id_offsets", np.int64))
        sequences = _TextColumns(column("sequences", np.uint8), column("sequence_offsets", np.int64))
        descriptions = _TextColumns(column("descriptions", np.uint8), column("description_offsets", np.int64))
        origins = _Files()
        predicted, truth = column("predicted", np.int16), column("truth", np.int16)
        probabilities = column("probabilities", np.float32, width=(len(labels),))
        flags = column("flags", np.uint8)
        votes = (column("agreeing", np.uint8), column("spread", np.float32)) if members else ()

        def add(part: PredictionTable) -> None:
            ids.add(part.ids)
            sequences.add(part.sequences)
            if part.descriptions is not None:
                descriptions.add(part.descriptions)
            origins.add(part.origin)
            predicted.add(part.predicted)
            probabilities.add(part.probabilities)
            flags.add(part.flags)
            truth.add(part.truth)
            if part.votes is not None and votes:
                votes[0].add(part.votes.agreeing)
                votes[1].add(part.votes.spread)

        yield add
        for each in (
            *ids.columns,
            *sequences.columns,
            *descriptions.columns,
            predicted,
            probabilities,
            flags,
            truth,
            *votes,
        ):
            each.finish()
    sync_folder(folder)
    about = {"format": 1, "labels": labels, **origins.fields(), **({"members": members} if members else {})}
    write_json(folder / "table.json", about)


class _Files:
    """The files of the parts that were added; parts of one file that follow each other are one."""

    def __init__(self) -> None:
        self._sources: list[str] = []
        self._starts = [0]
        self._known = True

    def add(self, origin: Origin | None) -> None:
        """Put the files of a part behind those there are."""
        if origin is None:
            self._known = False
            return
        for source, records in zip(origin.sources, np.diff(origin.starts).tolist(), strict=True):
            if self._sources[-1:] == [source]:
                self._starts[-1] += records
            else:
                self._sources.append(source)
                self._starts.append(self._starts[-1] + records)

    def fields(self) -> dict[str, Any]:
        """As they are saved; nothing where a part did not say."""
        return {"sources": self._sources, "source_starts": self._starts} if self._known and self._sources else {}


class _Column:
    """An array in a file, in numpy's format, that grows by its rows.

    The format's header leaves room for the digits of a longer first axis, so it can be written again at the end.
    """

    def __init__(self, file: BinaryIO, kind: np.dtype[Any], width: tuple[int, ...]) -> None:
        self._file = file
        self._kind = kind
        self._width = width
        self._rows = 0
        self._write_header()
        self._start = file.tell()

    def add(self, rows: NDArray[Any]) -> None:
        """Put rows behind those there are."""
        self._file.write(np.ascontiguousarray(rows, self._kind).data)
        self._rows += len(rows)

    def finish(self) -> None:
        """Say how many rows there are."""
        self._file.seek(0)
        self._write_header()
        if self._file.tell() != self._start:
            raise ValueError("the header has another length than the room that was left for it")

    def _write_header(self) -> None:
        about = {
            "shape": (self._rows, *self._width),
            "fortran_order": False,
            "descr": np.lib.format.dtype_to_descr(self._kind),
        }
        np.lib.format.write_array_header_1_0(self._file, about)


class _TextColumns:
    """Rows of text in two files: their bytes, and where each begins."""

    def __init__(self, text: _Column, offsets: _Column) -> None:
        self.columns = (text, offsets)
        self._end = 0
        offsets.add(np.zeros(1, np.int64))

    def add(self, rows: TextColumn) -> None:
        """Put rows behind those there are."""
        first, last = int(rows.offsets[0]), int(rows.offsets[-1])
        text, offsets = self.columns
        text.add(rows.buffer[first:last])
        offsets.add(rows.offsets[1:] + (self._end - first))
        self._end += last - first
