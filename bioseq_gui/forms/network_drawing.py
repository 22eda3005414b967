"""A small drawing of a network, painted from the names of its blocks."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from bioseq_gui.theme.theme import mixed
from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq_gui.theme.theme import Theme

_HEIGHT = 54
_GAP = 12.0
_WIDTHS = {"letters": 0.7, "embedding": 0.8, "classes": 0.55}

_KINDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("members", ("member",)),
    ("letters", ("letter", "one-hot", "token", "words", "residues")),
    ("embedding", ("embedding", "feature")),
    ("graph", ("graph", "message", "neighbour", "node", "edge")),
    ("trees", ("tree",)),
    ("recurrent", ("lstm", "gru", "rnn", "recurrent")),
    ("attention", ("attention", "encoder", "likeness")),
    ("margin", ("margin",)),
    ("filters", ("filter", "conv")),
    ("pooling", ("mean", "max", "strongest", "pool", "last state")),
    ("classes", ("class",)),
)


class NetworkDrawing(QWidget):
    """The blocks of an architecture from left to right: letters in, classes out.

    Args:
        theme: For the colours.
        blocks: Short names of the layers, as the catalogue has them.
    """

    def __init__(self, theme: Theme, blocks: tuple[str, ...], *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._blocks = blocks
        self.setAccessibleName(" → ".join(blocks))
        self.setToolTip(plain_tip(" → ".join(blocks)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(180, _HEIGHT)

    def minimumSizeHint(self) -> QSize:
        """Small enough for a narrow card."""
        return QSize(120, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002 - all of it is painted
        """Block by block, joined by short lines."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        kinds = [kind_of(block) for block in self._blocks]
        shares = [_WIDTHS.get(kind, 1.0) for kind in kinds]
        unit = min(60.0, (self.width() - _GAP * (len(kinds) - 1) - 2) / max(0.5, sum(shares)))
        left = 1.0
        for number, (kind, share) in enumerate(zip(kinds, shares, strict=True)):
            place = QRectF(left, 6, unit * share, self.height() - 12)
            if number:
                painter.setPen(QPen(QColor(self._theme.palette.muted), 1.2))
                middle = place.center().y()
                painter.drawLine(QPointF(left - _GAP + 2, middle), QPointF(left - 2, middle))
            self._block(painter, kind, place)
            left += unit * share + _GAP
        painter.end()

    def _block(self, painter: QPainter, kind: str, place: QRectF) -> None:
        drawn: dict[str, Callable[[QPainter, QRectF], None]] = {
            "letters": self._letters,
            "embedding": self._embedding,
            "recurrent": self._recurrent,
            "attention": self._attention,
            "filters": self._filters,
            "graph": self._graph,
            "trees": self._trees,
            "margin": self._margin,
            "members": self._members,
            "pooling": self._pooling,
            "classes": self._classes,
            "dense": self._dense,
        }
        drawn[kind](painter, place)

    def _pen(self, painter: QPainter, share: float = 1.0, width: float = 1.2) -> None:
        palette = self._theme.palette
        painter.setPen(QPen(mixed(palette.accent, palette.card, share), width))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _fill(self, painter: QPainter, share: float) -> None:
        palette = self._theme.palette
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(mixed(palette.accent, palette.card, share))

    def _letters(self, painter: QPainter, place: QRectF) -> None:
        colours = [self._theme.palette.nucleotides[letter] for letter in "ACGTAG"]
        step = place.height() / len(colours)
        painter.setPen(Qt.PenStyle.NoPen)
        for row, colour in enumerate(colours):
            painter.setBrush(QColor(colour))
            edge = min(step - 2, place.width() * 0.6)
            middle = place.top() + (row + 0.5) * step
            painter.drawRoundedRect(QRectF(place.center().x() - edge / 2, middle - edge / 2, edge, edge), 1.5, 1.5)

    def _embedding(self, painter: QPainter, place: QRectF) -> None:
        strengths = ((0.9, 0.35, 0.6), (0.3, 0.8, 0.45), (0.6, 0.25, 0.9), (0.35, 0.65, 0.3), (0.8, 0.5, 0.7))
        _cells(place, 5, 3, lambda row, column, cell: self._cell(painter, cell, strengths[row][column]))

    def _cell(self, painter: QPainter, cell: QRectF, share: float) -> None:
        self._fill(painter, share)
        painter.drawRoundedRect(cell.adjusted(0.7, 0.7, -0.7, -0.7), 1.2, 1.2)

    def _filters(self, painter: QPainter, place: QRectF) -> None:
        """Windows of several widths over the sequence."""
        for number, share in enumerate((0.3, 0.55, 0.85)):
            height = place.height() * (0.3 + 0.2 * number)
            width = place.width() * 0.3
            left = place.left() + number * width * 1.12
            top = place.top() + (number % 2) * (place.height() - height)
            self._fill(painter, share)
            painter.drawRoundedRect(QRectF(left, top, width, height), 2, 2)

    def _recurrent(self, painter: QPainter, place: QRectF) -> None:
        """A chain of cells, with one arrow down and one up."""
        count = 3
        step = place.height() / count
        radius = min(step, place.width()) * 0.27
        for column, share in ((0.28, 0.85), (0.72, 0.45)):
            x = place.left() + column * place.width()
            self._pen(painter, share)
            painter.drawLine(QPointF(x, place.top() + step / 2), QPointF(x, place.bottom() - step / 2))
            for row in range(count):
                self._fill(painter, share)
                painter.drawEllipse(QPointF(x, place.top() + (row + 0.5) * step), radius, radius)
            tip = place.bottom() + 1 if column < 0.5 else place.top() - 1
            turn = -4 if column < 0.5 else 4
            self._pen(painter, share)
            painter.drawLine(QPointF(x, tip), QPointF(x - 3, tip + turn))
            painter.drawLine(QPointF(x, tip), QPointF(x + 3, tip + turn))

    def _attention(self, painter: QPainter, place: QRectF) -> None:
        """Each place joined to each other, some more strongly."""
        count = 4
        step = place.height() / count
        ends = [place.top() + (row + 0.5) * step for row in range(count)]
        left, right = place.left() + 3, place.right() - 3
        for one, start in enumerate(ends):
            for other, end in enumerate(ends):
                strong = (one * 3 + other * 5) % 7 == 0
                self._pen(painter, 0.9 if strong else 0.28, 1.8 if strong else 1.0)
                painter.drawLine(QPointF(left, start), QPointF(right, end))
        self._fill(painter, 0.9)
        for y in ends:
            painter.drawEllipse(QPointF(left, y), 2.6, 2.6)
            painter.drawEllipse(QPointF(right, y), 2.6, 2.6)

    def _graph(self, painter: QPainter, place: QRectF) -> None:
        """Nodes, some of them joined."""
        spots = ((0.5, 0.1), (0.12, 0.38), (0.88, 0.34), (0.45, 0.52), (0.2, 0.86), (0.8, 0.84))
        nodes = [QPointF(place.left() + x * place.width(), place.top() + y * place.height()) for x, y in spots]
        for one, other in ((0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (1, 4), (3, 4), (3, 5), (2, 5)):
            self._pen(painter, 0.45)
            painter.drawLine(nodes[one], nodes[other])
        for number, node in enumerate(nodes):
            self._fill(painter, 0.9 if number == 3 else 0.6)
            painter.drawEllipse(node, 3.6, 3.6)

    def _trees(self, painter: QPainter, place: QRectF) -> None:
        """A question at each fork, an answer at each leaf."""
        levels = 3
        step = place.height() / levels
        rows = [
            [
                QPointF(place.left() + (leaf + 0.5) * place.width() / 2**level, place.top() + (level + 0.5) * step)
                for leaf in range(2**level)
            ]
            for level in range(levels)
        ]
        self._pen(painter, 0.5)
        for above, below in pairwise(rows):
            for number, node in enumerate(below):
                painter.drawLine(above[number // 2], node)
        for level, row in enumerate(rows):
            self._fill(painter, 0.9 - 0.25 * level)
            for node in row:
                painter.drawEllipse(node, 3.2, 3.2)

    def _margin(self, painter: QPainter, place: QRectF) -> None:
        """Records of two kinds, and between them the border that is as far as can be from both."""
        slope = place.width() * 0.22
        middle = place.center().x()
        for shift, share, width in ((-0.2, 0.35, 1.0), (0.0, 0.9, 1.6), (0.2, 0.35, 1.0)):
            self._pen(painter, share, width)
            at = middle + shift * place.width()
            painter.drawLine(QPointF(at + slope, place.top()), QPointF(at - slope, place.bottom()))
        before, behind = ((0.1, 0.18), (0.32, 0.12), (0.07, 0.62)), ((0.93, 0.38), (0.68, 0.88), (0.9, 0.82))
        for spots, share in ((before, 0.85), (behind, 0.45)):
            self._fill(painter, share)
            for x, y in spots:
                painter.drawEllipse(QPointF(place.left() + x * place.width(), place.top() + y * place.height()), 3, 3)

    def _members(self, painter: QPainter, place: QRectF) -> None:
        """Models beside each other, each with an answer of its own."""
        count = 3
        step = place.height() / count
        for number, share in enumerate((0.85, 0.6, 0.35)):
            box = QRectF(place.left() + place.width() * 0.16, place.top() + number * step, place.width() * 0.68, step)
            self._fill(painter, share)
            painter.drawRoundedRect(box.adjusted(0, 1.5, 0, -1.5), 2.5, 2.5)
            self._pen(painter, share)
            middle = box.center().y()
            painter.drawLine(QPointF(place.left(), middle), QPointF(box.left(), middle))
            painter.drawLine(QPointF(box.right(), middle), QPointF(place.right(), middle))

    def _pooling(self, painter: QPainter, place: QRectF) -> None:
        """Many values become one: a funnel."""
        self._fill(painter, 0.5)
        inset = place.height() * 0.34
        painter.drawPolygon(
            [
                place.topLeft(),
                QPointF(place.right(), place.top() + inset),
                QPointF(place.right(), place.bottom() - inset),
                place.bottomLeft(),
            ]
        )

    def _dense(self, painter: QPainter, place: QRectF) -> None:
        """Two columns of units, each joined to each."""
        left, right = place.left() + 4, place.right() - 4
        starts = [place.top() + (row + 0.5) * place.height() / 4 for row in range(4)]
        ends = [place.top() + (row + 0.5) * place.height() / 3 for row in range(3)]
        self._pen(painter, 0.35, 1.0)
        for start in starts:
            for end in ends:
                painter.drawLine(QPointF(left, start), QPointF(right, end))
        self._fill(painter, 0.8)
        for y in starts:
            painter.drawEllipse(QPointF(left, y), 3.2, 3.2)
        for y in ends:
            painter.drawEllipse(QPointF(right, y), 3.2, 3.2)

    def _classes(self, painter: QPainter, place: QRectF) -> None:
        colours = self._theme.palette.classes
        painter.setPen(Qt.PenStyle.NoPen)
        for row in range(2):
            painter.setBrush(QColor(colours[row]))
            middle = place.top() + (0.3 + 0.4 * row) * place.height()
            painter.drawEllipse(QPointF(place.left() + 8, middle), 6, 6)


def kind_of(block: str) -> str:
    """What a block is, from its name: "letters", "filters", ...; "dense" when nothing else."""
    name = block.lower()
    return next((kind for kind, words in _KINDS if any(word in name for word in words)), "dense")


def _cells(place: QRectF, rows: int, columns: int, paint: Callable[[int, int, QRectF], None]) -> None:
    height, width = place.height() / rows, place.width() / columns
    for row in range(rows):
        for column in range(columns):
            cell = QRectF(place.left() + column * width, place.top() + row * height, width, height)
            paint(row, column, cell)
