"""Fixtures of the tables' tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from bioseq.prediction.table import Flag, PredictionTable
from bioseq.sequences.text_column import TextColumn

LABELS = ("negative", "positive", "other")
TableMaker = Callable[..., PredictionTable]


def make(count: int = 40, *, seed: int = 0, truth: bool = True) -> PredictionTable:
    """Random predictions with ids that are not in order, some flags, and one record without letters."""
    rng = np.random.default_rng(seed)
    scores = rng.dirichlet([0.6] * len(LABELS), count).astype(np.float32)
    predicted = scores.argmax(axis=1).astype(np.int16)
    flags = np.where(rng.random(count) < 0.2, int(Flag.AMBIGUOUS_LETTERS | Flag.SHORTER_THAN_TRAINED), 0)
    flags = flags.astype(np.uint8)
    sequences = ["".join(rng.choice(list("ACGT"), int(length))) for length in rng.integers(5, 90, count)]
    if count > 3:
        sequences[3], predicted[3], scores[3], flags[3] = "", -1, np.nan, int(Flag.EMPTY)
    known = np.where(rng.random(count) < 0.7, rng.integers(0, len(LABELS), count), -1).astype(np.int16)
    return PredictionTable(
        ids=TextColumn.from_strings([f"Rec_{number}" for number in rng.permutation(count)]),
        sequences=TextColumn.from_strings(sequences),
        labels=LABELS,
        predicted=predicted,
        probabilities=scores,
        flags=flags,
        truth=known if truth else np.full(count, -1, np.int16),
    )


@pytest.fixture(scope="session")
def make_table() -> TableMaker:
    """Makes prediction tables: `make_table(count, seed=..., truth=...)`."""
    return make
