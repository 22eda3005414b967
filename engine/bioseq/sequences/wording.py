"""Sentences with numbers and lists in them, in the right form: "1 record holds", "'a', 'b' and 118 more"."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Collection

MOST_LISTED = 12
"""Names that a sentence lists; of more it says how many there are."""
_LONGEST_NAME = 60
"""Letters of a name within a sentence; what is longer is cut in its middle."""
_CHOICE = re.compile(r"\[([^|\]]*)\|([^|\]]*)\]")


class CountSentence(str):
    """A sentence with a number in it that can be said again with another number.

    Attributes:
        template: What it was made of, as in `counted`.
    """

    __slots__ = ("template",)
    template: str

    def __new__(cls, text: str, template: str = "") -> Self:
        """The text as it is; a copy of it may come without its template, and is then said as it stands."""
        made = super().__new__(cls, text)
        made.template = template or text
        return made


def counted(template: str, n: int) -> CountSentence:
    """Fill a number into a sentence.

    Args:
        template: Text with `{n}` for the number and `[one|many]` for words that depend on it.
        n: The number.
    """
    text = _CHOICE.sub(lambda match: match[1] if n == 1 else match[2], template).replace("{n}", f"{n:,}")
    return CountSentence(text, template)


def listed(items: Collection[str], *, most: int = MOST_LISTED, last: str = " and ") -> str:
    """Texts as people list them: `a, b and c`; of many the first and how many more: `a, b and 118 more`.

    Args:
        items: The texts, in order.
        most: So many are listed at most.
        last: What stands before the last; `", "` in the cell of a table.
    """
    return _and_more(list(islice(items, most)), len(items), last)


def quoted(names: Collection[str], *, most: int = MOST_LISTED) -> str:
    """Names from files as `listed`, each between quotes, in one line and not endless: `'a', 'b' and 118 more`."""
    return _and_more([f"'{short_name(name)}'" for name in islice(names, most)], len(names), " and ")


def short_name(name: str, *, longest: int = _LONGEST_NAME) -> str:
    """A name from a file in one line, without control characters, shortened in its middle."""
    # Twice what is shown is looked at: a name may be as long as a file.
    ends = name if len(name) <= 2 * longest else name[:longest] + name[-longest:]
    cleaned = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in ends)
    if len(cleaned) <= longest:
        return cleaned
    half = (longest - 1) // 2
    return f"{cleaned[:half]}…{cleaned[-half:]}"


def _and_more(shown: list[str], count: int, last: str) -> str:
    if count > len(shown):
        shown.append(f"{count - len(shown):,} more")
    return last.join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)
