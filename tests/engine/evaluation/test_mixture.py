"""The mean of models by shares, how far they are apart, and shares from validation records."""

from __future__ import annotations

import numpy as np

from bioseq.evaluation.mixture import (
    combined,
    equal_shares,
    fit_geometric,
    fit_shares,
    geometric_mean_of,
    mean_of,
    shares_by,
    spread_of,
)


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


def test_the_geometric_mean_is_the_product_of_powers_brought_to_one() -> None:
    parts = chances([0.2, 0.9], [0.6, 0.9])
    shares = np.array([0.25, 0.75])
    product = parts[0].astype(float) ** 0.25 * parts[1].astype(float) ** 0.75
    expected = product / product.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(geometric_mean_of(parts, shares), expected, rtol=1e-6)
    np.testing.assert_array_equal(combined(parts, shares, geometric=True), geometric_mean_of(parts, shares))
    np.testing.assert_array_equal(combined(parts, shares, geometric=False), mean_of(parts, shares))
    sharp = expected**2 / (expected**2).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(geometric_mean_of(parts, shares, 2.0), sharp, rtol=1e-6)


def test_one_model_alone_cannot_rule_a_class_out_of_a_geometric_mean() -> None:
    mean = geometric_mean_of(chances([0.0], [0.9], [0.9], [0.9]), equal_shares(4))
    assert 0.3 < mean[0, 1] < 0.9


def test_a_geometric_mean_is_of_those_that_have_told() -> None:
    parts = chances([0.3, 0.8], [0.6, 0.5])
    parts[1, 1] = np.nan
    mean = geometric_mean_of(parts, np.array([0.2, 0.8]))
    np.testing.assert_allclose(mean[1], parts[0, 1], rtol=1e-6)
    np.testing.assert_allclose(mean[0], geometric_mean_of(parts[:, :1], np.array([0.2, 0.8]))[0], rtol=1e-6)
    for geometric in (True, False):  # an answer is that of all members
        assert np.isnan(combined(parts, np.array([0.2, 0.8]), geometric=geometric)).tolist() == [
            [False] * 2,
            [True] * 2,
        ]
    parts[:, 0] = np.nan
    assert np.isnan(geometric_mean_of(parts, np.array([0.2, 0.8]))[0]).all()


def test_shares_of_a_geometric_mean_are_where_surprise_and_prior_are_least() -> None:
    chance = np.random.default_rng(3)
    truth = chance.integers(0, 2, 60)
    told = np.clip(np.where(truth == 1, [[0.7], [0.6]], [[0.3], [0.4]]) + chance.normal(0, 0.25, (2, 60)), 0.02, 0.98)
    parts = np.stack([1 - told, told], axis=-1)
    parts[1, 40:] = np.nan
    found = fit_geometric(truth, parts)

    def cost(first: float, second: float) -> float:
        total = first + second
        mean = geometric_mean_of(parts, np.array([first, second]) / total, total).astype(float)
        uneven = 2 * ((first - total / 2) ** 2 + (second - total / 2) ** 2)
        return -np.log(mean[np.arange(60), truth]).sum() + 3.0 * uneven + 0.5 * ((total - 1) / 0.4) ** 2

    grid = np.linspace(0.05, 3, 119)
    least = min((cost(one, two), one, two) for one in grid for two in grid)
    np.testing.assert_allclose(found.shares * found.sharpness, least[1:], atol=0.03)


def test_shares_of_a_geometric_mean_are_equal_without_records_and_of_models_alike() -> None:
    alike = chances([0.9, 0.2], [0.9, 0.2], [0.9, 0.2])
    np.testing.assert_allclose(shares_by([1, 0], alike, geometric=True), np.full(3, 1 / 3), atol=1e-6)
    np.testing.assert_array_equal(fit_geometric([], chances([], [])).shares, [0.5, 0.5])
    assert fit_geometric([], chances([], [])).sharpness == 1.0
