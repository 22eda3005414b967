"""The table of predictions: its columns in words, its painters, sorting, filtering, copying."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from bioseq.prediction.table import Flag
from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.column_model import ColumnModel
from bioseq_gui.tables.columns import (
    LETTERS_SHOWN,
    Column,
    ColumnKind,
    PredictionColumns,
    PredictionFilter,
    class_keys,
    flags_of,
    length_keys,
    probability_keys,
    probability_text,
    text_keys,
)
from bioseq_gui.tables.delegates import (
    PADDING,
    AgreementDelegate,
    CellDelegate,
    ClassDelegate,
    FlagsDelegate,
    ProbabilityDelegate,
    SequenceDelegate,
)
from bioseq_gui.tables.member_columns import member_columns
from bioseq_gui.tables.table_view import FrozenTableView
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from bioseq.prediction.table import PredictionTable
    from bioseq_gui.theme.theme import Theme

LETTERS_COPIED = 20_000_000
"""Letters that are copied to the clipboard at most; more belong into a file."""
_NARROWEST_ID, _WIDEST_ID = 100, 230
_TEXT_CONTEXT = "PredictionTable"


def _tr(text: str) -> str:
    return QCoreApplication.translate(_TEXT_CONTEXT, text)


def flag_words(flag: Flag) -> tuple[str, str]:
    """A flag in a few words, and in a sentence."""
    return {
        Flag.ILLEGAL_LETTERS: (
            _tr("illegal letters"),
            _tr("The sequence holds letters that no residue has; they were read as unknown."),
        ),
        Flag.AMBIGUOUS_LETTERS: (
            _tr("ambiguous letters"),
            _tr("The sequence holds IUPAC codes such as N or R; they were read as unknown."),
        ),
        Flag.SHORTER_THAN_TRAINED: (
            _tr("shorter than trained"),
            _tr("The sequence is shorter than 99 of 100 that the model was trained on."),
        ),
        Flag.LONGER_THAN_TRAINED: (
            _tr("longer than trained"),
            _tr("The sequence is longer than 99 of 100 that the model was trained on."),
        ),
        Flag.EMPTY: (_tr("empty"), _tr("The record has no letters: nothing could be predicted.")),
        Flag.SHORTENED: (_tr("shortened"), _tr("The sequence is longer than the model takes; only a part was read.")),
        Flag.UNLIKE_LETTERS: (
            _tr("unlike letters"),
            _tr("Far from the training data, and its letters occur in other shares: the answer is a guess."),
        ),
        Flag.FAR_FROM_TRAINING: (
            _tr("far from training"),
            _tr("Far from the training data in the words or the places of its letters: the answer is a guess."),
        ),
    }[flag]


class PredictionModel(ColumnModel):
    """Predictions as rows: id, class, certainty, probability per class, length, flags, sequence."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._data: PredictionColumns | None = None
        self._filter = PredictionFilter()

    @property
    def predictions(self) -> PredictionColumns | None:
        """The table with what is derived from it; None before there is one."""
        return self._data

    @property
    def filter(self) -> PredictionFilter:
        """Which rows are shown."""
        return self._filter

    def show_table(self, table: PredictionTable | None, molecule: Molecule = Molecule.DNA) -> None:
        """Show another table, or none."""
        self._filter = PredictionFilter()
        self._data = None if table is None else PredictionColumns(table, molecule)
        columns = () if self._data is None else _columns(self._data)
        self.set_columns(columns, 0 if table is None else len(table))

    def set_filter(self, wanted: PredictionFilter) -> None:
        """Show only the rows that a filter leaves."""
        if self._data is None or wanted == self._filter:
            return
        self._filter = wanted
        self.set_mask(self._data.rows(wanted))

    def rows_for_export(self) -> NDArray[np.int64] | None:
        """Numbers of the rows shown, in the order shown; None when these are all rows in the order of the file."""
        if self._filter.is_empty and not self.sort_state[0]:
            return None
        return self.shown_rows.astype(np.int64)


def _columns(data: PredictionColumns) -> tuple[Column, ...]:
    count = len(data.table.labels)
    # Of two classes the second one's probability says all; of more the panel beside the table shows them.
    shown = {count - 1} if count == 2 and not data.has_truth else set()
    columns = [_id_column(data), _class_column(data), _certainty_column(data), *member_columns(data)]
    columns += [_probability_column(data, number, shown=number in shown) for number in range(count)]
    if data.has_truth:
        columns += [_truth_column(data), _agreement_column(data)]
    return (*columns, _flags_column(data), _sequence_column(data), _length_column(data))


def _id_column(data: PredictionColumns) -> Column:
    ids = data.table.ids
    return Column(
        key="id",
        title=_tr("Record"),
        help=_tr("The id as it stands in the file."),
        kind=ColumnKind.TEXT,
        value=lambda row: ids[row],
        text=lambda row: ids[row],
        make_keys=lambda: text_keys(data),
        width=170,
    )


def _namer(data: PredictionColumns) -> Callable[[int], tuple[int, str]]:
    """Number of a class to its number and its name, fit to show."""
    names = [for_display(name) for name in data.table.labels]
    return lambda number: (number, names[number] if number >= 0 else "")


def _class_column(data: PredictionColumns) -> Column:
    predicted = data.table.predicted
    named_class = _namer(data)
    return Column(
        key="predicted",
        title=_tr("Predicted"),
        help=_tr("The class that the model takes the record for."),
        kind=ColumnKind.CLASS,
        value=lambda row: named_class(int(predicted[row])),
        text=lambda row: data.label(int(predicted[row])),
        make_keys=lambda: class_keys(predicted),
        width=134,
    )


def _certainty_column(data: PredictionColumns) -> Column:
    predicted = data.table.predicted
    return Column(
        key="probability",
        title=_tr("Probability"),
        help=_tr("Probability of the predicted class."),
        kind=ColumnKind.PROBABILITY,
        value=lambda row: (data.certainty_of(row), int(predicted[row])),
        text=lambda row: probability_text(data.certainty_of(row)),
        make_keys=lambda: probability_keys(data.certainty),
        width=154,
    )


def _probability_column(data: PredictionColumns, number: int, *, shown: bool) -> Column:
    probabilities = data.table.probabilities
    name = data.label(number)
    return Column(
        key=f"p_{name}",
        title=_tr("p({name})").format(name=name),
        help=_tr("Probability of the class {name}.").format(name=name),
        kind=ColumnKind.PROBABILITY,
        value=lambda row: (float(probabilities[row, number]), number),
        text=lambda row: probability_text(float(probabilities[row, number])),
        make_keys=lambda: probability_keys(np.asarray(probabilities[:, number])),
        width=140,
        shown=shown,
    )


def _truth_column(data: PredictionColumns) -> Column:
    truth = data.table.truth
    named_class = _namer(data)
    return Column(
        key="truth",
        title=_tr("In the file"),
        help=_tr("The class that the file names for the record."),
        kind=ColumnKind.CLASS,
        value=lambda row: named_class(int(truth[row])),
        text=lambda row: data.label(int(truth[row])),
        make_keys=lambda: class_keys(truth),
        width=134,
    )


def _agreement_column(data: PredictionColumns) -> Column:
    truth, predicted = data.table.truth, data.table.predicted

    def agrees(row: int) -> bool | None:
        return None if truth[row] < 0 else bool(truth[row] == predicted[row])

    def keys() -> NDArray[np.uint32]:
        right = np.asarray(truth) == np.asarray(predicted)
        return class_keys(np.where(np.asarray(truth) < 0, -1, right).astype(np.int16))

    def words(row: int) -> str:
        right = agrees(row)
        return "" if right is None else _tr("right") if right else _tr("wrong")

    return Column(
        key="agreement",
        title=_tr("Agreement"),
        help=_tr("Whether the prediction agrees with the class in the file."),
        kind=ColumnKind.AGREEMENT,
        value=agrees,
        text=words,
        make_keys=keys,
        width=104,
    )


def _flags_column(data: PredictionColumns) -> Column:
    flags = data.table.flags

    def words(row: int) -> str:
        return ", ".join(flag_words(flag)[0] for flag in flags_of(int(flags[row])))

    return Column(
        key="flags",
        title=_tr("Flags"),
        help=_tr("Why a prediction deserves a second look."),
        kind=ColumnKind.FLAGS,
        value=lambda row: int(flags[row]),
        text=words,
        make_keys=lambda: class_keys(np.asarray(flags).astype(np.int16)),
        width=140,
        shown=data.flagged() > 0,
    )


def _length_column(data: PredictionColumns) -> Column:
    offsets = data.table.sequences.offsets
    return Column(
        key="length",
        title=_tr("Length"),
        help=_tr("Letters in the sequence."),
        kind=ColumnKind.NUMBER,
        value=lambda row: int(offsets[row + 1] - offsets[row]),
        text=lambda row: str(int(offsets[row + 1] - offsets[row])),
        make_keys=lambda: length_keys(data),
        width=84,
    )


def _sequence_column(data: PredictionColumns) -> Column:
    sequences = data.table.sequences

    def start_of(row: int) -> bytes:
        first, last = int(sequences.offsets[row]), int(sequences.offsets[row + 1])
        return bytes(sequences.buffer[first : min(last, first + LETTERS_SHOWN)].tobytes())

    return Column(
        key="sequence",
        title=_tr("Sequence"),
        help=_tr("The letters as they stand in the file; sorted by their number."),
        kind=ColumnKind.SEQUENCE,
        value=start_of,
        text=lambda row: sequences[row],
        make_keys=lambda: length_keys(data),
        width=460,
        preview=lambda row: start_of(row).decode("utf-8", "replace"),
    )


class PredictionView(FrozenTableView):
    """The table of predictions as the page shows it.

    Signals:
        filter_changed: Other rows are shown; how many, and of how many.
    """

    filter_changed = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.predictions = PredictionModel()
        super().__init__(self.predictions, parent)
        self.predictions.setParent(self)
        self.setAccessibleName(self.tr("Predictions"))
        self._theme = theme
        self._sequences = SequenceDelegate(theme, parent=self)
        self._painters: dict[ColumnKind, CellDelegate] = {
            ColumnKind.CLASS: ClassDelegate(theme, self),
            ColumnKind.PROBABILITY: ProbabilityDelegate(theme, self),
            ColumnKind.FLAGS: FlagsDelegate(theme, self),
            ColumnKind.AGREEMENT: AgreementDelegate(theme, self),
            ColumnKind.SEQUENCE: self._sequences,
        }
        self._plain = CellDelegate(theme, self)
        self.predictions.rows_changed.connect(self._tell_count)
        theme.changed.connect(self.viewport().update)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._offer_copying)

    def _offer_copying(self, place: QPoint) -> None:
        if not self.currentIndex().isValid():
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self.tr("Copy cells"), QKeySequence(QKeySequence.StandardKey.Copy), self.copy)
        menu.addAction(self.tr("Copy records as FASTA"), self.copy_fasta)
        menu.popup(self.viewport().mapToGlobal(place))

    def copy_fasta(self) -> None:
        """Put ids and sequences of the rows with a chosen cell on the clipboard."""
        data, rows = self.predictions.predictions, self.chosen_rows()
        if data is None or not rows:
            return
        letters = sum(int(data.table.sequences.offsets[row + 1] - data.table.sequences.offsets[row]) for row in rows)
        if letters > LETTERS_COPIED:
            self.copy_refused.emit(letters)
            return
        records = [f">{data.table.ids[row]}\n{data.table.sequences[row]}\n" for row in rows]
        QGuiApplication.clipboard().setText("".join(records))

    def show_table(self, table: PredictionTable | None, molecule: Molecule = Molecule.DNA) -> None:
        """Show another table, or none, in the order of its file."""
        self.horizontalHeader().setSortIndicator(-1, self.horizontalHeader().sortIndicatorOrder())
        self._sequences.set_molecule(molecule)
        self.predictions.show_table(table, molecule)

        for place, column in enumerate(self.predictions.columns):
            self.set_delegate(place, self._painters.get(column.kind, self._plain))
        self.show_columns()
        self._fit_ids()
        self.scrollToTop()

    def _fit_ids(self) -> None:
        """As wide as the longest id needs, within reason; long by bytes, since measuring a million takes too long."""
        data = self.predictions.predictions
        if data is None or not len(data.table):
            return
        metrics = self.fontMetrics()
        offsets = np.asarray(data.table.ids.offsets)
        longest = int(np.argmax(offsets[1:] - offsets[:-1]))
        widest = metrics.horizontalAdvance(for_display(data.table.ids[longest]))
        self.setColumnWidth(0, min(max(widest + 3 * PADDING, _NARROWEST_ID), _WIDEST_ID))

    def _tell_count(self) -> None:
        self.filter_changed.emit(self.predictions.rowCount(), self.predictions.total)
