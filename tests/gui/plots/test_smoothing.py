"""Smoothing against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq_gui.plots.smoothing import smoothed


def by_definition(values: np.ndarray, weight: float) -> np.ndarray:
    out, total, mass = [], 0.0, 0.0
    for value in values:
        known = np.isfinite(value)
        total, mass = weight * total + (value if known else 0.0), weight * mass + float(known)
        out.append(total / mass if known else np.nan)
    return np.array(out)


@given(
    values=st.lists(st.one_of(st.floats(-1e3, 1e3), st.just(float("nan"))), max_size=400),
    weight=st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.99]),
)
@settings(max_examples=60, deadline=None)
def test_smoothing_equals_its_definition(values: list[float], weight: float) -> None:
    array = np.array(values, float)
    np.testing.assert_allclose(smoothed(array, weight), by_definition(array, weight), rtol=1e-9, atol=1e-7)


def test_no_smoothing_gives_the_values_back() -> None:
    values = np.array([3.0, 1.0, np.nan])
    assert smoothed(values, 0.0) is values


@pytest.mark.parametrize("weight", [0.3, 0.95])
def test_a_constant_curve_stays_as_it_is(weight: float) -> None:
    np.testing.assert_allclose(smoothed(np.full(1_000, 2.5), weight), 2.5)
