"""Logistic regression and linear support-vector machines, learnt by scikit-learn, kept as arrays.

Each round learns all records with one strength of regularisation, from cautious to free; the judging records choose.
What does so, and the calibration of scores, also serves machines with a kernel. torch-free.
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.baselines.linear import LinearModel, sigmoid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.baselines.classifier import Scorer
    from bioseq.training.baseline_learners import Lesson

STRENGTHS = {
    "lr": (0.0003, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0),
    "svm": (0.0001, 0.001, 0.01, 0.1, 1.0),
    "rbf_svm": (0.1, 0.3, 1.0, 3.0, 10.0),
}
"""What is tried when the person leaves the choice: inverse strength of the regularisation, C."""
_MOST_ITERATIONS = 1_000
_DENSE = 0.3
"""Share of numbers other than 0 from which features are centred: fewer steps, and no memory lost."""
_MOST_FOLDS = 3
_FEW_PER_CLASS = 50


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Features with a spread of 1, and a mean of 0 where they are dense.

    Attributes:
        shift: Taken off each feature, `(F,)`.
        scale: What it is then divided by, `(F,)`, above 0.
    """

    shift: NDArray[np.float64]
    scale: NDArray[np.float64]

    @classmethod
    def of(cls, features: csr_matrix) -> Scaling:
        """The scaling that fits these records."""
        count, width = features.shape
        mean = np.asarray(features.mean(axis=0)).ravel()
        square = np.asarray(features.multiply(features).mean(axis=0)).ravel()
        spread = np.sqrt(np.maximum(square - mean**2, 0.0))
        # What rounding leaves of a constant is no spread: the root of one part in 1e16, 1e-8.
        scale = np.where(spread > 1e-6 * np.abs(mean), spread, 1.0)
        dense = features.nnz > _DENSE * count * width
        return cls(mean if dense else np.zeros(width), scale)

    @classmethod
    def none(cls, features: csr_matrix) -> Scaling:
        """The scaling that leaves all as it is."""
        return cls(np.zeros(features.shape[1]), np.ones(features.shape[1]))

    def apply(self, features: csr_matrix) -> Any:
        """The scaled features, dense or sparse, as they are learnt best."""
        if self.shift.any():
            return (features.toarray() - self.shift) / self.scale
        return features.multiply(1 / self.scale).tocsr()

    def undone(
        self, coefficients: NDArray[np.float64], intercepts: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights of the features as they were, from those of the scaled features."""
        plain = coefficients / self.scale
        return plain, intercepts - plain @ self.shift


class StrengthLearner(ABC):
    """Tries strengths one after the other.

    Args:
        lesson: Records to learn from.
        name: Of the model.
    """

    def __init__(self, lesson: Lesson, name: str) -> None:
        self.strengths = (lesson.hyper["strength"],) if lesson.hyper["strength"] else STRENGTHS[name]
        self._lesson = lesson
        self._models: list[Scorer] = []

    @property
    def rounds(self) -> int:
        """One for each strength."""
        return len(self.strengths)

    def advance(self) -> str:
        """Learn with the next strength; says which."""
        strength = self.strengths[len(self._models)]
        self._models.append(self._learnt(strength, self._lesson))
        return f"C = {strength:g}"

    def chances(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Probabilities that the newest model gives the records that were learnt, and those that judge."""
        model, lesson = self._models[-1], self._lesson
        return model.probabilities(lesson.features), (
            None if lesson.judge_features is None else model.probabilities(lesson.judge_features)
        )

    def result(self, best_round: int, everything: Lesson | None = None) -> Scorer:
        """The model of a round, 1-based; learnt again from these records with its strength, where they are given."""
        if everything is None:
            return self._models[best_round - 1]
        return self._learnt(self.strengths[best_round - 1], everything)

    def fit(self, best_round: int) -> Scorer:
        """The model of a round, 1-based, without those before it."""
        return self._learnt(self.strengths[best_round - 1], self._lesson)

    @abstractmethod
    def _learnt(self, strength: float, lesson: Lesson) -> Scorer:
        """A model of this strength, from these records."""


class LinearLearner(StrengthLearner):
    """Logistic regression, or a linear support-vector machine, whose scores have to be calibrated."""

    def __init__(self, lesson: Lesson, *, calibrated: bool) -> None:
        super().__init__(lesson, "svm" if calibrated else "lr")
        self._calibrated = calibrated

    def _learnt(self, strength: float, lesson: Lesson) -> LinearModel:
        scaling = (Scaling.none if lesson.hyper["scaling"] == "none" else Scaling.of)(lesson.features)
        scaled = scaling.apply(lesson.features)
        fit = _support_vectors if self._calibrated else _logistic
        coefficients, intercepts = scaling.undone(*fit(scaled, lesson.labels, lesson.weights, strength, lesson.seed))
        if not self._calibrated:
            return LinearModel(coefficients, intercepts)

        def fit_part(rows: NDArray[np.intp], others: NDArray[np.intp]) -> NDArray[np.float64]:
            part = _support_vectors(scaled[rows], lesson.labels[rows], lesson.weights[rows], strength, lesson.seed)
            found: NDArray[np.float64] = scaled[others] @ part[0].T + part[1]
            return found

        def score(features: csr_matrix) -> NDArray[np.float64]:
            found: NDArray[np.float64] = features @ coefficients.T + intercepts
            return found

        return LinearModel(coefficients, intercepts, calibration_of(lesson, score, fit_part))


def _logistic(
    features: Any, labels: NDArray[np.int64], weights: NDArray[np.float64], strength: float, _seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=_MOST_ITERATIONS)
    with _cut_short():
        model.fit(features, labels, sample_weight=weights)
    return model.coef_, model.intercept_


def _support_vectors(
    features: Any, labels: NDArray[np.int64], weights: NDArray[np.float64], strength: float, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from sklearn.svm import LinearSVC

    model = LinearSVC(C=strength, max_iter=_MOST_ITERATIONS, random_state=seed)
    with _cut_short():
        model.fit(features, labels, sample_weight=weights)
    return model.coef_, np.asarray(model.intercept_, np.float64).reshape(len(model.coef_))


@contextmanager
def _cut_short() -> Iterator[None]:
    """A fit that is cut short comes out within a few thousandths: no reason to trouble anyone."""
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def calibration_of(
    lesson: Lesson,
    score: Callable[[csr_matrix], NDArray[np.float64]],
    fit_part: Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """Slope and offset of each score of a machine, `(R, 2)`, by records that it has not learnt.

    Those that judge, when each class has a few among them; else the training records themselves, in folds of which
    each is scored by a machine that has learnt the others.

    Args:
        lesson: What the machine has learnt.
        score: Features `(N, F)` to scores `(N, R)` of the machine.
        fit_part: Rows to learn and rows to score, both of the lesson, to the scores of the latter.
    """
    scores, truth, weights = _calibrating(lesson, score, fit_part)
    columns = lesson.present[1:] if len(lesson.present) == 2 else lesson.present
    pairs = [platt(scores[:, column], truth == label, weights) for column, label in enumerate(columns.tolist())]
    return np.array(pairs)


def _calibrating(
    lesson: Lesson,
    score: Callable[[csr_matrix], NDArray[np.float64]],
    fit_part: Callable[[NDArray[np.intp], NDArray[np.intp]], NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.float64]]:
    """Scores of records that the machine has not learnt, with their classes and weights."""
    if lesson.judge_features is not None and lesson.judge_labels is not None:
        counts = [np.count_nonzero(lesson.judge_labels == label) for label in lesson.present]
        if min(counts) >= _FEW_PER_CLASS:
            return score(lesson.judge_features), lesson.judge_labels, lesson.class_weights[lesson.judge_labels]
    scores = score(lesson.features)
    folds = min(_MOST_FOLDS, *(int(np.count_nonzero(lesson.labels == label)) for label in lesson.present))
    if folds > 1:
        from sklearn.model_selection import StratifiedKFold

        split = StratifiedKFold(folds, shuffle=True, random_state=lesson.seed)
        for rows, others in split.split(scores, lesson.labels):
            scores[others] = fit_part(rows, others)
    return scores, lesson.labels, lesson.weights


def platt(scores: NDArray[np.float64], truth: NDArray[np.bool_], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Slope a and offset b with which 1 / (1 + exp(a * score + b)) is the probability of the class.

    Platt 2000, with his softened targets; by maximum likelihood, weighted. Scores are `(N,)`.
    """
    from scipy.optimize import minimize

    positive, negative = float(weights[truth].sum()), float(weights[~truth].sum())
    target = np.where(truth, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        exponent = parameters[0] * scores + parameters[1]
        # -log p = log(1 + e^x) and -log(1 - p) = log(1 + e^-x), with p = 1 / (1 + e^x)
        value = weights @ (np.logaddexp(0, exponent) - (1 - target) * exponent)
        slope = weights * (sigmoid(exponent) - (1 - target))
        return float(value), np.array([slope @ scores, slope.sum()])

    start = np.array([0.0, np.log((negative + 1) / (positive + 1))])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-13, "gtol": 1e-9})
    return float(found.x[0]), float(found.x[1])
