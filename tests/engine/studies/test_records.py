"""Tables of records with the folds of a cross-validation."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.sequences.dataset import Dataset, Split
from bioseq.studies.records import (
    fold_numbers,
    learnable,
    place_in_pool,
    pool_of,
    reading_table,
    save_folds,
    with_validation,
    write_table,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration


def loaded(dataset: Dataset, *, clusters: np.ndarray | None = None) -> LoadedData:
    """Records as if they had been read; what they do not need for folds is not there."""
    reading = SimpleNamespace(dataset=dataset)
    return cast("LoadedData", SimpleNamespace(dataset=dataset, reading=reading, clusters=clusters))


def repeated(distinct: int, times: int) -> LoadedData:
    """Each of so many sequences so many times; a third of them of class b."""
    sequences = [f"{'ACGT'[number % 4]}{number:b}".replace("0", "A").replace("1", "C") for number in range(distinct)]
    labels = ["b" if number % 3 == 0 else "a" for number in range(distinct)]
    return loaded(Dataset.from_records(sequences * times, labels=labels * times))


def test_folds_are_of_equal_size_with_an_equal_share_of_each_class() -> None:
    records = repeated(300, 1)
    numbers = fold_numbers(records, np.arange(300), count=5, seed=1)
    assert set(numbers) == {1, 2, 3, 4, 5}
    for label in (0, 1):
        sizes = np.bincount(numbers[records.dataset.labels == label], minlength=6)[1:]
        assert sizes.max() - sizes.min() <= 2


def test_equal_sequences_stay_in_one_fold() -> None:
    numbers = fold_numbers(repeated(60, 4), np.arange(240), count=4, seed=2).reshape(4, 60)
    assert np.all(numbers == numbers[0])


def test_clusters_stay_in_one_fold() -> None:
    clusters = np.arange(120) // 6
    records = loaded(repeated(120, 1).dataset, clusters=clusters)
    numbers = fold_numbers(records, np.arange(120), count=3, seed=2)
    assert all(len(set(numbers[clusters == cluster])) == 1 for cluster in range(20))


def test_clusters_stay_on_one_side_of_validation() -> None:
    clusters = np.arange(120) // 6
    records = loaded(repeated(120, 1).dataset, clusters=clusters)
    splits = np.full(120, Split.TRAIN, np.uint8)
    splits[:30] = Split.UNASSIGNED
    drawn = with_validation(records, splits, fraction=0.25, seed=1)
    assert np.all(drawn[:30] == Split.UNASSIGNED)
    assert 10 <= np.count_nonzero(drawn == Split.VALIDATION) <= 40
    assert all(len(set(drawn[clusters == cluster])) == 1 for cluster in range(20))


def test_a_class_with_fewer_records_than_folds_is_refused() -> None:
    records = loaded(Dataset.from_records(["AC", "AG", "AT", "CC"], labels=["a", "a", "a", "b"]))
    with pytest.raises(BioseqError, match="has 1 different record,"):
        fold_numbers(records, np.arange(4), count=2, seed=1)


def test_the_seed_decides_the_folds() -> None:
    records = repeated(90, 1)
    first, again, other = (fold_numbers(records, np.arange(90), count=3, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_records_are_in_the_pool_unless_files_keep_them_for_a_test() -> None:
    sequences, labels = ["AC", "AG", "AT", "CC"], ["a", "b", "a", "b"]
    split = [Split.TRAIN, Split.TRAIN, Split.TEST, Split.TRAIN]
    named = Dataset.from_records(sequences, labels=labels, splits=split)
    assert pool_of(loaded(named)).tolist() == [0, 1, 3]
    drawn = loaded(named)
    drawn.reading.dataset.splits[:] = Split.UNASSIGNED
    unnamed = cast(
        "LoadedData",
        SimpleNamespace(
            dataset=Dataset.from_records(sequences, labels=labels, splits=split), reading=drawn.reading, clusters=None
        ),
    )
    assert pool_of(unnamed).tolist() == [0, 1, 2, 3]
    assert learnable(unnamed).tolist() == [0, 1, 3]


def test_a_table_is_read_as_the_records_that_were_written(small_config: Configuration, tmp_path: Path) -> None:
    dataset = load_data(small_config).dataset
    rows = dataset.rows_of(Split.TRAIN)
    splits = np.zeros(len(dataset), np.uint8)
    splits[rows] = np.where(np.arange(len(rows)) % 4 == 0, Split.TEST, Split.TRAIN)
    write_table(tmp_path / "table.csv", dataset, splits)
    config = apply_overrides(reading_table(small_config, tmp_path / "table.csv"), ["split.validation_fraction=0"])
    again = load_data(config).dataset
    wanted = dataset.take(rows)
    assert list(again.ids) == list(wanted.ids)
    assert np.array_equal(again.letters, wanted.letters)
    assert np.array_equal(again.labels, wanted.labels)
    assert np.array_equal(again.splits, splits[rows])


def test_records_of_a_named_test_are_in_no_fold(small_config: Configuration) -> None:
    found = load_data(small_config)
    assert not np.isin(found.dataset.rows_of(Split.TEST), pool_of(found)).any()


def test_the_place_of_fold_records_is_their_place_in_the_pool(tmp_path: Path) -> None:
    numbers = np.array([2, 1, 3, 1, 2])
    save_folds(tmp_path / "folds.npy", [numbers, 4 - numbers])
    assert place_in_pool(tmp_path / "folds.npy", 1, (1, 2, 3)).tolist() == [1, 3, 0, 4, 2]
    assert place_in_pool(tmp_path / "folds.npy", 2, (1, 2, 3)).tolist() == [2, 0, 4, 1, 3]
    assert place_in_pool(tmp_path / "folds.npy", 1, (1, 3)).tolist() == [1, 3, 2]
