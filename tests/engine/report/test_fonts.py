"""Letters of any script are drawn with an installed font that has them, whatever its name; else there is a warning."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.O_S_2f_2 import Panose
from matplotlib import font_manager
from matplotlib.text import Text

from bioseq.protocol.control import Control
from bioseq.protocol.events import Warned
from bioseq.protocol.jobs import ReportJob
from bioseq.report.document import Document, Paragraph, Section, texts_of
from bioseq.report.figure_files import drawn, style
from bioseq.report.figures import confusion
from bioseq.report.fonts import USUAL, excerpt, fallback
from bioseq.report.pdf import to_pdf
from bioseq.report.sections import run_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fontTools.pens.basePen import AbstractPen

    from bioseq.report.material import Material
    from bioseq.runs.folder import RunFolder

    Install = Callable[..., Path]

LETTERS = "标签"
"""Those of the labels that `hostile_many` has and DejaVu Sans lacks."""


def square(pen: AbstractPen) -> None:
    """An outline with a curve."""
    pen.moveTo((100, 0))
    pen.lineTo((100, 800))
    pen.curveTo((300, 900), (700, 900), (900, 800))
    pen.lineTo((900, 0))
    pen.closePath()


def made(
    path: Path, letters: str, *, cubic: bool = False, rights: int = 0, style_name: str = "Regular", serifs: int = 11
) -> Path:
    """A font with these letters."""
    names = [".notdef", *(f"uni{ord(letter):04X}" for letter in letters)]
    builder = FontBuilder(1000, isTTF=not cubic)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(letter): name for letter, name in zip(letters, names[1:], strict=True)})
    if cubic:
        pen = T2CharStringPen(1000, None)
        square(pen)
        builder.setupCFF(path.stem, {}, dict.fromkeys(names, pen.getCharString()), {})
    else:
        quadratic = TTGlyphPen(None)
        quadratic.moveTo((100, 0))
        quadratic.lineTo((100, 800))
        quadratic.lineTo((900, 0))
        quadratic.closePath()
        builder.setupGlyf(dict.fromkeys(names, quadratic.glyph()))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": path.stem, "styleName": style_name, "psName": path.stem})
    looks = Panose()
    looks.bFamilyType, looks.bSerifStyle = 2, serifs
    builder.setupOS2(fsType=rights, fsSelection=0x20 if style_name == "Bold" else 0x40, panose=looks)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Makes fonts, which are then the only ones that are installed."""
    installed: list[str] = []
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: list(installed))
    monkeypatch.setattr(font_manager.fontManager, "ttflist", list(font_manager.fontManager.ttflist))

    def one(name: str, letters: str, **looks: object) -> Path:
        path = made(tmp_path / name, letters, **looks)  # type: ignore[arg-type]
        installed.append(str(path))
        return path

    return one


def test_letters_that_the_usual_font_has_need_no_other(install: Install) -> None:
    install("Other.ttf", "abc")
    assert fallback(["ÉLÉMENT-α белок\n"]).fonts == ()


def test_as_few_fonts_as_will_do_take_over_and_plain_ones_without_serifs_first(install: Install) -> None:
    install("A.ttf", "标")
    install("Serifs.ttf", "标签", serifs=2)
    install("Zbold.ttf", "标签", style_name="Bold")
    both, last = install("Both.ttf", "标签"), install("Last.ttf", "ペ")
    found = fallback(["标签ペ"])
    assert found.fonts == ((both, frozenset("标签")), (last, frozenset("ペ")))
    assert found.warning == ("", "")


def test_letters_that_no_font_has_are_named_with_a_remedy(install: Install) -> None:
    install("Half.ttf", "标")
    found = fallback(["标签"])
    assert found.missing == ("签",)
    message, remedy = found.warning
    assert "签 (U+7B7E)" in message
    assert "Install a font" in remedy


def test_fonts_that_may_not_be_embedded_or_stand_for_whole_scripts_are_passed_over(install: Install) -> None:
    install("Restricted.ttf", "标", rights=0x0002)
    everything = install("Everything.ttf", "标")
    with TTFont(everything) as font:
        font["cmap"].tables[0].format = 13
        font["cmap"].tables[0].__class__ = type(font["cmap"].tables[0].newSubtable(13))
        font["cmap"].tables = font["cmap"].tables[:1]
        font["cmap"].tables[0].platformID, font["cmap"].tables[0].platEncID = 3, 10
        font["cmap"].tables[0].reserved, font["cmap"].tables[0].language = 0, 0
        font.save(everything)
    assert fallback(["标"]).missing == ("标",)


@pytest.mark.parametrize("cubic", [False, True])
def test_an_excerpt_has_its_letters_alone_with_outlines_that_can_be_embedded(install: Install, cubic: bool) -> None:
    path = install("Whole.otf" if cubic else "Whole.ttf", "标签多", cubic=cubic)
    with TTFont(io.BytesIO(excerpt(path, "标签"))) as font:
        assert set(font.getBestCmap()) == {ord("标"), ord("签")}
        glyph = font["glyf"][font.getBestCmap()[ord("标")]]
        assert glyph.numberOfContours == 1
        assert "CFF " not in font


@pytest.mark.parametrize("cubic", [False, True])
def test_the_pdf_embeds_the_font_that_has_the_letters(install: Install, cubic: bool) -> None:
    install("Rare.otf" if cubic else "Rare.ttf", LETTERS, cubic=cubic)
    content = to_pdf(Document("T", "", (Section("one", "One", (Paragraph(f"Class {LETTERS}."),)),)))
    assert b"Rare" in content
    assert b"LastResort" not in content


def test_figures_are_drawn_with_the_font_that_has_the_letters(install: Install, hostile_many: Material) -> None:
    install("Rarer.ttf", LETTERS)
    assert hostile_many.main is not None
    with style():
        figure = drawn(confusion(hostile_many.main.evaluation), width_mm=85)
    families = {tuple(text.get_fontfamily()) for text in figure.findobj(Text) if LETTERS[0] in text.get_text()}
    assert families == {(USUAL, "Rarer")}


def test_the_document_tells_all_its_texts(hostile_many: Material) -> None:
    texts = list(texts_of(run_report(hostile_many)))
    assert any(LETTERS in text for text in texts)
    assert "Model card" in texts


def test_who_writes_a_report_is_warned_of_letters_that_cannot_be_drawn(
    install: Install, trained_run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bioseq.jobs import report

    install("None.ttf", "a")
    monkeypatch.setattr("bioseq.report.write.texts_of", lambda _: iter(("耐热",)))
    monkeypatch.setattr(report, "write_report", lambda *_: None)
    for name, warnings in (("report.html", 0), ("report.pdf", 1)):
        job = ReportJob("j", (str(trained_run.path),), str(tmp_path / name))
        warned = [event for event in report.run(job, Control()) if isinstance(event, Warned)]
        assert len(warned) == warnings
        assert all("耐 (U+8010)" in event.message for event in warned)
