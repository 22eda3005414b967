"""Text and rectangles on pages of paper, with matplotlib: lines broken by the widths of their letters.

matplotlib is used because it is here already, needs no display and no Qt, writes text as text, and draws the figures
within the pages by the very functions that draw them elsewhere. Lengths are points, 1/72 inch; y grows upwards. To be
used within `figure_files.style`. Importing this imports matplotlib.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from matplotlib import font_manager
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure
from matplotlib.gridspec import GridSpec
from matplotlib.patches import Rectangle

from bioseq.report.sheet import INK

if TYPE_CHECKING:
    from bioseq.report.sheet import Sheet

POINTS_PER_INCH = 72.0
MM = POINTS_PER_INCH / 25.4
WIDTH, HEIGHT = 210 * MM, 297 * MM
"""A4."""
LEFT, RIGHT, TOP, BOTTOM = 20 * MM, 190 * MM, 277 * MM, 20 * MM
SANS, MONO = "DejaVu Sans", "DejaVu Sans Mono"
LINE = 1.4
"""Distance of lines, times the size of the letters."""
_UNKNOWN_WIDTH = 1.0
_MEASURED_AT = 100


class Pages:
    """A PDF that grows page by page.

    Attributes:
        y: Where the next line's top is; falls as the page fills.
    """

    def __init__(self, title: str) -> None:
        self._buffer = io.BytesIO()
        self._title = title
        metadata = {"Title": title, "Creator": "BioSeq Studio", "CreationDate": None}
        self._pdf = PdfPages(self._buffer, metadata=metadata)
        self._number = 0
        self._page = self._new_page()
        self.y = TOP

    def _new_page(self) -> Figure:
        self._number += 1
        return Figure(figsize=(WIDTH / POINTS_PER_INCH, HEIGHT / POINTS_PER_INCH))

    def turn(self) -> None:
        """Go on with a new page."""
        self._finish_page()
        self._page = self._new_page()
        self.y = TOP

    def room(self, height: float) -> None:
        """Turn the page unless there is so much room on it; more than a page has is taken from a fresh one."""
        if self.y - height < BOTTOM and self.y < TOP:
            self.turn()

    def gap(self, height: float) -> None:
        """Leave some room, but none at the top of a page."""
        if self.y < TOP:
            self.y -= height

    def text(self, x: float, text: str, size: float, **look: Any) -> None:
        """One line whose top is at `y`; looks are those of matplotlib's text."""
        look = {"color": INK, "va": "baseline", **look}
        self._page.text(x / WIDTH, (self.y - size) / HEIGHT, text, fontsize=size, **look)

    def lines(self, x: float, lines: list[str], size: float, **look: Any) -> None:
        """Lines one below the other; turns the page where they need it."""
        for line in lines:
            self.room(size * LINE)
            self.text(x, line, size, **look)
            self.y -= size * LINE

    def box(self, x: float, top: float, width: float, height: float, colour: str) -> None:
        """A filled rectangle behind the text."""
        corner = (x / WIDTH, (top - height) / HEIGHT)
        box = Rectangle(
            corner, width / WIDTH, height / HEIGHT, transform=self._page.transFigure, color=colour, lw=0, zorder=-1
        )
        self._page.add_artist(box)

    def figure(self, sheet: Sheet, x: float, width: float) -> float:
        """A figure whose top is at `y`; gives its height."""
        height = sheet.height(width / MM) * MM
        # Only pages with figures are laid out: it takes as long as drawing them.
        self._page.set_layout_engine("constrained")
        grid = GridSpec(
            3,
            3,
            figure=self._page,
            width_ratios=(x, width, WIDTH - x - width),
            height_ratios=(HEIGHT - self.y, height, self.y - height),
            wspace=0,
            hspace=0,
        )
        sheet.draw(self._page.add_subfigure(grid[1, 1]), width / MM)
        return height

    def content(self) -> bytes:
        """The finished PDF."""
        self._finish_page()
        self._pdf.close()
        return self._buffer.getvalue()

    def _finish_page(self) -> None:
        look: dict[str, Any] = {"fontsize": 7, "color": "#5B6776"}
        self._page.text(LEFT / WIDTH, 10 * MM / HEIGHT, fitted(self._title, 130 * MM, 7), **look)
        self._page.text(RIGHT / WIDTH, 10 * MM / HEIGHT, str(self._number), ha="right", **look)
        self._pdf.savefig(self._page, facecolor="white")


def broken(text: str, width: float, size: float, *, family: str = SANS, bold: bool = False) -> list[str]:
    """A text in lines of at most this width; words are kept whole where they fit."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if measured(longer, size, family=family, bold=bold) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, width, size, family=family, bold=bold)
            lines += full
        lines.append(line)
    return lines


def _pieces(word: str, width: float, size: float, *, family: str, bold: bool) -> list[str]:
    """A word in pieces that fit, as long as they can be."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and measured(pieces[-1] + letter, size, family=family, bold=bold) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces


def fitted(text: str, width: float, size: float) -> str:
    """A text cut off so that it fits into one line."""
    if measured(text, size) <= width:
        return text
    while text and measured(f"{text}…", size) > width:
        text = text[:-1]
    return f"{text}…"


def measured(text: str, size: float, *, family: str = SANS, bold: bool = False) -> float:
    """Width of a text, points."""
    return sum(_advance(letter, family, bold) for letter in text) * size


@lru_cache(maxsize=20_000)
def _advance(letter: str, family: str, bold: bool) -> float:
    """Width of a letter in units of its size."""
    font = _font(family, bold)
    if not font.get_char_index(ord(letter)):
        return _UNKNOWN_WIDTH
    return float(font.load_char(ord(letter)).linearHoriAdvance) / 65_536 / _MEASURED_AT


@lru_cache(maxsize=8)
def _font(family: str, bold: bool) -> Any:
    properties = font_manager.FontProperties(family=family, weight="bold" if bold else "normal")
    font = font_manager.get_font(font_manager.findfont(properties))
    font.set_size(_MEASURED_AT, POINTS_PER_INCH)
    return font
