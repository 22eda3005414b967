"""What looks wrong in the classes of a data set: spellings of one class, measured numbers, several labels in one.

Nothing is joined or cut here: the finding says what it looks like, and what can be done.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.dataset import NO_LABEL, Dataset
from bioseq.sequences.findings import Finding
from bioseq.sequences.label_texts import parse_number
from bioseq.sequences.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LEAST_VALUES = 10
"""Different numbers from which labels may be measured."""
_MANY_VALUES = 0.2
"""Different numbers per labelled record from which they are."""
_LISTED = 6
_SEPARATORS = re.compile(r"\s*[;,|/+&]\s*")
_LOOK_ALIKE = str.maketrans("АВЕЅІЈКМНОРСТУХаеіјорсухѕԁΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABESIJKMHOPCTYXaeijopcyxsdABEZHIKMNOPTYXo")
"""Cyrillic and Greek letters that look like Latin ones."""
_BETWEEN_WORDS = re.compile(r"[\s_\-]+")


def find_label_oddities(dataset: Dataset) -> Iterator[Finding]:
    """What looks wrong in the classes of records as they were read."""
    counts = np.bincount(dataset.labels[dataset.labels != NO_LABEL], minlength=len(dataset.label_names))
    names = [name for name, count in zip(dataset.label_names, counts, strict=True) if count]
    if len(names) < 2:
        return
    if are_measured(names, int(counts.sum())):
        yield _tell_measured(names, dataset, counts)
        return
    several = _find_several(names)
    if several:
        yield _tell_several(several, names)
    groups = group_spellings(names)
    if groups:
        yield _tell_spellings(groups, len(names))


def group_spellings(names: Sequence[str]) -> list[list[str]]:
    """Classes that differ in spelling only, each group in the order of the names."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(_key(name), []).append(name)
    return [group for key, group in groups.items() if key and len(group) > 1]


def _key(name: str) -> str:
    """What spellings of one class have in common; numbers are one where they are equal, so that `-1` is not `1`."""
    number = parse_number(name)
    if number is not None:
        return f"{number:g}"
    folded = unicodedata.normalize("NFKC", name).translate(_LOOK_ALIKE).casefold()
    return _BETWEEN_WORDS.sub("", folded)


def are_measured(names: Sequence[str], records: int) -> bool:
    """Whether labels look like measured numbers: many different ones, or such with fractions.

    Args:
        names: Different labels.
        records: Records that have one.
    """
    numbers = [parse_number(name, bounds=True) for name in names]
    known = [number for number in numbers if number is not None]
    if len(known) < max(_LEAST_VALUES, 0.9 * len(names)):
        return False
    fractions = sum(not number.is_integer() for number in known)
    return len(known) >= _MANY_VALUES * records or fractions >= 0.5 * len(known)


def measured_values(dataset: Dataset) -> np.ndarray:
    """The numbers that the labels of records are, `(M,)`; empty where labels are no measured numbers."""
    labelled = dataset.labels[dataset.labels != NO_LABEL]
    names = [dataset.label_names[code] for code in np.unique(labelled).tolist()]
    if len(names) < 2 or not are_measured(names, len(labelled)):
        return np.zeros(0)
    table = np.array(
        [np.nan if (number := parse_number(name, bounds=True)) is None else number for name in dataset.label_names]
    )
    values = table[labelled]
    finite: np.ndarray = values[np.isfinite(values)]
    return finite


def _tell_measured(names: Sequence[str], dataset: Dataset, counts: np.ndarray) -> Finding:
    values = measured_values(dataset)
    median, low, high = (float(np.quantile(values, level)) for level in (0.5, 1 / 3, 2 / 3))
    return Finding(
        "measured_labels",
        Severity.WARNING,
        f"The labels look like measured values: {len(names):,} different numbers from {values.min():g} to "
        f"{values.max():g}. This program tells classes apart.",
        f"Cut them into classes, on the Data page or in data.label_cuts: at the median, {median:g}; into three of one "
        f"size, at {low:g} and {high:g}; or at a value that means something in your field.",
        int(counts.sum()),
        setting="data.label_cuts",
    )


def _find_several(names: Sequence[str]) -> list[str]:
    """Labels that are lists of others; empty where no separator explains most of them."""
    best: list[str] = []
    for separator in ";|,/+&":
        lists = [name for name in names if separator in name.strip(separator)]
        if len(lists) < 2:
            continue
        parts = Counter(part.strip() for name in names for part in name.split(separator) if part.strip())
        shared = sum(count > 1 for count in parts.values())
        if len(parts) < len(names) and shared >= 0.5 * len(parts) and len(lists) > len(best):
            best = lists
    return best


def _tell_several(lists: Sequence[str], names: Sequence[str]) -> Finding:
    parts = list(dict.fromkeys(part for name in names for part in _SEPARATORS.split(name) if part))
    return Finding(
        "several_labels",
        Severity.WARNING,
        f"{len(lists):,} of {len(names):,} classes seem to be several labels in one: {quoted(lists, most=_LISTED)}.",
        f"A record has one class here, so each combination is a class of its own. The parts are "
        f"{quoted(parts, most=_LISTED)}: train a model for each, or join classes on the Data page.",
        len(lists),
        setting="data.classes",
    )


def _tell_spellings(groups: Sequence[Sequence[str]], classes: int) -> Finding:
    more = f"; {len(groups) - 3:,} more" if len(groups) > 3 else ""
    shown = "; ".join(quoted(group, most=_LISTED) for group in groups[:3]) + more
    merged = classes - sum(len(group) - 1 for group in groups)
    return Finding(
        "label_spellings",
        Severity.WARNING,
        f"Some classes differ in spelling only: {shown}.",
        f"They count as {classes:,} classes. If they are {merged:,}, join them on the Data page or in data.classes.",
        sum(map(len, groups)),
        setting="data.classes",
    )
