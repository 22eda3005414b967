"""Whole clusters are shared out, with the classes of each part as in all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.splits import assign_splits, folds


def dataset_of(labels: list[str | None]) -> Dataset:
    chance = np.random.default_rng(0)
    return Dataset.from_records(["".join(row) for row in chance.choice(list("ACGT"), (len(labels), 30))], labels=labels)


clustered = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.integers(0, 9)), max_size=50)


@given(clustered, st.integers(2, 5), st.integers(0, 9))
def test_no_fold_tears_a_cluster(drawn: list[tuple[str | None, int]], k: int, seed: int) -> None:
    dataset, clusters = dataset_of([label for label, _ in drawn]), np.array([number for _, number in drawn], int)
    found = folds(dataset, k, clusters=clusters, seed=seed)
    labelled = dataset.labels >= 0
    assert np.all(found[~labelled] == -1)
    assert np.all((found[labelled] >= 0) & (found[labelled] < k))
    for number in np.unique(clusters[labelled]):
        assert len(np.unique(found[labelled & (clusters == number)])) == 1
    assert np.array_equal(found, folds(dataset, k, clusters=clusters, seed=seed))


def test_folds_have_the_classes_of_the_whole() -> None:
    chance = np.random.default_rng(1)
    labels = np.repeat(["a", "b", "c"], [600, 250, 40])
    clusters = np.cumsum(chance.random(len(labels)) < 0.5)
    found = folds(dataset_of(labels.tolist()), 5, clusters=clusters)
    for name, count in (("a", 600), ("b", 250), ("c", 40)):
        parts = np.bincount(found[labels == name], minlength=5)
        assert parts == pytest.approx(np.full(5, count / 5), abs=0.05 * count)


def test_splits_by_cluster_keep_shares_and_tear_nothing_apart() -> None:
    chance = np.random.default_rng(2)
    labels = np.repeat(["a", "b"], [700, 300])
    clusters = chance.permutation(np.cumsum(chance.random(1000) < 0.3))
    splits = assign_splits(
        dataset_of(labels.tolist()), test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters
    )
    for number in np.unique(clusters):
        assert len(np.unique(splits[clusters == number])) == 1
    for name, count in (("a", 700), ("b", 300)):
        own = splits[labels == name]
        assert np.count_nonzero(own == Split.TEST) == pytest.approx(0.2 * count, abs=0.03 * count)
        assert np.count_nonzero(own == Split.VALIDATION) == pytest.approx(0.12 * count, abs=0.03 * count)


def test_a_class_of_two_clusters_gives_one_to_the_test() -> None:
    labels = ["a"] * 60 + ["b"] * 4
    clusters = np.array([*range(60), 60, 60, 60, 61])
    splits = assign_splits(dataset_of(labels), test_fraction=0.2, validation_fraction=0, seed=3, clusters=clusters)
    assert splits[60:].tolist() == [Split.TRAIN] * 3 + [Split.TEST]


def test_one_giant_cluster_is_told_and_records_are_drawn_at_random() -> None:
    dataset, told = dataset_of(["a", "b"] * 50), []
    clusters = np.where(np.arange(100) < 96, 0, np.arange(100))
    splits = assign_splits(
        dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters, too_large=told.append
    )
    assert told == [Split.TEST, Split.VALIDATION]
    assert np.array_equal(splits, assign_splits(dataset, test_fraction=0.2, validation_fraction=0.15, seed=1))


def test_what_is_similar_to_given_test_records_is_not_drawn_for_validation() -> None:
    dataset = Dataset.from_records(
        [f"ACGT{'ACGT'[row % 4]}{row:05b}".replace("0", "A").replace("1", "C") for row in range(40)],
        labels=["a", "b"] * 20,
        splits=[Split.TEST] * 8 + [Split.TRAIN] * 32,
    )
    clusters = np.array([*range(8), *range(8), *range(8, 32)])
    splits = assign_splits(dataset, test_fraction=0.2, validation_fraction=0.25, seed=1, clusters=clusters)
    assert np.all(splits[8:16] == Split.TRAIN)
    assert np.count_nonzero(splits == Split.VALIDATION) == pytest.approx(8, abs=2)
