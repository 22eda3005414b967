"""The Results page tells how far figures may be off, how they compare, and what a threshold is worth elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.files import save
from bioseq.config.schema import Configuration
from bioseq.evaluation import metrics
from bioseq.evaluation.bootstrap import Interval, Resamples
from bioseq.evaluation.calibration import AS_IT_IS, Calibration, reliability
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.paired_tests import assess
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores, write_evaluations
from bioseq.evaluation.standing import lead_over
from bioseq.evaluation.thresholds import choose_threshold, predictive_values
from bioseq.runs.folder import RunFolder
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.pages import results
from bioseq_gui.pages.results import ResultsPage
from bioseq_gui.pages.results_parts import FigureTable, lead_sentence
from bioseq_gui.pages.results_words import verdict
from bioseq_gui.plots.figure import Line
from bioseq_gui.widgets.text import interval_text

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

LABELS = ("other", "promoter")


def judgement(split: str, seed: int, *, count: int = 240, told: bool = True) -> tuple[Evaluation, EvaluatedRecords]:
    """A good model and a fair one; with intervals, or as older programs wrote it."""
    chance = np.random.default_rng(seed)
    truth = (chance.random(count) < 0.3).astype(np.int16)
    found = {}
    for name, skill in (("model", 3.0), ("logistic_regression", 1.2)):
        positive = 1 / (1 + np.exp(-(chance.normal(size=count) + skill * (truth - 0.5))))
        found[name] = np.stack([1 - positive, positive], axis=1).astype(np.float32)

    def scored(name: str, title: str) -> Scores:
        figures = metrics.scores(truth, found[name])
        per_class = dict(zip(LABELS, figures.per_class_by_index, strict=True))
        return Scores(name, title, figures.metrics, per_class, tuple(map(tuple, figures.confusion.tolist())))

    evaluation = Evaluation(
        split,
        LABELS,
        "promoter",
        0.5,
        count,
        scored("model", "Text CNN"),
        (scored("logistic_regression", "Logistic regression on 3-mers"),),
        calibration=Calibration(1.6, (0.2, -0.2), (0.0, 0.5)) if told else AS_IT_IS,
    )
    if told:
        evaluation = with_intervals(evaluation, truth, found, Resamples(200))
    columns = TextColumn.from_strings(f"r{row}" for row in range(count))
    letters = TextColumn.from_strings("ACGT" for _ in range(count))
    probabilities = found.pop("model")
    return evaluation, EvaluatedRecords(columns, letters, truth, probabilities, found)


def page_with(
    qtbot: QtBot, session: Session, theme: Theme, folder: Path, *judged: tuple[Evaluation, EvaluatedRecords]
) -> ResultsPage:
    folder.mkdir()
    run = RunFolder(folder)
    write_evaluations(run.metrics, {evaluation.split: evaluation for evaluation, _ in judged})
    judged[0][1].save(run.evaluation)
    for evaluation, records in judged[1:]:
        records.save(run.evaluation / evaluation.split)
    save(Configuration(), run.config)
    page = ResultsPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1100, 760)
    with qtbot.waitExposed(page):
        page.show()
    session.open_run(folder)
    page.finish()
    return page


def cells(table: FigureTable, title: str) -> list[str]:
    for row in range(table.rowCount()):
        heading = table.item(row, 0)
        if heading is not None and heading.text() == title:
            items = [table.item(row, column) for column in range(1, table.columnCount())]
            return [item.text() for item in items if item is not None]
    raise AssertionError(title)


def aim(page: ResultsPage, name: str) -> None:
    page.threshold.aims.setCurrentIndex(page.threshold.aims.findData(name))


@pytest.mark.parametrize(
    ("interval", "signed", "text"),
    [
        (Interval(0.942, 0.9, 0.971), False, ".942 (.90–.97)"),
        (Interval(1.0, 0.93, 1.0), False, "1.00 (.93–1)"),
        (Interval(-0.052, -0.1, 0.004), False, "−.052 (−.10–.00)"),
        (Interval(0.031, 0.01, 0.052), True, "+.031 (+.01 to +.05)"),
    ],
)
def test_an_interval_is_written_in_few_letters(interval: Interval, signed: bool, text: str) -> None:
    assert interval_text(interval, signed=signed) == text


def test_each_figure_has_its_interval_beside_it(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    evaluation, records = judgement("test", 1)
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    own, simple = evaluation.model.intervals["mcc"], evaluation.baselines[0].intervals["mcc"]
    assert cells(page.table, "MCC") == [interval_text(own), interval_text(simple)]


def test_differences_are_bold_where_chance_hardly_explains_them(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement("test", 1)
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    found = lead_over(evaluation, evaluation.baselines[0], "roc_auc")
    assert found is not None
    assert cells(page.leads, "ROC AUC") == [interval_text(found.interval, signed=True)]
    bold = {
        page.leads.item(row, 0).text(): page.leads.item(row, 1).font().bold() for row in range(page.leads.rowCount())
    }
    for name in evaluation.baselines[0].lead:
        one = lead_over(evaluation, evaluation.baselines[0], name)
        if one is not None and one.interval.defined:
            assert bold[metrics.METRICS[name].title] == (one.p < 0.05), name


def test_a_difference_is_told_in_plain_words() -> None:
    sure, unsure = Interval(-0.1, -0.2, -0.05), Interval(0.02, -0.03, 0.06)
    said = {
        name: lead_sentence("Boosting", name, assess(name, lead))
        for name, lead in {"brier": sure, "mcc": unsure, "f1": sure}.items()
    }
    assert said["brier"] == (
        "Brier score: the model has -0.100 beside “Boosting” (95 % interval -0.200 to -0.050, p 8.9e-05): the model is "
        "better."
    )
    assert said["f1"].endswith("the simple model is better.")
    assert said["mcc"].endswith("chance may explain it.")


def test_figures_of_older_runs_stand_alone(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    evaluation, records = judgement("test", 1, told=False)
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    assert cells(page.table, "MCC")[0] == f"{evaluation.model.metrics['mcc']:.3f}"
    assert not page._tabs.isTabVisible(page._tabs.indexOf(page.leads))
    assert page.calibration.figure is not None
    assert not any(getattr(layer, "name", "").startswith("Before") for layer in page.calibration.figure.layers)


def test_the_reliability_is_shown_before_and_after_with_intervals(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement("test", 1)
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    assert page.calibration.figure is not None
    lines = {layer.name.split(",")[0]: layer for layer in page.calibration.figure.layers if isinstance(layer, Line)}
    after = reliability(records.truth == 1, records.probabilities[:, 1])
    np.testing.assert_array_equal(lines["Text CNN"].y, after.observed)
    np.testing.assert_array_equal(lines["95 % intervals"].y[0::3], after.low)
    np.testing.assert_array_equal(lines["95 % intervals"].y[1::3], after.high)
    raw = evaluation.calibration.undo(records.probabilities)
    before = metrics.calibration_bins(records.truth == 1, raw[:, 1], bins=10)
    np.testing.assert_array_equal(lines["Before calibration"].x, before.predicted)


@pytest.mark.parametrize("name", ["mcc", "youden", "f1", "sensitivity", "specificity"])
def test_a_threshold_is_chosen_by_the_validation_records(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path, name: str
) -> None:
    test, validation = judgement("test", 1), judgement("validation", 2)
    page = page_with(qtbot, session, theme, tmp_path / "run", test, validation)
    page.threshold.share.setValue(95.0)
    aim(page, name)
    wanted = choose_threshold(validation[1].truth == 1, validation[1].probabilities[:, 1], name, value=0.95)
    assert wanted is not None
    assert page.judged is not None
    assert page.judged.threshold == wanted.threshold
    assert page.threshold.choice == "by 240 records"
    assert page.threshold.share.isHidden() == (name not in ("sensitivity", "specificity"))
    found = metrics.scores(test[1].truth, test[1].probabilities, threshold=wanted.threshold).metrics
    assert page.threshold.texts["sensitivity"] == f"{found['sensitivity']:.3f}"


def test_moving_by_hand_forgets_the_aim_and_another_share_chooses_again(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    page = page_with(qtbot, session, theme, tmp_path / "run", judgement("test", 1), judgement("validation", 2))
    aim(page, "specificity")
    assert page.judged is not None
    first = page.judged.threshold
    page.threshold.share.setValue(99.0)
    assert page.judged.threshold > first
    page.threshold.slider.setValue(300)
    assert page.threshold.aims.currentData() == "fixed"
    assert page.threshold.choice == ""
    assert page.judged.threshold == 0.3


def test_without_validation_records_the_choice_is_said_to_flatter(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    page = page_with(qtbot, session, theme, tmp_path / "run", judgement("test", 1))
    aim(page, "mcc")
    assert "flatters" in page.threshold.choice


def test_ppv_and_npv_follow_the_prevalence_as_bayes_says(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement("test", 1)
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    own = float(np.mean(records.truth == 1))
    assert page.threshold.prevalence.value() == pytest.approx(100 * own, abs=1e-3)
    assert page.threshold.worth["ppv"] == f"{evaluation.model.metrics['precision']:.3f}"
    assert page.threshold.worth["chance"] == "0.500"
    page.threshold.prevalence.setValue(1.0)
    figures = evaluation.model.metrics
    ppv, npv = predictive_values(figures["sensitivity"], figures["specificity"], 0.01)
    odds = 0.01 / 0.99 * (1 - own) / own
    expected = {"ppv": f"{ppv:.3f}", "npv": f"{npv:.3f}", "chance": f"{odds / (1 + odds):.3f}"}
    assert page.threshold.worth == expected
    page.threshold.slider.setValue(900)
    assert page.threshold.worth["ppv"] != expected["ppv"], "it follows the threshold too"
    assert page.threshold.prevalence.value() == 1.0, "and keeps the prevalence"


def test_positives_in_use_start_from_the_share_that_training_saw(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement("test", 1)
    evaluation = replace(evaluation, training_counts=(900, 100))
    page = page_with(qtbot, session, theme, tmp_path / "run", (evaluation, records))
    assert page.threshold.prevalence.value() == 10.0
    assert page.threshold.worth["chance"] == "0.500", "there a probability is what the model says"
    figures = evaluation.model.metrics
    ppv, _ = predictive_values(figures["sensitivity"], figures["specificity"], 0.1)
    assert page.threshold.worth["ppv"] == f"{ppv:.3f}"


def test_the_verdict_names_the_threshold_and_where_it_was_chosen() -> None:
    evaluation, _ = judgement("test", 1)
    assert "at a threshold of 0.5" in verdict(evaluation).text
    chosen = replace(evaluation, threshold=0.2314, threshold_aim="mcc")
    assert "at a threshold of 0.231, chosen on validation" in verdict(chosen).text


def test_of_very_many_records_every_so_many_th_chooses(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sorting 200,000 takes 30 ms, and the window answers within 50 ms."""
    monkeypatch.setattr(results, "MOST_TO_CHOOSE_BY", 100)
    test, validation = judgement("test", 1), judgement("validation", 2)
    page = page_with(qtbot, session, theme, tmp_path / "run", test, validation)
    aim(page, "mcc")
    wanted = choose_threshold(validation[1].truth[::3] == 1, validation[1].probabilities[::3, 1], "mcc")
    assert wanted is not None
    assert page.judged is not None
    assert page.judged.threshold == wanted.threshold
    assert page.threshold.choice == "by 80 records"
