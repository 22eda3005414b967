"""What keeps figures on files from being taken at their word: records seen before, or left out. Torch-free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.errors import Severity
from bioseq.evaluation.class_names import suggest_classes
from bioseq.evaluation.standing import Caution
from bioseq.sequences.wording import counted, listed, quoted, short_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MOST_NAMES = 5
_MANY = 0.01
"""Fraction of the records from which those that were seen in training are the first thing to say."""
_TIMES = {1: "once", 2: "twice"}


def seen_in_training(seen: int, records: int) -> Caution | None:
    """Some records have a sequence that the model was trained on, or chosen by.

    Args:
        seen: How many.
        records: Records that were evaluated.
    """
    if not seen:
        return None
    return Caution(
        "evaluation.seen_in_training",
        counted(f"{{n}} of {records:,} records [has|have] a sequence that the model was trained on or chosen by", seen)
        + ": these figures flatter.",
        "Evaluate records that the model has not seen.",
        Severity.ERROR if seen >= _MANY * records else Severity.WARNING,
    )


def unknown_classes(left_out: Mapping[str, int], records: int, labels: Sequence[str]) -> Caution | None:
    """Some records are of classes that the model does not know.

    Args:
        left_out: Class to records that were not evaluated; "" for those without a class.
        records: Records of the files.
        labels: The classes of the model.
    """
    unknown = {name: count for name, count in left_out.items() if name}
    count = sum(unknown.values())
    if not count:
        return None
    classes = "a class" if len(unknown) == 1 else "classes"
    known = quoted(labels, most=_MOST_NAMES)
    remedy = f"Correct labels that mean a class of the model ({known}), or train with all classes."
    return Caution(
        "evaluation.unknown_classes",
        counted(f"{{n}} of {records:,} records [is|are] of {classes} that the model does not know: ", count)
        + _with_counts(unknown)
        + counted(". The figures leave [it|them] out.", count),
        f"{suggest_classes(unknown, labels)} {remedy}".lstrip(),
    )


def unlabelled(left_out: Mapping[str, int], records: int) -> Caution | None:
    """Some records name no class; arguments as in `unknown_classes`."""
    count = left_out.get("", 0)
    if not count:
        return None
    return Caution(
        "evaluation.unlabelled",
        counted(f"{{n}} of {records:,} records [names|name] no class, and the figures leave [it|them] out.", count),
        "Add the class of each record to evaluate all.",
        Severity.INFO,
    )


def looked_at_before(tests: int, records: int, before: int) -> Caution | None:
    """Some records are test records of the model's run, which were evaluated before.

    Args:
        tests: How many.
        records: Records that were evaluated.
        before: How often the test records were evaluated until now.
    """
    if not tests:
        return None
    times = _TIMES.get(before, f"{before:,} times")
    return Caution(
        "evaluation.looked_at_before",
        counted(f"{{n}} of {records:,} records [is a test record|are test records] of this run, evaluated ", tests)
        + f"{times} before.",
        "Do not choose models or settings by these figures: keep other records for the final test.",
        Severity.INFO,
    )


def _with_counts(counts: Mapping[str, int]) -> str:
    """Classes with their records, those of the most records first; a single one alone."""
    if len(counts) == 1:
        return quoted(counts)
    names = sorted(counts, key=lambda name: -counts[name])
    return listed([f"'{short_name(name)}' ({counts[name]:,})" for name in names], most=_MOST_NAMES)
