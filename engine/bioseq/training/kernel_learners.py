"""Support-vector machines with a Gaussian kernel, learnt by scikit-learn, kept as arrays. torch-free.

How alike all pairs of records are is computed once and serves every strength, class and fold. Shapes: N records, F
features, R scores: one per class, or a single one for two classes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.kernel import KernelModel, likeness, scaled
from bioseq.training.linear_learners import Scaling, StrengthLearner, calibration_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.training.baseline_learners import Lesson

    Floats = NDArray[np.float64]

_CACHE_MEGABYTES = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Records, and how alike each two of them are.

    Attributes:
        features: Scaled, `(N, F)`.
        scale: What each feature was divided by, `(F,)`.
        narrowness: Gamma of the kernel.
        alike: The kernel of each pair, `(N, N)`.
    """

    features: csr_matrix
    scale: Floats
    narrowness: float
    alike: Floats

    @classmethod
    def of(cls, lesson: Lesson) -> _Pairs:
        """Those of a lesson."""
        scaling = Scaling.none if lesson.hyper["scaling"] == "none" else Scaling.of
        scale = scaling(lesson.features).scale
        features = scaled(lesson.features, scale)
        narrowness = 1 / _variance(features)
        return cls(features, scale, narrowness, likeness(features, features, narrowness))


class KernelLearner(StrengthLearner):
    """One machine for each class against the rest, or one for two classes."""

    def __init__(self, lesson: Lesson) -> None:
        super().__init__(lesson, "rbf_svm")
        self._pairs = _Pairs.of(lesson)

    def _learnt(self, strength: float, lesson: Lesson) -> KernelModel:
        pairs = self._pairs if lesson is self._lesson else _Pairs.of(lesson)
        coefficients, intercepts = _machines(pairs.alike, lesson.labels, lesson.weights, lesson.present, strength)
        support = np.flatnonzero(coefficients.any(axis=0))
        machine = KernelModel(
            support=pairs.features[support],
            scale=pairs.scale,
            narrowness=pairs.narrowness,
            coefficients=np.ascontiguousarray(coefficients[:, support]),
            intercepts=intercepts,
            calibration=np.tile([-1.0, 0.0], (len(intercepts), 1)),
        )

        def fit_part(rows: NDArray[np.intp], others: NDArray[np.intp]) -> Floats:
            alike = pairs.alike[np.ix_(rows, rows)]
            part = _machines(alike, lesson.labels[rows], lesson.weights[rows], lesson.present, strength)
            found: Floats = pairs.alike[np.ix_(others, rows)] @ part[0].T + part[1]
            return found

        return replace(machine, calibration=calibration_of(lesson, machine.scores, fit_part))


def _variance(features: csr_matrix) -> float:
    """The variances of all features together: half the mean squared distance of two records; 1 where all are alike."""
    mean = np.asarray(features.mean(axis=0)).ravel()
    square = float(features.multiply(features).sum()) / features.shape[0]
    total = square - float(mean @ mean)
    return total if total > 1e-12 * max(square, 1.0) else 1.0


def _machines(
    alike: Floats, labels: NDArray[np.int64], weights: Floats, present: NDArray[np.int64], strength: float
) -> tuple[Floats, Floats]:
    """Coefficient of each record `(R, N)` and intercepts `(R,)`."""
    from sklearn.svm import SVC

    columns = present[1:] if len(present) == 2 else present
    coefficients, intercepts = np.zeros((len(columns), len(labels))), np.zeros(len(columns))
    for row, label in enumerate(columns.tolist()):
        machine = SVC(C=strength, kernel="precomputed", cache_size=_CACHE_MEGABYTES)
        machine.fit(alike, labels == label, sample_weight=weights)
        coefficients[row, machine.support_] = machine.dual_coef_[0]
        intercepts[row] = machine.intercept_[0]
    return coefficients, intercepts
