"""PySide6 6.12.0 on Python 3.11 loses references to None and True and then aborts: this version must not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from bioseq_gui.plots.data_plots import HistogramPlot

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme

EMITS = 20_000
REFRESHES = 1_500
SLACK = 500


class Sender(QObject):
    told = Signal(bool, object)


def counts() -> tuple[int, int]:
    return sys.getrefcount(True), sys.getrefcount(None)


def test_twenty_thousand_emits_keep_the_references() -> None:
    sender, seen = Sender(), []
    sender.told.connect(lambda told, nothing: seen.append((told, nothing)) if len(seen) < 10 else None)
    before = counts()
    for _ in range(EMITS):
        sender.told.emit(True, None)
    assert len(seen) == 10
    for now, then in zip(counts(), before, strict=True):
        assert now > then - SLACK


def test_fifteen_hundred_plot_refreshes_keep_the_references(qtbot: QtBot, theme: Theme) -> None:
    plot = HistogramPlot(theme)
    qtbot.addWidget(plot)
    plot.resize(320, 240)
    plot.show()
    qtbot.waitExposed(plot)
    plot.show_data(np.arange(11.0), {"a": np.arange(10)}, ("a",))
    assert plot.canvas is not None
    before = counts()
    for _ in range(REFRESHES):
        plot.canvas.viewport().update()
        plot.canvas.viewport().repaint()
    for now, then in zip(counts(), before, strict=True):
        assert now > then - SLACK
