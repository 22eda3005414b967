"""Runs one job: stamps its events, stores them, sends them on, and sees to exactly one ending, whatever happens.

Frequent events (steps, progress) are thinned here, once for the file and the wire, so that the numbers of events have
no gaps anywhere. In a long silence the newest of them is repeated, so that a busy job can be told from a dead one.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import threading
import time
import traceback
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, assert_never

import psutil

from bioseq.errors import BioseqError
from bioseq.jobs.endings import Cancelled
from bioseq.jobs.log import RunLog
from bioseq.jobs.memory import keep_freed_memory
from bioseq.protocol.events import (
    ENDINGS,
    Ending,
    Event,
    JobFailed,
    JobStarted,
    JobStopped,
    Phase,
    PhaseChanged,
    Progressed,
    StepDone,
)
from bioseq.protocol.jobs import (
    ControlJob,
    DownloadJob,
    EvaluateJob,
    ExportJob,
    InspectJob,
    Job,
    MeasureJob,
    PredictJob,
    ReportJob,
    SimilarityJob,
    StudyJob,
    TrainJob,
    VerifyJob,
)
from bioseq.runs import store
from bioseq.runs.folder import RunFolder
from bioseq.runs.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from bioseq.protocol.control import Control

EventKind = TypeVar("EventKind", bound=Event)

_SHORTEST_INTERVAL = 0.05
_LONGEST_INTERVAL = 1.0
_INTERVAL_GROWTH = 1 / 2_000
"""Frequent events come 20 a second at first and one a second after half an hour: a day's run stays a small file."""

_SILENCE = 1.0
_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


def run_job(job: Job, control: Control, emit: Callable[[Event], None]) -> Ending:
    """Run a job to its end.

    Args:
        job: What to do.
        control: Through which another thread asks it to stop, cancel, pause.
        emit: Takes each event, stamped; called from one thread at a time.

    Returns:
        The ending, which was emitted last.
    """
    run = RunFolder(Path(job.run_folder)) if isinstance(job, TrainJob) else None
    stored = RunFolder(Path(job.folder)) if isinstance(job, StudyJob) else run
    with contextlib.ExitStack() as stack:
        announcer = _Announcer(job.job_id, emit)
        try:
            if stored is not None:
                announcer.store_in(stack.enter_context(Journal(stored.events)), stack.enter_context(RunLog(stored.log)))
            ending = _run(job, control, announcer)
        except Exception as error:  # noqa: BLE001 - the border: whatever happens becomes the one ending
            ending = failure(error, resumable=run is not None and store.has_checkpoint(run))
        ending = announcer.end(ending, kind=_kind(job), folder=_folder(job))
    if run is not None:
        with contextlib.suppress(OSError):
            store.remember(run)
    return ending


def failure(error: BaseException, *, resumable: bool = False) -> JobFailed:
    """The ending that tells of an exception: in words with a remedy where there is one, else as a fault."""
    details = "".join(traceback.format_exception(error))
    code, message, where, remedy = _words(error)
    problems = tuple(asdict(problem) for problem in error.problems) if isinstance(error, BioseqError) else ()
    return JobFailed(
        job_id="",
        code=code,
        message=message,
        where=where,
        remedy=remedy,
        details="" if isinstance(error, BioseqError) else details,
        resumable=resumable,
        problems=problems,
    )


def events_of(job: Job, control: Control) -> Generator[Event, None, None]:
    """The events of a job, not yet stamped. Libraries are imported here, so that a light job stays light."""
    match job:
        case InspectJob() | ExportJob() | ReportJob() | VerifyJob() | DownloadJob() | StudyJob() | SimilarityJob():
            return _light_events_of(job, control)
        case TrainJob():
            from bioseq.jobs import train

            keep_freed_memory()
            return train.run(job, control)
        case PredictJob():
            from bioseq.jobs import predict

            keep_freed_memory()
            return predict.run(job, control)
        case EvaluateJob():
            from bioseq.jobs import evaluate

            keep_freed_memory()
            return evaluate.run(job, control)
        case ControlJob():
            from bioseq.jobs import control as shuffled

            keep_freed_memory()
            return shuffled.run(job, control)
        case MeasureJob():
            from bioseq.jobs import measure

            return measure.run(job, control)
        case _:
            assert_never(job)


def _light_events_of(
    job: InspectJob | ExportJob | ReportJob | VerifyJob | DownloadJob | StudyJob | SimilarityJob, control: Control
) -> Generator[Event, None, None]:
    """The same of jobs that need no torch."""
    match job:
        case InspectJob():
            from bioseq.jobs import inspect

            return inspect.run(job, control)
        case ExportJob():
            from bioseq.jobs import export

            return export.run(job, control)
        case ReportJob():
            from bioseq.jobs import report

            return report.run(job, control)
        case VerifyJob():
            from bioseq.jobs import verify

            return verify.run(job, control)
        case DownloadJob():
            from bioseq.jobs import download

            return download.run(job, control)
        case StudyJob():
            from bioseq.jobs import study

            return study.run(job, control)
        case SimilarityJob():
            from bioseq.jobs import similarity

            return similarity.run(job, control)
        case _:
            assert_never(job)


def _run(job: Job, control: Control, announcer: _Announcer) -> Ending:
    with announcer.heartbeat():
        try:
            with contextlib.closing(events_of(job, control)) as events:
                for event in events:
                    if isinstance(event, ENDINGS):
                        return event
                    announcer.announce(event)
        except Cancelled:
            return JobStopped(job_id="", cancelled=True)
    raise RuntimeError("the job ended without saying how")


class _Announcer:
    """Numbers, stores and sends the events of one job; used by the job's thread and the heartbeat's."""

    def __init__(self, job_id: str, emit: Callable[[Event], None]) -> None:
        self._job_id = job_id
        self._emit = emit
        self._journal: Journal | None = None
        self._log: RunLog | None = None
        self._sequence = 0
        self._lock = threading.Lock()
        self._started = False
        self._begun = self._last = time.monotonic()
        self._last_frequent = 0.0
        self._newest: Progressed | StepDone | None = None
        self._paused = False
        self._process = psutil.Process()

    def store_in(self, journal: Journal, log: RunLog) -> None:
        """Also append every event to these."""
        self._journal, self._log = journal, log
        self._sequence = journal.next_sequence

    def announce(self, event: Event) -> None:
        """Stamp, store and send one event, or leave it out where such events come too often."""
        with self._lock:
            if isinstance(event, Progressed | StepDone):
                event = self._with_memory(event)
                self._newest = event
                if self._too_soon(event):
                    return
            if isinstance(event, PhaseChanged):
                self._newest = None
                self._paused = event.phase is Phase.PAUSED
            if isinstance(event, JobStarted):
                self._started = True
            self._put(event)

    def end(self, ending: Ending, *, kind: str, folder: str) -> Ending:
        """Stamp and send the ending, even where it can no longer be stored; a job that never started starts first."""
        with self._lock:
            if not self._started:
                self._put_safely(JobStarted(job_id="", kind=kind, folder=folder))
            return self._put_safely(ending)

    @contextlib.contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Within this block, no silence lasts longer than about a second, except in a pause."""
        over = threading.Event()
        thread = threading.Thread(target=self._beat, args=(over,), name="heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(_SILENCE / 2):
            with self._lock:
                silent = time.monotonic() - self._last >= _SILENCE
                if silent and self._started and not self._paused:
                    newest = self._newest or Progressed(job_id="", done=0, total=0, unit="")
                    with contextlib.suppress(OSError):
                        self._put(self._with_memory(replace(newest, memory_bytes=0)))

    def _with_memory(self, event: Progressed | StepDone) -> Progressed | StepDone:
        return event if event.memory_bytes else replace(event, memory_bytes=self._process.memory_info().rss)

    def _too_soon(self, event: Progressed | StepDone) -> bool:
        now = time.monotonic()
        interval = min(_LONGEST_INTERVAL, max(_SHORTEST_INTERVAL, (now - self._begun) * _INTERVAL_GROWTH))
        last = isinstance(event, Progressed) and event.done == event.total > 0
        if now - self._last_frequent < interval and not last:
            return True
        self._last_frequent = now
        return False

    def _put_safely(self, event: EventKind) -> EventKind:
        try:
            return self._put(event)
        except OSError:
            self._journal = self._log = None
            return self._put(event)

    def _put(self, event: EventKind) -> EventKind:
        stamped = replace(event, job_id=self._job_id, sequence=self._sequence, time=time.time())
        if self._journal is not None:
            self._journal.append(stamped)
        if self._log is not None:
            self._log.write(stamped)
        self._sequence += 1
        self._last = time.monotonic()
        self._emit(stamped)
        return stamped


def _words(error: BaseException) -> tuple[str, str, str, str]:
    match error:
        case BioseqError():
            return error.code, error.message, error.where, error.remedy
        case ImportError():
            return (
                "fault.import",
                f"A library of the program is missing or broken: {error.name or error}.",
                "",
                "Install the program again.",
            )
        case OSError() if error.errno in _FULL:
            return (
                "disk.full",
                "The disk is full.",
                _place(error),
                "Free some space; what was written before is unharmed.",
            )
        case OSError() if error.errno in _FORBIDDEN:
            return (
                "disk.forbidden",
                "A file or folder may not be read or written.",
                _place(error),
                "Change its permissions or choose another place.",
            )
        case _ if _is_memory_shortage(error):
            return (
                "memory.short",
                "There was not enough memory.",
                "",
                "Choose a smaller batch size or model, shorten long sequences, or close other programs.",
            )
        case _:
            logging.getLogger(__name__).error("fault of the program", exc_info=error)
            return (
                "fault",
                f"A fault of the program: {type(error).__name__}: {error}",
                "",
                "Please report it together with the details.",
            )


def _is_memory_shortage(error: BaseException) -> bool:
    # torch raises its own type on an accelerator and a plain RuntimeError on the CPU; neither may be imported here.
    return (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"
        or (isinstance(error, OSError) and error.errno == errno.ENOMEM)
        or (isinstance(error, RuntimeError) and "can't allocate memory" in str(error))
    )


def _place(error: OSError) -> str:
    return str(error.filename or "")


def _kind(job: Job) -> str:
    return type(job).__name__.removesuffix("Job").lower()


def _folder(job: Job) -> str:
    match job:
        case TrainJob() | ControlJob():
            return job.run_folder
        case StudyJob():
            return job.folder
        case ExportJob() | ReportJob():
            return str(Path(job.destination).parent)
        case DownloadJob():
            return str(Path(job.folder).parent)
        case MeasureJob():
            return ""
        case VerifyJob():
            return job.run
        case _:
            return job.output
