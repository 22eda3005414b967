"""JSON that the program writes and reads again: undefined numbers, and a check that values are of the kinds written.

JSON (RFC 8259, section 6) has no NaN and no infinity; Python's writer would put the words there all the same, which
other readers refuse. So a figure that is not defined is null there and NaN here.

A file of the program's own can be cut short, overwritten or edited like any other. `decode` reads one into a dataclass
and checks every value against its annotation; whatever is wrong with it is one `DamagedError` with one reason. Files
read before the first window, for which pydantic takes too long to load, go through `load_json`.

This module imports nothing of the program.
"""

from __future__ import annotations

import functools
import json
import math
import sys
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import GetCoreSchemaHandler, TypeAdapter, ValidationError
    from pydantic_core import CoreSchema

T = TypeVar("T")

LATEST = 253_370_764_800.0
"""Seconds since 1970: every system can still show it as a date, in every time zone."""
_LARGEST_EXACT = 2**53
"""Whole numbers up to here are the same in every reader of JSON (RFC 8259, section 6)."""
_LARGEST_SMALL = 2**31 - 1
"""The largest number of a process, and the largest whole number that a widget takes."""
_SHORT = 4_096
_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "string_type": "text",
    "dict_type": "a table of names and values",
    "dataclass_type": "a table of names and values",
    "tuple_type": "a list",
    "list_type": "a list",
}


class DamagedError(ValueError):
    """A file of the program's own does not hold what was written.

    Attributes:
        reason: Why, as a part of a sentence: `"entry.started" is not a number`.
        is_json: It is JSON all the same; else it was cut short, overwritten, or nested without end.
    """

    def __init__(self, reason: str, *, is_json: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_json = is_json


class UndefinedAsNull:
    """Marks a number as one that is null in JSON where it is not defined."""

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(_nan_for_null, handler(source))


class Within:
    """Marks a number as one between two bounds, and finite.

    Args:
        low: The smallest.
        high: The largest.
    """

    def __init__(self, low: float, high: float) -> None:
        self._low, self._high = low, high

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        bounds = {"ge": self._low, "le": self._high}
        return cast(
            "CoreSchema", {**schema, **bounds, **({"allow_inf_nan": False} if schema["type"] == "float" else {})}
        )


class AtMost:
    """Marks a text as one of so many letters at most.

    Args:
        letters: The limit.
    """

    def __init__(self, letters: int) -> None:
        self._letters = letters

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cast("CoreSchema", {**handler(source), "max_length": self._letters})


class Shaped:
    """Marks a table of free names as one in which some names hold values of these kinds.

    Args:
        needed: Name to kind; each has to be there.
        kinds: Name to kind, where it is there.
    """

    def __init__(self, needed: Mapping[str, Any] | None = None, **kinds: Any) -> None:
        self._needed = dict(needed or {})
        self._kinds = {**self._needed, **kinds}

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        from pydantic_core import core_schema

        fields = {
            name: core_schema.typed_dict_field(handler.generate_schema(kind), required=name in self._needed)
            for name, kind in self._kinds.items()
        }
        shape = core_schema.typed_dict_schema(fields, extra_behavior="allow")
        return core_schema.no_info_wrap_validator_function(_in_order, shape)


Figure = Annotated[float, UndefinedAsNull()]
"""A number that may not be defined: NaN, and null in JSON."""
Figures = dict[str, Figure]
"""Name to figure."""
Finite = Annotated[float, Within(-sys.float_info.max, sys.float_info.max)]
"""A number that is always defined."""
Moment = Annotated[float, Within(0.0, LATEST)]
"""Seconds since 1970, UTC; 0 for none."""
Count = Annotated[int, Within(0, _LARGEST_EXACT)]
"""How many, or which of many."""
SmallCount = Annotated[int, Within(0, _LARGEST_SMALL)]
"""The same of epochs, steps, trainings, which a window counts too."""
ProcessId = SmallCount
"""Number of a process of the system."""
ShortText = Annotated[str, AtMost(_SHORT)]
"""A name, a title, a path, a word."""


def json_value(value: Any) -> Any:
    """A value as JSON can hold it, all the way down: null for numbers not finite, text for keys, lists for tuples."""
    match value:
        case float() if not math.isfinite(value):
            return None
        case dict():
            return {str(key): json_value(item) for key, item in value.items()}
        case list() | tuple():
            return [json_value(item) for item in value]
        case _:
            return value


def numbers(values: Mapping[str, float | None] | None) -> dict[str, float]:
    """Figures read from JSON: NaN where null stands.

    Raises:
        ValueError: One is text that is no number, or has more digits than any number of the machine.
        TypeError: One is a list or a mapping.
        AttributeError: It is no mapping.
    """
    try:
        return {str(name): math.nan if value is None else float(value) for name, value in (values or {}).items()}
    except OverflowError as error:
        raise DamagedError("a number is too large") from error


def load_json(content: bytes | str) -> Any:
    """The value in JSON, whatever its kind.

    Raises:
        DamagedError: They are not JSON.
    """
    try:
        return json.loads(content)
    except UnicodeDecodeError as error:
        raise DamagedError("it is not UTF-8 text", is_json=False) from error
    except json.JSONDecodeError as error:
        raise DamagedError("it is not JSON, or was cut short", is_json=False) from error
    except RecursionError as error:
        raise DamagedError("it is nested too deeply", is_json=False) from error
    except ValueError as error:
        raise DamagedError("a number in it has too many digits", is_json=False) from error


def load_table(content: bytes | str) -> dict[str, Any]:
    """The table of names and values in JSON.

    Raises:
        DamagedError: They hold none.
    """
    value = load_json(content)
    if not isinstance(value, dict):
        raise DamagedError("it holds no names with values")
    return value


def decode(kind: type[T], content: bytes | str) -> T:
    """The value of a kind in JSON: a dataclass, or any other annotation; names of newer versions are passed over.

    Args:
        kind: What it is to be; every value in it is checked against its annotation.
        content: JSON.

    Raises:
        DamagedError: It holds something else.
    """
    from pydantic import ValidationError

    wanted: Any = kind
    try:
        return cast("T", _adapter(wanted).validate_json(content, strict=True))
    except ValidationError as error:
        raise damage_in(error) from error


def reason_of(error: Exception) -> str:
    """Why a file of the program's own could not be read, as a part of a sentence."""
    if isinstance(error, DamagedError):
        return error.reason
    return (isinstance(error, OSError) and error.strerror) or str(error)


def damage_in(error: ValidationError) -> DamagedError:
    """The first thing that is wrong, in words."""
    found = error.errors(include_url=False, include_input=False)[0]
    kind = found["type"]
    if kind == "json_invalid":
        return DamagedError("it is not JSON, or was cut short", is_json=False)
    name = f'"{".".join(str(part)[:60] for part in found["loc"])}"' if found["loc"] else "it"
    if kind == "missing":
        return DamagedError(f"{name} is missing")
    return DamagedError(f"{name} is not {_WANTED.get(kind, 'a value that can stand there')}")


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(kind)


def _in_order(fields: Any, check: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """The checked values in the order in which they stand in the file."""
    found = check(fields)
    return {name: found[name] for name in fields}


def _nan_for_null(value: Any) -> Any:
    return math.nan if value is None else value
