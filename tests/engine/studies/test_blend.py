"""Whether several models together are better than one, told by validation alone."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.studies.blend import Blend, best_blend, mean_for, mean_of, surprise


def noisy(truth: np.ndarray, *, signal: float, seed: int) -> np.ndarray:
    """Probabilities of two classes that tell the truth as far as the signal goes, with noise of their own."""
    logits = signal * (2 * truth - 1) + np.random.default_rng(seed).normal(0, 1.5, len(truth))
    chance = 1 / (1 + np.exp(-logits))
    return np.column_stack([1 - chance, chance])


@pytest.fixture(scope="module")
def truth() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 2, 600)


def test_models_with_noise_of_their_own_are_better_together(truth: np.ndarray) -> None:
    chances = {f"model {seed}": noisy(truth, signal=1.0, seed=seed) for seed in range(1, 5)}
    blend = best_blend(truth, chances, most=4, seed=1)
    assert len(blend.weights) >= 3
    assert sum(blend.weights.values()) == pytest.approx(1)
    assert blend.gain > 0
    assert blend.loss < blend.single_loss


def test_a_model_that_knows_all_that_the_others_know_stands_alone(truth: np.ndarray) -> None:
    good = noisy(truth, signal=3.0, seed=1)
    useless = np.full((len(truth), 2), 0.5)
    blend = best_blend(truth, {"good": good, "useless": useless}, most=4, seed=1)
    assert blend.weights == {"good": 1.0}
    assert "good" in blend.single


def test_equal_models_are_not_taken_for_several(truth: np.ndarray) -> None:
    one = noisy(truth, signal=1.0, seed=1)
    assert best_blend(truth, {"a": one, "b": one.copy()}, most=4, seed=1).weights == {"a": 1.0}


def test_no_more_different_models_are_taken_than_allowed(truth: np.ndarray) -> None:
    chances = {f"model {seed}": noisy(truth, signal=1.0, seed=seed) for seed in range(1, 9)}
    assert len(mean_for(truth, chances, most=2).weights) == 2


def test_the_loss_is_that_of_the_weighted_geometric_mean(truth: np.ndarray) -> None:
    chances = {name: noisy(truth, signal=1.0, seed=seed) for seed, name in enumerate("ab", 1)}
    mixed = mean_of(chances, {"a": 0.25, "b": 0.75})
    product = chances["a"] ** 0.25 * chances["b"] ** 0.75
    assert np.allclose(mixed, product / product.sum(axis=1, keepdims=True), atol=1e-6)
    assert surprise(truth, mixed)[0] == pytest.approx(-np.log(mixed[0, truth[0]]))


def test_of_two_that_are_nearly_alike_not_a_few_records_decide(truth: np.ndarray) -> None:
    one = noisy(truth, signal=1.0, seed=1)
    shift = np.random.default_rng(3).normal(0, 0.01, len(truth))
    other = np.clip(one + np.column_stack([-shift, shift]), 0.001, 0.999)
    weights = mean_for(truth, {"one": one, "other": other}, most=2).weights
    assert weights["one"] == pytest.approx(0.5, abs=0.05)
    assert weights["other"] == pytest.approx(0.5, abs=0.05)


def test_with_many_records_the_better_model_counts_for_more() -> None:
    truth = np.random.default_rng(5).integers(0, 2, 4_000)
    chances = {"good": noisy(truth, signal=2.0, seed=1), "weak": noisy(truth, signal=0.5, seed=2)}
    assert mean_for(truth, chances, most=2).weights["good"] > 0.6


def test_a_model_counts_where_it_has_told_and_the_others_where_it_has_not(truth: np.ndarray) -> None:
    whole, part = noisy(truth, signal=1.0, seed=1), noisy(truth, signal=1.0, seed=2)
    part[400:] = np.nan
    chances = {"whole": whole, "part": part}
    blend = best_blend(truth, chances, most=4, seed=1)
    assert set(blend.weights) == {"whole", "part"}
    assert (blend.single, blend.records) == ("whole", 600)
    mixed = mean_of(chances, blend.weights)
    assert np.allclose(mixed[400:], whole[400:], atol=1e-3)  # but for probabilities below the least
    share = blend.weights["part"]
    product = part[:400] ** share * whole[:400] ** (1 - share)
    assert np.allclose(mixed[:400], product / product.sum(axis=1, keepdims=True), atol=1e-3)
    sharp = mean_for(truth, chances, most=4).sharpness
    assert blend.loss == pytest.approx(surprise(truth, mean_of(chances, blend.weights, sharp)).mean(), abs=1e-4)


def test_the_mean_is_held_against_the_model_that_leads_on_the_same_records(truth: np.ndarray) -> None:
    whole, part = noisy(truth, signal=1.0, seed=1), noisy(truth, signal=1.6, seed=3)
    part[400:] = np.nan
    blend = best_blend(truth, {"whole": whole, "part": part}, most=4, seed=1)
    assert (blend.single, blend.records) == ("part", 400)
    shared = best_blend(truth[:400], {"part": part[:400]}, most=1, seed=1)
    assert blend.single_loss == pytest.approx(shared.loss), "both are calibrated, and on the same records"
    sentence = blend.sentence({"part": "Text CNN"})
    assert sentence.startswith(
        f"On 400 validation records the mean of 2 models has a log loss of {blend.loss:.4f}, and Text CNN, which leads "
        f"among single models on the same records, of {blend.single_loss:.4f}, both once calibrated."
    )


def test_a_mean_tells_of_every_record_however_good_those_are_that_cannot(truth: np.ndarray) -> None:
    chances = {f"whole {seed}": noisy(truth, signal=0.5, seed=seed) for seed in range(1, 7)}
    part = noisy(truth, signal=6.0, seed=9)
    part[400:] = np.nan
    for most in (1, 2, 6):
        weights = mean_for(truth, {**chances, "part": part}, most=most).weights
        assert len(weights) <= most
        assert np.isfinite(mean_of({**chances, "part": part}, weights)).all()


def test_a_model_that_told_of_easy_records_alone_is_not_taken_for_that(truth: np.ndarray) -> None:
    whole = noisy(truth, signal=1.5, seed=1)
    easy = np.argsort(surprise(truth, whole))[:400]
    part = np.full_like(whole, np.nan)
    part[easy] = 0.5
    assert best_blend(truth, {"whole": whole, "part": part}, most=4, seed=1).weights == {"whole": 1.0}


@pytest.mark.parametrize(("gain", "told"), [(-0.01, True), (0.06, False), (float("nan"), False)])
def test_a_single_model_is_not_said_to_lose_what_it_gains(gain: float, told: bool) -> None:
    sentence = Blend({"lr": 1.0}, 0.5, "lr", 0.5, gain, 0.02).sentence({})
    assert sentence.startswith("No mean of several models")
    assert ("on one half" in sentence) is told
