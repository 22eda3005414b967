"""Whether the mean of several models is better than the best of them, told by validation predictions alone.

Models are taken one by one, with replacement, as long as each makes the mean better; how often one was taken is its
weight. That is done on many draws of the records and the weights are averaged, so that not a few records decide which
of two models that are nearly alike is taken (Caruana et al. 2004, Ensemble selection from libraries of models, section
2.3, with draws of records in place of models). Whether the mean beats the best single model is told by cross-fitting:
chosen on one half of the records, judged on the other. A model need not have told of every record: where it has not,
the mean is that of the others. Shapes: N records, C classes, M models.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Chances = Mapping[str, Floats]

_TAKEN = 24
"""Models taken at most, each time it is taken counted."""
_WORTH = 1e-4
"""Nats by which one more must better the mean."""
_DRAWS = 20
"""Draws of the records, with replacement."""
_LEAST = 0.03
"""Share of the mean from which a model is worth its place."""
_SMALLEST = 1e-7


@dataclass(frozen=True, slots=True)
class Blend:
    """What the answer is made of.

    Attributes:
        weights: Name to weight, they sum to 1, the largest first; one name when a single model is best.
        loss: Log loss of the whole on the validation records, nats.
        single: Name of the best single model.
        single_loss: Its log loss.
        gain: By how much cross-fitted blends have a lower loss than cross-fitted single models, nats.
        error: Standard error of that.
        folds: The first folds, on whose records all this was told.
    """

    weights: dict[str, float]
    loss: float
    single: str
    single_loss: float
    gain: float
    error: float
    folds: int = 1

    @property
    def sentence(self) -> str:
        """What was decided, and why."""
        told = f"log loss {self.single_loss:.4f}"
        if len(self.weights) > 1:
            return (
                f"The mean of {len(self.weights)} models has a lower log loss on validation ({self.loss:.4f}) than the "
                f"best of them ({told}); chosen on one half and judged on the other it gains {self.gain:.4f} ± "
                f"{self.error:.4f}."
            )
        alone = f"No mean of several models is better on validation than the best one ({told})"
        if not self.gain <= 0:  # it gains on halves what it does not on all records, or there are no halves
            return f"{alone}."
        return f"{alone}: chosen on one half and judged on the other it gains {self.gain:+.4f} ± {self.error:.4f}."


def best_blend(truth: NDArray[np.int64], chances: Chances, *, most: int, seed: int) -> Blend:
    """The best single model, or a blend where validation says that it is better.

    Args:
        truth: True classes, `(N,)`.
        chances: Name to validation probabilities, `(N, C)`, NaN in the rows of records that a model has not told of;
            one model at least has told of all.
        most: Different models in a blend at most.
        seed: Of the draws and the halves.
    """
    single = _single(truth, chances)
    weights = weights_of(truth, chances, most=most, seed=seed)
    singles, blends = cross_fitted(truth, chances, most=most, seed=seed)
    gain, error = mean_and_error(singles - blends)
    if gain + error < 0:
        weights = {single: 1.0}
    return Blend(
        weights=weights,
        loss=float(surprise(truth, mean_of(chances, weights)).mean()),
        single=single,
        single_loss=float(surprise(truth, chances[single]).mean()),
        gain=gain,
        error=error,
    )


def weights_of(truth: NDArray[np.int64], chances: Chances, *, most: int, seed: int) -> dict[str, float]:
    """Weights of the models in the mean, the largest first; they sum to 1; arguments as in `best_blend`."""
    names = list(chances)
    told = np.array([chances[name][np.arange(len(truth)), truth] for name in names])
    random = np.random.default_rng(seed)
    often = [np.bincount(random.integers(0, len(truth), len(truth)), minlength=len(truth)) for _ in range(_DRAWS)]
    shares = np.mean([_greedy(told, counts, most=most) for counts in often], axis=0)
    first = int(np.where(np.isnan(told).any(axis=1), -1, shares).argmax())  # there is a mean for every record
    ranked = sorted(np.flatnonzero(shares >= _LEAST).tolist(), key=lambda model: -shares[model])
    kept = sorted({first, *[model for model in ranked if model != first][: most - 1]}, key=lambda model: -shares[model])
    whole = math.fsum(shares[kept])
    return {names[model]: float(shares[model]) / whole for model in kept}


def _greedy(told: Floats, often: NDArray[np.int64], *, most: int) -> Floats:
    """Share of each model in the mean that is chosen on one draw, `(M,)`.

    Args:
        told: Probabilities of the true classes, `(M, N)`, NaN where a model has not told.
        often: How often each record was drawn, `(N,)`.
        most: Different models at most.
    """
    drawn = often > 0
    often, told = often[drawn], told[:, drawn]
    known = ~np.isnan(told)
    given = np.where(known, told, 0.0)
    taken = np.zeros(len(told), np.int64)
    total, count = np.zeros(len(often)), np.zeros(len(often))
    lowest = math.inf
    for _ in range(_TAKEN):
        if not taken.any():
            pool = np.flatnonzero(known.all(axis=1))
        else:
            pool = np.arange(len(told)) if (taken > 0).sum() < most else np.flatnonzero(taken)
        mixed = (total + given[pool]) / (count + known[pool])
        losses = -np.log(np.clip(mixed, _SMALLEST, 1.0)) @ often / often.sum()
        best = int(losses.argmin())
        if losses[best] > lowest - _WORTH:
            break
        lowest = float(losses[best])
        taken[pool[best]] += 1
        total, count = total + given[pool[best]], count + known[pool[best]]
    return np.asarray(taken / taken.sum())


def mean_of(chances: Chances, weights: Mapping[str, float]) -> Floats:
    """The weighted mean of probabilities, `(N, C)`, of those models that have told of a record."""
    known = {name: ~np.isnan(chances[name][:, :1]) for name in weights}
    total = np.sum([weight * np.where(known[name], chances[name], 0.0) for name, weight in weights.items()], axis=0)
    return np.asarray(total / np.sum([weight * known[name] for name, weight in weights.items()], axis=0))


def surprise(truth: NDArray[np.int64], chances: Floats) -> Floats:
    """Log loss of each record, nats, `(N,)`."""
    return -np.log(np.clip(chances[np.arange(len(truth)), truth], _SMALLEST, 1.0))


def _single(truth: NDArray[np.int64], chances: Chances) -> str:
    losses = {name: float(surprise(truth, one).mean()) for name, one in chances.items() if not np.isnan(one).any()}
    return min(losses, key=lambda name: losses[name])


def cross_fitted(truth: NDArray[np.int64], chances: Chances, *, most: int, seed: int) -> tuple[Floats, Floats]:
    """Log loss of each record by the best single model and by the blend, both chosen on the other half, two `(N,)`.

    Without two halves, of fewer than two records, both are 0.
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
        weights = weights_of(truth[others], learnt, most=most, seed=seed)
        singles[rows] = surprise(truth[rows], judged[_single(truth[others], learnt)])
        blends[rows] = surprise(truth[rows], mean_of(judged, weights))
    return singles, blends


def mean_and_error(values: Floats) -> tuple[float, float]:
    """The mean and its standard error; that is NaN of fewer than two values."""
    error = float(values.std(ddof=1) / math.sqrt(len(values))) if len(values) > 1 else math.nan
    return float(values.mean()), error
