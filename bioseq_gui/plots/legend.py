"""A legend outside the curves: swatch and name in a row that wraps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from bioseq_gui.plots.figure import Line, Points, colour_of
from bioseq_gui.plots.paper import marker_outline
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from bioseq_gui.plots.figure import Bars, Steps
    from bioseq_gui.theme.theme import Theme

_SWATCH, _GAP, _BETWEEN, _ROW = 20, 6, 16, 18
_DASHES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "dashdot": Qt.PenStyle.DashDotLine,
}


class Legend(QWidget):
    """Names of the curves with the look of each."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._entries: tuple[Line | Steps | Bars | Points, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setVisible(False)

    @property
    def names(self) -> tuple[str, ...]:
        """What it says."""
        return tuple(entry.name for entry in self._entries)

    def show_entries(self, entries: tuple[Line | Steps | Bars | Points, ...]) -> None:
        """Name these layers."""
        renamed = [(e.name, type(e), e.colour) for e in entries] != [(e.name, type(e), e.colour) for e in self._entries]
        self._entries = entries
        self.setVisible(bool(entries))
        if renamed:
            self.setAccessibleName(", ".join(self.names))
            self.updateGeometry()
        self.update()

    def heightForWidth(self, width: int) -> int:
        """As many rows as the names need."""
        places = self._places(width)
        return round(places[-1][1].y()) + _ROW if places else 0

    def hasHeightForWidth(self) -> bool:
        """It wraps."""
        return True

    def sizeHint(self) -> QSize:
        """One or more rows."""
        width = self.width() or 300
        return QSize(120, self.heightForWidth(width))

    def _places(self, width: int) -> list[tuple[str, QPointF]]:
        metrics = QFontMetricsF(self.font())
        places: list[tuple[str, QPointF]] = []
        x, y = 0.0, 0.0
        for entry in self._entries:
            room = max(40.0, width - _SWATCH - _GAP)
            text = metrics.elidedText(for_display(entry.name), Qt.TextElideMode.ElideMiddle, room)
            needed = _SWATCH + _GAP + metrics.horizontalAdvance(text)
            if x and x + needed > width:
                x, y = 0.0, y + _ROW
            places.append((text, QPointF(x, y)))
            x += needed + _BETWEEN
        return places

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """Swatches and names."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for entry, (text, place) in zip(self._entries, self._places(self.width()), strict=True):
            self._paint_swatch(painter, entry, place + QPointF(0, _ROW / 2))
            painter.setPen(QColor(self._theme.palette.text))
            box = QRectF(place.x() + _SWATCH + _GAP, place.y(), self.width(), _ROW)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        painter.end()

    def _paint_swatch(self, painter: QPainter, entry: Line | Steps | Bars | Points, place: QPointF) -> None:
        colour = QColor(colour_of(entry.colour, self._theme.palette))
        match entry:
            case Line(dash=dash):
                painter.setPen(QPen(colour, 2, _DASHES[dash]))
                painter.drawPolyline(QPolygonF([place, place + QPointF(_SWATCH, 0)]))
            case Points(hollow=hollow, marker=marker):
                painter.setPen(QPen(colour, 1.6))
                painter.setBrush(Qt.BrushStyle.NoBrush if hollow else colour)
                painter.drawPolygon(marker_outline(marker, place + QPointF(_SWATCH / 2, 0), 4.5))
            case _:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour)
                painter.drawRoundedRect(QRectF(place.x() + 6, place.y() - 5, 11, 11), 2, 2)
