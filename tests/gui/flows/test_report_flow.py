"""The opened run is told of elsewhere: report by the light worker, methods on the clipboard, verification in words."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from bioseq.config.files import save
from bioseq.config.schema import Configuration
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.results import write_evaluations
from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import ReportJob, VerifyJob
from bioseq.runs.folder import RunFolder
from bioseq.sequences.dataset import Dataset
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.report_flow import ReportFlow, open_written
from bioseq_gui.widgets.report_menu import ReportMenu

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application
    from bioseq_gui.flows.messages import Message
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[Any] = []

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def end(self, kind: OutcomeKind, words: str = "It ended.", **summary: Any) -> None:
        job_id = self.jobs[-1].job_id
        event = JobFinished(job_id=job_id, reason="", summary=summary)
        self.job_ended.emit(JobEnd(self.jobs[-1], Outcome(job_id, kind, words, "Mend it.", event=event)))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A judged run, made by hand."""
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    truth = np.arange(40) % 2
    dataset = Dataset.from_records(["ACGT" * 3] * 40, labels=[("no", "yes")[code] for code in truth])
    chances = np.column_stack([0.8 - 0.5 * truth, 0.2 + 0.5 * truth]).astype(np.float32)
    evaluation, records = judge(
        lambda _records, _progress=None: chances,
        dataset,
        labels=("no", "yes"),
        split="test",
        title="Text CNN",
        positive=1,
        threshold=0.5,
    )
    write_evaluations(folder.metrics, {"test": evaluation})
    records.save(folder.evaluation)
    save(Configuration(), folder.config)
    return folder.path


@pytest.fixture
def said() -> list[Message]:
    return []


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine, run: Path, said: list[Message]) -> ReportFlow:
    session.open_run(run)
    made = ReportFlow(session, engine, session)  # type: ignore[arg-type]  # only what the flow needs of it
    made.said.connect(said.append)
    return made


def test_a_report_is_told_when_it_is_written(
    flow: ReportFlow, engine: Engine, run: Path, tmp_path: Path, said: list[Message]
) -> None:
    written: list[object] = []
    flow.written.connect(written.append)
    flow.write(tmp_path / "r.html")
    job = engine.jobs[0]
    assert isinstance(job, ReportJob)
    assert (job.runs, job.destination) == ((str(run),), str(tmp_path / "r.html"))
    assert not written
    engine.end(OutcomeKind.FINISHED)
    assert written == [tmp_path / "r.html"]
    assert said[-1].severity == "success"
    assert str(tmp_path / "r.html") in said[-1].text


def test_letters_that_no_font_has_are_told_with_the_report(
    flow: ReportFlow, engine: Engine, tmp_path: Path, said: list[Message]
) -> None:
    flow.write(tmp_path / "r.pdf")
    engine.end(OutcomeKind.FINISHED, missing_letters="No installed font has these letters. Install a font.")
    assert said[-1].severity == "warning"
    assert said[-1].text.endswith("r.pdf No installed font has these letters. Install a font.")


def test_one_report_is_written_of_several_runs(flow: ReportFlow, engine: Engine, tmp_path: Path) -> None:
    flow.write_of([tmp_path / "a", tmp_path / "b"], tmp_path / "both.html")
    assert engine.jobs[0].runs == (str(tmp_path / "a"), str(tmp_path / "b"))


def test_a_report_that_could_not_be_written_says_why(
    flow: ReportFlow, engine: Engine, tmp_path: Path, said: list[Message]
) -> None:
    flow.write(tmp_path / "r.pdf")
    engine.end(OutcomeKind.FAILED, "The disk is full.")
    assert (said[-1].text, said[-1].severity) == ("The disk is full. Mend it.", "error")


def test_the_methods_paragraph_comes_to_the_clipboard(flow: ReportFlow, said: list[Message]) -> None:
    flow.copy_methods()
    text = QGuiApplication.clipboard().text()
    assert "(no and yes)" in text
    assert "an MCC of 1.000" in text
    assert "10.3115/v1/D14-1181" in text.split("\n\n")[1]
    assert said[-1].severity == "success"


def test_what_verification_found_is_said_with_all_files(
    flow: ReportFlow, engine: Engine, run: Path, said: list[Message]
) -> None:
    flow.verify()
    assert isinstance(engine.jobs[0], VerifyJob)
    assert engine.jobs[0].run == str(run)
    checks = [{"sentence": "metrics.json: changed"}, {"sentence": "model.bioseq: unchanged"}]
    engine.end(OutcomeKind.FINISHED, intact=False, sentence="1 of 2 files differ.", checks=checks)
    assert said[-1].severity == "warning"
    assert said[-1].text == "1 of 2 files differ."
    assert said[-1].details.splitlines() == ["metrics.json: changed", "model.bioseq: unchanged"]


def test_without_a_run_nothing_is_written(engine: Engine, session: Session, tmp_path: Path) -> None:
    flow = ReportFlow(session, engine, session)  # type: ignore[arg-type]  # only what the flow needs of it
    flow.write(tmp_path / "r.html")
    flow.verify()
    flow.copy_methods()
    assert not engine.jobs


def test_the_menu_asks_for_a_file_and_adds_the_ending(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    menu = ReportMenu()
    qtbot.addWidget(menu)
    menu.propose(tmp_path)
    proposed: list[str] = []
    answers = iter(("", str(tmp_path / "mine"), str(tmp_path / "card.md")))

    def answer(_parent: object, _title: str, proposal: str, _filter: str) -> tuple[str, str]:
        proposed.append(proposal)
        return next(answers), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    wanted: list[object] = []
    menu.report_requested.connect(wanted.append)
    choices = {action.text(): action for action in menu.menu().actions()}
    choices["Report as PDF…"].trigger()
    choices["Report as PDF…"].trigger()
    choices["Model card as Markdown…"].trigger()
    assert wanted == [tmp_path / "mine.pdf", tmp_path / "card.md"]
    assert proposed[0] == str(tmp_path / "report.pdf")
    assert proposed[2] == str(tmp_path / "model-card.md")


def test_a_report_is_opened_and_a_card_is_not(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    opened: list[object] = []
    monkeypatch.setattr("bioseq_gui.flows.report_flow.show", opened.append)
    for name in ("r.html", "r.PDF", "card.md", "card.json"):
        open_written(tmp_path / name)
    assert opened == [tmp_path / "r.html", tmp_path / "r.PDF"]


def test_the_whole_window_writes_a_report_by_its_light_worker(
    application: Application, run: Path, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    monkeypatch.setattr("bioseq_gui.flows.report_flow.show", opened.append)
    application.session.open_run(run)
    application.show_page("results")
    page: Any = application.page("results")
    assert page.report.isVisible()
    with qtbot.waitSignal(application.report_flow.written, timeout=60_000):
        page.report.report_requested.emit(tmp_path / "card.json")
    assert json.loads((tmp_path / "card.json").read_text(encoding="utf-8"))["format"] == 1
    assert not opened
