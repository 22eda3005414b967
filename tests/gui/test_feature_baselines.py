"""Feature baselines in the window: chosen like networks, with their own settings only, and followed in rounds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QLabel

from bioseq.catalogue.registry import BASELINES, ENSEMBLES, MODELS
from bioseq.protocol.events import EpochFinished, Event, JobFinished, JobStarted, Phase, PhaseChanged, StepDone
from bioseq.runs.history import fold
from bioseq_gui.forms.form import ConfigurationForm
from bioseq_gui.pages import training_words as words
from bioseq_gui.pages.training import TrainingPage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

NAMES = list(BASELINES)


def told(rounds: int, *, of: int = 4, finished: bool = False) -> list[Event]:
    """What a random forest tells: two more trees in each round."""
    details = {"model": "Random forest", "architecture": "random_forest"}
    events: list[Event] = [
        JobStarted(job_id="j", kind="train", folder="runs/one", device="cpu", threads=1, details=details),
        PhaseChanged(job_id="j", phase=Phase.TRAINING, title="Training Random forest on single letters"),
    ]
    for number in range(1, rounds + 1):
        reached = f"{2 * number} trees"
        loss = 1.0 / number
        events.append(
            StepDone(job_id="j", epoch=number, epochs=of, step=1, steps=1, loss=loss, threads=1, reached=reached)
        )
        events.append(
            EpochFinished(
                job_id="j",
                epoch=number,
                epochs=of,
                train={"loss": loss, "mcc": 0.5},
                validation={"loss": loss + 0.1, "mcc": 0.4},
                learning_rate=0.0,
                seconds=0.5,
                best_epoch=number,
                improved=True,
                epochs_without_improvement=0,
                patience=0,
                selection_metric="loss",
                reached=reached,
            )
        )
    if finished:
        events.append(JobFinished(job_id="j", reason="all trees grown"))
    return [_numbered(event, place) for place, event in enumerate(events)]


def _numbered(event: Event, place: int) -> Event:
    return replace(event, sequence=place, time=1_000.0 + place)


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: QtBot) -> TrainingPage:
    made = TrainingPage(session, theme, clock=lambda: 1_010.0)
    qtbot.addWidget(made)
    made.resize(1_100, 720)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_a_live_run_is_followed_in_rounds(page: TrainingPage, session: Session, qtbot: QtBot) -> None:
    session.begin_run(Path("runs/one"))
    session.apply_events(told(3))
    qtbot.waitUntil(lambda: page.panel.texts["epoch"] == "Round 3 of 4")
    texts = page.panel.texts
    assert texts["batch"] == "6 trees"
    assert texts["best"] == "6 trees (Log loss 0.433)"
    assert texts["learning_rate"] == ""
    assert page.panel._names["epoch_time"].text() == "Per round"
    assert page.panel._names["best"].text() == "Best round"
    qtbot.waitUntil(lambda: page.curves.loss.figure is not None and not page.curves._timer.isActive())
    assert page.curves.loss.figure is not None
    assert page.curves.loss.figure.x.title == "Round"
    assert "after round 3" in page.curves.loss.figure.summary


def test_a_finished_run_says_what_is_kept(page: TrainingPage, session: Session, qtbot: QtBot) -> None:
    state = fold(told(4, finished=True))
    session.show_run(Path("runs/one"), state)
    qtbot.waitUntil(lambda: page.panel.texts["epoch"] == "4 of 4 rounds")
    how = words.ending(state)
    assert how is not None
    assert "all trees grown" in how.text
    assert "The model of round 4 (8 trees) is kept." in how.text


def test_the_form_offers_the_settings_of_a_baseline_and_hides_those_of_networks(
    session: Session, theme: Theme, qtbot: QtBot
) -> None:
    form = ConfigurationForm(session, theme)
    qtbot.addWidget(form)
    epochs, batch = form.row("training.epochs"), form.row("training.batch_size")
    assert not epochs.isHidden()
    assert not batch.isHidden()
    for name in NAMES:
        session.edit("model.name", name)
        assert epochs.isHidden()
        assert batch.isHidden()
        assert form.row("training.patience").isHidden() is (name != "hist_gradient_boosting")
        shown = {text.text() for text in form.findChildren(QLabel) if not text.isHidden()}
        assert ("How long to train" in shown) is (name == "hist_gradient_boosting")
        assert not form.row("training.class_weights").isHidden()
        wanted = {f"model.hyper.{parameter.name}" for parameter in BASELINES[name].hyper}
        assert wanted == {path for path in form.paths if path.startswith("model.hyper.")}
    form.search("batch")
    assert batch.isHidden()
    form.search("")
    session.edit("model.name", "text_cnn")
    assert not epochs.isHidden()
    assert not batch.isHidden()


def test_every_model_can_be_chosen_in_the_form(session: Session, theme: Theme, qtbot: QtBot) -> None:
    form = ConfigurationForm(session, theme)
    qtbot.addWidget(form)
    offered = [value for value, _ in form.row("model.name").option.choices]
    assert offered == list(MODELS)
    assert offered[-len(NAMES) - len(ENSEMBLES) :] == [*NAMES, *ENSEMBLES]
