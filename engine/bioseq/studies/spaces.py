"""Where a search looks: the settings of a model and of its training, with bounds from their own descriptions.

A number is searched within its legal bounds and a factor of eight of its default, on a logarithmic scale where that
spans more than a factor of eight; a choice among the values that fit the data. Folders and free texts are left alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.catalogue.registry import specification
from bioseq.config.fields import describe
from bioseq.config.overrides import apply_overrides
from bioseq.config.suitability import why_unsuited
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bioseq.catalogue.specification import HyperParameter, HyperValue, ModelSpecification
    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile

_SPAN = 8.0
"""A number is searched up to so many times above and below its default."""
_SMALL = 20
"""Highest whole number up to which all are looked at where the default is 0."""
_TRAINING = (
    ("training.learning_rate", 1e-4, 1e-2),
    ("training.batch_size", 16, 256),
    ("training.weight_decay", 1e-4, 0.3),
    ("training.label_smoothing", 0.0, 0.2),
)
"""Options of training that are searched, and where."""
_LOGARITHMIC = ("training.learning_rate", "training.batch_size", "training.weight_decay")


@dataclass(frozen=True, slots=True)
class Dimension:
    """One setting that is searched.

    Attributes:
        path: As `--set` takes it: "model.hyper.filters", "training.learning_rate".
        title: For people.
        low: Smallest number; 0 for a choice.
        high: Largest number.
        whole: Whole numbers only.
        logarithmic: Steps are factors.
        choices: The values among which it is chosen; empty for a number.
        default: Where the search begins.
    """

    path: str
    title: str
    low: float = 0.0
    high: float = 0.0
    whole: bool = False
    logarithmic: bool = False
    choices: tuple[HyperValue, ...] = ()
    default: HyperValue = 0


def space_of(name: str, base: Configuration, profile: DataProfile) -> tuple[Dimension, ...]:
    """What is searched of one model.

    Args:
        name: The model.
        base: Settings that are not searched.
        profile: What the data are like: choices that do not fit them are left out.
    """
    model = specification(name)
    base = apply_overrides(base, [f"model.name={model.name}"])
    found = [made for setting in model.hyper if (made := _of_hyper(setting)) is not None]
    found += [made for made in _of_training(base) if made.path not in model.unused_options]
    return tuple(made for one in found if (made := _fitting(one, model, base, profile)) is not None)


def as_text(value: object) -> str:
    """A value as `--set` takes it."""
    match value:
        case bool():
            return "true" if value else "false"
        case str() if "\\" in value or '"' in value:
            return f"'{value}'" if "'" not in value else json.dumps(value, ensure_ascii=False)
        case str():
            return f'"{value}"'
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)


def _of_hyper(setting: HyperParameter) -> Dimension | None:
    path, default = f"model.hyper.{setting.name}", setting.default
    if setting.choices:
        choices = tuple(value for value, _ in setting.choices)
        return Dimension(path, setting.title, choices=choices, default=default)
    match default:
        case bool():
            return Dimension(path, setting.title, choices=(False, True), default=default)
        case int() | float():
            return _number(path, setting.title, default, setting.minimum, setting.maximum)
        case _:
            return None


def _number(path: str, title: str, default: float, minimum: float | None, maximum: float | None) -> Dimension | None:
    whole = isinstance(default, int)
    if default == 0:
        if maximum is None or (maximum > _SMALL and whole):
            return None
        if maximum > _SMALL:
            # A strength that is off by default: off, or one of a few sizes.
            sizes = tuple(size for size in (0.01, 0.1, 1.0, 10.0, 100.0) if size <= maximum)
            return Dimension(path, title, choices=(0.0, *sizes), default=0.0)
        return Dimension(path, title, minimum or 0, maximum, whole=whole, default=default)
    bounded = minimum is not None and maximum is not None and maximum <= 1
    low = minimum if bounded and minimum is not None else max(default / _SPAN, minimum or 0.0)
    high = maximum if bounded and maximum is not None else min(default * _SPAN, maximum or float("inf"))
    if whole:
        low, high = max(1.0, round(low)), round(high)
    if high <= low:
        return None
    return Dimension(path, title, low, high, whole=whole, logarithmic=low > 0 and high / low >= _SPAN, default=default)


def _of_training(base: Configuration) -> Iterator[Dimension]:
    for path, low, high in _TRAINING:
        described = describe(path)
        section, name = path.split(".")
        default = getattr(getattr(base, section), name)
        whole = described.kind == "int"
        yield Dimension(
            path,
            described.title,
            min(low, default) if default or path not in _LOGARITHMIC else low,
            max(high, default),
            whole=whole,
            logarithmic=path in _LOGARITHMIC,
            default=default or low,
        )


def _fitting(
    dimension: Dimension, model: ModelSpecification, base: Configuration, profile: DataProfile
) -> Dimension | None:
    """The dimension without choices that do not fit the data; None when nothing is left to choose."""
    if not dimension.choices:
        return dimension
    fitting = []
    for value in dimension.choices:
        try:
            config = apply_overrides(base, [f"{dimension.path}={as_text(value)}"])
        except BioseqError:
            continue
        if not why_unsuited(model, config, profile):
            fitting.append(value)
    if len(fitting) < 2 or dimension.default not in fitting:
        return None
    return Dimension(dimension.path, dimension.title, choices=tuple(fitting), default=dimension.default)
