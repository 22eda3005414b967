"""Whole groups of records shared out to parts, with the classes in each part as in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Counts = NDArray[np.float64]


def share_out(
    groups: NDArray[np.integer], labels: NDArray[np.integer], shares: Counts, generator: np.random.Generator
) -> NDArray[np.int64]:
    """The part of each record, 0 <= part < P, `(N,)`.

    The largest groups go first, each to the part that lacks most of the classes that the group holds, relative to how
    many there are; equals are taken in random order.

    Args:
        groups: Group of each record, `(N,)`; a group is never torn apart.
        labels: Class of each record, `(N,)`, 0 <= class < C.
        shares: Wanted share of each part, `(P,)`, or of each part in each class, `(P, C)`; parts sum to 1.
        generator: Of the order of equals.
    """
    _, inverse = np.unique(groups, return_inverse=True)
    classes = shares.shape[1] if shares.ndim > 1 else int(labels.max(initial=-1)) + 1
    table = np.bincount(inverse * classes + labels, minlength=(int(inverse.max(initial=-1)) + 1) * classes)
    counts = table.reshape(-1, max(1, classes)).astype(np.float64)
    totals = np.maximum(counts.sum(axis=0), 1.0)
    wanted = np.array(np.broadcast_to(shares.reshape(len(shares), -1), (len(shares), len(totals))))
    lacking = wanted.copy()  # of each part and class, as shares of the class
    relative = counts / totals
    order = generator.permutation(len(counts))
    order = order[np.argsort(-relative[order].sum(axis=1), kind="stable")]
    parts = np.zeros(len(counts), np.int64)
    for group in order.tolist():
        part = _neediest(lacking, relative[group], wanted)
        parts[group] = part
        lacking[part] -= relative[group]
    _spread_rare(parts, counts, shares)
    return parts[inverse]


def _neediest(lacking: Counts, group: Counts, wanted: Counts) -> int:
    """The part whose lack, squared and relative to what it wants, falls most when it takes the group."""
    gain = ((2 * lacking - group) * group / wanted).sum(axis=1)
    return int(gain.argmax())


def _spread_rare(parts: NDArray[np.int64], counts: Counts, shares: Counts) -> None:
    """Give each part a group of each class where there are enough groups of it, taking the smallest."""
    for label in range(counts.shape[1]):
        holding = np.flatnonzero(counts[:, label])
        if len(holding) < len(shares):
            continue
        for part in range(len(shares)):
            if np.any(parts[holding] == part):
                continue
            times = np.bincount(parts[holding], minlength=len(shares))
            spare = holding[times[parts[holding]] > 1]
            parts[spare[counts[spare].sum(axis=1).argmin()]] = part
