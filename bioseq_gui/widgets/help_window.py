"""The help pages in a window of their own: a list of pages at the left, the page at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser, QWidget

from bioseq.resources import resource_folder
from bioseq_gui.theme.tokens import SPACE_3

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.theme.theme import Theme

PAGES = (
    "first-model",
    "files-and-labels",
    "reading-the-curves",
    "metrics",
    "predicting",
    "when-it-fails",
    "command-line",
)
"""File names of the pages, in reading order."""


class HelpWindow(QDialog):
    """A window that can stay open beside the main one.

    Args:
        theme: For the colours of links.
        parent: The main window.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Help"))
        self.resize(920, 640)
        self._theme = theme
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Help pages"))
        self._list.setFixedWidth(220)
        self._browser = QTextBrowser()
        self._browser.setAccessibleName(self.tr("Help text"))
        self._browser.setOpenLinks(False)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        layout.addWidget(self._list)
        layout.addWidget(self._browser, 1)
        for name in PAGES:
            self._list.addItem(page_title(page_path(name)))
        self._list.currentRowChanged.connect(self._show_row)
        theme.changed.connect(self._show_again)
        self._list.setCurrentRow(0)

    def show_page(self, name: str) -> None:
        """Turn to a page by its file name without extension: "metrics"."""
        self._list.setCurrentRow(PAGES.index(name))

    def _show_row(self, row: int) -> None:
        path = page_path(PAGES[row])
        self._browser.document().setBaseUrl(QUrl.fromLocalFile(f"{path.parent}/"))
        self._browser.setMarkdown(path.read_text(encoding="utf-8"))

    def _show_again(self) -> None:
        self._show_row(self._list.currentRow())


def page_path(name: str) -> Path:
    """Where a help page lies."""
    return resource_folder() / "help" / f"{name}.md"


def page_title(path: Path) -> str:
    """The heading of a page."""
    return path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")
