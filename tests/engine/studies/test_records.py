"""Tables of records with the folds of a cross-validation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.sequences.dataset import Dataset, Split
from bioseq.studies.records import fold_numbers, place_in_pool, pool_of, reading_table, save_folds, write_table

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration


def repeated(distinct: int, times: int) -> Dataset:
    """Each of so many sequences so many times; a third of them of class b."""
    sequences = [f"{'ACGT'[number % 4]}{number:b}".replace("0", "A").replace("1", "C") for number in range(distinct)]
    labels = ["b" if number % 3 == 0 else "a" for number in range(distinct)]
    return Dataset.from_records(sequences * times, labels=labels * times)


def test_folds_are_of_equal_size_with_an_equal_share_of_each_class() -> None:
    dataset = repeated(300, 1)
    numbers = fold_numbers(dataset, np.arange(300), folds=5, seed=1)
    for label in (0, 1):
        sizes = np.bincount(numbers[dataset.labels == label], minlength=6)[1:]
        assert sizes.max() - sizes.min() <= 1


def test_equal_sequences_stay_in_one_fold() -> None:
    dataset = repeated(60, 4)
    numbers = fold_numbers(dataset, np.arange(240), folds=4, seed=2).reshape(4, 60)
    assert np.all(numbers == numbers[0])


def test_groups_that_are_given_stay_together() -> None:
    dataset = repeated(120, 1)
    groups = np.arange(120) // 6
    numbers = fold_numbers(dataset, np.arange(120), folds=3, seed=2, groups=groups)
    assert all(len(set(numbers[groups == group])) == 1 for group in range(20))


def test_a_class_with_fewer_records_than_folds_is_refused() -> None:
    dataset = Dataset.from_records(["AC", "AG", "AT", "CC"], labels=["a", "a", "a", "b"])
    with pytest.raises(BioseqError, match="'b' has 1"):
        fold_numbers(dataset, np.arange(4), folds=2, seed=1)


def test_the_seed_decides_the_folds() -> None:
    dataset = repeated(90, 1)
    first, again, other = (fold_numbers(dataset, np.arange(90), folds=3, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_table_is_read_as_the_records_that_were_written(small_config: Configuration, tmp_path: Path) -> None:
    loaded = load_data(small_config)
    rows = pool_of(loaded)
    splits = np.zeros(len(loaded.dataset), np.uint8)
    splits[rows] = np.where(np.arange(len(rows)) % 4 == 0, Split.TEST, Split.TRAIN)
    write_table(tmp_path / "table.csv", loaded.dataset, splits)
    config = apply_overrides(reading_table(small_config, tmp_path / "table.csv"), ["split.validation_fraction=0"])
    again = load_data(config).dataset
    wanted = loaded.dataset.take(rows)
    assert list(again.ids) == list(wanted.ids)
    assert np.array_equal(again.letters, wanted.letters)
    assert np.array_equal(again.labels, wanted.labels)
    assert np.array_equal(again.splits, splits[rows])


def test_records_of_a_named_test_are_in_no_fold(small_config: Configuration) -> None:
    loaded = load_data(small_config)
    assert not np.isin(loaded.dataset.rows_of(Split.TEST), pool_of(loaded)).any()


def test_the_place_of_fold_records_is_their_place_in_the_pool(tmp_path: Path) -> None:
    numbers = np.array([2, 1, 3, 1, 2])
    save_folds(tmp_path / "folds.npy", [numbers, 4 - numbers])
    assert place_in_pool(tmp_path / "folds.npy", 1).tolist() == [1, 3, 0, 4, 2]
    assert place_in_pool(tmp_path / "folds.npy", 2).tolist() == [2, 0, 4, 1, 3]
