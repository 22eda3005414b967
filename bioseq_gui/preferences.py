"""What the program remembers of a person: look, text size, recent files, window, folder for runs.

One JSON file, written durably, the version before it kept beside. A file that cannot be read is moved aside, never
overwritten; the version before it is taken instead.
"""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

_log = logging.getLogger(__name__)

FORMAT = 1
RECENT_AT_MOST = 12
_THEMES = ("system", "light", "dark")
_TEXT_SIZES = range(11, 25)


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
        import base64

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
        moved_aside: A damaged file that was kept under another name; None when all was well.
    """

    path: Path
    preferences: Preferences = field(default_factory=Preferences)
    moved_aside: Path | None = None

    @classmethod
    def read(cls, path: Path) -> PreferencesFile:
        """Read the file; a damaged one is moved aside and the version before it is taken."""
        file = cls(path)
        for source in (path, path.with_suffix(".bak")):
            try:
                file.preferences = decode(source.read_bytes())
            except FileNotFoundError:
                continue
            except (OSError, ValueError, RecursionError) as error:
                _log.warning("%s cannot be read: %s", source, error)
                file.moved_aside = _move_aside(source) or file.moved_aside
                continue
            return file
        return file

    def change(self, **changes: Any) -> None:
        """Remember something else, and write it."""
        changed = replace(self.preferences, **changes)
        if changed != self.preferences:
            self.preferences = changed
            self.write()

    def write(self) -> None:
        """Write the file durably; the version before stays beside it. A full disk is logged, not shown."""
        from bioseq.runs.folder import write_json

        try:
            if self.path.exists():
                self.path.replace(self.path.with_suffix(".bak"))
            write_json(self.path, {"format": FORMAT, **asdict(self.preferences)})
        except OSError as error:
            _log.warning("Preferences could not be written: %s", error)


def decode(content: bytes) -> Preferences:
    """The preferences in a file's bytes; unknown keys of newer versions are passed over.

    Raises:
        ValueError: They are damaged.
    """
    values = json.loads(content)
    if not isinstance(values, dict) or not isinstance(values.get("format"), int):
        raise ValueError("not a file of preferences")  # noqa: TRY004 - damage, not a wrong type in the program
    known = {item.name: values[item.name] for item in fields(Preferences) if item.name in values}
    recent = known.pop("recent", [])
    if not isinstance(recent, list):
        raise ValueError("values out of range")  # noqa: TRY004 - damage, not a wrong type in the program
    made = Preferences(**known, recent=tuple(recent))
    texts = (made.geometry, made.runs_folder, made.folder, *made.recent)
    sane = made.theme in _THEMES and type(made.text_size) is int and made.text_size in _TEXT_SIZES
    if not sane or not all(isinstance(text, str) for text in texts):
        raise ValueError("values out of range")
    return made


def _move_aside(path: Path) -> Path | None:
    aside = path.with_name(
        f"{path.name}.damaged-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{time.time_ns() % 10**6}"
    )
    try:
        return path.rename(aside)
    except OSError as error:
        _log.warning("%s could not be moved aside: %s", path, error)
        return None
