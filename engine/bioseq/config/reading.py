"""A configuration out of TOML, with every fault at once.

What is read may be hostile: size, nesting, numbers and texts are bounded before anything walks over them, and nothing
but a `BioseqError` comes out. Writing is in `writing`.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from bioseq.config.fields import combined, describe_fields, sections, suggestion
from bioseq.config.migrations import migrate
from bioseq.config.schema import Configuration, DataFile
from bioseq.config.wording import path_text, printable, problems_of
from bioseq.errors import BioseqError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1_000_000
"""Longest text that is read, bytes; a configuration with all options has about 10,000."""
DEEPEST = 20
"""Deepest nesting that is read; a configuration has three levels."""

# Both expressions take time in proportion to the text, whatever it is: no word and no quote is begun twice.
_QUOTED = re.compile(
    r'"""(?:\\.|[^\\])*?(?:"""|\\?\Z)'
    r"|\'\'\'.*?(?:\'\'\'|\Z)"
    r'|"(?:\\.|[^"\\\n])*+(?:"|\\?\Z)?'
    r"|'[^'\n]*+'?"
    r"|#[^\n]*+",
    re.DOTALL,
)
_LONG_KEY = re.compile(
    r'(?<![\w-])(?:[\w-]++|"")(?:[ \t]*+\.[ \t]*+(?:[\w-]++|"")){' + str(DEEPEST) + "}",
)
_BRACKETS = re.compile(r"[\[\]{}]")
_MOST_FAULTS = 200
_LARGEST_INTEGER = 2**63


def loads(text: str, *, where: str = "") -> Configuration:
    """Read a configuration from TOML; paths in it stay as they are written.

    Args:
        text: The TOML.
        where: The file it came from, for messages.

    Raises:
        BioseqError: It is no TOML, of a newer version, or has faults: all of them are in `problems`.
    """
    document = migrate(_parse(text, where=where), where=where)
    problems = list(_unwritable(document))
    config: Configuration | None = None
    try:
        config = Configuration.model_validate(_tuples(document), strict=True)
    except ValidationError as error:
        problems += problems_of(error)
    if config is None or problems:
        told = tuple(_with_suggestion(problem) for problem in problems[:_MOST_FAULTS])
        raise combined("config.invalid", told, where=where)
    return config


def _parse(text: str, *, where: str) -> dict[str, Any]:
    _check_extent(text, where=where)
    try:
        return tomllib.loads(text.removeprefix("\ufeff").replace("\r\n", "\n"))
    except (ValueError, RecursionError) as error:
        reason = printable(str(error)) if isinstance(error, tomllib.TOMLDecodeError) else "a number is too long"
        raise BioseqError(
            "config.not_toml",
            f"The file is not correct TOML: {reason}.",
            where=where,
            remedy="Look at the line named; texts stand in quotes, and each option stands on a line of its own.",
        ) from error


def _check_extent(text: str, *, where: str) -> None:
    if len(text) > LARGEST:
        raise BioseqError(
            "config.too_large",
            "The file has more than a million letters; a configuration has a few thousand.",
            where=where,
            remedy="Is it a data file? Give it as data.",
        )
    bare = _QUOTED.sub(lambda quoted: "" if quoted.group().startswith("#") else '""', text)
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(bare):
        depth = depth + 1 if bracket.group() in "[{" else max(0, depth - 1)
        deepest = max(deepest, depth)
    if deepest > DEEPEST or _LONG_KEY.search(bare):
        raise BioseqError(
            "config.too_deep",
            f"The file is nested more than {DEEPEST} levels deep; a configuration has three.",
            where=where,
            remedy="Write a fresh one with `bioseq config`.",
        )


def _unwritable(document: dict[str, Any]) -> Iterator[Problem]:
    """Numbers that TOML cannot hold, although Python reads them."""
    pending: list[tuple[list[str | int], Any]] = [([], document)]
    while pending:
        location, value = pending.pop()
        if isinstance(value, dict):
            pending += [([*location, key], inner) for key, inner in value.items()]
        elif isinstance(value, list):
            pending += [([*location, number], inner) for number, inner in enumerate(value)]
        elif isinstance(value, int) and not -_LARGEST_INTEGER <= value < _LARGEST_INTEGER:
            yield Problem("config.bad_value", "The number is beyond 64 bits.", path_text(location))


def _tuples(document: dict[str, Any]) -> dict[str, Any]:
    """The list of files as the schema has it."""
    data = document.get("data")
    if isinstance(data, dict) and isinstance(data.get("files"), list):
        return {**document, "data": {**data, "files": tuple(data["files"])}}
    return document


def _with_suggestion(problem: Problem) -> Problem:
    if problem.code != "config.unknown_key":
        return problem
    return Problem(problem.code, problem.message, problem.where, suggestion(problem.where, _known_names()))


def _known_names() -> list[str]:
    files = [f"data.files.{name}" for name in DataFile.model_fields]
    return [*sections(), *(described.path for described in describe_fields()), *files]
