"""What a configuration file would change, shown in the window before it applies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import Card, button, label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.differences import Difference

_ROWS_SHOWN = 8
_ROW_HEIGHT = 28


class ChangesPanel(Card):
    """A table of changes with Apply and Keep.

    Signals:
        applied: The person wants them.
        kept: The person keeps what is there.
    """

    applied = Signal()
    kept = Signal()

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._text = label("", "strong")
        self._apply = button(self.tr("Apply"), "primary")
        self._keep = button(self.tr("Keep the present settings"))
        self._table = QTableWidget(0, 3)
        self._table.setHorizontalHeaderLabels([self.tr("Setting"), self.tr("Now"), self.tr("In the file")])
        self._table.setAccessibleName(self.tr("Settings that would change"))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self._table.setShowGrid(False)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().setVisible(False)
        self._table.verticalHeader().setDefaultSectionSize(_ROW_HEIGHT)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._text, 1)
        head.addWidget(self._keep)
        head.addWidget(self._apply)
        self.body.addLayout(head)
        self.body.addWidget(self._table)
        self._apply.clicked.connect(self._choose_apply)
        self._keep.clicked.connect(self._choose_keep)
        self.setVisible(False)

    @property
    def apply_button(self) -> QPushButton:
        """The button that applies the changes."""
        return self._apply

    def show_changes(self, name: str, changes: Sequence[Difference]) -> None:
        """Show what a file would change.

        Args:
            name: The file.
            changes: One per setting.
        """
        count = self.tr("1 setting") if len(changes) == 1 else self.tr("{0} settings").format(len(changes))
        self._text.setText(self.tr("{0} changes {1}").format(for_display(name, longest=80), count))
        self._table.setRowCount(len(changes))
        for row, change in enumerate(changes):
            for column, text in enumerate((change.title, change.old, change.new)):
                self._table.setItem(row, column, QTableWidgetItem(for_display(str(text))))
        rows = min(_ROWS_SHOWN, len(changes))
        self._table.setFixedHeight(rows * _ROW_HEIGHT + self._table.horizontalHeader().sizeHint().height() + 4)
        self.setVisible(True)
        self._apply.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose_apply(self) -> None:
        self.setVisible(False)
        self.applied.emit()

    def _choose_keep(self) -> None:
        self.setVisible(False)
        self.kept.emit()
