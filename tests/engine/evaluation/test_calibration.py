"""Probabilities mean what they say: weights of training undone, a temperature, and a bias per class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar

from bioseq.evaluation.calibration import (
    AS_IT_IS,
    COLDEST,
    FLATTEST,
    HOTTEST,
    LEAST_OF_CLASS,
    LEAST_RECORDS,
    Calibration,
    calibrated_loss,
    fit_calibration,
    mean_probabilities,
    reliability,
    share_interval,
    tempered,
)
from bioseq.evaluation.metrics import log_loss, predicted_classes

if TYPE_CHECKING:
    import random

    from numpy.typing import NDArray


def shares(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (chances / chances.sum(axis=1, keepdims=True)).astype(np.float32)


def drawn(seed: int, records: int, *, classes: int, sharpness: float) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Records of a model that is `sharpness` times as sure as it should be."""
    chance = np.random.default_rng(seed)
    logits = 1.5 * chance.normal(size=(records, classes))
    true = np.cumsum(shares(logits).astype(np.float64), axis=1)
    truth = np.minimum((chance.random(records)[:, None] > true).sum(axis=1), classes - 1)
    return truth, shares(sharpness * logits)


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("sharpness", [0.5, 1.0, 3.0])
def test_the_temperature_found_is_how_much_too_sure_the_model_was(classes: int, sharpness: float) -> None:
    truth, chances = drawn(1, 20_000, classes=classes, sharpness=sharpness)
    assert fit_calibration(truth, chances).temperature == pytest.approx(sharpness, rel=0.06)


def test_the_temperature_is_the_least_surprising_one() -> None:
    """Against another minimiser of the loss; of many records, beside which the prior says nothing."""
    truth, chances = drawn(2, 3_000, classes=3, sharpness=2.0)
    found = minimize_scalar(
        lambda logarithm: log_loss(truth, tempered(chances, math.exp(logarithm))), bounds=(-2, 3), method="bounded"
    )
    assert fit_calibration(truth, chances).temperature == pytest.approx(math.exp(found.x), rel=0.02)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_loss_once_calibrated_looks_past_how_sure_a_model_is(classes: int) -> None:
    truth, chances = drawn(3, 2_000, classes=classes, sharpness=3.0)
    found = calibrated_loss(truth, chances)
    least = min(log_loss(truth, tempered(chances, temperature)) for temperature in np.linspace(2, 4, 81).tolist())
    assert found == pytest.approx(least, abs=2e-3)
    assert found < log_loss(truth, chances) - 0.05
    assert calibrated_loss(truth, tempered(chances, 2.5)) == pytest.approx(found, abs=0.002)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("sharpness", [1.0, 2.5])
def test_new_records_surprise_no_more_than_before_in_the_median_over_100_seeds(classes: int, sharpness: float) -> None:
    changes = []
    for seed in range(100):
        found = fit_calibration(*drawn(seed, 250, classes=classes, sharpness=sharpness))
        truth, chances = drawn(10_000 + seed, 1_000, classes=classes, sharpness=sharpness)
        changes.append(log_loss(truth, found.apply(chances)) - log_loss(truth, chances))
    assert np.median(changes) <= 0.002, "what a bias per class costs where there is nothing to mend"
    if sharpness > 1:
        assert np.median(changes) < -0.02, "a model that was too sure gains"


def test_few_records_all_right_do_not_make_a_model_certain() -> None:
    truth = np.tile([0, 1], 20)
    chances = np.where(truth[:, None] == np.arange(2), 0.8, 0.2).astype(np.float32)
    found = fit_calibration(truth, chances).apply(chances).max()
    assert 0.9 < found < 0.98, "surer than it was, as 40 of 40 suggest, but no surer than they can show"


def test_hardly_any_records_fit_nothing() -> None:
    truth, chances = drawn(3, LEAST_RECORDS - 1, classes=2, sharpness=3.0)
    assert fit_calibration(truth, chances) == AS_IT_IS
    assert fit_calibration([], np.zeros((0, 2), np.float32)) == AS_IT_IS
    weights = (0.0, 2.3)
    assert fit_calibration(truth, chances, prior_log_weights=weights) == Calibration(prior_log_weights=weights)


def test_the_temperature_stays_within_its_bounds_whatever_the_model_says() -> None:
    truth = np.tile([0, 1], 50)
    constant = np.full((100, 2), 0.5, np.float32)
    found = fit_calibration(truth, constant)
    assert COLDEST <= found.temperature <= HOTTEST
    np.testing.assert_array_equal(found.apply(constant), constant)
    right = np.where(truth[:, None] == np.arange(2), 1.0, 0.0).astype(np.float32)
    assert COLDEST <= fit_calibration(truth, right).temperature <= 1
    backwards = fit_calibration(truth, 1 - right)
    assert backwards.temperature == pytest.approx(FLATTEST)
    np.testing.assert_allclose(backwards.apply(1 - right), 0.5, atol=0.03)


@pytest.mark.parametrize("weights", [(1.0, 10.0), (0.2, 7.0, 1.0)])
def test_the_weights_of_training_are_taken_off_the_odds(weights: tuple[float, ...]) -> None:
    _, right = drawn(5, 300, classes=len(weights), sharpness=1.0)
    learnt = right * np.asarray(weights, np.float32)
    learnt /= learnt.sum(axis=1, keepdims=True)
    found = Calibration(prior_log_weights=tuple(np.log(weights).tolist())).apply(learnt)
    np.testing.assert_allclose(found, right, rtol=2e-5)


def imbalanced(
    seed: int, records: int, *, prevalence: float, distance: float = 1.5
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Classes of records and the true log-odds of the rarer one; what is measured of each is normal."""
    chance = np.random.default_rng(seed)
    truth = (np.arange(records) < round(prevalence * records)).astype(np.int64)
    measured = chance.normal(size=records) + distance * truth
    return truth, math.log(prevalence / (1 - prevalence)) + distance * measured - distance**2 / 2


def of_odds(logits: NDArray[np.floating]) -> NDArray[np.float32]:
    return shares(np.column_stack([np.zeros_like(logits), logits]))


@pytest.mark.parametrize("prevalence", [0.5, 0.25, 0.09, 0.03])
@pytest.mark.parametrize("sharpness", [0.6, 2.0])
def test_a_rare_class_is_as_probable_as_it_is_frequent_whatever_training_made_of_it(
    prevalence: float, sharpness: float
) -> None:
    """Balanced weights, a wrong certainty, and an offset beside both: all of it is set right for new records."""
    weight = math.log((1 - prevalence) / prevalence)

    def learnt(odds: NDArray[np.float64]) -> NDArray[np.float32]:
        return of_odds(sharpness * (odds + weight) + 0.3)

    truth, odds = imbalanced(1, 3_000, prevalence=prevalence)
    found = fit_calibration(truth, learnt(odds), prior_log_weights=(0.0, weight))
    truth, odds = imbalanced(2, 20_000, prevalence=prevalence)
    calibrated = found.apply(learnt(odds))
    assert calibrated[:, 1].mean() == pytest.approx(prevalence, rel=0.12)
    assert log_loss(truth, calibrated) == pytest.approx(log_loss(truth, of_odds(odds)), abs=0.003)
    if prevalence < 0.1:
        base = log_loss(truth, np.tile(np.float32([1 - prevalence, prevalence]), (len(truth), 1)))
        assert log_loss(truth, learnt(odds)) > base, "the test can fail: as learnt it is worse than the base rate"


def test_a_class_with_too_few_validation_records_gets_no_bias_of_its_own() -> None:
    truth, odds = imbalanced(3, 300, prevalence=(LEAST_OF_CLASS - 1) / 300)
    offset = of_odds(odds + 3)
    few = fit_calibration(truth, offset)
    more = fit_calibration(np.tile(truth, 2), np.tile(offset, (2, 1)))
    without = (1 - 1 / few.temperature) * np.log([300 - LEAST_OF_CLASS + 1.5, LEAST_OF_CLASS - 0.5])
    frequent = few.bias[0] - few.bias[1] - (without[0] - without[1])
    assert 0 < frequent < more.bias[0] - more.bias[1], "only the frequent class has a bias"


@pytest.mark.parametrize("classes", [2, 4])
def test_what_knows_nothing_says_the_frequencies_of_the_classes(classes: int) -> None:
    chance = np.random.default_rng(6)
    frequencies = np.array([20, *[1] * (classes - 1)]) / (19 + classes)
    truth = chance.choice(classes, 600, p=frequencies)
    sure = shares(4 * chance.normal(size=(600, classes)))
    found = fit_calibration(truth, sure).apply(sure)
    np.testing.assert_allclose(found.mean(axis=0), frequencies, atol=0.03)
    assert found.std(axis=0).max() < 0.05


@settings(max_examples=100, deadline=None)
@given(
    arrays(
        np.float32, st.tuples(st.integers(LEAST_RECORDS, 40), st.integers(2, 4)), elements=st.floats(0, 1, width=32)
    ),
    st.randoms(use_true_random=False),
    st.floats(-3, 3),
)
def test_validation_records_are_never_more_surprising_than_by_the_class_frequencies(
    numbers: NDArray[np.float32], chance: random.Random, weight: float
) -> None:
    learnt = shares(10 * numbers)
    classes = learnt.shape[1]
    truth = np.array([chance.randrange(classes) for _ in learnt])
    weights = (weight, *[0.0] * (classes - 1))
    found = fit_calibration(truth, learnt, prior_log_weights=weights).apply(learnt)
    base = (np.bincount(truth, minlength=classes) + 0.5) / (len(truth) + 0.5 * classes)
    assert log_loss(truth, found) <= log_loss(truth, np.tile(base, (len(truth), 1))) + 0.01


def test_the_mean_probability_stands_beside_the_prevalence_and_its_interval() -> None:
    truth = np.repeat([0, 1], [90, 10])
    right, wrong = mean_probabilities(truth, np.tile(np.float32([0.7, 0.3]), (100, 1)))
    assert (right.mean, wrong.prevalence) == pytest.approx((0.7, 0.1))
    assert (wrong.low, wrong.high) == pytest.approx((0.0552, 0.1744), abs=5e-5)
    assert not right.within
    assert all(one.within for one in mean_probabilities(truth, np.tile(np.float32([0.87, 0.13]), (100, 1))))


def test_the_bias_of_many_classes_is_said_as_a_range() -> None:
    assert Calibration(1.5, (0.1, -0.1)).in_words() == "temperature 1.50, bias of the classes 0.10, -0.10"
    many = Calibration(1.5, tuple(np.linspace(-0.25, 0.5, 120).tolist()))
    assert many.in_words() == "temperature 1.50, bias of the classes between -0.25 and 0.50"


def test_what_was_applied_can_be_undone() -> None:
    _, learnt = drawn(7, 100, classes=3, sharpness=1.0)
    for calibration in (
        Calibration(1.7),
        Calibration(bias=(0.5, -0.5, 0.0)),
        Calibration(0.6, (0.5, -1.0, 0.5), (0.0, 1.0, 3.0)),
    ):
        np.testing.assert_allclose(calibration.undo(calibration.apply(learnt)), learnt, rtol=1e-4, atol=1e-6)


def test_temperature_one_gives_the_same_bits() -> None:
    _, chances = drawn(4, 50, classes=3, sharpness=1.0)
    assert tempered(chances, 1.0) is chances
    assert AS_IT_IS.apply(chances) is chances
    assert AS_IT_IS.undo(chances) is chances


@settings(max_examples=200)
@given(
    arrays(np.float32, st.tuples(st.integers(1, 20), st.integers(2, 5)), elements=st.floats(-80, 80, width=32)),
    st.floats(COLDEST, HOTTEST),
)
def test_no_answer_is_changed_and_rows_sum_to_one(logits: NDArray[np.float32], temperature: float) -> None:
    chances = shares(logits)
    found = tempered(chances, temperature)
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)
    for positive in range(2):
        before = predicted_classes(chances, positive=positive)
        np.testing.assert_array_equal(predicted_classes(found, positive=positive), before)


@pytest.mark.parametrize("temperature", [1.3, 3.0, 20.0])
def test_probabilities_that_differ_in_the_last_bit_keep_their_order(temperature: float) -> None:
    half = np.float32(0.5)
    below, above = np.nextafter(half, np.float32(0)), np.nextafter(half, np.float32(1))
    two = np.array([[above, below], [below, above], [half, half]], np.float32)
    np.testing.assert_array_equal(predicted_classes(tempered(two, temperature)), [0, 1, 1])
    third = np.float32(1 / 3)
    three = np.array([[third, np.nextafter(third, np.float32(1)), third]], np.float32)
    assert np.argmax(tempered(three, temperature)) == 1


def test_records_without_probabilities_keep_none() -> None:
    found = tempered(np.array([[np.nan, np.nan], [0.9, 0.1]], np.float32), 2.0)
    assert np.isnan(found[0]).all()
    assert found[1, 0] == pytest.approx(0.75)
    biased = Calibration(bias=(0.0, math.log(9))).apply(np.array([[np.nan, np.nan], [0.9, 0.1]], np.float32))
    assert np.isnan(biased[0]).all()
    assert biased[1, 0] == pytest.approx(0.5)


def test_shares_have_wilsons_intervals() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    low, high = share_interval(np.array([81 / 263, 15 / 148, 0, 1 / 29]), np.array([263, 148, 20, 29]))
    np.testing.assert_allclose(low, [0.2553, 0.0624, 0.0, 0.0061], atol=5e-5)
    np.testing.assert_allclose(high, [0.3662, 0.1605, 0.1611, 0.1718], atol=5e-5)


def test_reliability_shows_shares_with_bounds_that_hold_a_calibrated_model() -> None:
    truth, chances = drawn(6, 5_000, classes=2, sharpness=1.0)
    found = reliability(truth == 1, chances[:, 1], bins=10)
    assert found.counts.tolist() == [500] * 10
    assert np.all((found.low < found.observed) & (found.observed < found.high))
    assert np.count_nonzero((found.low <= found.predicted) & (found.predicted <= found.high)) >= 8
    sure = reliability(truth == 1, shares(3 * np.log(chances))[:, 1], bins=10)
    assert np.count_nonzero((sure.low <= sure.predicted) & (sure.predicted <= sure.high)) <= 5
