"""The Results page: what is drawn equals what is computed; the verdict is honest; threshold, cells, export, faults."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt

from bioseq.config.files import save
from bioseq.config.schema import Configuration, TrainingSettings
from bioseq.evaluation import metrics
from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores, write_evaluations
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import RunState
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.pages.results import ResultsPage
from bioseq_gui.pages.results_parts import cell_rows
from bioseq_gui.pages.results_words import verdict
from bioseq_gui.plots.figure import Line, Points, Steps
from bioseq_gui.plots.results_plots import Judged, class_density, threshold_figures

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from pytestqt.qtbot import QtBot

    from bioseq_gui.plots.base import Plot
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

TWO = ("negative", "positive")
THREE = ("acceptor", "donor", "neither")


def chances(truth: NDArray[np.int64], classes: int, *, skill: float, seed: int) -> NDArray[np.float32]:
    draw = np.random.default_rng(seed)
    scores = draw.normal(0, 1, (len(truth), classes))
    scores[np.arange(len(truth)), truth] += skill
    powers = np.exp(scores)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def scored(name: str, labels: tuple[str, ...], truth: NDArray[np.int64], probabilities: NDArray[np.float32]) -> Scores:
    found = metrics.scores(truth, probabilities)
    per_class = dict(zip(labels, found.per_class_by_index, strict=True))
    confusion = tuple(tuple(int(count) for count in row) for row in found.confusion)
    return Scores(name, name.replace("_", " ").capitalize(), found.metrics, per_class, confusion)


def judgement(
    labels: tuple[str, ...] = TWO,
    *,
    count: int = 400,
    skill: float = 2.0,
    baseline_skill: float = 1.0,
    split: str = "test",
    seed: int = 1,
) -> tuple[Evaluation, EvaluatedRecords]:
    truth = np.random.default_rng(seed).integers(0, len(labels), count)
    model = chances(truth, len(labels), skill=skill, seed=seed + 10)
    baseline = chances(truth, len(labels), skill=baseline_skill, seed=seed + 20)
    majority = np.tile(np.eye(len(labels), dtype=np.float32)[-1], (count, 1))
    evaluation = Evaluation(
        split,
        labels,
        labels[1] if len(labels) == 2 else "",
        0.5,
        count,
        scored("text_cnn", labels, truth, model),
        (scored("logistic_regression", labels, truth, baseline), scored("majority", labels, truth, majority)),
    )
    records = EvaluatedRecords(
        TextColumn.from_strings(f"record|{row}" for row in range(count)),
        TextColumn.from_strings("ACGT" * (row % 7 + 1) for row in range(count)),
        truth.astype(np.int16),
        model,
        {"logistic_regression": baseline, "majority": majority},
    )
    return evaluation, records


def judged_with_intervals(**how: float) -> Evaluation:
    evaluation, records = judgement(**how)  # type: ignore[arg-type]
    known = {"text_cnn": records.probabilities, **records.baselines}
    return with_intervals(evaluation, records.truth, known, Resamples(200))


def write_run(folder: Path, *judged: tuple[Evaluation, EvaluatedRecords], config: Configuration | None = None) -> Path:
    folder.mkdir(parents=True)
    run = RunFolder(folder)
    write_evaluations(run.metrics, {evaluation.split: evaluation for evaluation, _records in judged})
    judged[0][1].save(run.evaluation)
    for evaluation, records in judged[1:]:
        records.save(run.evaluation / evaluation.split)
    save(config or Configuration(), run.config)
    return folder


def page_for(qtbot: QtBot, session: Session, theme: Theme, run: Path | None) -> ResultsPage:
    page = ResultsPage(session, theme)
    qtbot.addWidget(page)
    page.resize(1100, 760)
    with qtbot.waitExposed(page):
        page.show()
    if run is not None:
        session.open_run(run)
        page.finish()
    return page


def line(plot: Plot, start: str) -> Line:
    assert plot.figure is not None
    return next(layer for layer in plot.figure.layers if isinstance(layer, Line) and layer.name.startswith(start))


def drawn(plot: Plot, layer: Line) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    assert plot.canvas is not None
    assert plot.figure is not None
    x, y = plot.canvas.items_drawn[plot.figure.layers.index(layer)].getOriginalDataset()
    return x, y


def test_the_curves_on_the_screen_are_those_of_the_metrics(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement()
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    yes, chance = records.truth == 1, records.probabilities[:, 1]
    for plot, start, expected in (
        (page.roc, "Text cnn", metrics.roc_curve(yes, chance)[:2]),
        (page.roc, "Logistic", metrics.roc_curve(yes, records.baselines["logistic_regression"][:, 1])[:2]),
        (page.precision_recall, "Text cnn", metrics.precision_recall_curve(yes, chance)[1::-1]),
    ):
        x, y = drawn(plot, line(plot, start))
        np.testing.assert_array_equal(x, expected[0])
        np.testing.assert_array_equal(y, expected[1])


def test_the_area_under_the_drawn_roc_is_the_figure_in_table_and_legend(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement()
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    x, y = drawn(page.roc, line(page.roc, "Text cnn"))
    area = float(np.trapezoid(y, x))
    assert area == pytest.approx(evaluation.model.metrics["roc_auc"], abs=1e-12)
    assert line(page.roc, "Text cnn").name == f"Text cnn, AUC {area:.3f}"
    rows = {page.table.item(row, 0).text(): row for row in range(page.table.rowCount())}
    assert page.table.item(rows["ROC AUC"], 1).text() == f"{area:.3f}"


def test_many_classes_have_a_curve_each_in_their_order_and_colour(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement(THREE)
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    assert page.threshold.isHidden()
    assert page.roc.figure is not None
    curves = [layer for layer in page.roc.figure.layers if isinstance(layer, Line)]
    assert [curve.colour for curve in curves] == ["class:0", "class:1", "class:2"]
    for index, name in enumerate(THREE):
        auc = evaluation.model.per_class[name]["roc_auc"]
        assert curves[index].name == f"{name}, AUC {auc:.3f}"
        assert float(np.trapezoid(curves[index].y, curves[index].x)) == pytest.approx(auc, abs=1e-12)
    assert page.classes.rowCount() == 3


def test_the_positive_density_shows_the_positives(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    evaluation, records = judgement(skill=3.0)
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    assert page.density.figure is not None
    steps = {layer.name: layer for layer in page.density.figure.layers if isinstance(layer, Steps)}
    centres = (steps["positive"].edges[1:] + steps["positive"].edges[:-1]) / 2
    assert steps["positive"].heights.sum() == pytest.approx(1.0)
    assert float(centres @ steps["positive"].heights) > 0.7
    assert float(centres @ steps["negative"].heights) < 0.3
    assert page.density.figure.x.title == "Probability of “positive”"
    own = records.probabilities[records.truth == 1, 1]
    expected = np.histogram(own.astype(float), 20, (0, 1))[0] / len(own)
    np.testing.assert_array_equal(class_density(Judged(evaluation, records, 0.5), 1), expected)


def test_the_confusion_matrix_is_that_of_the_evaluation(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement(THREE)
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    shown = [page.confusion.series[name].tolist() for name in THREE]  # type: ignore[union-attr]
    assert tuple(zip(*shown, strict=True)) == evaluation.model.confusion


@pytest.mark.parametrize("threshold", [0.05, 0.5, 0.8, 0.999])
def test_the_figures_at_a_threshold_equal_the_metrics(threshold: float) -> None:
    evaluation, records = judgement()
    expected = metrics.scores(records.truth, records.probabilities, threshold=threshold).metrics
    for name, value in threshold_figures(Judged(evaluation, records, threshold)).items():
        assert value == pytest.approx(expected[name], nan_ok=True), name


def test_moving_the_threshold_moves_figures_confusion_and_marks(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement()
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    before = page.threshold.texts
    page.threshold.slider.setValue(800)
    qtbot.waitUntil(lambda: not page._threshold_timer.isActive())
    found = metrics.scores(records.truth, records.probabilities, threshold=0.8)
    assert page.threshold.texts["sensitivity"] == f"{found.metrics['sensitivity']:.3f}" != before["sensitivity"]
    assert page.confusion.series["positive"].tolist() == found.confusion[:, 1].tolist()  # type: ignore[union-attr]
    assert page.roc.figure is not None
    mark = next(layer for layer in page.roc.figure.layers if isinstance(layer, Points))
    assert mark.y.tolist() == [pytest.approx(found.metrics["sensitivity"])]
    assert mark.x.tolist() == [pytest.approx(1 - found.metrics["specificity"])]
    page.threshold._reset.click()
    assert page.judged is not None
    assert page.judged.threshold == evaluation.threshold
    assert page.threshold.texts == before


def test_a_cell_lists_exactly_its_records_surest_first(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    evaluation, records = judgement()
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", (evaluation, records)))
    page.show_cell(0, 1)
    assert page.judged is not None
    rows = cell_rows(page.judged, 0, 1)
    wanted = {row for row in range(400) if records.truth[row] == 0 and records.probabilities[row, 1] >= 0.5}
    assert set(rows.tolist()) == wanted
    assert len(wanted) == evaluation.model.confusion[0][1]
    assert np.all(np.diff(records.probabilities[rows, 1]) <= 0)
    assert page.records.isVisible()
    assert page.records.model.index(0, 0).data(Qt.ItemDataRole.DisplayRole) == f"record|{rows[0]}"
    page.set_threshold(0.9)
    assert page.records.isHidden()


def test_the_split_switch_shows_the_records_of_each_split(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    test, validation = judgement(), judgement(split="validation", seed=5, count=120)
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", test, validation))
    assert page.judged is not None
    assert page.judged.evaluation.split == "test"
    page._split_buttons["validation"].click()
    page.finish()
    assert page.judged.evaluation.split == "validation"
    assert len(page.judged.records.truth) == 120
    assert "flattering" in page.frame._purpose.text()
    x, y = drawn(page.roc, line(page.roc, "Text cnn"))
    assert float(np.trapezoid(y, x)) == pytest.approx(validation[0].model.metrics["roc_auc"], abs=1e-12)


def test_a_split_without_its_records_is_not_offered(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    run = RunFolder(tmp_path / "run")
    run.path.mkdir()
    test, validation = judgement(), judgement(split="validation", seed=5)
    write_evaluations(run.metrics, {"test": test[0], "validation": validation[0]})
    test[1].save(run.evaluation)
    page = page_for(qtbot, session, theme, run.path)
    assert page._split_buttons["validation"].isHidden()
    page.show_split("validation")
    assert page.judged is not None
    assert page.judged.evaluation.split == "test"


def test_the_verdict_praises_only_what_is_clearly_better() -> None:
    found = verdict(judged_with_intervals(skill=3.0, baseline_skill=1.0))
    assert found.tone == "good"
    assert found.text.startswith("Finds 9")
    assert [one.code for one in found.others] == ["evaluation.better"]


def test_the_verdict_says_when_the_simple_model_is_better() -> None:
    found = verdict(judged_with_intervals(skill=0.8, baseline_skill=3.0))
    assert found.tone == "bad"
    assert "evaluation.worse" in [one.code for one in found.others]


def test_the_verdict_calls_a_small_difference_chance() -> None:
    found = verdict(judged_with_intervals(skill=2.0, baseline_skill=2.0, seed=3))
    assert found.tone == "warning"
    assert "chance may explain that" in found.others[0].message


def test_what_the_verdict_must_say_first_is_its_heading_with_what_to_do() -> None:
    found = verdict(judged_with_intervals(skill=0.0, baseline_skill=0.0))
    assert found.tone == "bad"
    assert found.text.startswith("Nothing that tells the classes apart was found")
    assert found.caution.startswith("Check that each label belongs to its sequence")
    assert "Finds " in found.caution
    assert not any(one.message == found.text for one in found.others), "it is said once"
    assert not any("simple model" in one.remedy for one in found.others)


def test_old_figures_without_intervals_are_compared_with_nothing() -> None:
    found = verdict(judgement(skill=3.0, baseline_skill=1.0)[0])
    assert (found.tone, found.caution, found.others) == ("muted", "", ())
    assert found.text.startswith("Finds 9")


def test_the_verdict_on_many_classes_names_the_weakest() -> None:
    evaluation, _records = judgement(THREE)
    weakest = min(THREE, key=lambda name: evaluation.model.per_class[name]["sensitivity"])
    assert f"finds “{weakest}” least well" in verdict(evaluation).text


def test_all_figures_are_exported_in_all_formats(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", judgement()))
    with qtbot.waitSignal(page.figures_exported, timeout=10_000):
        page.export_figures(tmp_path / "figures")
    names = {path.name for path in (tmp_path / "figures").iterdir()}
    figures = ("roc", "precision_recall", "confusion", "confidence", "calibration")
    assert names == {f"{name}.{kind}" for name in figures for kind in ("svg", "pdf", "png", "csv")}
    assert "20 files" in page.frame.message.text


def test_the_empty_page_says_what_to_do(qtbot: QtBot, session: Session, theme: Theme) -> None:
    page = page_for(qtbot, session, theme, None)
    assert page.frame.primary.isHidden()
    assert page._stack.currentWidget() is page._empty


@pytest.mark.parametrize("damage", ["missing", "nonsense", "records"])
def test_a_damaged_run_is_said_in_the_page(
    damage: str, qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    run = RunFolder(write_run(tmp_path / "run", judgement()))
    match damage:
        case "missing":
            run.metrics.unlink()
        case "nonsense":
            run.metrics.write_text(json.dumps({"evaluations": 3}), encoding="utf-8")
        case "records":
            (run.evaluation / "truth.npy").unlink()
    page = page_for(qtbot, session, theme, run.path)
    assert page.frame.message.text
    assert page.judged is None
    assert page.frame.secondary.isHidden()


def test_records_of_another_evaluation_are_refused(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    run = RunFolder(write_run(tmp_path / "run", judgement()))
    judgement(count=30)[1].save(run.evaluation)
    page = page_for(qtbot, session, theme, run.path)
    assert "do not belong" in page.frame.message.text


def test_results_of_earlier_settings_say_so(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", judgement(), config=session.configuration)
    session.show_run(run, RunState())
    page = page_for(qtbot, session, theme, run)
    assert not page.frame.message.text
    changed = session.configuration.model_copy(update={"training": TrainingSettings(epochs=7)})
    session.replace_configuration(changed, title="Epochs")
    assert page.frame.message.text.startswith("From previous settings")
    assert "Epochs at most" in page.frame.message.text
    session.undo_stack.undo()
    assert not page.frame.message.text


def test_another_run_never_shows_the_figures_of_the_one_before(
    qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path
) -> None:
    first = write_run(tmp_path / "first", judgement())
    second = write_run(tmp_path / "second", judgement(THREE, seed=9))
    page = page_for(qtbot, session, theme, first)
    page.set_threshold(0.7)
    session.open_run(second)
    assert page.judged is not None
    assert page.judged.evaluation.labels == THREE
    session.open_run(None)
    assert page.judged is None


def test_predict_leads_on(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> None:
    page = page_for(qtbot, session, theme, write_run(tmp_path / "run", judgement()))
    with qtbot.waitSignal(page.predict_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)
