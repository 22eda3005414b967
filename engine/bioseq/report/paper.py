"""What a report on paper is made of: its fonts, the looks of its texts, headings, rows of figures, numbered pages.

reportlab sets the lines and fills the pages. Lengths are points, 1/72 inch. Importing this imports matplotlib.
"""

from __future__ import annotations

import io
import zlib
from itertools import groupby
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from PIL import Image
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate

from bioseq.report.document import TO_FILL
from bioseq.report.figure_files import drawn, saved, style
from bioseq.report.fonts import MONO, SANS, SANS_BOLD, bundled, excerpt
from bioseq.report.plain import shown
from bioseq.report.sheet import INK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bioseq.report.fonts import Fallback
    from bioseq.report.sheet import Sheet

MARGIN = 20 * mm
ACROSS = A4[0] - 2 * MARGIN
"""Width of the text."""
DOWN = A4[1] - 2 * MARGIN
"""Height of the text."""
GUTTER = 14.0
BODY, SMALL, LARGE, TITLE = 9.0, 7.5, 13.0, 20.0
MUTED, RULE, GROUND, MARK = HexColor("#5B6776"), HexColor("#D5DAE1"), HexColor("#F3F5F8"), "#FFF1B8"
_LEADING = 1.4
"""Distance of lines, times the size of the letters."""
_DPI = 300
_SMALLEST_SCALE = 0.7
"""Of figures that are made smaller so that they fit on what is left of a page."""
REGULAR, _BOLD, _MONO = "Report", "Report-Bold", "Report-Mono"


class Lettering:
    """The fonts of one document: the usual ones, and for each letter that they lack the one that takes over.

    Args:
        fallback: The fonts that take over.
    """

    def __init__(self, fallback: Fallback) -> None:
        for name, file in ((REGULAR, SANS), (_BOLD, SANS_BOLD), (_MONO, MONO)):
            pdfmetrics.registerFont(TTFont(name, str(bundled(file))))
            pdfmetrics.registerFontFamily(name, normal=name, bold=_BOLD, italic=name, boldItalic=_BOLD)
        self._font_of: dict[str, str] = {}
        for path, letters in fallback.fonts:
            content = excerpt(path, letters)
            # Named by what it holds: reportlab keeps fonts by their names, and another report needs other letters.
            name = f"{path.stem}-{zlib.crc32(content):08x}"
            pdfmetrics.registerFont(TTFont(name, io.BytesIO(content)))
            pdfmetrics.registerFontFamily(name, normal=name, bold=name, italic=name, boldItalic=name)
            self._font_of.update(dict.fromkeys(letters, name))

    def markup(self, text: str, font: str = REGULAR) -> str:
        """A text as reportlab reads it: the only markup in it is fonts, and marks on what is still to be filled in."""
        parts = []
        for name, run in self._runs(text, font):
            letters = escape("".join(run))
            parts.append(letters if name == font else f'<font name="{name}">{letters}</font>')
        return "".join(parts).replace(TO_FILL, f'<font backColor="{MARK}">{TO_FILL}</font>')

    def width(self, text: str, size: float, *, bold: bool) -> float:
        """Width of a text in one line."""
        runs = self._runs(text, _BOLD if bold else REGULAR)
        return sum(float(pdfmetrics.stringWidth("".join(run), name, size)) for name, run in runs)

    def _runs(self, text: str, font: str) -> Iterator[tuple[str, Iterator[str]]]:
        """A text in pieces of one font each; the regular one has letters that the bold and the mono one lack."""
        held = pdfmetrics.getFont(font).face.charToGlyph

        def font_of(letter: str) -> str:
            return self._font_of.get(letter) or (font if ord(letter) in held else REGULAR)

        return groupby(_clean(text), font_of)

    def paragraph(
        self, text: str, size: float, *, bold: bool = False, mono: bool = False, bullet: str = "", **look: Any
    ) -> Paragraph:
        """A text in lines; looks are those of reportlab's `ParagraphStyle`."""
        font = _MONO if mono else _BOLD if bold else REGULAR
        return Paragraph(self.markup(text, font), _look(size, font, **look), bulletText=bullet or None)


def _clean(text: str) -> str:
    """A text that can be set: no control characters; endless ones are cut."""
    return shown(text, longest=20_000)


def _look(size: float, font: str, **look: Any) -> ParagraphStyle:
    settings = {
        "fontName": font,
        "fontSize": size,
        "leading": size * _LEADING,
        "textColor": HexColor(INK),
        "bulletFontName": REGULAR,
        "bulletFontSize": size,
        "splitLongWords": 1,
        **look,
    }
    return ParagraphStyle("text", **settings)


class Heading(Flowable):  # type: ignore[misc]
    """A heading, and its entry in the outline of the file.

    Args:
        paragraph: As it is set.
        title: As it stands in the outline.
        level: Its depth there, from 0.
    """

    def __init__(self, paragraph: Paragraph, title: str, level: int) -> None:
        super().__init__()
        self._paragraph, self._title, self._level = paragraph, _clean(title), level

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Width and height that it takes."""
        _, self._height = self._paragraph.wrap(width, height)
        return width, self._height

    def getSpaceBefore(self) -> float:  # noqa: N802 - reportlab's name
        """Room above it."""
        return float(self._paragraph.getSpaceBefore())

    def getSpaceAfter(self) -> float:  # noqa: N802 - reportlab's name
        """Room below it."""
        return float(self._paragraph.getSpaceAfter())

    def draw(self) -> None:
        """Set it, and name the place."""
        key = f"heading-{self.canv.getPageNumber()}-{self.canv.absolutePosition(0, 0)[1]:.0f}"
        self.canv.bookmarkHorizontal(key, 0, self._height)
        self.canv.addOutlineEntry(self._title, key, self._level, closed=self._level > 0)
        self._paragraph.drawOn(self.canv, 0, 0)


class FigureRow(Flowable):  # type: ignore[misc]
    """Figures beside each other, each above its caption; the caption of a single narrow one stands beside it.

    They stay together, and are made a little smaller where that spares a page that is half empty.

    Args:
        sheets: One figure, or two narrow ones.
        lettering: Fonts of the captions.
    """

    def __init__(self, sheets: Sequence[Sheet], lettering: Lettering) -> None:
        super().__init__()
        half = (ACROSS - GUTTER) / 2
        self._column = ACROSS if sheets[0].wide else half
        self._beside = len(sheets) == 1 and not sheets[0].wide
        self._pictures = [_picture(sheet, self._column) for sheet in sheets]
        self._heights = [sheet.height(self._column / mm) * mm for sheet in sheets]
        self._captions = [
            lettering.paragraph(f"{sheet.title}. {sheet.caption}", SMALL, textColor=MUTED) for sheet in sheets
        ]
        self._scale = 1.0

    @property
    def least_height(self) -> float:
        """Height when it is as small as it gets."""
        return self._height(_SMALLEST_SCALE)

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """Width and height that it takes, so that it fits if it can."""
        self._scale = 1.0
        if (rest := height - self._height(0.0)) < max(self._heights) and not self._beside:
            self._scale = max(_SMALLEST_SCALE, rest / max(self._heights))
        elif self._beside:
            self._scale = min(1.0, max(_SMALLEST_SCALE, height / self._heights[0]))
        if self._height(self._scale) > height:
            self._scale = 1.0
        return width, self._height(self._scale)

    def _height(self, scale: float) -> float:
        captions = [caption.wrap(self._column, DOWN)[1] for caption in self._captions]
        tallest = max(self._heights) * scale
        return float(max(tallest, *captions) if self._beside else tallest + max(captions) + 4)

    def draw(self) -> None:
        """Place figures and captions."""
        top = self._height(self._scale)
        for place, (picture, full, caption) in enumerate(
            zip(self._pictures, self._heights, self._captions, strict=True)
        ):
            x = place * (self._column + GUTTER)
            width, height = self._column * self._scale, full * self._scale
            centred = x + (0 if self._beside else (self._column - width) / 2)
            self.canv.drawImage(picture, centred, top - height, width, height)
            _, lines = caption.wrap(self._column, DOWN)
            if self._beside:
                caption.drawOn(self.canv, width + GUTTER, top - lines - BODY)
            else:
                caption.drawOn(self.canv, x, top - height - 4 - lines)


def _picture(sheet: Sheet, width: float) -> ImageReader:
    with style():
        content = saved(drawn(sheet, width_mm=width / mm), "png", dpi=_DPI)
    with Image.open(io.BytesIO(content)) as picture:
        return ImageReader(picture.convert("RGB"))


def pages(story: list[Flowable], title: str, subtitle: str, lettering: Lettering) -> bytes:
    """The content of a PDF file of A4 pages, numbered; equal stories make equal files."""
    buffer = io.BytesIO()
    foot = lettering.paragraph(title, SMALL, textColor=MUTED)

    def finish(canvas: Any, template: Any) -> None:
        _, height = foot.wrap(ACROSS - 30, 2 * SMALL)
        foot.drawOn(canvas, MARGIN, MARGIN / 2 - height + SMALL)
        canvas.setFont(REGULAR, SMALL)
        canvas.setFillColor(MUTED)
        canvas.drawRightString(MARGIN + ACROSS, MARGIN / 2, str(template.page))

    def start(canvas: Any, template: Any) -> None:
        canvas.showOutline()
        finish(canvas, template)

    SimpleDocTemplate(
        buffer,
        pagesize=A4,
        # A frame keeps 6 points within each margin.
        leftMargin=MARGIN - 6,
        rightMargin=MARGIN - 6,
        topMargin=MARGIN - 6,
        bottomMargin=MARGIN - 6,
        title=_clean(title),
        subject=_clean(subtitle),
        author="",
        creator="BioSeq Studio",
        producer="BioSeq Studio",
        lang="en",
        initialFontName=REGULAR,
        invariant=1,
    ).build(story, onFirstPage=start, onLaterPages=finish)
    return buffer.getvalue()
