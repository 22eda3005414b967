"""Resampled figures equal those of the repeated records; intervals hold the truth as often as they say."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sklearn import metrics as reference

from bioseq.evaluation.bootstrap import Resamples, Resampling, intervals, paired_difference
from bioseq.evaluation.metrics import METRICS, scores
from bioseq.evaluation.weighted import RESAMPLED_PER_CLASS, WeightedScores

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Case = tuple[NDArray[np.int64], NDArray[np.float64]]

MANY = 200_000
REPEATS = 300
"""Simulated sets of records: a share of 95 % is then found with a standard error of 1.3 %."""


def random_case(seed: int, *, records: int, classes: int, digits: int) -> Case:
    """Few digits give many ties."""
    chance = np.random.default_rng(seed)
    raw = np.round(chance.dirichlet(np.ones(classes), records), digits) + 10.0**-digits
    return chance.integers(0, classes, records), raw / raw.sum(axis=1, keepdims=True)


def two_bells(chance: np.random.Generator, records: int, *, share: float, apart: float, sharpness: float = 1) -> Case:
    """Two classes whose scores are normal, `apart` standard deviations from each other."""
    truth = (chance.random(records) < share).astype(np.int64)
    score = chance.normal(size=records) + apart * truth
    odds = apart * score - apart**2 / 2 + math.log(share / (1 - share))
    chances = 1 / (1 + np.exp(-sharpness * odds))
    return truth, np.stack([1 - chances, chances], axis=1)


def four_classes(chance: np.random.Generator, records: int) -> Case:
    truth = np.repeat(np.arange(4), records // 4)
    logits = chance.normal(size=(records, 4))
    logits[np.arange(records), truth] += 1.5
    chances = np.exp(1.5 * logits)
    return truth, chances / chances.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("classes", "digits"), [(2, 1), (2, 9), (3, 2), (4, 9)])
@pytest.mark.parametrize("seed", range(5))
def test_weighted_figures_are_those_of_the_records_repeated_as_often_as_they_weigh(
    classes: int, digits: int, seed: int
) -> None:
    truth, chances = random_case(seed, records=60, classes=classes, digits=digits)
    if seed == 4:
        chances = chances.astype(np.float32)
    weights = np.random.default_rng(seed).integers(0, 4, (3, 60))
    found = WeightedScores(truth, chances, threshold=0.4, positive=0).figures(weights.astype(np.float64)).metrics
    assert set(found) == set(METRICS)
    for row, weight in enumerate(weights):
        repeated = np.repeat(np.arange(60), weight)
        wanted = scores(truth[repeated], chances[repeated], threshold=0.4, positive=0).metrics
        for name, value in wanted.items():
            assert found[name][row] == pytest.approx(value, abs=1e-12, nan_ok=True), name


@pytest.mark.parametrize("classes", [2, 3])
def test_the_figures_of_each_class_are_those_of_the_class_against_the_rest(classes: int) -> None:
    truth, chances = random_case(3, records=90, classes=classes, digits=2)
    weights = np.random.default_rng(3).integers(0, 4, (1, 90)).astype(np.float64)
    found = WeightedScores(truth, chances).figures(weights, per_class=True)
    rows = np.repeat(np.arange(90), weights[0].astype(int))
    wanted = scores(truth[rows], chances[rows]).per_class_by_index
    for own, expected in zip(found.per_class, wanted, strict=True):
        assert set(own) == set(RESAMPLED_PER_CLASS)
        for name, value in own.items():
            assert value[0] == pytest.approx(expected[name], abs=1e-12, nan_ok=True), name
    assert WeightedScores(truth, chances).figures(weights).per_class == ()


@pytest.mark.parametrize(("classes", "digits"), [(2, 1), (2, 9), (3, 2), (4, 9)])
def test_gaps_of_equal_weights_add_up_to_the_calibration_error(classes: int, digits: int) -> None:
    truth, chances = random_case(5, records=70, classes=classes, digits=digits)
    gaps = WeightedScores(truth, chances).gaps(np.ones((2, 70)))
    np.testing.assert_allclose(np.abs(gaps).sum(axis=1), scores(truth, chances).metrics["ece"], atol=1e-12)


@pytest.mark.parametrize("case", range(4))
def test_every_interval_holds_the_figure_found_and_stays_in_its_range(case: int) -> None:
    chance = np.random.default_rng(case)
    records = (24, 60, 150, 400)[case]
    truth, chances = two_bells(chance, records, share=0.3, apart=(3.0, 0.0, 2.0, 1.0)[case], sharpness=1 + case)
    several = four_classes(chance, records // 4 * 4)
    kinds = chance.integers(0, 12, records)
    for found in (intervals(truth, chances), intervals(*several), intervals(truth, chances, clusters=kinds)):
        for name, interval in found.items():
            top = 2.0 if name == "brier" else METRICS[name].maximum
            if interval.defined:
                assert METRICS[name].minimum <= interval.low <= interval.value <= interval.high <= top, name
    assert intervals(truth, chances)["ece"].high > 0


def test_the_intervals_of_the_positive_class_are_those_of_two_classes() -> None:
    truth, chances = two_bells(np.random.default_rng(1), 120, share=0.4, apart=1.5)
    drawing = Resampling(truth, resamples=200)
    drawn = drawing.drawn(chances, per_class=True)
    whole, (other, own) = drawing.intervals(drawn), (drawing.intervals(one) for one in drawn.per_class)
    for name, interval in own.items():
        assert (interval.low, interval.high) == pytest.approx((whole[name].low, whole[name].high)), name
    assert other["sensitivity"] == whole["specificity"]
    assert other["precision"] != whole["precision"]


def test_weighted_figures_equal_scikit_learn_with_sample_weights() -> None:
    truth, chances = random_case(7, records=300, classes=2, digits=2)
    weights = np.random.default_rng(7).integers(0, 3, 300).astype(np.float64)
    found = WeightedScores(truth, chances).figures(weights[None]).metrics
    told = chances[:, 1] >= 0.5
    wanted = {
        "roc_auc": reference.roc_auc_score(truth, chances[:, 1], sample_weight=weights),
        "pr_auc": reference.average_precision_score(truth, chances[:, 1], sample_weight=weights),
        "brier": reference.brier_score_loss(truth, chances[:, 1], sample_weight=weights),
        "loss": reference.log_loss(truth, chances, sample_weight=weights),
        "mcc": reference.matthews_corrcoef(truth, told, sample_weight=weights),
        "f1": reference.f1_score(truth, told, sample_weight=weights),
        "balanced_accuracy": reference.balanced_accuracy_score(truth, told, sample_weight=weights),
    }
    for name, value in wanted.items():
        assert found[name][0] == pytest.approx(value, abs=1e-12), name


def test_thirteen_classes_in_blocks_equal_scikit_learn_on_each_draw_by_itself() -> None:
    """So many records that the draws are weighed in several blocks; some of the scores are tied."""
    classes, resamples, records = 13, 14, 11_000
    chance = np.random.default_rng(4)
    truth = np.sort(chance.choice(classes, records, p=np.arange(1, classes + 1) / 91))
    logits = chance.normal(size=(records, classes)) + 2 * np.eye(classes)[truth]
    chances = np.exp(np.round(logits, 1))
    chances /= chances.sum(axis=1, keepdims=True)
    found = Resampling(truth, resamples=resamples, seed=2).drawn(chances).resampled

    draws = np.random.default_rng(2)
    sizes = np.bincount(truth)
    drawn, ratios = [], []
    for size in sizes:
        drawn.append(draws.integers(0, size, (resamples, size - 1)))
        ratios.append(draws.standard_gamma(size, resamples))
    for row in (0, resamples - 1):
        weights = np.concatenate(
            [
                np.bincount(own[row], minlength=size) / (size - 1) * ratio[row]
                for own, size, ratio in zip(drawn, sizes, ratios, strict=True)
            ]
        )
        wanted = {
            "accuracy": np.average(np.argmax(chances, axis=1) == truth, weights=weights),
            "roc_auc": _mean_over_classes(reference.roc_auc_score, truth, chances, weights),
            "pr_auc": _mean_over_classes(reference.average_precision_score, truth, chances, weights),
            "loss": reference.log_loss(truth, chances, sample_weight=weights),
        }
        for name, value in wanted.items():
            assert found[name][row] == pytest.approx(value, abs=1e-12), name


def _mean_over_classes(
    judge: Callable[..., float], truth: NDArray[np.int64], chances: NDArray[np.float64], weights: NDArray[np.float64]
) -> float:
    own = [judge(truth == index, chances[:, index], sample_weight=weights) for index in range(chances.shape[1])]
    return float(np.mean(own))


def test_undefined_figures_stay_undefined() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    found = intervals([0, 0, 0], chances, resamples=200)
    assert math.isnan(found["roc_auc"].value)
    assert not found["roc_auc"].defined
    assert not found["precision"].defined, "nothing is ever called positive"
    assert found["accuracy"].value == 1
    assert intervals([], np.zeros((0, 2)), resamples=200)["accuracy"].bounds_text() == ""


def test_a_perfect_model_is_not_said_to_be_perfect_for_sure() -> None:
    truth = np.repeat([0, 1], 30)
    chances = np.where(truth[:, None] == np.arange(2), 0.99, 0.01)
    found = intervals(truth, chances, resamples=200)
    lowest = 1 / (1 + NormalDist().inv_cdf(0.975) ** 2 / 30)  # Wilson's bound of 30 of 30, in closed form
    for name in ("sensitivity", "specificity", "roc_auc"):
        assert found[name].low == pytest.approx(lowest), name
        assert found[name].high == 1
    for name in ("accuracy", "precision", "f1", "mcc"):
        assert lowest - 0.1 < found[name].low < 0.98, name
        assert found[name].high == 1


def test_the_same_seed_gives_the_same_bounds_and_another_gives_others() -> None:
    truth, chances = two_bells(np.random.default_rng(1), 300, share=0.4, apart=1.5)
    first, again = intervals(truth, chances, resamples=300), intervals(truth, chances, resamples=300)
    assert first == again
    assert intervals(truth, chances, resamples=300, seed=2)["roc_auc"] != first["roc_auc"]
    wide, narrow = intervals(truth, chances, resamples=300, level=0.99)["mcc"], first["mcc"]
    assert wide.low < narrow.low < narrow.value < narrow.high < wide.high


def test_very_many_records_are_drawn_less_often() -> None:
    plan = Resamples(count=1_000)
    assert (plan.of(10_000), plan.of(100_000), plan.of(10_000_000)) == (1_000, 500, 200)


CASES = ((100, 0.5, 1.5, 1.0), (200, 0.25, 2.0, 1.5))
"""Records, share of positives, how far apart the classes are, how much too sure the model is."""


def test_intervals_hold_the_true_figures_as_often_as_they_say() -> None:
    chance = np.random.default_rng(5)
    held = dict.fromkeys(METRICS, 0)
    for records, share, apart, sharpness in CASES:
        options = {"share": share, "apart": apart, "sharpness": sharpness}
        true = scores(*two_bells(chance, MANY, **options)).metrics
        for repeat in range(REPEATS):
            found = intervals(*two_bells(chance, records, **options), resamples=300, seed=repeat)
            for name, interval in found.items():
                held[name] += interval.low <= true[name] + 1e-9 and true[name] - 1e-9 <= interval.high
    for name, count in held.items():
        # 600 intervals tell a share of 95 % to 0.9 % (one standard error); bench_coverage.py looks more closely.
        assert 0.92 <= count / (len(CASES) * REPEATS) <= 0.98, (name, held)


def test_intervals_of_many_classes_hold_the_true_figures_too() -> None:
    chance = np.random.default_rng(6)
    true = scores(*four_classes(chance, MANY)).metrics
    held = dict.fromkeys(METRICS, 0)
    for repeat in range(REPEATS // 2):
        for name, interval in intervals(*four_classes(chance, 100), resamples=200, seed=repeat).items():
            held[name] += interval.low <= true[name] + 1e-9 and true[name] - 1e-9 <= interval.high
    assert 0.92 <= 2 * np.mean(list(held.values())) / REPEATS <= 0.97, held


def test_clusters_widen_the_intervals_to_where_they_hold_and_records_alone_do_not() -> None:
    """Five copies of each record: only the number of clusters counts."""
    chance = np.random.default_rng(8)
    true = scores(*two_bells(chance, MANY, share=0.5, apart=1.5)).metrics["roc_auc"]
    by_cluster = by_record = 0
    for repeat in range(REPEATS // 5):
        truth, chances = two_bells(chance, 60, share=0.5, apart=1.5)
        copies = np.repeat(np.arange(60), 5)
        known = intervals(truth[copies], chances[copies], clusters=copies, resamples=200, seed=repeat)["roc_auc"]
        taken_apart = intervals(truth[copies], chances[copies], resamples=200, seed=repeat)["roc_auc"]
        by_cluster += known.low <= true <= known.high
        by_record += taken_apart.low <= true <= taken_apart.high
    assert 0.89 <= 5 * by_cluster / REPEATS <= 1
    assert 5 * by_record / REPEATS < 0.75


def test_clusters_of_single_records_draw_as_records_do() -> None:
    truth, chances = two_bells(np.random.default_rng(3), 80, share=0.5, apart=1.0)
    one, other = Resampling(truth, resamples=200), Resampling(truth, clusters=np.arange(80) + 5, resamples=200)
    np.testing.assert_array_equal(one.drawn(chances).resampled["mcc"], other.drawn(chances).resampled["mcc"])


def test_clusters_of_several_classes_are_drawn_whole() -> None:
    truth = np.tile([0, 1], 40)
    chances = np.random.default_rng(2).dirichlet([1, 1], 80)
    found = Resampling(truth, clusters=np.repeat(np.arange(40), 2), resamples=200).drawn(chances)
    same = np.full(80, 0.5)
    constant = Resampling(truth, clusters=np.repeat(np.arange(40), 2), resamples=200)
    drawn = constant.drawn(np.stack([same, same], axis=1)).resampled["accuracy"]
    np.testing.assert_allclose(drawn, 0.5, err_msg="each cluster has one record of each class")
    assert found.resampled["accuracy"].std() > 0


def test_one_cluster_of_each_class_tells_nothing_of_how_clusters_differ() -> None:
    truth, chances = two_bells(np.random.default_rng(2), 80, share=0.5, apart=1.0)
    found = intervals(truth, chances, clusters=truth, resamples=200)
    assert not any(interval.defined for interval in found.values())
    assert found["roc_auc"].value == pytest.approx(scores(truth, chances).metrics["roc_auc"])


def test_a_predictor_beside_itself_differs_by_nothing() -> None:
    truth, chances = two_bells(np.random.default_rng(3), 100, share=0.5, apart=1.0)
    for name, gap in paired_difference(truth, chances, chances, resamples=200).items():
        assert (gap.value, gap.low, gap.high) == (0, 0, 0), name


def test_paired_differences_hold_the_true_difference_and_are_sharper_than_two_intervals() -> None:
    chance = np.random.default_rng(9)

    def both(records: int) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        truth = np.repeat([1, 0], records // 2)
        signal = chance.normal(size=records) + 1.2 * truth
        odds = [1.2 * (signal + noise * chance.normal(size=records)) - 0.7 for noise in (0.3, 0.6)]
        first, second = (1 / (1 + np.exp(-odd)) for odd in odds)
        return truth, np.stack([1 - first, first], axis=1), np.stack([1 - second, second], axis=1)

    truth, first, second = both(MANY)
    true = {name: value - scores(truth, second).metrics[name] for name, value in scores(truth, first).metrics.items()}
    held = dict.fromkeys(METRICS, 0)
    for repeat in range(REPEATS // 2):
        truth, first, second = both(100)
        gaps = paired_difference(truth, first, second, resamples=200, seed=repeat)
        for name, gap in gaps.items():
            held[name] += gap.low - 1e-9 <= true[name] <= gap.high + 1e-9
    shares = {name: 2 * count / REPEATS for name, count in held.items() if name != "ece"}
    assert 0.92 <= np.mean(list(shares.values())) <= 0.97, shares
    own, other = intervals(truth, first)["roc_auc"], intervals(truth, second)["roc_auc"]
    paired = paired_difference(truth, first, second)["roc_auc"]
    assert paired.high - paired.low < 0.8 * math.hypot(own.high - own.low, other.high - other.low)
