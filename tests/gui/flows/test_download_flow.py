"""A pretrained model is downloaded only when a person has named it, and is then the folder of the model."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from bioseq.executors.outcome import Outcome, OutcomeKind
from bioseq.protocol.events import Progressed
from bioseq_gui.engine_thread import JobEnd
from bioseq_gui.flows.download_flow import DownloadFlow

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq.protocol.jobs import DownloadJob
    from bioseq_gui.app import Application
    from bioseq_gui.flows.messages import Message
    from bioseq_gui.session import Session


class Engine(QObject):
    """Takes jobs down; the test says what comes of them."""

    progressed = Signal(object)
    job_ended = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.jobs: list[DownloadJob] = []
        self.cancelled: list[str] = []

    def submit(self, job: Any) -> None:
        self.jobs.append(job)

    def cancel(self, job_id: str) -> None:
        self.cancelled.append(job_id)

    def end(self, kind: OutcomeKind) -> None:
        job = self.jobs[-1]
        self.job_ended.emit(JobEnd(job, Outcome(job.job_id, kind, "It ended.", "Try again.")))


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def flow(session: Session, engine: Engine, qtbot: QtBot) -> DownloadFlow:
    window = QWidget()
    qtbot.addWidget(window)
    return DownloadFlow(session, engine, window, session)  # type: ignore[arg-type]  # only what the flow needs of it


@pytest.fixture
def said(flow: DownloadFlow) -> list[Message]:
    messages: list[Message] = []
    flow.said.connect(messages.append)
    return messages


def answer(monkeypatch: pytest.MonkeyPatch, name: str, folder: str, *, chosen: bool = True) -> None:
    monkeypatch.setattr(QInputDialog, "getItem", lambda *_: (name, chosen))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: folder)


def test_a_download_becomes_the_folder_of_the_model(
    flow: DownloadFlow,
    session: Session,
    engine: Engine,
    said: list[Message],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session.edit("model.name", "pretrained")
    answer(monkeypatch, " lab/tiny ", str(tmp_path))
    shares: list[int] = []
    flow.progressed.connect(shares.append)
    flow.ask()
    (job,) = engine.jobs
    assert (job.name, job.folder) == ("lab/tiny", str(tmp_path / "tiny"))
    engine.progressed.emit(Progressed(job_id=job.job_id, done=5, total=20, unit="bytes"))
    engine.progressed.emit(Progressed(job_id="other", done=9, total=20, unit="bytes"))
    engine.end(OutcomeKind.FINISHED)
    assert shares == [0, 25, -1]
    assert session.configuration.model.hyper["folder"] == job.folder
    assert said[-1].severity == "success"


def test_a_download_for_another_place_goes_there_and_leaves_the_settings(
    flow: DownloadFlow, session: Session, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, used = session.configuration, []
    answer(monkeypatch, "lab/tiny", str(tmp_path))
    flow.ask(used.append)
    engine.end(OutcomeKind.FINISHED)
    assert used == [str(tmp_path / "tiny")]
    assert session.configuration == before


def test_nothing_is_fetched_without_a_name_and_a_place(
    flow: DownloadFlow, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, folder, chosen in (("lab/tiny", "/x", False), ("  ", "/x", True), ("lab/tiny", "", True)):
        answer(monkeypatch, name, folder, chosen=chosen)
        flow.ask()
    assert engine.jobs == []


def test_asking_again_ends_the_download_under_way(
    flow: DownloadFlow, engine: Engine, said: list[Message], tmp_path: Path
) -> None:
    flow.download("lab/tiny", tmp_path / "tiny")
    flow.ask()
    assert engine.cancelled == [engine.jobs[0].job_id]
    engine.end(OutcomeKind.CANCELLED)
    assert said == []
    assert not flow.downloading


def test_a_failure_is_said_with_its_remedy_and_changes_nothing(
    flow: DownloadFlow, session: Session, engine: Engine, said: list[Message], tmp_path: Path
) -> None:
    before = session.configuration
    flow.download("lab/tiny", tmp_path / "tiny")
    engine.end(OutcomeKind.FAILED)
    assert said[-1].text == "It ended. Try again."
    assert session.configuration == before


def test_when_another_model_was_chosen_meanwhile_it_is_said(
    flow: DownloadFlow, session: Session, engine: Engine, said: list[Message], tmp_path: Path
) -> None:
    session.edit("model.name", "text_cnn")
    flow.download("lab/tiny", tmp_path / "tiny")
    engine.end(OutcomeKind.FINISHED)
    assert said[-1].severity == "error"


def test_without_a_connection_the_window_says_what_to_do(
    application: Application, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{free.getsockname()[1]}")
        application.session.edit("model.name", "pretrained")
        application.show_page("model")
        answer(monkeypatch, "lab/tiny", str(tmp_path))
        editor = application.page("model").form.row("model.hyper.folder").editor
        with qtbot.waitSignal(application.download_flow.said, timeout=90_000) as blocker:
            editor.downloader.click()
            assert editor.downloader.text() == "Stop (0 %)"
        assert "could not be reached" in blocker.args[0].text
        assert editor.downloader.text() == "Download…"
        assert list(tmp_path.glob("*tiny*")) == []
