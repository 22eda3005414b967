"""What a linear classifier has learnt, as arrays, and the probabilities that follow from it.

Shapes: N records, F features, C classes, R scores: one per class, or a single one for two classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.runs.weights import Weights


@dataclass(frozen=True, slots=True, eq=False)
class LinearModel:
    """Logistic regression, or a linear support-vector machine with calibrated scores.

    Attributes:
        coefficients: `(R, F)`, float64; the scaling of the features is multiplied in.
        intercepts: `(R,)`, float64.
        calibration: Slope and offset `(R, 2)` that make a probability of each score (Platt 2000); None for logistic
            regression, whose scores are log odds already.
    """

    coefficients: NDArray[np.float64]
    intercepts: NDArray[np.float64]
    calibration: NDArray[np.float64] | None = None

    def probabilities(self, features: csr_matrix) -> NDArray[np.float64]:
        """Probability of each class, `(N, C)`."""
        scores = features @ self.coefficients.T + self.intercepts
        if self.calibration is None:
            return two_sided(sigmoid(scores)) if scores.shape[1] == 1 else softmax(scores)
        return calibrated_chances(scores, self.calibration)

    def to_weights(self) -> Weights:
        """All of it as named arrays."""
        weights: Weights = {"coefficients": self.coefficients, "intercepts": self.intercepts}
        return weights if self.calibration is None else {**weights, "calibration": self.calibration}

    @classmethod
    def from_weights(cls, weights: Weights, *, features: int, classes: int, calibrated: bool) -> LinearModel:
        """The inverse of `to_weights`.

        Raises:
            ValueError: The arrays are not those of such a model.
        """
        rows = 1 if classes == 2 else classes
        shapes = {"coefficients": (rows, features), "intercepts": (rows,)}
        if calibrated:
            shapes["calibration"] = (rows, 2)
        check_arrays(weights, shapes)
        return cls(weights["coefficients"], weights["intercepts"], weights.get("calibration"))


def check_arrays(weights: Weights, shapes: dict[str, tuple[int, ...]]) -> None:
    """Check that these arrays, and no others, are there, with these shapes, as finite float64.

    Raises:
        ValueError: They are not.
    """
    if weights.keys() != shapes.keys():
        raise ValueError("other arrays than expected")
    for name, shape in shapes.items():
        array = weights[name]
        if array.shape != shape or array.dtype != np.float64 or not np.isfinite(array).all():
            raise ValueError(f"the array {name} does not fit")


def calibrated_chances(scores: NDArray[np.float64], calibration: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probability of each class `(N, C)` from scores `(N, R)` with their slopes and offsets `(R, 2)` (Platt 2000)."""
    chances = sigmoid(-(scores * calibration[:, 0] + calibration[:, 1]))
    return two_sided(chances) if scores.shape[1] == 1 else normalised(chances)


def sigmoid(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function, without overflow."""
    small = np.exp(-np.abs(scores))
    return np.where(scores >= 0, 1 / (1 + small), small / (1 + small))


def softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities of the classes from scores `(N, C)`."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return chances


def two_sided(positive: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities `(N, 2)` from those of the second class, `(N, 1)`."""
    return np.hstack([1 - positive, positive])


def normalised(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """One-against-rest probabilities `(N, C)` scaled to sum to 1; even ones where all are 0."""
    total = chances.sum(axis=1, keepdims=True)
    even = np.full_like(chances, 1 / chances.shape[1])
    return np.where(total > 0, chances / np.where(total > 0, total, 1), even)
