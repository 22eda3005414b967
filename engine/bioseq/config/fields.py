"""The options of the schema as a flat list: for the form, the file's comments, `--set` and the help.

A path names an option: `training.epochs`. Below a table stands any name: `model.hyper.filters`,
`training.custom_weights.some.class` (all that follows the table's name is the key, dots included).
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError

from bioseq.config.schema import Configuration, DataFile, Section
from bioseq.config.wording import problems_of
from bioseq.errors import BioseqError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic.fields import FieldInfo

    from bioseq.catalogue.specification import Architecture, ModelSpecification

Kind = Literal["int", "float", "bool", "text", "choice", "table", "files"]


@dataclass(frozen=True, slots=True)
class FieldDescription:
    """One option of the schema.

    Attributes:
        path: Section and name: "training.epochs".
        section: "training".
        name: "epochs".
        title: Label, sentence case.
        help: What it does, one or two sentences.
        kind: What it holds; a table maps names to values, files is the list of data files.
        default: Value when nothing is said.
        minimum: Smallest legal number, or the bound itself when `exclusive_minimum`.
        maximum: Largest legal number, or the bound itself when `exclusive_maximum`.
        exclusive_minimum: The number must lie above the bound.
        exclusive_maximum: The number must lie below the bound.
        choices: Legal value to label, in order; empty unless `kind` is "choice".
        unit: Unit of a number.
        advanced: Shown only on request.
        logarithmic: Steps are better taken by factors.
    """

    path: str
    section: str
    name: str
    title: str
    help: str
    kind: Kind
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: dict[str, str] | None = None
    unit: str = ""
    advanced: bool = False
    logarithmic: bool = False

    @property
    def range_text(self) -> str:
        """The legal range in words: "1 to 10000", "above 0, at most 1", "at least 0"; empty when there is none."""
        low, high = _plain(self.minimum), _plain(self.maximum)
        if low and high and not (self.exclusive_minimum or self.exclusive_maximum):
            return f"{low} to {high}"
        parts = [
            f"{'above' if self.exclusive_minimum else 'at least'} {low}" if low else "",
            f"{'below' if self.exclusive_maximum else 'at most'} {high}" if high else "",
        ]
        return ", ".join(part for part in parts if part)


@cache
def describe_fields() -> tuple[FieldDescription, ...]:
    """All options in the order of the schema, without the version."""
    described: list[FieldDescription] = []
    for section, model in sections().items():
        described += [_describe(section, name, info) for name, info in model.model_fields.items()]
    return tuple(described)


@cache
def sections() -> dict[str, type[Section]]:
    """Section name to its model, in order."""
    found = {name: info.annotation for name, info in Configuration.model_fields.items()}
    return {name: kind for name, kind in found.items() if isinstance(kind, type) and issubclass(kind, Section)}


def section_title(section: str) -> str:
    """The heading of a section."""
    return str(Configuration.model_fields[section].title or section)


def describe(path: str) -> FieldDescription:
    """The option at a path; for an entry of a table, the table.

    Raises:
        BioseqError: There is no such option; says the nearest.
    """
    section, name, _ = split_path(path)
    return _by_path()[f"{section}.{name}"]


def split_path(path: str) -> tuple[str, str, str]:
    """Section, name and (below a table) key of a path.

    Raises:
        BioseqError: There is no such option.
    """
    section, _, rest = path.partition(".")
    name, _, key = rest.partition(".")
    known = _by_path().get(f"{section}.{name}")
    if known is None or (key and known.kind != "table"):
        raise BioseqError(
            "config.unknown_option",
            "There is no such option.",
            where=path[:200],
            remedy=suggestion(path, _by_path()) or "`bioseq config` writes a file with all options.",
        )
    return section, name, key


def value_at(config: Configuration, path: str) -> Any:
    """The value of an option; for an entry of `model.hyper` that is left out, the architecture's default.

    Raises:
        BioseqError: There is no such option or entry.
    """
    section, name, key = split_path(path)
    value = getattr(getattr(config, section), name)
    if not key:
        return value
    if key in value:
        return value[key]
    if (section, name) == ("model", "hyper"):
        return _hyper_default(config, key)
    raise BioseqError("config.unknown_option", "There is no such entry.", where=path)


def with_value(config: Configuration, path: str, value: object) -> Configuration:
    """The configuration with one option changed.

    Another `model.name` keeps of `model.hyper` only what the new architecture also has. None at an entry of a
    table takes the entry out, so that its default holds.

    Raises:
        BioseqError: There is no such option, or the value is not legal there.
    """
    section, name, key = split_path(path)
    if key:
        value = _entry_changed(config, path, value)
    if isinstance(value, list):
        value = tuple(value)
    changes = {name: value}
    if path == "model.name" and isinstance(value, str):
        changes["hyper"] = _hyper_kept(config, value)
    old: Section = getattr(config, section)
    fields = {field: getattr(old, field) for field in type(old).model_fields}
    try:
        new = type(old).model_validate({**fields, **changes}, strict=True)
    except ValidationError as error:
        found = problems_of(error, prefix=(section,))
        raise combined("config.bad_value", found) from error
    return config.model_copy(update={section: new})


def combined(code: str, problems: tuple[Problem, ...], *, where: str = "") -> BioseqError:
    """One error that says all problems: the sentence of a single one, or their number and all of them."""
    if len(problems) == 1 and not where:
        only = problems[0]
        return BioseqError(code, only.message, where=only.where, remedy=only.remedy, problems=problems)
    count = "one fault" if len(problems) == 1 else f"{len(problems)} faults"
    listed = "; ".join(problem.sentence() for problem in problems[:20])
    more = f"; and {len(problems) - 20} more" if len(problems) > 20 else ""
    return BioseqError(
        code,
        f"The configuration has {count}: {listed}{more}",
        where=where,
        remedy="" if any(problem.remedy for problem in problems) else "Mend the options named and try again.",
        problems=problems,
    )


def suggestion(name: str, known: Iterable[str]) -> str:
    """The question "Did you mean ...?" with the nearest known names; empty when none is near."""
    near = nearest(name, known)
    return f"Did you mean {' or '.join(repr(other) for other in near)}?" if near else ""


def nearest(name: str, known: Iterable[str]) -> list[str]:
    """The known names that look most like this one, best first: by the whole path, then by the last part."""
    names = list(known)
    name = name[:200]
    found = difflib.get_close_matches(name, names, n=2, cutoff=0.7)
    if found:
        return found[:1]
    last = name.rpartition(".")[2]
    ends: dict[str, list[str]] = {}
    for other in names:
        ends.setdefault(other.rpartition(".")[2], []).append(other)
    return [other for end in difflib.get_close_matches(last, ends, n=1, cutoff=0.75) for other in ends[end]][:2]


@cache
def _by_path() -> dict[str, FieldDescription]:
    return {described.path: described for described in describe_fields()}


def _describe(section: str, name: str, info: FieldInfo) -> FieldDescription:
    extra: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    bounds: dict[str, Any] = {}
    for entry in info.metadata:
        match entry:
            case Ge():
                bounds["minimum"] = entry.ge
            case Gt():
                bounds |= {"minimum": entry.gt, "exclusive_minimum": True}
            case Le():
                bounds["maximum"] = entry.le
            case Lt():
                bounds |= {"maximum": entry.lt, "exclusive_maximum": True}
    return FieldDescription(
        path=f"{section}.{name}",
        section=section,
        name=name,
        title=info.title or name,
        help=info.description or "",
        kind=_kind(info.annotation),
        default=info.get_default(call_default_factory=True),
        choices=dict(extra.get("choices") or {}) or None,
        unit=str(extra.get("unit", "")),
        advanced=bool(extra.get("advanced", False)),
        logarithmic=bool(extra.get("logarithmic", False)),
        **bounds,
    )


_SIMPLE: dict[Any, Kind] = {bool: "bool", int: "int", float: "float", str: "text"}


def _kind(annotation: Any) -> Kind:
    if annotation in _SIMPLE:
        return _SIMPLE[annotation]
    origin = get_origin(annotation)
    if origin is Literal:
        return "choice"
    if origin is dict:
        return "table"
    if origin is tuple and get_args(annotation)[0] is DataFile:
        return "files"
    raise TypeError(f"no form for an option of type {annotation}")


def _plain(number: float | None) -> str:
    if number is None:
        return ""
    return str(number) if isinstance(number, int) else f"{number:g}"


def specification_of(config: Configuration) -> ModelSpecification | None:
    """The specification of the chosen model; None when the catalogue has no such name."""
    from bioseq.catalogue.registry import MODELS

    return MODELS.get(config.model.name)


def architecture_of(config: Configuration) -> Architecture | None:
    """The specification of the chosen network; None for a feature baseline, and for an unknown name."""
    from bioseq.catalogue.registry import ARCHITECTURES

    return ARCHITECTURES.get(config.model.name)


def _hyper_default(config: Configuration, key: str) -> Any:
    chosen = specification_of(config)
    defaults = chosen.defaults() if chosen else {}
    if key not in defaults:
        raise BioseqError(
            "config.unknown_hyper_parameter",
            f"{chosen.title if chosen else config.model.name} has no such setting.",
            where=f"model.hyper.{key}",
            remedy=suggestion(key, defaults),
        )
    return defaults[key]


def _entry_changed(config: Configuration, path: str, value: object) -> dict[str, Any]:
    section, name, key = split_path(path)
    table = dict(getattr(getattr(config, section), name))
    if value is None:
        table.pop(key, None)
        return table
    if (section, name) == ("model", "hyper") and (chosen := specification_of(config)) is not None:
        default = _hyper_default(config, key)
        if isinstance(default, float) and type(value) is int:
            value = float(value)
        if faults := chosen.problems({key: value}):
            raise BioseqError.from_problem(faults[0])
    table[key] = value
    return table


def _hyper_kept(config: Configuration, name: str) -> dict[str, Any]:
    """Of the present model's settings, those that mean the same in another model."""
    from bioseq.catalogue.registry import MODELS, own_name

    other = MODELS.get(own_name(name))
    if other is None or name == config.model.name:
        return dict(config.model.hyper)
    return {key: value for key, value in config.model.hyper.items() if not other.problems({key: value})}
