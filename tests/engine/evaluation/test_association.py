"""The test of whether probabilities have anything to do with the classes."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.evaluation.association import CLEAR, association


def softmax(logits: np.ndarray) -> np.ndarray:
    raised = np.exp(logits)
    return raised / raised.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("frequencies", [(0.5, 0.5), (0.9, 0.1), (0.6, 0.3, 0.1)])
def test_of_probabilities_that_tell_nothing_one_in_twenty_passes(frequencies: tuple[float, ...]) -> None:
    chance, classes = np.random.default_rng(3), len(frequencies)
    values = np.array(
        [
            association(chance.choice(classes, 300, p=frequencies), softmax(chance.normal(2, 1, (300, classes)) * 1.5))
            for _ in range(1_000)
        ]
    )
    assert abs(values.mean()) < 0.12
    assert 0.9 < values.std() < 1.1
    assert 0.03 < (values > CLEAR).mean() < 0.07


def test_with_two_classes_it_is_the_correlation_of_class_and_log_odds() -> None:
    chance = np.random.default_rng(0)
    truth = chance.integers(0, 2, 80)
    logits = np.column_stack([np.zeros(80), chance.normal(0.7 * truth, 1)])
    expected = np.corrcoef(truth, logits[:, 1])[0, 1] * np.sqrt(80)
    assert association(truth, softmax(logits)) == pytest.approx(expected, rel=1e-9)


def test_neither_class_weights_nor_certainty_change_what_is_found() -> None:
    chance = np.random.default_rng(1)
    truth = chance.choice(3, 200, p=[0.7, 0.2, 0.1])
    logits = np.eye(3)[truth] * 0.6 + chance.normal(0, 0.5, (200, 3))
    plain = association(truth, softmax(logits))
    assert plain > CLEAR
    assert association(truth, softmax(3 * logits + [0, 2, 3])) == pytest.approx(plain, rel=1e-9)


def test_probabilities_that_point_the_wrong_way_are_below_zero() -> None:
    truth = np.array([0, 0, 1, 1])
    wrong = np.array([[0.1, 0.9], [0.2, 0.8], [0.9, 0.1], [0.8, 0.2]])
    assert association(truth, wrong) < -1
    assert association(truth, wrong[:, ::-1]) > 1


def test_a_constant_and_nothing_at_all_are_zero() -> None:
    assert association(np.array([0, 1, 1]), np.full((3, 2), [0.3, 0.7])) == 0
    assert association(np.zeros(0, int), np.zeros((0, 2))) == 0
