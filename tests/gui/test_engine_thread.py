"""The engine's thread: exactly one end for each job, newest progress only, no orphan, no running thread destroyed."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.executors.local import LocalWorker
from bioseq.protocol.events import Event, LogEmitted, Phase, PhaseChanged, Progressed, StepDone
from bioseq.protocol.jobs import InspectJob
from bioseq.sequences.files import FileRequest
from bioseq_gui.engine_thread import EngineThread, JobEnd, thinned

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot


@pytest.fixture
def ends() -> list[JobEnd]:
    return []


@pytest.fixture
def engine(qapp: object, ends: list[JobEnd]) -> Iterator[EngineThread]:
    made = EngineThread()
    made.job_ended.connect(ends.append)
    made.start()
    yield made
    made.close()
    assert not made.isRunning()


def inspect_job(folder: Path, name: str, text: str = ">a|x|train\nACGTACGT\n>b|y|train\nTTTTACGT\n") -> InspectJob:
    path = folder / f"{name}.fasta"
    path.write_text(text)
    return InspectJob(name, (FileRequest(str(path)),), str(folder / f"out-{name}"))


def impostor(script: str) -> Callable[[str], LocalWorker]:
    """Workers that are another program."""
    return lambda kind: LocalWorker(kind, command=(sys.executable, "-c", script))  # type: ignore[arg-type]


def test_a_job_is_started_told_and_ended_once(
    engine: EngineThread, ends: list[JobEnd], qtbot: QtBot, tmp_path: Path
) -> None:
    events: list[Event] = []
    engine.events_received.connect(events.extend)
    engine.submit(inspect_job(tmp_path, "one"), collect=lambda job: f"opened {job.job_id}")
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    assert type(events[0]).__name__ == "JobStarted"
    assert type(events[-1]).__name__ == "JobFinished"
    assert [(end.job.job_id, str(end.outcome.kind), end.result) for end in ends] == [("one", "finished", "opened one")]


def test_a_newer_inspection_supersedes_the_older(
    engine: EngineThread, ends: list[JobEnd], qtbot: QtBot, tmp_path: Path
) -> None:
    many = "".join(f">r{row}|{'xy'[row % 2]}|train\n{'ACGT' * 50}\n" for row in range(60_000))
    engine.submit(inspect_job(tmp_path, "older", many))
    engine.submit(inspect_job(tmp_path, "newer"))
    qtbot.waitUntil(lambda: len(ends) == 2, timeout=60_000)
    assert [(end.job.job_id, str(end.outcome.kind)) for end in ends] == [("older", "cancelled"), ("newer", "finished")]


def test_a_result_that_cannot_be_opened_is_a_failure(
    engine: EngineThread, ends: list[JobEnd], qtbot: QtBot, tmp_path: Path
) -> None:
    from bioseq.errors import BioseqError

    def refuse(_: object) -> None:
        raise BioseqError("data.cache_unreadable", "It cannot be opened.")

    engine.submit(inspect_job(tmp_path, "one"), collect=refuse)
    qtbot.waitUntil(lambda: bool(ends), timeout=30_000)
    assert str(ends[0].outcome.kind) == "failed"
    assert ends[0].outcome.sentence == "It cannot be opened."


@pytest.mark.parametrize(
    ("script", "kind"),
    [
        ("import sys; sys.exit(3)", "could_not_start"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "killed"),
        ("import sys; sys.stdin.readline(); sys.exit(0)", "crashed"),
    ],
)
def test_a_worker_that_dies_ends_its_job_once(qtbot: QtBot, tmp_path: Path, script: str, kind: str) -> None:
    ends: list[JobEnd] = []
    engine = EngineThread(make_worker=impostor(script))
    engine.job_ended.connect(ends.append)
    engine.start()
    engine.submit(inspect_job(tmp_path, "one"))
    qtbot.waitUntil(lambda: bool(ends), timeout=10_000)
    qtbot.wait(100)
    engine.close()
    assert [str(end.outcome.kind) for end in ends] == [kind]


def test_closing_ends_a_worker_that_never_answers(qtbot: QtBot, tmp_path: Path) -> None:
    ends: list[JobEnd] = []
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
    others = set(psutil.Process().children(recursive=True))  # of tests before: Python's own tracker of resources
    engine = EngineThread(make_worker=impostor(stubborn), close_seconds=0.2)
    engine.job_ended.connect(ends.append)
    engine.start()
    engine.submit(inspect_job(tmp_path, "one"))
    qtbot.waitUntil(lambda: bool(set(psutil.Process().children()) - others), timeout=5_000)
    engine.close()
    assert set(psutil.Process().children(recursive=True)) - others == set()
    qtbot.waitUntil(lambda: bool(ends), timeout=1_000)
    assert len(ends) == 1


def test_a_killed_light_worker_is_replaced(
    engine: EngineThread, ends: list[JobEnd], qtbot: QtBot, tmp_path: Path
) -> None:
    others = set(psutil.Process().children())
    engine.submit(inspect_job(tmp_path, "one"))
    qtbot.waitUntil(lambda: len(ends) == 1, timeout=30_000)
    (worker,) = set(psutil.Process().children()) - others
    os.kill(worker.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not psutil.pid_exists(worker.pid), timeout=5_000)
    engine.submit(inspect_job(tmp_path, "two"))
    qtbot.waitUntil(lambda: len(ends) == 2, timeout=30_000)
    assert str(ends[1].outcome.kind) == "finished"


@given(st.lists(st.sampled_from(["step", "progress", "phase", "log"]), max_size=60))
def test_a_batch_keeps_every_state_and_the_newest_progress(kinds: list[str]) -> None:
    def make(kind: str, number: int) -> Event:
        if kind == "step":
            return StepDone(job_id="j", sequence=number, epoch=1, epochs=1, step=number, steps=100, loss=1.0)
        if kind == "progress":
            return Progressed(job_id="j", sequence=number, done=number, total=100, unit="records")
        if kind == "phase":
            return PhaseChanged(job_id="j", sequence=number, phase=Phase.TRAINING)
        return LogEmitted(job_id="j", sequence=number, level="info", message="x")

    events = [make(kind, number) for number, kind in enumerate(kinds)]
    kept = thinned(events)
    assert [event.sequence for event in kept] == sorted(event.sequence for event in kept)
    for kind, type_ in (("step", StepDone), ("progress", Progressed)):
        newest = [event for event in events if isinstance(event, type_)][-1:]
        assert [event for event in kept if isinstance(event, type_)] == newest, kind
    states = [event for event in events if isinstance(event, PhaseChanged | LogEmitted)]
    assert [event for event in kept if isinstance(event, PhaseChanged | LogEmitted)] == states
