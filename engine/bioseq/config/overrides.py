"""`--set training.epochs=5`: any option of a configuration changed from the command line."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from bioseq.config.fields import combined, describe, split_path, with_value
from bioseq.config.wording import printable
from bioseq.errors import BioseqError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioseq.config.schema import Configuration

_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_LONGEST = 10_000


def apply_overrides(config: Configuration, overrides: Iterable[str]) -> Configuration:
    """The configuration with these options changed.

    Args:
        config: The configuration to change.
        overrides: Each as `section.option=value`; below a table as `model.hyper.filters=64`. The model's name is set
            before its settings, whatever the order.

    Raises:
        BioseqError: All that is wrong with any of them.
    """
    faults: list[Problem] = []
    pairs = []
    for text in overrides:
        path, equals, value = text.partition("=")
        if equals and path.strip():
            pairs.append((path.strip(), value.strip()))
        else:
            message = f"{printable(text)!r} is not of the form option=value."
            faults.append(Problem("config.bad_override", message, remedy="Write for example training.epochs=5."))
    for path, value in sorted(pairs, key=lambda pair: pair[0] != "model.name"):
        try:
            config = with_value(config, path, _value(path, value))
        except BioseqError as error:
            faults += error.problems or (Problem(error.code, error.message, error.where, error.remedy),)
    if faults:
        raise combined("config.bad_override", tuple(faults))
    return config


def _value(path: str, text: str) -> Any:
    """The text as the type of the option; what does not fit stays text and is refused with the option's words."""
    _, _, key = split_path(path)
    described = describe(path)
    if key or described.kind in ("table", "files"):
        return _toml_value(text)
    try:
        match described.kind:
            case "int":
                return int(text) if len(text) < 20 else text
            case "float":
                return float(text)
            case "bool":
                return _WORDS.get(text.lower(), text)
            case _:
                return _unquoted(text)
    except ValueError:
        return text


def _toml_value(text: str) -> Any:
    """A number, true, false, a list or an inline table as TOML has it; anything else is a text."""
    if len(text) > _LONGEST or text.count("[") + text.count("{") > 20:
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _unquoted(text: str) -> str:
    quoted = len(text) >= 2 and text[0] == text[-1] and text[0] in "'\""
    return text[1:-1] if quoted else text
