"""The buttons that tell of finished runs elsewhere: report, model card, methods paragraph, verification."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from collections.abc import Callable

_FILTERS = {
    "html": "HTML (*.html)",
    "pdf": "PDF (*.pdf)",
    "md": "Markdown (*.md)",
    "json": "JSON (*.json)",
}


class ReportMenu(QPushButton):
    """A button with the menu of what can be told of a run.

    Signals:
        report_requested: Write the report; the file, whose ending says which kind.
        methods_requested: Put the methods paragraph on the clipboard.
        verify_requested: Compare the run with its record.
    """

    report_requested = Signal(object)
    methods_requested = Signal()
    verify_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(self.tr("Report"), parent)
        self._folder = Path.home()
        self.setToolTip(self.tr("Report, model card and methods paragraph of this run"))
        self.setAccessibleName(self.tr("Report"))
        self.setAccessibleDescription(self.toolTip())
        menu = QMenu(self)
        menu.setToolTipsVisible(True)
        menu.addAction(self.tr("Report as HTML…"), lambda: self._ask("html")).setToolTip(
            self.tr("One file with all figures, tables and settings, for any browser")
        )
        menu.addAction(self.tr("Report as PDF…"), lambda: self._ask("pdf"))
        menu.addAction(self.tr("Model card as Markdown…"), lambda: self._ask("md")).setToolTip(
            self.tr("Model card, DOME and REFORMS, filled in from the run")
        )
        menu.addAction(self.tr("Model card as JSON…"), lambda: self._ask("json"))
        menu.addSeparator()
        menu.addAction(self.tr("Copy methods paragraph"), self.methods_requested.emit)
        menu.addSeparator()
        menu.addAction(self.tr("Verify files of this run"), self.verify_requested.emit).setToolTip(
            self.tr("Are data, model and results still what they were when the run ended?")
        )
        self.setMenu(menu)

    def propose(self, folder: Path) -> None:
        """Offer this folder for the report."""
        self._folder = folder

    def _ask(self, kind: str) -> None:
        if (chosen := ask_for_file(self, self._folder, kind)) is not None:
            self.report_requested.emit(chosen)


class ManyReportMenu(QPushButton):
    """A button that writes one report of all runs that are selected.

    Signals:
        report_requested: Write the report; the file, whose ending says which kind.
    """

    report_requested = Signal(object)

    def __init__(self, folder: Callable[[], Path], parent: QWidget | None = None) -> None:
        """Make the button.

        Args:
            folder: Tells the folder that is offered for the report.
            parent: The widget that owns the button.
        """
        super().__init__(QCoreApplication.translate("ReportMenu", "Report"), parent)
        self._folder = folder
        self.setAccessibleName(self.text())
        menu = QMenu(self)
        for kind, text in (("html", self.tr("Report as HTML…")), ("pdf", self.tr("Report as PDF…"))):
            menu.addAction(text, partial(self._ask, kind))
        self.setMenu(menu)

    def offer(self, possible: bool, why: str) -> None:
        """Allow it, or forbid it, with a tip on what it does or why it cannot."""
        self.setEnabled(possible)
        self.setToolTip(plain_tip(why))
        self.setAccessibleDescription(why)

    def _ask(self, kind: str) -> None:
        if (chosen := ask_for_file(self, self._folder(), kind)) is not None:
            self.report_requested.emit(chosen)


def ask_for_file(parent: QWidget, folder: Path, kind: str) -> Path | None:
    """The file that the person chooses for a report or model card of this kind; None when they choose none."""
    name = "report" if kind in ("html", "pdf") else "model-card"
    title = QCoreApplication.translate("ReportMenu", "Write the report")
    path, _ = QFileDialog.getSaveFileName(parent, title, str(folder / f"{name}.{kind}"), _FILTERS[kind])
    if not path:
        return None
    return Path(path) if Path(path).suffix else Path(path).with_suffix(f".{kind}")
