"""Standard errors of weighted means equal those of the drawn records, by classes and by clusters."""

from __future__ import annotations

import math

import numpy as np
import pytest

from bioseq.evaluation.mean_errors import MeanErrors


def test_the_standard_error_of_records_drawn_within_classes_is_that_of_a_stratified_mean() -> None:
    chance = np.random.default_rng(1)
    values = chance.exponential(size=30)
    strata = [np.arange(0, 30, 3), np.setdiff1d(np.arange(30), np.arange(0, 30, 3))]
    weights = np.zeros(30)
    for members in strata:
        weights[members] = np.bincount(chance.integers(0, len(members), len(members)), minlength=len(members))
    found = MeanErrors({"loss": values}, strata, None).under(weights[None])["loss"]
    mean, variance = np.average(values, weights=weights), 0.0
    for members in strata:
        drawn = np.repeat(values[members], weights[members].astype(int)) - mean
        variance += len(members) * np.var(drawn, ddof=1)
    assert found == pytest.approx([math.sqrt(variance) / 30], rel=1e-12)


def test_the_standard_error_of_clusters_is_that_of_a_ratio() -> None:
    chance = np.random.default_rng(2)
    cluster = np.repeat(np.arange(12), chance.integers(1, 6, 12))
    values = chance.normal(size=len(cluster)) + chance.normal(size=12)[cluster]
    found = MeanErrors({"loss": values, "twice": 2 * values}, [np.arange(12)], cluster).under(
        np.ones((1, len(cluster)))
    )
    over = np.array([np.sum(values[cluster == one] - values.mean()) for one in range(12)])
    wanted = math.sqrt(12 * np.var(over, ddof=1)) / len(cluster)
    assert found["loss"] == pytest.approx([wanted], rel=1e-12)
    assert found["twice"] == pytest.approx([2 * wanted], rel=1e-12)
