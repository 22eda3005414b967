"""Random forests and boosted trees: what their trees say together.

Shapes: N records, F features, C classes, S scores of boosting: one per class, or a single one for two classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.linear import check_arrays, sigmoid, softmax, two_sided
from bioseq.baselines.trees import Trees

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.runs.weights import Weights

_BLOCK_BYTES = 1 << 25
"""Features and paths that are held at once while predicting."""


@dataclass(frozen=True, slots=True, eq=False)
class RandomForest:
    """Trees whose leaves hold the shares of the classes; together they say the mean.

    Attributes:
        trees: Thresholds are float32, as are the features that are compared with them.
    """

    trees: Trees

    def probabilities(self, features: csr_matrix) -> NDArray[np.float64]:
        """Probability of each class, `(N, C)`."""
        return self.sums(features) / len(self.trees)

    def sums(self, features: csr_matrix) -> NDArray[np.float64]:
        """What the trees say, added up, `(N, C)`."""
        total = np.zeros((features.shape[0], self.trees.values.shape[1]))
        for rows in _blocks(features, self.trees):
            leaves = self.trees.leaf_rows(features[rows].toarray().astype(np.float32))
            for tree in range(len(self.trees)):
                total[rows] += self.trees.values[leaves[:, tree]]
        return total

    def to_weights(self) -> Weights:
        """All of it as named arrays."""
        return self.trees.to_weights()

    @classmethod
    def from_weights(cls, weights: Weights, *, features: int, classes: int, most_trees: int) -> RandomForest:
        """The inverse of `to_weights`.

        Raises:
            ValueError: The arrays are not those of such a model.
        """
        trees = Trees.from_weights(weights, features=features, width=classes, threshold=np.float32)
        if len(trees) > most_trees:
            raise ValueError("there are more trees than the settings say")
        return cls(trees)


@dataclass(frozen=True, slots=True, eq=False)
class BoostedTrees:
    """Trees that correct each other; the scores that they add up to are log odds.

    Attributes:
        trees: Round by round one tree for each score; thresholds and features are float64.
        start: Scores before the first tree, `(S,)`, float64.
    """

    trees: Trees
    start: NDArray[np.float64]

    def probabilities(self, features: csr_matrix) -> NDArray[np.float64]:
        """Probability of each class, `(N, C)`."""
        return chances_of(self.scores(features))

    def scores(self, features: csr_matrix) -> NDArray[np.float64]:
        """Log odds, up to a constant, `(N, S)`."""
        count = len(self.start)
        scores = np.tile(self.start, (features.shape[0], 1))
        for rows in _blocks(features, self.trees):
            leaves = self.trees.leaf_rows(features[rows].toarray())
            for tree in range(len(self.trees)):
                scores[rows, tree % count] += self.trees.values[leaves[:, tree], 0]
        return scores

    def to_weights(self) -> Weights:
        """All of it as named arrays."""
        return {**self.trees.to_weights(), "start": self.start}

    @classmethod
    def from_weights(cls, weights: Weights, *, features: int, classes: int, most_trees: int) -> BoostedTrees:
        """The inverse of `to_weights`.

        Raises:
            ValueError: The arrays are not those of such a model.
        """
        own = {name: array for name, array in weights.items() if name == "start"}
        scores = 1 if classes == 2 else classes
        check_arrays(own, {"start": (scores,)})
        rest = {name: array for name, array in weights.items() if name not in own}
        trees = Trees.from_weights(rest, features=features, width=1, threshold=np.float64)
        if len(trees) % scores or len(trees) > most_trees * scores:
            raise ValueError("there are more trees than the settings say, or rounds are not whole")
        return cls(trees, own["start"])


def chances_of(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """Probabilities `(N, C)` from scores `(N, S)`."""
    return two_sided(sigmoid(scores)) if scores.shape[1] == 1 else softmax(scores)


def _blocks(features: csr_matrix, trees: Trees) -> list[slice]:
    """Runs of rows that fit in the memory which is meant for them."""
    count, width = features.shape
    rows = max(1, _BLOCK_BYTES // (8 * (width + 4 * len(trees))))
    return [slice(start, start + rows) for start in range(0, count, rows)]
