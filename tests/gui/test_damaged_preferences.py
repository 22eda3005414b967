"""Whatever happens to the file of preferences, the window starts, nothing is lost, and one sentence says so."""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq_gui.crash import CrashGuard
from bioseq_gui.preferences import Preferences, PreferencesFile, preferences_folder

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Damage
    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application

GOOD = Preferences(
    theme="dark",
    text_size=16,
    recent=("/data/a.fa", "/data/b.toml"),
    geometry=base64.b64encode(b"geometry").decode(),
    runs_folder="/data/runs",
    folder="/data",
)


def write_good(path: Path) -> bytes:
    PreferencesFile(path, GOOD).write()
    return path.read_bytes()


def test_any_value_of_any_kind_is_taken_or_the_whole_file_is_kept_aside(tmp_path: Path, damage: Damage) -> None:
    path = tmp_path / "preferences.json"
    content = write_good(path)
    path.unlink()
    told = {}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        path.write_bytes(broken)
        file = PreferencesFile.read(path)
        told[what] = file.damage
        if file.damage:
            assert file.preferences == Preferences(), what
            assert file.moved_aside is not None
            assert file.moved_aside.read_bytes() == broken
            assert not path.exists()
            file.moved_aside.unlink()
        else:
            assert file.moved_aside is None
            file.preferences.geometry_bytes()
            assert all(isinstance(text, str) for text in file.preferences.recent)
        path.unlink(missing_ok=True)
    assert len(told) > 120
    for harmless in ("('recent',) is list", "('folder',) is no text", "('runs_folder',) is text"):
        assert told[harmless] == ""
    assert told["('recent',) is null"] == '"recent" is not a value that can stand there'
    assert told["('recent', 0) is long text"] == '"recent" is not a value that can stand there'
    assert told["('text_size',) is true"] == '"text_size" is not a value that can stand there'
    assert told["('format',) is text"] == '"format" is not a whole number'
    assert told["nested"] == "it is nested too deeply"
    assert told["cut at 9 tenths"] == "it is not JSON, or was cut short"
    assert told["Latin-1"] == "it is not UTF-8 text"


def test_the_version_before_is_taken_where_there_is_one(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    file = PreferencesFile.read(path)
    file.change(theme="dark")
    file.change(text_size=20)
    path.write_text('{"format": 1, "theme": null}', encoding="utf-8")
    read = PreferencesFile.read(path)
    assert read.preferences == Preferences(theme="dark")
    assert read.from_before
    assert read.damage == '"theme" is not a value that can stand there'


def test_both_versions_can_be_damaged_and_both_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.write_bytes(b"[")
    path.with_suffix(".bak").write_bytes(b"]")
    assert PreferencesFile.read(path).preferences == Preferences()
    assert sorted(kept.read_bytes() for kept in tmp_path.iterdir()) == [b"[", b"]"]


def test_an_older_damaged_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    for number in range(5):
        path.write_text(f"damaged {number}", encoding="utf-8")
        PreferencesFile.read(path)
    kept = {aside.read_text(encoding="utf-8") for aside in tmp_path.iterdir()}
    assert kept == {f"damaged {number}" for number in range(5)}


def test_a_file_far_too_long_is_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    with path.open("wb") as file:
        file.truncate(5 << 30)
    assert PreferencesFile.read(path).damage == "it is far longer than such a file"


def test_a_folder_in_place_of_the_file_is_moved_aside(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    path.mkdir()
    file = PreferencesFile.read(path)
    assert file.moved_aside is not None
    file.change(theme="light")
    assert PreferencesFile.read(path).preferences.theme == "light"


def test_a_damaged_file_that_cannot_be_moved_is_told_and_moved_before_another_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "preferences.json"
    path.write_bytes(b"damaged")

    def refuse(_path: Path) -> Path:
        raise PermissionError(13, "Permission denied")

    with monkeypatch.context() as patched:
        patched.setattr("bioseq_gui.preferences.move_aside", refuse)
        file = PreferencesFile.read(path)
        assert file.damage
        assert file.moved_aside is None
        file.change(theme="dark")
        assert path.read_bytes() == b"damaged", "it is not overwritten"
    file.change(theme="light")
    assert file.moved_aside is not None
    assert file.moved_aside.read_bytes() == b"damaged"
    assert PreferencesFile.read(path).preferences.theme == "light"


def test_a_path_in_another_encoding_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "preferences.json"
    name = os.fsdecode(b"/data/gr\xfcn.fa")
    PreferencesFile.read(path).change(recent=(name,))
    assert PreferencesFile.read(path).preferences.recent == (name,)
    assert json.loads(path.read_text(encoding="utf-8"))["recent"] == [name]


def test_the_window_says_in_one_sentence_what_became_of_the_file(
    own_folders: None, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    preferences_folder().mkdir()
    (preferences_folder() / "preferences.json").write_text('{"format": 1, "recent": 3}', encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        application: Application = request.getfixturevalue("application")
    (kept,) = preferences_folder().glob("*.damaged-*")
    assert application.window.message.text == (
        f'The preferences could not be read ("recent" is not a value that can stand there); '
        f"the file was kept as {kept.name}, and the program's own are used."
    )
    assert kept.name in caplog.text


def test_a_crash_and_damaged_preferences_are_both_told(
    own_folders: None, qtbot: QtBot, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences_folder().mkdir()
    (preferences_folder() / "preferences.json").write_bytes(b"[")
    application: Application = request.getfixturevalue("application")
    guard = CrashGuard(preferences_folder())
    guard.left_by_crash = "Segmentation fault"
    monkeypatch.setattr(application, "_crash", guard)
    application._report_past()
    assert application.window.message.text.startswith("The preferences could not be read (")
    assert "ended unexpectedly" in application.window.message.text


def test_a_place_of_the_window_that_was_changed_leaves_it_on_the_screen(application: Application) -> None:
    window = application.window
    whole = bytes(window.saveGeometry().data())
    chance = np.random.default_rng(5)
    screen = window.screen().availableGeometry()
    for _ in range(200):
        changed = bytearray(whole)
        for place in chance.integers(0, len(whole), 4):
            changed[place] = int(chance.integers(256))
        window.restore_place(bytes(changed))
        assert window.minimumWidth() <= window.width() <= screen.width()
        assert window.minimumHeight() <= window.height() <= screen.height()
        seen = window.frameGeometry().intersected(screen)
        assert seen.width() >= 100, window.geometry()
        assert seen.height() >= 40, window.geometry()
    for length in range(len(whole)):
        window.restore_place(whole[:length])


@pytest.mark.skipif(os.name != "posix" or not hasattr(os, "geteuid"), reason="folders are files there too")
def test_the_window_starts_without_a_folder_to_log_in(tmp_path: Path, qapp: object) -> None:
    blocked = tmp_path / "settings"
    blocked.write_text("a file", encoding="utf-8")
    assert stat.S_ISREG(blocked.stat().st_mode)
    guard = CrashGuard(blocked)
    guard.install()
    assert guard.left_by_crash == ""
    guard.remove()
