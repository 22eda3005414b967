"""Keeping records back for the choice of the best epoch and for the final judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.identity import sequence_groups

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset


def assign_splits(
    dataset: Dataset, *, test_fraction: float, validation_fraction: float, seed: int
) -> NDArray[np.uint8]:
    """A split for each labelled record, `(N,)`.

    What the files say stands. When they name no test records, a share is kept back for the test; when they name no
    validation records, a share of the remaining training records is kept back for validation. Each class gives its
    share, identical sequences stay together, and a class never gives its last distinct sequence away. Records without
    a label stay as they are.

    Args:
        dataset: Records, cleaned.
        test_fraction: Share of the records for the test, [0, 1).
        validation_fraction: Share of the training records for validation, [0, 1).
        seed: Another number draws another split; the same number draws the same.
    """
    splits = dataset.splits.copy()
    labelled = dataset.labels != NO_LABEL
    splits[labelled & (splits == Split.UNASSIGNED)] = Split.TRAIN
    groups = sequence_groups(dataset)
    generator = np.random.default_rng(seed)
    for split, fraction in ((Split.TEST, test_fraction), (Split.VALIDATION, validation_fraction)):
        named = bool(np.any(splits[labelled] == split))
        if fraction > 0 and not named:
            pool = np.flatnonzero(labelled & (splits == Split.TRAIN))
            splits[_draw(dataset.labels, groups, pool, fraction, splits, generator)] = split
    return splits


def _draw(
    labels: NDArray[np.int16],
    groups: NDArray[np.int64],
    pool: NDArray[np.intp],
    fraction: float,
    splits: NDArray[np.uint8],
    generator: np.random.Generator,
) -> NDArray[np.intp]:
    """Rows of the pool to move, whole groups of identical sequences at a time."""
    elsewhere = np.unique(groups[(splits != Split.TRAIN) & (splits != Split.UNASSIGNED)])
    names, first, inverse, sizes = np.unique(groups[pool], return_index=True, return_inverse=True, return_counts=True)
    free = ~np.isin(names, elsewhere)
    group_labels = labels[pool[first]]
    chosen = np.zeros(len(names), np.bool_)
    for label in np.unique(group_labels):
        members = np.flatnonzero(group_labels == label)
        target = max(1, round(fraction * int(sizes[members].sum())))
        fitting = generator.permutation(members[free[members]])
        fitting = fitting[sizes[fitting] <= target]
        taken = fitting[np.cumsum(sizes[fitting]) <= target]
        # One distinct sequence at least stays to learn from.
        chosen[taken[: max(0, len(members) - 1)]] = True
    return pool[chosen[inverse]]
