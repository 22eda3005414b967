"""The Compare page: three ways to begin with everything chosen already, a study under way, and what it came to."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from safetensors.numpy import save_file

from bioseq.config.inspection import inspect_files
from bioseq.errors import Problem
from bioseq.protocol.events import Phase, PhaseChanged
from bioseq.resources import resource_folder
from bioseq.sequences.files import FileRequest
from bioseq_gui.pages import compare_ways
from bioseq_gui.pages import compare_words as words
from bioseq_gui.pages.compare import ComparePage
from bioseq_gui.studies.findings import read_findings
from bioseq_gui.studies.story import StudyStory, tell
from bioseq_gui.tables.paired_tests_table import PairColumn
from bioseq_gui.tables.ranking_table import RankColumn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Teller
    from pytestqt.qtbot import QtBot

    from bioseq.config.inspection import Inspection
    from bioseq.sequences.dataset import Dataset
    from bioseq.studies.plan import Plan
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme


@pytest.fixture(scope="module")
def inspected() -> tuple[Inspection, Dataset]:
    sample = resource_folder() / "samples" / "promoters.fasta"
    return inspect_files([FileRequest(str(sample))])


@pytest.fixture
def page(session: Session, theme: Theme, qtbot: QtBot) -> Iterator[ComparePage]:
    made = ComparePage(session, theme, clock=lambda: 1_030.0)
    qtbot.addWidget(made)
    made.resize(1_100, 720)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.hide()


@pytest.fixture
def loaded(page: ComparePage, session: Session, inspected: tuple[Inspection, Dataset]) -> ComparePage:
    session.set_data(*inspected)
    session.replace_configuration(inspected[0].config, title="fill in")
    return page


def show(page: ComparePage, story: StudyStory, folder: Path, *, running: bool, findings: Any = None) -> None:
    page.show_study(story, folder, running=running, parameters={1: 12_300}, findings=findings)
    page._show()


def wanted(page: ComparePage) -> list[Plan]:
    plans: list[Plan] = []
    page.start_requested.connect(plans.append)
    return plans


# -------------------------------------------------------------------- beginning


def test_without_data_the_page_says_what_to_do(page: ComparePage, qtbot: QtBot) -> None:
    assert "no data yet" in page.frame._purpose.text()
    assert not page.frame.primary.isVisible()
    with qtbot.waitSignal(page.data_requested):
        page.start._empty.findChildren(type(page.cancel))[0].click()


def test_one_click_begins_the_search_for_the_best_model(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    assert loaded.frame.primary.text() == "Find the best model"
    loaded.frame.primary.click()
    (plan,) = plans
    assert (plan.kind, plan.minutes, plan.models) == ("best", 10.0, ())


def test_the_budget_is_one_of_four_or_ones_own(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    choice = loaded.start.best.time
    for place in range(4):
        choice.button(place).click()
        loaded.frame.primary.click()
    choice.button(4).click()
    choice.box.setValue(25)
    loaded.frame.primary.click()
    assert [plan.minutes for plan in plans] == [10.0, 30.0, 60.0, 180.0, 25.0]


def test_the_short_list_for_the_data_is_shown_before_the_click(loaded: ComparePage) -> None:
    text = loaded.start.best._tried.text()
    assert "Text CNN" in text
    assert "Gradient boosting" in text


def small_bert(folder: Path) -> Path:
    """A pretrained model of the layout of BERT that reads letters of DNA, its weights left out."""
    folder.mkdir()
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 8}
    about = {"model_type": "bert", "vocab_size": 9, "max_position_embeddings": 40, **sizes}
    (folder / "config.json").write_text(json.dumps(about), encoding="utf-8")
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"ACGT"]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    table = {"embeddings.word_embeddings.weight": np.zeros((9, 8), np.float32)}
    save_file(table, folder / "model.safetensors")
    return folder


def test_a_pretrained_model_is_tried_beside_the_others_when_its_folder_is_given(
    loaded: ComparePage, tmp_path: Path
) -> None:
    plans, best = wanted(loaded), loaded.start.best
    folder = str(small_bert(tmp_path / "small"))
    best.use_encoder(folder)
    assert "Pretrained encoder, small" in best._tried.text()
    loaded.frame.primary.click()
    assert plans[0].encoder == folder
    best.use_encoder("")
    assert "Pretrained" not in best._tried.text()
    loaded.frame.primary.click()
    assert plans[1].encoder == ""


def test_a_folder_without_a_pretrained_model_is_told_beside_the_field_and_nothing_begins(
    loaded: ComparePage, tmp_path: Path
) -> None:
    best = loaded.start.best
    best.use_encoder(str(tmp_path))
    assert "holds no config.json" in best._about_encoder.text()
    assert best._about_encoder.property("kind") == "bad"
    assert best._about_encoder.parentWidget() is best
    assert not loaded.frame.primary.isEnabled()
    assert "config.json" in loaded.frame.primary.toolTip()
    best.use_encoder("")
    assert best._about_encoder.property("kind") == "muted"
    assert loaded.frame.primary.isEnabled()


def test_comparing_begins_with_a_few_suited_models_ticked(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    loaded.choose("compare")
    loaded.frame.primary.click()
    (plan,) = plans
    assert plan.kind == "compare"
    assert {"lr", "random_forest", "text_cnn"} <= set(plan.models)
    assert (plan.seeds, plan.folds, plan.vary) == (1, 0, ())


def test_unsuited_models_are_grey_with_the_reason(loaded: ComparePage) -> None:
    loaded.choose("compare")
    models = loaded.start.compare.models
    assert "protein" in models.reason("protbert").casefold() or models.reason("protbert")
    models.tick(("protbert", "lr"))
    assert models.ticked == ("lr",)
    assert "protbert" not in models.suited


def test_seeds_folds_and_a_setting_that_varies_make_the_plan(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    loaded.choose("compare")
    way = loaded.start.compare
    way.models.tick(("text_cnn",))
    assert not loaded.frame.primary.isEnabled()
    way.seeds.choose(3)
    way.judging.choose(5)
    way.vary.choose("training.learning_rate", "0.001, 0.0003")
    assert way._trainings() == 30
    loaded.frame.primary.click()
    (plan,) = plans
    assert (plan.models, plan.seeds, plan.folds) == (("text_cnn",), 3, 5)
    assert plan.vary == ("training.learning_rate=0.001, 0.0003",)


def test_a_value_that_is_not_legal_is_said_beside_its_field(loaded: ComparePage) -> None:
    loaded.choose("compare")
    way = loaded.start.compare
    way.models.tick(("text_cnn",))
    way.vary.choose("training.learning_rate", "fast")
    assert not loaded.frame.primary.isEnabled()
    assert "earning rate" in way.vary._hint.text() or "learning_rate" in way.vary._hint.text()
    way.vary.choose("training.learning_rate", "0.001, 0.002")
    assert loaded.frame.primary.isEnabled()


def test_settings_of_a_model_are_offered_only_where_all_ticked_models_have_them(loaded: ComparePage) -> None:
    loaded.choose("compare")
    way = loaded.start.compare
    way.models.tick(("text_cnn",))
    assert way.vary.setting.findData("model.hyper.kernels") >= 0
    way.models.tick(("text_cnn", "lr"))
    assert way.vary.setting.findData("model.hyper.kernels") < 0


def test_a_search_has_a_budget_of_time_and_perhaps_of_trials(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    loaded.choose("search")
    way = loaded.start.search
    way.models.tick(("text_cnn", "lr"))
    way.limited.setChecked(True)
    way.trials.setValue(20)
    loaded.frame.primary.click()
    (plan,) = plans
    assert (plan.kind, plan.models, plan.minutes, plan.trials) == ("search", ("text_cnn", "lr"), 10.0, 20)


def test_a_search_may_be_nested_and_says_what_that_means(loaded: ComparePage) -> None:
    plans = wanted(loaded)
    loaded.choose("search")
    way = loaded.start.search
    assert "Quick" in way._judging_about.text()
    way.models.tick(("lr",))
    way.judging.choose(4)
    assert "Each of 4 folds" in way._judging_about.text()
    assert "5 searches" in way._judging_about.text()
    loaded.frame.primary.click()
    assert [(plan.kind, plan.folds) for plan in plans] == [("search", 4)]


def test_without_its_package_a_search_says_how_to_install_it(
    loaded: ComparePage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_ways.importlib.util, "find_spec", lambda name: None if name == "optuna" else object())
    loaded.choose("search")
    loaded.start.changed.emit()
    assert not loaded.frame.primary.isEnabled()
    assert 'pip install "bioseq-studio[search]"' in loaded.frame._purpose.text()


def test_a_way_is_chosen_by_the_keyboard(loaded: ComparePage, qtbot: QtBot) -> None:
    card = loaded.start.card("compare")
    card.setFocus()
    qtbot.keyClick(card, Qt.Key.Key_Return)
    assert loaded.start.way is loaded.start.compare


def test_while_a_training_runs_no_study_begins(loaded: ComparePage, session: Session, tmp_path: Path) -> None:
    session.begin_run(tmp_path)
    assert not loaded.frame.primary.isEnabled()
    assert "under way" in loaded.frame._purpose.text()
    session.end_run()
    assert loaded.frame.primary.isEnabled()


# -------------------------------------------------------------------- under way


def test_a_study_under_way_shows_times_counts_and_the_newest_line(
    page: ComparePage, teller: Teller, tmp_path: Path
) -> None:
    teller.entry(1, "Text CNN", "running")
    teller.entry(2, "Random forest")
    teller.epoch(1, 1, 0.4)
    show(page, tell(teller.events), tmp_path, running=True)
    texts = page.study.progress.texts
    assert texts["left"] == "9 min 30 s left at most"
    assert texts["spent"] == "30 s of 10 min 00 s spent"
    assert texts["counts"] == "2 trainings · 1 under way · 1 waiting"
    assert texts["line"] == "Text CNN begins."
    assert page.study.ranking.ranking.rowCount() == 2
    model = page.study.ranking.ranking
    assert page.study.ranking.isColumnHidden(RankColumn.JUDGED)
    shown = [column for column in RankColumn if column is not RankColumn.JUDGED]
    assert [model.index(0, column).data() for column in shown][:5] == [
        "1",
        "Text CNN",
        "epoch 1 of 10",
        "0.800",
        "0.400",
    ]


def test_stop_and_cancel_are_two_buttons_that_say_what_they_do(
    page: ComparePage, teller: Teller, tmp_path: Path, qtbot: QtBot
) -> None:
    show(page, tell(teller.events), tmp_path, running=True)
    assert page.frame.primary.text() == "Stop and keep"
    assert page.cancel.text() == "Cancel and discard"
    with qtbot.waitSignal(page.stop_requested):
        page.frame.primary.click()
    assert not page.frame.primary.isEnabled()
    assert page.study.progress.texts["state"].startswith("Stopping")
    with qtbot.waitSignal(page.cancel_requested):
        page.cancel.click()


def test_pause_becomes_go_on(page: ComparePage, teller: Teller, tmp_path: Path, qtbot: QtBot) -> None:
    show(page, tell(teller.events), tmp_path, running=True)
    with qtbot.waitSignal(page.pause_requested):
        page.frame.secondary.click()
    teller.say(PhaseChanged(job_id="", phase=Phase.PAUSED, title="Paused"))
    show(page, tell(teller.events), tmp_path, running=True)
    assert page.frame.secondary.text() == "Go on"
    with qtbot.waitSignal(page.continue_requested):
        page.frame.secondary.click()


def test_a_chosen_row_has_its_curve_in_front_and_stays_chosen(page: ComparePage, many: Teller, tmp_path: Path) -> None:
    show(page, tell(many.events), tmp_path, running=True)
    view = page.study.ranking
    view.selectRow(3)
    assert view.selected == "Model 4"
    figure = page.study.curves.figure
    assert figure is not None
    assert figure.layers[-1].name == "Model 4"
    assert len(figure.layers) == 25
    many.entry(4, "Model 4", "finished", loss=0.01, roc_auc=0.99)
    show(page, tell(many.events), tmp_path, running=True)
    assert view.ranking.row_of("Model 4") == 0
    assert view.selected == "Model 4"


def test_only_the_first_eight_have_colours_and_keep_them(page: ComparePage, many: Teller, tmp_path: Path) -> None:
    show(page, tell(many.events), tmp_path, running=True)
    before = dict(page.study.ranking.ranking.styles)
    assert len(before) == 8
    many.entry(20, "Model 20", "finished", loss=0.01, roc_auc=0.99)
    show(page, tell(many.events), tmp_path, running=True)
    after = page.study.ranking.ranking.styles
    assert set(after) - set(before) == {"Model 20"}
    assert all(after[title] == before[title] for title in after if title in before)


def test_two_dozen_models_are_shown_without_lag(page: ComparePage, many: Teller, tmp_path: Path) -> None:
    story = tell(many.events)
    show(page, story, tmp_path, running=True)
    spent = []
    for epoch in range(41, 51):
        many.epoch(1 + epoch % 24, epoch, 0.2, epochs=60)
        story = story.after(many.events[-1])
        begun = time.perf_counter()
        show(page, story, tmp_path, running=True)
        spent.append(time.perf_counter() - begun)
    assert sorted(spent)[len(spent) // 2] < 0.1


def test_news_are_drawn_at_most_ten_times_a_second(page: ComparePage, many: Teller, tmp_path: Path) -> None:
    drawn = []
    page.study.show_story = lambda *args, **_: drawn.append(args)  # type: ignore[method-assign]
    story = tell(many.events)
    page.show_study(story, tmp_path, running=True, parameters={}, findings=None)
    for _ in range(100):
        story = story.after(many.events[-1])
        page.show_study(story, tmp_path, running=True, parameters={}, findings=None)
    assert len(drawn) == 1
    assert page._timer.isActive()


# -------------------------------------------------------------------- ended


@pytest.fixture
def ended(page: ComparePage, compared: Teller, comparison_folder: Path) -> ComparePage:
    show(page, tell(compared.events), comparison_folder, running=False, findings=read_findings(comparison_folder))
    return page


def test_an_ended_comparison_shows_the_winner_bars_and_tests(ended: ComparePage) -> None:
    study = ended.study
    assert study.winner.isVisible()
    assert not study.progress.isVisible()
    assert study.winner.texts["title"] == "First by validation: Random forest"
    assert study.winner.texts["why"].endswith("Clearly better in ROC AUC than the other model.")
    assert study.tabs.isTabEnabled(1)
    figure = study.bars.figure
    assert figure is not None
    assert figure.y.categories == ("Text CNN", "Random forest")
    tests = study.tests.tests
    assert [tests.index(0, column).data() for column in PairColumn] == [
        "Random forest",
        "Text CNN",
        "+0.050 (+0.010 to +0.090)",
        "0.014",
        "the first is better",
        "9 against 3",
    ]
    ranking = study.ranking.ranking
    assert ranking.title(RankColumn.FIGURE) == "Validation ROC AUC"
    assert ranking.title(RankColumn.JUDGED) == "Test ROC AUC"
    assert not study.ranking.isColumnHidden(RankColumn.JUDGED)
    assert [ranking.index(0, column).data() for column in (RankColumn.FIGURE, RankColumn.JUDGED)] == ["0.935", "0.950"]


def test_the_bars_are_exported_with_the_names_of_the_models(ended: ComparePage, tmp_path: Path) -> None:
    for kind in ("csv", "svg", "png", "pdf"):
        path = tmp_path / f"bars.{kind}"
        ended.study.bars.save(path)
        assert path.stat().st_size
    assert "Random forest" in (tmp_path / "bars.csv").read_text(encoding="utf-8")


def test_enter_on_a_row_opens_its_training(ended: ComparePage, comparison_folder: Path, qtbot: QtBot) -> None:
    ended.study.ranking.selectRow(0)
    with qtbot.waitSignal(ended.run_requested) as asked:
        qtbot.keyClick(ended.study.ranking, Qt.Key.Key_Return)
    assert asked.args == [comparison_folder / "runs" / "003"]


def test_what_happened_is_listed_line_by_line(ended: ComparePage) -> None:
    lines = ended.study.log.toPlainText().splitlines()
    assert len(lines) == 9
    assert lines[-1].endswith("Random forest leads 2 models (ROC AUC 0.935).")


def test_an_interrupted_study_can_go_on(page: ComparePage, teller: Teller, tmp_path: Path, qtbot: QtBot) -> None:
    from dataclasses import replace

    from bioseq.runs.history import Status

    story = tell(teller.events)
    story = replace(story, run=replace(story.run, status=Status.INTERRUPTED))
    show(page, story, tmp_path, running=False, findings=read_findings(tmp_path))
    assert page.frame.primary.text() == "Go on with it"
    assert "interrupted" in page.frame.message.text
    with qtbot.waitSignal(page.resume_requested) as asked:
        page.frame.primary.click()
    assert asked.args == [tmp_path]
    with qtbot.waitSignal(page.close_requested):
        page.back.click()


def test_studies_are_listed_and_opened_again(page: ComparePage, comparison_folder: Path, qtbot: QtBot) -> None:
    page.set_root(comparison_folder.parent)
    studies = page.start.studies
    assert studies.studies.rowCount() == 1
    studies.selectRow(0)
    assert page.start.open.isEnabled()
    assert not page.start.resume.isEnabled()
    with qtbot.waitSignal(page.open_requested) as asked:
        page.start.open.click()
    assert asked.args == [comparison_folder]
    with qtbot.waitSignal(page.discard_requested):
        page.start.delete.click()


def test_every_part_has_a_name_for_screen_readers(ended: ComparePage) -> None:
    study = ended.study
    for part in (study.ranking, study.tests, study.log, study._curve_choice, study._bar_choice, study.curves):
        assert part.accessibleName()


def test_a_fault_of_the_data_forbids_a_study_and_a_fault_of_the_model_does_not(
    loaded: ComparePage, session: Session
) -> None:
    session.edit("training.class_weights", "custom")
    assert not loaded.frame.primary.isEnabled()
    assert "by hand" in loaded.frame._purpose.text()
    of_model = Problem("model.bad", "No such width.", where="model.hyper.width")
    assert words.obstacle((of_model,)) == ""
    assert words.obstacle((of_model, *session.problems)) == loaded.frame._purpose.text()


def test_a_narrow_ranking_keeps_the_names_and_lets_other_columns_go(
    page: ComparePage, many: Teller, tmp_path: Path
) -> None:
    show(page, tell(many.events), tmp_path, running=True)
    view = page.study.ranking
    view.resize(1_000, 300)
    assert not view.isColumnHidden(RankColumn.WEIGHTS)
    view.resize(520, 300)
    assert view.isColumnHidden(RankColumn.WEIGHTS)
    assert view.isColumnHidden(RankColumn.TIME)
    assert not view.isColumnHidden(RankColumn.FIGURE)
    view.resize(1_000, 300)
    assert not view.isColumnHidden(RankColumn.WEIGHTS)


def test_a_chosen_candidate_is_told_of_in_words(ended: ComparePage) -> None:
    hint = ended.study._hint
    assert hint.text().startswith("Ordered by ROC AUC on validation; the test records judge and choose nothing.")
    ended.study.ranking.selectRow(1)
    assert hint.text() == "Text CNN: why it stands there"
