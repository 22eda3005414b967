"""Columns that were saved are opened as they were, or refused; damage never reaches who reads them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords
from bioseq.json_values import DamagedError
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.saved_columns import open_column, open_columns, text_in
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Damage


def damaged_files(whole: bytes) -> dict[str, bytes]:
    header = whole[:10]
    return {
        "empty": b"",
        "cut": whole[: len(whole) // 2],
        "without data": whole[:128],
        "zeros": bytes(len(whole)),
        "a zip": b"PK\x03\x04" + whole,
        "a pickle": b"\x80\x04\x95\x05\x00\x00\x00\x00\x00\x00\x00K\x01.",
        "objects": re.sub(rb"'[|<](u1|i2|i8|f4|u4)'", b"'|O' ", whole),
        "code for a header": header + b"__import__('os').getcwd()".ljust(118),
        "nested header": header + (b"(" * 110).ljust(118),
        "enormous": whole.replace(b"(", b"(99999999999999,", 1)[: len(whole)],
    }


@pytest.mark.parametrize("mapped", [True, False])
def test_a_damaged_column_is_one_kind_of_error(tmp_path: Path, mapped: bool) -> None:
    path = tmp_path / "letters.npy"
    np.save(path, np.arange(100, dtype=np.uint8))
    assert open_column(path, mapped=mapped).tolist() == list(range(100))
    for what, content in damaged_files(path.read_bytes()).items():
        path.write_bytes(content)
        with pytest.raises(DamagedError, match=r"letters\.npy is damaged"):
            print(what, open_column(path, mapped=mapped))
    path.unlink()
    with pytest.raises(FileNotFoundError):
        open_column(path, mapped=mapped)


@pytest.mark.parametrize("offsets", [[0, 5, 3, 10], [0, 5, 11], [-1, 5, 10], [], [[0, 10]], [0.0, 10.0]], ids=str)
def test_offsets_that_lead_nowhere_are_refused(tmp_path: Path, offsets: list[object]) -> None:
    np.save(tmp_path / "ids.npy", np.zeros(10, np.uint8))
    np.save(tmp_path / "id_offsets.npy", np.array(offsets, None if offsets and offsets[0] == 0.0 else np.int64))
    if offsets == [0.0, 10.0]:
        np.save(tmp_path / "id_offsets.npy", np.array(offsets, np.float64))
    with pytest.raises(DamagedError, match="id_offsets"):
        text_in(open_columns(tmp_path), "ids", "id_offsets")


def write_dataset(folder: Path) -> Callable[[], object]:
    records = {"ids": ["a", "b", "c"], "labels": ["x", "y", "x"]}
    Dataset.from_records(["ACGT", "AC", "GGG"], **records).save(folder)
    return lambda: Dataset.open(folder)


def write_records(folder: Path) -> Callable[[], object]:
    ids = TextColumn.from_strings(["a", "b", "c"])
    chances = np.full((3, 2), 0.5, np.float32)
    EvaluatedRecords(ids, ids, np.int16([0, 1, 0]), chances, {"lr": chances}, np.int64([1, 1, 2])).save(folder)
    return lambda: EvaluatedRecords.open(folder)


@pytest.mark.parametrize("write", [write_dataset, write_records])
def test_each_column_may_be_damaged_missing_or_another(
    tmp_path: Path, write: Callable[[Path], Callable[[], object]]
) -> None:
    opened = write(tmp_path)
    assert opened() is not None
    for path in sorted(tmp_path.glob("*.npy")):
        whole = path.read_bytes()
        column = np.load(path)
        if not column.size:
            continue
        for what, content in damaged_files(whole).items():
            path.write_bytes(content)
            with pytest.raises(BioseqError):
                print(path.name, what, opened())
        longer = [] if path.stem in {"ids", "sequences", "letters"} else [np.concatenate([column, column])]
        for other in (column[:0], *longer, column.astype(np.complex64), column[None]):
            np.save(path, other)
            with pytest.raises(BioseqError):
                print(path.name, other.dtype, other.shape, opened())
        path.unlink()
        if not path.stem.startswith(("baseline-", "clusters")):
            with pytest.raises(BioseqError):
                print(path.name, opened())
        path.write_bytes(whole)
    assert opened() is not None


@pytest.mark.parametrize(("name", "value"), [("labels", 2), ("labels", -2), ("splits", 9)])
def test_a_class_or_a_split_that_there_is_not_is_refused(tmp_path: Path, name: str, value: int) -> None:
    opened = write_dataset(tmp_path)
    column = np.load(tmp_path / f"{name}.npy")
    column[0] = value
    np.save(tmp_path / f"{name}.npy", column)
    with pytest.raises(BioseqError, match="cannot be opened"):
        opened()


def test_any_other_description_of_a_data_set_is_refused_or_harmless(tmp_path: Path, damage: Damage) -> None:
    opened = write_dataset(tmp_path)
    about = tmp_path / "dataset.json"
    content = about.read_bytes()
    assert set(json.loads(content)) == {"format", "label_names", "sources"}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        about.write_bytes(broken)
        try:
            found = opened()
        except BioseqError as error:
            assert error.code == "data.cache_unreadable", what  # noqa: PT017 - either outcome is right
        else:
            assert isinstance(found, Dataset)
            assert all(type(name) is str for name in (*found.label_names, *found.sources))
