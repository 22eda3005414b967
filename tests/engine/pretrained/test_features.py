"""What a frozen encoder said of a record is kept: found again, never mixed up, bounded, not believed when damaged."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.runs.features import FeatureStore, features_folder

if TYPE_CHECKING:
    from pathlib import Path

WIDTH = 4


def key(number: int) -> bytes:
    return number.to_bytes(16, "big")


def filled(folder: Path, numbers: range, *, largest: int = 1 << 30) -> FeatureStore:
    store = FeatureStore(folder, WIDTH, largest=largest)
    store.load()
    for number in numbers:
        store.add(key(number), np.full(WIDTH, number, np.float32))
    store.save()
    return store


def loaded(folder: Path) -> FeatureStore:
    store = FeatureStore(folder, WIDTH)
    store.load()
    return store


def test_vectors_come_back_in_the_order_that_was_asked_for(tmp_path: Path) -> None:
    store = filled(tmp_path / "a", range(5))
    store.add(key(7), np.full(WIDTH, 7, np.float32))
    assert store.take([key(7), key(3), key(3), key(0)])[:, 0].tolist() == [7, 3, 3, 0]
    store.save()
    again = loaded(tmp_path / "a")
    assert len(again) == 6
    assert again.take([key(7), key(4)])[:, 0].tolist() == [7, 4]
    assert key(5) not in again
    with pytest.raises(KeyError):
        again.take([key(5)])


def test_what_is_written_is_never_half(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    filled(folder, range(3))
    filled(folder, range(3, 5))
    keys = sorted(folder.glob("*.keys.npy"))
    keys[1].unlink()  # as if the program had died between the vectors and the keys
    assert len(loaded(folder)) == 3


@pytest.mark.parametrize("damage", [b"", b"\x93NUMPY", b"not an array", b"\x80\x04]\x94."])
@pytest.mark.parametrize("part", ["keys", "vectors"])
def test_a_damaged_part_is_thrown_away(tmp_path: Path, part: str, damage: bytes) -> None:
    folder = tmp_path / "a"
    filled(folder, range(3))
    next(folder.glob(f"*.{part}.npy")).write_bytes(damage)
    assert len(loaded(folder)) == 0
    assert not list(folder.glob("*.npy"))


def test_vectors_of_another_width_are_thrown_away(tmp_path: Path) -> None:
    filled(tmp_path / "a", range(3))
    store = FeatureStore(tmp_path / "a", WIDTH + 1)
    store.load()
    assert len(store) == 0


def test_the_stores_used_longest_ago_make_room(tmp_path: Path) -> None:
    for age, name in enumerate(("new", "old", "older")):
        filled(tmp_path / name, range(100))
        os.utime(tmp_path / name, (1e9 - age, 1e9 - age))
    size = sum(path.stat().st_size for path in (tmp_path / "new").iterdir())
    filled(tmp_path / "newest", range(100), largest=int(2.5 * size))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "newest"]


def test_a_store_that_is_full_goes_on_in_memory_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        store = filled(tmp_path / "a", range(100), largest=100)
    assert store.take([key(99)])[0, 0] == 99
    assert "not kept on the disk" in caplog.text
    assert len(loaded(tmp_path / "a")) == 0


def test_a_folder_that_cannot_be_written_costs_only_the_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a").write_text("a file where the folder should be")
    with caplog.at_level(logging.WARNING):
        store = filled(tmp_path / "a", range(3))
    assert store.take([key(2)])[0, 0] == 2
    assert "not kept on the disk" in caplog.text


def test_few_new_vectors_wait_until_nothing_new_comes(tmp_path: Path) -> None:
    store = FeatureStore(tmp_path / "a", WIDTH)
    store.add(key(1), np.zeros(WIDTH, np.float32))
    store.save_when_due()
    assert len(loaded(tmp_path / "a")) == 0
    store.save_when_due(idle=True)
    assert len(loaded(tmp_path / "a")) == 1


def test_features_lie_in_the_folder_for_caches(own_cache: Path) -> None:
    assert features_folder() == own_cache / "features"
