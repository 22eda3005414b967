"""What the program remembers of a person: look, text size, recent files, window, folder for runs.

One JSON file, written durably, the version before it kept beside. A file that cannot be read is moved aside, never
overwritten; the version before it is taken instead.
"""

from __future__ import annotations

import base64
import logging
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bioseq.durable import move_aside, write_json
from bioseq.json_values import DamagedError, load_table, reason_of

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

FORMAT = 1
RECENT_AT_MOST = 12
_THEMES = ("system", "light", "dark")
_TEXT_SIZES = range(11, 25)
_LARGEST = 1 << 20
"""Bytes of a whole file; an ordinary one has a thousand."""
_LONGEST_PATH, _LONGEST_NAME = 4_096, 255
"""Bytes; of longer ones the systems say that there is no such path, or raise."""
_LONGEST_GEOMETRY = 10_000


def preferences_folder() -> Path:
    """Where the program keeps what it remembers; `BIOSEQ_CONFIG_HOME` names another place."""
    if override := os.environ.get("BIOSEQ_CONFIG_HOME"):
        return Path(override)
    from platformdirs import user_config_path

    return user_config_path("bioseq-studio")


def cache_folder() -> Path:
    """Where data that were read lie for the window to map; `BIOSEQ_CACHE_HOME` names another place."""
    if override := os.environ.get("BIOSEQ_CACHE_HOME"):
        return Path(override)
    from platformdirs import user_cache_path

    return user_cache_path("bioseq-studio")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What is remembered.

    Attributes:
        theme: "system", "light" or "dark".
        text_size: Height of text, px.
        recent: Paths of files, configurations and runs opened last, newest first.
        geometry: Place and size of the window, as Qt writes them, base64.
        runs_folder: Where runs go; empty for the program's own place.
        folder: Where the file dialogs were last.
    """

    theme: str = "system"
    text_size: int = 13
    recent: tuple[str, ...] = ()
    geometry: str = ""
    runs_folder: str = ""
    folder: str = ""

    def with_recent(self, path: str) -> Preferences:
        """The preferences with this path as the newest."""
        others = tuple(old for old in self.recent if old != path)
        return replace(self, recent=(path, *others)[:RECENT_AT_MOST])

    def geometry_bytes(self) -> bytes:
        """Place and size of the window as Qt wants them; empty when there are none."""
        try:
            return base64.b64decode(self.geometry, validate=True)
        except ValueError:
            return b""


@dataclass(slots=True)
class PreferencesFile:
    """The file, and what was found when it was read.

    Attributes:
        path: The file.
        preferences: What it holds.
        moved_aside: A damaged file that was kept under another name; None when all was well, or it could not be moved.
        damage: Why the file could not be read, as a part of a sentence; empty when all was well.
        from_before: It could not be read, and the version before it could.
    """

    path: Path
    preferences: Preferences = field(default_factory=Preferences)
    moved_aside: Path | None = None
    damage: str = ""
    from_before: bool = False

    @classmethod
    def read(cls, path: Path) -> PreferencesFile:
        """Read the file; a damaged one is moved aside and the version before it is taken."""
        file = cls(path)
        for source in (path, file._before):
            try:
                file.preferences = decode(_content(source))
            except FileNotFoundError:
                continue
            except (OSError, DamagedError) as error:
                file._keep_damaged(source, reason_of(error))
                continue
            file.from_before = source != path
            break
        return file

    def change(self, **changes: Any) -> None:
        """Remember something else, and write it."""
        changed = replace(self.preferences, **changes)
        if changed != self.preferences:
            self.preferences = changed
            self.write()

    def write(self) -> None:
        """Write the file durably; the version before stays beside it. A full disk is logged, not shown."""
        try:
            if self.damage and self.moved_aside is None and self.path.exists():
                self.moved_aside = move_aside(self.path)
            if self.path.exists():
                self.path.replace(self._before)
            write_json(self.path, {"format": FORMAT, **asdict(self.preferences)})
        except OSError as error:
            _log.warning("Preferences could not be written: %s", error)

    @property
    def _before(self) -> Path:
        return self.path.with_suffix(".bak")

    def _keep_damaged(self, source: Path, reason: str) -> None:
        """Move a damaged file aside, and remember why of the first one."""
        self.damage = self.damage or reason
        try:
            aside = move_aside(source)
        except OSError as error:
            _log.warning("%s cannot be read, %s, and cannot be moved aside: %s", source, reason, error)
            return
        _log.warning("%s cannot be read, %s; it was kept as %s", source, reason, aside.name)
        self.moved_aside = self.moved_aside or aside


def decode(content: bytes) -> Preferences:
    """The preferences in a file's bytes; unknown keys of newer versions are passed over.

    Raises:
        DamagedError: They are damaged: one value is enough.
    """
    values = load_table(content)
    if type(values.get("format")) is not int:
        raise DamagedError('"format" is not a whole number')
    known = {name: values[name] for name in _CHECKS if name in values}
    for name, value in known.items():
        if not _CHECKS[name](value):
            raise DamagedError(f'"{name}" is not a value that can stand there')
    return Preferences(**{**known, "recent": tuple(known.get("recent", ())[:RECENT_AT_MOST])})


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise DamagedError("it is far longer than such a file")
    return content


def _is_theme(value: object) -> bool:
    return isinstance(value, str) and value in _THEMES


def _is_text_size(value: object) -> bool:
    return type(value) is int and value in _TEXT_SIZES


def _is_path(value: object) -> bool:
    """A text that the system takes as a path, or none."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        coded = os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return len(coded) < _LONGEST_PATH and all(len(part) <= _LONGEST_NAME for part in coded.split(os.sep.encode()))


def _are_paths(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_path, value))


def _is_geometry(value: object) -> bool:
    if not isinstance(value, str) or len(value) > _LONGEST_GEOMETRY:
        return False
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        return False
    return True


_CHECKS: dict[str, Callable[[object], bool]] = {
    "theme": _is_theme,
    "text_size": _is_text_size,
    "recent": _are_paths,
    "geometry": _is_geometry,
    "runs_folder": _is_path,
    "folder": _is_path,
}
"""Name of each value to what tells whether it is one."""
