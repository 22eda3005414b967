"""The thread that drives the engine: starts workers, gives them jobs, reads what they say, tells it as signals.

The window's thread never waits for a worker. Events come in batches, at most 20 a second: of steps and progress the
newest of a batch is kept, everything else is delivered in order. Each job ends exactly once, whatever happens to its
worker. Data, like tables, are opened here, before the end of the job is told.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QThread, Signal

from bioseq.errors import BioseqError
from bioseq.executors.local import LocalWorker
from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import (
    ArtefactWritten,
    CostMeasured,
    EpochFinished,
    Event,
    JobStarted,
    LogEmitted,
    PhaseChanged,
    Progressed,
    StepDone,
    Warned,
)
from bioseq.protocol.jobs import (
    DownloadJob,
    ExportJob,
    InspectJob,
    Job,
    MeasureJob,
    ReportJob,
    SimilarityJob,
    StudyJob,
    VerifyJob,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

BATCH_SECONDS = 0.05
"""At most 20 batches a second."""
_LOG_LINES_AT_MOST = 200
_SUPERSEDED_KINDS = (InspectJob, MeasureJob)

WorkerKind = Literal["light", "heavy"]


@dataclass(frozen=True, slots=True)
class JobEnd:
    """The end of a job, told exactly once.

    Attributes:
        job: The job.
        outcome: How it ended.
        result: What `collect` opened when it finished; None otherwise.
    """

    job: Job
    outcome: Outcome
    result: Any = None


@dataclass(slots=True)
class _Running:
    job: Job
    worker: LocalWorker
    collect: Callable[[Any], Any] | None


@dataclass(slots=True)
class _Batch:
    """What one worker said since the last tick."""

    events: list[Event] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)


class EngineThread(QThread):
    """Runs jobs in worker processes.

    A light worker reads, checks and exports; a heavy one, warm from the start, trains and predicts. After a heavy job
    its worker ends, and another warms up. What networks cost is measured by a worker of its own.

    Signals:
        job_started: `JobStarted`.
        phase_changed: `PhaseChanged`.
        progressed: `Progressed`, the newest of a batch.
        step_done: `StepDone`, the newest of a batch.
        epoch_finished: `EpochFinished`.
        artefact_written: `ArtefactWritten`.
        warned: `Warned`.
        cost_measured: `CostMeasured`.
        log_emitted: `LogEmitted`.
        events_received: All events of a batch, in order, as a tuple; also the endings.
        job_ended: `JobEnd`, exactly once for each job.
    """

    job_started = Signal(object)
    phase_changed = Signal(object)
    progressed = Signal(object)
    step_done = Signal(object)
    epoch_finished = Signal(object)
    artefact_written = Signal(object)
    warned = Signal(object)
    cost_measured = Signal(object)
    log_emitted = Signal(object)
    events_received = Signal(object)
    job_ended = Signal(object)

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        make_worker: Callable[[WorkerKind], LocalWorker] = LocalWorker,
        close_seconds: float = 2.0,
    ) -> None:
        """Make the thread; `start` starts it.

        Args:
            parent: Owner.
            make_worker: Makes a worker of a kind, not yet started.
            close_seconds: Patience with a worker at each step of ending it.
        """
        super().__init__(parent)
        self._make_worker = make_worker
        self._close_seconds = close_seconds
        self._tasks: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._running: dict[str, _Running] = {}
        self._light: LocalWorker | None = None
        self._warm: LocalWorker | None = None
        self._leaving: list[LocalWorker] = []
        self._closing = False

    # ------------------------------------------------------------------ called from the window's thread

    def submit(self, job: Job, collect: Callable[[Any], Any] | None = None) -> None:
        """Run a job; an older inspection (or measurement) under way is superseded by a newer one.

        Args:
            job: What to do.
            collect: Opens what the job left, in this thread; its value comes with the end of the job.
        """
        self._tasks.put(lambda: self._begin(job, collect))

    def stop(self, job_id: str) -> None:
        """Ask a job to finish its step, keep the best so far and evaluate."""
        self._tasks.put(lambda: self._tell(job_id, LocalWorker.stop))

    def cancel(self, job_id: str) -> None:
        """Ask a job to end and discard what it has."""
        self._tasks.put(lambda: self._tell(job_id, LocalWorker.cancel))

    def pause(self, job_id: str) -> None:
        """Ask a job to hold."""
        self._tasks.put(lambda: self._tell(job_id, LocalWorker.pause))

    def resume(self, job_id: str) -> None:
        """Ask a job to go on."""
        self._tasks.put(lambda: self._tell(job_id, LocalWorker.resume))

    def warm_up(self) -> None:
        """Start the workers ahead of their first job, so that it begins at once."""
        self._tasks.put(self._warm_workers)

    def close(self) -> None:
        """End all workers and this thread, and wait for that; a job under way ends as if its window were gone."""
        if self.isRunning():
            self._tasks.put(None)
            self.wait()

    # ------------------------------------------------------------------ this thread

    def run(self) -> None:
        """Until `close`: do what is asked, then gather what the workers said."""
        try:
            while self._do_tasks():
                self._gather()
        finally:
            self._end_workers()

    def _do_tasks(self) -> bool:
        """Wait for something to do, no longer than a batch while jobs run; False when it is time to end."""
        until = time.monotonic() + BATCH_SECONDS
        while True:
            try:
                task = self._tasks.get(timeout=max(0.0, until - time.monotonic()) if self._busy else None)
            except queue.Empty:
                return True
            if task is None:
                return False
            try:
                task()
            except Exception:  # noqa: BLE001 - the border: one failed task must not end the thread
                sys.excepthook(*sys.exc_info())

    @property
    def _busy(self) -> bool:
        return bool(self._running or self._leaving)

    def _begin(self, job: Job, collect: Callable[[Any], Any] | None) -> None:
        if isinstance(job, _SUPERSEDED_KINDS):
            for older in self._running.values():
                if type(older.job) is type(job):
                    older.worker.cancel(older.job.job_id)
        match job:
            case InspectJob() | ExportJob() | ReportJob() | VerifyJob():
                worker = self._light_worker()
            case StudyJob() | SimilarityJob():
                worker = self._started("light")  # of its own: the one that reads files is kept free for that
            case MeasureJob() | DownloadJob():
                worker = self._started("heavy")  # the warm one is kept for what the person asks for
            case _:
                worker = self._heavy_worker()
        self._running[job.job_id] = _Running(job, worker, collect)
        worker.run(job)

    def _tell(self, job_id: str, ask: Callable[[LocalWorker, str], None]) -> None:
        running = self._running.get(job_id)
        if running is not None:
            ask(running.worker, job_id)

    def _warm_workers(self) -> None:
        self._light_worker()
        if self._warm is None or self._warm.ended:
            self._warm = self._started("heavy")

    def _light_worker(self) -> LocalWorker:
        if self._light is None or self._light.ended:
            self._light = self._started("light")
        return self._light

    def _heavy_worker(self) -> LocalWorker:
        worker, self._warm = self._warm, None
        return worker if worker is not None and not worker.ended else self._started("heavy")

    def _started(self, kind: WorkerKind) -> LocalWorker:
        worker = self._make_worker(kind)
        worker.start()
        return worker

    # ------------------------------------------------------------------ what the workers say

    def _gather(self) -> None:
        workers = {id(running.worker): running.worker for running in self._running.values()}
        for worker in workers.values():
            batch = _drained(worker)
            self._tell_events(batch.events)
            for outcome in batch.outcomes:
                self._end(outcome)
        self._leaving = [worker for worker in self._leaving if not worker.ended]

    def _tell_events(self, events: list[Event]) -> None:
        known = tuple(event for event in thinned(events) if event.job_id in self._running)
        if not known:
            return
        typed = {
            JobStarted: self.job_started,
            PhaseChanged: self.phase_changed,
            Progressed: self.progressed,
            StepDone: self.step_done,
            EpochFinished: self.epoch_finished,
            ArtefactWritten: self.artefact_written,
            Warned: self.warned,
            CostMeasured: self.cost_measured,
            LogEmitted: self.log_emitted,
        }
        for event in known:
            signal = typed.get(type(event))
            if signal is not None:
                signal.emit(event)
        self.events_received.emit(known)

    def _end(self, outcome: Outcome) -> None:
        running = self._running.pop(outcome.job_id, None)
        if running is None:
            return
        result = None
        if outcome.kind is OutcomeKind.FINISHED and running.collect is not None:
            outcome, result = _collected(outcome, running)
        self.job_ended.emit(JobEnd(running.job, outcome, result))
        if isinstance(running.job, StudyJob | SimilarityJob) and not self._closing:
            self._leaving.append(running.worker)
            threading.Thread(target=running.worker.close, args=(self._close_seconds,)).start()
        elif running.worker.kind == "heavy" and not self._closing:
            self._leaving.append(running.worker)
            if not any(other.worker.kind == "heavy" for other in self._running.values()):
                self._warm_workers()

    def _end_workers(self) -> None:
        workers = [worker for worker in (self._light, self._warm, *self._leaving) if worker is not None]
        workers += [running.worker for running in self._running.values()]
        self._closing = True
        unique = list({id(worker): worker for worker in workers}.values())
        closers = [threading.Thread(target=worker.close, args=(self._close_seconds,)) for worker in unique]
        for closer in closers:
            closer.start()
        for closer in closers:
            closer.join()
        self._gather()


def thinned(events: list[Event]) -> list[Event]:
    """A batch with the newest step and progress of each job only, and not more log lines than one can read."""
    newest: dict[tuple[str, type[Event]], Event] = {}
    for event in events:
        if isinstance(event, StepDone | Progressed):
            newest[event.job_id, type(event)] = event
    lines = sum(isinstance(event, LogEmitted) for event in events)
    kept: list[Event] = []
    for event in events:
        if isinstance(event, StepDone | Progressed) and newest[event.job_id, type(event)] is not event:
            continue
        if isinstance(event, LogEmitted):
            lines -= 1
            if lines >= _LOG_LINES_AT_MOST:
                continue
        kept.append(event)
    return kept


def _drained(worker: LocalWorker) -> _Batch:
    batch = _Batch()
    while (news := worker.poll(0)) is not None:
        if isinstance(news, Outcome):
            batch.outcomes.append(news)
        else:
            batch.events.append(news)
    return batch


def _collected(outcome: Outcome, running: _Running) -> tuple[Outcome, Any]:
    """What the job left, opened; a result that cannot be opened turns the outcome into a failure."""
    if running.collect is None:
        return outcome, None
    try:
        return outcome, running.collect(running.job)
    except BioseqError as error:
        failed = Outcome(outcome.job_id, OutcomeKind.FAILED, error.message, error.remedy, error.where)
        return failed, None
