"""Batches hold every record once, of like length, and padding adds nothing that was not there."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from bioseq.evaluation.padding import padded_batch, token_limited_runs
from bioseq.sequences.tokens import TokenColumn
from bioseq.training.batches import Batches

CPU = torch.device("cpu")
lengths_of_records = st.lists(st.integers(1, 50), min_size=1, max_size=120).map(lambda found: np.array(found, np.int64))


@given(lengths_of_records, st.integers(1, 40), st.integers(1, 5))
def test_an_epoch_holds_every_record_once(lengths: np.ndarray, batch_size: int, epoch: int) -> None:
    batches = Batches(lengths, batch_size, 7)
    found = batches.epoch(epoch)
    assert len(found) == batches.steps
    assert sorted(np.concatenate(found).tolist()) == list(range(len(lengths)))
    sizes = {len(batch) for batch in found}
    assert max(sizes) <= batch_size
    assert max(sizes) - min(sizes) <= 1


def test_epochs_differ_and_are_drawn_again_from_the_seed() -> None:
    batches = Batches(np.full(64, 9), 8, 3)
    assert all(np.array_equal(one, two) for one, two in zip(batches.epoch(2), batches.epoch(2), strict=True))
    assert not np.array_equal(np.concatenate(batches.epoch(1)), np.concatenate(batches.epoch(2)))
    other = Batches(np.full(64, 9), 8, 4)
    assert not np.array_equal(np.concatenate(batches.epoch(1)), np.concatenate(other.epoch(1)))


def test_records_of_like_length_stand_together() -> None:
    lengths = np.random.default_rng(1).integers(10, 1_000, 2_000)
    batches = Batches(lengths, 32, 1).epoch(1)
    padded = sum(len(rows) * lengths[rows].max() for rows in batches)
    by_chance = sum(len(rows) * lengths[rows].max() for rows in np.array_split(np.arange(2_000), 63))
    assert padded < 1.1 * lengths.sum()
    assert by_chance > 1.7 * lengths.sum()


@given(st.lists(st.lists(st.integers(1, 300), min_size=1, max_size=9), min_size=1, max_size=12), st.data())
def test_a_padded_batch_holds_the_tokens_and_zeros(records: list[list[int]], data: st.DataObject) -> None:
    column = TokenColumn(
        np.array([token for record in records for token in record], np.uint16),
        np.cumsum([0, *map(len, records)]).astype(np.int64),
    )
    rows = data.draw(st.lists(st.integers(0, len(records) - 1), min_size=1, max_size=10))
    tokens, mask = padded_batch(column, np.array(rows, np.intp), CPU)
    assert tokens.dtype == torch.int64
    assert mask.dtype == torch.bool
    longest = max(len(records[row]) for row in rows)
    assert tokens.tolist() == [records[row] + [0] * (longest - len(records[row])) for row in rows]
    assert torch.equal(mask, tokens != 0)


@given(lengths_of_records, st.integers(1, 200), st.integers(1, 30))
def test_runs_keep_to_the_limits_of_tokens_and_records(lengths: np.ndarray, tokens: int, records: int) -> None:
    runs = list(token_limited_runs(lengths, tokens, records))
    assert [number for run in runs for number in range(run.start, run.stop)] == list(range(len(lengths)))
    for run in runs:
        count = run.stop - run.start
        assert count <= records
        assert count == 1 or count * lengths[run].max() <= tokens


@pytest.mark.parametrize("count", [1, 2, 65])
def test_no_batch_of_a_few_records_is_left_over(count: int) -> None:
    sizes = [len(rows) for rows in Batches(np.full(count, 5), 64, 1).epoch(1)]
    assert sizes == {1: [1], 2: [2], 65: [32, 33]}[count]


def test_a_long_record_is_not_joined_by_much_shorter_ones_beyond_the_limit() -> None:
    lengths = np.array([1_000, 900, 840, 500, 490, 480, 30, 20, 10])
    runs = list(token_limited_runs(lengths, 4_000, 100, unlike_limit=1_000))
    assert [(run.start, run.stop) for run in runs] == [(0, 2), (2, 3), (3, 6), (6, 9)]
