"""The lessons draw what the formulas say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from bioseq.catalogue.lessons import Layer, likeness, multiplications, sinusoids
from bioseq_gui.plots.figure import Line
from bioseq_gui.plots.lessons_window import LessonsWindow

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme


@pytest.fixture
def window(theme: Theme, qtbot: QtBot) -> LessonsWindow:
    made = LessonsWindow(theme)
    qtbot.addWidget(made)
    return made


def test_the_first_lesson_shows_the_sinusoids_and_their_likeness(window: LessonsWindow) -> None:
    lesson = window.positions
    lesson.width_slider.set_value(32)
    lesson.position_slider.set_value(10)
    np.testing.assert_allclose(lesson.map.values, sinusoids(200, 32).T)
    assert lesson.plot.figure is not None
    line = next(layer for layer in lesson.plot.figure.layers if isinstance(layer, Line))
    np.testing.assert_allclose(line.y, likeness(np.arange(200) - 10, 32))


def test_the_second_lesson_shows_the_costs_and_says_the_formula(window: LessonsWindow) -> None:
    lesson = window.cost
    lesson.width_slider.set_value(64)
    assert lesson.plot.figure is not None
    lines = [layer for layer in lesson.plot.figure.layers if isinstance(layer, Line)]
    for layer, line in zip(Layer, lines, strict=True):
        np.testing.assert_allclose(line.y, multiplications(layer, line.x, width=64))


def test_the_map_paints_each_cell_in_the_colour_of_its_value(window: LessonsWindow, theme: Theme, qtbot: QtBot) -> None:
    shown = window.positions.map
    shown.show_values(np.array([[1.0, 0.0], [-1.0, 0.5]]))
    shown.resize(400, 300)
    image = shown.grab().toImage()
    told = {}
    for x in range(image.width()):
        for y in range(image.height()):
            cell = shown.cell_at(QPointF(x / image.devicePixelRatio(), y / image.devicePixelRatio()))
            told.setdefault(cell, []).append(image.pixelColor(x, y).name())
    palette = theme.palette
    assert max(set(told[0, 0]), key=told[0, 0].count) == palette.classes[0].lower()
    assert max(set(told[0, 1]), key=told[0, 1].count) == palette.card.lower()
    assert max(set(told[1, 0]), key=told[1, 0].count) == palette.classes[1].lower()
    assert shown.cell_at(QPointF(1, 1)) == (-1, -1)
