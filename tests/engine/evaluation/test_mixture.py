"""The mean of models by shares, how far they are apart, and shares from validation records."""

from __future__ import annotations

import numpy as np

from bioseq.evaluation.mixture import equal_shares, fit_shares, mean_of, spread_of


def chances(*positives: list[float]) -> np.ndarray:
    told = np.array(positives, np.float32)
    return np.stack([1 - told, told], axis=-1)


def test_the_mean_and_the_spread_are_those_of_the_members() -> None:
    parts = chances([0.2, 0.9], [0.6, 0.9])
    np.testing.assert_allclose(mean_of(parts, equal_shares(2)), [[0.6, 0.4], [0.1, 0.9]], atol=1e-7)
    np.testing.assert_allclose(spread_of(parts, equal_shares(2)), [[0.2, 0.2], [0.0, 0.0]], atol=1e-7)
    np.testing.assert_allclose(mean_of(parts, np.array([0.25, 0.75]))[0, 1], 0.5, atol=1e-7)


def test_shares_are_the_best_of_all_that_a_fine_grid_offers() -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 2, 200)
    good = np.clip(np.where(truth == 1, 0.7, 0.3) + chance.normal(0, 0.2, 200), 0.02, 0.98)
    weak = np.clip(np.where(truth == 1, 0.6, 0.4) + chance.normal(0, 0.3, 200), 0.02, 0.98)
    parts = chances(good.tolist(), weak.tolist())
    share = fit_shares(truth, parts)
    told = parts[:, np.arange(200), truth].astype(np.float64)
    grid = np.linspace(0.001, 0.999, 1999)
    # one record more for each model: the logarithms of the shares are added once
    worth = [np.log(s * told[0] + (1 - s) * told[1]).sum() + np.log(s) + np.log(1 - s) for s in grid]
    np.testing.assert_allclose(share[0], grid[int(np.argmax(worth))], atol=1e-3)
    assert share[0] > 0.5
    np.testing.assert_allclose(share.sum(), 1.0)


def test_no_model_is_silenced_by_few_records_and_models_alike_count_alike() -> None:
    parts = chances([0.9, 0.1], [0.1, 0.9])
    share = fit_shares([1, 0], parts)
    assert share[0] > share[1] >= 0.2
    np.testing.assert_allclose(fit_shares([1, 0], chances([0.9, 0.2], [0.9, 0.2], [0.9, 0.2])), np.full(3, 1 / 3))
    np.testing.assert_allclose(fit_shares([], chances([], [])), [0.5, 0.5])
