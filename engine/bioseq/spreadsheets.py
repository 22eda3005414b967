"""Tables as comma-separated text for spreadsheets: a text that they would run as a formula is made harmless.

The guard is OWASP's ("CSV Injection"): a quote before it. Files that the program itself reads back are not written
through here, since their texts must come back as they were.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What a formula begins with, or what a spreadsheet passes over before one."""
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")


def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula: a quote before `= + - @`, tab and return; plain numbers stay."""
    if text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def comma_separated(rows: Iterable[Iterable[object]]) -> str:
    """Rows as text with commas, a line each: numbers as they are, texts harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
