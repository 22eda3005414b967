"""What a support-vector machine with a Gaussian kernel has learnt, as arrays, and the probabilities that follow.

Shapes: N records, F features, C classes, S support vectors, R scores: one per class, or a single one for two classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.linear import calibrated_chances, check_arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.runs.weights import Weights

    Floats = NDArray[np.float64]

_DENSE = 0.2
"""Share of numbers other than 0 from which products of dense features are quicker: two to three times, measured with
400 to 8,000 features; at half of that share as quick with few features, and slower with many."""
_BLOCK = 1_024
"""Records that are compared with the support vectors at a time."""
_SPARSE = ("support_values", "support_features", "support_starts")


@dataclass(frozen=True, slots=True, eq=False)
class KernelModel:
    """A support-vector machine for each class against the rest, or one for two classes.

    Attributes:
        support: Support vectors, scaled, `(S, F)`.
        scale: What each feature is divided by, `(F,)`, above 0.
        narrowness: Gamma of the kernel, exp(-gamma * squared distance of scaled features), above 0.
        coefficients: Of each support vector, `(R, S)`.
        intercepts: `(R,)`.
        calibration: Slope and offset `(R, 2)` that make a probability of each score (Platt 2000).
    """

    support: csr_matrix
    scale: Floats
    narrowness: float
    coefficients: Floats
    intercepts: Floats
    calibration: Floats

    def scores(self, features: csr_matrix) -> Floats:
        """Distance from the border between the classes, in units of the margin, `(N, R)`."""
        records = scaled(features, self.scale)
        found = np.empty((records.shape[0], len(self.intercepts)))
        for start in range(0, records.shape[0], _BLOCK):
            rows = slice(start, start + _BLOCK)
            near = likeness(records[rows], self.support, self.narrowness)
            found[rows] = near @ self.coefficients.T + self.intercepts
        return found

    def probabilities(self, features: csr_matrix) -> Floats:
        """Probability of each class, `(N, C)`."""
        return calibrated_chances(self.scores(features), self.calibration)

    def to_weights(self) -> Weights:
        """All of it as named arrays."""
        return {
            "support_values": self.support.data.astype(np.float64),
            "support_features": self.support.indices.astype(np.int32),
            "support_starts": self.support.indptr.astype(np.int64),
            "scale": self.scale,
            "narrowness": np.array([self.narrowness]),
            "coefficients": self.coefficients,
            "intercepts": self.intercepts,
            "calibration": self.calibration,
        }

    @classmethod
    def from_weights(cls, weights: Weights, *, features: int, classes: int) -> KernelModel:
        """The inverse of `to_weights`.

        Raises:
            ValueError: The arrays are not those of such a model.
        """
        from scipy.sparse import csr_matrix

        if not weights.keys() >= set(_SPARSE):
            raise ValueError("other arrays than expected")
        values, columns, starts = (weights[name] for name in _SPARSE)
        whole = (
            values.ndim == columns.ndim == starts.ndim == 1
            and values.dtype == np.float64
            and columns.dtype == np.int32
            and starts.dtype == np.int64
            and len(values) == len(columns)
            and len(starts) > 1
            and starts[0] == 0
            and starts[-1] == len(values)
            and bool((np.diff(starts) >= 0).all())
            and bool(np.isfinite(values).all())
            and bool(((columns >= 0) & (columns < features)).all())
        )
        if not whole:
            raise ValueError("the support vectors do not fit")
        rows, count = (1 if classes == 2 else classes), len(starts) - 1
        rest = {name: array for name, array in weights.items() if name not in _SPARSE}
        check_arrays(
            rest,
            {
                "scale": (features,),
                "narrowness": (1,),
                "coefficients": (rows, count),
                "intercepts": (rows,),
                "calibration": (rows, 2),
            },
        )
        scale, narrowness = rest["scale"], float(rest["narrowness"][0])
        if not ((scale > 0).all() and narrowness > 0):
            raise ValueError("a scale is not above 0")
        support = csr_matrix((values, columns, starts), shape=(count, features))
        return cls(support, scale, narrowness, rest["coefficients"], rest["intercepts"], rest["calibration"])


def scaled(features: csr_matrix, scale: Floats) -> csr_matrix:
    """Features divided by their scale; what they are centred on does not change their distances."""
    divided: csr_matrix = features.multiply(1 / scale).tocsr()
    return divided


def likeness(some: csr_matrix, others: csr_matrix, narrowness: float) -> Floats:
    """The Gaussian kernel, exp(-gamma * squared distance), of scaled features `(N, F)` and `(S, F)`, `(N, S)`."""
    ours, theirs = (np.asarray(each.multiply(each).sum(axis=1)).reshape(-1) for each in (some, others))
    alike = _products(some, others)  # in place from here on: all pairs may be half a gigabyte
    alike *= -2
    alike += ours[:, None]
    alike += theirs
    np.maximum(alike, 0.0, out=alike)
    alike *= -narrowness
    return np.exp(alike, out=alike)


def _products(some: csr_matrix, others: csr_matrix) -> Floats:
    if others.nnz > _DENSE * others.shape[0] * others.shape[1]:
        dense: Floats = some.toarray() @ others.toarray().T
        return dense
    sparse: Floats = (some @ others.T).toarray()
    return sparse
