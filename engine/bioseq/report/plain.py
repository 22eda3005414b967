"""Texts and numbers as a report shows them: short, printable, never markup. Labels and ids come from strangers."""

from __future__ import annotations

import math

from bioseq.sequences.wording import short_name

_LONGEST = 200
"""Letters of a foreign text: names of classes and records are shorter, so none of them is cut."""


def shown(text: str, *, longest: int = _LONGEST) -> str:
    """A foreign text in one line, without control characters, shortened in its middle."""
    return short_name(text, longest=longest)


def figure_text(value: float | None, *, digits: int = 3) -> str:
    """A figure of merit; a dash where it is not defined."""
    return f"{value:.{digits}f}" if value is not None and math.isfinite(value) else "–"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: "1 record", "2,000 records"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def duration(seconds: float) -> str:
    """A time as people say it: "42 s", "3 min 5 s", "2 h 10 min"."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(number: float) -> str:
    """A size of memory or of a file: "512 B", "23.5 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"
