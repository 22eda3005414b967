"""The search for similar sequences runs alone, is followed, makes way for a training and for other data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Signal

from bioseq.config.inspection import inspect_files
from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import Progressed
from bioseq.sequences.files import FileRequest
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.similarity_flow import SimilarityFlow

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.jobs import SimilarityJob
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    progressed = Signal(object)
    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[SimilarityJob] = []
        self.cancelled: list[str] = []

    def submit(self, job: Any, collect: Any) -> None:
        assert callable(collect)
        self.jobs.append(job)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def end(self, kind: OutcomeKind, result: object = None) -> None:
        self.job_ended.emit(JobEnd(self.jobs[-1], Outcome(self.jobs[-1].job_id, kind, "It ended."), result))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine, tmp_path: Path) -> SimilarityFlow:
    path = tmp_path / "mine.fasta"
    path.write_text(">a|x|train\nACGTACGT\n>b|y|train\nTTTTACGT\n")
    requests = [FileRequest(str(path))]
    session.set_files(requests)
    session.set_data(*inspect_files(requests, {}, progress=None))
    return SimilarityFlow(session, engine, tmp_path / "cache", session)  # type: ignore[arg-type]  # all it needs of it


@pytest.fixture
def told(flow: SimilarityFlow) -> list[Any]:
    heard: list[Any] = []
    flow.progressed.connect(lambda done, total: heard.append((done, total)))
    flow.found.connect(heard.append)
    flow.given_up.connect(heard.append)
    return heard


def test_a_search_is_followed_from_click_to_result(
    flow: SimilarityFlow, engine: Engine, session: Session, told: list[Any]
) -> None:
    flow.look()
    flow.look()
    (job,) = engine.jobs
    assert job.config == session.configuration.model_dump(mode="json")
    engine.progressed.emit(Progressed(job_id=job.job_id, done=9, total=9, unit="bytes"))
    engine.progressed.emit(Progressed(job_id="other", done=3, total=9, unit="comparisons"))
    engine.progressed.emit(Progressed(job_id=job.job_id, done=3, total=9, unit="comparisons"))
    engine.end(OutcomeKind.FINISHED, "what was found")
    assert told == [(0, -1), (3, 9), (0, 0), "what was found"]
    assert not flow.running


def test_it_makes_way_for_a_training_and_does_not_begin_beside_one(
    flow: SimilarityFlow, engine: Engine, session: Session, told: list[Any], tmp_path: Path
) -> None:
    said: list[Any] = []
    flow.said.connect(said.append)
    flow.look()
    session.begin_run(tmp_path / "run")
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.end(OutcomeKind.CANCELLED)
    assert "made way for a training" in told[-1]
    assert said == []
    flow.look()
    assert len(engine.jobs) == 1
    assert said[0].severity == "warning"


def test_other_data_end_it_and_what_it_found_then_is_not_told(
    flow: SimilarityFlow, engine: Engine, session: Session, told: list[Any]
) -> None:
    flow.look()
    session.set_files([])
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.end(OutcomeKind.FINISHED, "what was found")
    assert told == [(0, -1), (0, 0), ""]


def test_a_failure_is_told_with_a_way_to_look_again(flow: SimilarityFlow, engine: Engine, told: list[Any]) -> None:
    said: list[Any] = []
    flow.said.connect(said.append)
    flow.look()
    engine.end(OutcomeKind.CRASHED)
    assert told[-1] == "It ended."
    assert (said[0].severity, said[0].text) == ("error", "It ended.")
    said[0].mend()
    assert len(engine.jobs) == 2
