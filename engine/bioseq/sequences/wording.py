"""Sentences with a number in them, in the right form: "1 record holds", "12 records hold"."""

from __future__ import annotations

import re

_CHOICE = re.compile(r"\[([^|\]]*)\|([^|\]]*)\]")


def counted(template: str, n: int) -> str:
    """Fill a number into a sentence.

    Args:
        template: Text with `{n}` for the number and `[one|many]` for words that depend on it.
        n: The number.
    """
    return _CHOICE.sub(lambda match: match[1] if n == 1 else match[2], template).replace("{n}", f"{n:,}")
