"""Tests of two predictors on the same records give the values that were published for them, or follow from counting."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy import stats

from bioseq.evaluation.bootstrap import Interval, Resampling, paired_difference
from bioseq.evaluation.metrics import roc_auc
from bioseq.evaluation.paired_tests import allowing_for, assess, delong, holm, mcnemar, p_of

OVARIAN = """
3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1  3.8 5.7 5 1
3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0  2.3 4.4 6 1  4.2 7.6 4 0
4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1
4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1
2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1  3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1
"""
"""Albumin, total protein, K-G score, outcome: the complete cases of DeLong, DeLong and Clarke-Pearson 1988."""


def two(score: np.ndarray) -> np.ndarray:
    return np.stack([-score, score], axis=1)


def three_classes(seed: int, records: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Two predictors that err together; classes of unlike size."""
    chance = np.random.default_rng(seed)
    truth = np.repeat([0, 1, 2], [records // 2, records // 3, records - records // 2 - records // 3])
    common = chance.normal(size=(records, 3)) + 1.2 * np.eye(3)[truth]
    return truth, common + 0.5 * chance.normal(size=(records, 3)), common + 0.8 * chance.normal(size=(records, 3))


def test_delong_gives_the_values_published_for_his_data() -> None:
    """Areas, standard errors, bounds and p as SAS/STAT 14.3 prints them (LOGISTIC, example of comparing ROC curves)."""
    table = np.array(OVARIAN.split(), np.float64).reshape(-1, 4)
    albumin, protein, kg, outcome = table.T
    truth = (outcome == 0).astype(np.int64)
    first = delong(truth, two(-albumin), two(kg))
    assert (first.first, first.second) == (pytest.approx(0.7366, abs=5e-5), pytest.approx(0.7258, abs=5e-5))
    assert (first.difference, first.error) == (pytest.approx(0.0108, abs=5e-5), pytest.approx(0.0953, abs=5e-5))
    assert (first.low, first.high) == (pytest.approx(-0.1761, abs=5e-5), pytest.approx(0.1976, abs=5e-5))
    assert first.p == pytest.approx(0.9102, abs=5e-5)
    second = delong(truth, two(-protein), two(kg))
    assert (second.difference, second.error) == (pytest.approx(-0.0780, abs=5e-5), pytest.approx(0.1046, abs=5e-5))
    assert second.p == pytest.approx(0.4561, abs=5e-5)


def test_delongs_error_is_that_of_the_definition_with_every_pair() -> None:
    chance = np.random.default_rng(3)
    truth = np.repeat([1, 0], [9, 14])
    scores = [np.round(chance.normal(size=23) + truth, 1) for _ in range(2)]
    found = delong(truth, two(scores[0]), two(scores[1]))
    kernels = []
    for score in scores:
        kernel = np.zeros((9, 14))
        for (row, own), (column, other) in product(enumerate(score[:9]), enumerate(score[9:])):
            kernel[row, column] = float(own > other) + 0.5 * float(own == other)
        kernels.append(kernel)
    gap = kernels[0] - kernels[1]
    variance = np.var(gap.mean(axis=1), ddof=1) / 9 + np.var(gap.mean(axis=0), ddof=1) / 14
    assert found.error == pytest.approx(math.sqrt(variance))
    assert found.first == pytest.approx(roc_auc(truth == 1, scores[0]))


def test_with_many_classes_the_error_of_the_macro_mean_is_that_of_resamples() -> None:
    truth, first, second = three_classes(1, 600)
    found = delong(truth, first, second)
    chances = [np.exp(one) / np.exp(one).sum(axis=1, keepdims=True) for one in (first, second)]
    same_order = delong(truth, *chances)
    drawing = Resampling(truth, resamples=1_000)
    gaps = drawing.drawn(chances[0]).minus(drawing.drawn(chances[1]))
    assert same_order.difference == pytest.approx(gaps.values["roc_auc"])
    assert same_order.error == pytest.approx(gaps.resampled["roc_auc"].std(ddof=1), rel=0.1)
    assert found.error == pytest.approx(same_order.error, rel=0.3)


def test_a_true_null_hypothesis_is_rarely_rejected_and_p_is_even() -> None:
    found = []
    for seed in range(200):
        chance = np.random.default_rng(seed)
        truth = np.repeat([0, 1, 2], [40, 30, 20])
        common = chance.normal(size=(90, 3)) + np.eye(3)[truth]
        noisy = [common + 0.6 * chance.normal(size=(90, 3)) for _ in range(2)]
        found.append(delong(truth, *noisy).p)
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert 0.01 <= np.mean(np.array(found) < 0.05) <= 0.1


def test_predictors_that_never_differ_are_not_told_apart() -> None:
    truth, first, _ = three_classes(2, 60)
    same = delong(truth, first, first)
    assert (same.difference, same.error, same.p) == (0, 0, 1)
    lonely = delong([0, 0, 1], two(np.arange(3.0)), two(np.array([2.0, 0.0, 1.0])))
    assert math.isnan(lonely.p), "one positive record has no spread"


def test_mcnemar_gives_the_values_published_for_it() -> None:
    """Fagerland, Lydersen and Laake 2013, table 1 and section 4: 1 and 7 discordant pairs among 21."""
    truth = np.ones(21, int)
    first = np.array([1] * 13 + [1] + [0] * 7)
    second = np.array([1] * 13 + [0] + [1] * 7)
    found = mcnemar(truth, first, second)
    assert (found.only_first, found.only_second) == (1, 7)
    assert found.p_exact == pytest.approx(0.0703, abs=5e-5)
    assert found.p == pytest.approx(0.0391, abs=5e-5)


@pytest.mark.parametrize(("heads", "tails"), [(0, 0), (0, 5), (3, 3), (4, 11), (480, 520), (2_000, 2_300)])
def test_mcnemar_is_the_binomial_test(heads: int, tails: int) -> None:
    truth = np.zeros(heads + tails + 3, int)
    first = np.array([0] * heads + [1] * tails + [0, 1, 1])
    second = np.array([1] * heads + [0] * tails + [0, 1, 1])
    found = mcnemar(truth, first, second)
    if heads + tails:
        assert found.p_exact == pytest.approx(stats.binomtest(heads, heads + tails).pvalue, rel=1e-9)
    tail = stats.binom.cdf(min(heads, tails), heads + tails, 0.5)
    middle = stats.binom.pmf(min(heads, tails), heads + tails, 0.5)
    assert found.p == pytest.approx(1.0 if heads == tails else 2 * tail - middle, rel=1e-9)


def test_the_p_of_an_interval_is_that_of_its_standard_errors() -> None:
    """Altman and Bland 2011: a difference of 1 with the 95 % interval 1 ± 1.96 lies one standard error from 0."""
    reach = stats.norm.ppf(0.975)
    assert p_of(Interval(1.0, 1 - reach, 1 + reach)) == pytest.approx(2 * stats.norm.sf(1))
    assert p_of(Interval(-3.0, -3 - reach, -3 + reach)) == pytest.approx(2 * stats.norm.sf(3))
    assert p_of(Interval(0.0, -1.0, 1.0)) == 1.0
    assert math.isnan(p_of(Interval(0.5, math.nan, math.nan)))


@pytest.mark.parametrize("level", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("comparisons", [1, 4, 45])
def test_p_is_below_the_level_exactly_where_the_interval_leaves_out_zero(level: float, comparisons: int) -> None:
    chance = np.random.default_rng(comparisons)
    seen = set()
    for value, below, above in chance.random((400, 3)) * (0.2, 0.2, 0.2) - (0.1, 0, 0):
        found = assess("mcc", Interval(value, value - below, value + above, level), comparisons=comparisons)
        assert found.significant == (found.p < 1 - level)
        seen.add(found.significant)
    assert seen == {True, False}


def test_many_comparisons_ask_for_wider_intervals_within_the_range_of_the_metric() -> None:
    wide = allowing_for(Interval(0.1, 0.05, 0.2), 10)
    ratio = stats.norm.ppf(1 - 0.0025) / stats.norm.ppf(0.975)
    assert (wide.low, wide.high) == (pytest.approx(0.1 - 0.05 * ratio), pytest.approx(0.1 + 0.1 * ratio))
    assert assess("roc_auc", Interval(0.5, -0.4, 0.95), comparisons=10).interval.high == 1.0
    assert allowing_for(Interval(0.1, 0.05, 0.2), 1).low == pytest.approx(0.05)


def test_holm_raises_p_values_step_by_step() -> None:
    """Holm 1979; the same numbers as p.adjust(c(.01, .04, .03, .005), "holm") in R."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))
    assert holm([0.6, 0.7]) == (1.0, 1.0)
    assert holm([]) == ()
    raised = holm([0.01, math.nan, 0.04])
    assert (raised[0], raised[2]) == (pytest.approx(0.02), pytest.approx(0.04))
    assert math.isnan(raised[1])


@pytest.mark.parametrize(("only_second", "significant"), [(2, False), (3, False), (8, True)])
def test_a_few_records_that_all_speak_for_the_one_may_be_chance(only_second: int, significant: bool) -> None:
    truth = np.arange(148) % 2
    sure = np.where(truth[:, None] == np.arange(2), 0.9, 0.1)
    wrong = sure[:, ::-1]
    first, second = sure.copy(), sure.copy()
    first[:10] = second[:10] = wrong[:10]
    first[20 : 20 + only_second] = wrong[20 : 20 + only_second]
    found = paired_difference(truth, first, second)
    for name in ("accuracy", "mcc", "f1"):
        assert found[name].value < 0
        assert assess(name, found[name]).significant is significant, found[name]
