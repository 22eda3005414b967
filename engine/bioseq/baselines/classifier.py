"""A trained feature baseline: features of records in, probabilities of the classes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from bioseq.baselines.descriptors import features_of
from bioseq.baselines.forests import BoostedTrees, RandomForest
from bioseq.baselines.kernel import KernelModel
from bioseq.baselines.linear import LinearModel
from bioseq.catalogue.descriptors import fault_in, plan_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import FeaturePlan
    from bioseq.catalogue.specification import TaskShape
    from bioseq.runs.weights import Weights
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]

_CHUNK_RECORDS = 8_192
_PRESENT = "classes"


class Scorer(Protocol):
    """What has been learnt from the features."""

    def probabilities(self, features: csr_matrix) -> NDArray[np.float64]:
        """Probability of each class that was learnt, `(N, P)`."""

    def to_weights(self) -> Weights:
        """All of it as named arrays."""


@dataclass(frozen=True, slots=True, eq=False)
class FeatureClassifier:
    """Features and what was learnt from them.

    Attributes:
        plan: Which features.
        scorer: Probabilities of the classes that were there to learn from.
        present: These classes, P of all C, ascending, int64 `(P,)`.
        classes: C; a class that training lacked gets no probability.
    """

    plan: FeaturePlan
    scorer: Scorer
    present: NDArray[np.int64]
    classes: int

    def predict(self, dataset: Dataset, *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Probabilities of all classes for every record, `(N, C)`, rows sum to 1.

        Args:
            dataset: Cleaned records.
            progress: Called with records done and all records; may raise to end the work.
        """
        chances: NDArray[np.float32] = predict_together([self], dataset, progress=progress)[0]
        return chances

    def spread(self, chances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities of all classes `(N, C)` from those of the classes that were learnt `(N, P)`."""
        spread = np.zeros((len(chances), self.classes))
        spread[:, self.present] = chances
        return spread

    def to_weights(self) -> Weights:
        """What was learnt as named arrays, for the bundle."""
        return {**self.scorer.to_weights(), _PRESENT: self.present}


def predict_together(
    classifiers: Sequence[FeatureClassifier], dataset: Dataset, *, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Probabilities by several classifiers that read the same features, which are computed once, `(M, N, C)`.

    Args:
        classifiers: M of them, with the same plan.
        dataset: Cleaned records.
        progress: Called with records done and all records; may raise to end the work.
    """
    chances = np.zeros((len(classifiers), len(dataset), classifiers[0].classes), np.float32)
    for start in range(0, len(dataset), _CHUNK_RECORDS):
        rows = np.arange(start, min(start + _CHUNK_RECORDS, len(dataset)))
        features = features_of(classifiers[0].plan, dataset.take(rows))
        for found, classifier in zip(chances, classifiers, strict=True):
            found[rows] = classifier.spread(classifier.scorer.probabilities(features))
        if progress is not None:
            progress(int(rows[-1]) + 1, len(dataset))
    return chances


def classifier_from(
    name: str, hyper: Mapping[str, Any], task: TaskShape, molecule: Molecule, weights: Weights
) -> FeatureClassifier:
    """A classifier from a bundle, of anyone.

    Args:
        name: Of the feature baseline.
        hyper: All its settings.
        task: Classes and longest record, letters.
        molecule: What it reads.
        weights: What `FeatureClassifier.to_weights` gave.

    Raises:
        ValueError: The arrays are not those of such a classifier.
    """
    plan = plan_of(hyper, molecule, longest=task.longest, fixed_length=task.fixed_length)
    if fault_in(plan, fixed_length=task.fixed_length)[0]:
        raise ValueError("these features do not fit these sequences")
    present = weights.get(_PRESENT, np.zeros(0))
    ascending = present.dtype == np.int64 and present.ndim == 1 and bool(np.all(np.diff(present) > 0))
    if not ascending or len(present) < 2 or present[0] < 0 or present[-1] >= task.classes:
        raise ValueError("the classes do not fit")
    rest = {key: array for key, array in weights.items() if key != _PRESENT}
    scorer = _SCORERS[name](rest, plan.width, len(present), hyper)
    return FeatureClassifier(plan, scorer, present, task.classes)


_SCORERS: dict[str, Callable[[Weights, int, int, Mapping[str, Any]], Scorer]] = {
    "lr": lambda weights, features, classes, _: LinearModel.from_weights(
        weights, features=features, classes=classes, calibrated=False
    ),
    "svm": lambda weights, features, classes, _: LinearModel.from_weights(
        weights, features=features, classes=classes, calibrated=True
    ),
    "rbf_svm": lambda weights, features, classes, _: KernelModel.from_weights(
        weights, features=features, classes=classes
    ),
    "random_forest": lambda weights, features, classes, hyper: RandomForest.from_weights(
        weights, features=features, classes=classes, most_trees=hyper["trees"]
    ),
    "hist_gradient_boosting": lambda weights, features, classes, hyper: BoostedTrees.from_weights(
        weights, features=features, classes=classes, most_trees=hyper["trees"]
    ),
}
