"""A study is started, followed, ended, opened again and thrown away by the flow; never beside a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import JobFinished
from bioseq.runs.history import Status
from bioseq.studies.plan import Plan, load_study
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.study_flow import StudyFlow
from bioseq_gui.studies.story import tell

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Teller
    from pytestqt.qtbot import QtBot

    from bioseq.protocol.events import Event
    from bioseq.protocol.jobs import StudyJob
    from bioseq_gui.flows.messages import Message
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    events_received = Signal(object)
    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[StudyJob] = []
        self.asked: list[str] = []

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def stop(self, job_id: str) -> None:
        self.asked.append(f"stop {job_id}")

    def cancel(self, job_id: str) -> None:
        self.asked.append(f"cancel {job_id}")

    def pause(self, job_id: str) -> None:
        self.asked.append(f"pause {job_id}")

    def resume(self, job_id: str) -> None:
        self.asked.append(f"resume {job_id}")

    def tell(self, events: list[Event]) -> None:
        from dataclasses import replace

        self.events_received.emit(tuple(replace(event, job_id=self.jobs[-1].job_id) for event in events))

    def end(self, kind: OutcomeKind, event: Event | None = None) -> None:
        job = self.jobs[-1]
        self.job_ended.emit(JobEnd(job, Outcome(job.job_id, kind, "It ended.", "Try again.", event=event)))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine, tmp_path: Path) -> StudyFlow:
    return StudyFlow(session, engine, lambda: tmp_path / "runs", session)  # type: ignore[arg-type]  # what it needs


def messages(flow: StudyFlow) -> list[Message]:
    said: list[Message] = []
    flow.said.connect(said.append)
    return said


def test_a_plan_becomes_a_folder_a_job_and_a_story(flow: StudyFlow, engine: Engine, teller: Teller) -> None:
    pages: list[str] = []
    flow.page_wanted.connect(pages.append)
    flow.start(Plan("best", minutes=10.0))
    assert flow.running
    assert flow.folder is not None
    assert flow.folder.parent == flow.root
    assert load_study(flow.folder / "study.toml")[0].minutes == 10.0
    assert engine.jobs[0].folder == str(flow.folder)
    assert pages == ["compare"]
    teller.entry(1, "Text CNN", "running")
    engine.tell(teller.events)
    assert [entry.now.title for entry in flow.story.entries] == ["Text CNN"]
    teller.finish()
    engine.tell(teller.events[-1:])
    engine.end(OutcomeKind.FINISHED, teller.events[-1])
    assert not flow.running
    assert flow.story.run.status is Status.FINISHED
    assert flow.findings is not None


def test_a_study_and_a_training_never_run_side_by_side(
    flow: StudyFlow, engine: Engine, session: Session, tmp_path: Path
) -> None:
    said = messages(flow)
    session.begin_run(tmp_path)
    flow.start(Plan("best"))
    assert not engine.jobs
    assert "being trained" in said[0].text
    session.end_run()
    flow.start(Plan("best"))
    assert session.studying
    flow.start(Plan("best"))
    assert len(engine.jobs) == 1


def test_requests_reach_the_job_under_way(flow: StudyFlow, engine: Engine) -> None:
    flow.stop()
    assert not engine.asked
    flow.start(Plan("best"))
    for ask in (flow.pause, flow.go_on, flow.stop, flow.cancel):
        ask()
    name = engine.jobs[0].job_id
    assert engine.asked == [f"pause {name}", f"resume {name}", f"stop {name}", f"cancel {name}"]


def test_a_worker_that_ends_without_a_word_leaves_an_interrupted_study(
    flow: StudyFlow, engine: Engine, teller: Teller
) -> None:
    said = messages(flow)
    flow.start(Plan("best"))
    engine.tell(teller.events)
    engine.end(OutcomeKind.CRASHED)
    assert flow.story.run.status is Status.INTERRUPTED
    assert said[0].severity == "error"
    assert said[0].mend is not None
    said[0].mend()
    assert len(engine.jobs) == 2
    assert engine.jobs[1].folder == engine.jobs[0].folder


def test_events_of_other_jobs_are_passed_over(flow: StudyFlow, engine: Engine, teller: Teller) -> None:
    flow.start(Plan("best"))
    engine.events_received.emit(tuple(teller.events))
    assert flow.story.run.started is None


def test_an_opened_study_is_told_as_it_was_live(
    flow: StudyFlow, comparison_folder: Path, compared: Teller, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(flow.found, timeout=5_000):
        flow.open(comparison_folder)
    assert flow.story == tell(compared.events)
    assert isinstance(flow.story.run.ending, JobFinished)
    assert flow.findings is not None
    assert len(flow.findings.bars) == 2
    flow.close()
    assert flow.folder is None
    assert not flow.story.entries


def test_an_unfinished_study_opens_as_interrupted(
    flow: StudyFlow, teller: Teller, tmp_path: Path, qtbot: QtBot
) -> None:
    teller.entry(1, "Text CNN", "running")
    teller.write(tmp_path / "study")
    with qtbot.waitSignal(flow.found, timeout=5_000):
        flow.open(tmp_path / "study")
    assert flow.story.run.status is Status.INTERRUPTED


def test_a_study_that_is_gone_is_said_to_be(flow: StudyFlow, tmp_path: Path) -> None:
    said = messages(flow)
    flow.open(tmp_path / "nowhere")
    assert "no longer there" in said[0].text


def test_a_study_goes_to_the_trash_and_comes_back(flow: StudyFlow, comparison_folder: Path) -> None:
    said = messages(flow)
    flow.discard(comparison_folder)
    assert not comparison_folder.exists()
    assert said[0].mend is not None
    said[0].mend()
    assert (comparison_folder / "events.jsonl").exists()


def test_the_study_under_way_is_not_thrown_away(flow: StudyFlow) -> None:
    said = messages(flow)
    flow.start(Plan("best"))
    flow.discard(flow.folder)
    assert flow.folder is not None
    assert flow.folder.exists()
    assert "under way" in said[0].text


def test_a_table_is_written_or_the_reason_is_said(flow: StudyFlow, tmp_path: Path) -> None:
    said = messages(flow)
    flow.export_table("place,model\n1,Text CNN\n", tmp_path / "models.csv")
    assert (tmp_path / "models.csv").read_text(encoding="utf-8") == "place,model\n1,Text CNN\n"
    flow.export_table("x", tmp_path / "nowhere" / "models.csv")
    assert [message.severity for message in said] == ["success", "error"]
