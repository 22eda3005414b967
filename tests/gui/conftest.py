"""Fixtures of the window's tests: a theme, a session, folders of their own, and a guard against leaks."""

from __future__ import annotations

import gc
import threading
from typing import TYPE_CHECKING

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QThread
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from bioseq_gui.app import Application, build_window
from bioseq_gui.session import Session
from bioseq_gui.theme.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs, preferences and caches of a test never touch those of the person."""
    for name, folder in (("RUNS", "runs"), ("CONFIG_HOME", "settings"), ("CACHE_HOME", "cache")):
        monkeypatch.setenv(f"BIOSEQ_{name}", str(tmp_path / folder))


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """A light theme on the application."""
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()


@pytest.fixture
def session(qapp: QApplication) -> Iterator[Session]:
    """An empty session."""
    made = Session()
    yield made
    made.deleteLater()


@pytest.fixture(autouse=True)
def leak_guard(qapp: QApplication) -> Iterator[None]:
    """A test that leaves a thread, a child process or a window behind has failed."""
    windows = set(QApplication.topLevelWidgets())
    threads = set(threading.enumerate())
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    yield
    settle()
    running = [thread for thread in _qt_threads() if thread.isRunning()]
    assert not running, f"QThreads left running: {running}"
    python_threads = (thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread))
    left_threads = [thread for thread in python_threads if thread not in threads]
    for thread in left_threads:
        thread.join(timeout=2)
    left_threads = [thread for thread in left_threads if thread.is_alive()]
    assert not left_threads, f"threads left running: {left_threads}"
    left_children = [child for child in psutil.Process().children(recursive=True) if child.pid not in children]
    assert not left_children, f"child processes left running: {left_children}"
    left_windows = [w for w in QApplication.topLevelWidgets() if w not in windows and w.isVisible()]
    assert not left_windows, f"windows left open: {left_windows}"


def settle() -> None:
    """Let deferred deletions happen."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.sendPostedEvents()


def _qt_threads() -> list[QThread]:
    own = QThread.currentThread()
    return [item for item in gc.get_objects() if issubclass(type(item), QThread) and item is not own and isValid(item)]


@pytest.fixture
def application(qapp: QApplication, qtbot: QtBot) -> Iterator[Application]:
    """The whole window with real workers and folders of its own; dialogs answer "discard" and "close"."""
    built = build_window(qapp, ask_to_save=lambda _: "discard", ask_to_interrupt=lambda _: True, warm=False)
    with qtbot.waitSignal(built.ready, timeout=20_000):
        built.window.show()
    yield built
    built.window.close()
    built.shut_down()
    built.window.deleteLater()
    built.deleteLater()
    settle()
