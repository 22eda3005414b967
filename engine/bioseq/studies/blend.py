"""Whether the mean of several models is better than the best of them, told by validation predictions alone.

The mean is the geometric one, its shares are fitted and drawn towards equal ones (`evaluation.mixture`). While there
are too many models, or one whose share is next to nothing, the one with the smallest share is left out and the others
are fitted anew (`resources/help/development/best.md` tells what this is better than).
Whether the mean beats the best single model is told by cross-fitting: chosen on one half of the records, judged on the
other. A model need not have told of every record: where it has not, the mean is that of the others. Shapes: N records,
C classes, M models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bioseq.evaluation.mixture import fit_geometric, geometric_mean_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Chances = Mapping[str, Floats]

_LEAST = 0.03
"""Share of the mean from which a model is worth its place."""
_CLEARLY = 2.0
"""Standard errors. When the mean gains too little even with so many added, the best single model stands alone."""
_WORTH = 1e-4
"""Nats that a mean has to gain."""
_SMALLEST = 1e-7


class Mean(NamedTuple):
    """How several models are made one.

    Attributes:
        weights: Name to weight, they sum to 1, the largest first.
        sharpness: The power to which their geometric mean is raised: one over a temperature.
    """

    weights: dict[str, float]
    sharpness: float


@dataclass(frozen=True, slots=True)
class Blend:
    """What the answer is made of.

    Attributes:
        weights: Name to weight, they sum to 1, the largest first; one name when a single model is best.
        loss: Log loss of the whole on the validation records that `single` has predicted, once calibrated, nats.
        single: Name of the model that leads on the same records.
        single_loss: Its log loss there, once calibrated.
        gain: By how much cross-fitted blends have a lower loss there than cross-fitted single models, nats.
        error: Standard error of that.
        folds: The first folds, on whose records all this was told.
        records: How many records `loss`, `single_loss` and `gain` speak of.
    """

    weights: dict[str, float]
    loss: float
    single: str
    single_loss: float
    gain: float
    error: float
    folds: int = 1
    records: int = 0

    @property
    def padded(self) -> bool:
        """A model whose share is next to nothing stays, because no other has told of all records."""
        return min(self.weights.values()) < _LEAST

    def sentence(self, titles: Mapping[str, str]) -> str:
        """What was decided, and which figures were compared for it.

        Args:
            titles: Name of a model to its title.
        """
        leader = titles.get(self.single, self.single)
        where = f"{self.records:,} validation records" if self.records else "the validation records"
        if len(self.weights) > 1:
            return (
                f"On {where} the mean of {len(self.weights)} models has a log loss of {self.loss:.4f}, and {leader}, "
                f"which leads among single models on the same records, of {self.single_loss:.4f}, both once "
                f"calibrated. Chosen on one half and evaluated on the other, the mean gains {self.gain:.4f} ± "
                f"{self.error:.4f}."
            )
        alone = f"No mean of several models is better on {where} than {leader}, which leads there with a log loss of "
        alone += f"{self.single_loss:.4f} once calibrated"
        if not self.gain <= 0:  # it gains on halves what it does not on all records, or there are no halves
            return f"{alone}."
        return (
            f"{alone}: chosen on one half and evaluated on the other, means gain {self.gain:+.4f} ± {self.error:.4f}."
        )


def best_blend(truth: NDArray[np.int64], chances: Chances, *, most: int, seed: int) -> Blend:
    """The best single model, or a blend where validation says that it is better.

    Args:
        truth: True classes, `(N,)`.
        chances: Name to validation probabilities, `(N, C)`, NaN in the rows of records that a model has not told of;
            one model at least has told of all.
        most: Different models in a blend at most.
        seed: Of the halves.
    """
    single = _single(truth, chances)
    mean = mean_for(truth, chances, most=most)
    singles, blends = cross_fitted(truth, chances, most=most, seed=seed)
    gain, error = mean_and_error(singles - blends)
    if gain + _CLEARLY * error <= _WORTH:
        mean = Mean({single: 1.0}, 1.0)
    leader = _leader(truth, chances, single)
    shared = np.isfinite(chances[leader].sum(axis=1))
    told = {name: one[shared] for name, one in chances.items()}
    if leader != single:
        singles, blends = cross_fitted(truth[shared], told, most=most, seed=seed)
        gain, error = mean_and_error(singles - blends)
    return Blend(
        weights=mean.weights,
        loss=float(surprise_of(truth[shared], told, mean.weights).mean()),
        single=leader,
        single_loss=float(surprise_of(truth[shared], told, {leader: 1.0}).mean()),
        gain=gain,
        error=error,
        records=int(np.count_nonzero(shared)),
    )


def surprise_of(truth: NDArray[np.int64], chances: Chances, weights: Mapping[str, float]) -> Floats:
    """Log loss of each record by a mean that is as sharp as these records ask for, `(N,)`."""
    mixed = mean_of(chances, weights)
    return surprise(truth, mean_of({"": mixed}, {"": 1.0}, fit_geometric(truth, mixed[None]).sharpness))


def mean_for(truth: NDArray[np.int64], chances: Chances, *, most: int) -> Mean:
    """The mean of those models, at most so many, that are worth it; arguments as in `best_blend`."""
    names = list(chances)
    told = np.stack([chances[name] for name in names])
    complete = np.isfinite(told.sum(axis=(1, 2)))
    kept = np.arange(len(names))
    found = fit_geometric(truth, told)
    while len(kept) > 1:
        free = np.flatnonzero(~complete[kept] | (complete[kept].sum() > 1))  # there is a mean for every record
        smallest = free[found.shares[free].argmin()]
        if len(kept) <= most and found.shares[smallest] >= _LEAST:
            break
        kept = np.delete(kept, smallest)
        found = fit_geometric(truth, told[kept], start=np.delete(found.shares, smallest) * found.sharpness)
    order = np.argsort(-found.shares, kind="stable")
    return Mean({names[kept[place]]: float(found.shares[place]) for place in order}, found.sharpness)


def mean_of(chances: Chances, weights: Mapping[str, float], sharpness: float = 1.0) -> Floats:
    """The geometric mean of probabilities, `(N, C)`, of those models that have told of a record."""
    if len(weights) == 1 and sharpness == 1.0:
        return chances[next(iter(weights))]
    told = np.stack([chances[name] for name in weights])
    return geometric_mean_of(told, np.array(list(weights.values())), sharpness).astype(np.float64)


def surprise(truth: NDArray[np.int64], chances: Floats) -> Floats:
    """Log loss of each record, nats, `(N,)`."""
    return -np.log(np.clip(chances[np.arange(len(truth)), truth], _SMALLEST, 1.0))


def _single(truth: NDArray[np.int64], chances: Chances) -> str:
    losses = {name: float(surprise(truth, one).mean()) for name, one in chances.items() if not np.isnan(one).any()}
    return min(losses, key=lambda name: losses[name])


def _leader(truth: NDArray[np.int64], chances: Chances, single: str) -> str:
    """The model that leads; one that has not told of every record is held against `single` on those that it has."""
    reference = surprise(truth, chances[single])
    behind = {name: float(np.nanmean(surprise(truth, one) - reference)) for name, one in chances.items()}
    return min(behind, key=lambda name: (behind[name], name != single))


def cross_fitted(truth: NDArray[np.int64], chances: Chances, *, most: int, seed: int) -> tuple[Floats, Floats]:
    """Log loss of each record by the best single model and by the blend, both chosen on the other half, two `(N,)`.

    Either is as sharp as the other half asks for. Without two halves, of fewer than two records, both are 0.
    """
    order = np.random.default_rng(seed).permutation(len(truth))
    order = order[np.argsort(truth[order], kind="stable")]
    singles, blends = np.zeros(len(truth)), np.zeros(len(truth))
    for half in (0, 1):
        rows, others = order[half::2], order[1 - half :: 2]
        if not len(rows) or not len(others):
            continue
        learnt = {name: one[others] for name, one in chances.items()}
        judged = {name: one[rows] for name, one in chances.items()}
        single = _single(truth[others], learnt)
        alone = Mean({single: 1.0}, fit_geometric(truth[others], learnt[single][None]).sharpness)
        together = mean_for(truth[others], learnt, most=most)
        singles[rows] = surprise(truth[rows], mean_of(judged, *alone))
        blends[rows] = surprise(truth[rows], mean_of(judged, *together))
    return singles, blends


def mean_and_error(values: Floats) -> tuple[float, float]:
    """The mean and its standard error; that is NaN of fewer than two values."""
    error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    return float(values.mean()), error
