"""Workers that train the entries of a study, several at the same time. They end with the process that has them."""

from __future__ import annotations

import os
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from bioseq.executors.local import LocalWorker, Outcome
from bioseq.protocol.events import Event, Progressed, StepDone
from bioseq.protocol.jobs import TrainJob

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bioseq.protocol.jobs import Job

_MOST_MEMORY = 1_500_000_000
"""A worker that has held more than this is replaced after its job, so that memory goes back."""
_MOST_WORKERS = 4
_TOLD_AT_ONCE = 100
"""Words of one worker after which the others are listened to."""
_PATIENCE = 60.0
"""Seconds without an answer to stop after which a worker is ended: with all cores busy, importing takes long."""


def cores() -> int:
    """Cores that this process may use."""
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def workers_for(asked: int) -> int:
    """How many trainings run at the same time, one thread each: as many as asked for, else one per core, at most 4."""
    return asked or max(1, min(_MOST_WORKERS, cores()))


class Crew:
    """Places at which one job at a time is done, each by a worker that serves many jobs one after the other."""

    def __init__(self, places: int) -> None:
        """Prepare the places; workers start with their first jobs."""
        self._bell = threading.Event()
        self._places = [_Place(self._bell) for _ in range(places)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for place in self._places:
            place.close()

    def __len__(self) -> int:
        return len(self._places)

    @property
    def free(self) -> bool:
        """There is a place without a job."""
        return any(place.number == 0 for place in self._places)

    def start(self, number: int, job: Job) -> None:
        """Give a job to a free place; its news come under this number.

        Raises:
            RuntimeError: No place is free.
        """
        place = next((place for place in self._places if place.number == 0), None)
        if place is None:
            raise RuntimeError("no place is free")
        place.start(number, job)

    def news(self, timeout: float) -> Iterator[tuple[int, Event | Outcome]]:
        """What has happened since the last time; waits up to so many seconds for something to happen.

        Every place has its turn, however much another one has to tell.
        """
        self._bell.wait(timeout)
        self._bell.clear()
        for place in self._places:
            for _ in range(_TOLD_AT_ONCE):
                news = place.poll() if place.number else None
                if news is None:
                    break
                number = place.number
                if isinstance(news, Outcome):
                    place.finish()
                yield number, news
            else:
                self._bell.set()

    def stop(self, number: int) -> None:
        """Ask a job to end early and keep what it has."""
        for worker, job_id in self._at(number):
            worker.stop(job_id)

    def kill(self, number: int) -> None:
        """End a job at once, with its worker: nobody wants anything of it."""
        for worker, _ in self._at(number):
            worker.kill()

    def pause(self, number: int) -> None:
        """Ask a job to hold."""
        for worker, job_id in self._at(number):
            worker.pause(job_id)

    def resume(self, number: int) -> None:
        """Ask a job to go on."""
        for worker, job_id in self._at(number):
            worker.resume(job_id)

    def _at(self, number: int) -> Iterator[tuple[LocalWorker, str]]:
        for place in self._places:
            if place.number == number and place.worker is not None:
                yield place.worker, place.job_id


class _Place:
    """One place: its worker, while there is one, and the job that it does.

    Attributes:
        worker: None before the first job, and after one that ended it.
        number: Of the entry whose job it does; 0 when free.
        job_id: Of that job.
    """

    def __init__(self, bell: threading.Event) -> None:
        self.worker: LocalWorker | None = None
        self.number = 0
        self.job_id = ""
        self._bell = bell
        self._memory = 0

    def start(self, number: int, job: Job) -> None:
        if self.worker is None or self.worker.ended:
            # A light worker takes one job after the other, so that libraries are imported once.
            self.worker = LocalWorker(
                "light",
                threads=1,
                environment={"OMP_NUM_THREADS": "1"},
                terminate_after=_PATIENCE,
                kill_after=2 * _PATIENCE,
                bell=self._bell,
            )
            self.worker.start()
            self._memory = 0
        self.number, self.job_id = number, job.job_id
        self.worker.run(job)

    def poll(self) -> Event | Outcome | None:
        news = self.worker.poll(0) if self.worker is not None else None
        if isinstance(news, StepDone | Progressed):
            self._memory = max(self._memory, news.memory_bytes)
        return news

    def finish(self) -> None:
        self.number = 0
        if self._memory > _MOST_MEMORY:
            self.close()

    def close(self) -> None:
        if self.worker is not None:
            self.worker.close()
            self.worker = None


def training(number: int, folder: Path, *, resume: bool) -> TrainJob:
    """The job that trains an entry; its report can be made when somebody wants to read it."""
    return TrainJob(f"entry-{number}", str(folder), resume=resume, reports=False)


def gathering(folder: Path, members: Path) -> TrainJob:
    """The job that puts the models together that a file tells of."""
    return TrainJob("result", str(folder), gathers=str(members))
