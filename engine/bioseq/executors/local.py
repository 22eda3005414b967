"""Jobs in a child process of this machine: starting it, talking to it, ending it, and saying in words how it ended.

The client polls one queue for events and outcomes: each job gets exactly one outcome, also when its process dies or
never starts. No torch, no Qt.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from bioseq.errors import BioseqError
from bioseq.executors.outcome import Outcome, OutcomeKind, outcome_of_death, outcome_of_ending
from bioseq.protocol.events import ENDINGS, Event
from bioseq.protocol.jobs import Cancel, Command, Job, Pause, Resume, Run, Stop, TrainJob
from bioseq.protocol.wire import decode_event, encode_command
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import record_cancelled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

__all__ = ["LocalWorker", "Outcome", "OutcomeKind"]

WorkerKind = Literal["light", "heavy"]

_TERMINATE_AFTER = 5.0
_KILL_AFTER = 10.0
_DETAILS_BYTES = 8_192
_NICE = 10
_LADDER_STEP = 0.1
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


class LocalWorker:
    """One worker process.

    A light worker runs many jobs, one after the other; a heavy one warms up while it waits, runs one job and ends.
    All methods may be called from any thread; `poll` from one.
    """

    def __init__(
        self,
        kind: WorkerKind,
        *,
        threads: int = 0,
        terminate_after: float = _TERMINATE_AFTER,
        kill_after: float = _KILL_AFTER,
        command: tuple[str, ...] | None = None,
        environment: Mapping[str, str] | None = None,
        bell: threading.Event | None = None,
    ) -> None:
        """Describe the process; `start` starts it.

        Args:
            kind: What it is for.
            threads: Computing threads; 0 leaves the choice to it.
            terminate_after: Seconds without an answer to stop or cancel after which it is asked to terminate.
            kill_after: The same, after which it is killed.
            command: How to start it, when not in the usual way.
            environment: More variables for its environment.
            bell: Set whenever there is something to poll, for who waits for several workers.
        """
        self.kind = kind
        self._command = command or (
            *(sys.executable, "-m", "bioseq.worker"),
            *("--light" if kind == "light" else "--warm", "--threads", str(threads), "--nice", str(_NICE)),
        )
        self._environment = dict(environment or {})
        self._bell = bell or threading.Event()
        self._terminate_after = terminate_after
        self._kill_after = kill_after
        self._process: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._errors: IO[bytes] | None = None
        self._code: int | None = None
        self._last_words = ""
        self._news: queue.SimpleQueue[Event | Outcome | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._open_jobs: dict[str, Job] = {}
        self._cancelled: set[str] = set()
        self._spoken = False
        self._ended = threading.Event()
        self._deadline = _Deadline()

    def start(self) -> None:
        """Start the process; where that fails, each job sent to it gets an outcome that says so."""
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the process
        options = {"process_group": 0} if os.name == "posix" else {"creationflags": _new_group_flag()}
        try:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={**os.environ, **self._environment},
                **options,  # type: ignore[call-overload]
            )
        except OSError as error:
            self._errors.write(str(error).encode())
            self._finish(None)
            return
        self._reader = threading.Thread(target=self._read, name="worker events", daemon=True)
        self._reader.start()
        threading.Thread(target=self._watch, name="worker watch", daemon=True).start()

    @property
    def process_id(self) -> int:
        """Number of the process; 0 before it was started."""
        return self._process.pid if self._process else 0

    @property
    def ended(self) -> bool:
        """The process is gone and every outcome is in the queue."""
        return self._ended.is_set()

    @property
    def busy(self) -> bool:
        """A job was sent and has no outcome yet."""
        with self._lock:
            return bool(self._open_jobs)

    def run(self, job: Job) -> None:
        """Send a job."""
        with self._lock:
            self._open_jobs[job.job_id] = job
        if self._ended.is_set():
            self._finish_open_jobs()
            return
        self.send(Run(job))

    def stop(self, job_id: str) -> None:
        """Ask a job to finish early and keep the best so far; a worker that is silent from here on is ended."""
        if self._spoken:  # one that still warms up answers when it comes to the job
            self._expect_answer(from_any_event=True)
        self.send(Stop(job_id))

    def cancel(self, job_id: str) -> None:
        """Ask a job to end and discard what it has; a worker that has not done so in time is ended."""
        with self._lock:
            self._cancelled.add(job_id)
        self._expect_answer(from_any_event=False)
        self.send(Cancel(job_id))

    def pause(self, job_id: str) -> None:
        """Ask a job to hold."""
        self.send(Pause(job_id))

    def resume(self, job_id: str) -> None:
        """Ask a job to go on after a pause."""
        self.send(Resume(job_id))

    def send(self, command: Command) -> None:
        """Send one command; a worker that is gone gets none, and its outcome says so."""
        if isinstance(command, Run):
            with self._lock:
                self._open_jobs[command.job.job_id] = command.job
        if self._process is None or self._process.stdin is None:
            return
        with suppress(OSError, ValueError):
            self._process.stdin.write(encode_command(command).encode("utf-8", "surrogateescape") + b"\n")
            self._process.stdin.flush()

    def poll(self, timeout: float | None = None) -> Event | Outcome | None:
        """The next event or outcome; None when there was none in `timeout` seconds or there will be none any more."""
        if self._ended.is_set() and self._news.empty():
            return None
        with suppress(queue.Empty):
            return self._news.get(timeout=timeout)
        return None

    def close(self, timeout: float = 2.0) -> None:
        """End the process: its input ends, then it is terminated, then killed, with all its children."""
        if self._process is None:
            return
        with suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        for ask in (None, signal.SIGTERM, _KILL):
            if ask is not None:
                self._signal(ask)
            if self._ended.wait(timeout):
                return

    def kill(self) -> None:
        """End the process and its children at once."""
        self._signal(_KILL)

    def _read(self) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            with suppress(BioseqError):
                self._take(decode_event(line.decode("utf-8", "surrogateescape")))

    def _take(self, event: Event) -> None:
        self._spoken = True
        self._deadline.rearm()
        self._tell(event)
        if isinstance(event, ENDINGS):
            with self._lock:
                known = self._open_jobs.pop(event.job_id, None)
            self._deadline.disarm()
            if known is not None:
                self._tell(outcome_of_ending(event))

    def _tell(self, news: Event | Outcome | None) -> None:
        self._news.put(news)
        self._bell.set()

    def _watch(self) -> None:
        """Wait for the end of the process and its last words, then give every open job its outcome."""
        process, reader = self._process, self._reader
        if process is None or reader is None:
            return
        _wait_unreaped(process)
        # The group goes before the process is reaped: until then its number cannot belong to another.
        self._signal(_KILL)
        reader.join()
        self._finish(process.wait())

    def _climb(self) -> None:
        """End a process that does not answer: first politely, then not."""
        while not self._ended.wait(_LADDER_STEP):
            silence = self._deadline.silence()
            if silence is None:
                return
            if silence > self._kill_after:
                self._signal(_KILL)
            elif silence > self._terminate_after:
                self._signal(signal.SIGTERM)

    def _expect_answer(self, *, from_any_event: bool) -> None:
        if self._deadline.arm(rearmed_by_events=from_any_event):
            threading.Thread(target=self._climb, name="worker ladder", daemon=True).start()

    def _finish(self, code: int | None) -> None:
        self._code = code
        self._last_words = self._read_last_words()
        self._ended.set()
        self._finish_open_jobs()
        self._tell(None)
        for stream in (self._process.stdin, self._process.stdout) if self._process else ():
            with suppress(OSError):
                if stream is not None:
                    stream.close()

    def _finish_open_jobs(self) -> None:
        with self._lock:
            jobs = list(self._open_jobs.values())
            self._open_jobs.clear()
        for job in jobs:
            cancelled = job.job_id in self._cancelled
            if cancelled and isinstance(job, TrainJob):
                with suppress(OSError):
                    record_cancelled(RunFolder(Path(job.run_folder)), job.job_id)
            outcome = outcome_of_death(
                job,
                self._code,
                spoken=self._spoken,
                cancelled=cancelled,
                details=self._last_words,
            )
            self._tell(outcome)

    def _read_last_words(self) -> str:
        if self._errors is None:
            return ""
        with self._errors as errors:
            end = errors.seek(0, os.SEEK_END)
            errors.seek(max(0, end - _DETAILS_BYTES))
            return errors.read().decode("utf-8", "replace")

    def _signal(self, number: int) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(process.pid, number)
            else:
                process.kill()


class _Deadline:
    """Since when an answer is awaited."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: float | None = None
        self._rearmed = False

    def arm(self, *, rearmed_by_events: bool) -> bool:
        """Await an answer from now on; true when none was awaited before."""
        with self._lock:
            idle = self._since is None
            self._since = time.monotonic()
            self._rearmed = rearmed_by_events
            return idle

    def rearm(self) -> None:
        """An event has come: where any event is an answer, the wait begins anew."""
        with self._lock:
            if self._since is not None and self._rearmed:
                self._since = time.monotonic()

    def disarm(self) -> None:
        """The answer is there."""
        with self._lock:
            self._since = None

    def silence(self) -> float | None:
        """Seconds waited, None when no answer is awaited."""
        with self._lock:
            return None if self._since is None else time.monotonic() - self._since


def _wait_unreaped(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "waitid"):
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    else:
        process.wait()


def _new_group_flag() -> int:
    return int(getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0))
