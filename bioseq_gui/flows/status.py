"""Keeps rail and status strip in step with what the session and the engine say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from bioseq.protocol.events import Phase
from bioseq_gui.flows.steps import step_states, training_share
from bioseq_gui.pages.compare_words import kind_title, phase_text, share_done, times

if TYPE_CHECKING:
    from bioseq.protocol.events import JobStarted, Progressed
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.flows.prediction_flow import PredictionFlow
    from bioseq_gui.flows.study_flow import StudyFlow
    from bioseq_gui.main_window import MainWindow
    from bioseq_gui.session import Session

_GATHER_MS = 30


class StatusPresenter(QObject):
    """Shows how everything stands."""

    def __init__(
        self,
        session: Session,
        engine: EngineThread,
        window: MainWindow,
        *,
        prediction: PredictionFlow,
        study: StudyFlow,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._window = window
        self._prediction = prediction
        self._study = study
        self._reading = self._looking = False
        self._progress: Progressed | None = None
        self._device, self._threads, self._memory = "", 0, 0
        self._last = ""
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(_GATHER_MS)
        self._later.timeout.connect(self.refresh)
        for signal in (
            session.files_changed,
            session.data_changed,
            session.problems_changed,
            session.run_changed,
            session.opened_run_changed,
            session.prediction_changed,
            session.model_changed,
            prediction.started,
            prediction.ended,
            study.changed,
        ):
            signal.connect(self._soon)
        engine.job_started.connect(self._note_start)
        engine.progressed.connect(self._note_progress)
        engine.job_ended.connect(self._note_end)
        self.refresh()

    def set_reading(self, reading: bool) -> None:
        """Files are being read, or no longer."""
        self._reading = reading
        self._progress = None
        self._soon()

    def set_looking(self, looking: bool) -> None:
        """Similar sequences are being looked for, or no longer."""
        self._looking = looking
        self._soon()

    def _soon(self) -> None:
        """Several changes in one moment are shown once."""
        if not self._later.isActive():
            self._later.start()

    def refresh(self) -> None:
        """Show how everything stands now."""
        share = share_done(self._study.story) if self._study.running else None
        states = step_states(
            self._session, reading=self._reading, predicting=self._prediction.running, study_share=share
        )
        for name, state in states.items():
            self._window.rail.set_state(name, state)
        self._show_job()
        step = self._session.run_state.step if self._session.live else None
        memory = step.memory_bytes if step is not None else self._memory
        threads = step.threads if step is not None else self._threads
        self._window.status.show_resources(device=self._device, threads=threads, memory_bytes=memory)

    def _show_job(self) -> None:
        status = self._window.status
        if self._session.live:
            self._show_training()
        elif self._study.running:
            self._show_study()
        elif self._prediction.running:
            self._show_progress(self.tr("Predicting"))
        elif self._reading:
            self._show_progress(self.tr("Reading and checking the files"))
        elif self._looking:
            self._show_progress(self.tr("Looking for similar sequences"))
        else:
            status.show_idle(self._last)

    def _show_training(self) -> None:
        state = self._session.run_state
        step, share = state.step, training_share(state)
        title = state.phase_title or self.tr("Starting")
        if state.phase is Phase.PAUSED:
            title = self.tr("Paused")
        elif state.phase is Phase.TRAINING and step is not None:
            stage = self.tr("Training: round {0} of {1}") if step.reached else self.tr("Training: epoch {0} of {1}")
            title = stage.format(step.epoch, step.epochs)
            if step.member:
                title = f"{title} · {step.member}"
        left = step.seconds_left if step is not None and state.phase is Phase.TRAINING else None
        self._window.status.show_job(title, share=share, seconds_left=left)

    def _show_study(self) -> None:
        story = self._study.story
        _, left = times(story)
        kind, phase = kind_title(story.kind), phase_text(story)
        title = phase if phase.startswith(kind) else f"{kind}: {phase[:1].lower()}{phase[1:]}"
        self._window.status.show_job(title, share=share_done(story), seconds_left=left)

    def _show_progress(self, title: str) -> None:
        progress = self._progress
        share = progress.done / progress.total if progress is not None and progress.total else None
        left = progress.seconds_left if progress is not None else None
        self._window.status.show_job(title, share=share, seconds_left=left)

    def _note_start(self, event: JobStarted) -> None:
        if event.kind in ("train", "predict", "evaluate"):
            self._device, self._threads = event.device, event.threads
        self._soon()

    def _note_progress(self, event: Progressed) -> None:
        self._progress = event
        self._memory = event.memory_bytes or self._memory
        self._soon()

    def _note_end(self, end: JobEnd) -> None:
        self._progress = None
        self._memory = 0
        self._last = end.outcome.sentence if type(end.job).__name__ in ("TrainJob", "PredictJob", "StudyJob") else ""
        self._soon()
