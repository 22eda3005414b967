"""Telling of runs elsewhere: reports, model cards, the methods paragraph on the clipboard, and a check of the files."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from bioseq.errors import BioseqError
from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import ReportJob, VerifyJob
from bioseq_gui.flows.messages import Message, of_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session

_OPENED = (".html", ".pdf")
"""What is shown as soon as it is written."""


class ReportFlow(QObject):
    """Writes reports by the light worker; matplotlib is never imported here.

    Signals:
        said: A message for the person.
        written: A report is complete; its file.
    """

    said = Signal(object)
    written = Signal(object)

    def __init__(self, session: Session, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._jobs: set[str] = set()
        engine.job_ended.connect(self._take)

    def write(self, path: Path) -> None:
        """Write the report of the opened run; the ending of the name says which kind."""
        run = self._session.opened_run
        if run is None:
            self.said.emit(Message(self.tr("Open a run first."), "warning"))
            return
        self.write_of([run], path)

    def write_of(self, runs: Sequence[Path], path: Path) -> None:
        """Write one report of these runs: with a comparison, where there are several."""
        self._submit(ReportJob(self._new_id("report"), tuple(map(str, runs)), str(path)))
        self.said.emit(Message(self.tr("Writing {0}…").format(path.name)))

    def verify(self) -> None:
        """Compare data, model and results of the opened run with its record."""
        run = self._session.opened_run
        if run is not None:
            self._submit(VerifyJob(self._new_id("verify"), str(run)))
            self.said.emit(Message(self.tr("Comparing the files of the run with its record…")))

    def copy_methods(self) -> None:
        """Put the methods paragraph of the opened run and its references on the clipboard."""
        from bioseq.report.material import read_material
        from bioseq.report.methods import methods_paragraph, references

        run = self._session.opened_run
        if run is None:
            return
        try:
            material = read_material(run)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        text = "\n\n".join((methods_paragraph(material), "\n".join(references(material))))
        QGuiApplication.clipboard().setText(text)
        self.said.emit(Message(self.tr("The methods paragraph is on the clipboard."), "success"))

    def _new_id(self, kind: str) -> str:
        return f"{kind}-{uuid.uuid4().hex[:12]}"

    def _submit(self, job: ReportJob | VerifyJob) -> None:
        self._jobs.add(job.job_id)
        self._engine.submit(job)

    def _take(self, end: JobEnd) -> None:
        if end.job.job_id not in self._jobs:
            return
        self._jobs.discard(end.job.job_id)
        if end.outcome.kind != OutcomeKind.FINISHED:
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            self.said.emit(Message(text, "error", details=end.outcome.details))
            return
        summary = getattr(end.outcome.event, "summary", {})
        match end.job:
            case ReportJob(destination=destination):
                self._say_written(Path(destination), str(summary.get("missing_letters", "")))
            case VerifyJob():
                self._say_verified(summary)

    def _say_written(self, path: Path, warning: str) -> None:
        text = f"{self.tr('Written: {0}').format(path)} {warning}".strip()
        severity = "warning" if warning else "success"
        self.said.emit(Message(text, severity, self.tr("Show folder"), lambda: show(path.parent)))
        self.written.emit(path)

    def _say_verified(self, summary: dict[str, Any]) -> None:
        details = "\n".join(str(check["sentence"]) for check in summary.get("checks", ()))
        severity = "success" if summary.get("intact") else "warning"
        self.said.emit(Message(str(summary.get("sentence", "")), severity, details=details))


def open_written(path: Path) -> None:
    """Show a report as soon as it is there; a model card is text for other programs."""
    if path.suffix.lower() in _OPENED:
        show(path)


def show(path: Path) -> None:
    """Open a file or folder with the program that the system has for it."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
