"""Whole clusters are shared out, with the classes of each part as in all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.grouped import share_out
from bioseq.sequences.splits import Shortage, assign_splits, folds


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
        dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters, short=told.append
    )
    assert told == [Shortage(Split.TEST, "clusters", (0, 1)), Shortage(Split.VALIDATION, "clusters", (0, 1))]
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


def planted(*, positives: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Cluster and class of 1,000 records: many clusters of one or two, a few large ones, each mostly of one class."""
    chance = np.random.default_rng(seed)
    sizes = np.minimum(chance.pareto(1.3, 1_000) + 1, 60).astype(int)
    clusters = np.repeat(np.arange(1_000), sizes)[:1_000]
    own = chance.random(1_000) < positives
    strays = chance.random(1_000) < 0.1
    return clusters, np.where(strays, chance.random(1_000) < positives, own[clusters]).astype(int)


@pytest.mark.parametrize("positives", [0.5, 0.25, 0.1])
def test_whole_clusters_that_are_drawn_have_the_classes_of_the_whole(positives: float) -> None:
    off = []
    for seed in range(10):
        clusters, labels = planted(positives=positives, seed=seed)
        parts = share_out(clusters, labels, np.array([0.85, 0.15]), np.random.default_rng(seed))
        assert np.mean(parts == 1) == pytest.approx(0.15, abs=0.01)
        off.append(abs(labels[parts == 1].mean() / labels.mean() - 1))
    assert np.mean(off) < 0.03


def test_shares_may_differ_from_class_to_class() -> None:
    labels = np.repeat([0, 1], [400, 100])
    wanted = np.array([[0.9, 0.4], [0.1, 0.6]])
    parts = share_out(np.arange(500) // 2, labels, wanted, np.random.default_rng(1))
    assert np.bincount(labels[parts == 1]).tolist() == [40, 60]


def related_to_named_test(positives: int) -> tuple[Dataset, np.ndarray]:
    """200 records of each class in pairs, 120 test records, and clusters: so many positives resemble a test record."""
    dataset = dataset_of([*["0"] * 200, *["1"] * 200, *["0", "1"] * 60])
    clusters = np.concatenate([np.arange(400) // 2, np.arange(1_000, 1_120)])
    clusters[400 : 400 + positives // 2] = clusters[200 : 200 + positives : 2]
    return replace(dataset, splits=np.repeat([Split.TRAIN, Split.TEST], [400, 120]).astype(np.uint8)), clusters


@pytest.mark.parametrize("related", [0, 60, 120, 160])
def test_validation_keeps_the_class_ratio_where_one_class_resembles_the_named_test(related: int) -> None:
    dataset, clusters = related_to_named_test(related)
    splits = assign_splits(dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters)
    validation = dataset.labels[splits == Split.VALIDATION]
    assert np.bincount(validation).tolist() == pytest.approx([30, 30], abs=2)
    assert not np.isin(clusters[splits == Split.VALIDATION], clusters[splits == Split.TEST]).any()


def test_classes_are_reduced_together_where_one_of_them_cannot_give_enough() -> None:
    dataset, clusters = related_to_named_test(170)
    splits = assign_splits(dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters)
    assert np.bincount(dataset.labels[splits == Split.VALIDATION]).tolist() == pytest.approx([27, 27], abs=2)


@pytest.mark.parametrize("related", [198, 200])
def test_too_few_records_unlike_the_test_are_told_as_such(related: int) -> None:
    dataset, clusters = related_to_named_test(related)
    told: list[Shortage] = []
    assign_splits(dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=clusters, short=told.append)
    assert told == [Shortage(Split.VALIDATION, "relatives", (1,))]


def test_classes_of_a_single_record_are_told_as_too_few_whatever_the_clusters() -> None:
    dataset, told = dataset_of(["a", "a", "b", "b", "c", "c", "d", "d"]), []
    splits = assign_splits(
        dataset, test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=np.arange(8), short=told.append
    )
    assert [(one.split, one.cause) for one in told] == [(Split.VALIDATION, "records")]
    assert np.bincount(dataset.labels[splits == Split.TRAIN]).tolist() == [1, 1, 1, 1]


def test_what_few_records_can_spare_is_drawn_without_tearing_a_cluster() -> None:
    labels = ["a"] * 60 + ["b"]
    clusters = np.array([*np.repeat(np.arange(20), 3), 20])
    told: list[Shortage] = []
    splits = assign_splits(
        dataset_of(labels), test_fraction=0, validation_fraction=0.9, seed=1, clusters=clusters, short=told.append
    )
    for number in range(21):
        assert len(np.unique(splits[clusters == number])) == 1


def test_records_without_a_label_are_no_shortage() -> None:
    told: list[Shortage] = []
    splits = assign_splits(
        dataset_of([None] * 9), test_fraction=0.2, validation_fraction=0.15, seed=1, clusters=[0] * 9, short=told.append
    )
    assert told == []
    assert np.all(splits == Split.UNASSIGNED)
