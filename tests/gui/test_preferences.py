"""Preferences: kept, and never lost to a damaged file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
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


@pytest.mark.parametrize(
    "content",
    [
        '{"format": 1, "recent": null}',
        '{"format": 1, "recent": 3}',
        '{"format": 1, "recent": "a.fa"}',
        '{"format": 1, "recent": {"a.fa": 1}}',
        '{"format": 1, "recent": [null]}',
        '{"format": 1, "theme": null}',
        '{"format": 1, "theme": ["dark"]}',
        '{"format": 1, "text_size": null}',
        '{"format": 1, "text_size": "13"}',
        '{"format": 1, "geometry": null}',
        '{"format": 1, "folder": 3}',
        '{"format": null}',
        "null",
        "[" * 100_000,
    ],
)
def test_values_of_a_wrong_kind_are_damage_and_the_program_starts_with_its_own(tmp_path: Path, content: str) -> None:
    path = tmp_path / "preferences.json"
    path.write_text(content)
    read = PreferencesFile.read(path)
    assert read.preferences == Preferences()
    assert read.moved_aside is not None
    assert read.moved_aside.read_text() == content


def test_keys_of_a_newer_version_do_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_text('{"format": 1, "theme": "light", "hologram": true}')
    assert PreferencesFile.read(path).preferences.theme == "light"
