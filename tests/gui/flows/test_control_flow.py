"""The control with shuffled labels runs alone, is followed, and makes way for a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import ArtefactWritten, Progressed
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.control_flow import ControlFlow

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.jobs import ControlJob
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    progressed = Signal(object)
    artefact_written = Signal(object)
    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[ControlJob] = []
        self.cancelled: list[str] = []

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def end(self, kind: OutcomeKind) -> None:
        self.job_ended.emit(JobEnd(self.jobs[-1], Outcome(self.jobs[-1].job_id, kind, "It ended.")))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine, tmp_path: Path) -> ControlFlow:
    session.open_run(tmp_path)
    return ControlFlow(session, engine, session)  # type: ignore[arg-type]  # only what the flow needs of it


def test_a_control_is_followed_from_click_to_end(flow: ControlFlow, engine: Engine, tmp_path: Path) -> None:
    told: list[tuple[object, int, int]] = []
    changed: list[object] = []
    flow.progressed.connect(lambda run, done, total: told.append((run, done, total)))
    flow.changed.connect(changed.append)
    flow.check(5)
    flow.check(5)
    job = engine.jobs[0]
    assert (len(engine.jobs), job.run_folder, job.shuffles) == (1, str(tmp_path), 5)
    engine.progressed.emit(Progressed(job_id=job.job_id, done=3, total=9, unit="bytes"))
    engine.progressed.emit(Progressed(job_id="other", done=3, total=9, unit=""))
    engine.progressed.emit(Progressed(job_id=job.job_id, done=500, total=5_000, unit=""))
    engine.artefact_written.emit(ArtefactWritten(job_id=job.job_id, kind="metrics", path="control.json"))
    assert told == [(tmp_path, 0, -1), (tmp_path, 500, 5_000)]
    assert changed == [tmp_path]
    engine.end(OutcomeKind.FINISHED)
    assert told[-1] == (tmp_path, 0, 0)
    assert not flow.running


def test_it_makes_way_for_a_training_and_does_not_begin_beside_one(
    flow: ControlFlow, engine: Engine, session: Session, tmp_path: Path
) -> None:
    said: list[Any] = []
    flow.said.connect(said.append)
    flow.check(5)
    session.begin_run(tmp_path / "new")
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.end(OutcomeKind.CANCELLED)
    assert said == []
    flow.check(5)
    assert len(engine.jobs) == 1
    assert said[0].severity == "warning"


def test_a_failure_is_told(flow: ControlFlow, engine: Engine) -> None:
    said: list[Any] = []
    flow.said.connect(said.append)
    flow.check(1)
    engine.end(OutcomeKind.CRASHED)
    assert (said[0].severity, said[0].text) == ("error", "It ended.")
