"""A Qt model over columns with millions of rows: one array of row numbers says what is shown, and in which order.

No Python object exists per row; a cell's text is made when the view asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from bioseq.spreadsheets import harmless
from bioseq_gui.tables.columns import Column, ColumnKind
from bioseq_gui.tables.ordering import sorted_rows
from bioseq_gui.widgets.text import for_display, tip

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

Index = QModelIndex | QPersistentModelIndex
VALUE_ROLE = int(Qt.ItemDataRole.UserRole)
"""What the painter of a column needs, as `Column.value` gives it."""
ROW_ROLE = VALUE_ROLE + 1
"""Number of the row in the table, before sorting and filtering."""

_ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_SURELY_SHORT = 100
_NUMERIC = (ColumnKind.NUMBER, ColumnKind.PROBABILITY)


class ColumnModel(QAbstractTableModel):
    """Columns of one length, sorted and filtered without moving them.

    Signals:
        rows_changed: Other rows are shown, or in another order.
    """

    rows_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: tuple[Column, ...] = ()
        self._count = 0
        self._mask: NDArray[np.bool_] | None = None
        self._sorted: NDArray[np.uint32] | None = None
        self._sort_key = ""
        self._descending = False
        self._shown: NDArray[np.uint32] = np.zeros(0, np.uint32)

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, in order."""
        return self._columns

    @property
    def shown_rows(self) -> NDArray[np.uint32]:
        """Numbers of the rows that are shown, in the order shown, `(M,)`."""
        return self._shown

    @property
    def total(self) -> int:
        """Rows before filtering."""
        return self._count

    @property
    def sort_state(self) -> tuple[str, bool]:
        """Key of the column that is sorted by (empty for the order of the file), and whether descending."""
        return self._sort_key, self._descending

    def set_columns(self, columns: Sequence[Column], count: int) -> None:
        """Show another table: all rows, in the order of the file."""
        self.beginResetModel()
        self._columns, self._count = tuple(columns), count
        self._mask = self._sorted = None
        self._sort_key, self._descending = "", False
        self._shown = np.arange(count, dtype=np.uint32)
        self.endResetModel()
        self.rows_changed.emit()

    def set_mask(self, mask: NDArray[np.bool_] | None) -> None:
        """Show the rows `(N,)` that are True; None shows all."""
        self._mask = mask
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; -1 goes back to the order of the file."""
        self._descending = order == Qt.SortOrder.DescendingOrder
        if 0 <= column < len(self._columns):
            self._sort_key = self._columns[column].key
            self._sorted = sorted_rows(self._columns[column].keys(), descending=self._descending)
        else:
            self._sort_key, self._sorted = "", None
        self._arrange()

    def _arrange(self) -> None:
        self.beginResetModel()
        if self._mask is None:
            everything = np.arange(self._count, dtype=np.uint32)
            self._shown = everything if self._sorted is None else self._sorted
        elif self._sorted is None:
            self._shown = np.flatnonzero(self._mask).astype(np.uint32)
        else:
            self._shown = self._sorted[self._mask[self._sorted]]
        self.endResetModel()
        self.rows_changed.emit()

    def table_row(self, shown: int) -> int:
        """Number in the table of the row shown at a place."""
        return int(self._shown[shown])

    def place_of(self, row: int) -> int:
        """Where a row of the table is shown; -1 when the filter leaves it out."""
        places = np.flatnonzero(self._shown == row)
        return int(places[0]) if len(places) else -1

    def column_number(self, key: str) -> int:
        """Place of a column; -1 when there is none of this name."""
        return next((place for place, column in enumerate(self._columns) if column.key == key), -1)

    def text_of(self, places: Iterable[int], columns: Sequence[int]) -> str:
        """Cells as tab-separated text with a line of headings, for spreadsheets."""
        picked = [self._columns[column] for column in columns]
        lines = ["\t".join(_cell(column.title) for column in picked)]
        lines += ["\t".join(_cell(column.text(row)) for column in picked) for row in map(self.table_row, places)]
        return "\n".join(lines) + "\n"

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Rows shown."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """All columns, hidden ones too."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        column = self._columns[index.column()]
        row = int(self._shown[index.row()])
        if role == VALUE_ROLE:
            return column.value(row)
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            text = column.short_text(row)
            return text if len(text) <= _SURELY_SHORT and text.isprintable() else for_display(text)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.kind in _NUMERIC else _LEFT
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column.title}: {for_display(column.short_text(row))}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.short_text(row))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings of columns; numbers of rows in the table, from 1."""
        if orientation == Qt.Orientation.Vertical:
            return f"{self.table_row(section) + 1:,}" if role == Qt.ItemDataRole.DisplayRole else None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return for_display(column.title, longest=40)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(column.help or column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.kind is ColumnKind.NUMBER else _LEFT
        return None


def _cell(text: str) -> str:
    """A text that stays within its cell of a tab-separated table, and that no spreadsheet takes for a formula."""
    return harmless(text.replace("\t", " ").replace("\r", " ").replace("\n", " "))
