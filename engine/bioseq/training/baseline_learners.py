"""What the loop of feature baselines teaches, and whom: one learner per model. torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bioseq.training.kernel_learners import KernelLearner
from bioseq.training.linear_learners import LinearLearner
from bioseq.training.tree_learners import BoostingLearner, ForestLearner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.baselines.classifier import Scorer


@dataclass(frozen=True, slots=True, eq=False)
class Lesson:
    """Records to learn from and records to judge by, N and M of them.

    Attributes:
        features: `(N, F)`.
        labels: Class of each, `(N,)`.
        weights: Say of each, `(N,)`.
        present: The classes among them, ascending, `(P,)`.
        judge_features: `(M, F)`; None when there are none.
        judge_labels: `(M,)`.
        class_weights: Say of a judging record of each class, `(C,)`.
        hyper: All settings of the model.
        seed: Of all that is drawn.
        fewest_trees: Trees per round at least.
    """

    features: csr_matrix
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    present: NDArray[np.int64]
    judge_features: csr_matrix | None
    judge_labels: NDArray[np.int64] | None
    class_weights: NDArray[np.float64]
    hyper: Mapping[str, Any]
    seed: int
    fewest_trees: int = 1


class BaselineLearner(Protocol):
    """Learns in rounds."""

    @property
    def rounds(self) -> int:
        """How many rounds there are at most."""

    def advance(self) -> str:
        """Learn one round more; says what there is now: "C = 0.1", "40 trees"."""

    def chances(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """What the newest round says of the records that were learnt, `(N, P)`, and those that judge, `(M, P)`."""

    def result(self, best_round: int, everything: Lesson | None = None) -> Scorer:
        """What was learnt as of a round, 1-based; from all these records, where they are given."""

    def fit(self, best_round: int) -> Scorer:
        """Learn at once what `result` gives after so many rounds, with as little as that takes."""


LEARNERS: dict[str, Callable[[Lesson, int], BaselineLearner]] = {
    "lr": lambda lesson, _: LinearLearner(lesson, calibrated=False),
    "svm": lambda lesson, _: LinearLearner(lesson, calibrated=True),
    "rbf_svm": lambda lesson, _: KernelLearner(lesson),
    "random_forest": lambda lesson, threads: ForestLearner(lesson, threads=threads),
    "hist_gradient_boosting": lambda lesson, _: BoostingLearner(lesson),
}
"""Model to what learns it, given the lesson and the number of threads."""
