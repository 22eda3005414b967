"""The table of all runs: name, how it stands, model, data, figures, a small curve, notes.

A curve and the gain over the baseline are read from the run's folder when its row is first shown, one run at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QTableView, QWidget

from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.protocol.events import EpochFinished
from bioseq.protocol.wire import decode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status
from bioseq.sequences.dataset import natural_key
from bioseq_gui.tables.column_model import VALUE_ROLE
from bioseq_gui.tables.delegates import CellDelegate, SparklineDelegate, StatusDelegate
from bioseq_gui.tables.table_view import make_quick
from bioseq_gui.widgets.text import for_display, tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from bioseq.runs.store import RunEntry
    from bioseq_gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_LONGEST_NAME = 200
_LONGEST_NOTES = 10_000
_EPOCH_MARK = b'"EpochFinished"'


class RunColumn(IntEnum):
    """The columns, from left to right."""

    NAME = 0
    STATUS = 1
    CURVE = 2
    ACCURACY = 3
    MCC = 4
    ROC_AUC = 5
    GAIN = 6
    MODEL = 7
    DATA = 8
    STARTED = 9
    EPOCHS = 10
    NOTES = 11


_METRICS = {RunColumn.ACCURACY: "accuracy", RunColumn.MCC: "mcc", RunColumn.ROC_AUC: "roc_auc"}
_WIDTHS = {
    RunColumn.NAME: 204,
    RunColumn.STATUS: 128,
    RunColumn.CURVE: 134,
    RunColumn.ACCURACY: 92,
    RunColumn.MCC: 66,
    RunColumn.ROC_AUC: 86,
    RunColumn.GAIN: 66,
    RunColumn.MODEL: 126,
    RunColumn.DATA: 150,
    RunColumn.STARTED: 136,
    RunColumn.EPOCHS: 76,
    RunColumn.NOTES: 220,
}
_NUMERIC = frozenset({*_METRICS, RunColumn.GAIN, RunColumn.EPOCHS})
_TONES = {
    Status.FINISHED: "good",
    Status.RUNNING: "accent",
    Status.STOPPED: "warning",
    Status.INTERRUPTED: "warning",
    Status.FAILED: "bad",
    Status.UNREADABLE: "bad",
}


@dataclass(frozen=True, slots=True)
class RunDetails:
    """What is read from a run's folder only when it is shown.

    Attributes:
        losses: Validation loss (training loss where there is none) per epoch, nats; NaN where it is not known.
        gain: Accuracy minus that of the best baseline on the same records; NaN when there is none.
    """

    losses: tuple[float, ...] = ()
    gain: float = math.nan


def read_details(path: Path) -> RunDetails:
    """Read the curve and the gain of one run; what is missing or damaged is left empty."""
    run = RunFolder(path)
    epochs: dict[int, float] = {}
    try:
        with run.events.open("rb") as lines:
            for line in lines:
                if _EPOCH_MARK in line[:60] and (event := _epoch(line)) is not None:
                    # A resumed run goes through the epochs after its checkpoint again.
                    epochs = {number: loss for number, loss in epochs.items() if number < event.epoch}
                    epochs[event.epoch] = event.validation.get("loss", event.train.get("loss", math.nan))
    except OSError:
        epochs = {}
    return RunDetails(tuple(epochs[number] for number in sorted(epochs)), _gain(run))


def _epoch(line: bytes) -> EpochFinished | None:
    """The epoch that a line tells; None for a line that a crash cut short."""
    try:
        event = decode_event(line.decode("utf-8", "replace"))
    except BioseqError:
        return None
    return event if isinstance(event, EpochFinished) else None


def _gain(run: RunFolder) -> float:
    try:
        evaluations = read_evaluations(run.metrics)
    except BioseqError:
        return math.nan
    for split in ("test", "validation"):
        if split in evaluations and evaluations[split].baselines:
            found = evaluations[split]
            best = max(baseline.metrics.get("accuracy", math.nan) for baseline in found.baselines)
            return found.model.metrics.get("accuracy", math.nan) - best
    return math.nan


class RunsModel(QAbstractTableModel):
    """Runs as rows; sorted by a column, filtered by a text.

    Signals:
        rename_requested: Folder and new name.
        notes_changed: Folder and new notes.
    """

    rename_requested = Signal(object, str)
    notes_changed = Signal(object, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._entries: tuple[RunEntry, ...] = ()
        self._shown: list[RunEntry] = []
        self._text = ""
        self._column, self._descending = RunColumn.STARTED, True
        self._details: dict[Path, RunDetails] = {}
        self._wanted: list[Path] = []
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_one)
        self._titles = {
            RunColumn.NAME: self.tr("Name"),
            RunColumn.STATUS: self.tr("State"),
            RunColumn.MODEL: self.tr("Model"),
            RunColumn.DATA: self.tr("Data"),
            RunColumn.STARTED: self.tr("Started"),
            RunColumn.EPOCHS: self.tr("Epochs"),
            RunColumn.ACCURACY: self.tr("Accuracy"),
            RunColumn.MCC: self.tr("MCC"),
            RunColumn.ROC_AUC: self.tr("ROC AUC"),
            RunColumn.GAIN: self.tr("Gain"),
            RunColumn.CURVE: self.tr("Validation loss"),
            RunColumn.NOTES: self.tr("Notes"),
        }
        self._status = {
            Status.WAITING: self.tr("waiting"),
            Status.RUNNING: self.tr("running"),
            Status.FINISHED: self.tr("finished"),
            Status.STOPPED: self.tr("stopped"),
            Status.CANCELLED: self.tr("cancelled"),
            Status.FAILED: self.tr("failed"),
            Status.INTERRUPTED: self.tr("interrupted"),
            Status.UNREADABLE: self.tr("cannot be read"),
        }

    def show_runs(self, entries: Iterable[RunEntry]) -> None:
        """List other runs; what was read of those that have not changed is kept."""
        old = {entry.path: entry for entry in self._entries}
        self._entries = tuple(entries)
        kept = {entry.path for entry in self._entries if old.get(entry.path) == entry}
        self._details = {path: details for path, details in self._details.items() if path in kept}
        self._arrange()

    def set_text(self, text: str) -> None:
        """List only runs that have this text in their name, model, data, state or notes."""
        self._text = text.casefold().strip()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column."""
        self._column = RunColumn(column) if column >= 0 else RunColumn.STARTED
        self._descending = order == Qt.SortOrder.DescendingOrder if column >= 0 else True
        if self._column in (RunColumn.CURVE, RunColumn.GAIN):
            for entry in self._entries:
                self._details.setdefault(entry.path, read_details(entry.path))
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        shown = [entry for entry in self._entries if self._text in self._haystack(entry)]
        known = [entry for entry in shown if self._key(entry) is not None]
        known.sort(key=self._key, reverse=self._descending)
        self._shown = [*known, *(entry for entry in shown if self._key(entry) is None)]
        self.endResetModel()

    def _haystack(self, entry: RunEntry) -> str:
        words = (
            entry.name,
            self._describe_notes(entry),
            entry.model_title,
            self._status[entry.status],
            *entry.data_names,
        )
        return "\n".join(words).casefold()

    def _key(self, entry: RunEntry) -> Any:
        """What a run is sorted by; None when it has none."""
        match self._column:
            case RunColumn.STARTED:
                return entry.started
            case RunColumn.EPOCHS:
                return entry.epochs
            case RunColumn.ACCURACY | RunColumn.MCC | RunColumn.ROC_AUC | RunColumn.GAIN:
                value = self._figure(entry, self._column)
                return None if math.isnan(value) else value
            case RunColumn.CURVE:
                losses = [loss for loss in self._details[entry.path].losses if math.isfinite(loss)]
                return min(losses, default=None)
            case _:
                return natural_key(self._text_of(entry, self._column).casefold())

    def _figure(self, entry: RunEntry, column: RunColumn) -> float:
        if column is RunColumn.GAIN:
            return self._details[entry.path].gain if entry.path in self._details else math.nan
        return (entry.metrics or {}).get(_METRICS[column], math.nan)

    def entry(self, row: int) -> RunEntry:
        """The run in a row."""
        return self._shown[row]

    def row_of(self, path: Path) -> int:
        """Where a run stands; -1 when it is not listed."""
        return next((row for row, entry in enumerate(self._shown) if entry.path == path), -1)

    @property
    def total(self) -> int:
        """Runs before filtering."""
        return len(self._entries)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Runs listed."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(RunColumn)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Name and notes can be edited."""
        flags = super().flags(index)
        if index.column() in (RunColumn.NAME, RunColumn.NOTES):
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        entry, column = self._shown[index.row()], RunColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return for_display(self._text_of(entry, column))
            case Qt.ItemDataRole.EditRole:
                return entry.notes if column is RunColumn.NOTES else entry.name
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _NUMERIC else _LEFT
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {for_display(self._text_of(entry, column))}"
            case Qt.ItemDataRole.ToolTipRole:
                return self._tip(entry, column)
            case _ if role == VALUE_ROLE:
                return self._value(entry, column)
            case _:
                return None

    def _tip(self, entry: RunEntry, column: RunColumn) -> str:
        if column is RunColumn.NAME:
            return tip(f"{entry.path} {entry.fault}".strip())
        if column is RunColumn.STATUS and entry.fault:
            return tip(entry.fault)
        if column in _METRICS and entry.metrics_split:
            return tip(self.tr("Measured on the {split} records").format(split=entry.metrics_split))
        if column is RunColumn.GAIN:
            return tip(self.tr("Accuracy above that of the best simple baseline, in points"))
        return tip(self._text_of(entry, column))

    def _value(self, entry: RunEntry, column: RunColumn) -> Any:
        if column is RunColumn.STATUS:
            return _TONES.get(entry.status, "muted")
        if column is RunColumn.CURVE:
            self._want(entry.path)
            return self._details.get(entry.path, RunDetails()).losses
        return None

    def _text_of(self, entry: RunEntry, column: RunColumn) -> str:
        match column:
            case RunColumn.NAME:
                return entry.name
            case RunColumn.STATUS:
                return self._status[entry.status]
            case RunColumn.MODEL:
                return entry.model_title
            case RunColumn.DATA:
                return ", ".join(entry.data_names)
            case RunColumn.STARTED:
                return started_text(entry.started)
            case RunColumn.EPOCHS:
                return str(entry.epochs) if entry.epochs else ""
            case RunColumn.GAIN:
                self._want(entry.path)
                gain = self._figure(entry, column)
                return "" if math.isnan(gain) else f"{gain * 100:+.1f}".replace("-", "\N{MINUS SIGN}")
            case RunColumn.CURVE:
                losses = self._details.get(entry.path, RunDetails()).losses
                return self.tr("lowest {loss}").format(loss=f"{min(losses):.3f}") if losses else ""
            case RunColumn.NOTES:
                return self._describe_notes(entry)
            case _:
                value = self._figure(entry, column)
                return "" if math.isnan(value) else f"{value:.3f}"

    @staticmethod
    def _describe_notes(entry: RunEntry) -> str:
        """The notes of the person; of what cannot be read, in their place, why."""
        return entry.notes or entry.fault

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings."""
        if orientation == Qt.Orientation.Vertical:
            return None
        column = RunColumn(section)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[column]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column in _NUMERIC else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole and column is RunColumn.GAIN:
            return tip(self.tr("Accuracy above that of the best simple baseline, in points"))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """An edited name or notes are announced; the list shows them when the runs are read again."""
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        entry, text = self._shown[index.row()], str(value).strip()
        if index.column() == RunColumn.NOTES and text != entry.notes:
            self.notes_changed.emit(entry.path, text[:_LONGEST_NOTES])
            return True
        if index.column() == RunColumn.NAME and text and text != entry.name:
            self.rename_requested.emit(entry.path, text[:_LONGEST_NAME])
            return True
        return False

    def _want(self, path: Path) -> None:
        if path not in self._details and path not in self._wanted:
            self._wanted.append(path)
            self._timer.start()

    def _read_one(self) -> None:
        """Read the newest wish first: it belongs to a row that is in sight now."""
        if not self._wanted:
            self._timer.stop()
            return
        path = self._wanted.pop()
        self._details[path] = read_details(path)
        row = self.row_of(path)
        if row >= 0:
            self.dataChanged.emit(self.index(row, RunColumn.CURVE), self.index(row, RunColumn.GAIN))


def started_text(seconds: float) -> str:
    """A time (seconds since 1970, UTC) as the local date and time; empty for none."""
    if not seconds:
        return ""
    when = QDateTime.fromSecsSinceEpoch(int(seconds))
    return QLocale().toString(when, "yyyy-MM-dd HH:mm")


class RunsView(QTableView):
    """The table of runs.

    Signals:
        opened: Double click or Enter on a run; its folder.
        discarded: Delete was pressed; the chosen folders.
        chosen: Other runs are selected.
    """

    opened = Signal(object)
    discarded = Signal(list)
    chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runs = RunsModel(self)
        make_quick(self)
        self.setModel(self.runs)
        self.setAccessibleName(self.tr("Runs"))
        self.setProperty("framed", "true")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setCornerWidget(QWidget())
        plain = CellDelegate(theme, self)
        painters = {RunColumn.STATUS: StatusDelegate(theme, self), RunColumn.CURVE: SparklineDelegate(theme, self)}
        for column, width in _WIDTHS.items():
            self.setItemDelegateForColumn(column, painters.get(column, plain))
            self.setColumnWidth(column, width)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSortIndicator(RunColumn.STARTED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        self.doubleClicked.connect(self._act)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        theme.changed.connect(self.viewport().update)

    def show_runs(self, entries: Sequence[RunEntry]) -> None:
        """List other runs; those that were selected stay so."""
        self._keeping_selection(lambda: self.runs.show_runs(entries))

    def set_text(self, text: str) -> None:
        """List only runs that have this text somewhere."""
        self._keeping_selection(lambda: self.runs.set_text(text))

    def _keeping_selection(self, change: Any) -> None:
        paths = [entry.path for entry in self.selected()]
        change()
        rows = [row for path in paths if (row := self.runs.row_of(path)) >= 0]
        self.select_rows(rows)
        self.chosen.emit()

    def select_rows(self, rows: Iterable[int]) -> None:
        """Select these rows and no others."""
        model = self.selectionModel()
        model.clearSelection()
        for row in rows:
            index = self.runs.index(row, 0)
            model.select(index, model.SelectionFlag.Select | model.SelectionFlag.Rows)
            model.setCurrentIndex(index, model.SelectionFlag.NoUpdate)

    def selected(self) -> list[RunEntry]:
        """The selected runs, from top to bottom."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.runs.entry(row) for row in rows]

    def edit_cell(self, column: RunColumn) -> None:
        """Edit the name or the notes of the current run."""
        if self.currentIndex().isValid():
            self.edit(self.runs.index(self.currentIndex().row(), column))

    def _act(self, index: QModelIndex) -> None:
        if index.column() == RunColumn.NOTES:
            self.edit(index)
        else:
            self.opened.emit(self.runs.entry(index.row()).path)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens, Delete discards."""
        chosen = self.selected()
        if chosen and event.matches(QKeySequence.StandardKey.Delete):
            self.discarded.emit([entry.path for entry in chosen])
        elif chosen and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(chosen[0].path)
        else:
            super().keyPressEvent(event)
