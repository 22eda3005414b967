"""Figures as values: their columns, ranges, and what stands in the files made of them."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from bioseq.errors import BioseqError
from bioseq_gui.plots import paper
from bioseq_gui.plots.figure import Axis, Bars, Cells, Figure, Line, Points, Rule, Steps, class_style, log_ticks, ticks
from bioseq_gui.theme.tokens import LIGHT

if TYPE_CHECKING:
    from pathlib import Path


def curves() -> Figure:
    x = np.linspace(0, 1, 5)
    return Figure(
        "roc",
        "ROC curve",
        Axis("False positive rate", minimum=0.0, maximum=1.0),
        Axis("Sensitivity", minimum=0.0, maximum=1.0),
        (Rule(), Line("Text CNN, AUC 0.9", x, np.sqrt(x), "class:0"), Line("Baseline", x, x, "class:3", "dash")),
    )


def everything() -> Figure:
    two = np.array([1.0, 2.0])
    return Figure(
        "all",
        "All layers",
        Axis("x", unit="nt"),
        Axis("y"),
        (
            Line("line", two, two, "model", marker="s"),
            Line("raw", two, two * 2, "model", faint=True),
            Steps("steps", np.array([0.0, 1.0, 3.0]), two, "class:1"),
            Bars("bars", two, two + 0.5, two * 0, two, "class:2", keys=("a", "b")),
            Points("points", two, two, "best", "star", hollow=True),
            Rule(x=1.5, text="here"),
            Rule(y=0.5, text="there"),
        ),
    )


def test_the_csv_holds_the_numbers_of_the_curves_in_full_precision() -> None:
    figure = curves()
    rows = list(csv.DictReader(io.StringIO(figure.csv())))
    line = figure.layers[1]
    assert isinstance(line, Line)
    assert [float(row["False positive rate"]) for row in rows] == line.x.tolist()
    assert [float(row["Text CNN, AUC 0.9"]) for row in rows] == line.y.tolist()


def test_curves_over_different_positions_have_columns_of_their_own() -> None:
    figure = Figure(
        "f",
        "f",
        Axis("x"),
        Axis("y"),
        (
            Line("a", np.arange(3.0), np.arange(3.0), "text"),
            Line("b", np.arange(2.0), np.array([5.0, np.nan]), "text"),
        ),
    )
    rows = list(csv.DictReader(io.StringIO(figure.csv())))
    assert set(rows[0]) == {"a: x", "a: y", "b: x", "b: y"}
    assert [row["b: y"] for row in rows] == ["5", "", ""]


def test_names_that_a_spreadsheet_takes_for_formulas_are_made_harmless() -> None:
    figure = Figure("f", "f", Axis("x"), Axis("y"), (Line("=cmd()", np.zeros(1), np.zeros(1), "text"),))
    assert "'=cmd()" in figure.csv().splitlines()[0]


def test_a_confusion_matrix_is_a_table_in_its_csv() -> None:
    cells = Cells(("a", "b"), ("a", "b"), ((3, 1), (0, 4)), "True class", "Told class")
    rows = list(csv.reader(io.StringIO(Figure("c", "c", Axis(""), Axis(""), (cells,)).csv())))
    assert rows == [["True class \\ Told class", "a", "b"], ["a", "3", "1"], ["b", "0", "4"]]


def test_every_kind_of_file_is_what_its_name_says(qapp: object, tmp_path: Path) -> None:
    starts = {"svg": b"<?xml", "pdf": b"%PDF-", "png": b"\x89PNG"}
    for kind, start in starts.items():
        path = tmp_path / f"figure.{kind}"
        paper.save(everything(), path)
        assert path.read_bytes().startswith(start)
    paper.save(everything(), tmp_path / "figure.csv")
    assert (tmp_path / "figure.csv").read_text(encoding="utf-8") == everything().csv()


def test_an_svg_holds_vectors_and_text_in_the_colours_of_the_classes(qapp: object, tmp_path: Path) -> None:
    paper.save(curves(), tmp_path / "roc.svg")
    text = (tmp_path / "roc.svg").read_text(encoding="utf-8")
    assert "<image" not in text
    assert "<polyline" in text or "<path" in text
    assert "Text CNN, AUC 0.9" in re.findall(r">([^<>]+)</text>", text)
    for index in (0, 3):
        assert LIGHT.classes[index].lower() in text.lower()


def test_a_pdf_holds_a_font_and_no_picture(qapp: object) -> None:
    content = paper.render(curves(), "pdf")
    assert b"/Font" in content
    assert b"/Subtype /Image" not in content


def test_a_png_has_300_dots_to_an_inch_and_the_colour_of_the_curve(qapp: object) -> None:
    image = QImage.fromData(paper.render(curves(), "png"))
    assert round(image.dotsPerMeterX() * 0.0254) == 300
    wanted = QColor(LIGHT.classes[0]).rgb()
    assert any(image.pixel(x, y) == wanted for x in range(300, image.width(), 3) for y in range(100, image.height(), 3))


def test_another_ending_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match=r"\.svg, \.pdf, \.png or \.csv"):
        paper.save(curves(), tmp_path / "roc.gif")


def test_a_place_that_cannot_be_written_is_said(qapp: object, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BioseqError, match="could not be written"):
        paper.save(curves(), tmp_path / "file" / "roc.svg")


def test_ranges_hold_all_finite_numbers_and_obey_given_ends() -> None:
    line = Line("a", np.array([1.0, 2.0, 3.0]), np.array([np.nan, 4.0, 8.0]), "text")
    figure = Figure("f", "f", Axis("x", minimum=0.0), Axis("y"), (line,))
    assert figure.x_range()[0] == 0.0
    assert figure.x_range()[1] > 3.0
    low, high = figure.y_range()
    assert low < 4.0 < 8.0 < high


def test_a_logarithmic_range_passes_over_what_has_no_logarithm() -> None:
    line = Line("a", np.arange(3.0), np.array([0.0, 0.01, 1.0]), "text")
    low, high = Figure("f", "f", Axis("x"), Axis("y", logarithmic=True), (line,)).y_range()
    assert 0 < low < 0.01
    assert high > 1.0


def test_a_figure_of_one_point_still_has_a_range() -> None:
    line = Line("a", np.array([1.0]), np.array([5.0]), "text")
    low, high = Figure("f", "f", Axis("x"), Axis("y"), (line,)).y_range()
    assert low < 5.0 < high


def test_ticks_are_round_and_within_the_ends() -> None:
    assert ticks(0, 1) == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert ticks(0, 3, whole=True) == (0.0, 1.0, 2.0, 3.0)
    assert log_ticks(0.05, 20) == (0.1, 1.0, 10.0)
    assert log_ticks(0.15, 0.7) == (0.2, 0.5)


def test_classes_beyond_the_eighth_differ_in_line_style() -> None:
    looks = {(class_style(index).colour[-1:], class_style(index).dash) for index in range(8)}
    assert class_style(0).dash != class_style(8).dash
    assert len(looks) == 8


def test_very_long_curves_are_thinned_on_paper_with_their_peaks() -> None:
    y = np.zeros(300_000)
    y[123_456], y[222_222] = 7.0, -3.0
    x, thin = paper.thinned(np.arange(300_000.0), y)
    assert len(x) < 25_000
    assert (thin.max(), thin.min()) == (7.0, -3.0)
