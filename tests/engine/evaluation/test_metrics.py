"""Figures of merit equal scikit-learn's to 1e-12, with ties, for two and for more classes; NaN where undefined."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics as reference

from bioseq.evaluation.metrics import (
    METRICS,
    average_precision,
    calibration_bins,
    calibration_error,
    confusion_at,
    precision_recall_curve,
    predicted_classes,
    roc_auc,
    roc_curve,
    scores,
)
from bioseq.evaluation.weighted import WeightedScores

if TYPE_CHECKING:
    from numpy.typing import NDArray

close = pytest.approx


def random_case(seed: int, *, records: int, classes: int, digits: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Every class is there at least twice; few digits give many ties."""
    chance = np.random.default_rng(seed)
    truth = np.concatenate([np.repeat(np.arange(classes), 2), chance.integers(0, classes, records)])
    raw = np.round(chance.dirichlet(np.ones(classes), len(truth)), digits) + 10.0**-digits
    return chance.permutation(truth), raw / raw.sum(axis=1, keepdims=True)


cases = st.tuples(st.integers(0, 2**32 - 1), st.integers(1, 80), st.integers(1, 6))


@settings(max_examples=60, deadline=None)
@given(cases, st.sampled_from([0, 1]), st.floats(0.05, 0.95))
def test_two_classes_equal_scikit_learn(case: tuple[int, int, int], positive: int, threshold: float) -> None:
    seed, records, digits = case
    truth, chances = random_case(seed, records=records, classes=2, digits=digits)
    found = scores(truth, chances, threshold=threshold, positive=positive)
    real, score = truth == positive, chances[:, positive]
    told = score >= threshold
    m = found.metrics
    assert m["accuracy"] == close(reference.accuracy_score(real, told), abs=1e-12)
    assert m["balanced_accuracy"] == close(reference.balanced_accuracy_score(real, told), abs=1e-12)
    assert m["sensitivity"] == close(reference.recall_score(real, told), abs=1e-12)
    assert m["specificity"] == close(reference.recall_score(~real, ~told), abs=1e-12)
    assert m["f1"] == close(reference.f1_score(real, told), abs=1e-12)
    assert m["roc_auc"] == close(reference.roc_auc_score(real, score), abs=1e-12)
    assert m["pr_auc"] == close(reference.average_precision_score(real, score), abs=1e-12)
    assert m["brier"] == close(reference.brier_score_loss(real, score), abs=1e-12)
    assert m["loss"] == close(reference.log_loss(truth, chances), abs=1e-12)
    assert m["mcc"] == close(reference.matthews_corrcoef(real, told), abs=1e-12)
    assert m["precision"] == close(reference.precision_score(real, told, zero_division=0), abs=1e-12)
    predicted = np.where(told, positive, 1 - positive)
    assert np.array_equal(found.confusion, reference.confusion_matrix(truth, predicted))


@settings(max_examples=60, deadline=None)
@given(cases, st.integers(3, 7))
def test_many_classes_equal_scikit_learn(case: tuple[int, int, int], classes: int) -> None:
    seed, records, digits = case
    truth, chances = random_case(seed, records=records, classes=classes, digits=digits)
    found = scores(truth, chances)
    told, m = chances.argmax(axis=1), found.metrics
    macro = {"average": "macro", "zero_division": 0, "labels": np.arange(classes)}
    assert m["accuracy"] == close(reference.accuracy_score(truth, told), abs=1e-12)
    assert m["balanced_accuracy"] == close(reference.balanced_accuracy_score(truth, told), abs=1e-12)
    assert m["sensitivity"] == close(reference.recall_score(truth, told, **macro), abs=1e-12)
    assert m["precision"] == close(reference.precision_score(truth, told, **macro), abs=1e-12)
    assert m["f1"] == close(reference.f1_score(truth, told, **macro), abs=1e-12)
    assert m["mcc"] == close(reference.matthews_corrcoef(truth, told), abs=1e-12)
    assert m["roc_auc"] == close(reference.roc_auc_score(truth, chances, multi_class="ovr"), abs=1e-12)
    assert m["pr_auc"] == close(reference.average_precision_score(np.eye(classes)[truth], chances), abs=1e-12)
    assert m["brier"] == close(reference.brier_score_loss(truth, chances), abs=1e-12)
    assert m["loss"] == close(reference.log_loss(truth, chances), abs=1e-12)
    assert np.array_equal(found.confusion, reference.confusion_matrix(truth, told))
    one_against_rest = reference.multilabel_confusion_matrix(truth, told)
    for index, ((tn, fp), (fn, tp)) in enumerate(one_against_rest):
        own = found.per_class_by_index[index]
        assert own["specificity"] == close(tn / (tn + fp), abs=1e-12)
        assert own["sensitivity"] == close(tp / (tp + fn), abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(cases)
def test_curves_equal_scikit_learn(case: tuple[int, int, int]) -> None:
    seed, records, digits = case
    truth, chances = random_case(seed, records=records, classes=2, digits=digits)
    ours, theirs = (
        roc_curve(truth == 1, chances[:, 1]),
        reference.roc_curve(truth, chances[:, 1], drop_intermediate=False),
    )
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)
    ours, theirs = (
        precision_recall_curve(truth == 1, chances[:, 1]),
        reference.precision_recall_curve(truth, chances[:, 1]),
    )
    for mine, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, other, atol=1e-12)


@settings(max_examples=40, deadline=None)
@given(cases, st.randoms(use_true_random=False))
def test_no_figure_depends_on_the_order_of_the_records(case: tuple[int, int, int], chance: object) -> None:
    seed, records, digits = case
    truth, chances = random_case(seed, records=records, classes=3, digits=digits)
    order = np.random.default_rng(seed + 1).permutation(len(truth))
    assert scores(truth, chances).metrics == close(scores(truth[order], chances[order]).metrics, abs=1e-9, nan_ok=True)


def test_counts_of_the_four_outcomes_are_not_swapped() -> None:
    truth = np.array([1] * 10 + [0] * 10)
    told = np.array([1] * 7 + [0] * 3 + [1] * 2 + [0] * 8)
    found = scores(truth, np.stack([1.0 - told, told], axis=1))
    assert found.confusion.tolist() == [[8, 2], [3, 7]]
    assert found.metrics["sensitivity"] == close(0.7)
    assert found.metrics["specificity"] == close(0.8)
    assert found.metrics["precision"] == close(7 / 9)


def test_a_figure_that_is_not_defined_is_nan_and_not_zero() -> None:
    found = scores([1, 1, 1], [[0.4, 0.6], [0.3, 0.7], [0.2, 0.8]]).metrics
    undefined = {name for name, value in found.items() if math.isnan(value)}
    assert undefined == {"balanced_accuracy", "specificity", "mcc", "roc_auc"}
    nothing_to_find = scores([0, 0], [[0.9, 0.1], [0.8, 0.2]]).metrics
    assert math.isnan(nothing_to_find["precision"])
    assert math.isnan(nothing_to_find["sensitivity"])


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_a_model_that_answers_one_class_has_the_figures_that_scikit_learn_gives_it(classes: int) -> None:
    truth, told = np.repeat(np.arange(classes), 4), np.zeros(4 * classes, np.int64)
    chances = np.full((len(truth), classes), 0.1)
    chances[:, 0] = 1 - 0.1 * (classes - 1)
    found = scores(truth, chances).metrics
    average = {"average": "binary" if classes == 2 else "macro", "zero_division": 0}
    assert found["precision"] == close(reference.precision_score(truth, told, **average), abs=1e-12)
    assert found["f1"] == close(reference.f1_score(truth, told, **average), abs=1e-12)
    assert found["mcc"] == reference.matthews_corrcoef(truth, told) == 0
    weights = np.random.default_rng(1).gamma(2, size=(3, len(truth)))
    weighed = WeightedScores(truth, chances).figures(weights).metrics
    assert weighed["mcc"].tolist() == [0, 0, 0]
    for row, weight in enumerate(weights):
        wanted = reference.f1_score(truth, told, sample_weight=weight, **average)
        assert weighed["f1"][row] == close(wanted, abs=1e-12)


def test_no_records_have_no_figures() -> None:
    found = scores(np.zeros(0, np.int64), np.zeros((0, 3)))
    assert all(math.isnan(value) for value in found.metrics.values())
    assert list(found.metrics) == list(METRICS)


def test_a_class_that_no_record_has_is_left_out_of_macro_means() -> None:
    truth, chances = (
        np.array([0, 0, 1, 1]),
        np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.1, 0.6, 0.3]]),
    )
    found = scores(truth, chances).metrics
    assert found["sensitivity"] == close((0.5 + 1.0) / 2)
    assert found["balanced_accuracy"] == close(0.75)
    assert math.isfinite(found["roc_auc"])


def test_the_threshold_speaks_of_the_positive_class() -> None:
    chances = np.array([[0.7, 0.3], [0.4, 0.6]])
    assert predicted_classes(chances, threshold=0.3).tolist() == [1, 1]
    assert predicted_classes(chances, threshold=0.65).tolist() == [0, 0]
    assert predicted_classes(chances, threshold=0.5, positive=0).tolist() == [0, 1]
    assert predicted_classes([[math.nan, math.nan]]).tolist() == [-1]
    assert confusion_at([0, 1], chances, threshold=0.3).tolist() == [[0, 1], [0, 1]]


def test_calibration_bins_hold_equally_many_records() -> None:
    chance = np.random.default_rng(3)
    score = chance.random(1_000)
    outcome = chance.random(1_000) < score
    found = calibration_bins(outcome, score)
    assert len(found.counts) == 15
    assert set(found.counts.tolist()) == {66, 67}
    order = np.argsort(score)
    edges = np.linspace(0, 1_000, 16).astype(int)
    parts = [order[start:end] for start, end in pairwise(edges)]
    by_hand = sum(len(part) / 1_000 * abs(score[part].mean() - outcome[part].mean()) for part in parts)
    assert calibration_error(outcome, score) == close(by_hand, abs=1e-12)
    assert calibration_error(outcome, score) < 0.06


def test_a_sure_and_wrong_predictor_has_the_largest_calibration_error() -> None:
    assert calibration_error([False] * 40, [1.0] * 40) == 1
    assert calibration_error([True, False] * 20, [0.5] * 40) == 0


def test_single_figures_take_scores_that_are_no_probabilities() -> None:
    positive, score = np.array([False, True, True]), np.array([-3.0, 2.0, 9.0])
    assert roc_auc(positive, score) == 1
    assert average_precision(positive, score) == 1


@pytest.mark.parametrize(
    ("truth", "chances"),
    [
        ([0, 1], [[0.5, 0.5]]),
        ([2], [[0.5, 0.5]]),
        ([-1], [[0.5, 0.5]]),
        ([0], [[math.nan, 0.5]]),
        ([0], [[1.0]]),
    ],
)
def test_input_that_does_not_fit_is_refused(truth: list[int], chances: list[list[float]]) -> None:
    with pytest.raises(ValueError, match=r"fit together|out of range|not finite"):
        scores(truth, chances)
