"""Whether several models together are better than one, told by validation alone."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.studies.blend import Blend, best_blend, greedy_weights, mean_of, surprise


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
    assert len(greedy_weights(truth, chances, most=2)) == 2


def test_the_loss_is_that_of_the_weighted_mean(truth: np.ndarray) -> None:
    chances = {name: noisy(truth, signal=1.0, seed=seed) for seed, name in enumerate("ab", 1)}
    mixed = mean_of(chances, {"a": 0.25, "b": 0.75})
    assert np.allclose(mixed, 0.25 * chances["a"] + 0.75 * chances["b"])
    assert surprise(truth, mixed)[0] == pytest.approx(-np.log(mixed[0, truth[0]]))


@pytest.mark.parametrize(("gain", "told"), [(-0.01, True), (0.06, False), (float("nan"), False)])
def test_a_single_model_is_not_said_to_lose_what_it_gains(gain: float, told: bool) -> None:
    sentence = Blend({"lr": 1.0}, 0.5, "lr", 0.5, gain, 0.02).sentence
    assert sentence.startswith("No mean of several models")
    assert ("on one half" in sentence) is told
