"""Characters that are not seen: blanks beyond the ASCII ones, and marks of no width.

They come with text that is copied from web pages, word processors and chats. Blanks part words as the plain blank
does; marks of no width stand for nothing at all. Hyphens and dashes of print are the plain hyphen.
"""

from __future__ import annotations

import unicodedata

BLANKS = b" \t\r\n\v\f\x1c\x1d\x1e\x1f"
"""ASCII codes that part words."""
WIDE = "\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
"""Blanks beyond the ASCII ones."""
WIDTHLESS = (
    "\xad\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e"
    "\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
"""Marks that take no room."""
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_TABLE = str.maketrans(WIDE + _DASHES, " " * len(WIDE) + "-" * len(_DASHES), WIDTHLESS)
_UNSEEN = frozenset(WIDE + WIDTHLESS)
_NAMES = {"\x85": "NEXT LINE", "\ufeff": "BYTE ORDER MARK"}


def replace_unseen(text: str) -> str:
    """The text with plain blanks and hyphens for other ones, and without marks of no width."""
    return text.translate(_TABLE)


def name_unseen(text: str) -> str:
    """The first character of a text that is not seen, as "U+200B ZERO WIDTH SPACE"; empty where there is none."""
    found = next((letter for letter in text if letter in _UNSEEN), "")
    return f"U+{ord(found):04X} {_NAMES.get(found) or unicodedata.name(found, '')}".strip() if found else ""


def decode_line(line: bytes) -> str:
    """A line of sequence text as UTF-8, or letter by letter where it is none."""
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("latin-1")
