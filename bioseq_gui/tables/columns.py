"""The columns of a prediction table as the window shows them, and which rows a filter leaves. No Qt.

A column makes the text of one cell when that cell is painted, and one array of sort keys when it is first sorted by.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.prediction.table import Flag, PredictionTable
from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.matching import motif_pattern, rows_with, text_pattern
from bioseq_gui.tables.ordering import keys_of_floats, keys_of_integers, keys_of_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LETTERS_SHOWN = 1_000
"""Letters of one sequence that a cell can show."""


class ColumnKind(StrEnum):
    """How a column is painted."""

    TEXT = "text"
    CLASS = "class"
    PROBABILITY = "probability"
    NUMBER = "number"
    FLAGS = "flags"
    AGREEMENT = "agreement"
    SEQUENCE = "sequence"


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table with N rows.

    Attributes:
        key: Stable name, for remembering which columns are shown.
        title: Heading.
        help: What the column says, for its tool tip.
        kind: How it is painted.
        value: Row to what the painter needs.
        text: Row to the whole text, for copying.
        make_keys: Makes the sort keys `(N,)`, see `ordering`.
        width: Width at the start, px.
        shown: Shown at the start.
        preview: Row to a text short enough to show, for tips and screen readers; None when `text` is.
    """

    key: str
    title: str
    help: str
    kind: ColumnKind
    value: Callable[[int], Any]
    text: Callable[[int], str]
    make_keys: Callable[[], NDArray[np.uint32]]
    width: int = 120
    shown: bool = True
    preview: Callable[[int], str] | None = None
    _kept: list[NDArray[np.uint32]] = field(default_factory=list, repr=False)

    def short_text(self, row: int) -> str:
        """The text of a cell, for showing."""
        return self.text(row) if self.preview is None else self.preview(row)

    def keys(self) -> NDArray[np.uint32]:
        """The sort keys `(N,)`, made at the first call."""
        if not self._kept:
            self._kept.append(self.make_keys())
        return self._kept[0]


@dataclass(frozen=True, slots=True)
class PredictionFilter:
    """Which rows of a prediction table to show; the default shows all.

    Attributes:
        classes: Numbers of the predicted classes to show; None for all.
        lowest: Smallest probability of the predicted class, [0, 1].
        highest: Largest probability of the predicted class, [0, 1].
        flagged: Only rows with a flag (True), only rows without (False), or all (None).
        flag: Only rows with this single flag; NONE for all.
        unanimous: Of an ensemble: only rows on which all members agree (True), or do not (False); None for all.
        right: Only rows whose prediction agrees with the file (True), or does not (False); None for all.
        id_text: Text that the id holds, in either case.
        motif: Motif that the sequence holds, with IUPAC codes.
    """

    classes: frozenset[int] | None = None
    lowest: float = 0.0
    highest: float = 1.0
    flagged: bool | None = None
    flag: Flag = Flag.NONE
    unanimous: bool | None = None
    right: bool | None = None
    id_text: str = ""
    motif: str = ""

    @property
    def is_empty(self) -> bool:
        """It shows every row."""
        return self == PredictionFilter()


class PredictionColumns:
    """A prediction table with what is derived from it: the certainty of each row, columns, counts, filtered rows.

    Attributes:
        table: The table.
        molecule: What its sequences are made of; decides what a motif means.
    """

    def __init__(self, table: PredictionTable, molecule: Molecule = Molecule.DNA) -> None:
        self.table = table
        self.molecule = molecule
        self._certainty: NDArray[np.float32] | None = None

    @property
    def certainty(self) -> NDArray[np.float32]:
        """Probability of the predicted class, float32 `(N,)`; NaN where nothing was predicted."""
        if self._certainty is None:
            self._certainty = self._probability_of(np.asarray(self.table.predicted))
        return self._certainty

    def _probability_of(self, classes: NDArray[np.int16]) -> NDArray[np.float32]:
        probabilities = np.asarray(self.table.probabilities)
        if not probabilities.shape[1]:
            return np.full(len(classes), np.nan, np.float32)
        places = np.arange(len(classes)) * probabilities.shape[1] + np.maximum(classes, 0)
        picked = np.ascontiguousarray(probabilities).reshape(-1)[places]
        return np.where(classes < 0, np.float32(np.nan), picked)

    def certainty_of(self, row: int) -> float:
        """The same for one row, without looking at the others."""
        predicted = int(self.table.predicted[row])
        return float(self.table.probabilities[row, predicted]) if predicted >= 0 else math.nan

    @property
    def has_truth(self) -> bool:
        """The file named the class of at least one row."""
        return bool(len(self.table)) and int(np.max(self.table.truth)) >= 0

    def counts(self) -> tuple[int, ...]:
        """Rows predicted as each class, in the order of the labels."""
        predicted = np.asarray(self.table.predicted)
        counted = np.bincount(predicted[predicted >= 0], minlength=len(self.table.labels))
        return tuple(int(count) for count in counted)

    def flagged(self) -> int:
        """Rows with at least one flag."""
        return int(np.count_nonzero(self.table.flags))

    def flag_counts(self) -> dict[Flag, int]:
        """Rows with each single flag, of those flags that occur."""
        rows = np.bincount(np.asarray(self.table.flags), minlength=256)
        bits = np.arange(len(rows))
        counts = {flag: int(rows[bits & flag != 0].sum()) for flag in Flag if flag}
        return {flag: count for flag, count in counts.items() if count}

    def unanimous(self) -> NDArray[np.bool_]:
        """Of an ensemble: rows with a prediction on which all members agree, `(N,)`; of other models all of them."""
        there = np.asarray(self.table.predicted) >= 0
        votes = self.table.votes
        return there if votes is None else there & (np.asarray(votes.agreeing) == votes.count)

    def divided(self) -> int:
        """Rows with a prediction on which members of an ensemble disagree."""
        return int(np.count_nonzero(np.asarray(self.table.predicted) >= 0) - np.count_nonzero(self.unanimous()))

    def agreement(self) -> tuple[int, int]:
        """Rows whose prediction agrees with the file, and rows whose class the file names."""
        known = np.asarray(self.table.truth) >= 0
        right = known & (np.asarray(self.table.predicted) == np.asarray(self.table.truth))
        return int(np.count_nonzero(right)), int(np.count_nonzero(known))

    def label(self, number: int) -> str:
        """Name of a class; empty when there is none."""
        return self.table.labels[number] if 0 <= number < len(self.table.labels) else ""

    def rows(self, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
        """Which rows a filter leaves, `(N,)`; None when it leaves all."""
        conditions = [condition for part in _CONDITIONS if (condition := part(self, wanted)) is not None]
        if not conditions:
            return None
        result = conditions[0]
        for other in conditions[1:]:
            result = result & other
        return result


def _of_classes(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if wanted.classes is None:
        return None
    predicted = np.asarray(columns.table.predicted)
    result = np.zeros(len(predicted), bool)
    for number in wanted.classes:
        result |= predicted == number
    return result


def _within(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if wanted.lowest <= 0.0 and wanted.highest >= 1.0:
        return None
    certainty = columns.certainty
    within: NDArray[np.bool_] = (certainty >= np.float32(wanted.lowest)) & (certainty <= np.float32(wanted.highest))
    return within


def _with_flags(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if wanted.flagged is None:
        return None
    fitting: NDArray[np.bool_] = (np.asarray(columns.table.flags) != 0) == wanted.flagged
    return fitting


def _with_flag(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if not wanted.flag:
        return None
    fitting: NDArray[np.bool_] = np.asarray(columns.table.flags) & np.uint8(wanted.flag) != 0
    return fitting


def _of_one_mind(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if wanted.unanimous is None:
        return None
    there = np.asarray(columns.table.predicted) >= 0
    fitting: NDArray[np.bool_] = there & (columns.unanimous() == wanted.unanimous)
    return fitting


def _that_agree(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    if wanted.right is None:
        return None
    truth = np.asarray(columns.table.truth)
    fitting: NDArray[np.bool_] = (truth >= 0) & ((np.asarray(columns.table.predicted) == truth) == wanted.right)
    return fitting


def _with_id(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    return rows_with(columns.table.ids, text_pattern(wanted.id_text)) if wanted.id_text else None


def _with_motif(columns: PredictionColumns, wanted: PredictionFilter) -> NDArray[np.bool_] | None:
    pattern = motif_pattern(wanted.motif, columns.molecule)
    return rows_with(columns.table.sequences, pattern) if pattern else None


_CONDITIONS = (_of_classes, _within, _with_flags, _with_flag, _of_one_mind, _that_agree, _with_id, _with_motif)


def probability_text(value: float) -> str:
    """A probability with four digits; empty when there is none."""
    return "" if math.isnan(value) else f"{value:.4f}"


def flags_of(bits: int) -> tuple[Flag, ...]:
    """The single flags that are set, in order."""
    return tuple(flag for flag in Flag if flag and bits & flag)


def text_keys(columns: PredictionColumns) -> NDArray[np.uint32]:
    """Sort keys of the ids."""
    return keys_of_text(columns.table.ids)


def class_keys(classes: NDArray[np.int16]) -> NDArray[np.uint32]:
    """Sort keys of classes, in the order of the labels."""
    return keys_of_integers(np.asarray(classes))


def length_keys(columns: PredictionColumns) -> NDArray[np.uint32]:
    """Sort keys of the numbers of letters."""
    offsets = np.asarray(columns.table.sequences.offsets)
    return keys_of_integers(offsets[1:] - offsets[:-1])


def probability_keys(values: NDArray[np.float32]) -> NDArray[np.uint32]:
    """Sort keys of probabilities."""
    return keys_of_floats(values)
