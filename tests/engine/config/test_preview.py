"""An inspection tells how the split that it shows was drawn, for training may draw it otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config import inspection
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "cache"))


def preview_of(folder: Path, *splits: str) -> str:
    """Of 60 records that name these splits in turn, after it was written and read."""
    chance = np.random.default_rng(5)
    texts = ["".join(row) for row in chance.choice(list("ACGT"), (60, 40))]
    lines = [f">r{row}|{row % 2}|{splits[row % len(splits)]}\n{text}\n" for row, text in enumerate(texts)]
    path = folder / "mine.fasta"
    path.write_text("".join(lines), encoding="utf-8")
    found, _ = inspection.inspect_files((FileRequest(str(path)),))
    inspection.save(found, folder)
    assert inspection.open_inspection(folder) == found
    assert found.config.split.method == "similarity"
    return found.preview


def test_clusters_that_are_quickly_found_are_shown(tmp_path: Path) -> None:
    assert preview_of(tmp_path, "train") == "similarity"


def test_nobody_waits_for_clusters_that_take_longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspection, "_AT_ONCE_S", 0.0)
    assert preview_of(tmp_path, "train", "test", "train") == "random"


def test_nothing_is_drawn_where_the_files_name_all(tmp_path: Path) -> None:
    assert preview_of(tmp_path, "train", "test", "train", "train", "validation") == ""
