"""The Results page says how far to trust a model: beside the best simple one, and with shuffled labels."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.files import load, save
from bioseq.config.schema import Configuration
from bioseq.errors import Severity
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores, write_evaluations
from bioseq.evaluation.shuffling import ShuffledControl
from bioseq.evaluation.standing import Caution
from bioseq.evaluation.verdict import findings_of
from bioseq.runs.folder import RunFolder
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.flows.training_flow import TrainingFlow
from bioseq_gui.pages.results import ResultsPage
from bioseq_gui.pages.results_trust import SHUFFLES
from bioseq_gui.pages.results_words import verdict
from bioseq_gui.plots.figure import Bars, Rule

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq.protocol.jobs import TrainJob
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

BETTER = Interval(0.1, 0.05, 0.15)
EQUAL = Interval(0.1, -0.05, 0.15)
WORSE = Interval(-0.1, -0.15, -0.05)


def evaluated(lead: Interval | None, *cautions: Caution) -> tuple[Evaluation, EvaluatedRecords]:
    truth = np.arange(120) % 2
    chance = np.random.default_rng(1).random(120) * 0.5 + truth * 0.4
    two = np.column_stack([1 - chance, chance]).astype(np.float32)
    found = scores(truth, two)
    confusion = tuple(tuple(row) for row in found.confusion.tolist())
    per_class = dict(zip("ab", found.per_class_by_index, strict=True))

    def named(name: str, auc: float) -> Scores:
        return Scores(name, name.capitalize(), {**found.metrics, "roc_auc": auc}, per_class, confusion)

    simple = (named("majority", 0.5), named("composition", 0.6), named("gradient_boosting", 0.8))
    if lead is not None:
        simple = (*simple[:2], replace(simple[2], lead={"roc_auc": lead}))
    evaluation = Evaluation("test", ("a", "b"), "b", 0.5, 120, named("model", 0.9), simple, cautions)
    texts = TextColumn.from_strings(["ACGT"] * 120)
    others = {one.name: two for one in simple}
    return evaluation, EvaluatedRecords(texts, texts, truth.astype(np.int16), two, others)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    save(Configuration(), folder.config)
    return folder


def page_of(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder, lead: Interval | None, *cautions: Caution
) -> ResultsPage:
    evaluation, records = evaluated(lead, *cautions)
    write_evaluations(run.metrics, {"test": evaluation})
    records.save(run.evaluation)
    page = ResultsPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1100, 760)
    with qtbot.waitExposed(page):
        page.show()
    session.open_run(run.path)
    page.finish()
    return page


@pytest.mark.parametrize(("lead", "tone"), [(BETTER, "good"), (EQUAL, "warning"), (WORSE, "bad")])
def test_the_verdict_leaves_the_comparison_to_the_banner(lead: Interval, tone: str) -> None:
    found = verdict(evaluated(lead)[0])
    assert found.tone == tone
    assert "simple" not in found.text


@pytest.mark.parametrize(("lead", "offered"), [(EQUAL, False), (WORSE, True)])
def test_a_model_that_is_not_better_raises_a_banner_and_a_worse_one_offers_the_simple_model(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder, lead: Interval, offered: bool
) -> None:
    page = page_of(qtbot, session, theme, run, lead)
    assert page.trust.isVisible()
    assert page.trust.texts == [findings_of(evaluated(lead)[0])[0].message]
    assert page.trust.use_button.isVisible() is offered
    if offered:
        with qtbot.waitSignal(page.simple_model_requested) as asked:
            page.trust.use_button.click()
        assert asked.args == [run.path, "gradient_boosting"]


def test_a_better_model_gets_a_quiet_sentence(qtbot: QtBot, session: Session, theme: Theme, run: RunFolder) -> None:
    page = page_of(qtbot, session, theme, run, BETTER)
    assert [text.partition(":")[0] for text in page.trust.texts] == ["Better than the best simple model"]
    assert not page.trust.use_button.isVisible()


def test_cautions_stand_below_and_without_any_there_is_no_banner(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder
) -> None:
    page = page_of(qtbot, session, theme, run, None, Caution("evaluation.test_in_train", "8 test records ...", "Mend."))
    assert page.trust.texts == ["8 test records ..."]
    assert not page.trust.use_button.isVisible()
    page.trust.show_findings(())
    assert not page.trust.isVisible()


def test_what_is_gravest_is_the_heading_and_is_said_once(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder
) -> None:
    grave = Caution("evaluation.trained_on", "All of these were learnt from.", "Take others.", Severity.ERROR)
    page = page_of(qtbot, session, theme, run, BETTER, grave)
    assert page.verdict.text == grave.message
    assert page.verdict.caution.startswith("Take others. Finds ")
    assert grave.message not in page.trust.texts


def test_table_and_curves_show_the_best_simple_model_and_a_tab_shows_all(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder
) -> None:
    page = page_of(qtbot, session, theme, run, BETTER)
    shown = [page.table.horizontalHeaderItem(column) for column in range(page.table.columnCount())]
    headings = [item.text() for item in shown if item is not None]
    assert headings == ["Metric", "Model", "Largest class", "Gradient boosting"]
    cells = [page.simple.item(row, 0) for row in range(page.simple.rowCount())]
    rows = [item.text() for item in cells if item is not None]
    assert rows == ["Model", "Largest class", "Length and letters", "Gradient boosting"]
    assert page.roc.figure is not None
    names = [getattr(layer, "name", "") for layer in page.roc.figure.layers]
    assert not any(name.startswith("Composition") for name in names)
    assert any(name.startswith("Gradient_boosting") for name in names)


def test_the_control_is_asked_for_followed_and_shown(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder
) -> None:
    page = page_of(qtbot, session, theme, run, BETTER)
    card = page.control
    assert card.isVisibleTo(page)
    assert "chance" in card.text
    with qtbot.waitSignal(page.control_requested) as asked:
        card.ask_button.click()
    assert asked.args == [SHUFFLES]
    page.show_control_progress(run.path, 0, -1)
    assert not card.ask_button.isVisibleTo(card)
    ShuffledControl("roc_auc", 0.9, (0.5, 0.45, 0.52), 4).save(run.control)
    page.refresh_control(run.path)
    assert "above all of them" in card.text
    page.show_control_progress(run.path, 0, 0)
    assert card.ask_button.isVisibleTo(card)
    figure = card.plot.figure
    assert figure is not None
    bars = next(layer for layer in figure.layers if isinstance(layer, Bars))
    assert bars.values.sum() == 3
    assert 0.9 in [layer.x for layer in figure.layers if isinstance(layer, Rule)]
    low, high = figure.x_range()
    assert low < 0.45 < 0.9 < high
    with qtbot.waitSignal(page.control_requested) as asked:
        card.ask_button.click()
    assert asked.args == [3 + SHUFFLES]


def test_the_control_of_another_run_is_not_shown_as_ones_own(
    qtbot: QtBot, session: Session, theme: Theme, run: RunFolder, tmp_path: Path
) -> None:
    page = page_of(qtbot, session, theme, run, BETTER)
    page.show_control_progress(tmp_path / "other", 10, 100)
    assert page.control.ask_button.isVisibleTo(page.control)
    assert not page.control.ask_button.isEnabled()
    page.show_control_progress(tmp_path / "other", 0, 0)
    assert page.control.ask_button.isEnabled()


def test_the_simple_model_is_trained_with_the_settings_of_the_run(
    session: Session, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtCore import QObject, Signal

    # What the records of the run are like stands in its model file, which is not written here.
    profile = SimpleNamespace(molecule=Molecule.DNA, longest=60, fixed_length=True)
    monkeypatch.setattr("bioseq.runs.bundle.read_bundle_card", lambda _: SimpleNamespace(profile=profile))

    class Engine(QObject):
        events_received = Signal(object)
        job_ended = Signal(object)
        jobs: list[TrainJob]

        def submit(self, job: TrainJob) -> None:
            self.jobs = [job]

    engine = Engine(session)
    flow = TrainingFlow(session, engine, lambda: run.path.parent / "runs", session)  # type: ignore[arg-type]  # what it needs
    before = session.configuration
    flow.train_simple(run.path, "composition")
    assert session.run_folder is not None
    made = load(RunFolder(session.run_folder).config)
    assert engine.jobs[0].run_folder == str(session.run_folder)
    assert (made.model.name, made.model.hyper["features"], made.model.hyper["k"]) == ("lr", "kmers", 1)
    assert made.split == load(run.config).split
    assert session.configuration == before
