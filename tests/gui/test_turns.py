"""Work in turns: one piece a turn, in order; newer work takes the place of older."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from bioseq_gui.widgets.turns import Turns

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot


def test_pieces_are_done_in_order_one_a_turn(qtbot: QtBot) -> None:
    owner = QObject()
    turns, done = Turns(owner), []
    turns.take(*(lambda n=n: done.append(n) for n in range(4)))
    assert done == []
    assert turns.busy
    qtbot.waitUntil(lambda: not turns.busy)
    assert done == [0, 1, 2, 3]


def test_newer_work_takes_the_place_of_what_is_waiting(qtbot: QtBot) -> None:
    owner = QObject()
    turns, done = Turns(owner), []
    turns.take(lambda: done.append("old"))
    turns.take(lambda: done.append("new"), lambda: done.append("newer"))
    turns.finish()
    assert done == ["new", "newer"]
    assert not turns.busy
