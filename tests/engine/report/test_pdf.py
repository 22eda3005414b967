"""The report as PDF: words and numbers stay whole, pages are full, nothing is lost, hostile texts are harmless."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from reportlab.platypus import Paragraph as Lines
from reportlab.platypus import Table as Grid

from bioseq.report.document import (
    TO_FILL,
    Block,
    Bullets,
    Callout,
    Document,
    Facts,
    Folded,
    Listing,
    Paragraph,
    Picture,
    Section,
    Table,
)
from bioseq.report.figures import confusion, metric_bars
from bioseq.report.fonts import Fallback
from bioseq.report.paper import ACROSS, DOWN, FigureRow, Heading, Lettering
from bioseq.report.pdf import _BESIDE, _pieces, _Writer, to_pdf
from bioseq.report.sections import run_report

if TYPE_CHECKING:
    from reportlab.platypus import Flowable

    from bioseq.report.material import Material

METRICS = ("Accuracy", "Balanced accuracy", "F1", "MCC", "ROC AUC", "PR AUC", "Brier score", "Calibration error")


@pytest.fixture(scope="module")
def writer() -> _Writer:
    return _Writer(Lettering(Fallback()))


def pages_of(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def set_blocks(writer: _Writer, *blocks: Block) -> list[Flowable]:
    return list(writer.story(Document("T", "", (Section("one", "One", blocks),)), ""))


def set_table(writer: _Writer, table: Table) -> tuple[list[list[Lines]], list[float]]:
    """The cells of a table, each broken into its lines, and the widths of its columns."""
    grid = next(one for one in set_blocks(writer, table) if isinstance(one, Grid))
    rows = [row for row in grid._cellvalues if all(isinstance(cell, Lines) for cell in row)]
    for row in rows:
        for cell, width in zip(row, grid._colWidths, strict=True):
            cell.wrap(width - 2 * _BESIDE, DOWN)
    return rows, grid._colWidths


def words_of(cell: Lines) -> list[str]:
    """The words of each line, as they are broken."""
    lines = cell.blPara.lines
    return [word for line in lines for word in (line[1] if isinstance(line, tuple) else [w.text for w in line.words])]


def test_a_run_becomes_pages_with_figures_an_outline_and_a_title(hostile: Material) -> None:
    content = to_pdf(run_report(hostile))
    assert content.startswith(b"%PDF")
    assert pages_of(content) >= 5
    assert content.count(b"/Subtype /Image") >= 7
    assert b"/FontFile2" in content
    assert b"/Outlines" in content
    assert b"(Model card)" in content
    assert b"/JavaScript" not in content
    assert b"Helvetica" not in content  # every font that is named is embedded
    assert len(content) < 2_000_000


def test_equal_reports_are_equal_files(hostile: Material) -> None:
    assert hostile.main is not None
    blocks = (Paragraph("标签"), Picture(confusion(hostile.main.evaluation)))
    document = Document("Title", "Subtitle", (Section("one", "One", blocks),))
    assert to_pdf(document) == to_pdf(document)


def test_endless_texts_and_tables_fill_pages() -> None:
    rows = tuple((f"row{number}", "word " * (number % 40), "1") for number in range(200))
    blocks = (
        Paragraph("long " * 3000),
        Callout("W" * 4000, "bad"),
        Bullets(("item " * 60,)),
        Table(("name", "text", "n"), rows, numbers=1, strong=frozenset({3})),
        Facts((("name", "x" * 5000),)),
        Folded("More", (Listing("line = 1\n" * 120),)),
    )
    assert 8 <= pages_of(to_pdf(Document("T" * 300, "", (Section("one", "One", blocks),)))) <= 60


def test_rows_taller_than_a_page_go_on_in_others_and_lose_nothing(writer: _Writer) -> None:
    texts = ("word " * 2000).strip(), "x" * 3000, "short"
    widths = [200.0, 100.0, 50.0]
    rows = _pieces([writer.lettering.paragraph(text, 8) for text in texts], widths)
    assert len(rows) > 2
    for place, text in enumerate(texts):
        cells = [row[place] for row in rows if isinstance(row[place], Lines)]
        assert all(cell.wrap(widths[place], DOWN)[1] < DOWN / 2 for cell in cells)
        assert "".join(word for cell in cells for word in words_of(cell)) == text.replace(" ", "")


def test_numbers_and_the_words_of_headings_stay_whole_in_a_crowded_table(writer: _Writer) -> None:
    name = "Logistic regression on single letters (roots of shares) and the length"
    row = (name, *("0.123 to 0.456",) * 2, *("0.123",) * 7)
    table = Table(("model", "95 % CI", *METRICS), (row,), numbers=9, strong=frozenset({0}))
    (header, cells), widths = set_table(writer, table)
    assert sum(widths) <= ACROSS + 0.01
    assert [len(cell.blPara.lines) for cell in cells[1:]] == [1] * 9
    for cell, text in zip((*header, *cells), (*table.header, *row), strict=True):
        assert " ".join(words_of(cell)).split() == text.split()


def test_a_table_of_very_many_columns_becomes_several_that_fit_on_the_page(writer: _Writer) -> None:
    table = Table(tuple(f"title {number}" for number in range(60)), (("0.123 to 0.456",) * 60,), numbers=59)
    grids = [one for one in set_blocks(writer, table) if isinstance(one, Grid)]
    assert all(sum(one._colWidths) <= ACROSS for one in grids)
    titles = [cell.getPlainText() for one in grids for cell in one._cellvalues[0]]
    assert titles.count("title 0") == len(grids)
    assert [title for title in titles if title != "title 0"] == list(table.header[1:])


def test_names_of_records_stay_whole_where_the_page_is_wide_enough_for_them(writer: _Writer) -> None:
    names = ("RF00513_ACZN01000015_1_107340-107442", "RF00513_AEVS01000045_1_57253-57355")
    table = Table(
        ("record", "class", "most similar", "its class", "identity"), ((names[0], "1", names[1], "2", "89%"),)
    )
    (_, cells), _ = set_table(writer, table)
    assert [len(cell.blPara.lines) for cell in cells] == [1] * 5


def test_a_heading_leaves_the_foot_of_a_page_together_with_what_follows(writer: _Writer, hostile: Material) -> None:
    assert hostile.main is not None
    sheet = confusion(hostile.main.evaluation)
    for blocks, least in (
        ((Paragraph("x"),), 60),
        ((Picture(sheet),), FigureRow([sheet], writer.lettering).least_height),
    ):
        story = set_blocks(writer, *blocks)
        place = max(number for number, one in enumerate(story) if isinstance(one, Heading))
        assert story[place - 1].height > least


def test_figures_shrink_a_little_rather_than_leave_a_page_half_empty(writer: _Writer, hostile: Material) -> None:
    assert hostile.main is not None
    evaluation = hostile.main.evaluation
    narrow, wide = confusion(evaluation), metric_bars((evaluation.model,), "Subject.")
    for sheets in ((narrow,), (narrow, narrow), (wide,)):
        row = FigureRow(sheets, writer.lettering)
        full = row.wrap(ACROSS, DOWN)[1]
        assert row.least_height < 0.85 * full
        for room in (row.least_height + 1, 0.9 * full, full):
            assert row.wrap(ACROSS, room)[1] <= room
        assert row.wrap(ACROSS, row.least_height - 1)[1] == full


def test_letters_that_the_mono_font_lacks_are_set_in_the_regular_one(writer: _Writer) -> None:
    assert writer.lettering.markup("a\u05d0", "Report-Mono") == 'a<font name="Report">\u05d0</font>'
    assert writer.lettering.markup("a\u05d0") == "a\u05d0"


def test_nothing_in_a_text_is_markup_and_what_is_to_be_filled_in_stands_out(writer: _Writer) -> None:
    markup = writer.lettering.markup(f"<b>x</b> & \x07{TO_FILL}")
    assert markup.startswith("&lt;b&gt;x&lt;/b&gt; &amp; \N{REPLACEMENT CHARACTER}<font backColor=")
    assert markup.count("<font") == 1
