"""What is exported is asked of the engine as the person wants it, and what was written is said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import ExportJob, PredictJob
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.prediction_flow import PredictionFlow

if TYPE_CHECKING:
    from bioseq_gui.flows.messages import Message
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Any] = []

    def submit(self, job: Any, **_: Any) -> None:
        self.jobs.append(job)

    def end(self, result: Any = None, kind: OutcomeKind = OutcomeKind.FINISHED, **summary: Any) -> None:
        job = self.jobs[-1]
        event = JobFinished(job_id=job.job_id, summary=summary) if kind is OutcomeKind.FINISHED else None
        outcome = Outcome(job.job_id, kind, "It ended.", "Mend it.", event=event)
        self.job_ended.emit(JobEnd(job, outcome, result))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def said() -> list[Message]:
    return []


@pytest.fixture
def flow(session: Session, engine: Engine, tmp_path: Path, said: list[Message]) -> PredictionFlow:
    """A flow that has predicted."""
    made = PredictionFlow(session, engine, tmp_path)  # type: ignore[arg-type]
    made.said.connect(said.append)
    session.set_model(Path("model.bioseq"))
    made.choose_files(["a.fa"])
    made.predict()
    assert isinstance(engine.jobs[-1], PredictJob)
    engine.end(result=object())
    return made


def note(severity: str, message: str) -> dict[str, Any]:
    return {"code": "c", "severity": severity, "message": message, "remedy": "", "count": 1, "occurrences": []}


def test_rows_and_columns_are_handed_on(flow: PredictionFlow, engine: Engine) -> None:
    flow.export("/there/out.csv", np.array([3, 1]), ("source",))
    job = engine.jobs[-1]
    assert isinstance(job, ExportJob)
    assert (job.destination, job.columns) == ("/there/out.csv", ("source",))
    assert np.load(job.rows).tolist() == [3, 1]
    flow.export("/there/out.csv", None)
    assert (engine.jobs[-1].rows, engine.jobs[-1].columns) == ("", ())


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (
            {"records": 1200, "of": 1200, "in_file_order": True},
            "Written: 1,200 records in file order to /there/out.csv",
        ),
        ({"records": 1, "of": 1, "in_file_order": True}, "Written: 1 record in file order to /there/out.csv"),
        (
            {"records": 12, "of": 1200, "in_file_order": False},
            "Written: 12 of 1,200 records in the order shown to /there/out.csv",
        ),
    ],
)
def test_what_was_written_is_said(
    flow: PredictionFlow, engine: Engine, said: list[Message], summary: dict[str, Any], text: str
) -> None:
    flow.export("/there/out.csv", None)
    engine.end(**summary, file_findings=[])
    assert (said[-1].text, said[-1].severity) == (text, "success")


def test_what_a_spreadsheet_would_change_is_said_with_it(
    flow: PredictionFlow, engine: Engine, said: list[Message]
) -> None:
    notes = [note("info", "A column is added."), note("warning", "A spreadsheet shows 2 ids as dates.")]
    for told, severity in ((notes[:1], "success"), (notes, "warning")):
        flow.export("/there/out.csv", None)
        engine.end(records=5, of=5, in_file_order=True, file_findings=told)
        sentences = " ".join(one["message"] for one in told)
        assert said[-1].text == f"Written: 5 records in file order to /there/out.csv. {sentences}"
        assert said[-1].severity == severity


def test_an_export_that_failed_is_said_with_its_remedy(
    flow: PredictionFlow, engine: Engine, said: list[Message]
) -> None:
    flow.export("/there/out.csv", None)
    engine.end(kind=OutcomeKind.FAILED)
    assert (said[-1].text, said[-1].severity) == ("It ended. Mend it.", "error")
