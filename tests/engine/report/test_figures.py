"""Figures say what the numbers say, are vectors with text as text, and come with their source data."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from sklearn import metrics as reference

from bioseq.report import curves, figures
from bioseq.report.figure_files import WIDTHS_MM, drawn, saved, source_data, style, svg_of, write_sheets
from bioseq.report.sheet import interval

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.figure import Figure

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.report.material import Material
    from bioseq.report.sheet import Sheet

SVG = "{http://www.w3.org/2000/svg}"


def judged(material: Material) -> tuple[Evaluation, EvaluatedRecords]:
    main = material.main
    assert main is not None
    assert main.records is not None
    return main.evaluation, main.records


def table(sheet: Sheet) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(source_data(sheet).decode("utf-8"))))


def lines(sheet: Sheet) -> Figure:
    with style():
        return drawn(sheet, width_mm=85)


def test_the_roc_curve_is_that_of_the_records_and_drawn_through_every_point(hostile: Material) -> None:
    evaluation, records = judged(hostile)
    sheet = curves.roc(evaluation, records)
    positive = evaluation.labels.index(evaluation.positive)
    false_rate, true_rate, _ = reference.roc_curve(
        records.truth == positive, records.probabilities[:, positive], drop_intermediate=False
    )
    curve = lines(sheet).axes[0].get_lines()[0]
    np.testing.assert_allclose(curve.get_xdata(), false_rate)
    np.testing.assert_allclose(curve.get_ydata(), true_rate)
    rows = table(sheet)
    np.testing.assert_allclose([float(row["true_positive_rate"]) for row in rows], true_rate)


def test_the_precision_recall_curve_is_drawn_in_steps(hostile: Material) -> None:
    sheet = curves.precision_recall(*judged(hostile))
    curve = lines(sheet).axes[0].get_lines()[0]
    assert curve.get_drawstyle() == "steps-post"
    assert len(curve.get_xdata()) == len(table(sheet))


def test_a_figure_of_many_classes_has_a_curve_for_each(hostile_many: Material) -> None:
    evaluation, records = judged(hostile_many)
    found = [line for line in lines(curves.roc(evaluation, records)).axes[0].get_lines() if len(line.get_xdata()) > 2]
    assert len(found) == 3
    cells = table(figures.confusion(evaluation))
    assert sum(int(value) for row in cells for name, value in row.items() if name != "true_class") == len(records.truth)


def test_shares_of_each_class_add_up_to_one(hostile_many: Material) -> None:
    evaluation, records = judged(hostile_many)
    rows = table(figures.confidence(evaluation, records))
    shares = np.array([[float(value) for value in list(row.values())[2:]] for row in rows])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)


def test_every_metric_of_every_predictor_stands_in_the_source_data(trained_material: Material) -> None:
    evaluation, _ = judged(trained_material)
    predictors = (evaluation.model, *evaluation.baselines)
    sheet = figures.metric_bars(predictors, "Subject.")
    rows = table(sheet)
    assert len(rows) == len(predictors) * len(evaluation.model.metrics)
    for row in rows[: len(evaluation.model.metrics)]:
        assert float(row["value"]) == pytest.approx(evaluation.model.metrics[row["metric"]], nan_ok=True)
        if bounds := interval(evaluation.model, row["metric"]):
            assert (float(row["low"]), float(row["high"])) == pytest.approx(bounds)
    assert any(row["low"] for row in rows)
    assert "95 %" in sheet.caption


def test_files_have_the_width_that_was_asked_for_and_equal_figures_are_equal_files(
    hostile: Material, tmp_path: Path
) -> None:
    sheet = figures.confusion(judged(hostile)[0])
    for width in WIDTHS_MM:
        list(write_sheets(tmp_path, [sheet], width_mm=width, dpis=(300, 600)))
        root = ET.fromstring((tmp_path / "confusion.svg").read_bytes())  # noqa: S314 - our own file
        assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(width / 25.4 * 72, abs=0.01)
        for name, dpi in (("confusion.png", 300), ("confusion-600dpi.png", 600)):
            with Image.open(tmp_path / name) as picture:
                assert picture.width == pytest.approx(width / 25.4 * dpi, abs=1)
                assert picture.info["dpi"] == pytest.approx((dpi, dpi), abs=0.1)
        assert (tmp_path / "confusion.pdf").read_bytes().startswith(b"%PDF")
    assert svg_of(sheet) == svg_of(sheet)


def test_text_is_text_and_labels_are_no_formulas(hostile: Material) -> None:
    sheet = figures.confusion(judged(hostile)[0])
    root = ET.fromstring(svg_of(sheet))  # noqa: S314 - our own drawing
    words = ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]
    assert "Predicted class" in words
    assert any("$" in word for word in words)
    assert not list(root.iter(f"{SVG}image"))
    with style():
        content = saved(drawn(sheet, width_mm=85), "pdf")
    assert b"/FontFile2" in content  # TrueType (42): text that programs for drawing can change
    assert b"/Type3" not in content


def test_a_run_of_one_epoch_and_no_records_still_has_its_figures(hostile: Material) -> None:
    evaluation, _ = judged(hostile)
    names = [sheet.name for sheet in figures.sheets(evaluation, None, hostile.state.epochs[:1])]
    assert names == ["curves", "confusion", "metrics"]
    for sheet in figures.sheets(None, None, hostile.state.epochs[:1]):
        assert b"<svg" in svg_of(sheet)


def test_the_loss_once_calibrated_has_its_own_curve_where_it_chose(hostile: Material) -> None:
    plain = hostile.state.epochs
    told = [replace(one, validation={**one.validation, "calibrated_loss": 0.5 / one.epoch}) for one in plain]
    names = [
        [line.get_label() for line in lines(curves.epoch_curves(one)).axes[0].get_lines()] for one in (plain, told)
    ]
    assert set(names[1]) - set(names[0]) == {"validation, once calibrated"}
    captions = [curves.epoch_curves(one).caption for one in (plain, told)]
    assert ["temperature" in caption for caption in captions] == [False, True]
    assert [row["validation_calibrated_loss"] for row in table(curves.epoch_curves(told))][:2] == ["0.5", "0.25"]


def test_a_curve_of_very_many_points_keeps_its_ends_and_moves_none() -> None:
    kept = curves._kept_points(1_000_000)
    assert (kept[0], kept[-1]) == (0, 999_999)
    assert len(kept) <= 50_000
    assert curves._kept_points(7).tolist() == list(range(7))
