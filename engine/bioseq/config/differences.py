"""What differs between two configurations, in words, option by option."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from bioseq.config.fields import FieldDescription, describe_fields, specification_of
from bioseq.sequences.wording import listed, short_name

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration


@dataclass(frozen=True, slots=True)
class Difference:
    """One option that differs.

    Attributes:
        path: The option: "training.epochs", "model.hyper.filters".
        title: Its label.
        old: The old value as shown to people; empty text is "not set".
        new: The new value.
    """

    path: str
    title: str
    old: str
    new: str


def differences(old: Configuration, new: Configuration) -> tuple[Difference, ...]:
    """All options that differ, in the order of the schema."""
    found: list[Difference] = []
    for field in describe_fields():
        before = getattr(getattr(old, field.section), field.name)
        after = getattr(getattr(new, field.section), field.name)
        if field.path == "model.hyper":
            found += _hyper_differences(old, new)
        elif field.kind == "table":
            found += _entry_differences(field.path, field.title, before, after)
        elif before != after:
            found.append(Difference(field.path, field.title, value_text(field, before), value_text(field, after)))
    return tuple(found)


def value_text(field: FieldDescription, value: Any) -> str:
    """A value as people read it: the label of a choice, a number with its unit."""
    if field.kind == "choice":
        return (field.choices or {}).get(value, str(value))
    if field.kind == "files":
        return listed([short_name(PurePath(file.path).name) for file in value]) or "none"
    if field.kind == "bool":
        return "yes" if value else "no"
    if field.kind in ("int", "float"):
        return f"{value:,} {field.unit}".strip() if field.kind == "int" else f"{value:g} {field.unit}".strip()
    if field.path == "model.name":
        return _model_title(value)
    if field.kind == "table":
        return listed([f"{short_name(str(key))} = {entry}" for key, entry in value.items()]) or "none"
    return str(value) or "not set"


def _model_title(name: str) -> str:
    from bioseq.catalogue.registry import MODELS

    known = MODELS.get(name)
    return known.title if known else name


def _hyper_differences(old: Configuration, new: Configuration) -> list[Difference]:
    before, after = dict(old.model.hyper), dict(new.model.hyper)
    titles: dict[str, str] = {}
    if (architecture := specification_of(new)) is not None:
        titles = {parameter.name: parameter.title for parameter in architecture.hyper}
        after = {**architecture.resolve(after), **after}
    if (architecture := specification_of(old)) is not None:
        before = {**architecture.resolve(before), **before}
    if old.model.name != new.model.name:
        # Settings of another network are not "changed": only what the new one is given is told.
        before = {}
        after = dict(new.model.hyper)
    return _entry_differences("model.hyper", "", before, after, titles=titles)


def _entry_differences(
    path: str, title: str, before: dict[str, Any], after: dict[str, Any], *, titles: dict[str, str] | None = None
) -> list[Difference]:
    keys = [*before, *(key for key in after if key not in before)]
    return [
        Difference(
            f"{path}.{key}",
            (titles or {}).get(key) or (f"{title}: {key}" if title else key),
            _entry_text(before.get(key)),
            _entry_text(after.get(key)),
        )
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _entry_text(value: Any) -> str:
    match value:
        case None:
            return "not set"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case _:
            return str(value)
