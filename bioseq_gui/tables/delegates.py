"""Painters of table cells: class with its mark, probability with a bar, flags, coloured letters, small curves.

They paint what is visible and ask the model for one value per cell; colours are made once per palette.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.column_model import VALUE_ROLE
from bioseq_gui.theme.tokens import CLASS_MARKERS

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.theme.tokens import Palette

Index = QModelIndex | QPersistentModelIndex

ROW_HEIGHT = 30
"""Height of a row, px."""
PADDING, PADDING_LEFT = 8, 11
"""Between a cell's edge and what stands in it, px; what stands in it is flush with the heading."""
_MARK = 9.0
_BAR_HEIGHT = 6.0
_NUMBER_WIDTH = 50
_SIZES_KEPT = 1_000
_MIDDLE = int(Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
# Plain numbers: Python's flags cost a microsecond for each question, and a frame asks thousands.
_SELECTED = QStyle.StateFlag.State_Selected.value
_HOVERED = QStyle.StateFlag.State_MouseOver.value
_FOCUSED = QStyle.StateFlag.State_HasFocus.value


def class_colour(palette: Palette, number: int) -> str:
    """The colour of a class, `#RRGGBB`; muted for none. Colours come again after the eighth."""
    return palette.classes[number % len(palette.classes)] if number >= 0 else palette.muted


def draw_mark(painter: QPainter, centre: QPointF, number: int, colour: QColor, *, size: float = _MARK) -> None:
    """Draw the mark that goes with a class, so that no meaning hangs on colour alone.

    Args:
        painter: Where to.
        centre: Middle of the mark.
        number: Of the class, in the order of the labels.
        colour: Of the mark.
        size: Its diameter, px.
    """
    half = size / 2
    symbol = CLASS_MARKERS[number % len(CLASS_MARKERS)]
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    match symbol:
        case "o":
            painter.drawEllipse(centre, half, half)
        case "s":
            painter.drawRect(QRectF(centre.x() - half * 0.88, centre.y() - half * 0.88, size * 0.88, size * 0.88))
        case "+" | "x":
            turn = 45.0 if symbol == "x" else 0.0
            _draw_cross(painter, centre, half, turn)
        case _:
            corners, turn = {"t": (3, -90.0), "d": (4, -90.0), "p": (5, -90.0), "h": (6, 0.0)}[symbol]
            painter.drawPolygon(_polygon(centre, half * 1.12, corners, turn))


def _polygon(centre: QPointF, radius: float, corners: int, turn: float) -> QPolygonF:
    angles = [math.radians(turn + 360 * corner / corners) for corner in range(corners)]
    return QPolygonF([QPointF(centre.x() + radius * math.cos(a), centre.y() + radius * math.sin(a)) for a in angles])


def _draw_cross(painter: QPainter, centre: QPointF, half: float, turn: float) -> None:
    painter.save()
    painter.translate(centre)
    painter.rotate(turn)
    thin = half * 0.36
    painter.drawRect(QRectF(-half, -thin, 2 * half, 2 * thin))
    painter.drawRect(QRectF(-thin, -half, 2 * thin, 2 * half))
    painter.restore()


class CellDelegate(QStyledItemDelegate):
    """Background, hairline and focus of a cell; plain text inside."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._inks: dict[str, QColor] = {}
        theme.changed.connect(self._forget_inks)

    def _forget_inks(self) -> None:
        self._inks.clear()

    def ink(self, colour: str) -> QColor:
        """A colour `#RRGGBB`, made once."""
        made = self._inks.get(colour)
        if made is None:
            made = self._inks[colour] = QColor(colour)
        return made

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint one cell; what `paint_value` paints must stay within its area, nothing is clipped."""
        palette = self._theme.palette
        area: QRect = option.rect
        state: int = option.state.value
        if state & _SELECTED:
            painter.fillRect(area, self.ink(palette.selection))
        elif state & _HOVERED or _in_current_row(option, index):
            painter.fillRect(area, self.ink(palette.hover))
        # The painter comes from the cell before: a hairline must not be blurred.
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(self.ink(palette.line))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        self.paint_value(painter, area.adjusted(PADDING_LEFT, 0, -PADDING, -1), index)
        if state & _FOCUSED:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.ink(palette.accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -2), 3, 3)

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Paint what the cell says; text, unless a subclass knows better."""
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        alignment = index.data(Qt.ItemDataRole.TextAlignmentRole) or _MIDDLE
        painter.setPen(self.ink(self._theme.palette.text))
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, int(alignment), shown)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows have one height."""
        return QSize(super().sizeHint(option, index).width() + 2 * PADDING, ROW_HEIGHT)


def _in_current_row(option: QStyleOptionViewItem, index: Index) -> bool:
    view = option.widget
    return isinstance(view, QAbstractItemView) and view.currentIndex().row() == index.row()


class ClassDelegate(CellDelegate):
    """The name of a class on a tinted pill, with its mark: value `(class, name)`."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(theme, parent)
        self._sizes: dict[tuple[str, int], tuple[str, int, int]] = {}
        theme.changed.connect(self._forget_sizes)

    def _forget_sizes(self) -> None:
        self._sizes.clear()

    def _measured(self, painter: QPainter, name: str, room: int) -> tuple[str, int, int]:
        """The name as it fits, its width and the height of its pill; measured once per name and room."""
        key = (name, room)
        if key not in self._sizes:
            if len(self._sizes) > _SIZES_KEPT:
                self._sizes.clear()
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, room)
            self._sizes[key] = (shown, metrics.horizontalAdvance(shown), metrics.height() + 4)
        return self._sizes[key]

    def _tint(self, colour: QColor) -> QColor:
        tint = QColor(colour)
        tint.setAlphaF(0.15)
        return tint

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Pill, mark, name."""
        value: tuple[int, str] = index.data(VALUE_ROLE)
        number, name = value
        palette = self._theme.palette
        if number < 0:
            painter.setPen(self.ink(palette.muted))
            painter.drawText(area, _MIDDLE, "–")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = self.ink(class_colour(palette, number))
        shown, width, height = self._measured(painter, name, area.width() - 30)
        pill = QRectF(area.left(), area.center().y() - height / 2 + 1, width + 32, height)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._tint(colour))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        draw_mark(painter, QPointF(pill.left() + 13, pill.center().y()), number, colour)
        painter.setPen(self.ink(palette.text))
        painter.drawText(pill.adjusted(23, 0, 0, 0), _MIDDLE, shown)


class ProbabilityDelegate(CellDelegate):
    """A probability as digits and as a bar in the colour of its class: value `(probability, class)`."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Bar at the left, digits at the right."""
        value: tuple[float, int] = index.data(VALUE_ROLE)
        probability, number = value
        palette = self._theme.palette
        if math.isnan(probability):
            painter.setPen(self.ink(palette.muted))
            painter.drawText(area, _RIGHT, "–")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = QRectF(area.left(), area.center().y() - _BAR_HEIGHT / 2 + 1, area.width() - _NUMBER_WIDTH, _BAR_HEIGHT)
        draw_bar(painter, track, probability, self.ink(class_colour(palette, number)), self.ink(palette.line))
        painter.setPen(self.ink(palette.text))
        painter.drawText(area, _RIGHT, f"{probability:.3f}")


def draw_bar(painter: QPainter, track: QRectF, share: float, colour: QColor, ground: QColor) -> None:
    """A bar that is filled to a share [0, 1] of its track."""
    if track.width() < track.height():
        return
    radius = track.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(track, radius, radius)
    if share > 0:
        painter.setBrush(colour)
        width = max(track.width() * min(share, 1.0), track.height())
        painter.drawRoundedRect(QRectF(track.left(), track.top(), width, track.height()), radius, radius)


class FlagsDelegate(CellDelegate):
    """A caution sign and what deserves a second look, in words."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Sign and words; nothing when there is no flag."""
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        if not text:
            return
        colour = self.ink(self._theme.palette.warning)
        draw_caution(
            painter, QPointF(area.left() + 6, area.center().y() + 1), colour, self.ink(self._theme.palette.card)
        )
        painter.setPen(self.ink(self._theme.palette.text))
        place = area.adjusted(18, 0, 0, 0)
        painter.drawText(
            place, _MIDDLE, painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, place.width())
        )


def draw_caution(painter: QPainter, centre: QPointF, colour: QColor, inner: QColor) -> None:
    """A small triangle with a stroke in it."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawPolygon(_polygon(centre + QPointF(0, 1), 7.0, 3, -90.0))
    painter.setPen(QPen(inner, 1.4))
    painter.drawLine(centre + QPointF(0, -2.5), centre + QPointF(0, 1))
    painter.drawPoint(centre + QPointF(0, 3))


class AgreementDelegate(CellDelegate):
    """Whether the prediction agrees with the file: a tick or a cross, and the word."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Sign and word; nothing when the file names no class."""
        right: bool | None = index.data(VALUE_ROLE)
        if right is None:
            return
        palette = self._theme.palette
        colour = self.ink(palette.good if right else palette.bad)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, 2.0))
        x, y = area.left() + 6.0, area.center().y() + 1.0
        if right:
            painter.drawPolyline(QPolygonF([QPointF(x - 5, y), QPointF(x - 1.5, y + 3.5), QPointF(x + 5, y - 4)]))
        else:
            painter.drawLine(QPointF(x - 4, y - 4), QPointF(x + 4, y + 4))
            painter.drawLine(QPointF(x - 4, y + 4), QPointF(x + 4, y - 4))
        painter.setPen(self.ink(palette.text))
        painter.drawText(area.adjusted(18, 0, 0, 0), _MIDDLE, str(index.data(Qt.ItemDataRole.DisplayRole)))


class LetterInks:
    """Which letters are painted in which colour, as tables that keep one colour's letters and blank out the rest.

    A run of letters is painted once per colour instead of once per letter; all letters have one width.
    """

    def __init__(self, palette: Palette, molecule: Molecule) -> None:
        colours = palette.residues if molecule is Molecule.PROTEIN else palette.nucleotides
        groups: dict[str, set[str]] = {}
        for code in range(33, 127):
            groups.setdefault(colours.get(chr(code).upper(), palette.muted), set()).add(chr(code))
        self.groups = [
            (QColor(colour), bytes(code if chr(code) in letters else 32 for code in range(256)))
            for colour, letters in groups.items()
        ]

    def draw(self, painter: QPainter, place: QPointF, letters: bytes) -> None:
        """Paint letters from a point on the base line, in the painter's font."""
        for colour, table in self.groups:
            text = letters.translate(table)
            if not text.isspace():
                painter.setPen(colour)
                painter.drawText(place, text.decode("ascii"))


class SequenceDelegate(CellDelegate):
    """Letters in the colours that people know from their logos: value `bytes`."""

    def __init__(self, theme: Theme, molecule: Molecule = Molecule.DNA, parent: QObject | None = None) -> None:
        super().__init__(theme, parent)
        self._molecule = molecule
        self._letters: LetterInks | None = None
        self._font = theme.fixed_font()
        self._advance = 0.0
        theme.changed.connect(self._forget)

    def set_molecule(self, molecule: Molecule) -> None:
        """Colour letters as those of another molecule."""
        if molecule is not self._molecule:
            self._molecule = molecule
            self._forget()

    def _forget(self) -> None:
        self._letters = None

    def _prepare(self) -> LetterInks:
        if self._letters is None:
            self._font = QFont(self._theme.fixed_font())
            self._advance = QFontMetricsF(self._font).horizontalAdvance("A")
            self._letters = LetterInks(self._theme.palette, self._molecule)
        return self._letters

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """As many letters as fit, then an ellipsis."""
        letters: bytes = index.data(VALUE_ROLE) or b""
        inks = self._prepare()
        usual = painter.font()
        painter.setFont(self._font)
        metrics = painter.fontMetrics()
        base = area.center().y() + 1 + (metrics.ascent() - metrics.descent()) / 2
        fitting = max(int(area.width() / self._advance), 1)
        whole = len(letters) <= fitting
        inks.draw(painter, QPointF(area.left(), base), letters if whole else letters[: fitting - 1])
        if not whole:
            painter.setPen(self.ink(self._theme.palette.muted))
            painter.drawText(QPointF(area.left() + (fitting - 1) * self._advance, base), "…")
        painter.setFont(usual)


class StatusDelegate(CellDelegate):
    """How a run stands: a dot and a word; value is the name of a colour of the palette: "good", "bad", "accent"."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """Dot and word."""
        palette = self._theme.palette
        colour: str = getattr(palette, str(index.data(VALUE_ROLE) or "muted"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.ink(colour))
        painter.drawEllipse(QPointF(area.left() + 4, area.center().y() + 1), 4, 4)
        painter.setPen(self.ink(palette.text))
        painter.drawText(area.adjusted(15, 0, 0, 0), _MIDDLE, str(index.data(Qt.ItemDataRole.DisplayRole)))


class SparklineDelegate(CellDelegate):
    """A small curve with a mark at its lowest point: value is a sequence of numbers, NaN where there is none."""

    def paint_value(self, painter: QPainter, area: QRect, index: Index) -> None:
        """The curve, scaled to its own range."""
        values: Any = index.data(VALUE_ROLE)
        finite = [value for value in values or () if math.isfinite(value)]
        if len(finite) < 2:
            return
        frame = QRectF(area).adjusted(2, 7, -4, -7)
        low, high = min(finite), max(finite)
        span = (high - low) or 1.0
        step = frame.width() / (len(values) - 1)
        points = [
            QPointF(frame.left() + place * step, frame.bottom() - (value - low) / span * frame.height())
            for place, value in enumerate(values)
            if math.isfinite(value)
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        path = QPainterPath(points[0])
        for point in points[1:]:
            path.lineTo(point)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.ink(self._theme.palette.muted), 1.4))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.ink(self._theme.palette.accent))
        painter.drawEllipse(max(points, key=lambda point: point.y()), 2.8, 2.8)
