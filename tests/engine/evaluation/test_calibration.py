"""One temperature makes probabilities mean what they say, and changes no answer."""

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
    COLDEST,
    HOTTEST,
    LEAST_RECORDS,
    calibrated_loss,
    fit_temperature,
    reliability,
    share_interval,
    tempered,
)
from bioseq.evaluation.metrics import log_loss, predicted_classes

if TYPE_CHECKING:
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
    assert fit_temperature(truth, chances) == pytest.approx(sharpness, rel=0.06)


def test_the_temperature_is_the_least_surprising_one() -> None:
    """Against another minimiser of the loss; of many records, beside which the prior says nothing."""
    truth, chances = drawn(2, 3_000, classes=3, sharpness=2.0)
    found = minimize_scalar(
        lambda logarithm: log_loss(truth, tempered(chances, math.exp(logarithm))), bounds=(-2, 3), method="bounded"
    )
    assert fit_temperature(truth, chances) == pytest.approx(math.exp(found.x), rel=0.02)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_loss_once_calibrated_looks_past_how_sure_a_model_is(classes: int) -> None:
    truth, chances = drawn(3, 2_000, classes=classes, sharpness=3.0)
    found = calibrated_loss(truth, chances)
    least = min(log_loss(truth, tempered(chances, temperature)) for temperature in np.linspace(2, 4, 81).tolist())
    assert found == pytest.approx(least, abs=2e-4)
    assert found < log_loss(truth, chances) - 0.05
    assert calibrated_loss(truth, tempered(chances, 2.5)) == pytest.approx(found, abs=0.002)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("sharpness", [1.0, 2.5])
def test_new_records_surprise_no_more_than_before_in_the_median_over_100_seeds(classes: int, sharpness: float) -> None:
    changes = []
    for seed in range(100):
        temperature = fit_temperature(*drawn(seed, 250, classes=classes, sharpness=sharpness))
        truth, chances = drawn(10_000 + seed, 1_000, classes=classes, sharpness=sharpness)
        changes.append(log_loss(truth, tempered(chances, temperature)) - log_loss(truth, chances))
    assert np.median(changes) <= 0.001
    if sharpness > 1:
        assert np.median(changes) < -0.02, "a model that was too sure gains"


def test_few_records_all_right_do_not_make_a_model_certain() -> None:
    truth = np.tile([0, 1], 20)
    chances = np.where(truth[:, None] == np.arange(2), 0.8, 0.2).astype(np.float32)
    found = tempered(chances, fit_temperature(truth, chances)).max()
    assert 0.9 < found < 0.98, "surer than it was, as 40 of 40 suggest, but no surer than they can show"


def test_hardly_any_records_fit_nothing() -> None:
    truth, chances = drawn(3, LEAST_RECORDS - 1, classes=2, sharpness=3.0)
    assert fit_temperature(truth, chances) == 1.0
    assert fit_temperature([], np.zeros((0, 2), np.float32)) == 1.0


def test_the_temperature_stays_within_its_bounds_whatever_the_model_says() -> None:
    truth = np.tile([0, 1], 50)
    backwards = np.where(truth[:, None] == np.arange(2), 0.0, 1.0).astype(np.float32)
    assert fit_temperature(truth, backwards) == pytest.approx(HOTTEST, rel=1e-3)
    constant = np.full((100, 2), 0.5, np.float32)
    assert COLDEST <= fit_temperature(truth, constant) <= HOTTEST
    np.testing.assert_array_equal(tempered(constant, fit_temperature(truth, constant)), constant)


def test_temperature_one_gives_the_same_bits() -> None:
    _, chances = drawn(4, 50, classes=3, sharpness=1.0)
    assert tempered(chances, 1.0) is chances


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
