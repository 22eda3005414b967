"""A short table of texts that is read, not worked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem

from bioseq_gui.widgets.text import for_display, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TextTable(QTableWidget):
    """Rows of texts; numbers stand at the right, and what is too long for its column is told by its tip.

    Args:
        name: What it shows, for people who cannot see it.
        header: Titles of the columns.
        numbers: Columns that hold numbers; they are as narrow as these allow.
    """

    def __init__(
        self, name: str, header: Sequence[str], *, numbers: Sequence[int] = (), parent: QWidget | None = None
    ) -> None:
        super().__init__(0, len(header), parent)
        self._numbers = frozenset(numbers)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.verticalHeader().setVisible(False)
        for column, title in enumerate(header):
            fits = column in self._numbers
            head = QTableWidgetItem(title)
            head.setTextAlignment(_RIGHT if fits else _LEFT)
            self.setHorizontalHeaderItem(column, head)
            mode = QHeaderView.ResizeMode.ResizeToContents if fits else QHeaderView.ResizeMode.Stretch
            self.horizontalHeader().setSectionResizeMode(column, mode)

    def show_rows(self, rows: Sequence[Sequence[str]]) -> None:
        """Show other rows."""
        self.setRowCount(len(rows))
        for place, row in enumerate(rows):
            for column, text in enumerate(row):
                cell = QTableWidgetItem(for_display(text))
                cell.setToolTip(tip(text))
                if column in self._numbers:
                    cell.setTextAlignment(_RIGHT)
                self.setItem(place, column, cell)
