"""Records are kept back in fair shares, without tearing identical sequences apart, and what the files say stands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.identity import sequence_groups
from bioseq.sequences.splits import assign_splits

pieces = st.text(st.sampled_from("ACGT"), min_size=1, max_size=4)
labels = st.sampled_from(["0", "1", "2", None])
rows = st.lists(st.tuples(pieces, labels, st.sampled_from(list(Split))), max_size=60)


def dataset_of(drawn: list[tuple[str, str | None, Split]]) -> Dataset:
    return Dataset.from_records([r[0] for r in drawn], labels=[r[1] for r in drawn], splits=[r[2] for r in drawn])


def distinct(count: int, *, seed: int = 0) -> list[str]:
    letters = np.random.default_rng(seed).choice(list("ACGT"), (count, 30))
    return ["".join(row) for row in letters]


def draw(dataset: Dataset, *, test: float = 0.2, validation: float = 0.15, seed: int = 1) -> np.ndarray:
    return assign_splits(dataset, test_fraction=test, validation_fraction=validation, seed=seed)


@given(rows, st.floats(0, 0.9), st.floats(0, 0.5), st.integers(0, 99))
def test_what_the_files_say_stands(
    drawn: list[tuple[str, str | None, Split]], test: float, validation: float, seed: int
) -> None:
    dataset = dataset_of(drawn)
    splits = draw(dataset, test=test, validation=validation, seed=seed)
    kept = np.isin(dataset.splits, [Split.TEST, Split.VALIDATION])
    assert np.array_equal(splits[kept], dataset.splits[kept])
    labelled = dataset.labels != NO_LABEL
    assert np.array_equal(splits[~labelled], dataset.splits[~labelled])
    assert np.all(splits[labelled] != Split.UNASSIGNED)
    for split in (Split.TEST, Split.VALIDATION):
        if np.any(dataset.splits[labelled] == split):
            assert np.array_equal(splits == split, dataset.splits == split)


@given(rows, st.floats(0, 0.9), st.floats(0, 0.5), st.integers(0, 99))
def test_identical_sequences_that_the_file_does_not_tear_apart_stay_together(
    drawn: list[tuple[str, str | None, Split]], test: float, validation: float, seed: int
) -> None:
    dataset = dataset_of([(sequence, label, Split.UNASSIGNED) for sequence, label, _ in drawn])
    splits = draw(dataset, test=test, validation=validation, seed=seed)
    labelled = dataset.labels != NO_LABEL
    groups = sequence_groups(dataset)
    for group in np.unique(groups[labelled]):
        assert len(np.unique(splits[labelled & (groups == group)])) == 1


@given(rows, st.integers(0, 99))
def test_the_same_seed_draws_the_same(drawn: list[tuple[str, str | None, Split]], seed: int) -> None:
    dataset = dataset_of(drawn)
    assert np.array_equal(draw(dataset, seed=seed), draw(dataset, seed=seed))


def test_each_class_gives_its_share() -> None:
    dataset = Dataset.from_records(distinct(1100), labels=["a"] * 1000 + ["b"] * 100)
    splits = draw(dataset)
    assert np.bincount(splits[:1000], minlength=4).tolist() == [0, 680, 120, 200]
    assert np.bincount(splits[1000:], minlength=4).tolist() == [0, 68, 12, 20]


def test_another_seed_draws_another_split() -> None:
    dataset = Dataset.from_records(distinct(200), labels=["a", "b"] * 100)
    assert not np.array_equal(draw(dataset, seed=1), draw(dataset, seed=2))


def test_a_class_keeps_a_sequence_to_learn_from() -> None:
    dataset = Dataset.from_records(["A", "C", "C", "G"], labels=["a", "b", "b", "c"])
    assert draw(dataset, test=0.9, validation=0.5).tolist() == [Split.TRAIN] * 4


@pytest.mark.parametrize("big", [50, 150])
def test_a_much_repeated_sequence_does_not_starve_the_test(big: int) -> None:
    dataset = Dataset.from_records(["ACGT"] * big + distinct(100), labels=["a"] * (big + 100))
    splits = draw(dataset, validation=0)
    wanted = 0.2 * len(dataset)
    assert 0.8 * wanted <= np.sum(splits == Split.TEST) <= wanted + 1


def test_nothing_is_kept_back_when_the_share_is_zero() -> None:
    dataset = Dataset.from_records(distinct(10), labels=["a", "b"] * 5)
    assert set(draw(dataset, test=0, validation=0).tolist()) == {Split.TRAIN}
