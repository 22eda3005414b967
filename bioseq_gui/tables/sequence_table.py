"""The records as read: a table over columns mapped from the disk, with a search and a jump."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QCoreApplication,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq_gui.tables.sequence_delegate import MARGIN, SequenceDelegate
from bioseq_gui.tables.sequence_search import matching_rows
from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import label
from bioseq_gui.widgets.text import for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset
    from bioseq_gui.theme.theme import Theme

NUMBER, ID, CLASS, SPLIT, LENGTH, SEQUENCE, SOURCE, LINE = range(8)
LONGEST_SHOWN = 2_000
"""Letters of a record that the table shows."""
_SEARCH_SECONDS = 0.008
_TYPING_MS = 150


def _tr(text: str) -> str:
    return QCoreApplication.translate("SequenceTable", text)


class SequenceTableModel(QAbstractTableModel):
    """Rows of a data set, all of them or those that a search found."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dataset: Dataset | None = None
        self._rows: NDArray[np.intp] | None = None
        self._titles = (
            "#",
            _tr("Id"),
            _tr("Class"),
            _tr("Split"),
            _tr("Length"),
            _tr("Sequence"),
            _tr("File"),
            _tr("Line"),
        )
        self._splits = {
            Split.UNASSIGNED: "",
            Split.TRAIN: _tr("train"),
            Split.VALIDATION: _tr("validation"),
            Split.TEST: _tr("test"),
        }

    def set_dataset(self, dataset: Dataset | None) -> None:
        """Show other records."""
        self.beginResetModel()
        self._dataset, self._rows = dataset, None
        self.endResetModel()

    def set_rows(self, rows: NDArray[np.intp] | None) -> None:
        """Show only these records, in this order; None shows all."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def record(self, row: int) -> int:
        """Number in the data set of the record in a row of the table."""
        return row if self._rows is None else int(self._rows[row])

    def row_of(self, record: int) -> int:
        """Row of the table that shows a record; -1 when it is filtered away."""
        if self._rows is None:
            return record
        place = int(np.searchsorted(self._rows, record))
        return place if place < len(self._rows) and self._rows[place] == record else -1

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Records shown."""
        if parent.isValid() or self._dataset is None:
            return 0
        return len(self._dataset) if self._rows is None else len(self._rows)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles of the columns."""
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        if not index.isValid() or self._dataset is None:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(self._dataset, self.record(index.row()), index.column())
        if role == Qt.ItemDataRole.ToolTipRole and index.column() in (ID, SOURCE):
            return self._tip(self._dataset, self.record(index.row()), index.column())
        return None

    def _text(self, dataset: Dataset, record: int, column: int) -> str:
        match column:
            case 0:
                return number(record + 1)
            case 1:
                return for_display(dataset.ids[record])
            case 2:
                code = int(dataset.labels[record])
                return "" if code == NO_LABEL else for_display(dataset.label_names[code])
            case 3:
                return self._splits[Split(int(dataset.splits[record]))]
            case 4:
                return number(int(dataset.offsets[record + 1] - dataset.offsets[record]))
            case 5:
                start = int(dataset.offsets[record])
                end = min(start + LONGEST_SHOWN, int(dataset.offsets[record + 1]))
                return dataset.letters[start:end].tobytes().decode("latin-1")
            case 6:
                return for_display(dataset.source_of(record).replace("\\", "/").rsplit("/", 1)[-1])
            case _:
                return number(int(dataset.lines[record]))

    def _tip(self, dataset: Dataset, record: int, column: int) -> str:
        if column == SOURCE:
            return tip(dataset.source_of(record))
        description = dataset.descriptions[record]
        return tip(f"{dataset.ids[record]} {description}" if description else dataset.ids[record])


def _alignment(column: int) -> int:
    side = Qt.AlignmentFlag.AlignRight if column in (NUMBER, LENGTH, LINE) else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


class SequenceTable(QWidget):
    """The table with its search line.

    Signals:
        record_chosen: Number in the data set of the record that was chosen.
    """

    record_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dataset: Dataset | None = None
        self._search: Iterator[NDArray[np.intp] | None] | None = None
        self.model = SequenceTableModel(self)
        self.view = QTableView()
        self.view.setModel(self.model)
        self._delegate = SequenceDelegate(theme, self)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find an id or a piece of sequence"))
        self.search.setAccessibleName(self.tr("Find an id or a piece of sequence"))
        self.search.setClearButtonEnabled(True)
        self.classes = QComboBox()
        self.classes.setAccessibleName(self.tr("Show one class only"))
        self.splits = QComboBox()
        self.splits.setAccessibleName(self.tr("Show one split only"))
        self.jump = QLineEdit()
        self.jump.setPlaceholderText(self.tr("Go to #"))
        self.jump.setAccessibleName(self.tr("Go to the record with this number"))
        self.jump.setFixedWidth(96)
        self._count = label("", "muted")
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(_TYPING_MS)
        self._slices = QTimer(self)
        self._slices.setInterval(0)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        view = self.view
        view.setAccessibleName(self.tr("Sequences"))
        view.setItemDelegateForColumn(SEQUENCE, self._delegate)
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setShowGrid(False)
        view.setWordWrap(False)
        view.setTabKeyNavigation(False)
        view.verticalHeader().setVisible(False)
        view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        view.horizontalHeader().setHighlightSections(False)
        view.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self.search, 1)
        row.addWidget(self.classes)
        row.addWidget(self.splits)
        row.addWidget(self.jump)
        row.addWidget(self._count)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_2, 0, 0)
        column.setSpacing(SPACE_2)
        column.addLayout(row)
        column.addWidget(view, 1)

    def _connect(self) -> None:
        self.search.textChanged.connect(lambda _text: self._typing.start())
        self.classes.activated.connect(lambda _index: self._begin_search())
        self.splits.activated.connect(lambda _index: self._begin_search())
        self.jump.returnPressed.connect(self._jump)
        self._typing.timeout.connect(self._begin_search)
        self._slices.timeout.connect(self._search_on)
        self._theme.changed.connect(self._measure)
        self.view.clicked.connect(lambda index: self.record_chosen.emit(self.model.record(index.row())))

    def set_dataset(self, dataset: Dataset | None, *, protein: bool = False) -> None:
        """Show other records."""
        self._dataset = dataset
        self._stop_search()
        self._delegate.set_protein(protein)
        self.model.set_dataset(dataset)
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self._fill_choices(dataset)
        self._measure()
        self._show_count()

    def _fill_choices(self, dataset: Dataset | None) -> None:
        self.classes.clear()
        self.splits.clear()
        self.classes.addItem(self.tr("All classes"), None)
        for code, name in enumerate(dataset.label_names if dataset else ()):
            self.classes.addItem(for_display(name, longest=40), code)
        if dataset is not None and bool(np.any(dataset.labels == NO_LABEL)):
            self.classes.addItem(self.tr("No class"), NO_LABEL)
        self.splits.addItem(self.tr("All splits"), None)
        for split, title in ((1, self.tr("Train")), (2, self.tr("Validation")), (3, self.tr("Test"))):
            if dataset is not None and bool(np.any(dataset.splits == split)):
                self.splits.addItem(title, split)

    def _measure(self) -> None:
        """Widths from the data's own extremes: no cell is asked."""
        header = self.view.horizontalHeader()
        metrics = self.view.fontMetrics()
        digit = metrics.horizontalAdvance("0")
        lengths = self._dataset.lengths if self._dataset is not None and len(self._dataset) else np.array([0])
        names = self._dataset.label_names if self._dataset is not None else ()
        widest = max([metrics.horizontalAdvance(for_display(name, longest=30)) for name in names], default=0)
        sequence = int(min(LONGEST_SHOWN, int(lengths.max())) * self._delegate.advance) + 2 * MARGIN + 8
        widths = {
            NUMBER: metrics.horizontalAdvance(number(max(1, len(lengths)))) + 36,
            ID: digit * 22,
            CLASS: max(widest + 28, digit * 9),
            SPLIT: digit * 12,
            LENGTH: digit * 10,
            SEQUENCE: max(sequence, digit * 30),
            SOURCE: digit * 24,
            LINE: digit * 10,
        }
        for column, width in widths.items():
            header.resizeSection(column, width)
        self.view.verticalHeader().setDefaultSectionSize(metrics.height() + 10)

    # ------------------------------------------------------------------ search

    def _begin_search(self) -> None:
        self._stop_search()
        if self._dataset is None:
            return
        query = self.search.text().strip()
        self._search = matching_rows(self._dataset, query) if query else iter([None])
        if query:
            self._slices.start()
        else:
            self._finish_search(None)

    def _search_on(self) -> None:
        """Search for some milliseconds, then let the event loop have its turn."""
        until = time.perf_counter() + _SEARCH_SECONDS
        while self._search is not None and time.perf_counter() < until:
            found = next(self._search)
            if found is not None:
                self._finish_search(found)

    def _finish_search(self, found: NDArray[np.intp] | None) -> None:
        self._stop_search()
        rows = found
        if self._dataset is not None:
            for column, choice in ((self._dataset.labels, self.classes), (self._dataset.splits, self.splits)):
                wanted = choice.currentData()
                if wanted is None:
                    continue
                rows = np.flatnonzero(column == wanted) if rows is None else rows[column[rows] == wanted]
        self.model.set_rows(rows)
        self._show_count()

    def _stop_search(self) -> None:
        self._typing.stop()
        self._slices.stop()
        self._search = None

    def _show_count(self) -> None:
        shown, whole = self.model.rowCount(), len(self._dataset) if self._dataset is not None else 0
        text = number(whole) if shown == whole else self.tr("{0} of {1}").format(number(shown), number(whole))
        self._count.setText(self.tr("{0} records").format(text))

    # ------------------------------------------------------------------ jump

    def show_record(self, record: int) -> None:
        """Scroll to a record and select it; a filter that hides it is lifted."""
        if self._dataset is None or not 0 <= record < len(self._dataset):
            return
        if self.model.row_of(record) < 0:
            self.search.clear()
            self.classes.setCurrentIndex(0)
            self.splits.setCurrentIndex(0)
            self._finish_search(None)
        index = self.model.index(self.model.row_of(record), ID)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.view.selectionModel().setCurrentIndex(index, flags)
        self.view.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _jump(self) -> None:
        digits = "".join(letter for letter in self.jump.text() if letter.isdigit())
        if digits:
            self.show_record(int(digits) - 1)
