"""The screen for figures: pyqtgraph draws the layers of a `Figure`, in the colours of the theme.

This is the only module that imports pyqtgraph, which takes a third of a second: `base` imports it when the first figure
becomes visible.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from bioseq_gui.plots.figure import (
    Axis,
    Bars,
    Cells,
    Figure,
    Layer,
    Line,
    Points,
    Rule,
    Steps,
    colour_of,
    log_tick_text,
    log_ticks,
    tick_text,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.theme.tokens import Palette

_DENSE_FROM = 3_000
"""Points from which a curve is drawn one pixel wide, least and greatest value of each pixel: Qt draws wide and smoothed
lines many times slower."""
_STYLES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "dashdot": Qt.PenStyle.DashDotLine,
}


class _NamedAxis(pg.AxisItem):
    """An axis whose ticks are written as on paper."""

    def __init__(self, side: str) -> None:
        super().__init__(side, maxTickLength=-4)
        self.meaning = Axis("")
        self._specs: Any = None
        self.setStyle(autoExpandTextSpace=True, tickTextOffset=5, maxTickLevel=0, hideOverlappingLabels=False)
        self.enableAutoSIPrefix(False)

    def boundingRect(self) -> QRectF:
        """Room for a number at either end of the axis, which would be left out otherwise."""
        rect: QRectF = super().boundingRect()
        return rect.adjusted(-15, 0, 15, 0) if self.orientation == "bottom" else rect.adjusted(0, -10, 0, 10)

    def paint(self, painter: QPainter, option: Any, widget: Any) -> None:
        """Draw lines and numbers straight away: a `QPicture`, as pyqtgraph keeps it, looks up each font again."""
        del option, widget
        painter.save()
        if self.style["tickFont"]:
            painter.setFont(self.style["tickFont"])
        if getattr(self, "picture", None) is None:
            self._specs = self.generateDrawSpecs(painter)
            setattr(self, "picture", False)  # noqa: B010 - how pyqtgraph marks that nothing has changed
        if self._specs is not None:
            self.drawPicture(painter, *self._specs)
        painter.restore()

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """Shares as per cent, whole numbers where only those are meant."""
        if self.meaning.whole:
            return [tick_text(round(v), self.meaning) if abs(v - round(v)) < 1e-6 else "" for v in values]
        if self.meaning.percent:
            return [f"{value * 100:.{0 if spacing >= 0.01 else 1}f}" for value in values]
        strings: list[str] = super().tickStrings(values, scale, spacing)
        return strings

    def logTickValues(self, *ends_and_more: Any) -> list[tuple[float, list[float]]]:
        """The same ticks as on paper: few enough to be read."""
        low, high = ends_and_more[:2]
        return [(1.0, [math.log10(value) for value in log_ticks(10.0**low, 10.0**high)])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """0.01, 0.1, 1, 10: not powers."""
        del scale, spacing
        return [log_tick_text(10.0**value) for value in values]


class Canvas(pg.PlotWidget):
    """Draws figures and tells where the pointer is.

    Signals:
        pointed: Text for the place under the pointer; empty when it is outside.
    """

    pointed = Signal(str)

    def __init__(self, theme: Theme, *, zoomable: bool = False, parent: QWidget | None = None) -> None:
        axes = {"bottom": _NamedAxis("bottom"), "left": _NamedAxis("left")}
        super().__init__(parent=parent, axisItems=axes, enableMenu=False)
        self._theme = theme
        self._figure: Figure | None = None
        self._items: list[Any] = []
        self._shape: tuple[type[Layer], ...] = ()
        self._zoomed = False
        self._zoomable = zoomable
        self.hideButtons()
        self.getPlotItem().layout.setContentsMargins(0, 4, 14, 4)
        box = self.getViewBox()
        box.setMouseEnabled(x=zoomable, y=zoomable)
        box.disableAutoRange()
        if zoomable:
            box.setMouseMode(pg.ViewBox.RectMode)
        box.sigRangeChangedManually.connect(self._remember_zoom)
        self._cross = [pg.InfiniteLine(angle=angle) for angle in (90, 0)]
        for line in self._cross:
            line.setVisible(False)
            line.setZValue(1_000)
            self.addItem(line, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._point)
        self.setMouseTracking(True)
        theme.changed.connect(self._repaint)
        self._dress()

    def sizeHint(self) -> QSize:
        """Modest, so that plots stand side by side; they take the room there is."""
        return QSize(280, 180)

    @property
    def items_drawn(self) -> tuple[Any, ...]:
        """The graphics item of each layer, in their order."""
        return tuple(self._items)

    def show_figure(self, figure: Figure) -> None:
        """Draw a figure; items of the same kind are given new data, so that a live plot costs little."""
        shape = tuple(type(layer) for layer in figure.layers)
        before, self._figure = self._figure, figure
        if before is None or (before.x, before.y) != (figure.x, figure.y):
            self._set_axes(figure)
        if shape != self._shape:
            for item in self._items:
                self.removeItem(item)
            self._items = [self._made(layer) for layer in figure.layers]
            for depth, item in enumerate(self._items):
                item.setZValue(depth)
                self.addItem(item, ignoreBounds=True)
            self._shape = shape
        self._update_layers()
        if not self._zoomed:
            self.reset_view()

    def reset_view(self) -> None:
        """Show the whole figure."""
        if self._figure is None:
            return
        was_zoomed, self._zoomed = self._zoomed, False
        if was_zoomed:
            self._look_closer()
        x, y = self._figure.x_range(), self._figure.y_range()
        self.getViewBox().setRange(
            xRange=np.log10(x) if self._figure.x.logarithmic else x,
            yRange=np.log10(y) if self._figure.y.logarithmic else y,
            padding=0,
        )

    def _remember_zoom(self) -> None:
        self._zoomed = True
        self._look_closer()

    # ------------------------------------------------------------------ drawing

    def _set_axes(self, figure: Figure) -> None:
        plot = self.getPlotItem()
        plot.setLogMode(x=figure.x.logarithmic, y=figure.y.logarithmic)
        self.getViewBox().setAspectLocked(figure.square)
        for side, meaning in (("bottom", figure.x), ("left", figure.y)):
            axis = plot.getAxis(side)
            axis.meaning = meaning
            names = [
                (float(place), _shortened(name, meaning.name_length)) for place, name in enumerate(meaning.categories)
            ]
            axis.setTicks([names] if names else None)
            axis.setGrid(False if meaning.categories else 40)
            axis.setZValue(-1_000)
        # These are read as HTML, and may name a class.
        plot.setLabel("bottom", html.escape(figure.x.heading))
        plot.setLabel("left", html.escape(figure.y.heading))
        self._dress()

    def _dress(self) -> None:
        palette = self._theme.palette
        self.setBackground(palette.card)
        font = QFont(self.font())
        font.setPixelSize(max(11, self._theme.text_size - 1))
        for side in ("bottom", "left"):
            axis = self.getPlotItem().getAxis(side)
            axis.setPen(palette.muted)
            axis.setTextPen(palette.muted)
            axis.setTickFont(font)
            axis.setLabel(axis.labelText, **{"color": palette.muted, "font-size": f"{font.pixelSize()}px"})
        for line in self._cross:
            line.setPen(pg.mkPen(palette.muted, width=1, style=Qt.PenStyle.DotLine))

    def _repaint(self) -> None:
        self._dress()
        if self._figure is not None:
            self._update_layers()

    def _made(self, layer: Layer) -> Any:
        match layer:
            case Line():
                return pg.PlotDataItem(symbolSize=7, symbolPen=None)
            case Steps():
                return pg.PlotCurveItem(x=[0, 1], y=[0], stepMode="center", fillLevel=0, antialias=True)
            case Bars():
                return pg.BarGraphItem(x0=[], x1=[], y0=[], y1=[])
            case Points():
                return pg.ScatterPlotItem(antialias=True)
            case Rule(x=None, y=None):
                return pg.PlotCurveItem(antialias=True)
            case Rule(x=x):
                options = {"position": 0.93, "movable": False}
                return pg.InfiniteLine(angle=90 if x is not None else 0, label="", labelOpts=options)
            case Cells():
                raise TypeError("a table of counts is drawn by ConfusionView")

    def _update_layers(self) -> None:
        if self._figure is None:
            return
        palette = self._theme.palette
        for item, layer in zip(self._items, self._figure.layers, strict=True):
            self._update(item, layer, palette)

    def _update(self, item: Any, layer: Layer, palette: Palette) -> None:
        match layer:
            case Line():
                self._update_line(item, layer, palette)
            case Steps():
                colour = QColor(colour_of(layer.colour, palette))
                tint = QColor(colour)
                tint.setAlphaF(0.18)
                item.setData(x=layer.edges, y=layer.heights, pen=_pen(colour, 1.6, layer.dash), brush=tint)
            case Bars():
                colour = QColor(colour_of(layer.colour, palette))
                item.setOpts(x0=layer.left, x1=layer.right, y0=layer.bottom, y1=layer.top, brush=colour, pen=None)
            case Points():
                self._update_points(item, layer, palette)
            case Rule():
                self._update_rule(item, layer, palette)

    def _update_line(self, item: Any, layer: Line, palette: Palette) -> None:
        colour = QColor(colour_of(layer.colour, palette))
        colour.setAlphaF(0.35 if layer.faint else 1.0)
        dense = len(layer.x) > _DENSE_FROM
        width = 1.0 if layer.faint or dense else layer.width
        item.opts["pen"] = _pen(colour, width, "solid" if dense else layer.dash)
        # Symbols of a curve without a single number would make pyqtgraph warn of an empty slice.
        item.opts["symbol"] = (layer.marker or None) if np.isfinite(layer.y).any() else None
        item.opts["symbolBrush"] = colour
        x, y = layer.x, layer.y
        if dense:
            (left, right), columns = self._seen(), max(1, round(self.getViewBox().width()))
            x, y = peaks(x, y, left=left, right=right, columns=columns)
        item.setData(x=x, y=y, connect="finite", antialias=not dense)

    def _seen(self) -> tuple[float, float]:
        """Ends of the part of the horizontal axis that is in sight."""
        if self._figure is None:
            return (0.0, 1.0)
        if not self._zoomed:
            return self._figure.x_range()
        left, right = self.getViewBox().viewRange()[0]
        return (10.0**left, 10.0**right) if self._figure.x.logarithmic else (left, right)

    def _look_closer(self) -> None:
        """After zooming, a dense curve shows the points of the part in sight."""
        if self._figure is None:
            return
        for item, layer in zip(self._items, self._figure.layers, strict=True):
            if isinstance(layer, Line) and len(layer.x) > _DENSE_FROM:
                self._update_line(item, layer, self._theme.palette)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Another width shows other points of a dense curve."""
        super().resizeEvent(event)
        if hasattr(self, "_items"):
            self._look_closer()

    def _update_points(self, item: Any, layer: Points, palette: Palette) -> None:
        colour = QColor(colour_of(layer.colour, palette))
        usable = np.isfinite(layer.y)
        x, y = layer.x[usable], layer.y[usable]
        if self._figure is not None and self._figure.y.logarithmic:
            x, y = x[y > 0], np.log10(y[y > 0])
        brush = QColor(palette.card) if layer.hollow else colour
        item.setData(x=x, y=y, symbol=layer.marker, size=layer.size, pen=_pen(colour, 1.6, "solid"), brush=brush)

    def _update_rule(self, item: Any, layer: Rule, palette: Palette) -> None:
        pen = _pen(QColor(colour_of(layer.colour, palette)), 1.0, layer.dash)
        if layer.x is None and layer.y is None:
            low, high = self._figure.x_range() if self._figure is not None else (0.0, 1.0)
            item.setData(x=np.array([low, high]), y=np.array([low, high]), pen=pen)
            return
        upright = layer.x is not None
        place = float(layer.x if layer.x is not None else layer.y or 0.0)
        if self._figure is not None and (self._figure.x if upright else self._figure.y).logarithmic:
            place = math.log10(place)
        item.setPen(pen)
        item.setValue(place)
        item.label.setFormat(layer.text)
        item.label.setColor(QColor(colour_of(layer.colour, palette)))
        item.label.fill = pg.mkBrush(palette.card) if layer.text else pg.mkBrush(None)

    # ------------------------------------------------------------------ pointing

    def _point(self, place: QPointF) -> None:
        box = self.getViewBox()
        inside = self._figure is not None and box.sceneBoundingRect().contains(place)
        for line in self._cross:
            line.setVisible(inside)
        if not inside or self._figure is None:
            self.pointed.emit("")
            return
        view = box.mapSceneToView(place)
        self._cross[0].setValue(view.x())
        self._cross[1].setValue(view.y())
        x = 10.0 ** view.x() if self._figure.x.logarithmic else view.x()
        y = 10.0 ** view.y() if self._figure.y.logarithmic else view.y()
        self.pointed.emit(readout(self._figure, x, y))

    def leaveEvent(self, event: QEvent) -> None:
        """The crosshair goes with the pointer."""
        for line in self._cross:
            line.setVisible(False)
        self.pointed.emit("")
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls the page; with Ctrl it zooms a plot that can be zoomed."""
        if self._zoomable and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
        else:
            event.ignore()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A double click shows the whole figure again."""
        self.reset_view()
        event.accept()


def peaks(
    x: NDArray[np.float64], y: NDArray[np.float64], *, left: float, right: float, columns: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The least and the greatest value of a curve in each of many columns, so that no peak is lost.

    Args:
        x: Ascending, `(N,)`.
        y: `(N,)`; NaN is passed over.
        left: Left end of the part in sight.
        right: Its right end.
        columns: Columns of the screen.

    Returns:
        Positions and values, at most about two per column; the curve itself where it has no more points than that.
    """
    first = max(0, int(np.searchsorted(x, left)) - 1)
    last = min(len(x), int(np.searchsorted(x, right, "right")) + 1)
    x, y = x[first:last], y[first:last]
    stretch = len(x) // max(1, columns)
    if stretch < 3:
        return x, y
    whole = len(x) // stretch * stretch
    blocks = y[:whole].reshape(-1, stretch)
    low, high = blocks.min(axis=1), blocks.max(axis=1)
    if np.isnan(low).any():
        low, high = np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)
    starts = x[:whole:stretch]
    return np.append(np.repeat(starts, 2), x[whole:]), np.append(np.column_stack([low, high]).ravel(), y[whole:])


def readout(figure: Figure, x: float, y: float) -> str:
    """The values under the pointer: those of the curves at the nearest position, or the place itself."""
    lines = [layer for layer in figure.layers if isinstance(layer, Line) and layer.in_legend and not layer.faint]
    if figure.x.whole and lines:
        parts = [f"{figure.x.title} {round(x)}"]
        for line in lines:
            row = int(np.searchsorted(line.x, round(x)))
            if row < len(line.x) and line.x[row] == round(x):
                parts.append(f"{line.name} {_number(float(line.y[row]), figure.y)}")
        return "   ".join(parts)
    place = _category(figure.x, x) or f"{figure.x.title} {_number(x, figure.x)}"
    level = _category(figure.y, y) or f"{figure.y.title} {_number(y, figure.y)}"
    return f"{place}   {level}"


def _category(axis: Axis, value: float) -> str:
    row = round(value)
    return axis.categories[row] if axis.categories and 0 <= row < len(axis.categories) else ""


def _number(value: float, axis: Axis) -> str:
    if axis.percent:
        return f"{value * 100:.1f} %"
    return f"{value:.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _shortened(name: str, longest: int) -> str:
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


def _pen(colour: QColor, width: float, dash: str) -> QPen:
    pen: QPen = pg.mkPen(colour, width=width, style=_STYLES[dash])
    return pen
