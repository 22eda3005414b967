"""Coloured letters in a table cell: only those that are to be seen are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QStyledItemDelegate, QStyleOptionViewItem

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

    from bioseq_gui.theme.theme import Theme

MARGIN = 11
"""Left and right of the letters, px."""


def letter_colours(theme: Theme, *, protein: bool) -> dict[str, str]:
    """Colour of each letter in both cases; letters that are not in it have the colour of text."""
    palette = theme.palette
    colours = palette.residues if protein else palette.nucleotides
    return {**colours, **{letter.lower(): colour for letter, colour in colours.items()}}


def paint_letters(
    painter: QPainter, letters: str, *, x: float, baseline: float, colours: dict[str, str], fallback: str
) -> None:
    """Draw letters of a fixed-width font, one call per colour instead of one per letter.

    Args:
        painter: With the font set.
        letters: What to draw.
        x: Left edge, px.
        baseline: Where the letters stand, px.
        colours: Letter to colour.
        fallback: Colour of the others.
    """
    used: dict[str, set[str]] = {}
    for letter in set(letters):
        used.setdefault(colours.get(letter, fallback), set()).add(letter)
    for colour, group in used.items():
        painter.setPen(QColor(colour))
        blanked = "".join(letter if letter in group else " " for letter in letters).rstrip()
        painter.drawText(round(x), round(baseline), blanked)


class SequenceDelegate(QStyledItemDelegate):
    """Paints the text of its column as coloured letters of a fixed-width font."""

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._protein = False
        self._font = QFont()
        self._advance = 8.0
        self._colours: dict[str, str] = {}
        theme.changed.connect(self._prepare)
        self._prepare()

    @property
    def advance(self) -> float:
        """Width of one letter, px."""
        return self._advance

    def set_protein(self, protein: bool) -> None:
        """Colour amino acids by chemistry, instead of nucleotides."""
        self._protein = protein
        self._prepare()

    def _prepare(self) -> None:
        self._font = self._theme.fixed_font()
        self._font.setKerning(False)
        self._advance = QFontMetricsF(self._font).horizontalAdvance("A")
        self._colours = letter_colours(self._theme, protein=self._protein)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: ARG002
        """Height of a line; the width is the column's."""
        return QSize(200, round(QFontMetricsF(self._font).height()) + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Background, then the letters within the visible part of the cell."""
        palette = self._theme.palette
        cell: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(cell, QColor(palette.selection))
        text = str(index.data(Qt.ItemDataRole.DisplayRole) or "")
        first, last = self._visible(cell, option.widget, len(text))
        painter.setFont(self._font)
        painter.setClipRect(cell)
        baseline = cell.center().y() + painter.fontMetrics().ascent() / 2 - 2
        paint_letters(
            painter,
            text[first:last],
            x=cell.left() + MARGIN + first * self._advance,
            baseline=baseline,
            colours=self._colours,
            fallback=palette.text,
        )
        painter.restore()

    def _visible(self, cell: QRect, view: object, letters: int) -> tuple[int, int]:
        left, right = 0, cell.width()
        if isinstance(view, QAbstractScrollArea):
            left = max(0, -cell.left())
            right = min(cell.width(), view.viewport().width() - cell.left())
        first = max(0, int((left - MARGIN) / self._advance))
        last = min(letters, int((right - MARGIN) / self._advance) + 2)
        return first, max(first, last)
