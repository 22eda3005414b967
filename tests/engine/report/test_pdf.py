"""The report as PDF: text as text, lines within the page, hostile texts harmless."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

import pytest

from bioseq.report.document import Bullets, Callout, Document, Facts, Folded, Listing, Paragraph, Section, Table
from bioseq.report.pdf import to_pdf
from bioseq.report.sections import run_report
from bioseq.report.typesetting import broken, fitted, measured

if TYPE_CHECKING:
    from bioseq.report.material import Material


def pages_of(content: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", content))


def test_a_run_becomes_pages_with_figures_as_vectors(hostile: Material) -> None:
    content = to_pdf(run_report(hostile))
    assert content.startswith(b"%PDF")
    assert pages_of(content) >= 5
    assert b"/Subtype /Image" not in content
    assert b"/FontFile2" in content
    assert b"/JavaScript" not in content


def test_equal_reports_are_equal_files() -> None:
    document = Document("Title", "Subtitle", (Section("one", "One", (Paragraph("Text."),)),))
    assert to_pdf(document) == to_pdf(document)


def test_endless_texts_and_tables_fill_pages_and_lose_no_rows() -> None:
    rows = tuple((f"row{number}", "word " * (number % 40), "1") for number in range(200))
    blocks = (
        Paragraph("long " * 3000),
        Callout("W" * 400, "bad"),
        Bullets(("item " * 60,)),
        Table(("name", "text", "n"), rows, numbers=1, strong=frozenset({3})),
        Facts((("name", "x" * 5000),)),
        Folded("More", (Listing("line = 1\n" * 120),)),
    )
    content = to_pdf(Document("T" * 300, "", (Section("one", "One", blocks),)))
    assert 8 <= pages_of(content) <= 60
    streams = [zlib.decompress(part) for part in re.findall(rb"stream\n(x.*?)\nendstream", content, re.DOTALL)]
    assert sum(stream.count(b" Tf") for stream in streams) > 200


@pytest.mark.parametrize("text", ["", "one", "some words in a line " * 9, "x" * 900, "标签 " * 60])
def test_lines_fit_and_lose_nothing(text: str) -> None:
    lines = broken(text, 200.0, 9.0)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(measured(line, 9.0) <= 200.0 for line in lines)
    assert measured(fitted(text, 100.0, 9.0), 9.0) <= 100.0
