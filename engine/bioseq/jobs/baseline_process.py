"""The baselines of a run, fitted in a process of their own while the network trains on the other cores.

A small set is fitted at once instead: starting a process would take longer. What crosses between the processes are
values of this program's own; nothing is read from a file.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psutil

from bioseq.jobs.endings import Cancelled
from bioseq.jobs.progress import progressed, relayed
from bioseq.protocol.events import Event, LogEmitted, Phase, PhaseChanged
from bioseq.training.reference_baselines import count_labelled, fit_reference_baselines, some_labelled_rows

if TYPE_CHECKING:
    from collections.abc import Generator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

    import numpy as np
    from numpy.typing import NDArray

    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.protocol.control import Control
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset
    from bioseq.training.reference_baselines import TrainedFeatures

MIN_RESIDUES = 10_000
"""Residues of all records together from which a process of its own pays for its start."""
_POLL_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class BaselineTask:
    """What is fitted.

    Attributes:
        dataset: All records of the run.
        molecule: What they are made of.
        clusters: Cluster of similar records of each, `(N,)`; None where nobody looked for them.
        seed: Draws folds and samples.
        chosen: The feature-based model that the run trains, which no baseline repeats; None for a network.
        total: Labelled records that these are a sample of; 0 where they are all.
    """

    dataset: Dataset
    molecule: Molecule
    clusters: NDArray[np.int64] | None
    seed: int
    chosen: TrainedFeatures | None = None
    total: int = 0


class BaselineFitting:
    """The fitting of the baselines of one run, in the background where that pays.

    Args:
        task: What is fitted.
        control: Its cancellation ends the work.
    """

    def __init__(self, task: BaselineTask, control: Control) -> None:
        self._task = task
        self._control = control
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._fitted: list[FittedBaseline] | None = None

    def begin(self) -> Generator[Event, None, None]:
        """Start the process, or fit at once where there is one core, or little to fit."""
        residues = int(self._task.dataset.lengths.sum())
        if residues >= MIN_RESIDUES and (psutil.cpu_count() or 1) > 1:
            self._start()
        else:
            self._fitted = yield from self._fit_here()

    def result(self) -> Generator[Event, None, list[FittedBaseline]]:
        """The fitted baselines, as soon as they are there.

        Raises:
            Cancelled: The person wants nothing of it.
        """
        if self._fitted is None:
            self._fitted = yield from self._collect()
        return self._fitted

    def close(self) -> None:
        """End the process, whatever it is doing."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._process = self._connection = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_work, args=(theirs, os.getpid()), name="baselines", daemon=True)
        self._process.start()
        theirs.close()
        task = self._task
        rows = some_labelled_rows(task.dataset, task.seed)
        clusters = None if task.clusters is None else task.clusters[rows]
        # The few records that are fitted on, not all of a large set; `_collect` gives them their numbers back.
        self._rows = rows
        # Written by a thread: the pipe takes little at a time, and the process first has to import its libraries.
        total = count_labelled(task.dataset)
        lean = BaselineTask(task.dataset.take(rows), task.molecule, clusters, task.seed, task.chosen, total)
        threading.Thread(target=_send, args=(self._connection, lean), name="baseline-task", daemon=True).start()

    def _fit_here(self) -> Generator[Event, None, list[FittedBaseline]]:
        yield PhaseChanged(job_id="", phase=Phase.BASELINE, title="Fitting simple models")
        return (
            yield from relayed(
                lambda progress: _fit(self._task, progress), self._control, unit="baselines", stop_ends=False
            )
        )

    def _collect(self) -> Generator[Event, None, list[FittedBaseline]]:
        connection = self._connection
        if connection is None:  # never begun, or closed
            return (yield from self._fit_here())
        yield PhaseChanged(job_id="", phase=Phase.BASELINE, title="Fitting simple models")
        while True:
            if self._control.cancel_requested:
                raise Cancelled
            try:
                if not connection.poll(_POLL_S):
                    continue
                message: Any = connection.recv()
            except (EOFError, OSError):
                yield LogEmitted(
                    job_id="",
                    level="warning",
                    message="The process that fitted the simple models ended early; they are fitted again here.",
                )
                self.close()
                return (yield from self._fit_here())
            if isinstance(message, tuple):
                yield progressed(*message, unit="baselines", seconds=0.0)
            elif isinstance(message, BaseException):
                raise message
            else:
                self.close()
                return [one.with_rows(self._rows) for one in message]


def _fit(task: BaselineTask, progress: Any = None) -> list[FittedBaseline]:
    return fit_reference_baselines(
        task.dataset,
        molecule=task.molecule,
        clusters=task.clusters,
        seed=task.seed,
        chosen=task.chosen,
        total=task.total,
        progress=progress,
    )


def _send(connection: Connection, task: BaselineTask) -> None:
    try:
        connection.send(task)
    except (OSError, ValueError):  # closed meanwhile, or the process has ended: who collects sees it
        return


def _work(connection: Connection, parent: int) -> None:
    """What the process does: take a task, fit, send the result back. It ends with its parent."""
    threading.Thread(target=_end_with, args=(parent,), name="parent-watch", daemon=True).start()
    try:
        task: BaselineTask = connection.recv()
        found: list[FittedBaseline] | BaseException = _fit(task, lambda *done: connection.send(done))
    except (EOFError, OSError):
        return
    except Exception as error:  # noqa: BLE001 - raised again in the process that waits
        found = error
    connection.send(found)
    connection.close()


def _end_with(parent: int) -> None:
    watched = multiprocessing.parent_process()
    if watched is not None and watched.pid == parent:
        watched.join()
        os._exit(1)
