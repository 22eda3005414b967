"""Keeping records back for the choice of the best epoch and for the final judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.grouped import share_out
from bioseq.sequences.identity import sequence_groups

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from bioseq.sequences.dataset import Dataset

_ENOUGH = 0.5
"""Share of the wanted records that whole clusters must give in each class; else records are drawn at random."""
_REDUCED = 0.75
"""Share of the wanted records that all classes are reduced to at most, so that they stay in their ratio."""
_MOST = 0.9
"""Share of the records of a class that is drawn at most."""


@dataclass(frozen=True, slots=True)
class Shortage:
    """Whole clusters cannot give a split what is wanted.

    Attributes:
        split: That is wanted.
        cause: "records": the classes have too few, however they are drawn; "relatives": too few are unlike the records
            that are kept back already; "clusters": single clusters are too large.
        classes: Numbers of the classes that cannot give enough.
    """

    split: Split
    cause: Literal["records", "relatives", "clusters"]
    classes: tuple[int, ...]


def assign_splits(
    dataset: Dataset,
    *,
    test_fraction: float,
    validation_fraction: float,
    seed: int,
    clusters: ArrayLike | None = None,
    short: Callable[[Shortage], None] | None = None,
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
        short: Called when whole clusters cannot give each class half of what is wanted. Where the classes have too few
            records in any case, what they can spare is drawn; else only identical sequences are kept together.
    """
    splits = dataset.splits.copy()
    labelled = dataset.labels != NO_LABEL
    splits[labelled & (splits == Split.UNASSIGNED)] = Split.TRAIN
    groups = sequence_groups(dataset)
    generator = np.random.default_rng(seed)
    for split, fraction in ((Split.TEST, test_fraction), (Split.VALIDATION, validation_fraction)):
        pool = np.flatnonzero(labelled & (splits == Split.TRAIN))
        if fraction <= 0 or not len(pool) or np.any(splits[labelled] == split):
            continue
        together, drawn = groups, None
        if clusters is not None:
            # Draws of its own: what is drawn at random does not depend on clusters.
            found = _draw_clusters(dataset.labels, np.asarray(clusters), groups, pool, fraction, splits, [seed, split])
            if isinstance(found, Shortage):
                together = np.asarray(clusters) if found.cause == "records" else groups
                if short is not None:
                    short(found)
            else:
                drawn = found
        if drawn is None:
            drawn = _draw(dataset.labels, together, pool, fraction, splits, generator)
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
    groups: NDArray[np.int64],
    pool: NDArray[np.intp],
    fraction: float,
    splits: NDArray[np.uint8],
    seed: list[int],
) -> NDArray[np.intp] | Shortage:
    """Rows of the pool to move, whole clusters at a time, or why too few can be moved so.

    What is similar to records that are kept back already is not drawn.
    """
    held = np.isin(splits, [Split.VALIDATION, Split.TEST])
    free = pool[~np.isin(clusters[pool], clusters[held])]
    drawn, missing = _select_clusters(labels, clusters, pool, free, fraction, np.random.default_rng(seed))
    if not len(missing):
        return drawn
    _, anyway = _select_clusters(labels, groups, pool, pool, fraction, np.random.default_rng(seed))
    if len(anyway):
        return Shortage(Split(seed[1]), "records", tuple(anyway.tolist()))
    _, without = _select_clusters(labels, clusters, pool, pool, fraction, np.random.default_rng(seed))
    return Shortage(Split(seed[1]), "clusters" if len(without) else "relatives", tuple(missing.tolist()))


def _select_clusters(
    labels: NDArray[np.int16],
    clusters: NDArray[np.int64],
    pool: NDArray[np.intp],
    free: NDArray[np.intp],
    fraction: float,
    generator: np.random.Generator,
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows to move, with the classes in the ratio of the pool, and the classes that cannot give enough.

    Args:
        labels: Class of each record, `(N,)`.
        clusters: Number of the cluster of each record, `(N,)`.
        pool: Rows of which a fraction is wanted.
        free: Those that may be moved; classes may stand in another ratio there.
        fraction: Of the pool, (0, 1).
        generator: Of the order of equals.
    """
    wanted = np.bincount(labels[pool]) * fraction
    available = np.bincount(labels[free], minlength=len(wanted))
    # Where one class can give less than is wanted, the others give less too, to keep the ratio.
    counts = np.floor(_ENOUGH * wanted) >= 1
    spare = np.min(_MOST * available[counts] / wanted[counts], initial=1.0)
    share = np.clip(max(_REDUCED, float(spare)) * wanted / np.maximum(available, 1), 1e-6, _MOST)
    drawn = free[share_out(clusters[free], labels[free], np.stack([1 - share, share]), generator) == 1]
    given = np.bincount(labels[drawn], minlength=len(wanted))
    kept = np.bincount(labels[pool], minlength=len(wanted)) - given
    missing = (given < np.floor(_ENOUGH * wanted)) | ((kept < given) & (fraction <= _ENOUGH))
    if not len(drawn):
        missing = wanted > 0
    return drawn, np.flatnonzero(missing)


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
