from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel, QPushButton

from bioseq.catalogue.registry import ARCHITECTURES, BASELINES, MODELS
from bioseq.config.inspection import inspect_files
from bioseq.config.suitability import why_unsuited
from bioseq.protocol.events import CostMeasured
from bioseq.resources import resource_folder
from bioseq.sequences.files import FileRequest
from bioseq_gui.forms.model_cards import ModelCard
from bioseq_gui.forms.network_drawing import NetworkDrawing, kind_of
from bioseq_gui.pages.model import ModelPage

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: QtBot) -> ModelPage:
    made = ModelPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1170, 770)
    return made


def load_sample(session: Session, name: str = "splice_junctions.fasta") -> None:
    requests = (FileRequest(str(resource_folder() / "samples" / name)),)
    session.set_files(requests)
    session.set_data(*inspect_files(requests))


def test_cards_are_shown_at_once_when_all_are_there(page: ModelPage, qtbot: QtBot) -> None:
    seen: set[tuple[bool, bool]] = set()

    def built() -> bool:
        cards = page.gallery.findChildren(ModelCard)
        seen.add((len(cards) == len(MODELS), any(card.isVisible() for card in cards)))
        return (True, True) in seen

    page.show()
    qtbot.waitUntil(built, timeout=20_000)
    assert (False, False) in seen
    assert (False, True) not in seen
    assert all(card.isVisible() for card in page.gallery.findChildren(ModelCard))


def test_without_data_the_page_says_what_is_missing(page: ModelPage) -> None:
    assert not page.frame.primary.isEnabled()
    assert "no data" in page.frame.primary.toolTip()


def test_with_data_training_is_one_click_away(page: ModelPage, session: Session, qtbot: QtBot) -> None:
    load_sample(session)
    assert session.problems == ()
    assert page.frame.primary.isEnabled()
    with qtbot.waitSignal(page.train_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)


def test_a_fault_forbids_training_and_says_why(page: ModelPage, session: Session) -> None:
    load_sample(session)
    session.edit("training.class_weights", "custom")
    assert not page.frame.primary.isEnabled()
    assert "by hand" in page.frame.primary.toolTip()
    session.undo_stack.undo()
    assert page.frame.primary.isEnabled()


def test_choosing_a_card_chooses_the_model_and_can_be_undone(page: ModelPage, session: Session, qtbot: QtBot) -> None:
    load_sample(session)
    before = session.configuration
    for name in ARCHITECTURES:
        card = page.gallery.card(name)
        qtbot.keyClick(card, Qt.Key.Key_Space)
        assert session.configuration.model.name == name
        assert card.property("selected") == "true"
        assert page.form.row("model.name").editor.value() == name
    while session.configuration != before:
        session.undo_stack.undo()
    assert page.gallery.card(before.model.name).property("selected") == "true"


def test_the_recommendation_gives_its_reasons_and_brings_everything_back(page: ModelPage, session: Session) -> None:
    load_sample(session)
    assert session.inspection is not None
    session.edit("model.name", "transformer")
    session.edit("training.epochs", 3)
    page.recommendation.wanted.emit()
    assert session.configuration == session.inspection.config
    session.undo_stack.undo()
    assert session.configuration.training.epochs == 3


def test_cards_say_what_training_costs_with_these_data(page: ModelPage, session: Session) -> None:
    load_sample(session)
    assert session.inspection is not None
    told = {name: page.gallery.card(name).figures for name in ARCHITECTURES}
    for name, figures in told.items():
        why = why_unsuited(ARCHITECTURES[name], session.configuration, session.inspection.profile)
        assert figures == why if why else "weights" in figures
    assert "weights" in told["text_cnn"]
    assert "protein only" in told["protbert"]


def test_a_search_finds_models_by_any_word_and_says_when_nothing_matches(page: ModelPage, qtbot: QtBot) -> None:
    page.show()
    page.gallery.finish()
    page.gallery.search("motif WIDTHS")
    assert page.gallery.card("text_cnn").isVisible()
    assert not page.gallery.card("transformer").isVisible()
    page.gallery.search("no such thing")
    assert not any(page.gallery.card(name).isVisible() for name in ARCHITECTURES)
    assert "Nothing matches." in [shown.text() for shown in page.gallery.findChildren(QLabel) if shown.isVisible()]
    page.gallery.search("")
    assert all(page.gallery.card(name).isVisible() for name in ARCHITECTURES)


def test_a_preset_sets_model_and_training_in_one_step_that_can_be_undone(
    page: ModelPage, session: Session, qtbot: QtBot
) -> None:
    load_sample(session)
    session.edit("model.name", "dnn")
    before = session.configuration
    card = page.gallery.preset_card("binding_sites")
    qtbot.keyClick(card, Qt.Key.Key_Space)
    assert session.configuration.model.name == "text_cnn"
    assert session.configuration.model.hyper == {"kernels": "8,12,16,24"}
    assert session.configuration.data == before.data
    page.gallery.finish()
    assert card.selected
    session.undo_stack.undo()
    assert session.configuration == before


def test_presets_for_another_molecule_are_greyed_and_say_so(page: ModelPage, session: Session) -> None:
    load_sample(session)
    page.gallery.finish()
    assert page.gallery.preset_card("motifs").isEnabled()
    peptides = page.gallery.preset_card("short_peptides")
    assert not peptides.isEnabled()
    assert "Made for protein." in [shown.text() for shown in peptides.findChildren(QLabel)]


def test_a_card_says_why_its_model_does_not_suit_the_data(page: ModelPage, session: Session) -> None:
    load_sample(session)
    session.edit("model.name", "transformer")
    session.edit("model.hyper.heads", 7)
    assert "7" in page.gallery.card("transformer").figures
    session.edit("model.hyper.heads", 4)
    assert "weights" in page.gallery.card("transformer").figures


def test_what_was_measured_takes_the_place_of_the_estimate(page: ModelPage, session: Session) -> None:
    load_sample(session)
    key = session.cost_key("text_cnn")
    session.keep_costs({key: CostMeasured(job_id="m", model="text_cnn", seconds_per_epoch=7.5, memory_bytes=444 << 20)})
    figures = page.gallery.card("text_cnn").figures
    assert "measured" in figures
    assert "444 MB" in figures
    session.edit("training.batch_size", session.configuration.training.batch_size * 2)
    assert "measured" not in page.gallery.card("text_cnn").figures
    load_sample(session)
    assert session.cost("text_cnn") is None


def test_the_chosen_network_is_measured_when_the_settings_have_come_to_rest(
    page: ModelPage, session: Session, qtbot: QtBot
) -> None:
    load_sample(session)
    with qtbot.waitSignal(page.costs_wanted) as wanted:
        page.show()
    assert wanted.args == [(session.configuration.model.name,)]
    with qtbot.waitSignal(page.costs_wanted) as wanted:
        session.edit("model.name", "dnn")
    assert wanted.args == [("dnn",)]


def test_measuring_all_asks_for_the_networks_that_suit_and_can_be_stopped(
    page: ModelPage, session: Session, qtbot: QtBot
) -> None:
    load_sample(session)
    page.show()
    button = next(one for one in page.gallery.findChildren(QPushButton) if one.text() == "Measure all")
    with qtbot.waitSignal(page.costs_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert "transformer" in wanted.args[0]
    assert "protbert" not in wanted.args[0]
    page.gallery.show_measuring(3, 20)
    assert button.text() == "Stop measuring (3 of 20)"
    with qtbot.waitSignal(page.gallery.measuring_stop_wanted):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    page.gallery.show_measuring(0, 0)
    assert button.text() == "Measure all"


def test_the_cards_are_built_a_few_at_a_time(page: ModelPage, qtbot: QtBot) -> None:
    assert len(page.gallery.findChildren(ModelCard)) < len(ARCHITECTURES)
    qtbot.waitUntil(lambda: len(page.gallery.findChildren(ModelCard)) >= len(ARCHITECTURES))


def test_cards_stand_in_as_many_columns_as_there_is_room_and_are_never_cut(
    page: ModelPage, session: Session, qtbot: QtBot
) -> None:
    load_sample(session)
    page.show()
    cards = [page.gallery.card(name) for name in ARCHITECTURES]

    def placed(columns: int) -> bool:
        seen = page.gallery.visibleRegion().boundingRect().right()
        return len({card.x() for card in cards}) == columns and all(card.geometry().right() <= seen for card in cards)

    for width, columns in ((876, 1), (1_170, 2), (1_900, 4)):
        page.resize(width, 770)
        qtbot.waitUntil(lambda columns=columns: placed(columns))


def test_recent_configurations_are_offered_and_lost_ones_are_greyed(
    page: ModelPage, tmp_path: Path, qtbot: QtBot
) -> None:
    there = tmp_path / "there.toml"
    there.write_text("schema = 1\n", encoding="utf-8")
    page.set_recent([str(there), str(tmp_path / "lost.toml")])
    opening, _, first, second = page.recent_menu.actions()
    with qtbot.waitSignal(page.configuration_open_requested):
        opening.trigger()
    assert (first.isEnabled(), second.isEnabled()) == (True, False)
    with qtbot.waitSignal(page.recent_requested) as caught:
        first.trigger()
    assert caught.args == [str(there)]


@pytest.mark.parametrize("name", [*ARCHITECTURES, *BASELINES])
def test_every_model_has_a_drawing_with_letters_in_and_classes_out(theme: Theme, qtbot: QtBot, name: str) -> None:
    blocks = MODELS[name].blocks
    assert kind_of(blocks[0]) == "letters"
    assert kind_of(blocks[-1]) == "classes"
    drawing = NetworkDrawing(theme, blocks)
    qtbot.addWidget(drawing)
    drawing.resize(260, 54)
    image = drawing.grab().toImage()
    colours = {QColor(image.pixel(x, y)).name() for x in range(0, image.width(), 2) for y in range(0, 54, 2)}
    assert theme.palette.classes[0].lower() in colours
    assert drawing.accessibleName() == " → ".join(blocks)
