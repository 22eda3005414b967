"""Patience as small dots: one per epoch that may pass without improvement, filled as they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

if TYPE_CHECKING:
    from bioseq_gui.theme.theme import Theme

_MOST_DOTS = 30
_HEIGHT = 12


class PatienceDots(QWidget):
    """Epochs without improvement against patience; empty when training does not end early."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._passed, self._patience = 0, 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    @property
    def shown(self) -> tuple[int, int]:
        """Epochs without improvement, and patience."""
        return self._passed, self._patience

    def show_patience(self, passed: int, patience: int) -> None:
        """Fill so many of so many dots."""
        if (passed, patience) == (self._passed, self._patience):
            return
        self._passed, self._patience = passed, patience
        self.setAccessibleName(self.tr("Epochs without improvement: {0} of {1}").format(passed, patience))
        self.update()

    def sizeHint(self) -> QSize:
        """One row."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """The dots, or a bar when there would be too many."""
        if not self._patience:
            return
        palette = self._theme.palette
        near_end = self._passed * 3 >= self._patience * 2
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dots = min(self._patience, _MOST_DOTS)
        filled = round(self._passed * dots / self._patience)
        spacing = min(12.0, self.width() / dots)
        radius = min(3.5, spacing * 0.36)
        for dot in range(dots):
            centre = QPointF(radius + 1 + dot * spacing, self.height() / 2)
            colour = QColor(palette.warning if near_end else palette.accent)
            painter.setPen(QPen(colour if dot < filled else QColor(palette.muted), 1.2))
            painter.setBrush(colour if dot < filled else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, radius, radius)
        painter.end()
