"""A report as PDF: the same sections, set on A4.

Importing this imports matplotlib.
"""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from reportlab.lib.colors import HexColor
from reportlab.platypus import CondPageBreak, Spacer
from reportlab.platypus import Table as Grid

from bioseq.report.document import (
    Block,
    Bullets,
    Callout,
    Document,
    Facts,
    Folded,
    Listing,
    Paragraph,
    Picture,
    Table,
    Tiles,
    texts_of,
)
from bioseq.report.fonts import fallback
from bioseq.report.paper import (
    ACROSS,
    BODY,
    GROUND,
    LARGE,
    MUTED,
    REGULAR,
    RULE,
    SMALL,
    TITLE,
    FigureRow,
    Heading,
    Lettering,
    pages,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from reportlab.platypus import Flowable
    from reportlab.platypus import Paragraph as Lines

_TONES = {
    "info": ("#0B6E99", "#E9F2F8"),
    "good": ("#1A7F4B", "#E8F5EE"),
    "warning": ("#9A5B00", "#FDF3E2"),
    "bad": ("#B3261E", "#FCEBEA"),
}
_PAD = 6.0
_BESIDE = 5.0
"""Between the columns of a table, to each side."""
_TALLEST = 180.0
"""Of a row; what is taller goes on in another, which may stand on the next page."""
_START = 70.0
"""What must fit below a heading; else it stands on the next page."""
_TRIES = ((SMALL, 1.0), (7.0, 1.0), (6.5, 1.0), (SMALL, 0.33), (7.0, 0.2), (6.5, 0.15), (6.0, 0.12), (5.0, 0.08))
"""Sizes of the letters of a table, and the widest word of a text, in widths of the page, kept whole with each."""


def to_pdf(document: Document) -> bytes:
    """The report as the content of a PDF file."""
    found = fallback(texts_of(document))
    writer = _Writer(Lettering(found))
    return pages(
        list(writer.story(document, " ".join(found.warning).strip())),
        document.title,
        document.subtitle,
        writer.lettering,
    )


class _Writer:
    """Makes the blocks of one document into what reportlab sets."""

    def __init__(self, lettering: Lettering) -> None:
        self.lettering = lettering

    def story(self, document: Document, warning: str) -> Iterator[Flowable]:
        """All of a document in order; a warning about its letters comes first."""
        text = self.lettering.paragraph
        yield Heading(text(document.title, TITLE, bold=True, leading=TITLE * 1.2, spaceAfter=4), document.title, 0)
        yield text(document.subtitle, BODY, textColor=MUTED)
        if warning:
            yield Spacer(0, _PAD)
            yield from self._callout(Callout(warning, "warning"))
        for section in document.sections:
            yield from self._titled(section.title, section.blocks, LARGE, 0)
        yield text(document.colophon, SMALL, textColor=MUTED, spaceBefore=14)

    def _titled(self, title: str, blocks: Sequence[Block], size: float, level: int) -> Iterator[Flowable]:
        """A heading that does not stand alone at the foot of a page, and what it is of."""
        inner = list(self._blocks(blocks, level + 1))
        start = inner[0].least_height if inner and isinstance(inner[0], FigureRow) else _START
        yield CondPageBreak(start + 3 * size)
        heading = self.lettering.paragraph(title, size, bold=True, spaceBefore=1.1 * size, spaceAfter=0.5 * size)
        yield Heading(heading, title, level)
        yield from inner

    def _blocks(self, blocks: Iterable[Block], level: int) -> Iterator[Flowable]:
        """Figures that follow each other stand in pairs."""
        for pictures, group in groupby(blocks, lambda block: isinstance(block, Picture)):
            if pictures:
                yield from self._figures([block for block in group if isinstance(block, Picture)])
                continue
            for block in group:
                yield from self._block(block, level)
                yield Spacer(0, _PAD)

    def _block(self, block: Block, level: int) -> Iterator[Flowable]:
        text = self.lettering.paragraph
        match block:
            case Paragraph():
                yield text(block.text, BODY)
            case Bullets():
                yield from (text(item, BODY, bullet="•", leftIndent=12, spaceAfter=2) for item in block.items)
            case Callout():
                yield from self._callout(block)
            case Tiles():
                yield self._tiles(block)
            case Facts():
                rows = tuple((f"{name} •" if name in block.marked else name, value) for name, value in block.items)
                marked = frozenset(number for number, (name, _) in enumerate(block.items) if name in block.marked)
                yield from self._table(Table(("", ""), rows, strong=marked))
            case Table():
                yield from self._table(block)
            case Listing():
                yield from (text(line or " ", SMALL - 1, mono=True) for line in block.text.splitlines())
            case Folded():
                yield from self._titled(block.title, block.blocks, BODY, level)
            case Picture():
                yield FigureRow([block.sheet], self.lettering)

    def _figures(self, pictures: Sequence[Picture]) -> Iterator[Flowable]:
        """Wide figures alone, narrow ones in pairs."""
        row: list[Picture] = []
        for place, picture in enumerate(pictures):
            row.append(picture)
            following = pictures[place + 1 : place + 2]
            if len(row) == 2 or picture.sheet.wide or not following or following[0].sheet.wide:
                yield FigureRow([one.sheet for one in row], self.lettering)
                yield Spacer(0, 2 * _PAD)
                row = []

    def _callout(self, block: Callout) -> Iterator[Flowable]:
        strong, tint = _TONES[block.tone]
        pieces = _pieces([self.lettering.paragraph(block.text, BODY)], [ACROSS - 4 * _PAD])
        looks = [
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(tint)),
            ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(strong)),
            ("LEFTPADDING", (0, 0), (-1, -1), 2 * _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), 2 * _PAD),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, 0), _PAD),
            ("BOTTOMPADDING", (0, -1), (-1, -1), _PAD),
        ]
        yield _grid(pieces, [ACROSS], looks)

    def _tiles(self, block: Tiles) -> Flowable:
        text = self.lettering.paragraph
        width = ACROSS / max(1, len(block.items))
        cells = [
            [text(what, SMALL, textColor=MUTED) for _, what, _ in block.items],
            [text(value, LARGE, bold=True) for value, _, _ in block.items],
            [text(remark, SMALL - 1, textColor=MUTED) for _, _, remark in block.items],
        ]
        looks = [
            ("BACKGROUND", (0, 0), (-1, -1), GROUND),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("BOTTOMPADDING", (0, 0), (-1, 1), 0),
            ("TOPPADDING", (0, 1), (-1, -1), 1),
            ("LINEAFTER", (0, 0), (-2, -1), 5, HexColor("#FFFFFF")),
            ("LEFTPADDING", (0, 0), (-1, -1), _PAD),
            ("RIGHTPADDING", (0, 0), (-1, -1), _PAD),
        ]
        return _grid(cells, [width] * len(block.items), looks)

    def _table(self, block: Table) -> Iterator[Flowable]:
        """A table whose caption and header stand again on each page; one that is too wide becomes several."""
        if not block.rows:
            return
        columns, header = len(block.header), any(block.header)
        size, widths = self._widths(block)
        if sum(widths) > ACROSS + 1:
            for part in _halves(block):
                yield from self._table(part)
                yield Spacer(0, _PAD)
            return
        inner = [width - 2 * _BESIDE for width in widths]
        head: list[list[Lines | str]] = []
        if block.caption:
            caption = self.lettering.paragraph(block.caption, SMALL, textColor=MUTED)
            head.append([caption, *[""] * (columns - 1)])
        if header:
            head.append(self._cells(block, block.header, size, bold=True, textColor=MUTED))
        looks: list[tuple[object, ...]] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), _BESIDE),
            ("RIGHTPADDING", (0, 0), (-1, -1), _BESIDE),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
        ]
        if block.caption:
            looks += [("SPAN", (0, 0), (-1, 0)), ("RIGHTPADDING", (0, 0), (-1, 0), sum(widths) - ACROSS)]
        if header:
            looks += [("VALIGN", (0, len(head) - 1), (-1, len(head) - 1), "BOTTOM"), _rule(len(head) - 1)]
        rows: list[list[Lines | str]] = []
        for number, row in enumerate(block.rows):
            rows += _pieces(self._cells(block, row, size, bold=number in block.strong), inner)
            looks.append(_rule(len(head) + len(rows) - 1))
        yield _grid([*head, *rows], widths, looks, repeated=len(head))

    def _cells(self, block: Table, row: Sequence[str], size: float, *, bold: bool, **look: Any) -> list[Lines]:
        """Texts begin at the left of their columns, numbers end at the right."""
        first = len(block.header) - block.numbers
        return [
            self.lettering.paragraph(cell, size, bold=bold, alignment=2 if place >= first else 0, **look)
            for place, cell in enumerate(row)
        ]

    def _widths(self, block: Table) -> tuple[float, list[float]]:
        """Size of the letters and width of each column: words and numbers are kept whole, texts share what is left.

        The widths are more than the page has where no page holds so many columns.
        """
        first = len(block.header) - block.numbers
        for size, share in _TRIES:
            whole = [self._column(block, place, size) for place in range(len(block.header))]
            parts = [_part(width, share * ACROSS) for width, _ in whole[:first]]
            least = [*parts, *(width for width, _ in whole[first:])]
            if sum(least) <= ACROSS:
                break
        if sum(least) > ACROSS and len(least) <= 2:
            least = [width * ACROSS / sum(least) for width in least]
        wanted = [max(own, full) for own, (_, full) in zip(least, whole, strict=True)]
        return size, _shared(least, wanted, ACROSS)

    def _column(self, block: Table, place: int, size: float) -> tuple[float, float]:
        """Width of a column's longest word, and of its longest text; numbers with their units are one word."""
        is_number = place >= len(block.header) - block.numbers
        cells = [(row[place], number in block.strong) for number, row in enumerate(block.rows)]
        texts = [(block.header[place], True), *([] if is_number else cells)]
        words = [(word, bold) for text, bold in texts for word in text.split()] + (cells if is_number else [])
        longest = max((self.lettering.width(word, size, bold=bold) for word, bold in words), default=0.0)
        full = max(self.lettering.width(text, size, bold=bold) for text, bold in (*texts, *cells))
        # One point more than is needed: sums of widths are rounded.
        return longest + 2 * _BESIDE + 1, full + 2 * _BESIDE + 1


def _halves(block: Table) -> Iterator[Table]:
    """The left and the right half of a table, each with its first column."""
    columns = len(block.header)
    first_number = columns - block.numbers
    middle = (columns + 1) // 2
    for places in (range(middle), (0, *range(middle, columns))):
        yield replace(
            block,
            header=tuple(block.header[place] for place in places),
            rows=tuple(tuple(row[place] for place in places) for row in block.rows),
            numbers=sum(place >= first_number for place in places),
        )


def _grid(
    cells: Sequence[Sequence[Lines | str]],
    widths: Sequence[float],
    looks: Sequence[tuple[object, ...]],
    *,
    repeated: int = 0,
) -> Flowable:
    """Cells in columns; the first rows are repeated on each page."""
    # reportlab would name a font that it does not embed.
    font = ("FONTNAME", (0, 0), (-1, -1), REGULAR)
    return Grid(cells, colWidths=widths, repeatRows=repeated, style=[font, *looks], hAlign="LEFT")


def _rule(row: int) -> tuple[object, ...]:
    return ("LINEBELOW", (0, row), (-1, row), 0.5, RULE)


def _part(width: float, most: float) -> float:
    """A width in as many equal parts as it takes that none is wider than the most."""
    return width / math.ceil(width / most)


def _shared(least: Sequence[float], wanted: Sequence[float], room: float) -> list[float]:
    """Widths between what is least and what is wanted: narrow columns get what they want, wide ones equal parts."""
    widths = list(least)
    left = room - sum(least)
    waiting = sorted(range(len(least)), key=lambda place: wanted[place] - least[place])
    while waiting and left > 0:
        part = left / len(waiting)
        place = waiting.pop(0)
        more = min(wanted[place] - least[place], part)
        widths[place] += more
        left -= more
    return widths


def _pieces(cells: Sequence[Lines], widths: Sequence[float]) -> list[list[Lines | str]]:
    """A row in as many rows as it takes that none is too tall for a page."""
    rows: list[list[Lines | str]] = []
    rest: list[Lines | None] = list(cells)
    while any(rest):
        row: list[Lines | str] = []
        for place, (cell, width) in enumerate(zip(rest, widths, strict=True)):
            parts = cell.split(width, _TALLEST) if cell and cell.wrap(width, _TALLEST)[1] > _TALLEST else [cell]
            row.append(parts[0] or "")
            rest[place] = parts[1] if len(parts) > 1 else None
        rows.append(row)
    return rows
