"""A configuration that was dropped or opened: what it would change, before it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import Card, button, label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.config.differences import Difference

_ROWS_SHOWN = 8


class ProposalBanner(Card):
    """Lists what a configuration would change; nothing changes until it is accepted.

    Signals:
        accepted: Apply it.
        declined: Leave all as it is.
    """

    accepted = Signal()
    declined = Signal()

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._heading = label("", "strong", wrap=True)
        self._apply = button(self.tr("Apply"), "primary")
        self._leave = button(self.tr("Leave as it is"))
        self._table = QTableWidget(0, 3)
        self._table.setHorizontalHeaderLabels([self.tr("Setting"), self.tr("Now"), self.tr("In the file")])
        self._table.setAccessibleName(self.tr("What the configuration changes"))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.verticalHeader().setVisible(False)
        self._table.setShowGrid(False)
        self._table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self._heading, 1)
        row.addWidget(self._leave)
        row.addWidget(self._apply)
        self.body.addLayout(row)
        self.body.addWidget(self._table)
        self._apply.clicked.connect(self.accepted)
        self._leave.clicked.connect(self.declined)
        self.setVisible(False)

    @property
    def apply_button(self) -> QWidget:
        """The button that accepts."""
        return self._apply

    def show_changes(self, name: str, changes: Sequence[Difference]) -> None:
        """Show what the configuration called `name` would change."""
        count = self.tr("one setting") if len(changes) == 1 else self.tr("{0} settings").format(len(changes))
        self._heading.setText(self.tr("{0} changes {1}. Apply it?").format(for_display(name), count))
        self._table.setRowCount(len(changes))
        for row, change in enumerate(changes):
            for column, text in enumerate((change.title, change.old, change.new)):
                item = QTableWidgetItem(for_display(text))
                item.setToolTip(change.path if column == 0 else "")
                self._table.setItem(row, column, item)
        shown = min(len(changes), _ROWS_SHOWN)
        height = self._table.horizontalHeader().sizeHint().height() + shown * self._table.verticalHeader().sectionSize(
            0
        )
        self._table.setFixedHeight(height + 6 if changes else 40)
        self.setVisible(True)
        self._apply.setFocus(Qt.FocusReason.OtherFocusReason)
