"""How networks read: where a letter stands, and what the length of a sequence costs. For learning and teaching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QSlider, QTabWidget, QVBoxLayout, QWidget

from bioseq.catalogue.lessons import Layer, formula, likeness, multiplications, sinusoids
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import DASHES, Axis, Figure, Line, Rule
from bioseq_gui.plots.heat_map import HeatMap
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import label
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq_gui.theme.theme import Theme

_LONGEST = 200
"""Positions that the first lesson shows."""
_LENGTHS = np.unique(np.geomspace(20, 20_000, 60).round())
"""Lengths at which the second lesson counts, letters."""


class LessonsWindow(QDialog):
    """A window of two lessons that can stay open beside the main one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("How networks read"))
        self.resize(980, 680)
        self.positions = PositionsLesson(theme)
        self.cost = CostLesson(theme)
        tabs = QTabWidget()
        tabs.setDocumentMode(True)
        tabs.addTab(self.positions, self.tr("Where a letter stands"))
        tabs.addTab(self.cost, self.tr("What length costs"))
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_4, SPACE_3, SPACE_4, SPACE_4)
        column.addWidget(tabs)


class PositionsLesson(QWidget):
    """The sinusoids as a picture, and how alike two positions are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.map = HeatMap(theme, x_title=self.tr("Position in the sequence"), y_title=self.tr("Number"))
        self.plot = Plot(theme)
        self.width_slider = _Slider(self.tr("Numbers per letter"), 8, 256, 64, step=8, text=str)
        self.position_slider = _Slider(self.tr("Compare with position"), 0, _LONGEST - 1, 60, text=str)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_3, 0, 0)
        column.setSpacing(SPACE_2)
        first = self.tr(
            "Attention looks at all letters at once and would not notice if they were shuffled. So each position gets "
            "a pattern of its own: sines and cosines, fast ones and slow ones, like the hands of many clocks. It is "
            "added to the letter."
        )
        column.addWidget(label(first, wrap=True))
        column.addWidget(self.width_slider)
        column.addWidget(self.map, 3)
        second = self.tr(
            "Two patterns are the more alike the nearer their positions are, wherever they stand: that is how the "
            "network learns of distances. Rotary positions turn the letter by the same clocks and give the same curve."
        )
        column.addWidget(label(second, wrap=True))
        column.addWidget(self.position_slider)
        column.addWidget(self.plot, 3)
        self.width_slider.changed(self._show)
        self.position_slider.changed(self._show)
        self._show()

    def _show(self) -> None:
        width, position = self.width_slider.value, self.position_slider.value
        self.map.show_values(sinusoids(_LONGEST, width).T)
        self.plot.show_figure(likeness_figure(position, width))


class CostLesson(QWidget):
    """Multiplications against length, for each kind of layer."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.plot = Plot(theme)
        self.width_slider = _Slider(self.tr("Numbers per letter, D"), 16, 512, 128, step=16, text=str)
        self.length_slider = _Slider(
            self.tr("Length of the sequence, L"), 0, len(_LENGTHS) - 1, 34, text=lambda at: number(int(_LENGTHS[at]))
        )
        self._lines = {layer: label("", wrap=True) for layer in Layer}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_3, 0, 0)
        column.setSpacing(SPACE_2)
        text = self.tr(
            "Every kind of layer pays for each letter. Attention pays for each pair of letters too: twice the length, "
            "four times the work, once sequences are long. Linear attention avoids the pairs by an approximation."
        )
        column.addWidget(label(text, wrap=True))
        column.addWidget(self.width_slider)
        column.addWidget(self.length_slider)
        column.addWidget(self.plot, 1)
        for line in self._lines.values():
            column.addWidget(line)
        self.width_slider.changed(self._show)
        self.length_slider.changed(self._show)
        self._show()

    def _show(self) -> None:
        width, length = self.width_slider.value, int(_LENGTHS[self.length_slider.value])
        self.plot.show_figure(cost_figure(length, width))
        for layer, line in self._lines.items():
            count = float(multiplications(layer, length, width=width))
            said = self.tr("{0}: {1} = {2} million multiplications")
            line.setText(said.format(layer_title(layer), formula(layer), number(max(1, round(count / 1e6)))))


def likeness_figure(position: int, width: int) -> Figure:
    """How alike each position is to one of them."""
    places = np.arange(_LONGEST, dtype=np.float64)
    line = Line(_tr("likeness"), places, likeness(places - position, width), "accent")
    return Figure(
        name="likeness_of_positions",
        title=_tr("Likeness to position {0}").format(position),
        x=Axis(_tr("Position"), minimum=0, maximum=_LONGEST - 1),
        y=Axis(_tr("Likeness")),
        layers=(Rule(x=float(position)), line),
        summary=_tr("The likeness is 1 at position {0} and falls on both sides.").format(position),
    )


def cost_figure(length: int, width: int) -> Figure:
    """Multiplications of one layer against the length of the sequence."""
    lines = tuple(
        Line(layer_title(layer), _LENGTHS, multiplications(layer, _LENGTHS, width=width), f"class:{at}", DASHES[at])
        for at, layer in enumerate(Layer)
    )
    return Figure(
        name="cost_of_length",
        title=_tr("Multiplications of one layer"),
        x=Axis(_tr("Length"), unit=_tr("letters"), logarithmic=True),
        y=Axis(_tr("Multiplications"), logarithmic=True),
        layers=(*lines, Rule(x=float(length))),
        summary=_tr("Attention grows with the square of the length, all others in proportion to it."),
    )


def layer_title(layer: Layer) -> str:
    """The name of a kind of layer."""
    return {
        Layer.CONVOLUTION: _tr("Convolution (filters of 8 letters)"),
        Layer.RECURRENT: _tr("LSTM, both ways"),
        Layer.ATTENTION: _tr("Attention"),
        Layer.LINEAR_ATTENTION: _tr("Linear attention (8 heads)"),
    }[layer]


class _Slider(QWidget):
    """A named slider that says its value."""

    def __init__(
        self, title: str, least: int, most: int, start: int, *, text: Callable[[int], str], step: int = 1
    ) -> None:
        super().__init__()
        self._text = text
        self._step = step
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(least // step, most // step)
        self._slider.setValue(start // step)
        self._slider.setAccessibleName(title)
        self._said: QLabel = label("", "strong")
        self._said.setMinimumWidth(64)
        name = label(title)
        name.setMinimumWidth(200)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(name)
        row.addWidget(self._slider, 1)
        row.addWidget(self._said)
        self._slider.valueChanged.connect(self._say)
        self._say()

    @property
    def value(self) -> int:
        """What is chosen."""
        return self._slider.value() * self._step

    def set_value(self, value: int) -> None:
        """Choose a value."""
        self._slider.setValue(value // self._step)

    def changed(self, act: Callable[[], None]) -> None:
        """Do this when another value is chosen."""
        self._slider.valueChanged.connect(lambda _value: act())

    def _say(self) -> None:
        self._said.setText(self._text(self.value))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Lessons", text)
