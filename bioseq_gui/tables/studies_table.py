"""The studies that are there, as a table."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bioseq.runs.history import Status
from bioseq_gui.tables.column_model import VALUE_ROLE
from bioseq_gui.tables.delegates import CellDelegate, StatusDelegate
from bioseq_gui.tables.runs_table import started_text
from bioseq_gui.tables.table_view import make_quick
from bioseq_gui.widgets.text import for_display, tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from PySide6.QtGui import QKeyEvent

    from bioseq_gui.studies.shelf import StudyEntry
    from bioseq_gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_TONES = {
    Status.FINISHED: "good",
    Status.RUNNING: "accent",
    Status.STOPPED: "warning",
    Status.INTERRUPTED: "warning",
    Status.FAILED: "bad",
    Status.UNREADABLE: "bad",
}


class StudyColumn(IntEnum):
    """The columns, from left to right."""

    STARTED = 0
    KIND = 1
    STATUS = 2
    LEADER = 3
    DATA = 4


_WIDTHS = {
    StudyColumn.STARTED: 164,
    StudyColumn.KIND: 150,
    StudyColumn.STATUS: 128,
    StudyColumn.LEADER: 300,
    StudyColumn.DATA: 180,
}


class StudiesModel(QAbstractTableModel):
    """Studies as rows, newest first.

    Args:
        kind_title: What a kind of study is called.
        status_text: How one stands, in a word.
    """

    def __init__(
        self, kind_title: Callable[[str], str], status_text: Callable[[Status], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._kind_title, self._status_text = kind_title, status_text
        self._entries: tuple[StudyEntry, ...] = ()
        self._titles = {
            StudyColumn.STARTED: self.tr("Begun"),
            StudyColumn.KIND: self.tr("Study"),
            StudyColumn.STATUS: self.tr("State"),
            StudyColumn.LEADER: self.tr("First in the ranking"),
            StudyColumn.DATA: self.tr("Data"),
        }

    def show_studies(self, entries: Sequence[StudyEntry]) -> None:
        """List these studies."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self.endResetModel()

    def entry(self, row: int) -> StudyEntry:
        """The study in a row."""
        return self._entries[row]

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Studies."""
        return 0 if parent.isValid() else len(self._entries)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(StudyColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        entry, column = self._entries[index.row()], StudyColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return for_display(self._text(entry, column))
            case Qt.ItemDataRole.ToolTipRole:
                return tip(str(entry.path) if column is StudyColumn.STARTED else self._text(entry, column))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._titles[column]}: {for_display(self._text(entry, column))}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT
            case _ if role == VALUE_ROLE and column is StudyColumn.STATUS:
                return _TONES.get(entry.status, "muted")
            case _:
                return None

    def _text(self, entry: StudyEntry, column: StudyColumn) -> str:
        match column:
            case StudyColumn.STARTED:
                return started_text(entry.started)
            case StudyColumn.KIND:
                return self._kind_title(entry.kind)
            case StudyColumn.STATUS:
                return self._status_text(entry.status)
            case StudyColumn.LEADER:
                return entry.fault or entry.leader or "–"
            case _:
                return ", ".join(entry.data_names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings."""
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _LEFT
        return self._titles[StudyColumn(section)] if role == Qt.ItemDataRole.DisplayRole else None


class StudiesView(QTableView):
    """The list of studies.

    Signals:
        opened: Double click or Enter on a study; its folder.
        chosen: Another study is selected.
    """

    opened = Signal(object)
    chosen = Signal()

    def __init__(self, theme: Theme, model: StudiesModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.studies = model
        model.setParent(self)
        make_quick(self)
        self.setModel(model)
        self.setAccessibleName(self.tr("Studies"))
        self.setProperty("framed", "true")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setCornerWidget(QWidget())
        plain, status = CellDelegate(theme, self), StatusDelegate(theme, self)
        for column, width in _WIDTHS.items():
            self.setItemDelegateForColumn(column, status if column is StudyColumn.STATUS else plain)
            self.setColumnWidth(column, width)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(StudyColumn.LEADER, QHeaderView.ResizeMode.Stretch)
        self.doubleClicked.connect(lambda index: self.opened.emit(model.entry(index.row()).path))
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        theme.changed.connect(self.viewport().update)

    def show_studies(self, entries: Sequence[StudyEntry]) -> None:
        """List these studies; the one that is selected stays so."""
        before = self.selected
        self.studies.show_studies(entries)
        paths: list[Path] = [entry.path for entry in entries]
        if before is not None and before.path in paths:
            self.selectRow(paths.index(before.path))
        self.chosen.emit()

    @property
    def selected(self) -> StudyEntry | None:
        """The selected study; None without."""
        rows = self.selectionModel().selectedRows()
        return self.studies.entry(rows[0].row()) if rows else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if self.selected is not None and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.selected.path)
        else:
            super().keyPressEvent(event)
