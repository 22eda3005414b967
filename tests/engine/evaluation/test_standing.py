"""A model is called better than simple ones only where chance hardly explains it; cautions name what flatters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.evaluation.bootstrap import Interval, Resamples
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.paired_tests import assess
from bioseq.evaluation.results import Evaluation, Scores, read_evaluations, write_evaluations
from bioseq.evaluation.standing import Difference, Standing, best_baseline, cautions_of, signed, standing_of
from bioseq.evaluation.verdict import findings_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

BEST = "gradient_boosting"


def chances(truth: NDArray[np.int16], skill: float, seed: int, classes: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(size=(len(truth), classes))
    noise[np.arange(len(truth)), truth] += skill
    return np.asarray(np.exp(noise) / np.exp(noise).sum(axis=1, keepdims=True), np.float32)


def judged(
    own: float, *simple: float, count: int = 400, classes: int = 2, names: tuple[str, ...] = (), seed: int = 1
) -> Evaluation:
    """A model of some skill beside simple ones of others."""
    truth = (np.arange(count) % classes).astype(np.int16)
    labels = tuple("abc"[:classes])
    names = names or ("logistic_regression", "gradient_boosting")

    def scored(name: str, probabilities: NDArray[np.float32]) -> Scores:
        found = scores(truth, probabilities)
        per_class = dict(zip(labels, found.per_class_by_index, strict=True))
        confusion = tuple(tuple(row) for row in found.confusion.tolist())
        return Scores(name, name.replace("_", " "), found.metrics, per_class, confusion)

    model = chances(truth, own, 1_000 + seed, classes)
    others = {
        name: chances(truth, skill, 2_000 + 10 * seed + place, classes)
        for place, (name, skill) in enumerate(zip(names, simple, strict=False))
    }
    evaluation = Evaluation(
        split="test",
        labels=labels,
        positive="b" if classes == 2 else "",
        threshold=0.5,
        records=count,
        model=scored("model", model),
        baselines=tuple(scored(name, values) for name, values in others.items()),
    )
    return with_intervals(evaluation, truth, {"model": model, **others}, Resamples())


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(
    ("own", "simple", "verdict"), [(2.5, (0.5, 1.0), "better"), (1.5, (1.5, 0.2), "equal"), (0.5, (1.0, 2.5), "worse")]
)
def test_a_model_is_better_equal_or_worse_than_the_best_simple_one(
    own: float, simple: tuple[float, float], verdict: str, classes: int
) -> None:
    evaluation = judged(own, *simple, classes=classes)
    standing = standing_of(evaluation)
    assert standing is not None
    assert standing.verdict == verdict
    assert [one.metric for one in standing.differences] == ["roc_auc", "accuracy", "mcc"]
    best = {one.name: one for one in evaluation.baselines}["logistic_regression" if verdict == "equal" else BEST]
    for one in standing.differences:
        assert one.baseline == best.name
        expected = evaluation.model.metrics[one.metric] - best.metrics[one.metric]
        assert one.lead.interval.value == pytest.approx(expected)
        alone = best.lead[one.metric]
        assert one.lead.interval.low < alone.low <= alone.high < one.lead.interval.high, "it allows for two"
    assert "allow for 2 comparisons" in standing.sentence


def standing(**leads: tuple[float, float, float]) -> Standing:
    """A model beside boosting, by the differences that are given."""
    made = (Difference(name, BEST, "Boosting", assess(name, Interval(*lead))) for name, lead in leads.items())
    return Standing(tuple(made))


def test_a_lower_accuracy_is_said_though_the_areas_are_equal() -> None:
    found = standing(roc_auc=(0.0001, -0.002, 0.002), accuracy=(-0.0054, -0.0084, -0.0024), mcc=(-0.004, -0.01, 0.002))
    assert found.verdict == "worse"
    assert found.sentence == (
        "Worse than the best simple model: accuracy -0.005 (95 % interval -0.008 to -0.002) against Boosting; no clear "
        "difference in ROC AUC and MCC."
    )


def test_metrics_that_disagree_are_both_said() -> None:
    found = standing(roc_auc=(0.1, 0.05, 0.15), accuracy=(-0.1, -0.2, -0.05))
    assert found.verdict == "mixed"
    assert found.sentence == (
        "Better than the best simple model in one respect, ROC AUC +0.100 (95 % interval +0.050 to +0.150) against "
        "Boosting, and worse in another, accuracy -0.100 (95 % interval -0.200 to -0.050) against Boosting."
    )


def test_equal_models_are_hardly_ever_told_apart() -> None:
    found = [standing_of(judged(1.0, 1.0, count=100, seed=seed)) for seed in range(25)]
    assert sum(one is not None and one.verdict != "equal" for one in found) <= 4


def test_the_largest_class_is_nobodys_best_simple_model() -> None:
    evaluation = judged(0.2, 3.0, -3.0, names=("majority", "logistic_regression"))
    assert evaluation.baselines[0].metrics["roc_auc"] > evaluation.baselines[1].metrics["roc_auc"]
    best = best_baseline(evaluation, "roc_auc")
    assert best is not None
    assert best.name == "logistic_regression"
    assert best_baseline(judged(0.2, 3.0, names=("majority",)), "roc_auc") is None


def test_without_simple_models_there_is_nothing_to_stand_beside() -> None:
    assert standing_of(judged(1.0)) is None


@pytest.mark.parametrize(("value", "text"), [(0.0123, "+0.012"), (-0.3, "-0.300"), (-0.0004, "0.000"), (0.0, "0.000")])
def test_a_difference_that_rounds_to_nothing_has_no_sign(value: float, text: str) -> None:
    assert signed(value) == text


def test_what_was_found_survives_the_file_and_old_files_have_none(tmp_path: Path) -> None:
    evaluation = judged(1.0, 1.0, count=60)
    full = replace(evaluation, cautions=cautions_of(evaluation, repeated=3, sources=1))
    write_evaluations(tmp_path / "metrics.json", {"test": full})
    assert read_evaluations(tmp_path / "metrics.json")["test"] == full
    old = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["evaluations"]["test"]
    assert [one["code"] for one in old.pop("findings")] == [one.code for one in findings_of(full)]
    del old["cautions"]
    old["standing"] = {"baseline": "lr", "metric": "roc_auc", "difference": 0.1}
    assert Evaluation.from_dict(old) == evaluation


def test_repeated_records_and_a_single_file_are_said() -> None:
    evaluation = judged(2.0, count=80)
    found = {one.code: one for one in cautions_of(evaluation, repeated=8, sources=1)}
    assert list(found) == ["evaluation.test_in_train", "evaluation.one_source"]
    assert "8 test records were learnt from too, 10 % of them" in found["evaluation.test_in_train"].message
    assert [one.severity.value for one in found.values()] == ["warning", "info"]
    assert cautions_of(judged(2.0, count=200), sources=2) == ()
