"""Whatever a job does, its events are numbered without gaps, kept, and end exactly once."""

from __future__ import annotations

import errno
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from bioseq.errors import BioseqError
from bioseq.jobs import runner
from bioseq.jobs.endings import Cancelled
from bioseq.protocol.control import Control
from bioseq.protocol.events import (
    ENDINGS,
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    JobStopped,
    Phase,
    PhaseChanged,
    Progressed,
)
from bioseq.protocol.jobs import InspectJob, TrainJob
from bioseq.protocol.wire import encode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_events, read_state
from bioseq.runs.journal import Journal

if TYPE_CHECKING:
    from pathlib import Path

STARTED = JobStarted(job_id="", kind="inspect", folder="here")
FINISHED = JobFinished(job_id="", reason="done")

RunEvents = Callable[[Iterator[Event]], list[Event]]


@pytest.fixture
def run_events(monkeypatch: pytest.MonkeyPatch) -> RunEvents:
    """Run a job that yields these events and give back what was emitted."""

    def run(events: Iterator[Event]) -> list[Event]:
        monkeypatch.setattr(runner, "events_of", lambda *_: events)
        heard: list[Event] = []
        ending = runner.run_job(InspectJob("job", (), "here"), Control(), heard.append)
        assert heard[-1] == ending
        return heard

    return run


def one_ending(heard: list[Event]) -> Event:
    assert [event.sequence for event in heard] == list(range(len(heard)))
    assert all(event.job_id == "job" and event.time > 0 for event in heard)
    assert isinstance(heard[0], JobStarted)
    assert sum(isinstance(event, ENDINGS) for event in heard) == 1
    return heard[-1]


def saying(*events: Event) -> Iterator[Event]:
    yield from events


def failing(error: BaseException, *, started: bool = True) -> Iterator[Event]:
    if started:
        yield STARTED
    raise error


@pytest.mark.parametrize("started", [True, False])
@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BioseqError("data.bad", "The data are bad.", where="x.fa", remedy="Mend them."), "data.bad"),
        (MemoryError(), "memory.short"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate"), "memory.short"),
        (OSError(errno.ENOSPC, "No space left on device", "x"), "disk.full"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), "disk.forbidden"),
        (ImportError("No module named 'torch'", name="torch"), "fault.import"),
        (ZeroDivisionError("division by zero"), "fault"),
        (RecursionError(), "fault"),
    ],
)
def test_any_exception_becomes_the_one_ending(
    run_events: RunEvents, error: BaseException, code: str, started: bool
) -> None:
    ending = one_ending(run_events(failing(error, started=started)))
    assert isinstance(ending, JobFailed)
    assert ending.code == code
    assert ending.message
    assert ending.remedy
    assert ("Traceback" in ending.details) == (not isinstance(error, BioseqError))


def test_a_job_that_says_no_end_has_failed(run_events: RunEvents) -> None:
    ending = one_ending(run_events(saying(STARTED)))
    assert isinstance(ending, JobFailed)
    assert ending.code == "fault"


def test_nothing_is_heard_after_the_ending(run_events: RunEvents) -> None:
    assert isinstance(one_ending(run_events(saying(STARTED, FINISHED, STARTED, FINISHED))), JobFinished)


def test_a_job_that_leaves_on_request_is_cancelled(run_events: RunEvents) -> None:
    ending = one_ending(run_events(failing(Cancelled())))
    assert isinstance(ending, JobStopped)
    assert ending.cancelled


def test_a_flood_of_progress_is_thinned_and_state_changes_are_not(run_events: RunEvents) -> None:
    def flood() -> Iterator[Event]:
        yield STARTED
        for number in range(20_000):
            yield Progressed(job_id="", done=number, total=20_000, unit="records")
            if number % 1_000 == 0:
                yield PhaseChanged(job_id="", phase=Phase.READING, title=str(number))
        yield Progressed(job_id="", done=20_000, total=20_000, unit="records")
        yield FINISHED

    heard = run_events(flood())
    one_ending(heard)
    progress = [event for event in heard if isinstance(event, Progressed)]
    seconds = heard[-1].time - heard[0].time
    assert len(progress) <= 2 + 21 * max(seconds, 0.1)
    assert progress[-1].done == 20_000
    assert progress[-1].memory_bytes > 0
    assert sum(isinstance(event, PhaseChanged) for event in heard) == 20


def test_a_long_silence_is_broken_by_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    beat = threading.Event()

    def silent() -> Iterator[Event]:
        yield STARTED
        yield PhaseChanged(job_id="", phase=Phase.BASELINE)
        assert beat.wait(10)
        yield FINISHED

    heard: list[Event] = []

    def emit(event: Event) -> None:
        heard.append(event)
        if isinstance(event, Progressed):
            beat.set()

    monkeypatch.setattr(runner, "events_of", lambda *_: silent())
    runner.run_job(InspectJob("job", (), "here"), Control(), emit)
    assert isinstance(one_ending(heard), JobFinished)


def run_in(folder: Path, events: Iterator[Event], monkeypatch: pytest.MonkeyPatch) -> list[Event]:
    monkeypatch.setattr(runner, "events_of", lambda *_: events)
    heard: list[Event] = []
    runner.run_job(TrainJob("job", str(folder)), Control(), heard.append)
    return heard


def test_a_run_keeps_every_event_that_was_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = run_in(tmp_path, saying(STARTED, PhaseChanged(job_id="", phase=Phase.READING), FINISHED), monkeypatch)
    assert list(read_events(tmp_path / "events.jsonl")) == heard
    assert read_state(tmp_path / "events.jsonl").status is Status.FINISHED
    assert "Finished: done" in (tmp_path / "log.txt").read_text(encoding="utf-8")


def test_a_resumed_run_goes_on_counting_after_a_line_that_was_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run_in(tmp_path, failing(ZeroDivisionError()), monkeypatch)
    events = tmp_path / "events.jsonl"
    whole = events.read_bytes()
    events.write_bytes(whole + encode_event(FINISHED).encode()[:20])
    second = run_in(tmp_path, saying(STARTED, FINISHED), monkeypatch)
    read = list(read_events(events))
    assert read == [*first, *second]
    assert [event.sequence for event in read] == list(range(len(read)))


def test_a_full_disk_ends_the_job_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append = Journal.append

    def full(self: Journal, event: Event) -> None:
        if isinstance(event, PhaseChanged):
            raise OSError(errno.ENOSPC, "No space left on device", "events.jsonl")
        append(self, event)

    monkeypatch.setattr(Journal, "append", full)
    heard = run_in(tmp_path, saying(STARTED, PhaseChanged(job_id="", phase=Phase.READING), FINISHED), monkeypatch)
    ending = one_ending(heard)
    assert isinstance(ending, JobFailed)
    assert ending.code == "disk.full"


def test_a_folder_that_cannot_be_written_ends_the_job_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    heard = run_in(RunFolder(tmp_path / "file" / "run").path, saying(STARTED, FINISHED), monkeypatch)
    assert isinstance(one_ending(heard), JobFailed)
