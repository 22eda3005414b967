"""The mean of what several models say, how far they are apart, and how much each is to count by validation records.

Two means. The arithmetic one is the linear opinion pool of Stone 1961; its shares by expectation maximisation, as those
of a mixture whose parts stand fixed (Dempster, Laird and Rubin 1977, section 4.3). The geometric one, brought to sum 1,
is the logarithmic opinion pool (Genest and Zidek 1986; its shares as in Heskes 1998), in which a model that is sure
counts for more; its shares are drawn towards equal ones (Diebold and Pauly 1990), so that few records cannot set models
apart that are as good. Where every model has told of every record either likelihood has one summit, so that the start
does not matter. Shapes: M models, N records, C classes. Needs numpy, and scipy to fit a geometric mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

_ROUNDS = 1_000
_PRECISION = 1e-9
_LEAST_CHANCE = 1e-4
"""Probabilities below this count as this in a geometric mean: one model alone cannot rule a class out."""
_EVENNESS = 3.0
"""Nats that it costs when the shares differ from equal ones by their own size, root mean square."""
_SHARPNESS_SPREAD = 0.4
"""Of the sum of the exponents around 1, before any record is seen."""
_LEAST_EXPONENT = 1e-9


class GeometricShares(NamedTuple):
    """How a geometric mean is made.

    Attributes:
        shares: Of each model, `(M,)`, above 0, sum 1.
        sharpness: The power to which their mean is raised so that the records are least surprising: one over a
            temperature.
    """

    shares: Floats
    sharpness: float


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


def fit_geometric(truth: ArrayLike, chances: NDArray[np.floating], *, start: Floats | None = None) -> GeometricShares:
    """The shares of a geometric mean under which the true classes of the records are least surprising.

    Of a record that some models have not told of, the mean is that of the others.

    Args:
        truth: True class of each record, `(N,)`; equal shares come of no records.
        chances: What each model says of each, `(M, N, C)`, NaN where it has not told; one model at least has told of
            each.
        start: Shares times sharpness that may be near, `(M,)`: sooner done.
    """
    codes = np.asarray(truth, np.intp)
    count = len(chances)
    if not len(codes):
        return GeometricShares(equal_shares(count), 1.0)
    known = ~np.isnan(chances[:, :, 0])
    logs = _logarithms(chances)
    at = np.arange(len(codes))

    from scipy.optimize import minimize  # slow to import, and needed to fit alone

    def cost(exponents: Floats) -> tuple[float, Floats]:
        total = exponents.sum()
        heard = exponents @ known
        summed = np.tensordot(exponents, logs, axes=1)
        spread = _log_softmax(summed * (total / heard)[:, None])
        surprise = -spread[at, codes].sum()
        away = np.exp(spread)
        away[at, codes] -= 1.0
        slope = np.einsum("nc,mnc->m", away * (total / heard)[:, None], logs, optimize=True)
        along = (away * summed).sum(axis=1)
        slope += (along / heard).sum() - known @ (along * total / heard**2)
        uneven = exponents - exponents.mean()
        far = (total - 1.0) / _SHARPNESS_SPREAD
        surprise += _EVENNESS * count * float(uneven @ uneven) + 0.5 * far**2
        return float(surprise), slope + 2 * _EVENNESS * count * uneven + far / _SHARPNESS_SPREAD

    bounds = [(_LEAST_EXPONENT, None)] * count
    first = equal_shares(count) if start is None else start
    found = minimize(cost, first, jac=True, method="L-BFGS-B", bounds=bounds)
    sharpness = float(found.x.sum())
    return GeometricShares(found.x / sharpness, sharpness)


def geometric_mean_of(chances: NDArray[np.floating], shares: Floats, sharpness: float = 1.0) -> NDArray[np.float32]:
    """The geometric mean by shares, `(M, N, C)` and `(M,)` to float32 `(N, C)`; rows sum to 1.

    Args:
        chances: What each model says, NaN where it has not told: there the mean is that of the others.
        shares: Of each model, sum 1.
        sharpness: The power to which the mean is raised.
    """
    known = ~np.isnan(chances[:, :, 0])
    logs, total, heard = _logarithms(chances), np.zeros(chances.shape[1:]), np.zeros(chances.shape[1])
    for share, told, member in zip(shares, known, logs, strict=True):
        total += share * member
        heard += share * told
    with np.errstate(invalid="ignore"):  # where none has told the mean is NaN
        return np.exp(_log_softmax(sharpness * total / heard[:, None])).astype(np.float32)


def combined(chances: NDArray[np.float32], shares: Floats, *, geometric: bool) -> NDArray[np.float32]:
    """Either mean by shares, `(M, N, C)` and `(M,)` to float32 `(N, C)`; NaN where one model has not told."""
    if not geometric:
        return mean_of(chances, shares)
    mean = geometric_mean_of(chances, shares)
    mean[np.isnan(chances).any(axis=(0, 2))] = np.nan
    return mean


def shares_by(truth: ArrayLike, chances: NDArray[np.float32], *, geometric: bool) -> Floats:
    """The shares for either mean, `(M,)`, by validation records; arguments as in `fit_shares`."""
    return fit_geometric(truth, chances).shares if geometric else fit_shares(truth, chances)


def _log_softmax(logits: Floats) -> Floats:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _logarithms(chances: NDArray[np.floating]) -> Floats:
    """Of probabilities; 0 where a model has not told."""
    return np.log(np.clip(np.nan_to_num(chances.astype(np.float64), nan=1.0), _LEAST_CHANCE, 1.0))


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
