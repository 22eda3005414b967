"""Fonts for texts in any script: which of those that are installed have the letters that the usual one lacks.

DejaVu Sans comes with matplotlib, so every machine has it. What it lacks is looked for in all installed fonts, by the
letters that they hold: no list of names is kept. Importing this imports matplotlib.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont, newTable
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

SANS, SANS_BOLD, MONO = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"
"""The fonts that matplotlib brings along."""
USUAL = "DejaVu Sans"
_MANY_TO_ONE = 13
"""Format of the letter table of fonts that draw one and the same sign for a whole script: they stand for no letter."""
_FIRST_SANS = 11
"""Styles of serifs from here on are without any, in the PANOSE classification."""
_LARGEST_ERROR = 0.001
"""Of a curve that is written anew, in units of the size of the letters."""

_NEEDED = frozenset({"head", "hhea", "maxp", "hmtx", "cmap", "glyf", "loca", "CFF ", "CFF2", "name", "post", "OS/2"})
"""Tables of a font without which its letters cannot be drawn one by one."""


@dataclass(frozen=True, slots=True)
class Fallback:
    """Installed fonts that take over where the usual one lacks letters.

    Attributes:
        fonts: Files of the fonts, in the order in which they are asked, each with the letters that it draws.
        missing: Letters that no installed font has, in order.
    """

    fonts: tuple[tuple[Path, frozenset[str]], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def warning(self) -> tuple[str, str]:
        """What is wrong and what helps; two empty texts where nothing is missing."""
        if not self.missing:
            return "", ""
        letters = " ".join(f"{letter} (U+{ord(letter):04X})" for letter in self.missing[:8])
        more = f" and {len(self.missing) - 8:,} more" if len(self.missing) > 8 else ""
        return (
            f"No installed font has these letters, so they are drawn as boxes: {letters}{more}.",
            "Install a font for this script, such as one of the Noto fonts, and write the report again.",
        )


def bundled(name: str) -> Path:
    """The file of a font that matplotlib brings along: `SANS`, `SANS_BOLD`, `MONO`."""
    return Path(mpl.get_data_path()) / "fonts" / "ttf" / name


def fallback(texts: Iterable[str]) -> Fallback:
    """Fonts for the letters of these texts that the usual font lacks: as few as will do."""
    usual = FT2Font(str(bundled(SANS)))
    letters = {letter for text in texts for letter in text if letter.isprintable() and not letter.isspace()}
    lacking = frozenset(letter for letter in letters if not usual.get_char_index(ord(letter)))
    return _cover(lacking, tuple(sorted(font_manager.findSystemFonts()))) if lacking else Fallback()


@lru_cache(maxsize=64)
def _cover(letters: frozenset[str], installed: tuple[str, ...]) -> Fallback:
    """The largest part first; of fonts that have equally many of the letters, the one that is most like the usual."""
    found = list(_having(letters, installed))
    wanted, chosen = set(letters), []
    while wanted and found:
        path, _, having = max(found, key=lambda one: (len(one[2] & wanted), one[1], str(one[0])))
        if not having & wanted:
            break
        if _stands_for_letters(path):
            chosen.append((path, frozenset(having & wanted)))
            wanted -= having
        found = [one for one in found if one[0] != path]
    return Fallback(tuple(chosen), tuple(sorted(wanted)))


def _having(
    letters: frozenset[str], installed: tuple[str, ...]
) -> Iterator[tuple[Path, tuple[bool, bool], frozenset[str]]]:
    """Fonts with some of the letters, and what they look like.

    Of a collection the first font is looked at: the others of the file have the same letters.
    """
    for name in installed:
        try:
            font = FT2Font(name)
        except (OSError, RuntimeError):
            continue
        having = frozenset(letter for letter in letters if font.get_char_index(ord(letter)))
        if having and font.scalable:
            yield Path(name), _looks(font), having


def _looks(font: FT2Font) -> tuple[bool, bool]:
    """Whether a font is upright and of normal weight, and whether it is known to have no serifs (PANOSE)."""
    table = font.get_sfnt_table("OS/2")
    return not font.style_flags, table is not None and table["panose"][1] >= _FIRST_SANS


def _stands_for_letters(path: Path) -> bool:
    """Whether a font has outlines that may be embedded, and draws letters rather than one sign for each script."""
    with TTFont(path, fontNumber=0, lazy=True) as font:
        rights = font["OS/2"].fsType if "OS/2" in font else 0
        embeddable = rights != 0x0002 and not rights & 0x0300
        outlines = any(name in font for name in ("glyf", "CFF ", "CFF2"))
        tables = font["cmap"].tables
        return bool(embeddable and outlines and all(table.format != _MANY_TO_ONE for table in tables))


def family(path: Path) -> str:
    """The name by which matplotlib knows a font; it is made known to it if need be."""
    known = {entry.fname: entry.name for entry in font_manager.fontManager.ttflist}
    if str(path) not in known:
        font_manager.fontManager.addfont(path)
    return FT2Font(str(path)).family_name


def excerpt(path: Path, letters: Iterable[str]) -> bytes:
    """A font with these letters only, with TrueType outlines, as the content of a file.

    Outlines of other kinds, as most large fonts for Chinese, Japanese and Korean have, are written anew as TrueType,
    since few programs embed anything else.
    """
    subsetter = Subsetter(Options(hinting=False, notdef_outline=True))
    subsetter.populate(unicodes=[ord(letter) for letter in letters])
    content = io.BytesIO()
    # The time of the change is not written, so that equal excerpts are equal.
    with TTFont(path, fontNumber=0, lazy=True, recalcTimestamp=False) as font:
        for table in set(font.keys()) - _NEEDED - {"GlyphOrder"}:
            del font[table]
        subsetter.subset(font)
        if "glyf" not in font:
            _write_outlines_anew(font)
        font.save(content, reorderTables=None)
    return content.getvalue()


def _write_outlines_anew(font: TTFont) -> None:
    """Replace the cubic outlines of a font by quadratic ones."""
    glyphs, order = font.getGlyphSet(), font.getGlyphOrder()
    table = newTable("glyf")
    table.glyphOrder, table.glyphs = order, {}
    for name in order:
        pen = TTGlyphPen(glyphs)
        glyphs[name].draw(Cu2QuPen(pen, _LARGEST_ERROR * font["head"].unitsPerEm, reverse_direction=True))
        glyph = table.glyphs[name] = pen.glyph()
        glyph.recalcBounds(table)
        # The side bearing of a TrueType outline is where it begins.
        font["hmtx"][name] = (font["hmtx"][name][0], glyph.xMin)
    font["loca"], font["glyf"] = newTable("loca"), table
    font["maxp"].tableVersion = 0x00010000
    for name in (
        "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs", "maxStackElements",
        "maxSizeOfInstructions", "maxComponentElements",
    ):  # fmt: skip
        setattr(font["maxp"], name, 0)
    font["post"].formatType, font["post"].extraNames, font["post"].mapping = 3.0, [], {}
    font.sfntVersion = "\x00\x01\x00\x00"
    for name in ("CFF ", "CFF2"):
        if name in font:
            del font[name]
