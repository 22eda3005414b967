"""The control with shuffled labels of an opened run: one at a time, and never beside a training."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import ControlJob
from bioseq_gui.flows.messages import Message

if TYPE_CHECKING:
    from bioseq.protocol.events import ArtefactWritten, Progressed
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session


class ControlFlow(QObject):
    """Trains the opened run again with shuffled labels.

    Signals:
        said: A message for the person.
        progressed: Run folder, parts done and all parts; 0 of 0 when it is over, 0 of -1 before it can be told.
        changed: Run folder whose control has one shuffle more.
    """

    said = Signal(object)
    progressed = Signal(object, int, int)
    changed = Signal(object)

    def __init__(self, session: Session, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._job: ControlJob | None = None
        engine.progressed.connect(self._follow)
        engine.artefact_written.connect(self._take)
        engine.job_ended.connect(self._finish)
        session.run_changed.connect(self._make_way)

    @property
    def running(self) -> bool:
        """Shuffles are being trained."""
        return self._job is not None

    def check(self, shuffles: int) -> None:
        """Train with shuffled labels until so many shuffles are done."""
        run = self._session.opened_run
        if run is None or self.running:
            return
        if self._session.live:
            self.said.emit(Message(self.tr("A run is being trained. Check when it is done."), "warning"))
            return
        self._job = ControlJob(f"control-{uuid.uuid4().hex[:12]}", str(run), shuffles)
        self._engine.submit(self._job)
        self.progressed.emit(run, 0, -1)

    def stop(self) -> None:
        """Leave the shuffles that are not done; those that are stay."""
        if self._job is not None:
            self._engine.cancel(self._job.job_id)

    def _make_way(self) -> None:
        if self._session.live:
            self.stop()

    def _follow(self, event: Progressed) -> None:
        if self._job is not None and event.job_id == self._job.job_id and not event.unit and event.total:
            self.progressed.emit(Path(self._job.run_folder), event.done, event.total)

    def _take(self, event: ArtefactWritten) -> None:
        if self._job is not None and event.job_id == self._job.job_id:
            self.changed.emit(Path(self._job.run_folder))

    def _finish(self, end: JobEnd) -> None:
        if self._job is None or end.job.job_id != self._job.job_id:
            return
        run, self._job = Path(self._job.run_folder), None
        self.progressed.emit(run, 0, 0)
        self.changed.emit(run)
        if end.outcome.kind not in (OutcomeKind.FINISHED, OutcomeKind.STOPPED, OutcomeKind.CANCELLED):
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            self.said.emit(Message(text, "error", details=end.outcome.details))
