"""A report as PDF: the same sections, set on A4, with figures as vectors and text as text.

Importing this imports matplotlib.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

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
)
from bioseq.report.figure_files import style
from bioseq.report.plain import shown
from bioseq.report.typesetting import BOTTOM, LEFT, LINE, MM, MONO, RIGHT, TOP, Pages, broken, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_BODY, _SMALL, _LARGE, _TITLE = 9.0, 7.5, 13.0, 20.0
_MUTED, _LINE, _GROUND = "#5B6776", "#D5DAE1", "#F3F5F8"
_ACROSS = RIGHT - LEFT
_TONES = {
    "info": ("#0B6E99", "#E9F2F8"),
    "good": ("#1A7F4B", "#E8F5EE"),
    "warning": ("#9A5B00", "#FDF3E2"),
    "bad": ("#B3261E", "#FCEBEA"),
}
_PAGE_ROOM = TOP - BOTTOM
_PAD = 6.0
_SMALLEST = 4.5
"""Below this size, points, a table is not made smaller: its cells are broken."""


def to_pdf(document: Document) -> bytes:
    """The report as the content of a PDF file."""
    with style():
        pages = Pages(_clean(document.title))
        pages.lines(LEFT, broken(_clean(document.title), _ACROSS, _TITLE, bold=True), _TITLE, weight="bold")
        pages.lines(LEFT, broken(_clean(document.subtitle), _ACROSS, _BODY), _BODY, color=_MUTED)
        for section in document.sections:
            pages.gap(14)
            pages.room(_PAGE_ROOM / 2 if isinstance(section.blocks[0], Picture) else 60)
            pages.lines(LEFT, broken(_clean(section.title), _ACROSS, _LARGE, bold=True), _LARGE, weight="bold")
            pages.gap(4)
            _set_blocks(pages, section.blocks)
        return pages.content()


def _set_blocks(pages: Pages, blocks: Iterable[Block]) -> None:
    """Figures that follow each other stand in pairs."""
    for pictures, group in groupby(blocks, lambda block: isinstance(block, Picture)):
        if pictures:
            _set_pictures(pages, [block for block in group if isinstance(block, Picture)])
            continue
        for block in group:
            _SETTERS[type(block)](pages, block)
            pages.gap(5)


def _paragraph(pages: Pages, block: Paragraph) -> None:
    pages.lines(LEFT, broken(_clean(block.text), _ACROSS, _BODY), _BODY)


def _bullets(pages: Pages, block: Bullets) -> None:
    for item in block.items:
        lines = broken(_clean(item), _ACROSS - 12, _BODY)
        pages.room(_BODY * LINE)
        pages.text(LEFT, "•", _BODY)
        pages.lines(LEFT + 12, lines, _BODY)


def _callout(pages: Pages, block: Callout) -> None:
    strong, tint = _TONES[block.tone]
    lines = broken(_clean(block.text), _ACROSS - 3 * _PAD, _BODY)
    height = len(lines) * _BODY * LINE + 2 * _PAD
    pages.room(height)
    pages.box(LEFT, pages.y, _ACROSS, height, tint)
    pages.box(LEFT, pages.y, 3, height, strong)
    pages.y -= _PAD
    pages.lines(LEFT + 2 * _PAD, lines, _BODY)
    pages.y -= _PAD


def _tiles(pages: Pages, block: Tiles) -> None:
    width = _ACROSS / max(1, len(block.items))
    height = 3 * _SMALL * LINE + _LARGE + _PAD
    pages.room(height)
    top = pages.y
    for place, (value, what, remark) in enumerate(block.items):
        x = LEFT + place * width
        pages.box(x, top, width - 5, height, _GROUND)
        for offset, text, size, look in (
            (_PAD, what, _SMALL, {"color": _MUTED}),
            (_PAD + _SMALL * LINE, value, _LARGE, {"weight": "bold"}),
            (_PAD + _SMALL * LINE + _LARGE * LINE, remark, _SMALL - 1, {"color": _MUTED}),
        ):
            pages.y = top - offset
            pages.text(x + _PAD, _clean(text), size, **look)
    pages.y = top - height


def _facts(pages: Pages, block: Facts) -> None:
    rows = tuple((f"{name} •" if name in block.marked else name, value) for name, value in block.items)
    strong = frozenset(number for number, (name, _) in enumerate(block.items) if name in block.marked)
    _set_rows(pages, (), rows, numbers=0, strong=strong)


def _table(pages: Pages, block: Table) -> None:
    if block.caption:
        pages.room(3 * _BODY * LINE)
        pages.lines(LEFT, broken(_clean(block.caption), _ACROSS, _SMALL), _SMALL, color=_MUTED)
    _set_rows(pages, block.header, block.rows, numbers=block.numbers, strong=block.strong)


def _set_rows(
    pages: Pages,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    numbers: int,
    strong: frozenset[int],
) -> None:
    """Rows with columns as wide as they need; the header again on each page."""
    cells = [[_clean(cell) for cell in row] for row in ((header, *rows) if header else rows)]
    if not cells:
        return
    size, widths = _column_widths(cells, numbers)

    def set_row(row: list[str], *, bold: bool, colour: str) -> None:
        broken_cells = [broken(cell, width - _PAD, size, bold=bold) for cell, width in zip(row, widths, strict=True)]
        height = max(map(len, broken_cells)) * size * LINE + 4
        pages.room(min(height, 200))
        top, lowest, x = pages.y, pages.y, LEFT
        look = {"color": colour, "weight": "bold" if bold else "normal"}
        for place, (lines, width) in enumerate(zip(broken_cells, widths, strict=True)):
            right = place >= len(row) - numbers
            pages.y = top - 2
            for line in lines[: int(_PAGE_ROOM / (size * LINE))]:
                pages.text(x + width - _PAD if right else x, line, size, ha="right" if right else "left", **look)
                pages.y -= size * LINE
            lowest, x = min(lowest, pages.y), x + width
        pages.y = lowest - 2
        pages.box(LEFT, pages.y, sum(widths), 0.5, _LINE)

    for number, row in enumerate(cells):
        if header and (number == 0 or pages.y - size * LINE - 4 < BOTTOM):
            if number:
                pages.turn()
            set_row(cells[0], bold=True, colour=_MUTED)
        if not header or number:
            set_row(row, bold=number - bool(header) in strong, colour="#1B2430")


def _column_widths(cells: list[list[str]], numbers: int) -> tuple[float, list[float]]:
    """Size of the letters and width of each column: numbers are kept whole, texts share what is left."""
    size = _SMALL
    columns = len(cells[0])
    while True:
        natural = [max(measured(row[place], size, bold=True) for row in cells) + _PAD + 2 for place in range(columns)]
        needed = sum(natural[columns - numbers :]) + sum(min(width, 40.0) for width in natural[: columns - numbers])
        if needed <= _ACROSS or size <= _SMALLEST:
            break
        size -= 0.5
    if sum(natural) <= _ACROSS:
        return size, natural
    left = max(_ACROSS - sum(natural[columns - numbers :]), 0.2 * _ACROSS)
    texts = _shared(natural[: columns - numbers], left)
    return size, [*texts, *natural[columns - numbers :]]


def _shared(natural: list[float], room: float) -> list[float]:
    """Widths that fill the room: narrow columns get what they need, wide ones equal parts of the rest."""
    widths = [0.0] * len(natural)
    open_places = sorted(range(len(natural)), key=lambda place: natural[place])
    while open_places:
        part = room / len(open_places)
        place = open_places.pop(0)
        widths[place] = min(natural[place], part)
        room -= widths[place]
    return widths


def _set_pictures(pages: Pages, pictures: list[Picture]) -> None:
    gutter = 14.0
    half = (_ACROSS - gutter) / 2
    row: list[Picture] = []
    for picture in pictures:
        if picture.sheet.wide:
            _set_row_of_pictures(pages, row, half, gutter)
            row = []
            _set_row_of_pictures(pages, [picture], _ACROSS, 0)
            continue
        row.append(picture)
        if len(row) == 2:
            _set_row_of_pictures(pages, row, half, gutter)
            row = []
    _set_row_of_pictures(pages, row, half, gutter)


def _set_row_of_pictures(pages: Pages, row: list[Picture], width: float, gutter: float) -> None:
    if not row:
        return
    captions = [broken(_clean(f"{one.sheet.title}. {one.sheet.caption}"), width, _SMALL) for one in row]
    tallest = max(one.sheet.height(width / MM) * MM for one in row)
    pages.room(tallest + max(map(len, captions)) * _SMALL * LINE + 4)
    top, lowest = pages.y, pages.y
    for place, (picture, caption) in enumerate(zip(row, captions, strict=True)):
        x = LEFT + place * (width + gutter)
        pages.y = top
        pages.y = top - pages.figure(picture.sheet, x, width) - 4
        for line in caption:
            pages.text(x, line, _SMALL, color=_MUTED)
            pages.y -= _SMALL * LINE
        lowest = min(lowest, pages.y)
    pages.y = lowest - 8


def _listing(pages: Pages, block: Listing) -> None:
    for line in block.text.splitlines():
        pages.lines(LEFT, broken(_clean(line), _ACROSS, _SMALL - 1, family=MONO), _SMALL - 1, family=MONO)


def _folded(pages: Pages, block: Folded) -> None:
    pages.gap(3)
    pages.room(40)
    pages.lines(LEFT, broken(_clean(block.title), _ACROSS, _BODY, bold=True), _BODY, weight="bold")
    _set_blocks(pages, block.blocks)


def _clean(text: str) -> str:
    """A text that can be set: no control characters; endless ones are cut."""
    return shown(text, longest=20_000)


_SETTERS: dict[type, Callable[..., None]] = {
    Paragraph: _paragraph,
    Bullets: _bullets,
    Callout: _callout,
    Tiles: _tiles,
    Facts: _facts,
    Table: _table,
    Listing: _listing,
    Folded: _folded,
}
