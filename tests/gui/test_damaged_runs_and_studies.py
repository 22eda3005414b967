"""Runs and studies that cannot be read keep their rows, say why, and are opened with a message instead of a fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QModelIndex, Qt

from bioseq.config.files import save
from bioseq.config.schema import Configuration
from bioseq.protocol.events import EntryAdvanced, EntryChanged, Event, JobFinished, JobStarted, RankingChanged
from bioseq.protocol.wire import encode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status
from bioseq.runs.store import read_entry, rename, set_notes
from bioseq_gui.flows.runs_flow import RunsFlow
from bioseq_gui.pages.compare_words import kind_title, status_text
from bioseq_gui.pages.runs import RunsPage
from bioseq_gui.studies.findings import read_findings
from bioseq_gui.studies.shelf import list_studies, read_study
from bioseq_gui.studies.story import tell
from bioseq_gui.tables.runs_table import RunColumn, RunsModel, read_details
from bioseq_gui.tables.studies_table import StudiesModel, StudyColumn

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Damage
    from PySide6.QtCore import QAbstractItemModel
    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

ROW = {"name": "cnn", "title": "Text CNN", "value": 0.3, "entries": [1], "note": "first"}
FIGURES = {"loss": 0.3}
STUDY: tuple[Event, ...] = (
    JobStarted(
        job_id="s", time=1.7e9, kind="study", folder="", details={"study": "compare", "data": ["a.fa"], "minutes": 3.0}
    ),
    EntryChanged(job_id="s", sequence=1, time=1.7e9, entry=1, title="Text CNN", folder="runs/001", state="running"),
    EntryAdvanced(
        job_id="s", sequence=2, time=1.7e9, entry=1, epoch=1, epochs=4, train=FIGURES, validation=FIGURES, reached="x"
    ),
    RankingChanged(job_id="s", sequence=3, time=1.7e9, metric="loss", split="validation", rows=(ROW,)),
    JobFinished(
        job_id="s",
        sequence=4,
        time=1.7e9 + 9,
        reason="done",
        summary={"ranking": {"rows": [ROW]}, "entries": {"finished": 1}},
    ),
)


def lines_of(events: tuple[Event, ...]) -> list[bytes]:
    return [encode_event(event).encode() for event in events]


def write_lines(folder: Path, lines: list[bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "events.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    return folder


def write_run(folder: Path, *, broken: bool = False) -> RunFolder:
    started = lines_of(STUDY[:1])[0].replace(b'"study"', b'"train"', 1)
    run = RunFolder(write_lines(folder, [started.replace(b"1700000000.0", b"null") if broken else started]))
    save(Configuration(), run.config)
    return run


def write_study(folder: Path, lines: list[bytes]) -> Path:
    write_lines(folder, lines)
    (folder / "study.toml").write_text("[study]\n", encoding="utf-8")
    return folder


def read_cells(model: QAbstractItemModel) -> list[Any]:
    """Every cell of a table in every role that a view asks for."""
    roles = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [
        model.data(model.index(row, column, QModelIndex()), role)
        for row in rows
        for column in columns
        for role in roles
    ]


def test_the_table_of_runs_shows_and_sorts_whatever_is_there(tmp_path: Path, damage: Damage, qtbot: QtBot) -> None:
    whole = lines_of((STUDY[0], JobFinished(job_id="s", time=1.7e9 + 9, summary={"metrics": FIGURES, "split": "test"})))
    entries = []
    for number, line in enumerate(whole):
        for place, (_what, broken) in enumerate(damage.versions(line)):
            folder = write_lines(tmp_path / f"{number}_{place}", [*whole[:number], broken, *whole[number + 1 :]])
            entry = read_entry(RunFolder(folder))
            assert entry is not None
            read_details(folder)
            entries.append(entry)
    model = RunsModel()
    model.show_runs(entries)
    assert model.rowCount() == len(entries) > 350
    assert all(isinstance(told, str) for told in read_cells(model))
    for column in RunColumn:
        model.sort(column, Qt.SortOrder.AscendingOrder)
    model.set_text("cannot be read")
    assert model.rowCount() == sum(entry.status is Status.UNREADABLE for entry in entries) > 200


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme, own_folders: None) -> RunsPage:
    made = RunsPage(session, theme)
    qtbot.addWidget(made)
    return made


def test_a_run_that_cannot_be_read_stands_in_its_row_with_the_reason(
    page: RunsPage, tmp_path: Path, qtbot: QtBot
) -> None:
    write_run(tmp_path / "good")
    write_run(tmp_path / "bad", broken=True)
    page.set_runs_root(tmp_path)
    page.refresh()
    model = page.view.runs
    rows = {model.entry(row).name: row for row in range(model.rowCount())}
    assert set(rows) == {"good", "bad"}

    def cell(name: str, column: RunColumn, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> str:
        return str(model.data(model.index(rows[name], column), role))

    reason = 'Its record of events cannot be read: line 1, "JobStarted.time" is not a number.'
    assert cell("bad", RunColumn.STATUS) == "cannot be read"
    assert cell("bad", RunColumn.NOTES) == reason
    assert "is not a number" in cell("bad", RunColumn.STATUS, Qt.ItemDataRole.ToolTipRole)
    assert cell("bad", RunColumn.NOTES, Qt.ItemDataRole.EditRole) == "", "the reason is no note of the person"
    assert cell("good", RunColumn.STATUS) == "interrupted"
    page.view.select_rows([rows["bad"]])
    assert not page.resume.isEnabled()
    assert page.delete.isEnabled()


def test_a_folder_of_runs_that_cannot_be_read_is_said(page: RunsPage, tmp_path: Path) -> None:
    page.set_runs_root(tmp_path / ("x" * 5_000))
    page.refresh()
    assert page.frame.message.text.split(": ", 1)[1].startswith(
        "The folder of the runs cannot be read: File name too long"
    )


def test_opening_such_a_run_says_why_and_shows_nothing_else(session: Session, tmp_path: Path) -> None:
    run = write_run(tmp_path / "bad", broken=True)
    flow = RunsFlow(session)
    said, pages = [], []
    flow.said.connect(said.append)
    flow.page_wanted.connect(pages.append)
    flow.open(run.path)
    assert [message.severity for message in said] == ["error"]
    assert "Its record of events cannot be read: line 1" in said[0].text
    assert pages == []
    assert session.run_folder is None


def test_resuming_such_a_run_says_why(application: Application, tmp_path: Path) -> None:
    run = write_run(tmp_path / "bad", broken=True)
    application.training_flow.resume(run.path)
    assert "Its record of events cannot be read: line 1" in application.window.message.text
    assert not application.session.live
    assert not application.training_flow.running


def test_notes_that_cannot_be_read_are_told_and_kept_beside_new_ones(session: Session, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run")
    rename(run, "Mine")
    run.notes.write_bytes(b"[" * 100_000)
    entry = read_entry(run)
    assert entry is not None
    assert entry.fault.startswith("The name and the notes of this run cannot be read: ")
    set_notes(run, "new")
    assert json.loads(run.notes.read_bytes())["notes"] == "new"
    assert [kept.stat().st_size for kept in tmp_path.glob("run/notes.json.damaged-*")] == [100_000]


def test_the_shelf_lists_whatever_is_there_and_opening_it_never_fails(
    tmp_path: Path, damage: Damage, qtbot: QtBot
) -> None:
    whole = lines_of(STUDY)
    entries = []
    for number, line in enumerate(whole):
        for what, broken in damage.versions(line):
            folder = write_study(tmp_path / "study", [*whole[:number], broken, *whole[number + 1 :]])
            entry = read_study(folder)
            assert entry is not None, what
            assert bool(entry.fault) is (entry.status is Status.UNREADABLE), what
            entries.append(entry)
    model = StudiesModel(kind_title, status_text)
    model.show_studies(entries)
    assert model.rowCount() > 700
    assert all(isinstance(told, str) for told in read_cells(model))
    assert sum(entry.status is Status.UNREADABLE for entry in entries) > 150
    for what, broken in damage.wholes(b"\n".join(whole)):
        (tmp_path / "study" / "events.jsonl").write_bytes(broken)
        entry = read_study(tmp_path / "study")
        assert entry is not None, what
    assert [entry.path for entry in list_studies(tmp_path)] == [tmp_path / "study"]


def test_the_story_of_any_study_that_can_be_read_can_be_told(tmp_path: Path, damage: Damage) -> None:
    from bioseq.errors import BioseqError
    from bioseq.runs.history import read_events

    whole = lines_of(STUDY)
    told = 0
    for number, line in enumerate(whole):
        for what, broken in damage.versions(line):
            folder = write_study(tmp_path / "study", [*whole[:number], broken, *whole[number + 1 :]])
            try:
                story = tell(read_events(folder / "events.jsonl"))
            except BioseqError as error:
                assert error.code == "run.damaged", what  # noqa: PT017 - either outcome is right
                continue
            told += 1
            assert isinstance(story.kind, str), what
            assert isinstance(story.minutes, float), what
            story.place_of(1)
    assert told > 300


def test_a_study_that_cannot_be_read_says_so_in_its_row(tmp_path: Path) -> None:
    first = lines_of(STUDY)[0].replace(b"1700000000.0", b'"now"')
    write_study(tmp_path / "20260101-000000_compare", [first])
    model = StudiesModel(kind_title, status_text)
    model.show_studies(list_studies(tmp_path))
    shown = {column: model.data(model.index(0, column)) for column in StudyColumn}
    assert shown[StudyColumn.STATUS] == "cannot be read"
    assert shown[StudyColumn.LEADER] == (
        'Its record of events cannot be read: line 1, "JobStarted.time" is not a number.'
    )
    assert shown[StudyColumn.KIND] == kind_title("compare")
    assert not list_studies(tmp_path)[0].resumable


def test_opening_a_study_that_cannot_be_read_says_why(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    whole = lines_of(STUDY)
    whole[3] = whole[3].replace(b'"value":0.3', b'"value":"high"')
    folder = write_study(tmp_path / "20260101-000000_compare", whole)
    flow = application.study_flow
    flow.open(folder)
    qtbot.waitUntil(lambda: flow.folder is None, timeout=10_000)
    said = application.window.message.text
    assert "Its record of events cannot be read: line 4, " in said
    assert '"RankingChanged.rows.0.value' in said
    flow.resume(folder)
    assert not application.session.studying


def test_what_a_study_found_and_cannot_be_read_is_told_while_the_rest_is_shown(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    folder = write_study(tmp_path / "20260101-000000_compare", lines_of(STUDY))
    (folder / "comparison.json").write_text('{"rows": 3, "pairs": []}', encoding="utf-8")
    (folder / "study.json").write_bytes(b"[" * 100_000)
    assert read_findings(folder).faults == (
        "What this study remembers cannot be read: it is nested too deeply.",
        'What the comparison of this study found cannot be read: "rows" is not a list.',
    )
    application.study_flow.open(folder)
    qtbot.waitUntil(lambda: application.study_flow.story.concluded, timeout=10_000)
    qtbot.waitUntil(lambda: "nested too deeply" in application.window.message.text)
    assert application.study_flow.folder == folder
