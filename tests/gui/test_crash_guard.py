"""Whatever nobody catches is said in a sentence with the details behind, and the window lives on."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import qWarning

from bioseq.errors import BioseqError
from bioseq_gui.crash import CrashGuard, sentence_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def guard(tmp_path: Path, qapp: object) -> Iterator[CrashGuard]:
    made = CrashGuard(tmp_path)
    made.install()
    yield made
    made.remove()


def test_an_exception_in_a_slot_is_said(guard: CrashGuard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(guard.caught) as caught:
        sys.excepthook(ZeroDivisionError, ZeroDivisionError("slot"), None)
    sentence, details = caught.args
    assert "fault in the program" in sentence
    assert "ZeroDivisionError: slot" in details
    assert "ZeroDivisionError: slot" in guard.log_path.read_text()


def test_an_exception_in_a_thread_is_said(guard: CrashGuard, qtbot: QtBot) -> None:
    def fail() -> None:
        raise ValueError("thread")

    with qtbot.waitSignal(guard.caught) as caught:
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    assert "ValueError: thread" in caught.args[1]


def test_a_warning_of_qt_goes_to_the_log(guard: CrashGuard) -> None:
    qWarning("a layout is odd")
    assert "a layout is odd" in guard.log_path.read_text()


def test_a_native_crash_is_told_at_the_next_start(tmp_path: Path, qapp: object) -> None:
    (tmp_path / "crash.txt").write_text("Fatal Python error: Segmentation fault")
    guard = CrashGuard(tmp_path)
    guard.install()
    assert "Segmentation fault" in guard.left_by_crash
    guard.remove()
    assert not (tmp_path / "crash.txt").exists()


def test_errors_for_people_keep_their_words() -> None:
    error = BioseqError("data.empty", "The file is empty.", where="a.fa", remedy="Choose another.")
    assert sentence_for(error) == "a.fa: The file is empty. Choose another."
    assert "memory" in sentence_for(MemoryError())
