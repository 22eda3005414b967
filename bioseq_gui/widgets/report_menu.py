"""The button that tells of a finished run elsewhere: report, model card, methods paragraph, verification."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

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
        name = "report" if kind in ("html", "pdf") else "model-card"
        proposal = str(self._folder / f"{name}.{kind}")
        path, _ = QFileDialog.getSaveFileName(self, self.tr("Write the report"), proposal, _FILTERS[kind])
        if path:
            chosen = Path(path)
            self.report_requested.emit(chosen if chosen.suffix else chosen.with_suffix(f".{kind}"))
