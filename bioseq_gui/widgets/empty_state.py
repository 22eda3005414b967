"""What a page shows while it has nothing: what belongs here and how to get it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import RADIUS, SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import IconLabel, button, label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bioseq_gui.theme.theme import Theme

_TEXT_WIDTH = 560


class EmptyState(QWidget):
    """An icon, a heading, a sentence and buttons, in the middle of the page.

    Args:
        theme: For the colours.
        icon: Name of the icon.
        title: What belongs here.
        text: How to get it, one or two sentences.
        actions: Text of a button and what it does; the first is the primary one.
        dashed: Draw the dashed frame of a place to drop files on.
    """

    def __init__(
        self,
        theme: Theme,
        icon: str,
        title: str,
        text: str = "",
        actions: Sequence[tuple[str, Callable[[], object]]] = (),
        *,
        dashed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._dashed = dashed
        self._title = label(title, "heading")
        self._text = label(text, "muted", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._text.setMaximumWidth(_TEXT_WIDTH)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._text.setVisible(bool(text))
        self._actions = QHBoxLayout()
        self._actions.setSpacing(SPACE_2)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        column.setSpacing(SPACE_3)
        column.addStretch(2)
        centre = Qt.AlignmentFlag.AlignHCenter
        column.addWidget(IconLabel(theme, icon, size=44), 0, centre)
        column.addWidget(self._title, 0, centre)
        # In a row between stretches, not aligned: an aligned label does not get the height that its lines need.
        for part in (self._text, self._actions):
            row = QHBoxLayout()
            row.addStretch(1)
            if isinstance(part, QWidget):
                row.addWidget(part, 100)
            else:
                row.addLayout(part)
            row.addStretch(1)
            column.addLayout(row)
        self.foot = QVBoxLayout()
        self.foot.setSpacing(SPACE_2)
        column.addLayout(self.foot)
        column.addStretch(3)
        for name, action in actions:
            self.add_action(name, action)
        theme.changed.connect(self.update)

    def set_text(self, title: str, text: str = "") -> None:
        """Say something else."""
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def add_action(self, text: str, action: Callable[[], object]) -> QPushButton:
        """Add a button; the first one is the primary one."""
        made = button(text, "" if self._actions.count() else "primary")
        made.clicked.connect(lambda: action())  # noqa: PLW0108 - keeps `checked` from the action
        self._actions.addWidget(made)
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        """The dashed frame, where files may be dropped."""
        super().paintEvent(event)
        if not self._dashed:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(QColor(self._theme.palette.muted), 1.25, Qt.PenStyle.CustomDashLine)
        pen.setDashPattern([5, 5])
        painter.setPen(pen)
        painter.setBrush(QColor(self._theme.palette.card))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), RADIUS + 4, RADIUS + 4)
        painter.end()
