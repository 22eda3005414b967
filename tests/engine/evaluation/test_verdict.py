"""The findings of an evaluation: what is gravest is said first, and nothing is said that the figures do not show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import Severity
from bioseq.evaluation.bootstrap import Interval, Resamples
from bioseq.evaluation.evaluate import with_intervals
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import Evaluation, Scores
from bioseq.evaluation.standing import Caution
from bioseq.evaluation.verdict import findings_of, headline_of, tone_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIMPLE = ("composition", "logistic_regression", "gradient_boosting", "random_forest")


def predicted(truth: NDArray[np.int16], skill: float, seed: int, classes: int, bias: float = 0.0) -> Floats:
    """Probabilities of a predictor of some skill; a bias makes the first class likelier."""
    noise = np.random.default_rng(seed).normal(size=(len(truth), classes))
    noise[np.arange(len(truth)), truth] += skill
    noise[:, 0] += bias
    return np.asarray(np.exp(noise) / np.exp(noise).sum(axis=1, keepdims=True), np.float32)


def evaluated(
    truth: NDArray[np.int16], own: Floats, others: Sequence[Floats] = (), *, resamples: int = 200, split: str = "test"
) -> Evaluation:
    """A model beside always naming the largest class, and simple models where there are some."""
    classes = own.shape[1]
    labels = tuple("abcdefgh"[:classes])

    def scored(name: str, probabilities: Floats) -> Scores:
        found = scores(truth, probabilities)
        per_class = dict(zip(labels, found.per_class_by_index, strict=True))
        return Scores(name, name, found.metrics, per_class, tuple(map(tuple, found.confusion.tolist())))

    largest = np.zeros_like(own)
    largest[:, np.bincount(truth).argmax()] = 1
    known = dict(zip(SIMPLE, others, strict=False))
    known = {"majority": largest, **known} if known else known
    model, simple = scored("model", own), tuple(scored(name, one) for name, one in known.items())
    positive = labels[-1] if classes == 2 else ""
    evaluation = Evaluation(split, labels, positive, 0.5, len(truth), model, simple)
    return with_intervals(evaluation, truth, {"model": own, **known}, Resamples(resamples))


def simulated(
    skill: float,
    simple: Sequence[float] = (),
    *,
    count: int = 400,
    classes: int = 2,
    seed: int = 1,
    bias: float = 0.0,
    rare: float = 0.0,
) -> Evaluation:
    """Predictors of given skills; `rare` is the prevalence of the last of two classes."""
    truth = (np.arange(count) % classes).astype(np.int16)
    if rare:
        truth = (np.arange(count) < round(rare * count)).astype(np.int16)
    others = [predicted(truth, one, 100 * seed + place, classes) for place, one in enumerate(simple, 1)]
    return evaluated(truth, predicted(truth, skill, 100 * seed, classes, bias), others)


def codes(evaluation: Evaluation) -> list[str]:
    return [one.code.removeprefix("evaluation.") for one in findings_of(evaluation)]


# ---------------------------------------------------------------- nothing found


@pytest.mark.parametrize("classes", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_noise_is_called_noise_in_nineteen_of_twenty_seeds(classes: int) -> None:
    """Something is found in 5 of 500 such sets (of 80 to 400 records, of 2 and 3 classes, of 8 % positives)."""
    found = [codes(simulated(0, (0, 0, 0), count=100, classes=classes, seed=seed))[0] for seed in range(100, 120)]
    assert found.count("nothing_found") >= 19


@pytest.mark.parametrize("rare", [0.0, 0.1])
def test_a_signal_is_never_called_noise(rare: float) -> None:
    """Of 100 test records, where the ROC AUC is above .75."""
    able = [simulated(1.2, (0, 0.7), count=100, seed=seed, rare=rare) for seed in range(12)]
    able = [one for one in able if one.model.metrics["roc_auc"] > 0.75]
    assert len(able) >= 8
    assert not any("nothing_found" in codes(one) for one in able)


def test_what_a_simple_model_finds_is_not_nothing() -> None:
    evaluation = simulated(0, (0, 2.0))
    first, second, *_ = findings_of(evaluation)
    assert first.code == "evaluation.at_chance"
    assert "while logistic_regression is (ROC AUC 0.9" in first.message
    assert (second.code, second.simple_model) == ("evaluation.worse", "logistic_regression")


def test_nothing_found_advises_no_simple_model_and_says_what_to_do() -> None:
    evaluation = simulated(0, (0, 0, 0), seed=4)
    first, *others = findings_of(evaluation)
    assert first.message.startswith(
        "Nothing that tells the classes apart was found: on 400 test records neither the model nor any of the 3 simple "
        "models is better than guessing (best ROC AUC 0.5"
    )
    assert first.remedy.startswith("Check that each label belongs to its sequence")
    assert not {one.code for one in others} & {"evaluation.not_better", "evaluation.worse", "evaluation.better"}
    assert not any(one.simple_model or "simple model" in one.remedy for one in (first, *others))
    assert (headline_of(evaluation), tone_of(evaluation)) == (first, "bad")


def test_a_high_area_on_very_few_records_is_left_open() -> None:
    truth = (np.arange(40) < 2).astype(np.int16)
    positive = np.linspace(0.7, 0.1, 40)
    positive[[0, 1]] = (0.695, 0.45)
    own = np.stack([1 - positive, positive], axis=1).astype(np.float32)
    evaluation = evaluated(truth, own, [predicted(truth, 0, 1, 2)])
    assert evaluation.model.metrics["roc_auc"] == pytest.approx(0.803, abs=0.001)
    first = headline_of(evaluation)
    assert first is not None
    assert first.message == (
        "Whether anything tells the classes apart cannot be said from 40 test records: the best ROC AUC, 0.803, may be "
        "chance."
    )
    assert codes(evaluation)[0] == "cannot_tell"


def test_alone_a_model_at_chance_is_no_better_than_guessing() -> None:
    assert codes(simulated(0, count=300))[0] == "chance"


# ---------------------------------------------------------------- one class, the largest class


def test_a_model_that_answers_one_class_says_so_first() -> None:
    evaluation = simulated(0.5, (2.0,), bias=50.0)
    first = findings_of(evaluation)[0]
    assert first.message == "The model answers 'a' for every one of the 400 test records, whatever the sequence."
    assert "worse" in codes(evaluation)
    assert "largest_class" not in codes(evaluation)
    assert tone_of(evaluation) == "bad"


def test_one_class_that_ranks_the_records_needs_another_threshold() -> None:
    evaluation = simulated(3.0, (0.5,), bias=9.0)
    first = findings_of(evaluation)[0]
    assert first.code == "evaluation.one_class"
    assert "choose another threshold" in first.remedy


def test_records_of_one_class_do_not_make_a_model_collapse() -> None:
    truth = np.zeros(150, np.int16)
    found = codes(evaluated(truth, predicted(truth, 9.0, 1, 2)))
    assert found == ["absent_class"]


def test_no_better_than_the_largest_class_is_said_first() -> None:
    evaluation = simulated(1.0, (0.9,), count=600, rare=0.08, bias=0.9)
    first = headline_of(evaluation)
    assert first is not None
    assert first.code == "evaluation.largest_class"
    assert first.message.startswith("No better than always naming the largest class: accuracy 0.")
    assert "against 0.920" in first.message
    assert tone_of(evaluation) != "good"


def test_a_good_model_of_even_classes_has_no_headline() -> None:
    evaluation = simulated(2.5, (0.5, 0.6))
    assert codes(evaluation) == ["better"]
    assert (headline_of(evaluation), tone_of(evaluation)) == (None, "good")


# ---------------------------------------------------------------- beside simple models


def test_the_simple_model_is_advised_only_where_it_is_the_better_answer() -> None:
    worse, equal = simulated(1.0, (2.5,), count=800), simulated(1.5, (1.5,), count=800)
    advised = next(one for one in findings_of(worse) if one.code == "evaluation.worse")
    assert advised.simple_model == "composition"
    assert advised.remedy.startswith("Use the simple model")
    assert tone_of(worse) == "bad"
    undecided = next(one for one in findings_of(equal) if one.code == "evaluation.not_better")
    assert not undecided.simple_model
    assert "Use" not in undecided.remedy


@pytest.mark.parametrize(
    ("name", "title"), [("composition", "Part"), ("part_2", "composition"), ("m", "2: composition")]
)
def test_an_answer_that_holds_the_simple_model_is_not_told_to_use_it(name: str, title: str) -> None:
    worse = simulated(1.0, (2.5,), count=800)
    combined = replace(worse, members=(worse.model, replace(worse.model, name=name, title=title)))
    found = next(one for one in findings_of(combined) if one.code == "evaluation.worse")
    assert not found.simple_model
    assert "simple model" not in found.remedy


# ---------------------------------------------------------------- the records


def test_few_records_and_a_rare_class_are_one_sentence_each() -> None:
    few = next(one for one in findings_of(simulated(2.0, (1.0,), count=60)) if one.code == "evaluation.few_records")
    assert few.message.startswith("Only 60 test records: all figures are rough; accuracy may be off by ")
    rare = simulated(3.0, (1.0,), count=300, rare=0.05)
    found = next(one for one in findings_of(rare) if one.code == "evaluation.rare_class")
    assert found.message.startswith(
        "Few test records of 'b' (15): the figures of this class are rough (sensitivity 1.000, 95 %"
    )
    assert not {"few_records", "rare_class"} & set(codes(simulated(3.0, (1.0,), count=300)))


def test_classes_that_are_absent_or_never_answered_are_named() -> None:
    truth = (np.arange(300) % 3).astype(np.int16)
    own = predicted(truth, 4.0, 1, 4)
    own[:, 2] = 0
    found = {one.code: one.message for one in findings_of(evaluated(truth, own / own.sum(axis=1, keepdims=True)))}
    assert found["evaluation.absent_class"].startswith("No record of 'd' is among the 300 test records")
    assert found["evaluation.never_answered"] == "The model never answers 'c'."


@pytest.mark.parametrize(("own", "simple", "said"), [(1.5, 1.45, True), (2.5, 0.7, False), (0.05, 0.05, False)])
def test_length_and_letters_that_nearly_suffice_are_said(own: float, simple: float, said: bool) -> None:
    assert ("simple_features" in codes(simulated(own, (simple,), count=2_000))) is said


def test_findings_are_ordered_by_gravity_and_the_cautions_of_the_run_are_among_them() -> None:
    run = (
        Caution("evaluation.one_source", "One file.", "Another.", Severity.INFO),
        Caution("evaluation.trained_on", "All records were learnt from.", "Others.", Severity.ERROR),
        Caution("evaluation.few_records", "An old sentence.", "Old."),
    )
    evaluation = replace(simulated(2.5, (0.5,), count=80), cautions=run)
    assert codes(evaluation) == ["trained_on", "few_records", "better", "one_source"]
    assert headline_of(evaluation) == run[1]
    assert not any(one.message == "An old sentence." for one in findings_of(evaluation))


def test_without_records_or_intervals_nothing_is_made_up() -> None:
    bare = simulated(0, (0, 2.0))
    model = replace(bare.model, intervals={}, class_intervals={})
    old = replace(bare, model=model, baselines=tuple(replace(one, lead={}, intervals={}) for one in bare.baselines))
    assert (codes(old), tone_of(old)) == ([], "info")
    assert codes(replace(bare, records=0)) == ["no_records"]


def test_an_interval_that_chance_among_many_explains_is_no_finding() -> None:
    """The best of several predictors is above .5 by luck: one bound above .5 is not enough."""
    bare = simulated(0, (0, 0, 0, 0), seed=2)
    lucky = {**bare.model.intervals, "roc_auc": Interval(0.56, 0.505, 0.615), "mcc": Interval(0.1, 0.005, 0.195)}
    assert codes(replace(bare, model=replace(bare.model, intervals=lucky)))[0] == "nothing_found"
    sure = {**lucky, "roc_auc": Interval(0.6, 0.545, 0.655)}
    assert codes(replace(bare, model=replace(bare.model, intervals=sure)))[0] != "nothing_found"
