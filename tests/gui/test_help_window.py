"""Help comes with the program: every page is there, has a title, and is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QListWidget, QTextBrowser

from bioseq_gui.widgets.help_window import PAGES, HelpWindow, page_path, page_title

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_shown_with_its_title(qtbot: QtBot, theme: Theme, name: str) -> None:
    window = HelpWindow(theme)
    qtbot.addWidget(window)
    window.show_page(name)
    listed = window.findChild(QListWidget)
    shown = window.findChild(QTextBrowser)
    assert listed is not None
    assert shown is not None
    assert listed.currentItem().text() == page_title(page_path(name))
    assert shown.toPlainText().startswith(page_title(page_path(name)))
