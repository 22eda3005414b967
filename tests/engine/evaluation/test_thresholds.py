"""A threshold serves the aim it was chosen for; another prevalence follows Bayes' rule."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as reference

from bioseq.evaluation.metrics import scores
from bioseq.evaluation.thresholds import at_prevalence, choose_threshold, predictive_values

AIMS = ("mcc", "youden", "f1", "sensitivity", "specificity")


def case(seed: int, records: int = 60, digits: int = 2) -> tuple[np.ndarray, np.ndarray]:
    chance = np.random.default_rng(seed)
    truth = chance.random(records) < 0.3
    score = np.clip(np.round(0.4 * truth + 0.6 * chance.random(records), digits), 0.0, 1.0)
    return truth, score


def worth(aim: str, truth: np.ndarray, score: np.ndarray, threshold: float, value: float) -> float:
    """What an aim wants, by scikit-learn; -inf where it is not met."""
    told = score >= threshold
    found = reference.recall_score(truth, told)
    spared = reference.recall_score(~truth, ~told)
    match aim:
        case "mcc":
            return reference.matthews_corrcoef(truth, told)
        case "youden":
            return found + spared
        case "f1":
            return reference.f1_score(truth, told, zero_division=0)
        case "sensitivity":
            return spared if found >= value else -math.inf
        case _:
            return found if spared >= value else -math.inf


@pytest.mark.parametrize("aim", AIMS)
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [1, 6])
def test_no_other_threshold_serves_the_aim_better(aim: str, seed: int, digits: int) -> None:
    truth, score = case(seed, digits=digits)
    chosen = choose_threshold(truth, score, aim, value=0.8)
    assert chosen is not None
    own = worth(aim, truth, score, chosen.threshold, 0.8)
    others = [worth(aim, truth, score, other, 0.8) for other in (*np.unique(score), 1.0, 1e-6)]
    assert own >= max(others) - 1e-12
    told = score >= chosen.threshold
    assert chosen.sensitivity == pytest.approx(reference.recall_score(truth, told))
    assert chosen.specificity == pytest.approx(reference.recall_score(~truth, ~told))


def test_a_threshold_lies_in_the_middle_between_two_scores_next_to_one_half() -> None:
    apart = choose_threshold([False, False, True, True], [0.1, 0.2, 0.6, 0.9], "mcc")
    assert apart is not None
    assert apart.threshold == pytest.approx(0.4)
    alike = choose_threshold([True, False, True, False], [0.9, 0.7, 0.45, 0.1], "youden")
    assert alike is not None
    assert alike.threshold == pytest.approx(0.275), "0.8 and 0.275 serve alike; the second lies nearer to one half"


def test_every_threshold_can_be_written_into_a_model_file() -> None:
    for score in ([1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]):
        for aim in AIMS:
            chosen = choose_threshold([True, False, False], score, aim, value=1.0)
            assert chosen is None or 0 < chosen.threshold < 1


def test_nothing_is_chosen_by_one_kind_of_records_or_where_the_threshold_is_given() -> None:
    assert choose_threshold([True, True], [0.2, 0.4], "mcc") is None
    assert choose_threshold([], [], "mcc") is None
    assert choose_threshold([True, False], [0.2, 0.4], "fixed") is None


@given(sensitivity=st.floats(0.01, 0.99), specificity=st.floats(0.01, 0.99), prevalence=st.floats(0.01, 0.99))
def test_predictive_values_follow_bayes_rule(sensitivity: float, specificity: float, prevalence: float) -> None:
    ppv, npv = predictive_values(sensitivity, specificity, prevalence)
    odds = prevalence / (1 - prevalence)
    assert ppv / (1 - ppv) == pytest.approx(odds * sensitivity / (1 - specificity))
    assert npv / (1 - npv) == pytest.approx(specificity / (1 - sensitivity) / odds)


def test_predictive_values_of_the_textbook() -> None:
    """Sensitivity 99 %, specificity 95 %, one in a thousand is ill: two of a hundred alarms are right."""
    ppv, npv = predictive_values(0.99, 0.95, 0.001)
    assert ppv == pytest.approx(0.00099 / (0.00099 + 0.04995))
    assert npv == pytest.approx(0.94905 / (0.94905 + 0.00001))
    assert math.isnan(predictive_values(0.0, 1.0, 0.5)[0]), "no record is called positive"


def test_predictive_values_are_those_of_the_records_at_their_own_prevalence() -> None:
    truth, score = case(5, 400)
    found = scores(truth.astype(int), np.stack([1 - score, score], axis=1)).metrics
    ppv, _ = predictive_values(found["sensitivity"], found["specificity"], float(truth.mean()))
    assert ppv == pytest.approx(found["precision"])


def test_probabilities_shift_to_another_prevalence_as_two_bells_say() -> None:
    """With normal scores the true probability is known at every prevalence."""
    score = np.linspace(-2, 4, 25)

    def true(prevalence: float) -> np.ndarray:
        odds = prevalence / (1 - prevalence) * np.exp(2 * score - 2)
        return np.stack([1 / (1 + odds), odds / (1 + odds)], axis=1)

    found = at_prevalence(true(0.5), trained=[0.5, 0.5], expected=[0.98, 0.02])
    np.testing.assert_allclose(found, true(0.02), atol=1e-12)
    back = at_prevalence(found, trained=[0.98, 0.02], expected=[0.5, 0.5])
    np.testing.assert_allclose(back, true(0.5), atol=1e-12)


def test_probabilities_stay_where_the_shares_stay() -> None:
    chances = np.random.default_rng(1).dirichlet(np.ones(4), 30)
    shares = np.array([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(at_prevalence(chances, trained=shares, expected=shares), chances, atol=1e-15)
