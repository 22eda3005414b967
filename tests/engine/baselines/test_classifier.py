"""What is kept of a model of scikit-learn says the same as the model itself, and arrays from strangers are refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from bioseq.baselines.classifier import FeatureClassifier, classifier_from
from bioseq.baselines.forests import BoostedTrees, RandomForest
from bioseq.baselines.kernel import KernelModel, likeness
from bioseq.baselines.linear import LinearModel, normalised, sigmoid, softmax
from bioseq.baselines.trees import LEAF, Trees, joined
from bioseq.catalogue.descriptors import plan_of
from bioseq.catalogue.registry import BASELINES
from bioseq.catalogue.specification import TaskShape
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.training.baseline_learners import Lesson
from bioseq.training.kernel_learners import KernelLearner
from bioseq.training.linear_learners import LinearLearner, Scaling, platt
from bioseq.training.tree_learners import BoostingLearner, ForestLearner, Steps, forest_tree

CLOSE = 1e-9


def lesson(classes: int, name: str, *, seed: int = 0, count: int = 240, **hyper: Any) -> Lesson:
    """Random features, some of them sparse and some that tell the class."""
    chance = np.random.default_rng(seed)
    features = chance.random((count, 7)) * (chance.random((count, 7)) < 0.7)
    features[:, 6] = 5.0
    labels = (features[:, 0] * 1.9 * classes + chance.random(count) * 0.7).astype(np.int64) % classes
    half = count // 2
    return Lesson(
        features=csr_matrix(features[:half]),
        labels=labels[:half],
        weights=np.where(labels[:half] == 0, 2.0, 1.0),
        present=np.unique(labels[:half]),
        judge_features=csr_matrix(features[half:]),
        judge_labels=labels[half:],
        class_weights=np.array([2.0] + [1.0] * (classes - 1)),
        hyper={**BASELINES[name].defaults(), **hyper},
        seed=3,
    )


@pytest.mark.parametrize("thresholds", ["best", "random"])
@pytest.mark.parametrize("classes", [2, 4])
def test_a_forest_says_what_scikit_learn_says(classes: int, thresholds: str) -> None:
    taught = lesson(classes, "random_forest", trees=23, thresholds=thresholds)
    learner = ForestLearner(taught, threads=1)
    for _ in range(learner.rounds):
        reached = learner.advance()
    assert reached == "23 trees"
    forest = learner.result(learner.rounds)
    expected = learner._model.predict_proba(taught.judge_features.toarray())
    np.testing.assert_allclose(forest.probabilities(taught.judge_features), expected, atol=CLOSE, rtol=0)
    np.testing.assert_allclose(learner.chances()[1], expected, atol=CLOSE, rtol=0)
    fewer = learner.result(1).probabilities(taught.judge_features)
    assert len(learner.result(1).trees) == 2
    assert np.abs(fewer - expected).max() > 0.01


def test_thresholds_of_a_forest_divide_features_at_the_last_bit() -> None:
    """Neighbouring float32 numbers, so that a rounded threshold would send some to the other side."""
    from sklearn.ensemble import RandomForestClassifier

    steps = np.float32(0.1) + np.arange(64, dtype=np.float32) * np.spacing(np.float32(0.1))
    labels = np.arange(64) % 3 % 2
    model = RandomForestClassifier(8, random_state=1).fit(steps[:, None], labels)
    forest = RandomForest(joined([forest_tree(one.tree_) for one in model.estimators_]))
    found = forest.probabilities(csr_matrix(steps[:, None].astype(np.float64)))
    np.testing.assert_allclose(found, model.predict_proba(steps[:, None]), atol=CLOSE, rtol=0)


def test_a_forest_asks_the_best_of_as_many_features_as_are_told() -> None:
    asked = {}
    for tried in (0.0, 1.0):
        learner = ForestLearner(lesson(2, "random_forest", trees=40, depth=1, tried=tried), threads=1)
        learner.advance()
        asked[tried] = {int(one.tree_.feature[0]) for one in learner._model.estimators_}
    assert asked[1.0] == {0}  # the one that tells the class is always among them
    assert len(asked[0.0]) > 1


def test_randomised_trees_divide_elsewhere_and_see_every_record() -> None:
    thresholds = {}
    for kind in ("best", "random"):
        learner = ForestLearner(lesson(2, "random_forest", trees=10, depth=1, thresholds=kind), threads=1)
        learner.advance()
        trees = [one.tree_ for one in learner._model.estimators_]
        thresholds[kind] = {float(tree.threshold[0]) for tree in trees if tree.feature[0] == 0}
        seen = {int(tree.n_node_samples[0]) for tree in trees}
        assert (seen == {120}) is (kind == "random")
    assert thresholds["best"].isdisjoint(thresholds["random"])


@pytest.mark.parametrize("classes", [2, 3])
def test_boosted_trees_say_what_scikit_learn_says(classes: int) -> None:
    taught = lesson(classes, "hist_gradient_boosting", trees=9, leaf_records=5)
    learner = BoostingLearner(taught)
    for _ in range(learner.rounds):
        learner.advance()
    boosted = learner.result(learner.rounds)
    assert len(boosted.trees) == 9 * (1 if classes == 2 else classes)
    steps = learner._steps.numbers(taught.judge_features.toarray())
    expected = learner._model.predict_proba(steps)
    np.testing.assert_allclose(boosted.probabilities(taught.judge_features), expected, atol=CLOSE, rtol=0)
    np.testing.assert_allclose(learner.chances()[1], expected, atol=CLOSE, rtol=0)
    staged = list(learner._model.staged_predict_proba(steps))
    np.testing.assert_allclose(learner.result(4).probabilities(taught.judge_features), staged[3], atol=CLOSE, rtol=0)


def test_few_values_are_told_apart_as_scikit_learn_does() -> None:
    """Grown on steps or on the values themselves: the same trees, when there are at least as many steps as values."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    taught = lesson(2, "hist_gradient_boosting", trees=8, bins=200)
    taught = replace(taught, weights=np.ones(len(taught.labels)))
    learner = BoostingLearner(taught)
    for _ in range(learner.rounds):
        learner.advance()
    model = HistGradientBoostingClassifier(max_iter=8, early_stopping=False, random_state=3)
    model.fit(taught.features.toarray(), taught.labels)
    expected = model.predict_proba(taught.judge_features.toarray())
    found = learner.result(learner.rounds).probabilities(taught.judge_features)
    np.testing.assert_allclose(found, expected, atol=CLOSE, rtol=0)


@pytest.mark.parametrize("most", [2, 5, 64])
def test_steps_hold_about_equally_many_records(most: int) -> None:
    values = np.random.default_rng(2).random((1_000, 1))
    steps = Steps.of(values, most)
    numbers = steps.numbers(values)
    counts = np.bincount(numbers.ravel().astype(int))
    assert len(counts) == most
    assert counts.max() - counts.min() <= 2
    assert Steps.of(np.ones((5, 1)), most).numbers(np.array([[0.0], [2.0]])).tolist() == [[0.0], [0.0]]


@pytest.mark.parametrize("dense", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_logistic_regression_says_what_scikit_learn_says(classes: int, dense: bool) -> None:
    from sklearn.linear_model import LogisticRegression

    taught = lesson(classes, "lr", strength=0.1)
    if not dense:
        many = csr_matrix(np.hstack([taught.features.toarray(), np.zeros((len(taught.labels), 30))]))
        taught = replace(taught, features=many, judge_features=None)
    learner = LinearLearner(taught, calibrated=False)
    assert learner.advance() == "C = 0.1"
    scaling = Scaling.of(taught.features)
    assert bool(scaling.shift.any()) is dense
    scaled = scaling.apply(taught.features)
    model = LogisticRegression(C=0.1, max_iter=1_000).fit(scaled, taught.labels, sample_weight=taught.weights)
    np.testing.assert_allclose(learner.chances()[0], model.predict_proba(scaled), atol=CLOSE, rtol=0)


def test_features_can_be_left_as_they_are() -> None:
    from sklearn.linear_model import LogisticRegression

    taught = lesson(2, "lr", strength=0.5, scaling="none")
    learner = LinearLearner(taught, calibrated=False)
    learner.advance()
    model = LogisticRegression(C=0.5, max_iter=1_000).fit(taught.features, taught.labels, sample_weight=taught.weights)
    np.testing.assert_allclose(learner.chances()[0], model.predict_proba(taught.features), atol=CLOSE, rtol=0)
    scaled = LinearLearner(lesson(2, "lr", strength=0.5), calibrated=False)
    scaled.advance()
    assert np.abs(scaled.chances()[0] - learner.chances()[0]).max() > 0.01


@pytest.mark.parametrize("classes", [2, 3])
def test_a_support_vector_machine_is_calibrated_as_scikit_learn_does(classes: int) -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.svm import LinearSVC

    taught = replace(lesson(classes, "svm", count=600, strength=0.1), class_weights=np.ones(classes))
    learner = LinearLearner(taught, calibrated=True)
    learner.advance()
    scaling = Scaling.of(taught.features)
    machine = LinearSVC(C=0.1, max_iter=1_000, random_state=3)
    machine.fit(scaling.apply(taught.features), taught.labels, sample_weight=taught.weights)
    judged = scaling.apply(taught.judge_features)
    model = CalibratedClassifierCV(FrozenEstimator(machine)).fit(judged, taught.judge_labels)
    found = learner.chances()[1]
    assert found is not None
    np.testing.assert_allclose(found, model.predict_proba(judged), atol=2e-5, rtol=0)


def test_a_machine_without_enough_judges_is_calibrated_on_folds_of_what_it_learns() -> None:
    taught = lesson(2, "svm", strength=1.0)
    few = replace(taught, judge_features=taught.judge_features[:3], judge_labels=taught.judge_labels[:3])
    learner = LinearLearner(few, calibrated=True)
    learner.advance()
    kept = learner.result(1)
    assert kept.calibration is not None
    assert (kept.calibration[:, 0] < 0).all(), "a higher score is a higher probability"
    alone = LinearLearner(replace(taught, judge_features=None, judge_labels=None), calibrated=True)
    alone.advance()
    np.testing.assert_array_equal(alone.result(1).calibration, kept.calibration)


@pytest.mark.parametrize("classes", [2, 3])
def test_a_machine_with_a_kernel_is_that_of_scikit_learn_for_each_class(classes: int) -> None:
    from sklearn.svm import SVC

    taught = lesson(classes, "rbf_svm", count=600, strength=3.0)
    learner = KernelLearner(taught)
    assert learner.advance() == "C = 3"
    kept = learner.result(1)
    assert isinstance(kept, KernelModel)
    scale = Scaling.of(taught.features).scale
    plain, judged = (features.toarray() / scale for features in (taught.features, taught.judge_features))
    found = kept.scores(taught.judge_features)
    for column, label in enumerate([1] if classes == 2 else range(classes)):
        machine = SVC(C=3.0, gamma=1 / plain.var(axis=0).sum())
        machine.fit(plain, taught.labels == label, sample_weight=taught.weights)
        np.testing.assert_allclose(found[:, column], machine.decision_function(judged), atol=1e-3, rtol=0)
        slope, offset = platt(found[:, column], taught.judge_labels == label, taught.class_weights[taught.judge_labels])
        np.testing.assert_array_equal(kept.calibration[column], [slope, offset])
    assert 0 < kept.support.shape[0] <= len(taught.labels)
    np.testing.assert_allclose(learner.chances()[1], kept.probabilities(taught.judge_features), atol=CLOSE, rtol=0)
    np.testing.assert_allclose(kept.probabilities(taught.judge_features).sum(axis=1), 1)


def test_what_is_alike_does_not_hang_on_how_it_is_computed() -> None:
    chance = np.random.default_rng(3)
    some, others = chance.random((5, 40)), chance.random((7, 40)) * (chance.random((7, 40)) < 0.05)
    squares = ((some[:, None] - others) ** 2).sum(axis=2)
    np.testing.assert_allclose(likeness(csr_matrix(some), csr_matrix(others), 0.3), np.exp(-0.3 * squares))
    np.testing.assert_allclose(likeness(csr_matrix(others), csr_matrix(some), 0.3), np.exp(-0.3 * squares).T)


def test_a_machine_with_a_kernel_learns_where_all_records_are_alike() -> None:
    taught = lesson(2, "rbf_svm", strength=1.0)
    alike = csr_matrix(np.full(taught.features.shape, 2.0))
    learner = KernelLearner(replace(taught, features=alike, judge_features=None, judge_labels=None))
    learner.advance()
    assert np.isfinite(learner.chances()[0]).all()


@pytest.mark.parametrize("value", [1.0, 1 / 3, 1e-5, 700.1])
@pytest.mark.parametrize("dense", [True, False])
def test_a_feature_that_is_the_same_in_all_records_is_left_alone(value: float, dense: bool) -> None:
    features = np.zeros((997, 1 if dense else 4))
    features[:, 0] = value
    scaling = Scaling.of(csr_matrix(features))
    assert scaling.scale.tolist() == [1.0] * features.shape[1]
    assert bool(scaling.shift.any()) is dense
    features[0, 0] *= 1.01
    assert Scaling.of(csr_matrix(features)).scale[0] == pytest.approx(features[:, 0].std(), rel=1e-3)


def test_platt_scaling_finds_the_curve_that_made_the_classes() -> None:
    chance = np.random.default_rng(1)
    scores = chance.normal(size=20_000) * 2
    truth = chance.random(20_000) < 1 / (1 + np.exp(-1.5 * scores + 0.7))
    slope, offset = platt(scores, truth, np.ones(20_000))
    assert slope == pytest.approx(-1.5, abs=0.06)
    assert offset == pytest.approx(0.7, abs=0.06)


def test_extreme_scores_give_whole_probabilities() -> None:
    extreme = np.array([[-1e4, 0.0, 1e4]])
    assert sigmoid(extreme).tolist() == [[0.0, 0.5, 1.0]]
    assert softmax(extreme).tolist() == [[0.0, 0.0, 1.0]]
    assert normalised(np.array([[0.0, 0.0], [0.2, 0.6]])).tolist() == [[0.5, 0.5], pytest.approx([0.25, 0.75])]


# ------------------------------------------------------------------------------------------------ from strangers


TASK = TaskShape(6, 3, 4, fixed_length=True)
HYPER = {name: {**spec.defaults(), **({"trees": 3} if spec.grows_trees else {})} for name, spec in BASELINES.items()}


def tree(classes: int, kind: type) -> Trees:
    """Asks for feature 5, and then for feature 2 on the left."""
    return Trees(
        starts=np.array([0, 5]),
        feature=np.array([5, 2, LEAF, LEAF, LEAF], np.int32),
        threshold=np.array([0.5, 0.5, 0, 0, 0], kind),
        left=np.array([1, 2, 0, 1, 2], np.int32),
        right=np.array([4, 3, 0, 0, 0], np.int32),
        values=np.arange(3.0 * classes).reshape(3, classes),
    )


def whole(name: str) -> FeatureClassifier:
    plan = plan_of(HYPER[name], Molecule.DNA, longest=4, fixed_length=True)
    linear = (np.arange(48.0).reshape(3, 16), np.zeros(3))
    scorers = {
        "lr": lambda: LinearModel(*linear),
        "svm": lambda: LinearModel(*linear, np.tile([-1.0, 0.0], (3, 1))),
        "rbf_svm": lambda: KernelModel(
            csr_matrix(np.eye(2, 16)), np.ones(16), 0.5, np.ones((3, 2)), np.zeros(3), np.tile([-1.0, 0.0], (3, 1))
        ),
        "random_forest": lambda: RandomForest(tree(3, np.float32)),
        "hist_gradient_boosting": lambda: BoostedTrees(joined([tree(1, np.float64)] * 3), np.zeros(3)),
    }
    return FeatureClassifier(plan, scorers[name](), np.arange(3), 3)


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_classifier_comes_back_from_its_arrays(name: str) -> None:
    made = whole(name)
    again = classifier_from(name, HYPER[name], TASK, Molecule.DNA, made.to_weights())
    dataset = Dataset.from_records(["ACGT", "NNNN", "TTAA"])
    np.testing.assert_array_equal(again.predict(dataset), made.predict(dataset))


def test_trees_lead_each_record_to_its_leaf() -> None:
    features = np.zeros((3, 6), np.float32)
    features[1, 2] = features[2, 5] = 1
    both = joined([tree(2, np.float32), tree(2, np.float32)])
    assert both.leaf_rows(features).tolist() == [[0, 3], [1, 4], [2, 5]]


def changed(name: str, key: str, value: Any) -> dict[str, Any]:
    weights = whole(name).to_weights()
    return {**weights, key: value(weights[key]) if callable(value) else value}


def at(place: int, value: float) -> Any:
    def change(array: np.ndarray) -> np.ndarray:
        other = array.copy()
        other.reshape(-1)[place] = value
        return other

    return change


HOSTILE = [
    ("random_forest", "tree_left", at(0, 0)),  # in a circle
    ("random_forest", "tree_left", at(1, 1)),
    ("random_forest", "tree_right", at(0, -1)),
    ("random_forest", "tree_right", at(0, 5)),  # out of the tree
    ("random_forest", "tree_left", at(2, 3)),  # a leaf without values
    ("random_forest", "tree_left", at(2, -1)),
    ("random_forest", "tree_feature", at(0, 16)),  # no such feature
    ("random_forest", "tree_feature", at(0, -2)),
    ("random_forest", "tree_starts", np.array([0, 2, 5])),  # the first tree leads into the second
    ("random_forest", "tree_starts", np.array([0, 5, 5])),
    ("random_forest", "tree_starts", np.array([0])),
    ("random_forest", "tree_starts", np.array([1, 5])),
    ("random_forest", "tree_starts", np.array([0, 1, 2, 3, 5])),  # more trees than the settings say
    ("random_forest", "tree_threshold", lambda array: array.astype(np.float64)),
    ("random_forest", "tree_threshold", at(0, np.nan)),
    ("random_forest", "tree_values", at(0, np.inf)),
    ("random_forest", "tree_values", lambda array: array[:, :2]),
    ("random_forest", "tree_values", lambda array: array.ravel()),
    ("random_forest", "more", np.zeros(1)),
    ("hist_gradient_boosting", "start", np.zeros(2)),
    ("hist_gradient_boosting", "start", np.array([0, 0, np.nan])),
    ("hist_gradient_boosting", "tree_starts", np.array([0, 5])),
    ("lr", "coefficients", lambda array: array[:, :-1]),
    ("lr", "coefficients", lambda array: array.astype(np.float32)),
    ("lr", "coefficients", at(3, np.nan)),
    ("lr", "intercepts", np.zeros(2)),
    ("lr", "calibration", np.zeros((3, 2))),
    ("rbf_svm", "support_starts", np.array([0, 2])),
    ("rbf_svm", "support_starts", np.array([0, 3, 2])),
    ("rbf_svm", "support_starts", np.array([1, 1, 2])),
    ("rbf_svm", "support_starts", np.array([0])),
    ("rbf_svm", "support_starts", lambda array: array.astype(np.int32)),
    ("rbf_svm", "support_features", at(0, -1)),
    ("rbf_svm", "support_features", at(0, 16)),
    ("rbf_svm", "support_features", np.zeros(3, np.int32)),
    ("rbf_svm", "support_values", at(0, np.inf)),
    ("rbf_svm", "support_values", lambda array: array.astype(np.float32)),
    ("rbf_svm", "scale", np.zeros(16)),
    ("rbf_svm", "narrowness", np.array([-1.0])),
    ("rbf_svm", "narrowness", np.array([np.nan])),
    ("rbf_svm", "coefficients", np.ones((3, 1))),
    ("rbf_svm", "more", np.zeros(1)),
    ("svm", "calibration", np.zeros((3, 1))),
    ("svm", "classes", np.array([0, 1])),
    ("svm", "classes", np.array([0, 2, 1])),
    ("svm", "classes", np.array([0, 1, 3])),
    ("svm", "classes", np.array([-1, 0, 1])),
    ("svm", "classes", np.array([0.0, 1.0, 2.0])),
    ("svm", "classes", np.array([1])),
]


@pytest.mark.parametrize(("name", "key", "value"), HOSTILE)
def test_arrays_that_do_not_fit_are_refused(name: str, key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        classifier_from(name, HYPER[name], TASK, Molecule.DNA, changed(name, key, value))


@pytest.mark.parametrize("name", list(BASELINES))
def test_a_missing_array_is_refused(name: str) -> None:
    for key in whole(name).to_weights():
        weights = {other: array for other, array in whole(name).to_weights().items() if other != key}
        with pytest.raises(ValueError, match=r"\w"):
            classifier_from(name, HYPER[name], TASK, Molecule.DNA, weights)


def test_features_of_another_molecule_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit"):
        classifier_from("lr", {**HYPER["lr"], "features": "ctdc"}, TASK, Molecule.DNA, whole("lr").to_weights())
