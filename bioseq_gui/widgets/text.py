"""How numbers, sizes, times and foreign texts are written in the window."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bioseq.evaluation.bootstrap import Interval

LONGEST_SHOWN = 200
"""Letters of a foreign text (an id, a header) that are shown."""

_KIB = 1024


def for_display(text: str, *, longest: int = LONGEST_SHOWN) -> str:
    """A foreign text made safe to show: no control or direction characters, not endless."""
    cleaned = "".join(" " if letter in "\t\r\n" else letter for letter in text[: longest + 1])
    cleaned = "".join(letter for letter in cleaned if unicodedata.category(letter) not in ("Cc", "Cf", "Cs"))
    return cleaned if len(text) <= longest else cleaned[: longest - 1] + "…"


def tip(text: str, *, longest: int = 600) -> str:
    """A foreign text as a tool tip that is never taken for markup."""
    import html

    return f"<span>{html.escape(for_display(text, longest=longest))}</span>"


def plain_tip(text: str) -> str:
    """A text of one's own as a tool tip: never taken for markup, whatever it quotes, and its lines stay lines."""
    import html

    # Without one of these Qt takes no text for markup.
    if "<" not in text and "&lt;" not in text:
        return text
    return f"<span>{html.escape(text).replace(chr(10), '<br>')}</span>"


def number(value: float, *, digits: int = 0) -> str:
    """A number with separators between thousands; a dash when it is not defined."""
    return f"{value:,.{digits}f}" if math.isfinite(value) else "–"


def interval_text(interval: Interval, *, signed: bool = False) -> str:
    """A figure with its interval in few letters: ".942 (.90–.97)", ".998 (.99–1)", signed "+.031 (.01 to .05)"."""
    if signed:
        low, high = _short_number(interval.low, 2, sign=True), _short_number(interval.high, 2, sign=True)
        return f"{_short_number(interval.value, 3, sign=True)} ({low} to {high})"
    low, high = _short_number(interval.low, 2), _short_number(interval.high, 2).replace("1.00", "1")
    return f"{_short_number(interval.value, 3 if abs(interval.value) < 1 else 2)} ({low}–{high})"


def _short_number(value: float, digits: int, *, sign: bool = False) -> str:
    """Without the 0 before the point: ".94", "−.05", "1.00"."""
    text = (f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}").replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 and text.lstrip("+−").startswith("0.") else text


def size(byte_count: float) -> str:
    """A number of bytes in the unit that suits it."""
    amount = float(byte_count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < _KIB:
            return f"{amount:.0f} {unit}" if unit in ("B", "kB") or amount >= 100 else f"{amount:.1f} {unit}"
        amount /= _KIB
    return f"{amount:.1f} TB"


def duration(seconds: float | None) -> str:
    """A time span in words short enough for a status line; a dash when it is not known."""
    if seconds is None or not math.isfinite(seconds):
        return "–"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def length_range(shortest: float, longest: float) -> str:
    """Lengths in words: "57" or "7–174"."""
    return number(shortest) if shortest == longest else f"{number(shortest)}–{number(longest)}"
