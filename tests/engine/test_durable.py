"""Damaged files are kept out of the way, and what is written is JSON whatever a name holds."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from bioseq.durable import move_aside, write_json

if TYPE_CHECKING:
    from pathlib import Path


def test_a_damaged_file_gets_a_name_that_says_so_and_overwrites_none(tmp_path: Path) -> None:
    kept = []
    for number in range(4):
        path = tmp_path / "notes.json"
        path.write_text(str(number), encoding="utf-8")
        kept.append(move_aside(path))
        assert not path.exists()
    assert len(set(kept)) == 4
    assert [path.read_text(encoding="utf-8") for path in kept] == ["0", "1", "2", "3"]
    assert all(path.name.startswith("notes.json.damaged-") for path in kept)
    with pytest.raises(FileNotFoundError):
        move_aside(tmp_path / "notes.json")


def test_a_name_that_is_no_unicode_is_written_as_an_escape(tmp_path: Path) -> None:
    name = os.fsdecode(b"gr\xfcn.fa")
    write_json(tmp_path / "a.json", {"path": name, "other": "grün 蛋白"})
    content = (tmp_path / "a.json").read_bytes()
    assert b"\\udcfc" in content
    assert "grün 蛋白".encode() in content
    assert json.loads(content) == {"path": name, "other": "grün 蛋白"}
