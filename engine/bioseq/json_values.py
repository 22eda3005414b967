"""Numbers in JSON: a figure that is not defined is null there and NaN here.

JSON (RFC 8259, section 6) has no NaN and no infinity; Python's writer would put the words there all the same, which
other readers refuse. This module imports nothing of the program.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


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
        ValueError: One is text that is no number.
        TypeError: One is a list or a mapping.
        AttributeError: It is no mapping.
    """
    return {str(name): math.nan if value is None else float(value) for name, value in (values or {}).items()}
