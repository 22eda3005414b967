"""What the form needs to know of an option, whether it comes from the schema or from a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bioseq.catalogue.specification import HyperParameter, ModelSpecification
    from bioseq.config.fields import FieldDescription


@dataclass(frozen=True, slots=True)
class Option:
    """One option as the form shows it.

    Attributes:
        path: Configuration path.
        title: Label.
        help: What it does.
        kind: "int", "float", "bool", "choice", "text", "folder", "table" or "files".
        default: Value when nothing is said.
        minimum: Smallest number; None for no bound.
        maximum: Largest number; None for no bound.
        exclusive_minimum: The number must lie above the bound.
        exclusive_maximum: The number must lie below the bound.
        choices: Values with their labels.
        unit: Unit of a number.
        logarithmic: Arrows step by factors.
        range_text: The range in words; may be empty.
    """

    path: str
    title: str
    help: str
    kind: str
    default: Any
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: bool = False
    exclusive_maximum: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    unit: str = ""
    logarithmic: bool = False
    range_text: str = ""

    @property
    def tip(self) -> str:
        """Help, range, unit and path, for a tool tip."""
        facts = [self.help]
        if self.range_text:
            facts.append(f"{self.range_text[0].upper()}{self.range_text[1:]} {self.unit}".strip() + ".")
        facts.append(f"[{self.path}]")
        return "\n".join(facts)

    @property
    def words(self) -> str:
        """Everything that the search box looks in, lower case."""
        return " ".join((self.path, self.title, self.help, *(text for _, text in self.choices))).lower()


def from_field(field: FieldDescription) -> Option:
    """The option of a schema field; the model's name becomes a choice from the catalogue."""
    choices = tuple((field.choices or {}).items())
    kind: str = field.kind
    if field.path == "model.name":
        from bioseq.catalogue.registry import MODELS

        kind, choices = "choice", tuple((name, made.title) for name, made in MODELS.items())
    return Option(
        path=field.path,
        title=field.title,
        help=field.help,
        kind=kind,
        default=field.default,
        minimum=field.minimum,
        maximum=field.maximum,
        exclusive_minimum=field.exclusive_minimum,
        exclusive_maximum=field.exclusive_maximum,
        choices=choices,
        unit=field.unit,
        logarithmic=field.logarithmic,
        range_text=field.range_text,
    )


def from_specification(specification: ModelSpecification) -> tuple[Option, ...]:
    """The options of a model's own settings."""
    return tuple(_from_hyper(parameter) for parameter in specification.hyper)


def _from_hyper(parameter: HyperParameter) -> Option:
    default = parameter.default
    plain = {bool: "bool", int: "int", float: "float", str: "text"}[type(default)]
    bounds = (parameter.minimum, parameter.maximum)
    ranged = not parameter.choices and None not in bounds
    return Option(
        path=f"model.hyper.{parameter.name}",
        title=parameter.title,
        help=parameter.help,
        kind="choice" if parameter.choices else parameter.kind or plain,
        default=default,
        minimum=parameter.minimum,
        maximum=parameter.maximum,
        choices=parameter.choices,
        unit=parameter.unit,
        range_text=f"{parameter.minimum:g} to {parameter.maximum:g}" if ranged else "",
    )
