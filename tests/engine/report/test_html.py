"""The report is one file that needs nothing, runs nothing, and shows whatever it is given as text."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from bioseq.report.comparison import comparison_report
from bioseq.report.document import Table
from bioseq.report.html import to_html
from bioseq.report.material import read_material
from bioseq.report.sections import run_report

if TYPE_CHECKING:
    from bioseq.report.material import Judgement, Material
    from bioseq.runs.folder import RunFolder

VOID = {"meta", "img", "br", "hr", "input", "link"}
_PAGE = "html head meta title style body header h1 h2 p nav ol ul li a main section div dl dt dd figure figcaption"
_PARTS = "strong table caption thead tbody tr th td details summary pre mark footer"
_DRAWING = "svg g path defs clippath rect text tspan use pattern"
ALLOWED = {*_PAGE.split(), *_PARTS.split(), *_DRAWING.split()}


class Reader(HTMLParser):
    """Reads a page strictly: tags are closed in the order in which they were opened."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self._open or self._open[-1] != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert not reader._open
    return reader


@pytest.fixture(scope="module")
def page(hostile: Material) -> str:
    return to_html(run_report(hostile))


def test_labels_and_names_of_strangers_stay_text(page: str, hostile: Material) -> None:
    reader = read(page)
    assert {tag for tag, _ in reader.tags} <= ALLOWED
    assert not [name for _, attributes in reader.tags for name in attributes if name.startswith("on")]
    assert "alert(1)" in reader.words
    assert "<script>" in reader.words
    assert hostile.name[:40] in reader.words


def test_labels_of_strangers_stay_text_in_drawings_of_many_classes(hostile_many: Material) -> None:
    reader = read(to_html(run_report(hostile_many)))
    assert {tag for tag, _ in reader.tags} <= ALLOWED
    assert not set("\u202e\x07") & set(reader.words)


def test_nothing_is_fetched_and_nothing_runs(page: str) -> None:
    for tag, attributes in read(page).tags:
        for name in ("src", "href", "xlink:href", "action", "data", "srcset"):
            assert (attributes.get(name) or "#").startswith("#"), (tag, attributes)
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert not re.findall(r"url\((?!#)", page)


def test_names_within_the_page_are_unique_and_links_lead_somewhere(page: str) -> None:
    tags = read(page).tags
    names = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(names) == len(set(names))
    links = {
        str(value)[1:]
        for _, attributes in tags
        for key, value in attributes.items()
        if key in ("href", "xlink:href", "aria-labelledby") and str(value).startswith("#")
    }
    assert links <= set(names)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(names)


def test_figures_take_the_colours_of_the_page_and_keep_their_text(page: str) -> None:
    drawings = re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL)
    assert len(drawings) == 7
    for drawing in drawings:
        assert "<text" in drawing
        assert "var(--ink)" in drawing
        assert "#1b2430" not in drawing
        assert drawing.startswith('<svg role="img" aria-label="')


def test_no_folder_of_the_person_is_told(page: str) -> None:
    assert "/home/somebody" not in page


def test_a_report_of_a_real_run_says_what_the_run_is(trained_run: RunFolder) -> None:
    words = read(trained_run.report.read_text(encoding="utf-8")).words
    for part in ("Summary", "Data and split", "Results", "Settings", "Methods", "Model card", "Provenance"):
        assert part in words
    material = read_material(trained_run.path)
    assert material.main is not None
    assert f"{material.main.evaluation.model.metrics['mcc']:.3f}" in words
    assert material.data["files"][0]["sha256"] in words
    assert "Epochs at most" in words
    assert material.nearness is not None
    assert material.nearness.sentence in words
    assert "Similarity to training records" in words


def test_settings_that_differ_from_the_defaults_are_marked(trained_run: RunFolder) -> None:
    page = trained_run.report.read_text(encoding="utf-8")
    marked = re.findall(r'<tr class="strong"><th scope="row">([^<]*)</th>', page)
    assert {"Epochs at most", "Batch size", "CPU threads"} <= set(marked)
    assert "Learning rate" not in marked


def test_the_run_in_bold_is_chosen_by_validation_and_not_by_the_test(hostile: Material) -> None:
    def told(name: str, *, test: float, validation: float) -> Material:
        main = hostile.main
        assert main is not None

        def judged(mcc: float) -> Judgement:
            model = replace(main.evaluation.model, metrics={**main.evaluation.model.metrics, "mcc": mcc})
            return replace(main, evaluation=replace(main.evaluation, model=model))

        return replace(hostile, name=name, judged={"test": judged(test), "validation": judged(validation)})

    behind, ahead = told("lucky", test=0.9, validation=0.5), told("chosen", test=0.8, validation=0.6)
    unknown = replace(ahead, judged={"test": ahead.judged["test"]})
    for second, bold in ((ahead, {1}), (unknown, set())):
        blocks = comparison_report([behind, second]).sections[0].blocks
        assert next(block for block in blocks if isinstance(block, Table)).strong == bold


def test_runs_judged_by_the_same_records_are_compared_and_others_are_told_apart(
    hostile: Material, hostile_many: Material
) -> None:
    same = read(to_html(comparison_report([hostile, hostile])))
    assert "can be compared" in same.words
    assert "All settings are the same." in same.words
    assert "0.000 (0.000 to 0.000) 1.000 0.000 (0.000 to 0.000) 1.000 0 : 0" in same.words
    other = read(to_html(comparison_report([hostile, hostile_many])))
    assert "do not tell which model is better" in other.words
    assert {tag for tag, _ in other.tags} <= ALLOWED
    names = [attributes["id"] for _, attributes in other.tags if "id" in attributes]
    assert len(names) == len(set(names))


def test_a_run_that_was_not_judged_has_a_report_all_the_same(empty_run: RunFolder) -> None:
    words = read(to_html(run_report(read_material(empty_run.path)))).words
    assert "nothing tells how good it is" in words
    assert "no record of software versions" in words
    assert "()" not in words
