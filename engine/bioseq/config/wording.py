"""What pydantic says of a wrong value, in words for people, with the path of the option.

Imports nothing of the program but the errors and the schema's names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_LONGEST_SHOWN = 60

_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "a text",
    "string_unicode": "a text",
    "dict_type": "a table of names and values",
    "model_type": "a section of options",
    "model_attributes_type": "a section of options",
    "tuple_type": "a list",
    "finite_number": "a finite number",
}
_BOUNDS = {
    "greater_than_equal": ("below the smallest legal value", "ge"),
    "greater_than": ("not above", "gt"),
    "less_than_equal": ("above the largest legal value", "le"),
    "less_than": ("not below", "lt"),
}
_UNION_BRANCHES = frozenset({"bool", "int", "float", "str"})


def problems_of(error: ValidationError, *, prefix: Sequence[str | int] = ()) -> tuple[Problem, ...]:
    """One problem per wrong option, in the order of the file.

    Args:
        error: What pydantic raised.
        prefix: Path of what was validated.
    """
    found: dict[str, Problem] = {}
    for detail in error.errors(include_url=False, include_context=True):
        location = _location([*prefix, *detail["loc"]])
        where = path_text(location)
        if where in found:
            continue
        found[where] = Problem(_code(detail), _message(detail, location), where)
    return tuple(found.values())


def path_text(location: Sequence[str | int]) -> str:
    """A path as it is written: `data.files[2].role`, the second file; keys are shortened when endless."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            text += ("." if text else "") + printable(part)
    return text


def shown(value: object) -> str:
    """A value as it may stand in a sentence: one line, not endless."""
    if isinstance(value, dict):
        return "a section"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) >= 1 << 64:
        return "a number beyond 64 bits"
    return printable(repr(value) if isinstance(value, str) else str(value))


def printable(text: str) -> str:
    """A foreign text without control characters, shortened."""
    cleaned = "".join(letter if letter.isprintable() else "?" for letter in text[: _LONGEST_SHOWN + 1])
    return cleaned if len(text) <= _LONGEST_SHOWN else cleaned[: _LONGEST_SHOWN - 1] + "…"


def _location(location: list[str | int]) -> list[str | int]:
    """Without pydantic's own marks: branches of a union, and "[key]"."""
    if location and location[-1] == "[key]":
        location = location[:-1]
    if location[:2] == ["model", "hyper"] and len(location) == 4 and location[3] in _UNION_BRANCHES:
        location = location[:3]
    return location


def _code(detail: ErrorDetails) -> str:
    return "config.unknown_key" if detail["type"] == "extra_forbidden" else "config.bad_value"


def _message(detail: ErrorDetails, location: list[str | int]) -> str:
    kind, value = detail["type"], shown(detail["input"])
    context: dict[str, Any] = detail.get("ctx", {})
    if location[:2] == ["model", "hyper"] and len(location) == 3:
        return f"{value} is not a number, a text, or true or false."
    if kind in _WANTED:
        return f"{value} is not {_WANTED[kind]}."
    if kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        limit = context[bound]
        return f"{value} is {words}{'' if kind in ('greater_than', 'less_than') else ','} {_number(limit)}."
    return _other_message(kind, value, context, detail)


def _other_message(kind: str, value: str, context: dict[str, Any], detail: ErrorDetails) -> str:
    match kind:
        case "extra_forbidden":
            return "There is no such option."
        case "literal_error":
            return f"{value} is not one of {context['expected']}."
        case "string_too_long":
            return f"The text is longer than {context['max_length']} letters."
        case "too_long":
            return f"There are more than {context['max_length']} entries."
        case "value_error":
            return f"In {value}, {context['error']}."
        case _:
            return f"{value}: {detail['msg'][:200]}."


def _number(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
