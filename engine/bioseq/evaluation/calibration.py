"""Probabilities that mean what they say: fitted on validation records, and reliability with intervals.

Three things are set right, in this order. Weights of the classes, or records that were repeated, left out or made up,
teach a model other class frequencies than the data have; they are known, so they are divided out of the odds (Elkan
2001, theorem 2; Saerens, Latinne and Decaestecker 2002, equation 4). A temperature makes the evidence as strong as it
is (Guo et al. 2017, On calibration of modern neural networks). A bias per class takes back what is left, where there
are records enough to see it (vector scaling of Guo et al. with one factor for all classes; Platt 2000 with two
classes). The temperature acts on the evidence beside the class frequencies, so that a model that knows nothing says
the frequencies and not one half. Priors, normal of the logarithm of the temperature and Cauchy of the biases, keep few
records from asking for more than they know.

What was found is a `bioseq.runs.calibration.Calibration`. Shapes: N records, C classes. Needs numpy, and scipy to fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bioseq.evaluation.metrics import calibration_bins, log_loss
from bioseq.runs.calibration import (
    AS_IT_IS,
    FLATTEST,
    Calibration,
    calibration_from,
    log_softmax,
    logits_of,
    tempered,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = [
    "AS_IT_IS",
    "COLDEST",
    "FLATTEST",
    "HOTTEST",
    "LEAST_OF_CLASS",
    "LEAST_RECORDS",
    "Calibration",
    "MeanProbability",
    "Reliability",
    "calibrated_loss",
    "calibration_from",
    "fit_calibration",
    "mean_probabilities",
    "reliability",
    "share_interval",
    "tempered",
]

COLDEST, HOTTEST = 0.05, 20.0
"""Temperatures beyond these are not fitted: there a model knows nothing, or the records are too easy to tell."""
LEAST_RECORDS = 10
"""With fewer validation records a temperature says more about them than about the model."""
LEAST_OF_CLASS = 10
"""With fewer validation records of a class its bias costs more by chance than it brings (help, Development)."""
_PRIOR_SPREAD = 0.4
"""Of the logarithm of the temperature before any record is seen: two in three models lie between 0.67 and 1.5."""
_BIAS_SCALE = 0.2
"""Of the Cauchy distribution, the prior of the bias of a class: most are small, a few are large."""
_UNSEEN = 0.5
"""Records that each class counts beside those that were seen, so that no frequency is 0."""
_PRECISION = 1e-9


class Reliability(NamedTuple):
    """Observed share against mean probability in bins of equally many records, `(B,)` each.

    `low` and `high` bound the share that would be observed among many records (Wilson 1927).
    """

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    counts: NDArray[np.int64]


def fit_calibration(
    truth: ArrayLike, probabilities: ArrayLike, *, prior_log_weights: Sequence[float] = ()
) -> Calibration:
    """The calibration under which validation records are least surprising.

    With fewer than `LEAST_RECORDS` only the weights of training are undone. Classes with fewer than `LEAST_OF_CLASS`
    get no bias of their own. Where that leaves the log loss above that of the class frequencies of these records, the
    prior of the temperature is given up, up to `FLATTEST`, where next to nothing but the frequencies is left.

    Args:
        truth: True class of each record, `(N,)`.
        probabilities: As the model gives them, `(N, C)`; records of validation, never of the test.
        prior_log_weights: Logarithm of the weight that training gave to each class beside the data, `(C,)`; empty for
            none (`training.inputs.prior_log_weights`).
    """
    codes = np.asarray(truth).astype(np.int64)
    weights = tuple(float(weight) for weight in prior_log_weights) if np.any(prior_log_weights) else ()
    if len(codes) < LEAST_RECORDS:
        return Calibration(prior_log_weights=weights)
    logits = logits_of(probabilities)
    counts = np.bincount(codes, minlength=logits.shape[1])
    frequencies = np.log((counts + _UNSEEN) / (counts + _UNSEEN).sum())
    evidence = log_softmax(logits - np.asarray(weights or 0.0)) - frequencies
    fitting = _Fitting(codes, evidence, frequencies, counts >= LEAST_OF_CLASS)
    found = fitting.fit(_PRIOR_SPREAD, HOTTEST)
    if found.surprise > -float(counts @ frequencies):
        found = fitting.fit(math.inf, FLATTEST)
    bias = (1 - 1 / found.temperature) * frequencies + found.bias
    bias -= bias.mean()
    uneven = np.abs(bias).max() > _PRECISION
    return Calibration(found.temperature, tuple(bias.tolist()) if uneven else (), weights)


def calibrated_loss(truth: ArrayLike, probabilities: ArrayLike, *, prior_log_weights: Sequence[float] = ()) -> float:
    """Log loss once the probabilities are calibrated on the same records, nats; arguments as in `fit_calibration`.

    It tells how well a model tells classes apart, whatever it makes of its own certainty: a model that learns on after
    its log loss is lowest often only gets too sure, which a temperature takes back (Berta, Holzmüller, Jordan and Bach
    2025, Rethinking early stopping: refine, then calibrate).
    """
    told = np.asarray(probabilities, np.float32)
    return log_loss(truth, fit_calibration(truth, told, prior_log_weights=prior_log_weights).apply(told))


class MeanProbability(NamedTuple):
    """Mean probability of a class beside how frequent it is among the same records.

    `low` and `high` bound the prevalence among many such records (Wilson 1927).
    """

    mean: float
    prevalence: float
    low: float
    high: float

    @property
    def within(self) -> bool:
        """Whether the mean probability lies within the interval of the prevalence."""
        return self.low <= self.mean <= self.high


def mean_probabilities(
    truth: ArrayLike, probabilities: NDArray[np.float32], *, level: float = 0.95
) -> tuple[MeanProbability, ...]:
    """Calibration in the large: for each class its mean probability and its prevalence with an interval.

    Args:
        truth: True class of each record, `(N,)`, one record at least.
        probabilities: Of the classes, `(N, C)`.
        level: Share of such intervals that hold the prevalence, (0, 1).
    """
    counts = np.bincount(np.asarray(truth, np.intp), minlength=probabilities.shape[1])
    prevalences = counts / counts.sum()
    low, high = share_interval(prevalences, np.full(len(counts), counts.sum()), level=level)
    means = probabilities.mean(axis=0, dtype=np.float64)
    return tuple(map(MeanProbability, means.tolist(), prevalences.tolist(), low.tolist(), high.tolist()))


def reliability(positive: ArrayLike, score: ArrayLike, *, bins: int = 10, level: float = 0.95) -> Reliability:
    """Observed share against probability, with intervals; arguments as in `metrics.calibration_bins`."""
    found = calibration_bins(positive, score, bins=bins)
    low, high = share_interval(found.observed, found.counts, level=level)
    return Reliability(found.predicted, found.observed, low, high, found.counts)


def share_interval(share: ArrayLike, records: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson's score interval of observed shares (Wilson 1927; Brown, Cai and DasGupta 2001, equation 4).

    Args:
        share: Observed, [0, 1].
        records: Of how many, at least 1.
        level: Share of such intervals that hold the true share, (0, 1).
    """
    found, count = np.asarray(share, np.float64), np.asarray(records, np.float64)
    reach = NormalDist().inv_cdf((1 + level) / 2)
    widened = count + reach**2
    centre = (found * count + reach**2 / 2) / widened
    half = reach * np.sqrt(count) / widened * np.sqrt(found * (1 - found) + reach**2 / (4 * count))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)


class _Fitted(NamedTuple):
    """What was found: a temperature of the evidence, biases, and the surprise of all records at them, nats."""

    temperature: float
    bias: Floats
    surprise: float


@dataclass(frozen=True, slots=True, eq=False)
class _Fitting:
    """Records whose surprise is made small.

    Attributes:
        codes: True class of each, `(N,)`.
        evidence: Logits without the logarithms of the class frequencies, `(N, C)`.
        frequencies: Those logarithms, `(C,)`.
        biased: Which classes get a bias, `(C,)`.
    """

    codes: NDArray[np.int64]
    evidence: Floats
    frequencies: Floats
    biased: NDArray[np.bool_]

    def fit(self, spread: float, hottest: float) -> _Fitted:
        """The best temperature up to the hottest, its logarithm with a prior of this spread, and biases."""
        from scipy.optimize import minimize  # slow to import, and needed to fit alone

        def cost(place: Floats) -> tuple[float, Floats]:
            surprise, slope = self._surprise(place)
            far, bias = place[0] / spread, place[1:]
            wide = _BIAS_SCALE**2 + bias**2
            unlikely = far**2 / 2 + float(np.log(wide).sum())
            return surprise + unlikely, slope + np.r_[far / spread, 2 * bias / wide]

        bounds = [(-math.log(hottest), -math.log(COLDEST)), *[(None, None)] * int(self.biased.sum())]
        options = {"ftol": 1e-13, "gtol": 1e-7, "maxiter": 500}
        found = minimize(cost, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds, options=options)
        surprise, _ = self._surprise(found.x)
        bias = np.zeros(len(self.biased))
        bias[self.biased] = found.x[1:]
        return _Fitted(math.exp(-float(found.x[0])), bias, surprise)

    def _surprise(self, place: Floats) -> tuple[float, Floats]:
        """Surprise of all records and its slope, by the logarithm of one over the temperature and by the biases."""
        sharpness = math.exp(float(place[0]))
        logits = sharpness * self.evidence + self.frequencies
        logits[:, self.biased] += place[1:]
        logarithms = log_softmax(logits)
        rows = np.arange(len(self.codes))
        surprise = -float(logarithms[rows, self.codes].sum())
        away = np.exp(logarithms)
        away[rows, self.codes] -= 1.0
        along = sharpness * float(np.sum(away * self.evidence))
        return surprise, np.r_[along, away[:, self.biased].sum(axis=0)]
