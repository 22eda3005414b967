"""Shares of 0 of n and n of n, and models that answer one class, have intervals with width, whatever the clusters."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.evaluation.bootstrap import Resampling, averaged, intervals
from bioseq.evaluation.design_effect import design_effect, intraclass_correlation
from bioseq.evaluation.metrics import METRICS, matthews_correlation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.bootstrap import Interval

OF_ANSWERS = ("accuracy", "balanced_accuracy", "sensitivity", "specificity", "precision", "f1", "mcc")
SQUARE = NormalDist().inv_cdf(0.975) ** 2


def answering(told: NDArray[np.integer], classes: int = 2) -> NDArray[np.float64]:
    """Probabilities that give these answers, none twice."""
    chance = np.random.default_rng(0)
    chances = chance.uniform(0.1, 0.2, (len(told), classes))
    chances[np.arange(len(told)), told] = 1
    return chances / chances.sum(axis=1, keepdims=True)


def bounds_of_none(records: float) -> tuple[float, float]:
    """Wilson's interval of 0 of n, in closed form."""
    return 0.0, SQUARE / (records + SQUARE)


def both_ways(truth: Sequence[int], told: Sequence[int]) -> list[dict[str, Interval]]:
    """The intervals of single records, and with each record as a cluster of its own."""
    chances = answering(np.asarray(told))
    return [intervals(truth, chances, clusters=one, resamples=200) for one in (None, np.arange(len(truth))[::-1] * 3)]


@pytest.mark.parametrize("way", [0, 1])
def test_0_of_12_may_be_a_quarter(way: int) -> None:
    found = both_ways([0] * 12 + [1] * 12, [1] * 12 + [0] + [1] * 11)[way]
    assert (found["specificity"].low, found["specificity"].high) == pytest.approx(bounds_of_none(12))
    assert 0.24 < found["specificity"].high < 0.25
    assert found["accuracy"].high > 0.55
    assert found["mcc"].high - found["mcc"].low > 0.2
    assert found["mcc"].low < found["mcc"].value < found["mcc"].high


@pytest.mark.parametrize("way", [0, 1])
def test_427_of_427_is_99_percent_at_least_and_0_of_28_is_12_percent_at_most(way: int) -> None:
    found = both_ways([0] * 427 + [1] * 28, [0] * 455)[way]
    assert found["sensitivity"].low == 0
    assert found["sensitivity"].high == pytest.approx(0.1206, abs=1e-4)
    assert found["specificity"].low == pytest.approx(0.9911, abs=1e-4)
    assert found["specificity"].high == 1


@pytest.mark.parametrize("told", [[0] * 30, [0] * 14 + [1] * 16, [0] * 15 + [1] * 15])
def test_clusters_of_one_record_each_change_no_interval(told: list[int]) -> None:
    alone, clustered = both_ways([0] * 15 + [1] * 15, told)
    assert alone == clustered


@pytest.mark.parametrize("classes", [2, 3, 5])
@pytest.mark.parametrize("size", [1, 3, 20])
def test_every_figure_of_a_model_that_answers_one_class_has_an_interval_with_width(classes: int, size: int) -> None:
    truth = np.repeat(np.arange(classes), 60)
    clusters = np.arange(len(truth)) // size
    found = intervals(truth, answering(np.zeros_like(truth), classes), clusters=clusters, resamples=200)
    for name in OF_ANSWERS:
        one = found[name]
        assert one.defined, name
        assert METRICS[name].minimum <= one.low <= one.value <= one.high <= METRICS[name].maximum, name
        assert one.high - one.low > 0.003, name
    assert found["mcc"].value == 0
    assert found["mcc"].low < 0 < found["mcc"].high
    assert found["accuracy"].low < 1 / classes < found["accuracy"].high


def test_records_that_are_told_alike_count_as_their_clusters() -> None:
    """Twelve clusters of five copies: 0 of 60 tells hardly more than 0 of 12, and more than 0 of 6."""
    clusters = np.arange(120) // 5
    truth = np.repeat([0, 1], 60)
    own = answering(np.ones(24, np.int64))[clusters]
    found = intervals(truth, own, clusters=clusters, resamples=200)["specificity"]
    assert bounds_of_none(12)[1] < found.high < bounds_of_none(6)[1]
    unlike = intervals(truth, answering(np.ones(120, np.int64)), clusters=clusters, resamples=200)["specificity"]
    assert unlike.high < bounds_of_none(30)[1], "scores that differ within clusters as between them"


def test_no_bound_is_a_negative_zero_or_outside_the_range() -> None:
    truth = np.repeat([0, 1, 2], 8)
    for told in (np.zeros(24, np.int64), truth, (truth + 1) % 3):
        for clusters in (None, np.arange(24) // 2):
            for name, one in intervals(truth, answering(told, 3), clusters=clusters, resamples=200).items():
                least, most = METRICS[name].range_of(3)
                assert least <= one.low <= one.high <= most, name
                assert not any(number == 0 and math.copysign(1, number) < 0 for number in (one.low, one.high)), name


def test_a_small_negative_bound_is_not_written_as_minus_nothing() -> None:
    one = intervals([0, 1] * 20, answering(np.array([0, 1] * 20)), resamples=200)["mcc"]
    assert type(one)(0.0, -0.0004, 0.2).bounds_text() == "0.000 to 0.200"


def test_the_design_effect_is_that_of_the_sizes_where_all_is_alike_and_none_where_nothing_is() -> None:
    chance = np.random.default_rng(3)
    cluster = np.repeat(np.arange(200), 4)
    alike = chance.random(200)[cluster]
    assert design_effect(alike > 0.5, alike, cluster) == pytest.approx(4, abs=0.05)
    unlike = chance.random(800)
    assert design_effect(unlike > 0.5, unlike, cluster) == pytest.approx(1, abs=0.2)
    assert design_effect(unlike > 0.5, unlike, np.arange(800)) == 1


def test_where_all_outcomes_are_equal_the_scores_tell_how_alike_records_are() -> None:
    chance = np.random.default_rng(4)
    cluster = np.repeat(np.arange(100), 10)
    right = np.ones(1_000, bool)
    effects = []
    for alike in (0.0, 0.5, 1.0):
        common, own = chance.normal(size=100)[cluster], chance.normal(size=1_000)
        effects.append(design_effect(right, math.sqrt(alike) * common + math.sqrt(1 - alike) * own, cluster))
    assert 1 <= effects[0] < 1.2 < effects[1] < 4 < effects[2] <= 10
    assert design_effect(right, np.ones(1_000), cluster) == pytest.approx(10, rel=0.2), "nothing tells: all alike"


def test_the_correlation_within_clusters_is_that_of_an_analysis_of_variance() -> None:
    values = np.array([1.0, 2.0, 4.0, 5.0, 9.0, 9.5])
    units = np.array([0, 0, 1, 1, 2, 2])
    between = 2 * np.var([1.5, 4.5, 9.25], ddof=1)
    within = np.mean([0.5, 0.5, 0.125])
    assert intraclass_correlation(values, units) == pytest.approx((between - within) / (between + within))


def test_the_mean_of_equal_models_has_the_interval_of_one_and_of_unlike_ones_a_narrower_one() -> None:
    truth = np.repeat([0, 1], 40)
    drawing = Resampling(truth, resamples=200)
    collapsed = drawing.drawn(answering(np.zeros(80, np.int64)))
    for name, one in drawing.intervals(averaged([collapsed, collapsed])).items():
        alone = drawing.intervals(collapsed)[name]
        assert (one.low, one.high) == pytest.approx((alone.low, alone.high), abs=1e-9), name
    chance = np.random.default_rng(5)
    told = [np.where(chance.random(80) < 0.7, truth, 1 - truth) for _ in range(4)]
    drawn = [drawing.drawn(answering(one)) for one in told]
    together = drawing.intervals(averaged(drawn))["accuracy"]
    single = [drawing.intervals(one)["accuracy"] for one in drawn]
    assert together.high - together.low < 0.75 * np.mean([one.high - one.low for one in single])


def test_one_class_alone_has_no_correlation() -> None:
    assert math.isnan(matthews_correlation(np.array([[3, 2], [0, 0]])))
    assert matthews_correlation(np.array([[3, 0], [2, 0]])) == 0
