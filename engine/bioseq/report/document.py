"""A report as a value: sections of blocks, which HTML and PDF are made from. Texts are plain, never markup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bioseq.report.sheet import Sheet

TO_FILL = "TO BE FILLED IN BY YOU"
"""Marks what only a person can know."""

Tone = Literal["info", "good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Short texts, one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A text that must not be overlooked."""

    text: str
    tone: Tone = "info"


@dataclass(frozen=True, slots=True)
class Tiles:
    """The few numbers that come first: value, what it is, and a remark."""

    items: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and what they are, in two columns; `marked` names stand out."""

    items: tuple[tuple[str, str], ...]
    marked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header.

    Attributes:
        header: Titles of the columns.
        rows: Cells as text.
        numbers: Number of columns, from the right, that hold numbers.
        strong: Numbers of the rows that stand out.
        caption: What the table shows; may be empty.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: int = 0
    strong: frozenset[int] = frozenset()
    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A figure with its caption."""

    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Listing:
    """A text whose lines and blanks matter: a configuration."""

    text: str


@dataclass(frozen=True, slots=True)
class Folded:
    """What is there for those who look for it, behind one line."""

    title: str
    blocks: tuple[Block, ...]


Block = Paragraph | Bullets | Callout | Tiles | Facts | Table | Picture | Listing | Folded


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report.

    Attributes:
        name: Its anchor, unique in the document.
        title: Its heading.
        blocks: What stands in it.
    """

    name: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report.

    Attributes:
        title: Its heading.
        subtitle: One line below it.
        sections: Its parts.
        colophon: The last line.
    """

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    colophon: str = ""


def texts_of(document: Document) -> Iterator[str]:
    """Every text of a report, for those who must know its letters; those within figures are not among them."""
    yield from (document.title, document.subtitle, document.colophon)
    for section in document.sections:
        yield section.title
        yield from _texts(section.blocks)


def _texts(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        match block:
            case Paragraph() | Callout() | Listing():
                yield block.text
            case Bullets():
                yield from block.items
            case Tiles() | Facts():
                yield from (text for item in block.items for text in item)
            case Table():
                yield from (block.caption, *block.header)
                yield from (cell for row in block.rows for cell in row)
            case Picture():
                yield from (block.sheet.title, block.sheet.caption)
            case Folded():
                yield block.title
                yield from _texts(block.blocks)
