"""The whole window with its real workers: the fixtures of the window's tests, used here too."""

from __future__ import annotations

from tests.gui.conftest import application, leak_guard, own_folders

__all__ = ["application", "leak_guard", "own_folders"]
