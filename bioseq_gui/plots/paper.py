"""Figures for paper: a `Figure` painted as SVG, PDF or PNG, always in the light colours.

Painted by Qt itself, in milliseconds, from the same numbers as on the screen: SVG and PDF are true vectors with text as
text, PNG has 300 dots to an inch.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QImageWriter,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QPolygonF,
)
from PySide6.QtSvg import QSvgGenerator

from bioseq.errors import BioseqError
from bioseq.runs.folder import write_bytes
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
    log_ticks,
    tick_text,
    ticks,
)
from bioseq_gui.theme.tokens import LIGHT

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Format = Literal["svg", "pdf", "png"]
FORMATS: tuple[Format, ...] = ("svg", "pdf", "png")

_WIDTH, _HEIGHT = 360.0, 280.0
"""Points (1/72 inch): 127 x 99 mm, a figure of one and a half columns."""
_TEXT, _TITLE = 9.0, 10.5
_NAME_WIDTH, _LETTER_WIDTH = 90, 5
"""Room for the name of a category, and for one of its letters, px."""
_DPI = 300
_PNG_QUALITY = 70
"""Lossless all the same: Qt's word for how little time is spent on making the file small."""
_MOST_POINTS = 20_000
_STYLES = {
    "solid": Qt.PenStyle.SolidLine,
    "dash": Qt.PenStyle.DashLine,
    "dot": Qt.PenStyle.DotLine,
    "dashdot": Qt.PenStyle.DashDotLine,
}


def save(figure: Figure, path: Path) -> None:
    """Write a figure durably; the ending of the name says how: .svg, .pdf, .png, .csv.

    Raises:
        BioseqError: The ending is another, or the place cannot be written.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in (*FORMATS, "csv"):
        raise BioseqError(
            "figure.unknown_format",
            f"Figures are not saved as “{path.suffix}”.",
            where=str(path),
            remedy="End the name with .svg, .pdf, .png or .csv.",
        )
    content = figure.csv().encode("utf-8") if kind == "csv" else render(figure, kind)  # type: ignore[arg-type]
    try:
        write_bytes(path, content)
    except OSError as error:
        raise BioseqError(
            "figure.not_written",
            "The figure could not be written.",
            where=str(path),
            remedy=f"Choose another place ({error.strerror or error}).",
        ) from error


def render(figure: Figure, kind: Format) -> bytes:
    """A figure as the content of an SVG, PDF or PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    match kind:
        case "svg":
            _render_svg(figure, buffer)
        case "pdf":
            _render_pdf(figure, buffer)
        case "png":
            writer = QImageWriter(buffer, QByteArray(b"png"))
            writer.setQuality(_PNG_QUALITY)
            writer.write(picture(figure))
    return bytes(buffer.data().data())


def picture(figure: Figure, *, dpi: int = _DPI) -> QImage:
    """A figure as pixels."""
    scale = dpi / 72
    image = QImage(round(_WIDTH * scale), round(_HEIGHT * scale), QImage.Format.Format_RGB32)
    image.fill(QColor("#FFFFFF"))
    image.setDotsPerMeterX(round(dpi / 0.0254))
    image.setDotsPerMeterY(round(dpi / 0.0254))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    _Sheet(painter, figure).paint()
    painter.end()
    return image


def _render_svg(figure: Figure, buffer: QBuffer) -> None:
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    generator.setOutputDevice(buffer)
    generator.setResolution(72)
    generator.setSize(QSize(round(_WIDTH), round(_HEIGHT)))
    generator.setViewBox(QRect(0, 0, round(_WIDTH), round(_HEIGHT)))
    generator.setTitle(figure.title)
    generator.setDescription(figure.summary)
    painter = QPainter(generator)
    painter.fillRect(QRectF(0, 0, _WIDTH, _HEIGHT), QColor("#FFFFFF"))
    _Sheet(painter, figure).paint()
    painter.end()


def _render_pdf(figure: Figure, buffer: QBuffer) -> None:
    writer = QPdfWriter(buffer)
    writer.setTitle(figure.title)
    writer.setPageSize(
        QPageSize(QSizeF(_WIDTH, _HEIGHT), QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch)
    )
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setResolution(1200)
    painter = QPainter(writer)
    painter.scale(1200 / 72, 1200 / 72)
    _Sheet(painter, figure).paint()
    painter.end()


class _Sheet:
    """One figure on one sheet, in points."""

    def __init__(self, painter: QPainter, figure: Figure) -> None:
        self._painter, self._figure = painter, figure
        self._font = QFont("DejaVu Sans")
        self._font.setStyleHint(QFont.StyleHint.SansSerif)
        self._font.setPixelSize(round(_TEXT))
        self._font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        self._metrics = QFontMetricsF(self._font)
        self._x_range, self._y_range = figure.x_range(), figure.y_range()
        self._frame = QRectF()

    def paint(self) -> None:
        """Title, legend, axes, layers."""
        painter = self._painter
        painter.setFont(self._font)
        top = self._paint_title()
        top = self._paint_legend(top)
        cells = next((layer for layer in self._figure.layers if isinstance(layer, Cells)), None)
        left = self._left_margin(cells)
        self._frame = QRectF(left, top + 6, _WIDTH - left - 14, _HEIGHT - top - 6 - 36)
        if self._figure.square:
            edge = min(self._frame.width(), self._frame.height())
            self._frame.setSize(QSizeF(edge, edge))
        self._paint_axes()
        for layer in self._figure.layers:
            self._paint_layer(layer)

    def _left_margin(self, cells: Cells | None) -> float:
        y = self._figure.y
        names = cells.rows if cells else y.categories or tuple(tick_text(t, y) for t in self._ticks(y, self._y_range))
        room = 0 if cells else y.name_length
        widest = max((self._metrics.horizontalAdvance(self._short(name, room)) for name in names), default=20.0)
        return widest + 30

    def _paint_title(self) -> float:
        font = QFont(self._font)
        font.setPixelSize(round(_TITLE))
        font.setBold(True)
        self._painter.setFont(font)
        self._painter.setPen(QColor(LIGHT.text))
        self._painter.drawText(QPointF(12, 18), self._figure.title)
        self._painter.setFont(self._font)
        return 24.0

    def _paint_legend(self, top: float) -> float:
        entries = self._figure.legend()
        if not entries or (len(entries) == 1 and not isinstance(entries[0], Points | Line)):
            return top
        x, y = 12.0, top + 10
        for entry in entries:
            width = 26 + self._metrics.horizontalAdvance(entry.name) + 12
            if x + width > _WIDTH and x > 12:
                x, y = 12.0, y + 13
            self._paint_swatch(entry, QPointF(x, y - 3))
            self._painter.setPen(QColor(LIGHT.text))
            self._painter.drawText(QPointF(x + 26, y), entry.name)
            x += width
        return y + 4

    def _paint_swatch(self, entry: Layer, place: QPointF) -> None:
        colour = QColor(colour_of(getattr(entry, "colour", "text"), LIGHT))
        match entry:
            case Line():
                self._painter.setPen(_pen(colour, entry.width * 0.75, entry.dash))
                self._painter.drawLine(place, place + QPointF(20, 0))
            case Points():
                self._paint_marks([place + QPointF(10, 0)], entry)
            case _:
                self._painter.fillRect(QRectF(place.x() + 4, place.y() - 4.5, 9, 9), colour)

    def _ticks(self, axis: Axis, ends: tuple[float, float]) -> tuple[float, ...]:
        if axis.categories:
            return tuple(float(number) for number in range(len(axis.categories)))
        return log_ticks(*ends) if axis.logarithmic else ticks(*ends, whole=axis.whole)

    def _tick_text(self, axis: Axis, value: float) -> str:
        return self._short(axis.categories[int(value)], axis.name_length) if axis.categories else tick_text(value, axis)

    def _short(self, text: str, longest: int = 0) -> str:
        return self._metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, max(_NAME_WIDTH, _LETTER_WIDTH * longest))

    def _paint_axes(self) -> None:
        painter, frame = self._painter, self._frame
        line, text, faint = QColor(LIGHT.muted), QColor(LIGHT.text), QColor(LIGHT.line)
        for value in self._ticks(self._figure.x, self._x_range):
            x = self._x(value)
            painter.setPen(QPen(line, 0.75))
            painter.drawLine(QPointF(x, frame.bottom()), QPointF(x, frame.bottom() + 3))
            painter.setPen(text)
            words = self._tick_text(self._figure.x, value)
            painter.drawText(QPointF(x - self._metrics.horizontalAdvance(words) / 2, frame.bottom() + 13), words)
        for value in self._ticks(self._figure.y, self._y_range):
            y = self._y(value)
            if not self._figure.y.categories:
                painter.setPen(QPen(faint, 0.5))
                painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            painter.setPen(text)
            words = self._tick_text(self._figure.y, value)
            painter.drawText(QPointF(frame.left() - self._metrics.horizontalAdvance(words) - 5, y + 3), words)
        painter.setPen(QPen(line, 0.75))
        painter.drawLine(frame.bottomLeft(), frame.bottomRight())
        painter.drawLine(frame.topLeft(), frame.bottomLeft())
        painter.setPen(text)
        heading = self._figure.x.heading
        middle = frame.center().x() - self._metrics.horizontalAdvance(heading) / 2
        painter.drawText(QPointF(middle, frame.bottom() + 28), heading)
        self._paint_upright(self._figure.y.heading)

    def _paint_upright(self, heading: str) -> None:
        painter = self._painter
        painter.save()
        painter.translate(14, self._frame.center().y() + self._metrics.horizontalAdvance(heading) / 2)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), heading)
        painter.restore()

    def _x(self, value: float) -> float:
        share = _share(value, self._x_range, logarithmic=self._figure.x.logarithmic)
        return self._frame.left() + share * self._frame.width()

    def _y(self, value: float) -> float:
        share = _share(value, self._y_range, logarithmic=self._figure.y.logarithmic)
        upside_down = any(isinstance(layer, Cells) for layer in self._figure.layers)
        return self._frame.bottom() - (1 - share if upside_down else share) * self._frame.height()

    def _paint_layer(self, layer: Layer) -> None:
        match layer:
            case Line():
                self._paint_line(layer)
            case Steps():
                self._paint_steps(layer)
            case Bars():
                self._paint_bars(layer)
            case Points():
                marks = [QPointF(self._x(x), self._y(y)) for x, y in zip(layer.x, layer.y, strict=True) if y == y]
                self._paint_marks(marks, layer)
            case Rule():
                self._paint_rule(layer)
            case Cells():
                self._paint_cells(layer)

    def _paint_line(self, layer: Line) -> None:
        colour = QColor(colour_of(layer.colour, LIGHT))
        colour.setAlphaF(0.35 if layer.faint else 1.0)
        self._painter.setPen(_pen(colour, layer.width * 0.6, layer.dash))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        x, y = thinned(layer.x, layer.y)
        usable = np.isfinite(y) & ((y > 0) if self._figure.y.logarithmic else True)
        for part in _unbroken(usable):
            points = QPolygonF([QPointF(self._x(a), self._y(b)) for a, b in zip(x[part], y[part], strict=True)])
            self._painter.drawPolyline(points)
        if layer.marker:
            marks = Points("", x[usable], y[usable], layer.colour, layer.marker, 6.0)
            self._paint_layer(marks)

    def _paint_steps(self, layer: Steps) -> None:
        colour = QColor(colour_of(layer.colour, LIGHT))
        outline = [QPointF(self._x(layer.edges[0]), self._y(0))]
        for left, right, height in zip(layer.edges[:-1], layer.edges[1:], layer.heights, strict=True):
            outline += [QPointF(self._x(left), self._y(height)), QPointF(self._x(right), self._y(height))]
        outline.append(QPointF(self._x(layer.edges[-1]), self._y(0)))
        tint = QColor(colour)
        tint.setAlphaF(0.18)
        self._painter.setBrush(tint)
        self._painter.setPen(Qt.PenStyle.NoPen)
        self._painter.drawPolygon(QPolygonF(outline))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        self._painter.setPen(_pen(colour, 1.2, layer.dash))
        self._painter.drawPolyline(QPolygonF(outline))

    def _paint_bars(self, layer: Bars) -> None:
        colour = QColor(colour_of(layer.colour, LIGHT))
        for left, right, bottom, top in zip(layer.left, layer.right, layer.bottom, layer.top, strict=True):
            corner = QPointF(self._x(left), self._y(top))
            self._painter.fillRect(QRectF(corner, QPointF(self._x(right), self._y(bottom))), colour)

    def _paint_marks(self, places: list[QPointF], layer: Points) -> None:
        colour = QColor(colour_of(layer.colour, LIGHT))
        self._painter.setPen(QPen(colour, 1.2))
        self._painter.setBrush(Qt.BrushStyle.NoBrush if layer.hollow else colour)
        half = layer.size * 0.36
        for place in places:
            self._painter.drawPolygon(marker_outline(layer.marker, place, half))

    def _paint_rule(self, layer: Rule) -> None:
        frame = self._frame
        self._painter.setPen(_pen(QColor(colour_of(layer.colour, LIGHT)), 0.8, layer.dash))
        if layer.x is not None:
            x = self._x(layer.x)
            self._painter.drawLine(QPointF(x, frame.top()), QPointF(x, frame.bottom()))
            width = self._metrics.horizontalAdvance(layer.text)
            side = x + 3 if x + 3 + width < frame.right() else x - 3 - width
            self._painter.drawText(QPointF(side, frame.top() + 8), layer.text)
        elif layer.y is not None:
            y = self._y(layer.y)
            self._painter.drawLine(QPointF(frame.left(), y), QPointF(frame.right(), y))
            self._painter.drawText(QPointF(frame.left() + 3, y - 3), layer.text)
        else:
            low = max(self._x_range[0], self._y_range[0])
            high = min(self._x_range[1], self._y_range[1])
            self._painter.drawLine(QPointF(self._x(low), self._y(low)), QPointF(self._x(high), self._y(high)))

    def _paint_cells(self, layer: Cells) -> None:
        for row, counts in enumerate(layer.counts):
            for column, count in enumerate(counts):
                corner = QPointF(self._x(column - 0.5), self._y(row - 0.5))
                place = QRectF(corner, QPointF(self._x(column + 0.5), self._y(row + 0.5)))
                ground, ink = cell_colours(layer.share(row, column), agrees=row == column, dark=False)
                self._painter.fillRect(place.adjusted(0.7, 0.7, -0.7, -0.7), QColor(ground))
                self._painter.setPen(QColor(ink))
                words = f"{count:,}"
                start = place.center().x() - self._metrics.horizontalAdvance(words) / 2
                self._painter.drawText(QPointF(start, place.center().y() + 3), words)


def cell_colours(share: float, *, agrees: bool, dark: bool) -> tuple[str, str]:
    """Ground and ink of a cell of a confusion matrix: blue on the diagonal, orange off it, stronger with its share."""
    base = (0x1C, 0x20, 0x27) if dark else (0xFF, 0xFF, 0xFF)
    full = ((0x5A, 0x9B, 0xFF) if dark else (0x1F, 0x6F, 0xEB)) if agrees else (0xE6, 0x8A, 0x00)
    strength = 0.06 + 0.86 * math.sqrt(min(1.0, max(0.0, share)))
    ground = [round(b + (f - b) * strength) for b, f in zip(base, full, strict=True)]
    hexadecimal = "#{:02X}{:02X}{:02X}".format(*ground)
    lightness = sum(w * (c / 255) ** 2.2 for w, c in zip((0.2126, 0.7152, 0.0722), ground, strict=True))
    return hexadecimal, "#0B1524" if lightness > 0.179 else "#FFFFFF"


def thinned(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """At most about 20,000 points, the least and the greatest of each stretch kept."""
    if len(x) <= _MOST_POINTS:
        return x, y
    stretch = math.ceil(2 * len(x) / _MOST_POINTS)
    usable = len(x) // stretch * stretch
    blocks = np.nan_to_num(y[:usable].reshape(-1, stretch), nan=0.0)
    starts = np.arange(len(blocks)) * stretch
    rows = np.unique(np.concatenate([starts + blocks.argmin(1), starts + blocks.argmax(1), [0, len(x) - 1]]))
    return x[rows], y[rows]


def _share(value: float, ends: tuple[float, float], *, logarithmic: bool) -> float:
    low, high = ends
    if logarithmic:
        low, high, value = math.log10(low), math.log10(high), math.log10(max(value, low))
    return min(1.0, max(0.0, (value - low) / (high - low)))


def _unbroken(usable: NDArray[np.bool_]) -> list[slice]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], usable, [False]]).astype(np.int8)))
    return [slice(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _pen(colour: QColor, width: float, dash: str) -> QPen:
    pen = QPen(colour, width, _STYLES[dash])
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    return pen


def marker_outline(marker: str, centre: QPointF, half: float) -> QPolygonF:
    """The outline of a mark with pyqtgraph's name for it; a circle for names that are not known here."""
    if marker == "star":
        radii = [half * (1.25, 0.5)[corner % 2] for corner in range(10)]
    else:
        radii = [half] * {"s": 4, "t": 3, "d": 4, "p": 5, "h": 6}.get(marker, 20)
    turn = math.pi / 4 if marker == "s" else math.pi / 2
    angles = [turn + 2 * math.pi * corner / len(radii) for corner in range(len(radii))]
    pairs = zip(radii, angles, strict=True)
    return QPolygonF([centre + QPointF(r * math.cos(angle), -r * math.sin(angle)) for r, angle in pairs])
