"""Ensembles in the window: a card like any model's, members checked as they are typed, one member's curves at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt

from bioseq.catalogue.registry import ARCHITECTURES, ENSEMBLES
from bioseq.config.inspection import inspect_files
from bioseq.protocol.events import EpochFinished, Event, JobFinished, JobStarted, Phase, PhaseChanged, StepDone
from bioseq.resources import resource_folder
from bioseq.runs.history import fold
from bioseq.sequences.files import FileRequest
from bioseq_gui.flows.steps import training_share
from bioseq_gui.forms.form import ConfigurationForm
from bioseq_gui.forms.model_cards import estimate_for
from bioseq_gui.forms.network_drawing import NetworkDrawing, kind_of
from bioseq_gui.pages import training_words as words
from bioseq_gui.pages.model import ModelPage
from bioseq_gui.pages.training import TrainingPage

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

FIRST, SECOND = "Member 1 of 2: Text CNN", "Member 2 of 2: Plain network"


def load_sample(session: Session, name: str = "splice_junctions.fasta") -> None:
    requests = (FileRequest(str(resource_folder() / "samples" / name)),)
    session.set_files(requests)
    session.set_data(*inspect_files(requests))


def epoch(number: int, member: str) -> list[Event]:
    loss, place = 1.0 / number, 1 + (member == SECOND)
    return [
        StepDone(
            job_id="j",
            epoch=number,
            epochs=9,
            step=5,
            steps=5,
            loss=loss,
            member=member,
            member_number=place,
            members=2,
        ),
        EpochFinished(
            job_id="j",
            epoch=number,
            epochs=9,
            train={"loss": loss, "mcc": 0.5},
            validation={"loss": loss + 0.1, "mcc": 0.4},
            learning_rate=0.001,
            seconds=0.5,
            best_epoch=number,
            improved=True,
            epochs_without_improvement=0,
            patience=3,
            selection_metric="loss",
            member=member,
            member_number=place,
            members=2,
        ),
    ]


def told(*more: Event) -> list[Event]:
    """Four epochs of a first member, one of a second."""
    events: list[Event] = [
        JobStarted(job_id="j", kind="train", folder="runs/one", details={"model": "Ensemble"}),
        PhaseChanged(job_id="j", phase=Phase.TRAINING, title=FIRST),
    ]
    for number in range(1, 5):
        events += epoch(number, FIRST)
    events += [*epoch(1, SECOND), *more]
    return [replace(event, sequence=place, time=1_000.0 + place) for place, event in enumerate(events)]


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: QtBot) -> ModelPage:
    made = ModelPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1170, 770)
    return made


def test_the_card_costs_what_its_members_cost_together(page: ModelPage, session: Session, qtbot: QtBot) -> None:
    card = page.gallery.card("ensemble")
    assert "as long as its members" in card.figures
    assert len(card.findChildren(NetworkDrawing)) == 1
    assert kind_of(card.model.blocks[1]) == "members"
    load_sample(session)
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert session.configuration.model.name == "ensemble"
    assert session.problems == ()
    session.edit("model.hyper.members", "text_cnn, dnn, lr")
    assert session.inspection is not None
    profile = session.inspection.profile
    whole = estimate_for(session.configuration, profile, ENSEMBLES["ensemble"])
    parts = [estimate_for(session.configuration, profile, ARCHITECTURES[name]) for name in ("text_cnn", "dnn")]
    assert whole is not None
    assert whole.parameters == sum(part.parameters for part in parts if part is not None)
    assert whole.memory_bytes == max(part.memory_bytes for part in parts if part is not None)


def test_a_member_that_does_not_suit_the_data_forbids_training_and_says_which(
    page: ModelPage, session: Session
) -> None:
    load_sample(session, "antimicrobial_peptides.fasta")
    session.edit("model.name", "ensemble")
    session.edit("model.hyper.members", "text_cnn, dnabert")
    assert not page.frame.primary.isEnabled()
    assert "DNABERT, a member: Reads DNA and RNA only" in page.frame.primary.toolTip()
    assert "DNABERT, a member:" in page.gallery.card("ensemble").figures


def test_the_form_has_the_members_and_how_they_are_combined(session: Session, theme: Theme, qtbot: QtBot) -> None:
    form = ConfigurationForm(session, theme)
    qtbot.addWidget(form)
    session.edit("model.name", "ensemble")
    assert {path for path in form.paths if path.startswith("model.hyper.")} == {
        "model.hyper.members",
        "model.hyper.combine",
    }
    assert not form.row("training.epochs").isHidden()


def test_the_training_page_follows_one_member_at_a_time(session: Session, theme: Theme, qtbot: QtBot) -> None:
    page = TrainingPage(session, theme, clock=lambda: 1_010.0)
    qtbot.addWidget(page)
    page.resize(1_100, 720)
    with qtbot.waitExposed(page):
        page.show()
    session.begin_run(Path("runs/one"))
    session.apply_events(told())
    qtbot.waitUntil(lambda: page.panel.texts["epoch"] == "Epoch 1 of 9")
    assert words.phase_text(fold(told())) == SECOND
    qtbot.waitUntil(lambda: page.curves.loss.figure is not None and not page.curves._timer.isActive())
    assert page.curves.loss.figure is not None
    assert page.curves.loss.figure.x.title == f"Epoch · {SECOND}"
    assert "after epoch 1" in page.curves.loss.figure.summary


def test_progress_counts_all_members_and_not_the_one_that_learns() -> None:
    events = told()
    assert words.share_done(fold(events[:2])) == 0.0
    assert words.share_done(fold(events[:10])) == pytest.approx(4 / 9 / 2)
    assert words.share_done(fold(events)) == pytest.approx((1 + 1 / 9) / 2)
    assert training_share(fold(events)) == words.share_done(fold(events))
    assert words.share_done(fold([*events, JobFinished(job_id="j", reason="all members trained")])) == 1.0


def test_the_epochs_of_a_member_end_with_the_first_step_of_the_next() -> None:
    begun = fold(told()[:-1])
    assert begun.epochs == ()
    assert begun.member == SECOND
    assert words.epoch_text(begun) == "Epoch 1 of 9"
    ended = words.ending(fold(told(JobFinished(job_id="j", reason="all members trained"))))
    assert ended is not None
    assert "Each member is kept as it was best" in ended.text
