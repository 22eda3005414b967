"""Several workers of a study are listened to in turn."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import StepDone
from bioseq.studies import crew
from bioseq.studies.crew import Crew, training

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.events import Event
    from bioseq.protocol.jobs import Job

STEP = StepDone(job_id="entry-1", epoch=1, epochs=100, step=1, steps=10, loss=0.5)


class Worker:
    """The first job never stops telling of its steps, whenever it is asked; every other one has ended."""

    def __init__(self, *_: object, bell: threading.Event, **__: object) -> None:
        self.ended = False
        self._bell = bell
        self._news: list[Event | Outcome] = []
        self._endless = False

    def start(self) -> None:
        pass

    def run(self, job: Job) -> None:
        self._endless = job.job_id == "entry-1"
        if not self._endless:
            self._news.append(Outcome(job.job_id, OutcomeKind.FINISHED, "Done."))
        self._bell.set()

    def poll(self, _timeout: float) -> Event | Outcome | None:
        if self._endless:
            return STEP
        return self._news.pop(0) if self._news else None

    def close(self) -> None:
        pass


@pytest.fixture
def two_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Crew:
    monkeypatch.setattr(crew, "LocalWorker", Worker)
    made = Crew(2)
    for number in (1, 2):
        made.start(number, training(number, tmp_path, resume=False))
    return made


def test_a_worker_that_tells_much_does_not_keep_the_others_waiting(two_places: Crew, tmp_path: Path) -> None:
    heard = list(two_places.news(0.0))

    assert [number for number, news in heard if isinstance(news, Outcome)] == [2]
    assert two_places.free
    two_places.start(3, training(3, tmp_path, resume=False))
    assert [number for number, news in two_places.news(0.0) if isinstance(news, Outcome)] == [3]


def test_what_was_not_heard_yet_is_heard_without_waiting(two_places: Crew) -> None:
    list(two_places.news(0.0))

    assert any(number == 1 for number, _ in two_places.news(timeout=1e6))


def test_news_end_the_wait(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(crew, "LocalWorker", Worker)
    made = Crew(2)
    later = threading.Timer(0.05, made.start, (2, training(2, tmp_path, resume=False)))
    later.start()

    assert [number for number, _ in made.news(timeout=1e6)] == [2]
    later.join()
