"""Painters of the cells of a ranking: place with the mark of the curve, name, figure with a bar."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QPainter

from bioseq_gui.tables.column_model import VALUE_ROLE
from bioseq_gui.tables.delegates import CellDelegate, class_colour, draw_bar, draw_mark

if TYPE_CHECKING:
    Index = QModelIndex | QPersistentModelIndex

_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_NUMBER_WIDTH = 52


class PlaceDelegate(CellDelegate):
    """The place, with the mark that its curve has: value `(place, style)`."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Mark at the left, number beside it."""
        place, style = index.data(VALUE_ROLE)
        palette = self._theme.palette
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.ink(class_colour(palette, style))
        centre = QRectF(area).center()
        centre.setX(area.left() + 5.0)
        draw_mark(painter, centre, max(0, style), colour, size=9.0 if style >= 0 else 5.0)
        painter.setPen(self.ink(palette.text if place else palette.muted))
        painter.drawText(area.adjusted(18, 0, 0, 0), _LEFT, str(index.data(Qt.ItemDataRole.DisplayRole)))


class NameDelegate(CellDelegate):
    """The name of a candidate: value is whether its beginning matters more than its end."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """The name as far as it fits."""
        mode = Qt.TextElideMode.ElideRight if index.data(VALUE_ROLE) else Qt.TextElideMode.ElideMiddle
        painter.setPen(self.ink(self._theme.palette.text))
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        painter.drawText(area, _LEFT, painter.fontMetrics().elidedText(text, mode, area.width()))


class FigureDelegate(CellDelegate):
    """A figure as a bar and as digits: value `(share [0, 1], settled)`; one that may still change is paler."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Bar at the left, digits at the right."""
        share, settled = index.data(VALUE_ROLE)
        palette = self._theme.palette
        if math.isnan(share):
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(area.left(), area.center().y() - 2, area.width() - _NUMBER_WIDTH, 6)
        colour = self.ink(palette.accent)
        painter.setOpacity(1.0 if settled else 0.5)
        draw_bar(painter, track, max(0.0, share), colour, self.ink(palette.line))
        painter.setOpacity(1.0)
        painter.setPen(self.ink(palette.text if settled else palette.muted))
        painter.drawText(area, _RIGHT, str(index.data(Qt.ItemDataRole.DisplayRole)))
