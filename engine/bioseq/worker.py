"""The process that runs jobs: commands as JSON lines on standard input, events as JSON lines on standard output.

`python -m bioseq.worker [--light | --warm] [--threads N] [--nice N]`

A light worker reads, checks and exports, one job after the other, and never imports torch. A warm worker imports what
training needs while it waits, runs one computing job and ends, so that its memory goes back. The end of standard input
means: stop the job, keep the best so far, end. When the parent process is gone the worker ends at once; a run goes on
from its checkpoint later.

The real standard output is kept for events alone: what libraries print goes to standard error.
"""

from __future__ import annotations

import argparse
import ctypes
import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.jobs import Cancel, Command, Job, Pause, Resume, Run, Stop, TrainJob
from bioseq.protocol.wire import decode_command, encode_event

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TextIO

    from bioseq.protocol.events import Event

_PR_SET_PDEATHSIG = 1
_OOM_SCORE = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve commands until standard input ends, or until the one computing job is done."""
    options = _options(arguments)
    parent = os.getppid()
    output = _keep_real_output()
    _be_considerate(options.nice)
    _end_with_parent(parent)
    faulthandler.enable()
    if hasattr(signal, "SIGUSR1"):
        faulthandler.register(signal.SIGUSR1, all_threads=True)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    logging.captureWarnings(capture=True)
    _set_threads(options.threads)
    desk = _Desk(parent)
    threading.Thread(target=desk.listen, args=(sys.stdin,), name="commands", daemon=True).start()
    if options.warm:
        _warm_up()
    desk.serve(output, once=not options.light)
    output.flush()
    return 0


class _Desk:
    """Takes commands in one thread, runs their jobs in another."""

    def __init__(self, parent: int) -> None:
        self._parent = parent
        self._jobs: queue.SimpleQueue[tuple[Job, Control] | None] = queue.SimpleQueue()
        self._controls: dict[str, Control] = {}
        self._lock = threading.Lock()

    def listen(self, lines: TextIO) -> None:
        """Obey the commands in these lines; their end stops all jobs."""
        for line in lines:
            try:
                self._obey(decode_command(line))
            except BioseqError as error:
                logging.getLogger(__name__).warning("%s", error)
        self._jobs.put(None)
        for control in list(self._controls.values()):
            control.stop()
        if os.getppid() != self._parent:
            os._exit(1)

    def serve(self, output: TextIO, *, once: bool) -> None:
        """Run the jobs in the order in which they came, sending their events; `once` ends after the first."""

        def emit(event: Event) -> None:
            output.write(encode_event(event) + "\n")
            output.flush()

        while (next_one := self._jobs.get()) is not None:
            job, control = next_one
            with _library_output_in_log(job):
                run_job(job, control, emit)
            with self._lock:
                if self._controls.get(job.job_id) is control:  # its ending may have brought the same job again already
                    del self._controls[job.job_id]
            if once:
                return

    def _obey(self, command: Command) -> None:
        if isinstance(command, Run):
            with self._lock:
                control = self._controls[command.job.job_id] = Control()
            self._jobs.put((command.job, control))
            return
        known = self._controls.get(command.job_id)
        if known is None:
            return
        match command:
            case Stop():
                known.stop()
            case Cancel():
                known.cancel()
            case Pause():
                known.pause()
            case Resume():
                known.resume()


class _library_output_in_log:  # noqa: N801 - reads as a verb phrase in a with statement
    """What libraries print during a training job goes to the log of its run."""

    def __init__(self, job: Job) -> None:
        self._folder = Path(job.run_folder) if isinstance(job, TrainJob) else None
        self._saved = -1

    def __enter__(self) -> None:
        if self._folder is None or not self._folder.is_dir():
            return
        with suppress(OSError), (self._folder / "log.txt").open("ab") as log:
            self._saved = os.dup(1)
            os.dup2(log.fileno(), 1)

    def __exit__(self, *_: object) -> None:
        if self._saved >= 0:
            sys.stdout.flush()
            os.dup2(self._saved, 1)
            os.close(self._saved)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bioseq.worker", description="Runs jobs for a client.")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--light", action="store_true", help="one job after the other, none that computes")
    kind.add_argument("--warm", action="store_true", help="import what training needs while waiting")
    parser.add_argument("--threads", type=int, default=0, help="computing threads; 0 chooses")
    parser.add_argument("--nice", type=int, default=0, help="how far to stand back behind other programs, 0 to 19")
    return parser.parse_args(arguments)


def _keep_real_output() -> TextIO:
    """Standard output for events alone; file descriptor 1 then leads to standard error."""
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(real, "w", encoding="utf-8", errors="surrogateescape")


def _be_considerate(nice: int) -> None:
    """Stand back behind the window for the processor, and before it when memory runs out."""
    if nice > 0 and hasattr(os, "nice"):
        os.nice(nice)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_OOM_SCORE), encoding="ascii")


def _end_with_parent(parent: int) -> None:
    """End when the parent process is gone.

    Linux sends the chosen signal when the *thread* that started this process ends, so the handler looks whether the
    process itself is gone.
    """
    if not sys.platform.startswith("linux"):
        return

    def ended(_signal: int, _frame: object) -> None:
        if os.getppid() != parent:
            os._exit(1)

    signal.signal(signal.SIGUSR2, ended)
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, int(signal.SIGUSR2))
    if os.getppid() != parent:
        os._exit(1)


def _set_threads(threads: int) -> None:
    """Choose the number of computing threads before any library makes its pool of them.

    Idle OpenMP threads that spin make training 50 to 100 times slower on a busy small machine, hence PASSIVE.
    """
    chosen = threads or max(1, (os.cpu_count() or 1) - 1)
    os.environ.setdefault("OMP_NUM_THREADS", str(chosen))
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def _warm_up() -> None:
    """Import what a computing job needs. A fault here is told by the job that meets it again."""
    try:
        import torch

        # The first optimiser of a process imports torch._dynamo, a second's work.
        torch.optim.AdamW([torch.nn.Parameter(torch.zeros(1))])
        from bioseq.jobs import networks, predict, train  # noqa: F401 - imported for their libraries
    except Exception:
        logging.getLogger(__name__).exception("warming up failed")


if __name__ == "__main__":
    sys.exit(main())
