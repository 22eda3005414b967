"""A table view for very many rows whose first column stays in sight, with copying of cells and a choice of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QWidget

from bioseq_gui.tables.delegates import ROW_HEIGHT
from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bioseq_gui.tables.column_model import ColumnModel
    from bioseq_gui.tables.delegates import CellDelegate

Index = QModelIndex | QPersistentModelIndex
CELLS_COPIED = 2_000_000
"""Cells that are copied to the clipboard at most; more belong into a file."""
_NARROWEST = 60


class FrozenTableView(QTableView):
    """A table whose first column stays where it is while the others scroll.

    Sorting and filtering reset the model, which costs the same for ten rows and for a million; the current row is
    found again afterwards.

    Signals:
        row_chosen: Another row is current; its number in the table, -1 for none.
        copy_refused: Too many cells (or letters) were chosen for the clipboard; their number.
    """

    row_chosen = Signal(int)
    copy_refused = Signal(int)

    def __init__(self, model: ColumnModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._columns = model
        self._current = -1
        self._frozen = QTableView(self)
        for view in (self, self._frozen):
            make_quick(view)
            view.setModel(model)
        self._arrange_frozen()
        self._arrange_headers()
        self.setCornerWidget(QWidget())
        model.modelAboutToBeReset.connect(self._remember)
        model.modelReset.connect(self._restore)
        self.selectionModel().currentRowChanged.connect(self._announce)

    def _arrange_headers(self) -> None:
        header = self.horizontalHeader()
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setMinimumSectionSize(_NARROWEST)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        header.sectionResized.connect(self._follow_width)
        self.setSortingEnabled(True)

    def _arrange_frozen(self) -> None:
        frozen = self._frozen
        frozen.setObjectName("frozen")
        frozen.setAccessibleName(self.tr("First column, always in sight"))
        frozen.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        frozen.setFrameShape(QFrame.Shape.NoFrame)
        frozen.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frozen.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        frozen.setSelectionModel(self.selectionModel())
        frozen.setStyleSheet("QTableView#frozen { border: none; }")
        header = frozen.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionsClickable(True)
        header.setHighlightSections(False)
        header.setSortIndicatorShown(True)
        header.sectionClicked.connect(self._sort_by_frozen)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._offer_columns)
        self.viewport().stackUnder(frozen)
        frozen.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)
        self.verticalScrollBar().valueChanged.connect(frozen.verticalScrollBar().setValue)
        self.horizontalHeader().sortIndicatorChanged.connect(self._follow_sorting)
        self.horizontalHeader().geometriesChanged.connect(self._place_frozen)

    def set_delegate(self, column: int, delegate: CellDelegate) -> None:
        """Paint a column with this delegate."""
        self.setItemDelegateForColumn(column, delegate)
        if column == 0:
            self._frozen.setItemDelegateForColumn(0, delegate)

    def show_columns(self) -> None:
        """Take widths and visibility from the columns of the model; called when another table is shown."""
        for place, column in enumerate(self._columns.columns):
            self.setColumnWidth(place, column.width)
            self.setColumnHidden(place, not column.shown)
            self._frozen.setColumnHidden(place, place > 0)
        self._place_frozen()

    def column_actions(self, menu: QMenu) -> list[QAction]:
        """One action per column to show or hide it; the first always stays."""
        actions = []
        for place, column in enumerate(self._columns.columns):
            action = QAction(self._columns.headerData(place, Qt.Orientation.Horizontal), menu)
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(place))
            action.setEnabled(place > 0)
            action.setToolTip(plain_tip(column.help))
            action.toggled.connect(self._shower(place))
            actions.append(action)
        return actions

    def _shower(self, place: int) -> Callable[[bool], None]:
        return lambda shown: self.setColumnHidden(place, not shown)

    def _offer_columns(self, position: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(self.column_actions(menu))
        menu.popup(self.horizontalHeader().mapToGlobal(position))

    def _sort_by_frozen(self, column: int) -> None:
        header = self.horizontalHeader()
        ascending, descending = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder
        if header.sortIndicatorSection() != column:
            header.setSortIndicator(column, ascending)
        elif header.sortIndicatorOrder() == ascending:
            header.setSortIndicator(column, descending)
        else:
            header.setSortIndicator(-1, ascending)

    def select_row(self, row: int) -> bool:
        """Make a row of the table current and bring it into sight; False when the filter leaves it out."""
        place = self._columns.place_of(row)
        if place < 0:
            return False
        self._make_current(place)
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)
        return True

    def _make_current(self, place: int) -> None:
        index = self._columns.index(place, 0)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Current
        self.selectionModel().setCurrentIndex(index, flags)

    def _remember(self) -> None:
        index = self.currentIndex()
        self._current = self._columns.table_row(index.row()) if index.isValid() else -1

    def _restore(self) -> None:
        place = self._columns.place_of(self._current) if self._current >= 0 else -1
        if place >= 0:
            self._make_current(place)
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)
        else:
            self.row_chosen.emit(-1)

    def _announce(self, current: QModelIndex) -> None:
        self.row_chosen.emit(self._columns.table_row(current.row()) if current.isValid() else -1)

    def _chosen_ranges(self) -> list[tuple[int, int, int, int]]:
        """Top, bottom, left and right of each block of chosen cells."""
        chosen = self.selectionModel().selection()
        blocks = [chosen.at(place) for place in range(chosen.count())]
        return [(block.top(), block.bottom(), block.left(), block.right()) for block in blocks]

    def chosen_rows(self) -> list[int]:
        """Numbers in the table of the rows with a chosen cell, in the order shown."""
        spans = _merged([(top, bottom) for top, bottom, *_ in self._chosen_ranges()])
        return [self._columns.table_row(place) for top, bottom in spans for place in range(top, bottom + 1)]

    def copy(self) -> None:
        """Put the chosen cells on the clipboard as tab-separated text with headings."""
        ranges = self._chosen_ranges()
        columns = sorted({column for *_, left, right in ranges for column in range(left, right + 1)})
        columns = [column for column in columns if not self.isColumnHidden(column)]
        spans = _merged([(top, bottom) for top, bottom, *_ in ranges])
        rows = sum(bottom - top + 1 for top, bottom in spans)
        if not rows or not columns:
            return
        if rows * len(columns) > CELLS_COPIED:
            self.copy_refused.emit(rows * len(columns))
            return
        places = (place for top, bottom in spans for place in range(top, bottom + 1))
        QGuiApplication.clipboard().setText(self._columns.text_of(places, columns))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The standard key for copying copies cells."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            event.accept()
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The frozen column has the height of the view."""
        super().resizeEvent(event)
        self._place_frozen()

    def event(self, event: QEvent) -> bool:
        """A change of style moves the frozen column too."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.StyleChange, QEvent.Type.FontChange, QEvent.Type.Show):
            self._place_frozen()
        return handled

    def scrollTo(
        self, index: Index, hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible
    ) -> None:
        """The first column is in sight already: going to it scrolls only up and down."""
        across = self.horizontalScrollBar().value()
        super().scrollTo(index, hint)
        if index.column() == 0:
            self.horizontalScrollBar().setValue(across)
            return
        hidden = self.columnWidth(0) - self.columnViewportPosition(index.column())
        if hidden > 0:
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - hidden)

    def _follow_width(self, column: int, _old: int, new: int) -> None:
        if column == 0:
            self._frozen.setColumnWidth(0, new)
            self._place_frozen()

    def _follow_sorting(self, column: int, order: Qt.SortOrder) -> None:
        self._frozen.horizontalHeader().setSortIndicator(column, order)

    def _place_frozen(self) -> None:
        if not hasattr(self, "_frozen"):
            return
        header = self.horizontalHeader()
        self._frozen.horizontalHeader().setFixedHeight(header.height())
        left = self.frameWidth() + (self.verticalHeader().width() if self.verticalHeader().isVisible() else 0)
        self._frozen.setGeometry(
            left, self.frameWidth(), self.columnWidth(0), self.viewport().height() + header.height()
        )


def make_quick(view: QTableView) -> None:
    """Rows of one height, nothing measured, scrolling by pixels."""
    view.verticalHeader().hide()
    view.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    view.verticalHeader().setMinimumSectionSize(ROW_HEIGHT)
    view.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
    view.setShowGrid(False)
    view.setWordWrap(False)
    view.setMouseTracking(True)
    view.setTabKeyNavigation(False)
    view.setCornerButtonEnabled(False)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)


def hide_for_room(view: QTableView, *, widths: Mapping[int, int], room: int, dispensable: Sequence[int]) -> None:
    """Hide columns that a narrow view has no room for; they come back when it is wide again.

    Args:
        view: The table.
        widths: Column to its width, for those that do not stretch, px.
        room: What the stretched columns need together, px.
        dispensable: Columns that may go, the first one first.
    """
    missing = sum(widths.values()) + room - view.viewport().width()
    for column in dispensable:
        view.setColumnHidden(column, missing > 0)
        missing -= widths[column] if missing > 0 else 0


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of rows, ascending, without overlap."""
    result: list[tuple[int, int]] = []
    for top, bottom in sorted(spans):
        if result and top <= result[-1][1] + 1:
            result[-1] = (result[-1][0], max(result[-1][1], bottom))
        else:
            result.append((top, bottom))
    return result
