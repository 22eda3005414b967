"""Marks that stand for a label that is missing: `NaN`, `N/A`, `?`, an empty cell, what a spreadsheet writes for errors.

Some of them may be classes, too: `-` beside `+`, `NA` beside `EU` and `AS`, `none` beside `toxic`. They are taken for
classes where the other labels are of their kind, or where hardly any class would be left.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_ALWAYS = frozenset(
    (
        *("", "nan", "n/a", "n.a.", "<na>", "null", "?", "??", "...", "缺失"),
        *("#n/a", "#na", "#ref!", "#value!", "#div/0!", "#name?", "#null!", "#num!"),
    )
)
_OFTEN = frozenset(("na", "none", "-", "--", "."))
LONGEST_MARK = max(map(len, _ALWAYS | _OFTEN))
"""Letters of the longest mark."""
_TWO_CAPITALS = re.compile(r"[A-Z]{2}")


def is_missing(text: str, *, often: bool = False) -> bool:
    """Whether a cell says that there is no value.

    Args:
        text: The cell.
        often: `NA`, `None` and `-` say so, too.
    """
    folded = text.strip().casefold()
    return folded in _ALWAYS or (often and folded in _OFTEN)


def find_missing_marks(labels: Collection[str]) -> tuple[set[str], set[str]]:
    """Which labels are marks of a missing value.

    Args:
        labels: All labels of a data set, each once.

    Returns:
        The marks, and those that may be marks but are read as classes.
    """
    marks = {label for label in labels if is_missing(label)}
    doubtful = {label for label in labels if label.strip().casefold() in _OFTEN}
    others = [label for label in labels if label not in marks | doubtful]
    classes = {label for label in doubtful if _is_class(label, others)}
    return marks | (doubtful - classes), classes


def _is_class(label: str, others: list[str]) -> bool:
    if len(others) < 2:
        return True
    if label == "NA":
        return all(_TWO_CAPITALS.fullmatch(other) for other in others)
    return label.strip("-") == "" and "+" in others
