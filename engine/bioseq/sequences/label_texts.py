"""Classes from labels as they are written: marks of missing values, joined classes, numbers cut into classes."""

from __future__ import annotations

import math
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.missing_labels import find_missing_marks
from bioseq.sequences.records import NO_CODE, Note, Records

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

_LISTED = 6


@dataclass(frozen=True, slots=True)
class LabelRules:
    """What the person said of labels.

    Attributes:
        classes: Label as it is written to the class that it means; an empty class leaves its records without label.
        cuts: Numbers at which measured values are cut into classes, ascending; empty where labels are classes.
    """

    classes: Mapping[str, str] = field(default_factory=dict)
    cuts: tuple[float, ...] = ()


def parse_cuts(text: str) -> tuple[float, ...]:
    """The numbers of `data.label_cuts`, ascending.

    Raises:
        ValueError: One is no number, or stands twice.
    """
    cuts = tuple(sorted(float(word) for word in text.replace(";", " ").split()))
    if any(not math.isfinite(cut) for cut in cuts) or len(set(cuts)) < len(cuts):
        raise ValueError("cuts must be numbers, each once, with blanks between them: 5 7.5")
    return cuts


def apply_rules(files: Sequence[Records], rules: LabelRules) -> list[Records]:
    """The records of several files with classes for the labels that they were read with.

    Texts that are the same in Unicode are one class, whatever their form. Marks of missing values are no label.
    """
    written = {text: tidy_label(text) for file in files for text in _used(file)}
    marks, doubtful = find_missing_marks(set(written.values()) - rules.classes.keys())
    read_as = read_labels(set(written.values()), rules)
    classes = {text: read_as[tidy] for text, tidy in written.items()}
    return [
        _relabel(file, classes, {text for text, tidy in written.items() if tidy in marks}, doubtful) for file in files
    ]


def tidy_label(text: str) -> str:
    """A label in one form of Unicode and with plain blanks, one between words."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def read_labels(labels: Collection[str], rules: LabelRules) -> dict[str, str]:
    """The class that each of the labels of a data set means; empty for none, as for the mark of a missing value."""
    marks, _ = find_missing_marks(set(labels) - rules.classes.keys())
    return {label: "" if label in marks else rename(label, rules) for label in labels}


def rename(label: str, rules: LabelRules) -> str:
    """The class that a label means; empty for none."""
    if label in rules.classes:
        return rules.classes[label]
    if rules.cuts:
        number = parse_number(label, bounds=True)
        return label if number is None else name_cut(number, rules.cuts)
    return label


def name_cut(value: float, cuts: tuple[float, ...]) -> str:
    """Name of the class between two cuts, or beyond the outermost: "under 5", "5 to 10", "10 and more"."""
    place = bisect_right(cuts, value)
    shown = [f"{cut:g}" for cut in cuts]
    if place == 0:
        return f"under {shown[0]}"
    return f"{shown[-1]} and more" if place == len(cuts) else f"{shown[place - 1]} to {shown[place]}"


def list_cut_names(cuts: tuple[float, ...]) -> list[str]:
    """Names of all classes that cuts make, from the lowest on."""
    inner = [(low + high) / 2 for low, high in pairwise(cuts)]
    return [name_cut(value, cuts) for value in (-math.inf, *inner, math.inf)]


def parse_number(text: str, *, bounds: bool = False) -> float | None:
    """The number that a label is, with a decimal point or comma; None for a text, infinity or no number.

    Args:
        text: The label.
        bounds: A measured value may be a bound: `>100`, `< 0.5`, `~3`.
    """
    plain = text.replace("\u2212", "-")
    plain = plain.lstrip("<>=~\u2264\u2265 ") if bounds else plain
    try:
        number = float(plain.replace(",", ".") if plain.count(",") == 1 else plain)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _used(file: Records) -> list[str]:
    return [file.label_texts[code] for code in np.unique(file.label_codes).tolist() if code != NO_CODE]


def _relabel(file: Records, classes: Mapping[str, str], marks: set[str], doubtful: set[str]) -> Records:
    texts: dict[str, int] = {}
    table = np.full(len(file.label_texts) + 1, NO_CODE, np.int32)
    missing = np.zeros(len(file.label_texts) + 1, np.bool_)
    for code, text in enumerate(file.label_texts):
        name = classes.get(text, "")
        missing[code] = text in marks
        if name:
            table[code] = texts.setdefault(name, len(texts))
    rows = np.flatnonzero(missing[file.label_codes]) if missing.any() else np.zeros(0, np.intp)
    notes = _missing_note(rows, sorted(marks & set(file.label_texts))) + _doubt_note(doubtful & set(texts))
    if not notes and tuple(texts) == file.label_texts:
        return file
    return replace(file, label_codes=table[file.label_codes], label_texts=tuple(texts), notes=file.notes + notes)


def _missing_note(rows: np.ndarray, marks: list[str]) -> tuple[Note, ...]:
    if not len(rows):
        return ()
    listed = ", ".join(f"'{mark[:20]}'" for mark in marks[:_LISTED])
    return (
        Note(
            "missing_label_marks",
            Severity.WARNING,
            f"{{n}} [record has|records have] a mark of a missing value in place of a label ({listed}).",
            "They are read without label. If the mark is a class, give the class another name in the file.",
            tuple(rows.tolist()),
        ),
    )


def _doubt_note(labels: set[str]) -> tuple[Note, ...]:
    if not labels:
        return ()
    listed = ", ".join(f"'{label[:20]}'" for label in sorted(labels))
    return (
        Note(
            "missing_label_marks",
            Severity.INFO,
            f"The label {listed} is read as a class.",
            "If it means that the label is missing, leave the class out on the Data page or in data.classes.",
            setting="data.classes",
        ),
    )
