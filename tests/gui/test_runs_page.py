"""The Runs page: lists, finds, renames, compares and hands on what the person wants with a run."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit

from bioseq.config.fields import with_value
from bioseq.config.schema import Configuration
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.results import Evaluation, Scores, read_evaluations, write_evaluations
from bioseq.protocol.events import EpochFinished, Event, JobFailed, JobFinished, JobStarted
from bioseq.protocol.wire import encode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import create_run, list_runs, remember, rename, set_notes
from bioseq_gui.pages.runs import RunsPage, command_of
from bioseq_gui.tables.comparison_table import compare
from bioseq_gui.tables.delegates import SparklineDelegate
from bioseq_gui.tables.runs_table import RunColumn, read_details

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme


def epoch(number: int, loss: float) -> EpochFinished:
    return EpochFinished(
        job_id="t",
        sequence=number,
        epoch=number,
        epochs=10,
        train={"loss": loss / 2},
        validation={"loss": loss},
        learning_rate=1e-3,
        seconds=1.0,
        best_epoch=1,
        improved=False,
        epochs_without_improvement=0,
        patience=5,
        selection_metric="loss",
    )


def scores(accuracy: float) -> Scores:
    return Scores("x", "X", {"accuracy": accuracy}, {}, ((1, 0), (0, 1)))


def make_run(
    name: str,
    *,
    accuracy: float | None = 0.9,
    started: float = 1.7e9,
    resumable: bool = False,
    **settings: object,
) -> RunFolder:
    config = Configuration()
    for path, value in settings.items():
        config = with_value(config, path.replace("__", "."), value)
    run = create_run(config, name=name)
    details = {"model": "Text CNN", "data": ["promoters.fasta"]}
    events: list[Event] = [JobStarted(job_id="t", kind="train", folder=str(run.path), time=started, details=details)]
    events += [epoch(number, loss) for number, loss in ((1, 0.7), (2, 0.4), (3, 0.5))]
    if accuracy is None:
        events.append(JobFailed(job_id="t", code="fault", message="No memory.", sequence=4, time=started + 9))
    else:
        summary = {"metrics": {"accuracy": accuracy, "mcc": accuracy - 0.1}, "split": "test"}
        events.append(JobFinished(job_id="t", summary=summary, sequence=4, time=started + 9))
        evaluation = Evaluation("test", ("a", "b"), "b", 0.5, 10, scores(accuracy), (scores(0.5), scores(0.8)))
        foretold = Scores("x", "X", {"mcc": 1.5 - accuracy}, {}, ((1, 0), (0, 1)))  # the other way round
        validation = Evaluation("validation", ("a", "b"), "b", 0.5, 10, foretold, ())
        write_evaluations(run.metrics, {"test": evaluation, "validation": validation})
    run.events.write_text("".join(encode_event(event) + "\n" for event in events), encoding="utf-8")
    if resumable:
        run.checkpoints.mkdir()
        (run.checkpoints / "epoch_3.json").write_text("{}")
    remember(run)
    return run


@pytest.fixture
def runs(own_folders: None) -> list[RunFolder]:
    return [
        make_run("first", accuracy=0.9, started=1.70e9),
        make_run("second <b>x</b>", accuracy=0.95, started=1.71e9, training__epochs=30),
        make_run("third", accuracy=None, started=1.72e9, resumable=True),
    ]


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme, runs: list[RunFolder]) -> RunsPage:
    made = RunsPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1168, 740)
    made.show()
    qtbot.waitExposed(made)
    return made


def column_of(page: RunsPage, column: RunColumn) -> list[str]:
    model = page.view.runs
    return [model.index(row, column).data() for row in range(model.rowCount())]


def choose(page: RunsPage, *names: str) -> None:
    listed = column_of(page, RunColumn.NAME)
    page.view.select_rows([listed.index(name) for name in names])


def test_runs_are_listed_newest_first_with_their_figures(page: RunsPage) -> None:
    assert column_of(page, RunColumn.NAME) == ["third", "second <b>x</b>", "first"]
    assert column_of(page, RunColumn.STATUS) == ["failed", "finished", "finished"]
    assert column_of(page, RunColumn.ACCURACY) == ["", "0.950", "0.900"]
    assert column_of(page, RunColumn.MODEL) == ["Text CNN"] * 3
    assert column_of(page, RunColumn.DATA) == ["promoters.fasta"] * 3


def test_curve_and_gain_over_the_baseline_follow_when_a_row_is_seen(page: RunsPage, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: column_of(page, RunColumn.GAIN) == ["", "+15.0", "+10.0"])
    qtbot.waitUntil(lambda: column_of(page, RunColumn.CURVE) == ["lowest 0.400"] * 3)
    assert isinstance(page.view.itemDelegateForColumn(RunColumn.CURVE), SparklineDelegate)


def test_a_resumed_run_shows_each_epoch_once(own_folders: None) -> None:
    run = make_run("again")
    with run.events.open("a", encoding="utf-8") as file:
        file.write(encode_event(epoch(2, 0.3)) + "\n")
        file.write('{"event":"EpochFinished","cut short')
    assert read_details(run.path).losses == (0.7, 0.3)


def test_sorting_by_a_figure_leaves_runs_without_it_last(page: RunsPage) -> None:
    header = page.view.horizontalHeader()
    header.setSortIndicator(RunColumn.ACCURACY, Qt.SortOrder.AscendingOrder)
    assert column_of(page, RunColumn.NAME) == ["first", "second <b>x</b>", "third"]
    header.setSortIndicator(RunColumn.GAIN, Qt.SortOrder.DescendingOrder)
    assert column_of(page, RunColumn.NAME) == ["second <b>x</b>", "first", "third"]


def test_the_search_finds_names_states_and_notes(page: RunsPage, runs: list[RunFolder], qtbot: QtBot) -> None:
    set_notes(runs[0], "for the paper")
    page.refresh()
    for text, found in (("PAPER", ["first"]), ("failed", ["third"]), ("", 3), ("nothing", [])):
        page.search.setText(text)
        expected = found if isinstance(found, list) else column_of(page, RunColumn.NAME)
        qtbot.waitUntil(lambda wanted=expected: column_of(page, RunColumn.NAME) == wanted)
    assert "0 of 3 runs" in [label.text() for label in page.findChildren(QLabel)]


def test_a_name_is_edited_in_place(page: RunsPage, qtbot: QtBot, session: Session, runs: list[RunFolder]) -> None:
    page.rename_requested.connect(lambda path, name: (rename(RunFolder(path), name), session.tell_runs_changed()))
    choose(page, "first")
    with qtbot.waitSignal(page.rename_requested) as requested:
        qtbot.mouseClick(page.rename, Qt.MouseButton.LeftButton)
        editor = page.view.findChild(QLineEdit)
        editor.setText("  better  ")
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert requested.args == [runs[0].path, "better"]
    assert "better" in column_of(page, RunColumn.NAME)


def test_notes_are_edited_in_place_and_an_empty_name_is_not_taken(
    page: RunsPage, qtbot: QtBot, runs: list[RunFolder]
) -> None:
    model = page.view.runs
    with qtbot.waitSignal(page.notes_changed) as changed:
        model.setData(model.index(2, RunColumn.NOTES), "try longer")
    assert changed.args == [runs[0].path, "try longer"]
    assert not model.setData(model.index(2, RunColumn.NAME), "   ")
    assert not model.setData(model.index(2, RunColumn.NAME), "first")


def test_a_double_click_opens_a_run(page: RunsPage, qtbot: QtBot, runs: list[RunFolder]) -> None:
    with qtbot.waitSignal(page.open_requested) as opened:
        page.view.doubleClicked.emit(page.view.runs.index(2, RunColumn.NAME))
    assert opened.args == [runs[0].path]


def test_enter_opens_and_delete_discards(page: RunsPage, qtbot: QtBot, runs: list[RunFolder]) -> None:
    choose(page, "first")
    with qtbot.waitSignal(page.open_requested) as opened:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert opened.args == [runs[0].path]
    choose(page, "third", "first")
    with qtbot.waitSignal(page.delete_requested) as deleted:
        qtbot.keyClick(page.view, Qt.Key.Key_Delete)
    assert deleted.args == [[runs[2].path, runs[0].path]]


def test_only_a_run_with_a_checkpoint_that_has_not_finished_can_be_resumed(
    page: RunsPage, qtbot: QtBot, runs: list[RunFolder]
) -> None:
    choose(page, "first")
    assert not page.resume.isEnabled()
    choose(page, "third")
    with qtbot.waitSignal(page.resume_requested) as resumed:
        qtbot.mouseClick(page.resume, Qt.MouseButton.LeftButton)
    assert resumed.args == [runs[2].path]


def test_two_selected_runs_are_compared_by_figures_and_differing_settings(page: RunsPage, qtbot: QtBot) -> None:
    choose(page, "second <b>x</b>", "first")
    assert page.frame.primary.text() == "Compare 2 runs"
    with qtbot.waitSignal(page.compare_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)
    assert page.comparison.isVisible()
    model = page.comparison.comparison
    lines = {
        model.index(row, 0).data(): [model.index(row, run).data() for run in (1, 2)] for row in range(model.rowCount())
    }
    assert lines["Accuracy"] == ["0.950", "0.900"]
    assert lines["MCC on validation records"] == ["0.550", "0.600  ★"]
    assert lines["Epochs at most"] == ["30 epochs", "60 epochs"]
    assert "Batch size" not in lines
    qtbot.mouseClick(page.frame.secondary, Qt.MouseButton.LeftButton)
    assert not page.comparison.isVisible()


def test_one_report_of_all_selected_runs_is_asked_for(
    page: RunsPage, qtbot: QtBot, runs: list[RunFolder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = tmp_path / "both"
    proposed: list[str] = []

    def choose_file(_parent: QWidget, _title: str, proposal: str, _kinds: str) -> tuple[str, str]:
        proposed.append(proposal)
        return str(chosen), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose_file)
    page.view.clearSelection()
    assert not page.report.isEnabled()
    choose(page, "second <b>x</b>", "first")
    assert "2 selected runs" in page.report.toolTip()
    menu = page.report.menu()
    assert menu is not None
    with qtbot.waitSignal(page.report_requested) as asked:
        menu.actions()[0].trigger()
    assert asked.args == [[entry.path for entry in page.view.selected()], chosen.with_suffix(".html")]
    assert set(asked.args[0]) == {runs[0].path, runs[1].path}
    assert proposed == [str(runs[0].path.parent / "report.html")]


def test_runs_on_different_data_have_no_best(runs: list[RunFolder]) -> None:
    first, second = (entry for entry in list_runs() if entry.metrics)
    assert first.name == "second <b>x</b>"
    assert [row.title for row in compare([first, second]) if row.best == 1] == ["MCC on validation records"]
    other = replace(second, data_names=("else.fasta",))
    assert all(row.best == -1 for row in compare([first, other]))


def test_figures_are_compared_with_their_intervals_where_they_have_them(runs: list[RunFolder]) -> None:
    evaluation = read_evaluations(runs[0].metrics)["test"]
    model = replace(evaluation.model, intervals={"accuracy": Interval(0.9, 0.81, 0.95)})
    write_evaluations(runs[0].metrics, {"test": replace(evaluation, model=model)})  # none on validation
    entries = [entry for entry in list_runs() if entry.path in (runs[0].path, runs[1].path)]
    told = next(row for row in compare(entries) if row.title == "Accuracy").values
    assert sorted(told) == [".900 (.81–.95)", "0.950"]
    assert all(row.best == -1 for row in compare(entries))


def test_a_run_without_a_readable_configuration_is_compared_by_figures(runs: list[RunFolder]) -> None:
    runs[0].config.write_text("not = [toml", encoding="utf-8")
    entries = [entry for entry in list_runs() if entry.path in (runs[0].path, runs[1].path)]
    rows = compare(entries)
    assert [row.title for row in rows][:2] == ["Accuracy", "MCC"]


def test_the_selection_survives_another_reading_of_the_list(page: RunsPage, session: Session) -> None:
    choose(page, "first")
    make_run("fourth", started=1.8e9)
    session.tell_runs_changed()
    assert column_of(page, RunColumn.NAME)[0] == "fourth"
    assert [entry.name for entry in page.view.selected()] == ["first"]


def test_the_command_of_a_run_can_be_pasted_into_a_shell(page: RunsPage, runs: list[RunFolder]) -> None:
    entry = next(entry for entry in list_runs() if entry.path == runs[0].path)
    page._copy_command(entry)
    assert QGuiApplication.clipboard().text() == command_of(entry)
    assert command_of(entry) == f"bioseq train {runs[0].config}"


def test_markup_in_a_name_stays_text(page: RunsPage) -> None:
    index = page.view.runs.index(1, RunColumn.NOTES)
    assert "<b>" not in index.data(Qt.ItemDataRole.ToolTipRole)
    choose(page, "second <b>x</b>", "first")
    page._act()
    header = page.comparison.comparison.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "<b>" not in header


def test_without_runs_the_page_says_what_will_stand_here(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = RunsPage(session, theme)
    qtbot.addWidget(page)
    page.show()
    texts = [label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page)]
    assert "No runs yet" in texts
    assert not page.frame.primary.isEnabled()


def test_a_thousand_runs_are_listed_within_three_tenths_of_a_second(
    qtbot: QtBot, session: Session, theme: Theme, own_folders: None
) -> None:
    first = make_run("copy")
    entry = json.loads((first.path / "summary.json").read_text())
    config, events = first.config.read_bytes(), first.events.read_bytes()
    for number in range(999):
        folder = first.path.parent / f"run_{number}"
        folder.mkdir()
        (folder / "config.toml").write_bytes(config)
        (folder / "events.jsonl").write_bytes(events)
        (folder / "summary.json").write_text(json.dumps(entry))
    page = RunsPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1168, 740)
    page.show()
    qtbot.waitExposed(page)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        page.refresh()
        page.view.viewport().repaint()
        seconds.append(time.perf_counter() - began)
    assert page.view.runs.rowCount() == 1000
    assert min(seconds) <= 0.3, asdict(page.view.runs.entry(0))
