"""What all tests share: no display, one computing thread, no network, folders of their own."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# A busy machine makes single examples slow; that says nothing about the program.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

_TESTS = Path(__file__).parent
_LONG_FIRST = ("end_to_end", "engine/studies", "engine/jobs", "engine/cli", "engine/executors", "architecture", "gui")
"""Folders whose tests take long: what comes last runs alone while the other workers wait."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files of long tests first; the order is else as it was drawn."""
    ranks = {folder: rank for rank, folder in enumerate(_LONG_FIRST)}

    def rank(item: pytest.Item) -> int:
        folder = item.path.parent.relative_to(_TESTS).as_posix()
        return min((ranks[name] for name in ranks if f"{folder}/".startswith(f"{name}/")), default=len(ranks))

    items.sort(key=rank)


_VALUES = {
    "null": "null",
    "true": "true",
    "below zero": "-1",
    "huge": "1e308",
    "beyond all": "1e400",
    "endless": "1" + "0" * 400,
    "undefined": "NaN",
    "no text": '""',
    "text": '"abc"',
    "long text": json.dumps("x" * 100_000),
    "half a letter": '"\\ud800"',
    "NUL": '"a\\u0000b"',
    "list": "[]",
    "list of null": "[null]",
    "table": "{}",
    "deep": "[" * 2_000 + "]" * 2_000,
}
"""Values of every kind as JSON, by what they are."""
_MARK = "the value that is replaced"


class Damage:
    """What can happen to a file of the program's own."""

    def versions(self, content: bytes) -> Iterator[tuple[str, bytes]]:
        """A JSON document in which one value after the other, however deep, is replaced by one of every kind.

        Args:
            content: The document.

        Yields:
            What was done, and the damaged document.
        """
        document = json.loads(content)
        for place in self.places(document):
            marked = json.dumps(self._replaced(document, place), ensure_ascii=False)
            for kind, value in _VALUES.items():
                yield f"{place} is {kind}", marked.replace(json.dumps(_MARK), value).encode()

    def wholes(self, content: bytes) -> Iterator[tuple[str, bytes]]:
        """A file that was cut short, overwritten, or written in another encoding."""
        yield "empty", b""
        for share in (1, 3, 7, 9):
            yield f"cut at {share} tenths", content[: len(content) * share // 10]
        yield "UTF-16", content.decode().encode("utf-16")
        yield "Latin-1", b"\xe4\xff" + content
        yield "zeros", b"\0" * len(content)
        yield "noise", bytes(range(256)) * 20
        yield "nested", b"[" * 100_000
        yield "nested tables", b'{"a":' * 50_000
        yield "null", b"null"
        yield "a list", b"[]"
        yield "a text", b'"text"'
        yield "nothing in it", b"{}"

    def places(self, value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
        """Where the values of a document stand, the inner ones after those that hold them."""
        if place:
            yield place
        if isinstance(value, dict):
            for name, inner in value.items():
                yield from self.places(inner, (*place, name))
        elif isinstance(value, list) and value:
            yield from self.places(value[0], (*place, 0))

    def _replaced(self, value: Any, place: tuple[str | int, ...]) -> Any:
        if not place:
            return _MARK
        first, *rest = place
        if isinstance(value, dict):
            return {
                name: self._replaced(inner, tuple(rest)) if name == first else inner for name, inner in value.items()
            }
        return [self._replaced(inner, tuple(rest)) if at == first else inner for at, inner in enumerate(value)]


@pytest.fixture(scope="session")
def damage() -> Damage:
    """Makes damaged versions of files of the program's own."""
    return Damage()
