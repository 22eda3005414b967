"""Similar sequences in the session's data: looked for when asked, one search at a time, never beside a training."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import SIMILARITY_FILE, SimilarityJob
from bioseq_gui.flows.messages import Message

if TYPE_CHECKING:
    from bioseq.config.kinship import Kinship
    from bioseq.protocol.events import Progressed
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session

_UNIT = "comparisons"


class SimilarityFlow(QObject):
    """Looks for similar sequences by a light worker of its own.

    Signals:
        said: A message for the person.
        progressed: Parts done and all parts; 0 of 0 when it is over, 0 of -1 before it can be told.
        found: What was found, a `Kinship`.
        given_up: It ended without a result, for this reason; empty where the person knows it.
    """

    said = Signal(object)
    progressed = Signal(int, int)
    found = Signal(object)
    given_up = Signal(str)

    def __init__(self, session: Session, engine: EngineThread, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._cache = cache
        self._job_id = ""
        self._reason = ""
        engine.progressed.connect(self._follow)
        engine.job_ended.connect(self._finish)
        session.run_changed.connect(self._make_way)
        session.files_changed.connect(self._forget)
        session.data_changed.connect(self._forget)

    @property
    def running(self) -> bool:
        """A search is under way."""
        return bool(self._job_id)

    def look(self) -> None:
        """Look for similar sequences among the records of the session, with its settings."""
        session = self._session
        if self.running or session.inspection is None:
            return
        if session.live or session.studying:
            text = self.tr("A training is under way. Look for similar sequences when it is done.")
            self.said.emit(Message(text, "warning"))
            return
        self._job_id, self._reason = f"similar-{uuid.uuid4().hex[:12]}", ""
        config = session.configuration.model_dump(mode="json")
        job = SimilarityJob(self._job_id, config, str(self._cache / self._job_id))
        self.progressed.emit(0, -1)
        self._engine.submit(job, collect=open_found)

    def cancel(self) -> None:
        """Give the search up."""
        if self.running:
            self._engine.cancel(self._job_id)

    def _make_way(self) -> None:
        if self.running and (self._session.live or self._session.studying):
            self._reason = self.tr("The search made way for a training. Look again when that is done.")
            self.cancel()

    def _forget(self) -> None:
        """The records are others: what is looked for now is of no use."""
        if self.running:
            self.cancel()
            self._job_id = ""
            self.progressed.emit(0, 0)
            self.given_up.emit("")

    def _follow(self, event: Progressed) -> None:
        if event.job_id == self._job_id and event.unit == _UNIT and event.total:
            self.progressed.emit(event.done, event.total)

    def _finish(self, end: JobEnd) -> None:
        if not isinstance(end.job, SimilarityJob):
            return
        shutil.rmtree(end.job.output, ignore_errors=True)
        if end.job.job_id != self._job_id:
            return
        self._job_id = ""
        self.progressed.emit(0, 0)
        if end.result is not None:
            self.found.emit(end.result)
        elif end.outcome.kind in (OutcomeKind.CANCELLED, OutcomeKind.STOPPED):
            self.given_up.emit(self._reason)
        else:
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            self.given_up.emit(text)
            self.said.emit(Message(text, "error", self.tr("Look again"), self.look, end.outcome.details))


def open_found(job: SimilarityJob) -> Kinship:
    """Open what a search left; done in the engine's thread."""
    from bioseq.config.kinship import Kinship

    return Kinship.open(Path(job.output) / SIMILARITY_FILE)
