"""The main job, in the real window with real workers: drop, train, read, predict, export, save, reload."""

from __future__ import annotations

import csv
import os
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.resources import resource_folder
from bioseq.runs.bundle import read_bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_events
from bioseq_gui.app import build_window

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application

SAMPLES = resource_folder() / "samples"
PATIENCE_MS = 120_000

pytestmark = pytest.mark.timeout(600)


def drop(application: Application, *paths: Path) -> None:
    """Drag files over the window and let go."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    held = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(application.window, held)
    assert held.isAccepted()
    QApplication.sendEvent(
        application.window, QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, left, none)
    )


def drop_data(application: Application, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(application.session.data_changed, timeout=PATIENCE_MS):
        drop(application, *paths)


def page(application: Application, name: str) -> Any:
    application.show_page(name)
    return application.page(name)


def click(widget: Any) -> None:
    assert widget.isEnabled(), widget.toolTip()
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def form_of(application: Application) -> dict[str, Any]:
    """What every field of the settings shows."""
    form = page(application, "model").form
    return {path: form.row(path).editor.value() for path in form.paths}


def train(application: Application, qtbot: QtBot, *, until: str = "results") -> None:
    click(page(application, "model").frame.primary)
    qtbot.waitUntil(lambda: application.window.page == until, timeout=PATIENCE_MS)


def test_from_a_dropped_file_to_an_exported_table_and_back(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    session = application.session

    # Drop: the settings fill themselves, with reasons.
    drop_data(application, qtbot, SAMPLES / "splice_junctions.fasta")
    assert session.inspection is not None
    assert session.inspection.profile.label_names == ("acceptor", "donor", "neither")
    assert session.configuration.data.molecule == "dna"
    assert {"data.molecule", "model.name", "training.batch_size"} <= {reason.path for reason in session.reasons}
    session.edit("training.epochs", 14)
    session.edit("output.name", "My splice sites")

    # Train: the curves move while it runs.
    points: list[int] = []
    training = page(application, "training")

    def note_points() -> None:
        figure = training.curves.loss.figure
        if figure is not None and session.live:
            points.append(
                max(
                    (
                        len(layer.x)
                        for layer in figure.layers
                        if hasattr(layer, "x") and layer.x is not None and not isinstance(layer.x, float)
                    ),
                    default=0,
                )
            )

    session.run_changed.connect(note_points)
    train(application, qtbot)
    assert session.run_state.status is Status.FINISHED
    assert len(set(points)) >= 3
    assert points == sorted(points)

    # Results: better than always naming the largest class, and the page shows what the file says.
    run = session.opened_run
    assert run is not None
    evaluation = read_evaluations(RunFolder(run).metrics)["test"]
    majority = next(scores for scores in evaluation.baselines if scores.name == "majority")
    assert evaluation.records == 599
    assert evaluation.model.metrics["accuracy"] > majority.metrics["accuracy"] + 0.3

    # Predict: drop unlabelled sequences; ids and order are theirs.
    prediction = page(application, "prediction")
    drop(application, SAMPLES / "splice_junctions_new.fasta")
    qtbot.waitUntil(lambda: len(prediction.files) == 1, timeout=PATIENCE_MS)
    with qtbot.waitSignal(session.prediction_changed, timeout=PATIENCE_MS):
        click(prediction.frame.primary)
    ids = [
        line[1:].strip()
        for line in (SAMPLES / "splice_junctions_new.fasta").read_text(encoding="utf-8").splitlines()
        if line.startswith(">")
    ]
    assert session.prediction_table is not None
    assert list(session.prediction_table.ids) == ids

    # Export.
    table = tmp_path / "predictions.csv"
    prediction.export_requested.emit(str(table), None, ())
    qtbot.waitUntil(table.exists, timeout=PATIENCE_MS)
    with table.open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows] == ids
    assert {row["predicted"] for row in rows} <= {"acceptor", "donor", "neither"}

    # Save the configuration; a new window that loads it shows the identical form.
    config = tmp_path / "my settings.toml"
    assert application.configuration_flow.save(config)
    shown = form_of(application)
    other = build_window(QApplication.instance(), ask_to_save=lambda _: "discard", warm=False)
    try:
        with qtbot.waitSignal(other.ready, timeout=PATIENCE_MS):
            other.window.show()
        drop(other, config)
        qtbot.waitUntil(lambda: other.session.inspection is not None, timeout=PATIENCE_MS)
        assert other.session.configuration == session.configuration
        assert form_of(other) == shown
        assert shown["output.name"] == "My splice sites"
    finally:
        other.window.close()
        other.shut_down()
        other.window.deleteLater()
        other.deleteLater()


def test_stop_in_the_middle_of_an_epoch_keeps_the_best_so_far(application: Application, qtbot: QtBot) -> None:
    session = application.session
    drop_data(application, qtbot, SAMPLES / "splice_junctions.fasta")
    session.edit("model.name", "bilstm")
    session.edit("model.combine", False)
    session.edit("evaluation.baseline", False)
    session.edit("training.epochs", 500)
    train(application, qtbot, until="training")

    def in_the_middle() -> bool:
        step = session.run_state.step
        return len(session.run_state.epochs) >= 2 and step is not None and 1 < step.step < step.steps

    qtbot.waitUntil(in_the_middle, timeout=PATIENCE_MS)
    click(page(application, "training").frame.primary)
    qtbot.waitUntil(lambda: not session.live, timeout=PATIENCE_MS)
    assert session.run_state.status is Status.STOPPED
    assert session.run_folder is not None
    run = RunFolder(session.run_folder)
    assert run.model.exists()
    assert session.run_state.best is not None
    evaluation = read_evaluations(run.metrics)["validation"]
    told = EvaluatedRecords.open(run.evaluation / "validation")
    raw = evaluation.calibration.undo(np.asarray(told.probabilities))  # calibrated ones are written
    chances = raw[np.arange(len(told.truth)), told.truth]
    assert -np.log(chances).mean() == pytest.approx(session.run_state.best.validation["loss"], rel=1e-3)


def weights_of(run: RunFolder) -> dict[str, bytes]:
    return {name: value.tobytes() for name, value in read_bundle(run.model).weights.items()}


def worker_of(application: Application) -> psutil.Process:
    started = application.session.run_state.started
    assert started is not None
    return psutil.Process(started.process_id)


def test_a_killed_worker_leaves_a_living_window_and_the_resumed_run_ends_as_if_never_killed(
    application: Application, qtbot: QtBot
) -> None:
    session = application.session
    drop_data(application, qtbot, SAMPLES / "promoters.fasta")
    session.edit("training.epochs", 40)
    session.edit("training.patience", 0)
    session.edit("model.combine", False)
    session.edit("evaluation.baseline", False)
    session.edit("model.name", "lstm_attention")

    # Never interrupted.
    train(application, qtbot)
    assert session.opened_run is not None
    whole = RunFolder(session.opened_run)
    expected = weights_of(whole)

    # Killed in the middle.
    train(application, qtbot, until="training")
    qtbot.waitUntil(lambda: len(session.run_state.epochs) >= 3, timeout=PATIENCE_MS)
    os.kill(worker_of(application).pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: not session.live, timeout=10_000)
    assert session.run_state.status is Status.INTERRUPTED
    assert len(session.run_state.epochs) < 40
    assert application.window.isVisible()
    assert application.window.message.isVisible()

    # Resumed by the button in the message.
    assert session.run_folder is not None
    run = RunFolder(session.run_folder)
    application.window.message.remedy_clicked.emit()
    qtbot.waitUntil(lambda: session.opened_run == run.path, timeout=PATIENCE_MS)
    assert session.run_state.status is Status.FINISHED
    assert [epoch.epoch for epoch in session.run_state.epochs] == list(range(1, 41))
    assert weights_of(run) == expected
    numbers = [event.sequence for event in read_events(run.events)]
    assert numbers == list(range(len(numbers)))
