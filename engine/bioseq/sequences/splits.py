"""Keeping records back for the choice of the best epoch and for the final judgement."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.grouped import share_out
from bioseq.sequences.identity import sequence_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from bioseq.sequences.dataset import Dataset

    Draw = Callable[[NDArray[np.intp], NDArray[np.bool_], float], NDArray[np.intp]]

_ENOUGH = 0.5
"""Share of the wanted records that whole clusters must give in each class; else records are drawn at random."""


def assign_splits(
    dataset: Dataset,
    *,
    test_fraction: float,
    validation_fraction: float,
    seed: int,
    clusters: ArrayLike | None = None,
    too_large: Callable[[Split], None] | None = None,
) -> NDArray[np.uint8]:
    """A split for each labelled record, `(N,)`.

    What the files say stands. When they name no test records, a share is kept back for the test; when they name no
    validation records, a share of the remaining training records is kept back for validation. Each class gives its
    share, identical sequences (with clusters: similar ones) stay together, and a class never gives its last distinct
    sequence (cluster) away. Records without a label stay as they are.

    Args:
        dataset: Records, cleaned.
        test_fraction: Share of the records for the test, [0, 1).
        validation_fraction: Share of the training records for validation, [0, 1).
        seed: Another number draws another split; the same number draws the same.
        clusters: Number of the cluster of each record, `(N,)`: whole clusters are drawn where they are given.
        too_large: Told when clusters are too large to give a class half of what is wanted; identical sequences alone
            are kept together then.
    """
    splits = dataset.splits.copy()
    labelled = dataset.labels != NO_LABEL
    splits[labelled & (splits == Split.UNASSIGNED)] = Split.TRAIN
    groups = sequence_groups(dataset)
    generator = np.random.default_rng(seed)
    for split, fraction in ((Split.TEST, test_fraction), (Split.VALIDATION, validation_fraction)):
        named = bool(np.any(splits[labelled] == split))
        if fraction <= 0 or named:
            continue
        pool = np.flatnonzero(labelled & (splits == Split.TRAIN))
        drawn = None
        if clusters is not None:
            # Draws of its own: what is drawn at random does not depend on clusters.
            chance = np.random.default_rng([seed, int(split)])
            drawn = _draw_clusters(dataset.labels, np.asarray(clusters), pool, fraction, splits, chance)
            if drawn is None and too_large is not None:
                too_large(split)
        if drawn is None:
            drawn = _draw(dataset.labels, groups, pool, fraction, splits, generator)
        splits[drawn] = split
    return splits


def folds(dataset: Dataset, k: int, *, clusters: ArrayLike | None = None, seed: int = 1) -> NDArray[np.int64]:
    """A fold for each labelled record, 0 <= fold < k, and -1 for those without a label, `(N,)`.

    Identical sequences (with clusters: similar ones) are in one fold; in each fold the classes have about the shares
    that they have in all. A class with fewer clusters than folds is missing in some.

    Args:
        dataset: Records, cleaned.
        k: Number of folds, at least 2.
        clusters: Number of the cluster of each record, `(N,)`.
        seed: Another number gives other folds; the same number gives the same.
    """
    found = np.full(len(dataset), -1, np.int64)
    rows = np.flatnonzero(dataset.labels != NO_LABEL)
    groups = sequence_groups(dataset) if clusters is None else np.asarray(clusters)
    found[rows] = share_out(groups[rows], dataset.labels[rows], np.full(k, 1 / k), np.random.default_rng(seed))
    return found


def _draw_clusters(
    labels: NDArray[np.int16],
    clusters: NDArray[np.int64],
    pool: NDArray[np.intp],
    fraction: float,
    splits: NDArray[np.uint8],
    generator: np.random.Generator,
) -> NDArray[np.intp] | None:
    """Rows of the pool to move, whole clusters at a time; None when they are too large for that.

    What is similar to records that are kept back already is not drawn.
    """
    elsewhere = np.unique(clusters[np.isin(splits, [Split.VALIDATION, Split.TEST])])
    free = pool[~np.isin(clusters[pool], elsewhere)]
    if not len(free):
        return None
    wanted = np.bincount(labels[pool]) * fraction
    available = np.bincount(labels[free], minlength=len(wanted))
    share = min(0.9, float(wanted.sum() / available.sum()))
    parts = share_out(clusters[free], labels[free], np.array([1 - share, share]), generator)
    drawn = free[parts == 1]
    given = np.bincount(labels[drawn], minlength=len(wanted))
    kept = np.bincount(labels[pool], minlength=len(wanted)) - given
    short = (given < np.floor(_ENOUGH * wanted)) | ((kept < given) & (fraction <= _ENOUGH))
    return None if np.any(short) or not len(drawn) else drawn


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
