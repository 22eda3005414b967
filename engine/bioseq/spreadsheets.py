"""Tables as comma-separated text for spreadsheets: a text that they would run as a formula is made harmless.

What else they do to plain text, such as dates of gene names, cannot be prevented there: `is_converted` knows it.

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
CONVERTED_STARTS = (
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "tru", "fal",
)  # fmt: skip
"""First letters, as small ones, of words that spreadsheets convert (`is_converted`); all else begins otherwise."""
_PLAIN_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?([eE][+-]?\d+)?")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.IGNORECASE)
_SHOWN_AS_IT_IS = re.compile(r"-?(0|[1-9]\d{0,10})|-?(0|[1-9]\d{0,4})\.\d{0,4}[1-9]")
"""Numbers that a spreadsheet shows, and saves again, letter by letter as they were: it keeps 11 digits in all."""
_MONTH = (
    "(jan(uary)?|feb(ruary)?|mar(ch)?|apr(il)?|may|june?|july?|aug(ust)?|sept?(ember)?|oct(ober)?|nov(ember)?"
    "|dec(ember)?)"
)
_DATE_OR_TIME = re.compile(
    rf"\d{{1,4}}[-/]\d{{1,2}}([-/]\d{{1,4}})?|\d{{1,2}}\.\d{{1,2}}\.(\d{{2,4}})?"
    rf"|{_MONTH}[-/ .]?\d{{1,4}}|\d{{1,2}}[-/ ]?{_MONTH}([-/ ]?\d{{2,4}})?"
    r"|\d{1,4}:\d{2}(:\d{2})?( ?[ap]m)?",
    re.IGNORECASE,
)


def harmless(text: str) -> str:
    """A text that no spreadsheet runs as a formula: a quote before `= + - @`, tab and return; plain numbers stay."""
    if text.startswith(FORMULA_STARTS) and not _PLAIN_NUMBER.fullmatch(text):
        return f"'{text}"
    return text


def is_converted(text: str) -> bool:
    """Whether a spreadsheet that opens plain text shows a cell as another one.

    `SEPT2` and `1-2` become dates, `2E10` and `00123` numbers that are written otherwise, `true` a logical value. Which
    dates are known depends on the language of the spreadsheet; those of the English ones are looked for.
    """
    text = text.strip()
    if _NUMBER.fullmatch(text):
        return not _SHOWN_AS_IT_IS.fullmatch(text)
    return bool(_DATE_OR_TIME.fullmatch(text)) or text.casefold() in ("true", "false")


def comma_separated(rows: Iterable[Iterable[object]]) -> str:
    """Rows as text with commas, a line each: numbers as they are, texts harmless."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue()
