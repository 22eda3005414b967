"""The mean of what several models say, how far they are apart, and how much each is to count by validation records.

Source of the shares: the linear opinion pool of Stone 1961; its weights by expectation maximisation, as those of a
mixture whose parts stand fixed (Dempster, Laird and Rubin 1977, section 4.3). The likelihood has one summit, so that
the start does not matter. Shapes: M models, N records, C classes. Needs numpy only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ROUNDS = 1_000
_PRECISION = 1e-9


def equal_shares(count: int) -> NDArray[np.float64]:
    """The same share for each of so many models, `(M,)`."""
    return np.full(count, 1.0 / count)


def fit_shares(truth: ArrayLike, chances: NDArray[np.float32]) -> NDArray[np.float64]:
    """The shares under which the true classes of the records are least surprising, `(M,)`, above 0, sum 1.

    Each model counts as if it had explained one record more on its own, so that few records cannot silence any.

    Args:
        truth: True class of each record, `(N,)`; equal shares come of no records.
        chances: What each model says of each, `(M, N, C)`.
    """
    codes = np.asarray(truth, np.intp)
    shares = equal_shares(len(chances))
    if not len(codes):
        return shares
    told = np.maximum(chances[:, np.arange(len(codes)), codes].astype(np.float64), np.finfo(np.float32).tiny)
    for _ in range(_ROUNDS):
        parts = shares[:, None] * told
        following = ((parts / parts.sum(axis=0)).sum(axis=1) + 1.0) / (len(codes) + len(shares))
        settled = np.abs(following - shares).max() < _PRECISION
        shares = following
        if settled:
            break
    return np.asarray(shares / shares.sum(), np.float64)


def mean_of(chances: NDArray[np.float32], shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """The mean by shares, `(M, N, C)` and `(M,)` to float32 `(N, C)`; rows sum to 1.

    Summed member by member in float64: the same bits whichever other records are there.
    """
    mean = np.zeros(chances.shape[1:])
    for share, member in zip(shares, chances, strict=True):
        mean += share * member
    return mean.astype(np.float32)


def spread_of(chances: NDArray[np.float32], shares: NDArray[np.float64]) -> NDArray[np.float32]:
    """The standard deviation by shares, `(M, N, C)` and `(M,)` to float32 `(N, C)`."""
    wide = chances.astype(np.float64)
    mean = np.tensordot(shares, wide, axes=1)
    return np.sqrt(np.tensordot(shares, (wide - mean) ** 2, axes=1)).astype(np.float32)
