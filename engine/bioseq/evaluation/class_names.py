"""Names of classes in files that a model does not know, beside those that it knows. Torch-free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.sequences.label_findings import group_spellings
from bioseq.sequences.wording import counted, listed, short_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST_SUGGESTED = 5


def suggest_classes(found: Iterable[str], labels: Sequence[str]) -> str:
    """Which classes of the model other spellings in the files may mean, as a sentence.

    Args:
        found: Classes in the files.
        labels: The classes of the model.

    Returns:
        "Perhaps 'Negative' means 'negative': give it that spelling."; empty where no class in the files is another
        spelling of one that the model knows (`group_spellings`).
    """
    known = set(labels)
    names = list(dict.fromkeys((*labels, *found)))
    pairs = [
        f"'{short_name(name)}' means '{short_name(same[0])}'"
        for group in group_spellings(names)
        if (same := [name for name in group if name in known])
        for name in group
        if name not in known
    ]
    if not pairs:
        return ""
    return f"Perhaps {listed(pairs, most=_MOST_SUGGESTED)}" + counted(": give [it|them] that spelling.", len(pairs))
