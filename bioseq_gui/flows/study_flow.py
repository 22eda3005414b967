"""Studies: start, follow live, open again from their folders, go on; one at a time, and never beside a training."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal

from bioseq.errors import BioseqError
from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import StudyJob
from bioseq.runs.history import Status
from bioseq_gui.flows.messages import Message, of_error
from bioseq_gui.flows.steered import SteeredFlow
from bioseq_gui.pages.compare_words import obstacle
from bioseq_gui.studies.story import StudyStory, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtCore import QObject

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event
    from bioseq.studies.plan import Plan
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session
    from bioseq_gui.studies.findings import Findings

_TURN_SECONDS = 0.02
"""Of reading the events of a study that is opened again, before the window may answer in between."""


class StudyFlow(SteeredFlow):
    """Does what a person asks of a study, and holds the story of the one that is shown.

    Attributes:
        story: What its events tell.
        folder: Its folder; None while none is shown.
        findings: What it found; None before its end.
        parameters: Number of an entry to its weights, as its folder tells in the end.

    Signals:
        changed: `story`, `folder`, `running` or `parameters` are others.
        found: `findings` are others.
        shelved: There are other studies than before.
    """

    changed = Signal()
    found = Signal()
    shelved = Signal()

    def __init__(
        self, session: Session, engine: EngineThread, runs_root: Callable[[], Path], parent: QObject | None = None
    ) -> None:
        super().__init__(session, engine, runs_root, parent)
        self._reading: Iterator[Event] | None = None
        self._turns = QTimer(self)
        self._turns.setInterval(0)
        self._turns.timeout.connect(self._read_on)
        self.story = StudyStory()
        self.folder: Path | None = None
        self.findings: Findings | None = None
        self.parameters: dict[int, int] = {}
        engine.events_received.connect(self._follow)
        engine.job_ended.connect(self._finish)

    @property
    def root(self) -> Path:
        """Where studies are kept."""
        return self._runs_root() / "studies"

    # ------------------------------------------------------------------ beginning

    def start(self, plan: Plan) -> None:
        """Carry out a plan over the session's data and settings."""
        from bioseq.studies.folder import create_study

        if self._busy():
            return
        config = self._session.configuration
        if sentence := obstacle(self._session.problems):
            self.said.emit(Message(sentence, "error"))
            return
        try:
            study = create_study(plan, config, self._new_folder(plan))
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self._show(study.path)
        self._submit(study.path)

    def resume(self, folder: Path) -> None:
        """Go on with a study that was stopped or interrupted."""
        if self._busy():
            return
        self.open(folder)
        if self._read_all():
            self._submit(folder)

    def _busy(self) -> bool:
        if self.running:
            self.page_wanted.emit("compare")
            return True
        if self._session.live:
            self.said.emit(
                Message(self.tr("A run is being trained. Stop it first, or wait until it is done."), "warning")
            )
            return True
        return False

    def _new_folder(self, plan: Plan) -> Path:
        stem = self.root / f"{datetime.now(UTC):%Y%m%d-%H%M%S}_{plan.kind}"
        path, number = stem, 2
        while path.exists():
            path, number = stem.with_name(f"{stem.name}_{number}"), number + 1
        return path

    def _submit(self, folder: Path) -> None:
        self._session.set_studying(True)
        self._engine.submit(StudyJob(self._new_job("study"), str(folder)))
        self.changed.emit()
        self.page_wanted.emit("compare")

    # ------------------------------------------------------------------ under way

    def _follow(self, events: tuple[Event, ...]) -> None:
        if own := self._own(events):
            self.story = tell(own, self.story)
            self.changed.emit()

    def _finish(self, end: JobEnd) -> None:
        if end.job.job_id != self._job_id or not isinstance(end.job, StudyJob):
            return
        self._job_id = ""
        outcome = end.outcome
        if outcome.event is None and self.story.run.ending is None:
            self.story = replace(self.story, run=replace(self.story.run, status=Status.INTERRUPTED))
        self._session.set_studying(False)
        self._read_findings()
        self.changed.emit()
        self.shelved.emit()
        if outcome.kind in (OutcomeKind.FINISHED, OutcomeKind.STOPPED):
            self._offer_result()
        elif outcome.kind is not OutcomeKind.CANCELLED:
            text = " ".join(part for part in (outcome.sentence, outcome.remedy) if part)
            folder = self.folder
            mend = (lambda: self.resume(folder)) if folder is not None else None
            self.said.emit(Message(text, "error", self.tr("Go on with it"), mend, outcome.details))

    def _offer_result(self) -> None:
        """What was found becomes the run that Results shows and the model that predicts."""
        run = self.findings.run if self.findings is not None else None
        if run is not None and self.findings is not None and self.findings.result is not None:
            self._session.open_run(run)
            self._session.set_model(run)

    # ------------------------------------------------------------------ opening again

    def open(self, folder: object) -> None:
        """Show a study from its folder, exactly as it looked live."""
        path = Path(str(folder))
        if self.running:
            if path != self.folder:
                self.said.emit(
                    Message(self.tr("A study is under way. Stop it first, or wait until it is done."), "warning")
                )
            self.page_wanted.emit("compare")
            return
        from bioseq.runs.history import read_events
        from bioseq.studies.folder import StudyFolder

        if not path.is_dir():
            self.said.emit(Message(self.tr("This study is no longer there: {0}").format(path), "error"))
            self.shelved.emit()
            return
        self._show(path)
        self._reading = read_events(StudyFolder(path).events)
        self._turns.start()
        self.page_wanted.emit("compare")

    def close(self) -> None:
        """Show no study, unless one is under way."""
        if not self.running:
            self._turns.stop()
            self._reading = None
            self._forget()
            self.changed.emit()

    def _show(self, path: Path) -> None:
        self._turns.stop()
        self._reading = None
        self._forget()
        self.folder = path
        self.changed.emit()
        self.shelved.emit()

    def _forget(self) -> None:
        self.story, self.folder, self.findings, self.parameters = StudyStory(), None, None, {}

    def _read_on(self) -> None:
        """Read events for a moment; the story is shown when it is whole."""
        until = time.monotonic() + _TURN_SECONDS
        try:
            while self._reading is not None and time.monotonic() < until:
                event = next(self._reading, None)
                if event is None:
                    self._reading = None
                    self._opened()
                    return
                self.story = self.story.after(event)
        except BioseqError as error:
            self._give_up(error)

    def _read_all(self) -> bool:
        """Read all events at once; False when they cannot be read, which is said."""
        if self._reading is None:
            return False
        try:
            self.story = tell(self._reading, self.story)
        except BioseqError as error:
            self._give_up(error)
            return False
        self._reading = None
        self._opened()
        return True

    def _give_up(self, error: BioseqError) -> None:
        """Say why a study cannot be opened, and show none."""
        self.close()
        self.said.emit(of_error(error))

    def _opened(self) -> None:
        from bioseq_gui.studies.shelf import read_study

        self._turns.stop()
        entry = read_study(self.folder) if self.folder is not None else None
        if self.story.live and entry is not None and entry.status is not Status.RUNNING:
            self.story = replace(self.story, run=replace(self.story.run, status=Status.INTERRUPTED))
        self._read_findings()
        if self.findings is not None and self.findings.faults:
            self.said.emit(Message(" ".join(self.findings.faults), "warning"))
        self.changed.emit()

    # ------------------------------------------------------------------ what it found, and what is done with it

    def _read_findings(self) -> None:
        from bioseq_gui.studies.findings import read_findings

        if self.folder is None:
            return
        self.findings = read_findings(self.folder)
        self.parameters = self.findings.parameters
        self.found.emit()

    def show_run(self, run: object) -> None:
        """Open the run of the result, or of an entry, on the Results page."""
        from bioseq.runs.folder import RunFolder
        from bioseq.runs.store import read_run_state

        path = Path(str(run))
        folder = RunFolder(path)
        if not folder.metrics.exists():
            self.said.emit(Message(self.tr("This training has no results."), "warning"))
            return
        try:
            state = read_run_state(folder)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        if not self._session.live:
            self._session.show_run(path, state)
        self._session.open_run(path)
        self._session.set_model(path)
        self.page_wanted.emit("results")

    def predict_with(self, run: object) -> None:
        """Take a model to the Predict page."""
        self._session.set_model(Path(str(run)))
        self.page_wanted.emit("prediction")

    def save_configuration(self, run: object, path: Path) -> None:
        """Write the configuration of a run to a file of its own."""
        from bioseq.config import files
        from bioseq.runs.folder import RunFolder

        try:
            config: Configuration = files.load(RunFolder(Path(str(run))).config)
            files.save(config, path)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self.said.emit(Message(self.tr("Saved {0}.").format(path.name), "success"))

    def export_table(self, text: str, path: Path) -> None:
        """Write the table of a study as CSV."""
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            reason = self.tr("The table could not be written: {0}.").format(error.strerror or error)
            self.said.emit(Message(reason, "error"))
            return
        self.said.emit(Message(self.tr("Saved {0}.").format(path.name), "success"))

    def discard(self, folder: object) -> None:
        """Move a study to the trash, with the way back."""
        from bioseq.runs.folder import RunFolder
        from bioseq.runs.store import discard

        path = Path(str(folder))
        if self.running and path == self.folder:
            self.said.emit(Message(self.tr("This study is under way. Stop it first."), "warning"))
            return
        try:
            place = discard(RunFolder(path))
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        if path == self.folder:
            self.close()
        self.shelved.emit()
        text = self.tr("The study is in the trash.")
        self.said.emit(Message(text, "info", self.tr("Undo"), lambda: self._restore(place)))

    def _restore(self, place: Path) -> None:
        from bioseq.runs.store import restore

        try:
            restore(place)
        except BioseqError as error:
            self.said.emit(of_error(error))
        self.shelved.emit()
