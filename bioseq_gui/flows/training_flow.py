"""Configuration to model: make the run folder, train, fold its events live, open the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.catalogue.reference_baselines import reference_baselines
from bioseq.errors import BioseqError, Severity
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.folder import RunFolder
from bioseq_gui.flows.messages import Message, of_error
from bioseq_gui.flows.steered import SteeredFlow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtCore import QObject

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session


class TrainingFlow(SteeredFlow):
    """Trains what the session holds; stopping keeps the best so far and evaluates it."""

    def __init__(
        self, session: Session, engine: EngineThread, runs_root: Callable[[], Path], parent: QObject | None = None
    ) -> None:
        super().__init__(session, engine, runs_root, parent)
        engine.events_received.connect(self._follow)
        engine.job_ended.connect(self._finish)

    def train(self) -> None:
        """Train a new run with the session's configuration."""
        if self.running:
            self.page_wanted.emit("training")
            return
        if self._study_under_way():
            return
        config = self._session.configuration
        grave = [problem for problem in self._session.problems if problem.severity is Severity.ERROR]
        if grave:
            self.said.emit(Message(grave[0].sentence(), "error"))
            self.page_wanted.emit("model")
            return
        self._begin(config)

    def train_simple(self, folder: Path, name: str) -> None:
        """Train a simple model on the records of a run, in its place; the settings of the session stay.

        Args:
            folder: The run.
            name: Of the simple model in `catalogue.reference_baselines`.
        """
        from bioseq.config import files
        from bioseq.config.schema import ModelSettings
        from bioseq.runs.bundle import read_bundle_card

        if self.running:
            self.said.emit(Message(self.tr("Another run is being trained. Stop it first."), "warning"))
            return
        if self._study_under_way():
            return
        try:
            config = files.load(RunFolder(folder).config)
            profile = read_bundle_card(RunFolder(folder).model).profile
            listed = reference_baselines(profile.molecule, longest=profile.longest, fixed_length=profile.fixed_length)
            simple = next(one for one in listed if one.name == name)
            model = ModelSettings(name=simple.model, hyper=dict(simple.hyper))
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self._begin(config.model_copy(update={"model": model}))

    def _study_under_way(self) -> bool:
        """Whether a study leaves no room for a training; says so."""
        if self._session.studying:
            text = self.tr("A study is under way on the Compare page. Stop it first, or wait until it is done.")
            self.said.emit(Message(text, "warning"))
        return self._session.studying

    def _begin(self, config: Configuration) -> None:
        from bioseq.runs.store import create_run

        try:
            root = None if config.output.folder else self._runs_root()
            run = create_run(config, root=root, name=config.output.name)
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self._session.begin_run(run.path)
        self._session.tell_runs_changed()
        self._start(run.path, resume=False)

    def resume(self, folder: Path) -> None:
        """Go on with a run from its newest checkpoint."""
        from bioseq.runs.store import read_run_state

        if self.running:
            self.said.emit(Message(self.tr("Another run is being trained. Stop it first."), "warning"))
            return
        if self._study_under_way():
            return
        try:
            state = read_run_state(RunFolder(folder))
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        self._session.begin_run(folder, state)
        self._start(folder, resume=True)

    def _start(self, folder: Path, *, resume: bool) -> None:
        self._engine.submit(TrainJob(self._new_job("train"), str(folder), resume))
        self.page_wanted.emit("training")

    def _follow(self, events: tuple[Event, ...]) -> None:
        if own := self._own(events):
            self._session.apply_events(own)

    def _finish(self, end: JobEnd) -> None:
        if end.job.job_id != self._job_id or not isinstance(end.job, TrainJob):
            return
        self._job_id = ""
        outcome = end.outcome
        self._session.end_run(interrupted=outcome.event is None)
        folder = self._session.run_folder
        if folder is None:
            return
        if outcome.kind in ("finished", "stopped"):
            if RunFolder(folder).metrics.exists():
                self._session.open_run(folder)
                self._session.set_model(folder)
                self.page_wanted.emit("results")
            return
        if outcome.kind != "cancelled":
            self._say_failure(end, folder)

    def _say_failure(self, end: JobEnd, folder: Path) -> None:
        outcome = end.outcome
        text = " ".join(part for part in (outcome.sentence, outcome.remedy) if part)
        if outcome.resumable:
            message = Message(text, "error", self.tr("Resume"), lambda: self.resume(folder), outcome.details)
        else:
            message = Message(text, "error", self.tr("Train again"), self.train, outcome.details)
        self.said.emit(message)
