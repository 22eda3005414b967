"""A model is called better than simple ones only where chance hardly explains it; cautions name what flatters."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import Evaluation, Scores, read_evaluations, write_evaluations
from bioseq.evaluation.standing import Standing, cautions_of, standing_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


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
    assert standing.metric == ("roc_auc" if classes == 2 else "mcc")
    assert standing.baseline == ("logistic_regression" if simple[0] > simple[1] else "gradient_boosting")
    best = {one.name: one for one in evaluation.baselines}[standing.baseline]
    expected = evaluation.model.metrics[standing.metric] - best.metrics[standing.metric]
    assert standing.difference == pytest.approx(expected)
    assert standing.low <= standing.difference <= standing.high
    assert (standing.caution is None) is (verdict == "better")
    assert bool(standing.remedy) is (verdict != "better")


@pytest.mark.parametrize(("difference", "shown"), [(0.08, False), (0.0, True), (-0.02, True)])
def test_a_simple_model_behind_is_not_called_as_good(difference: float, shown: bool) -> None:
    standing = Standing("lr", "Logistic regression", "mcc", difference, difference - 0.09, difference + 0.09)
    assert standing.verdict == "equal"
    assert ("as good" in standing.remedy) is shown
    assert standing.sentence.startswith("Not better" if shown else "Not shown to be better")


def test_equal_models_are_hardly_ever_told_apart() -> None:
    told = [standing_of(judged(1.0, 1.0, count=100, seed=seed)) for seed in range(25)]
    assert sum(one is not None and one.verdict != "equal" for one in told) <= 4


def test_without_simple_models_there_is_nothing_to_stand_beside() -> None:
    assert standing_of(judged(1.0)) is None


def test_what_was_found_survives_the_file_and_old_files_have_none(tmp_path: Path) -> None:
    evaluation = judged(1.0, 1.0, count=60)
    full = replace(
        evaluation, standing=standing_of(evaluation), cautions=cautions_of(evaluation, repeated=3, sources=1)
    )
    write_evaluations(tmp_path / "metrics.json", {"test": full})
    assert read_evaluations(tmp_path / "metrics.json")["test"] == full
    old = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))["evaluations"]["test"]
    del old["standing"], old["cautions"]
    assert Evaluation.from_dict(old) == evaluation


def test_repeated_records_small_classes_and_a_single_file_are_told() -> None:
    evaluation = judged(2.0, count=80)
    told = {one.code: one for one in cautions_of(evaluation, repeated=8, sources=1)}
    assert list(told) == ["evaluation.test_in_train", "evaluation.few_records", "evaluation.one_source"]
    assert "8 test records were learnt from too, 10 % of them" in told["evaluation.test_in_train"].message
    assert "'a' (40), 'b' (40)" in told["evaluation.few_records"].message
    assert [one.severity.value for one in told.values()] == ["warning", "warning", "info"]
    assert cautions_of(judged(2.0, count=200), sources=2) == ()


@pytest.mark.parametrize(("own", "simple", "told"), [(1.5, 1.45, True), (2.5, 0.7, False), (0.05, 0.05, False)])
def test_length_and_letters_that_nearly_suffice_are_told(own: float, simple: float, told: bool) -> None:
    evaluation = judged(own, simple, count=2_000, names=("composition",))
    assert ("evaluation.simple_features" in {one.code for one in cautions_of(evaluation)}) is told
