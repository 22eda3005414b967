"""The trainings of a study: what is told in which order, and what the clock counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.executors.local import Outcome, OutcomeKind
from bioseq.protocol.control import Control
from bioseq.protocol.events import EntryChanged, JobStarted, LogEmitted
from bioseq.studies import campaign as campaigns
from bioseq.studies.campaign import Campaign, Task
from bioseq.studies.folder import StudyFolder
from bioseq.studies.state import Entry, StudyState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import EpochFinished, Event
    from bioseq.protocol.jobs import Job

NOW = 1_000.0


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def monotonic(self) -> float:
        return self.now


class SlowCrew:
    """One place, whose worker needs 40 s to start and 5 s to fail."""

    def __init__(self, clock: Clock, *endings: OutcomeKind) -> None:
        self.free = True
        self.started = 0
        self._endings = [*endings, OutcomeKind.FAILED]
        self._clock = clock
        self._news: list[tuple[float, Event | Outcome]] = []

    def __len__(self) -> int:
        return 1

    def start(self, _number: int, job: Job) -> None:
        self.free = False
        self.started += 1
        started = JobStarted(job_id=job.job_id, kind="train", folder="", resumed=False, process_id=1, details={})
        self._news = [(40.0, started), (5.0, Outcome(job.job_id, self._endings.pop(0), "No."))]

    def news(self, _timeout: float) -> Iterator[tuple[int, Event | Outcome]]:
        seconds, news = self._news.pop(0)
        self._clock.now += seconds
        self.free = isinstance(news, Outcome)
        yield 1, news


class Late:
    """A strategy that thinks of its one entry when it is asked."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign

    def next(self) -> Task | None:
        if self._campaign.state.entries:
            return None
        self._campaign.announce(Entry(1, "lr", "Logistic regression", ("model.name=lr",), "runs/001"))
        return Task(1)

    def advanced(self, _entry: Entry, _epoch: EpochFinished) -> str:
        return ""

    def ended(self, entry: Entry) -> None:
        pass

    def progress(self) -> tuple[int, int, str]:
        return 0, 1, "trainings"


def test_the_clock_counts_work_and_not_the_start_of_workers_and_what_is_new_is_told_as_waiting(
    quick_config: Configuration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(campaigns, "time", clock)
    crew = SlowCrew(clock)
    study = StudyFolder(tmp_path)
    made = Campaign(study, quick_config, StudyState("best", seconds=7.0), Control(), crew)  # type: ignore[arg-type]
    states = [event.state for event in made.carry_out(Late(made)) if isinstance(event, EntryChanged)]
    assert states == ["waiting", "running", "failed"]
    assert clock.now == NOW + 45.0
    assert made.seconds == 7.0 + 5.0
    assert made.state.entry(1).seconds == 5.0


@pytest.mark.parametrize(
    ("endings", "started", "state"),
    [
        ((OutcomeKind.FAILED,), 1, "failed"),
        ((OutcomeKind.CRASHED, OutcomeKind.STOPPED), 2, "stopped"),
        ((OutcomeKind.KILLED, OutcomeKind.CRASHED), 2, "failed"),
    ],
)
def test_a_training_whose_worker_is_gone_is_taken_up_once_more(
    endings: tuple[OutcomeKind, ...],
    started: int,
    state: str,
    quick_config: Configuration,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock()
    monkeypatch.setattr(campaigns, "time", clock)
    crew = SlowCrew(clock, *endings)
    made = Campaign(StudyFolder(tmp_path), quick_config, StudyState("best"), Control(), crew)  # type: ignore[arg-type]
    events = list(made.carry_out(Late(made)))
    assert crew.started == started
    assert made.state.entry(1).state == state
    assert made.state.entry(1).seconds == 5.0 * started
    told = [event.message for event in events if isinstance(event, LogEmitted)]
    assert len(told) == started - 1
