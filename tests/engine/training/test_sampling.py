"""Drawing more of rare classes: counts per epoch, what is left out, and figures that stay those of the records."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.models.registry import build
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.dataset import Split
from bioseq.training.batches import Batches
from bioseq.training.inputs import prior_log_weights
from bioseq.training.sampling import class_gains, distinct, drawn, records_per_epoch

if TYPE_CHECKING:
    from types import SimpleNamespace

some_labels = st.lists(st.integers(0, 3), min_size=1, max_size=80).map(lambda found: np.array(found, np.int64))


@given(some_labels, st.integers(1, 5))
def test_balanced_epochs_are_as_long_as_before_and_give_each_class_its_part(labels: np.ndarray, epoch: int) -> None:
    rows = drawn(labels, "balanced", seed=3, epoch=epoch)
    assert len(rows) == len(labels) == records_per_epoch(labels, "balanced")
    shares = np.bincount(labels[rows], minlength=4)[np.unique(labels)]
    assert shares.max() - shares.min() <= 1


@given(some_labels, st.integers(1, 5))
def test_oversampled_epochs_hold_every_record_and_each_class_as_often_as_the_largest(
    labels: np.ndarray, epoch: int
) -> None:
    rows = drawn(labels, "oversampled", seed=3, epoch=epoch)
    assert len(rows) == records_per_epoch(labels, "oversampled")
    assert set(rows.tolist()) == set(range(len(labels)))
    counts = np.bincount(labels)
    assert set(np.bincount(labels[rows])[counts > 0].tolist()) == {counts.max()}


@given(some_labels, st.sampled_from(["balanced", "oversampled"]))
def test_the_records_of_a_class_come_equally_often_give_or_take_once(labels: np.ndarray, sampling: str) -> None:
    times = np.bincount(drawn(labels, sampling, seed=1, epoch=1), minlength=len(labels))  # type: ignore[arg-type]
    for label in np.unique(labels):
        assert np.ptp(times[labels == label]) <= 1


@pytest.mark.parametrize("sampling", ["all", "balanced", "oversampled"])
def test_the_gain_of_a_class_is_how_often_its_records_come_in_the_mean_over_epochs(sampling: str) -> None:
    labels = np.repeat([0, 2], [90, 10])
    epochs = [drawn(labels, sampling, seed=1, epoch=epoch) for epoch in range(1, 41)]  # type: ignore[arg-type]
    often = np.bincount(labels[np.concatenate(epochs)], minlength=3) / 40 / [90, np.inf, 10]
    gains = class_gains(labels, sampling, 3)  # type: ignore[arg-type]
    np.testing.assert_allclose(gains[[0, 2]], often[[0, 2]], rtol=0.02)
    assert gains[1] == 1.0, "nothing is known of a class without records"


@pytest.mark.parametrize(
    ("weights", "logarithms"),
    [((1.0, 1.0), ()), ((2.0, 2.0, 2.0), ()), ((1.0, 10.0), (0.0, np.log(10))), ((0.0, 4.0), (0.0, np.log(4)))],
)
def test_weights_are_undone_by_their_logarithms_where_they_differ(
    weights: tuple[float, ...], logarithms: tuple[float, ...]
) -> None:
    assert prior_log_weights(np.array(weights)) == pytest.approx(logarithms)


def test_balanced_epochs_draw_other_records_of_the_frequent_class_until_all_have_come() -> None:
    labels = np.array([0] * 90 + [1] * 10)
    epochs = [drawn(labels, "balanced", seed=1, epoch=epoch) for epoch in range(1, 12)]
    frequent = [set(rows[labels[rows] == 0].tolist()) for rows in epochs]
    assert {len(rows) for rows in frequent} == {50}
    assert frequent[0] != frequent[1]
    assert set.union(*frequent) == set(range(90))


@pytest.mark.parametrize("sampling", ["balanced", "oversampled"])
def test_batches_hold_what_was_drawn_and_are_found_again_from_the_seed(sampling: str) -> None:
    labels = np.random.default_rng(0).choice(3, 200, p=[0.8, 0.15, 0.05])
    lengths = np.random.default_rng(1).integers(5, 60, 200)
    batches = Batches(lengths, 16, 7, labels, sampling)  # type: ignore[arg-type]
    first = batches.epoch(3)
    assert len(first) == batches.steps
    expected = drawn(labels, sampling, seed=7, epoch=3)  # type: ignore[arg-type]
    assert sorted(np.concatenate(first).tolist()) == sorted(expected.tolist())
    assert all(np.array_equal(one, two) for one, two in zip(first, batches.epoch(3), strict=True))
    assert not np.array_equal(np.concatenate(first), np.concatenate(batches.epoch(4)))
    padded = sum(len(rows) * lengths[rows].max() for rows in first)
    assert padded < 1.3 * sum(lengths[rows].sum() for rows in first)


def test_each_once_is_what_it_was_whatever_the_labels() -> None:
    lengths = np.random.default_rng(1).integers(5, 60, 100)
    plain, labelled = Batches(lengths, 16, 7), Batches(lengths, 16, 7, np.arange(100) % 3)
    assert all(np.array_equal(one, two) for one, two in zip(plain.epoch(1), labelled.epoch(1), strict=True))


def test_of_a_record_that_came_twice_the_last_place_counts() -> None:
    records, places = distinct(np.array([4, 1, 4, 4, 2, 1]))
    assert records.tolist() == [1, 2, 4]
    assert places.tolist() == [5, 4, 3]


def test_training_figures_speak_of_the_records_as_they_are(lab: SimpleNamespace) -> None:
    """A network that always says the rare class: right for 1 of 10 records, and for half of those that were drawn."""
    dataset = lab.planted(120)
    train = np.flatnonzero(dataset.splits == Split.TRAIN)
    labels = np.zeros(len(dataset), np.int64)
    labels[train[::10]] = 1
    job = lab.job(
        _with_labels(dataset, labels), epochs=1, learning_rate=1e-9, sampling="oversampled", selection_metric="mcc"
    )

    def always_rare(*args: object) -> object:
        network = build(*args)  # type: ignore[arg-type]
        network.head[-1].weight.data.zero_()  # type: ignore[index, union-attr]
        network.head[-1].bias.data.copy_(network.head[-1].bias.new_tensor([-3.0, 3.0]))  # type: ignore[index]
        return network

    told = lab.run(job, build_network=always_rare)
    figures = told.of(EpochFinished)[0].train
    assert figures["accuracy"] == pytest.approx(np.mean(labels[train] == 1), abs=1e-9)
    sure, mistaken = -np.log(1 / (1 + np.exp(-6))), -np.log(1 / (1 + np.exp(6)))
    assert figures["loss"] == pytest.approx((sure + mistaken) / 2, rel=1e-4)


def test_with_rare_classes_repeated_the_rare_class_is_found(lab: SimpleNamespace) -> None:
    dataset = lab.planted(240)
    motif = dataset.label_names.index("motif")
    rare = np.flatnonzero((dataset.labels == motif) & (dataset.splits == Split.TRAIN))
    imbalanced = dataset.take(np.setdiff1d(np.arange(len(dataset)), rare[12:]))
    recalls = {}
    for sampling in ("all", "oversampled"):
        told = lab.run(lab.job(imbalanced, epochs=4, batch_size=8, sampling=sampling))
        recalls[sampling] = told.of(EpochFinished)[-1].validation["balanced_accuracy"]
    assert recalls["oversampled"] > recalls["all"]


def _with_labels(dataset: object, labels: np.ndarray) -> object:
    return dataclasses.replace(dataset, labels=labels.astype(dataset.labels.dtype))  # type: ignore[attr-defined, type-var]
