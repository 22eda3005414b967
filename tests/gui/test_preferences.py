"""Preferences: kept, and never lost to a damaged file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bioseq_gui.preferences import Preferences, PreferencesFile

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_changed_is_there_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    PreferencesFile.read(path).change(theme="dark", text_size=16, recent=("a.fa",))
    assert PreferencesFile.read(path).preferences == Preferences(theme="dark", text_size=16, recent=("a.fa",))


def test_recent_files_stand_once_newest_first() -> None:
    preferences = Preferences()
    for name in ("a", "b", "a", *"cdefghijklmnop"):
        preferences = preferences.with_recent(name)
    assert len(preferences.recent) == 12
    assert preferences.recent[0] == "p"
    assert len(set(preferences.recent)) == 12


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(damage=st.one_of(st.binary(max_size=200), st.integers(0, 120)))
def test_a_damaged_file_is_kept_aside_and_the_version_before_is_taken(tmp_path: Path, damage: bytes | int) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    path = tmp_path / "preferences.json"
    file = PreferencesFile.read(path)
    file.change(theme="dark")
    file.change(text_size=15)
    whole = path.read_bytes()
    broken = damage if isinstance(damage, bytes) else whole[:damage]
    path.write_bytes(broken)
    read = PreferencesFile.read(path)
    if read.moved_aside is None:
        assert isinstance(json.loads(broken), dict)
    else:
        assert read.moved_aside.read_bytes() == broken
        assert read.preferences == Preferences(theme="dark")


def test_keys_of_a_newer_version_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_text('{"format": 1, "theme": "light", "hologram": true}')
    assert PreferencesFile.read(path).preferences.theme == "light"
