"""A table of numbers in [-1, 1] as colours: one side of zero in one colour, the other in another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq_gui.theme.theme import Theme

_LEFT, _BELOW = 52, 34
_SMALLEST = QSize(280, 180)


class HeatMap(QWidget):
    """Rows upwards on the left axis, columns to the right; the value under the pointer is told.

    Args:
        theme: For the colours.
        x_title: What columns are.
        y_title: What rows are.
    """

    def __init__(self, theme: Theme, *, x_title: str, y_title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._x_title, self._y_title = x_title, y_title
        self._values: NDArray[np.float64] = np.zeros((1, 1))
        self.setMouseTracking(True)
        self.setMinimumSize(_SMALLEST)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    @property
    def values(self) -> NDArray[np.float64]:
        """What is shown, rows by columns."""
        return self._values

    def show_values(self, values: NDArray[np.float64]) -> None:
        """Show a table.

        Args:
            values: Rows by columns, in [-1, 1].
        """
        self._values = np.asarray(values, np.float64)
        self.setAccessibleDescription(f"{self._y_title} × {self._x_title}: {values.shape[0]} × {values.shape[1]}")
        self.update()

    def colours(self) -> NDArray[np.uint8]:
        """Red, green and blue of each cell, `(rows, columns, 3)`: the card's colour at 0, full colours at -1 and 1."""
        palette = self._theme.palette
        card, high, low = (_rgb(colour) for colour in (palette.card, palette.classes[0], palette.classes[1]))
        share = np.clip(np.abs(self._values), 0, 1)[..., None]
        full = np.where(self._values[..., None] >= 0, high, low)
        return np.asarray(np.rint(card + (full - card) * share), np.uint8)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """The cells, and numbers at the ends of both axes."""
        painter = QPainter(self)
        place = self._place()
        pixels = np.ascontiguousarray(self.colours()[::-1])
        rows, columns, _ = pixels.shape
        image = QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
        painter.drawImage(place, image)
        painter.setPen(QColor(self._theme.palette.muted))
        below = QRectF(place.left(), place.bottom() + 2, place.width(), _BELOW)
        flag = Qt.AlignmentFlag
        painter.drawText(below, flag.AlignHCenter | flag.AlignTop, self._x_title)
        painter.drawText(below, flag.AlignLeft | flag.AlignTop, "0")
        painter.drawText(below, flag.AlignRight | flag.AlignTop, str(columns - 1))
        beside = QRectF(0, place.top(), _LEFT - 8, place.height())
        painter.drawText(beside, flag.AlignRight | flag.AlignBottom, "0")
        painter.drawText(beside, flag.AlignRight | flag.AlignTop, str(rows - 1))
        painter.save()
        painter.translate(14, place.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-place.height() / 2, -12, place.height(), 24), flag.AlignCenter, self._y_title)
        painter.restore()
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell the value under the pointer."""
        row, column = self.cell_at(event.position())
        if row >= 0:
            told = f"{self._y_title} {row}, {self._x_title} {column}: {self._values[row, column]:.3f}"
            QToolTip.showText(event.globalPosition().toPoint(), plain_tip(told), self)
        super().mouseMoveEvent(event)

    def cell_at(self, point: QPointF) -> tuple[int, int]:
        """Row and column under a point of the widget; -1 and -1 outside the cells."""
        place = self._place()
        if not place.contains(point):
            return -1, -1
        rows, columns = self._values.shape
        row = int((place.bottom() - point.y()) / place.height() * rows)
        column = int((point.x() - place.left()) / place.width() * columns)
        return min(max(row, 0), rows - 1), min(max(column, 0), columns - 1)

    def _place(self) -> QRectF:
        return QRectF(_LEFT, 4, self.width() - _LEFT - 6, self.height() - _BELOW - 4)


def _rgb(colour: str) -> NDArray[np.float64]:
    named = QColor(colour)
    return np.array([named.red(), named.green(), named.blue()], np.float64)
