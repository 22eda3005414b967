"""The help pages in a window of their own: a list of pages at the left, the page at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import (
    QBrush,
    QColor,
    QTextBlockFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextTable,
    QTextTableCellFormat,
)
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QTextBrowser, QWidget

from bioseq.resources import resource_folder
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.theme.tokens import Palette

_LINE_HEIGHT = 125.0
"""Of one line, percent of the font's."""

PAGES = (
    "first-model",
    "files-and-labels",
    "reading-the-curves",
    "feature-baselines",
    "ensembles",
    "comparing-models",
    "pretrained-models",
    "metrics",
    "predicting",
    "reports",
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
        self._list.setSpacing(3)
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
        give_room(self._browser.document(), self._theme.palette)

    def _show_again(self) -> None:
        self._show_row(self._list.currentRow())


def give_room(document: QTextDocument, palette: Palette) -> None:
    """Space out a page: Markdown as Qt sets it leaves no air between paragraphs, and draws heavy tables."""
    document.setDocumentMargin(SPACE_4)
    block = document.begin()
    while block.isValid():
        cursor = QTextCursor(block)
        table = cursor.currentFrame()
        if isinstance(table, QTextTable):
            _rule(table, QBrush(QColor(palette.line)))
            block = document.findBlock(table.lastPosition() + 1)
            continue
        form = block.blockFormat()
        form.setTopMargin(SPACE_3 if form.headingLevel() else SPACE_1)
        form.setBottomMargin(SPACE_2)
        form.setLineHeight(_LINE_HEIGHT, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        cursor.setBlockFormat(form)
        block = block.next()


def _rule(table: QTextTable, line: QBrush) -> None:
    """Hairlines below the rows of a table, and nothing else."""
    style = table.format()
    style.setBorder(0)
    style.setBorderCollapse(True)
    style.setCellPadding(SPACE_2)
    style.setTopMargin(SPACE_2)
    style.setBottomMargin(SPACE_3)
    table.setFormat(style)
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            form = QTextTableCellFormat(cell.format().toTableCellFormat())
            form.setBottomBorder(1)
            form.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            form.setBottomBorderBrush(line)
            cell.setFormat(form)


def page_path(name: str) -> Path:
    """Where a help page lies."""
    return resource_folder() / "help" / f"{name}.md"


def page_title(path: Path) -> str:
    """The heading of a page."""
    return path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# ")
