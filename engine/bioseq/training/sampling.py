"""How often each training record comes in an epoch: a pure function of classes, seed and epoch.

Validation and test records are never drawn: their figures speak of the data as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Sampling = Literal["all", "balanced", "oversampled"]

_STREAM = 2
"""Keeps these draws apart from those of the order, which come from the same seed and epoch."""


def records_per_epoch(labels: NDArray[np.int64], sampling: Sampling) -> int:
    """How many records an epoch holds, repeated ones counted each time; the same in every epoch.

    Args:
        labels: Class of each record, `(N,)`.
        sampling: "oversampled" gives each class as many as the most frequent one has; the others keep N.
    """
    if sampling != "oversampled":
        return len(labels)
    counts = np.bincount(labels)
    return int(np.count_nonzero(counts) * counts.max(initial=0))


def class_gains(labels: NDArray[np.int64], sampling: Sampling, classes: int) -> NDArray[np.float64]:
    """How often a record of each class comes in an epoch, in the mean over epochs, `(C,)`; 1 for classes without any.

    Args:
        labels: Class of each record, `(N,)`.
        sampling: As in `drawn`.
        classes: How many classes there are.
    """
    gains = np.ones(classes)
    counts = np.bincount(labels, minlength=classes)
    present = counts > 0
    if sampling != "all" and present.any():
        gains[present] = records_per_epoch(labels, sampling) / present.sum() / counts[present]
    return gains


def drawn(labels: NDArray[np.int64], sampling: Sampling, *, seed: int, epoch: int) -> NDArray[np.intp]:
    """The records of an epoch, class by class, `(M,)`; a record that comes several times stands there several times.

    Within a class records come equally often, give or take once; who comes once more, or is left out, is drawn anew
    in each epoch. "balanced" gives all classes that have records equally many, give or take one; which classes get
    the one more is drawn as well.

    Args:
        labels: Class of each record, `(N,)`.
        sampling: "balanced" or "oversampled", or "all" for each record once.
        seed: Of what is drawn.
        epoch: 1-based.
    """
    if sampling == "all":
        return np.arange(len(labels), dtype=np.intp)
    chance = np.random.default_rng([seed, epoch, 0, _STREAM])
    members = [np.flatnonzero(labels == label) for label in np.unique(labels)]
    shares = np.full(len(members), records_per_epoch(labels, sampling) // len(members))
    left_over = records_per_epoch(labels, sampling) - int(shares.sum())
    shares[chance.permutation(len(members))[:left_over]] += 1
    parts = [_repeated(rows, share, chance) for rows, share in zip(members, shares.tolist(), strict=True)]
    return np.concatenate(parts).astype(np.intp)


def distinct(rows: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The different records among those drawn, ascending, and the place at which each stands last."""
    records, places = np.unique(rows[::-1], return_index=True)
    return records, len(rows) - 1 - places


def _repeated(rows: NDArray[np.intp], count: int, chance: np.random.Generator) -> NDArray[np.intp]:
    """So many of the rows: all of them as often as they fit, and a random choice for the rest."""
    whole, rest = divmod(count, len(rows))
    return np.concatenate([np.tile(rows, whole), chance.permutation(rows)[:rest]])
