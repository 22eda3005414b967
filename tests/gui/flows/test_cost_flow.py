"""What networks cost is measured once for each setting, and never beside a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Signal

from bioseq.config.inspection import inspect_files
from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import CostMeasured, Warned
from bioseq.resources import resource_folder
from bioseq.sequences.files import FileRequest
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.cost_flow import CostFlow

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.jobs import MeasureJob
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    cost_measured = Signal(object)
    warned = Signal(object)
    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[MeasureJob] = []
        self.cancelled: list[str] = []

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def measured(self, model: str) -> None:
        event = CostMeasured(job_id=self.jobs[-1].job_id, model=model, seconds_per_epoch=1.0, memory_bytes=5)
        self.cost_measured.emit(event)

    def end(self, kind: OutcomeKind = OutcomeKind.FINISHED, job: int = -1) -> None:
        ended = self.jobs[job]
        self.job_ended.emit(JobEnd(ended, Outcome(ended.job_id, kind, "It ended.")))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine) -> CostFlow:
    made = CostFlow(session, engine, session)  # type: ignore[arg-type]  # only what the flow needs of it
    requests = (FileRequest(str(resource_folder() / "samples" / "splice_junctions.fasta")),)
    session.set_files(requests)
    session.set_data(*inspect_files(requests))
    return made


def test_what_was_measured_is_kept_and_not_measured_again(flow: CostFlow, session: Session, engine: Engine) -> None:
    flow.measure(("dnn",))
    engine.measured("dnn")
    engine.end()
    assert session.cost("dnn") is not None
    assert not flow.measuring
    flow.measure(("dnn",))
    assert len(engine.jobs) == 1
    session.edit("training.batch_size", 8)
    flow.measure(("dnn",))
    assert len(engine.jobs) == 2


def test_a_newer_single_request_takes_the_place_of_an_older_one(flow: CostFlow, engine: Engine) -> None:
    flow.measure(("dnn",))
    flow.measure(("text_cnn",))
    assert [job.models for job in engine.jobs] == [("dnn",), ("text_cnn",)]
    engine.end(OutcomeKind.CANCELLED, 0)
    assert flow.measuring


def test_measuring_several_goes_on_while_another_is_chosen_and_tells_how_far_it_is(
    flow: CostFlow, engine: Engine
) -> None:
    told: list[tuple[int, int]] = []
    flow.progressed.connect(lambda done, total: told.append((done, total)))
    flow.measure(("dnn", "text_cnn"))
    flow.measure(("bilstm",))
    assert len(engine.jobs) == 1
    engine.measured("dnn")
    engine.warned.emit(Warned(job_id=engine.jobs[0].job_id, code="x", message="no memory", where="text_cnn"))
    engine.end()
    assert told == [(0, 2), (1, 2), (2, 2), (0, 0)]


def test_a_training_ends_the_measuring_and_what_was_left_can_be_asked_again(
    flow: CostFlow, session: Session, engine: Engine, tmp_path: Path
) -> None:
    flow.measure(("dnn", "text_cnn"))
    session.begin_run(tmp_path)
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.end(OutcomeKind.CANCELLED)
    flow.measure(("dnn",))
    assert len(engine.jobs) == 1
    session.end_run(interrupted=True)
    flow.measure(("dnn",))
    assert len(engine.jobs) == 2


def test_other_data_make_what_was_measured_void(flow: CostFlow, session: Session, engine: Engine) -> None:
    flow.measure(("dnn",))
    session.clear_data()
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.measured("dnn")
    assert session.cost("dnn") is None
    flow.measure(("dnn",))
    assert len(engine.jobs) == 1
