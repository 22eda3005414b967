"""Ids, classes, names and sentences of people that look like markup are shown as the text that they are, everywhere."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QHeaderView, QLabel, QWidget

from bioseq.config.files import save
from bioseq.config.schema import Configuration
from bioseq.evaluation import metrics
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores, write_evaluations
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.events import EntryChanged, Event, JobFinished, JobStarted, LogEmitted, RankingChanged, Warned
from bioseq.protocol.wire import encode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import remember, rename, set_notes
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.main_window import PAGES
from bioseq_gui.widgets.text import plain_tip, tip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application

PICTURE = "<img src=file:no.png>"
BOLD = "<b>x</b>"
LABELS = (BOLD, PICTURE)
_ROWS = 6
_ESCAPED = re.compile(r"<span>[^<]*(<br>[^<]*)*</span>")


def is_plain(told: str) -> bool:
    """Qt shows it letter by letter: nothing in it could be markup, or it is markup around text that is escaped."""
    return ("<" not in told and "&lt;" not in told) or _ESCAPED.fullmatch(told) is not None


def tips_of(widget: QWidget) -> Iterator[str]:
    """Every tool tip of a widget: its own, its actions', and those of the first rows of its table."""
    yield widget.toolTip()
    yield from (tip_of(action) for action in widget.actions())
    if isinstance(widget, QComboBox | QAbstractItemView) and not isinstance(widget, QHeaderView):
        yield from tips_in(widget.model())


def tip_of(action: QAction) -> str:
    """The tip that an action has of its own; what Qt makes of its text otherwise is shown nowhere."""
    told = action.toolTip()
    return "" if told == action.iconText() else told


def tips_in(model: QAbstractItemModel | None) -> Iterator[str]:
    if model is None:
        return
    role = Qt.ItemDataRole.ToolTipRole
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
        yield from (
            str(model.data(model.index(row, column), role) or "") for row in range(min(_ROWS, model.rowCount()))
        )


def markup_in(window: QWidget) -> list[str]:
    """Whatever in a window would be read as markup."""
    found = []
    for widget in (window, *window.findChildren(QWidget)):
        found += [f"{type(widget).__name__} tip {told!r}" for told in tips_of(widget) if not is_plain(told)]
        if (
            isinstance(widget, QLabel)
            and widget.textFormat() != Qt.TextFormat.PlainText
            and not is_plain(widget.text())
        ):
            found.append(f"QLabel {widget.text()!r}")
    found += [f"action {one.text()!r}" for one in window.findChildren(QAction) if not is_plain(tip_of(one))]
    return found


def texts_in(window: QWidget) -> str:
    """All labels and tips, to see that what was looked for is there at all."""
    widgets = [window, *window.findChildren(QWidget)]
    labels = [widget.text() for widget in widgets if isinstance(widget, QLabel)]
    return "\n".join([*labels, *(told for widget in widgets for told in tips_of(widget))])


def scored(name: str, truth: np.ndarray, chances: np.ndarray) -> Scores:
    found = metrics.scores(truth, chances)
    per_class = dict(zip(LABELS, found.per_class_by_index, strict=True))
    return Scores(name, PICTURE, found.metrics, per_class, tuple(tuple(map(int, row)) for row in found.confusion))


def write_run(folder: Path) -> RunFolder:
    """A finished run all of whose names are markup."""
    folder.mkdir(parents=True)
    run = RunFolder(folder)
    save(Configuration(), run.config)
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 2, 40)
    sure = chance.uniform(0.05, 0.95, 40)
    chances = np.stack([1 - sure, sure], axis=1).astype(np.float32)
    model = scored("text_cnn", truth, chances)
    simple = scored("majority", truth, np.tile(np.float32([0.4, 0.6]), (40, 1)))
    write_evaluations(run.metrics, {"test": Evaluation("test", LABELS, LABELS[1], 0.5, 40, model, (simple,))})
    ids, letters = TextColumn.from_strings([PICTURE] * 40), TextColumn.from_strings(["ACGT"] * 40)
    EvaluatedRecords(ids, letters, truth.astype(np.int16), chances, {"majority": chances}).save(run.evaluation)
    details = {"model": PICTURE, "data": [f"{PICTURE}.fa"]}
    write_events(
        run.events,
        JobStarted(job_id="t", kind="train", folder="", time=1.7e9, details=details),
        Warned(job_id="t", code="data.odd", message=PICTURE, remedy=BOLD, where=PICTURE),
        LogEmitted(job_id="t", level="info", message=PICTURE),
        JobFinished(job_id="t", reason=PICTURE, summary={"metrics": model.metrics, "split": "test"}),
    )
    rename(run, PICTURE)
    set_notes(run, BOLD)
    remember(run)
    return run


def write_study(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "study.toml").write_text("[study]\n", encoding="utf-8")
    row = {"name": "a", "title": PICTURE, "value": 0.3, "entries": [1], "note": PICTURE}
    entry = EntryChanged(job_id="s", entry=1, title=PICTURE, folder="runs/001", state="failed", reason=PICTURE)
    details = {"study": "compare", "data": [PICTURE]}
    write_events(
        folder / "events.jsonl",
        JobStarted(job_id="s", kind="study", folder="", time=1.7e9, details=details),
        entry,
        RankingChanged(job_id="s", metric="loss", split="validation", rows=(row,)),
        LogEmitted(job_id="s", level="info", message=PICTURE),
        JobFinished(job_id="s", reason=PICTURE, summary={"ranking": {"rows": [row]}, "entries": {"failed": 1}}),
    )


def write_events(path: Path, *events: Event) -> None:
    path.write_text("".join(f"{encode_event(event)}\n" for event in events), encoding="utf-8")


def show_everything(application: Application) -> Iterator[str]:
    for name in PAGES:
        application.show_page(name)
        yield from (f"{name}: {told}" for told in markup_in(application.window))


def test_data_with_markup_in_all_names(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    files = [tmp_path / f"{PICTURE}.fa", tmp_path / "other.csv"]
    records = [
        f">{PICTURE}{n}|{LABELS[n % 2]}|{PICTURE} more\nACGTACGTTTGA{'ACGT'[n % 4] * (n // 4 + 1)}" for n in range(16)
    ]
    files[0].write_text("\n".join([*records, f">{PICTURE}0|{BOLD}|x\nACGTACGTTTGA"]), encoding="utf-8")
    files[1].write_text(f"{BOLD},sequence,{PICTURE}\na,ACGTACGA,{BOLD}\nb,ACGTTCGA,{PICTURE}\n", encoding="utf-8")
    application.open_paths(files)
    qtbot.waitUntil(lambda: application.session.inspection is not None, timeout=30_000)
    assert list(show_everything(application)) == []
    assert "&lt;img src=file:no.png&gt;" in texts_in(application.window)


def test_a_run_a_study_and_predictions_with_markup_in_all_names(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    run = write_run(application.runs_root() / "run")
    study = application.study_flow.root / "20260101-000000_compare"
    write_study(study)
    application.session.tell_runs_changed()
    application.study_flow.shelved.emit()
    application.runs_flow.open(run.path)
    application.study_flow.open(study)
    qtbot.waitUntil(lambda: application.study_flow.story.concluded, timeout=10_000)
    chances = np.tile(np.float32([0.3, 0.7]), (4, 1))
    application.session.set_prediction_table(
        PredictionTable(
            TextColumn.from_strings([PICTURE] * 4),
            TextColumn.from_strings(["ACGT"] * 4),
            LABELS,
            np.ones(4, np.int16),
            chances,
            np.zeros(4, np.uint8),
            np.zeros(4, np.int16),
        )
    )
    application.preferences.change(recent=(f"/nowhere/{PICTURE}.fa", f"/nowhere/{PICTURE}.toml"))
    application.wishes.fill_recent()
    application.window.say(PICTURE, "error", remedy=PICTURE, mend=lambda: None, details=PICTURE)
    assert list(show_everything(application)) == []
    told = texts_in(application.window)
    for shown in ("&lt;img src=file:no.png&gt;", PICTURE):
        assert shown in told


def test_axes_of_plots_name_classes_as_they_are(application: Application) -> None:
    import pyqtgraph as pg

    run = write_run(application.runs_root() / "run")
    application.runs_flow.open(run.path)
    application.page("results").finish()
    axes = [
        item for plot in application.window.findChildren(pg.PlotWidget) for item in plot.getPlotItem().axes.values()
    ]
    drawn = [axis["item"].label.toPlainText() for axis in axes]
    assert any(PICTURE in text for text in drawn), drawn


@pytest.mark.parametrize("text", [PICTURE, "a\n<b>b</b>", "&lt;b&gt;", "plain & simple", "a < b", "", "<?xml?>"])
def test_a_tip_is_never_taken_for_markup(text: str) -> None:
    assert is_plain(plain_tip(text))
    assert is_plain(tip(text))


def test_a_tip_of_one_line_stays_as_it_is() -> None:
    assert plain_tip("Choose a file & wait\nor two") == "Choose a file & wait\nor two"
    assert plain_tip("a\n<b>") == "<span>a<br>&lt;b&gt;</span>"


def test_the_search_for_markup_finds_it(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    QLabel(PICTURE, window)
    window.setToolTip(json.dumps(BOLD))
    assert len(markup_in(window)) == 2
