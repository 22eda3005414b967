"""One line above the prediction table: how many of each class, how many deserve a second look, how many agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from bioseq_gui.tables.delegates import class_colour, draw_mark
from bioseq_gui.theme.tokens import SPACE_1
from bioseq_gui.widgets.basics import button, clear_layout, label
from bioseq_gui.widgets.text import for_display, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq_gui.tables.columns import PredictionColumns
    from bioseq_gui.theme.theme import Theme

_CLASSES_SHOWN = 6
_CLASSES_WITH_SHARES = 4
"""Classes up to which their shares are shown too; of more they stand in the tips."""
_LETTERS_SHOWN = 100
"""Letters of all counts of classes, so that the line is no wider than a window; one class is always shown."""
_LETTERS_BESIDE = 4
"""What the mark and the margins of a count take, in letters."""
_ICON = 12


class PredictionSummary(QWidget):
    """Counts that filter the table when they are clicked.

    Signals:
        class_chosen: The count of a class was clicked; its number.
        flagged_chosen: The count of flagged records was clicked.
        divided_chosen: The count of records on which members of an ensemble disagree was clicked.
        wrong_chosen: The share that agrees with the file was clicked: the person wants to see the others.
    """

    class_chosen = Signal(int)
    flagged_chosen = Signal()
    divided_chosen = Signal()
    wrong_chosen = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._data: PredictionColumns | None = None
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE_1)
        theme.changed.connect(self._fill)

    def show_predictions(self, data: PredictionColumns | None) -> None:
        """Count another table, or none."""
        self._data = data
        self._fill()

    def texts(self) -> list[str]:
        """What the line says, part by part."""
        items = (self._row.itemAt(place) for place in range(self._row.count()))
        parts = [item.widget() for item in items if item is not None]
        return [part.text() for part in parts if isinstance(part, QPushButton) and not part.isHidden()]

    def _fill(self) -> None:
        clear_layout(self._row)
        data = self._data
        if data is None or not len(data.table):
            return
        counts, total = data.counts(), len(data.table)
        order = sorted(range(len(counts)), key=lambda place: (-counts[place], place))
        texts = {place: self._class_text(data, place, counts[place], total) for place in order[:_CLASSES_SHOWN]}
        room = np.cumsum([len(texts[place]) + _LETTERS_BESIDE for place in texts])
        fitting = max(1, int(np.searchsorted(room, _LETTERS_SHOWN, "right")))
        for place in sorted(order[:fitting]):
            self._row.addWidget(self._class_count(texts[place], place, counts[place] / total))
        if rest := sum(counts[place] for place in order[fitting:]):
            self._row.addWidget(label(self.tr("{count} in other classes").format(count=number(rest)), "muted"))
        self._row.addStretch(1)
        if flagged := data.flagged():
            text = self.tr("{count} flagged").format(count=number(flagged))
            tip = self.tr("Show only records that deserve a second look")
            self._add(text, tip, self.flagged_chosen.emit, self._theme.icon("warning", self._theme.palette.warning))
        if divided := data.divided():
            text = self.tr("{count} disputed").format(count=number(divided))
            tip = self.tr("Show only records on which members of the ensemble disagree")
            self._add(text, tip, self.divided_chosen.emit, self._theme.icon("compare", self._theme.palette.muted))
        right, known = data.agreement()
        if known:
            text = self.tr("{share} agree with the file").format(share=f"{right / known:.1%}")
            tip = self.tr(
                "{right} of {known} records with a class in the file; click to see the others. "
                "Records that the model learned from count too."
            ).format(right=number(right), known=number(known))
            self._add(text, tip, self.wrong_chosen.emit, self._theme.icon("check", self._theme.palette.good))

    def _class_text(self, data: PredictionColumns, place: int, count: int, total: int) -> str:
        name = for_display(data.label(place), longest=40)
        # The line of an ensemble has one part more: its shares stand in the tips.
        short = data.table.votes is not None or len(data.table.labels) > _CLASSES_WITH_SHARES
        pattern = self.tr("{name}  {count}") if short else self.tr("{name}  {count}  ({share})")
        return pattern.format(name=name, count=number(count), share=f"{count / total:.1%}")

    def _class_count(self, text: str, place: int, share: float) -> QPushButton:
        hint = self.tr("{share} of the records. Show only this class; click again for all").format(share=f"{share:.1%}")
        made = button(text.replace("&", "&&"), "link", tip=hint)
        made.setProperty("tone", "text")
        made.setIcon(_mark_icon(place, class_colour(self._theme.palette, place)))
        made.setStyleSheet(f"color: {self._theme.palette.text};")
        made.clicked.connect(lambda: self.class_chosen.emit(place))
        return made

    def _add(self, text: str, tip: str, action: Callable[[], None], icon: QIcon) -> None:
        made = button(text, "link", tip=tip)
        made.setIcon(icon)
        made.setStyleSheet(f"color: {self._theme.palette.text};")
        made.clicked.connect(lambda: action())  # noqa: PLW0108 - keeps `checked` from the action
        self._row.addWidget(made)


def _mark_icon(place: int, colour: str) -> QIcon:
    icon = QIcon()
    for ratio in (1, 2, 3):
        picture = QPixmap(_ICON * ratio, _ICON * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_mark(painter, QPointF(_ICON / 2, _ICON / 2), place, QColor(colour), size=_ICON - 2)
        painter.end()
        icon.addPixmap(picture)
    return icon
