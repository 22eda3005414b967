"""A report as one HTML file that needs nothing else: figures inside, no script, nothing fetched, everything escaped.

Importing this imports matplotlib.
"""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING

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
    Tiles,
)
from bioseq.report.figure_files import svg_of
from bioseq.report.sheet import FAINT, INK
from bioseq.report.stylesheet import STYLESHEET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may do with the file: use its style sheet, nothing else."""
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""Control characters, marks that turn the direction of text, and halves of letters."""


def to_html(document: Document, *, drawings: Mapping[str, bytes] | None = None) -> str:
    """The report as one HTML file.

    Args:
        document: The report.
        drawings: Name of a figure to its SVG, of those that have been drawn before.
    """
    page = _Page(drawings or {})
    sections = "\n".join(page.section(section) for section in document.sections)
    contents = "".join(f'<li><a href="#{_text(part.name)}">{_text(part.title)}</a></li>' for part in document.sections)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<meta name="generator" content="BioSeq Studio">
<title>{_text(document.title)}</title>
<style>{STYLESHEET}</style>
</head>
<body>
<header>
<h1>{_text(document.title)}</h1>
<p class="subtitle">{_text(document.subtitle)}</p>
</header>
<nav aria-label="Contents"><ol>{contents}</ol></nav>
<main>
{sections}
</main>
<footer>{_text(document.colophon)}</footer>
</body>
</html>
"""


class _Page:
    """Writes the blocks of one page; counts its drawings, whose inner names must differ."""

    def __init__(self, drawings: Mapping[str, bytes]) -> None:
        self._drawings = drawings
        self._count = 0

    def section(self, section: Section) -> str:
        """A part of the report."""
        name, title = _text(section.name), _text(section.title)
        heading = f'<h2 id="{name}-title">{title}</h2>'
        body = self._blocks(section.blocks)
        return f'<section id="{name}" aria-labelledby="{name}-title">\n{heading}\n{body}\n</section>'

    def _blocks(self, blocks: Iterable[Block]) -> str:
        """Figures that follow each other stand side by side where there is room."""
        parts: list[str] = []
        for drawings, group in groupby(blocks, lambda block: isinstance(block, Picture)):
            inner = "\n".join(self._block(block) for block in group)
            parts.append(f'<div class="figures">{inner}</div>' if drawings else inner)
        return "\n".join(parts)

    def _block(self, block: Block) -> str:
        match block:
            case Picture():
                return self._picture(block)
            case Folded():
                return f"<details><summary>{_text(block.title)}</summary>\n{self._blocks(block.blocks)}\n</details>"
            case _:
                return _WRITERS[type(block)](block)

    def _picture(self, block: Picture) -> str:
        sheet = block.sheet
        self._count += 1
        markup = _inline(self._drawings.get(sheet.name) or svg_of(sheet), f"{sheet.name}-{self._count}")
        markup = markup.replace("<svg", f'<svg role="img" aria-label="{_text(sheet.title)}"', 1)
        caption = f"<strong>{_text(sheet.title)}.</strong> {_text(sheet.caption)}"
        return f"<figure{_kind('wide' if sheet.wide else '')}>{markup}<figcaption>{caption}</figcaption></figure>"


def _paragraph(block: Paragraph) -> str:
    return f"<p>{_marked(block.text)}</p>"


def _bullets(block: Bullets) -> str:
    return f"<ul>{''.join(f'<li>{_marked(item)}</li>' for item in block.items)}</ul>"


def _callout(block: Callout) -> str:
    return f'<p class="callout {block.tone}" role="note">{_marked(block.text)}</p>'


def _tiles(block: Tiles) -> str:
    tiles = "".join(
        f'<div class="tile"><dt>{_text(what)}</dt><dd>{_text(value)}</dd><dd class="remark">{_text(remark)}</dd></div>'
        for value, what, remark in block.items
    )
    return f'<dl class="tiles">{tiles}</dl>'


def _facts(block: Facts) -> str:
    rows = "".join(
        f'<tr{_kind("strong" if name in block.marked else "")}><th scope="row">{_text(name)}</th>'
        f"<td>{_marked(value)}</td></tr>"
        for name, value in block.items
    )
    return f'<div class="scroll"><table class="facts"><tbody>{rows}</tbody></table></div>'


def _table(block: Table) -> str:
    first_number = len(block.header) - block.numbers
    kinds = [_kind("number" if place >= first_number else "") for place in range(len(block.header))]
    head = "".join(
        f'<th scope="col"{kind}>{_text(title)}</th>' for kind, title in zip(kinds, block.header, strict=True)
    )
    rows = []
    for number, row in enumerate(block.rows):
        cells = "".join(f"<td{kind}>{_marked(cell)}</td>" for kind, cell in zip(kinds, row, strict=True))
        rows.append(f"<tr{_kind('strong' if number in block.strong else '')}>{cells}</tr>")
    caption = f"<caption>{_text(block.caption)}</caption>" if block.caption else ""
    body = f"<thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody>"
    return f'<div class="scroll"><table>{caption}{body}</table></div>'


def _listing(block: Listing) -> str:
    return f"<pre>{_text(block.text)}</pre>"


def _kind(name: str) -> str:
    return f' class="{name}"' if name else ""


_WRITERS: dict[type, Callable[..., str]] = {
    Paragraph: _paragraph,
    Bullets: _bullets,
    Callout: _callout,
    Tiles: _tiles,
    Facts: _facts,
    Table: _table,
    Listing: _listing,
}


def _text(text: str) -> str:
    """A text as text, whatever it holds."""
    return html.escape(_UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", text), quote=True)


def _marked(text: str) -> str:
    """A text in which what is still to be filled in stands out."""
    return _text(text).replace(TO_FILL, f"<mark>{TO_FILL}</mark>")


def _inline(drawing: bytes, name: str) -> str:
    """A drawing as markup for within the page.

    Text and axes take the colour of the page's text, so that they can be read on light and on dark. The names within
    it are made its own: several drawings stand in one page. What matplotlib says of itself, and its style sheet, which
    would hold for the whole page, are left out.
    """
    markup = drawing.decode("utf-8", "replace")
    markup = markup[markup.index("<svg") :]
    markup = re.sub(r"<metadata>.*?</metadata>\s*", "", markup, count=1, flags=re.DOTALL)
    markup = re.sub(r"<style type=\"text/css\">.*?</style>", "", markup, count=1, flags=re.DOTALL)
    for colour, variable in ((INK, "--ink"), (FAINT, "--faint")):
        markup = markup.replace(f": {colour.lower()}", f": var({variable})")
    markup = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', markup)
    markup = re.sub(r"url\(#([^)]+)\)", rf"url(#{name}-\1)", markup)
    return re.sub(r'xlink:href="#([^"]+)"', rf'xlink:href="#{name}-\1"', markup)
