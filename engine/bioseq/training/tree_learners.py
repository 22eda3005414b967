"""Random forests and boosted trees, grown by scikit-learn in rounds, kept as arrays. torch-free."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.baselines.forests import BoostedTrees, RandomForest, chances_of
from bioseq.baselines.trees import LEAF, Trees, joined
from bioseq.catalogue.baselines import ROUNDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.training.baseline_learners import Lesson


class _TreeLearner(ABC):
    """Adds trees round by round, and what they say of the records."""

    _option: str
    """Of scikit-learn's model: how many iterations there are."""

    def __init__(
        self,
        lesson: Lesson,
        model: Any,
        features: NDArray[np.float64] | NDArray[np.float32],
        rounds: int,
    ) -> None:
        self._lesson = lesson
        self._model = model
        self._features = features
        self._wanted = int(lesson.hyper["trees"])
        self._each = max(lesson.fewest_trees, -(-self._wanted // rounds))
        self._counts: list[int] = []
        self._parts: list[Trees] = []

    @property
    def rounds(self) -> int:
        """So many until all trees are grown."""
        return -(-self._wanted // self._each)

    def _grow(self, rounds: int = 1) -> Trees:
        """Grow the trees of so many rounds at once; these trees."""
        before = self._counts[-1] if self._counts else 0
        self._counts.append(min(self._wanted, before + rounds * self._each))
        self._model.set_params(**{self._option: self._counts[-1]})
        self._model.fit(self._features, self._lesson.labels, sample_weight=self._lesson.weights)
        self._parts.append(joined(self._read_trees(before)))
        return self._parts[-1]

    @abstractmethod
    def _read_trees(self, first: int) -> list[Trees]:
        """The grown trees, from those of an iteration on."""


class ForestLearner(_TreeLearner):
    """A random forest, or extremely randomised trees: each round adds some trees, and all are kept."""

    _option = "n_estimators"

    def __init__(self, lesson: Lesson, *, threads: int) -> None:
        from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier

        hyper = lesson.hyper
        kind = ExtraTreesClassifier if hyper["thresholds"] == "random" else RandomForestClassifier
        model = kind(
            warm_start=True,
            max_depth=hyper["depth"] or None,
            min_samples_leaf=hyper["leaf_records"],
            max_features=hyper["tried"] or "sqrt",
            n_jobs=threads,
            random_state=lesson.seed,
        )
        super().__init__(lesson, model, lesson.features.toarray().astype(np.float32), ROUNDS["random_forest"])
        classes = len(lesson.present)
        self._sums = np.zeros((lesson.features.shape[0], classes))
        self._judge_sums = (
            None if lesson.judge_features is None else np.zeros((lesson.judge_features.shape[0], classes))
        )

    def advance(self) -> str:
        """Grow the trees of the next round; says how many there are."""
        new = self._grow()
        forest = RandomForest(new)
        self._sums += forest.sums(self._lesson.features)
        if self._judge_sums is not None:
            self._judge_sums += forest.sums(self._lesson.judge_features)
        return f"{self._counts[-1]} trees"

    def chances(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Probabilities that the trees so far give the records that were learnt, and those that judge."""
        count = self._counts[-1]
        return self._sums / count, None if self._judge_sums is None else self._judge_sums / count

    def result(self, best_round: int, _everything: Lesson | None = None) -> RandomForest:
        """The forest as of a round, 1-based."""
        return RandomForest(joined(self._parts[:best_round]))

    def fit(self, best_round: int) -> RandomForest:
        """The forest as of a round, 1-based, grown at once."""
        return RandomForest(self._grow(best_round))

    def _read_trees(self, first: int) -> list[Trees]:
        return [forest_tree(one.tree_) for one in self._model.estimators_[first:]]


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """Values of features told apart in few steps, as boosting does; found once, and not again in each round.

    Attributes:
        edges: All features' edges one after the other; a value on an edge belongs to the step below it.
        starts: Where each feature's edges start, and the end, `(F + 1,)`.
    """

    edges: NDArray[np.float64]
    starts: NDArray[np.int64]

    @classmethod
    def of(cls, features: NDArray[np.float64], most: int) -> Steps:
        """So many steps at most: between neighbouring values where they are few, else of equally many records."""
        found = [_edges(column, most) for column in features.T]
        return cls(np.concatenate(found), np.cumsum([0, *map(len, found)]))

    @property
    def most(self) -> int:
        """Steps of the feature that has the most of them."""
        return 1 + int(np.diff(self.starts).max(initial=0))

    def numbers(self, features: NDArray[np.float64]) -> NDArray[np.float64]:
        """The step of each value, 0, 1, ..., `(N, F)`."""
        columns = [
            np.searchsorted(self.edges[start:end], column, side="left")
            for column, start, end in zip(features.T, self.starts[:-1], self.starts[1:], strict=True)
        ]
        return np.column_stack(columns).astype(np.float64)

    def edge(self, feature: NDArray[np.int64], step: NDArray[np.float64]) -> NDArray[np.float64]:
        """The largest value that lies at or below a step of a feature, both `(M,)`."""
        places: NDArray[np.float64] = self.edges[self.starts[feature] + np.floor(step).astype(np.int64)]
        return places


def _edges(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    distinct = np.unique(values)
    if len(distinct) <= most:
        middles: NDArray[np.float64] = (distinct[1:] + distinct[:-1]) / 2
        return middles
    # An edge at the largest value would divide nothing.
    edges = np.unique(np.quantile(values, np.linspace(0, 1, most + 1)[1:-1], method="averaged_inverted_cdf"))
    inner: NDArray[np.float64] = edges[edges < distinct[-1]]
    return inner


class BoostingLearner(_TreeLearner):
    """Boosted trees: each round adds some, and validation says how many are kept."""

    _option = "max_iter"

    def __init__(self, lesson: Lesson) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier

        hyper = lesson.hyper
        features = lesson.features.toarray()
        self._steps = Steps.of(features, hyper["bins"])
        model = HistGradientBoostingClassifier(
            learning_rate=hyper["learning_rate"],
            max_leaf_nodes=hyper["leaves"],
            min_samples_leaf=hyper["leaf_records"],
            l2_regularization=hyper["penalty"],
            # The steps are found already; room for more of them would be cleared and added up for every leaf.
            max_bins=max(2, self._steps.most),
            early_stopping=False,
            warm_start=True,
            random_state=lesson.seed,
        )
        super().__init__(lesson, model, self._steps.numbers(features), ROUNDS["hist_gradient_boosting"])
        self._start = np.zeros(0)
        self._scores: list[NDArray[np.float64]] = []

    def advance(self) -> str:
        """Grow the trees of the next round; says how many there are."""
        new = self._grow()
        lesson = self._lesson
        sets = [lesson.features] if lesson.judge_features is None else [lesson.features, lesson.judge_features]
        if not self._scores:
            self._scores = [np.tile(self._start, (features.shape[0], 1)) for features in sets]
        added = BoostedTrees(new, np.zeros_like(self._start))
        self._scores = [scores + added.scores(features) for scores, features in zip(self._scores, sets, strict=True)]
        return f"{self._counts[-1]} trees"

    def chances(self) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
        """Probabilities that the trees so far give the records that were learnt, and those that judge."""
        found = [chances_of(scores) for scores in self._scores]
        return found[0], found[1] if len(found) == 2 else None

    def result(self, best_round: int, _everything: Lesson | None = None) -> BoostedTrees:
        """The trees as of a round, 1-based."""
        return BoostedTrees(joined(self._parts[:best_round]), self._start)

    def fit(self, best_round: int) -> BoostedTrees:
        """The trees as of a round, 1-based, grown at once: the features are looked at anew for each round."""
        return BoostedTrees(self._grow(best_round), self._start)

    def _read_trees(self, first: int) -> list[Trees]:
        self._start = np.asarray(self._model._baseline_prediction, np.float64).ravel()
        iterations = self._model._predictors[first:]
        return [boosted_tree(one.nodes, self._steps) for iteration in iterations for one in iteration]


def forest_tree(tree: Any) -> Trees:
    """A tree of a scikit-learn forest; its leaves hold shares of the classes.

    Features are compared as float32, so a threshold between two neighbouring float32 numbers divides them as the lower
    of the two does: it is kept in half the memory.
    """
    leaf = tree.children_left < 0
    threshold = tree.threshold.astype(np.float32)
    threshold = np.where(threshold > tree.threshold, np.nextafter(threshold, np.float32(-np.inf)), threshold)
    values = tree.value[leaf, 0, :]
    return Trees(
        starts=np.array([0, tree.node_count], np.int64),
        feature=np.where(leaf, LEAF, tree.feature).astype(np.int32),
        threshold=np.where(leaf, np.float32(0), threshold).astype(np.float32),
        left=np.where(leaf, np.cumsum(leaf) - 1, tree.children_left).astype(np.int32),
        right=np.where(leaf, 0, tree.children_right).astype(np.int32),
        values=np.ascontiguousarray(values / values.sum(axis=1, keepdims=True)),
    )


def boosted_tree(nodes: Any, steps: Steps) -> Trees:
    """A tree of scikit-learn's histogram gradient boosting, grown on the steps of the features.

    Its thresholds become values of the features; its leaves hold what is added to the score.
    """
    leaf = nodes["is_leaf"].astype(bool)
    threshold = np.zeros(len(nodes))
    threshold[~leaf] = steps.edge(nodes["feature_idx"][~leaf].astype(np.int64), nodes["num_threshold"][~leaf])
    return Trees(
        starts=np.array([0, len(nodes)], np.int64),
        feature=np.where(leaf, LEAF, nodes["feature_idx"]).astype(np.int32),
        threshold=threshold,
        left=np.where(leaf, np.cumsum(leaf) - 1, nodes["left"]).astype(np.int32),
        right=np.where(leaf, 0, nodes["right"]).astype(np.int32),
        values=nodes["value"][leaf].astype(np.float64).reshape(-1, 1),
    )
