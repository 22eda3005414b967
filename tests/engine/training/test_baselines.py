"""Feature baselines learn in rounds, from training records alone, and validation chooses among the rounds."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.catalogue.registry import BASELINES
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import scores
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, Event, LogEmitted, Phase, PhaseChanged, StepDone, Warned
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.baseline_inputs import BaselineInput, prepare_baseline
from bioseq.training.baseline_loop import train_baseline
from bioseq.training.linear_learners import STRENGTHS
from bioseq.training.resampling import resampled

if TYPE_CHECKING:
    from collections.abc import Callable

NAMES = list(BASELINES)
SMALL: dict[str, dict[str, Any]] = {
    "lr": {},
    "svm": {},
    "rbf_svm": {},
    "random_forest": {"trees": 20},
    "hist_gradient_boosting": {"trees": 6, "leaf_records": 5, "bins": 16, "learning_rate": 0.3},
}


def prepared(dataset: Dataset, name: str, **training: Any) -> BaselineInput:
    hyper = {"k": 3, **SMALL[name], **training.pop("hyper", {})}
    fields = {"threads": 1, **training}
    config = Configuration.model_validate({"training": fields, "model": {"name": name, "hyper": hyper}})
    loaded = SimpleNamespace(dataset=dataset, molecule=Molecule.DNA)
    return prepare_baseline(config, loaded)  # type: ignore[arg-type]


def told(
    job: BaselineInput, control: Control | None = None, react: Callable[[Event], None] = lambda _: None
) -> tuple[list[Event], Any]:
    training = train_baseline(job, control or Control())
    events: list[Event] = []
    while True:
        try:
            events.append(next(training))
        except StopIteration as end:
            return events, end.value
        react(events[-1])


def rounds(events: list[Event]) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


@pytest.mark.parametrize("name", NAMES)
def test_a_planted_motif_is_found_and_validation_tells_so(lab: SimpleNamespace, name: str) -> None:
    dataset = lab.planted(300)
    events, trained = told(prepared(dataset, name))
    test = dataset.take(dataset.rows_of(Split.TEST))
    chances = trained.classifier.predict(test)
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)
    assert scores(test.labels, chances).metrics["roc_auc"] > 0.8
    kept = rounds(events)[trained.best_round - 1]
    validation = dataset.take(dataset.rows_of(Split.VALIDATION))
    figures = scores(validation.labels, trained.classifier.predict(validation)).metrics
    assert kept.validation["loss"] == pytest.approx(figures["loss"], abs=1e-5)
    assert kept.validation["mcc"] == pytest.approx(figures["mcc"], abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_rounds_are_told_in_order_with_what_they_reached(lab: SimpleNamespace, name: str) -> None:
    events, trained = told(prepared(lab.planted(), name, patience=0))
    assert isinstance(events[0], PhaseChanged)
    assert events[0].phase is Phase.TRAINING
    finished = rounds(events)
    assert [event.epoch for event in finished] == list(range(1, trained.rounds + 1))
    assert all(event.epochs == finished[-1].epoch for event in finished)
    trees = name in ("random_forest", "hist_gradient_boosting")
    assert all(event.reached.endswith("trees" if trees else "") for event in finished)
    if trees:
        assert finished[-1].reached == f"{SMALL[name]['trees']} trees"
    else:
        assert [event.reached for event in finished] == [f"C = {strength:g}" for strength in STRENGTHS[name]]
    steps = [event for event in events if isinstance(event, StepDone)]
    assert [step.reached for step in steps] == [event.reached for event in finished]
    assert steps[-1].seconds_left == 0
    assert trained.reason == ("all trees grown" if trees else "all strengths tried")


@pytest.mark.parametrize("name", NAMES)
def test_the_same_seed_gives_the_same_model(lab: SimpleNamespace, name: str) -> None:
    job = prepared(lab.planted(), name)
    first, second = (told(job)[1].classifier.to_weights() for _ in range(2))
    assert first.keys() == second.keys()
    for key in first:
        np.testing.assert_array_equal(first[key], second[key])


@pytest.mark.parametrize("name", ["lr", "svm", "rbf_svm", "hist_gradient_boosting"])
@pytest.mark.parametrize("metric", ["loss", "calibrated_loss", "mcc"])
def test_the_round_with_the_best_validation_figure_is_kept(lab: SimpleNamespace, name: str, metric: str) -> None:
    events, trained = told(prepared(lab.planted(), name, selection_metric=metric, patience=0))
    sign = 1 if metric == "mcc" else -1
    ranks = [(sign * event.validation[metric], -event.validation["loss"]) for event in rounds(events)]
    assert trained.best_round == rounds(events)[-1].best_epoch == 1 + ranks.index(max(ranks))


def test_a_forest_keeps_all_its_trees(lab: SimpleNamespace) -> None:
    events, trained = told(prepared(lab.planted(), "random_forest"))
    assert trained.best_round == trained.rounds == 20
    assert len(trained.classifier.scorer.trees) == 20
    assert all(event.patience == 0 for event in rounds(events))


def test_boosting_ends_when_validation_stops_improving(lab: SimpleNamespace) -> None:
    job = prepared(lab.planted(), "hist_gradient_boosting", patience=3, hyper={"trees": 120, "learning_rate": 1.0})
    _, trained = told(job)
    assert trained.reason == "no improvement for 3 rounds"
    assert trained.rounds == trained.best_round + 3
    assert len(trained.classifier.scorer.trees) == 2 * trained.best_round


@pytest.mark.parametrize("name", NAMES)
def test_test_records_and_their_labels_change_nothing(lab: SimpleNamespace, name: str) -> None:
    dataset = lab.planted()
    labels = dataset.labels.copy()
    test = dataset.rows_of(Split.TEST)
    labels[test] = 1 - labels[test]
    weights = [
        told(prepared(one, name, patience=2))[1].classifier.to_weights()
        for one in (dataset, replace(dataset, labels=labels))
    ]
    for key in weights[0]:
        np.testing.assert_array_equal(weights[0][key], weights[1][key])


@pytest.mark.parametrize("name", NAMES)
def test_without_validation_it_says_what_decides(lab: SimpleNamespace, name: str) -> None:
    dataset = lab.planted()
    splits = np.where(dataset.splits == Split.VALIDATION, Split.TRAIN, dataset.splits).astype(np.uint8)
    events, trained = told(prepared(replace(dataset, splits=splits), name))
    (warning,) = [event for event in events if isinstance(event, Warned)]
    assert warning.code == "training.no_validation"
    linear = name in STRENGTHS
    assert ("a fifth of the training records" in warning.message) is linear
    assert bool(rounds(events)[0].validation) is linear
    if not linear:
        assert trained.best_round == trained.rounds
    assert scores(dataset.labels, trained.classifier.predict(dataset)).metrics["roc_auc"] > 0.7


def test_a_strength_set_by_hand_is_the_only_one(lab: SimpleNamespace) -> None:
    events, trained = told(prepared(lab.planted(), "lr", hyper={"strength": 0.5}))
    assert [event.reached for event in rounds(events)] == ["C = 0.5"]
    assert trained.rounds == 1


@pytest.mark.parametrize("name", NAMES)
def test_class_weights_give_rare_classes_more_say(lab: SimpleNamespace, name: str) -> None:
    dataset = lab.planted(360, seed=2)
    rare = np.flatnonzero(dataset.labels == 0)
    few = dataset.take(np.setdiff1d(np.arange(len(dataset)), rare[rare % 6 != 1]))
    test = few.take(few.rows_of(Split.TEST))
    cautious = {
        "random_forest": {"leaf_records": 10},
        "hist_gradient_boosting": {"learning_rate": 0.1},
        "rbf_svm": {"strength": 3.0},
    }
    hyper = cautious.get(name, {"strength": 0.001})
    plain, weighted = (
        told(prepared(few, name, class_weights=kind, hyper=hyper))[1].classifier.predict(test)[:, 0].mean()
        for kind in ("none", "balanced")
    )
    assert weighted > plain + 0.02


@pytest.mark.parametrize("name", NAMES)
def test_a_class_that_training_lacks_gets_no_probability(name: str) -> None:
    sequences = ["ACACACAC", "TTTTTTTT", "GGGGGGGG"] * 12
    kinds = [Split.TRAIN] * 24 + [Split.VALIDATION] * 6 + [Split.TEST] * 6
    whole = Dataset.from_records(sequences, labels=["a", "b", "c"] * 12, splits=kinds)
    dataset = whole.take(np.flatnonzero((whole.labels < 2) | (whole.splits == Split.TEST)))
    _, trained = told(prepared(dataset, name))
    chances = trained.classifier.predict(dataset)
    assert chances.shape == (len(dataset), 3)
    assert not chances[:, 2].any()
    assert trained.classifier.present.tolist() == [0, 1]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("ask", ["stop", "cancel"])
def test_a_request_is_answered_after_the_round_under_way(lab: SimpleNamespace, name: str, ask: str) -> None:
    control = Control()

    def react(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.epoch == 2:
            getattr(control, ask)()

    events, trained = told(prepared(lab.planted(), name), control, react)
    assert trained.rounds == len(rounds(events)) == 2
    assert (trained.stopped, trained.cancelled) == (ask == "stop", ask == "cancel")
    assert trained.reason == ("stopped by hand" if ask == "stop" else "cancelled")
    assert trained.classifier.predict(lab.planted(12)).shape == (12, 2)


def test_a_pause_is_told_and_ends(lab: SimpleNamespace) -> None:
    control = Control()

    def react(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.epoch == 1:
            control.pause()
        if isinstance(event, PhaseChanged) and event.phase is Phase.PAUSED:
            control.resume()

    events, trained = told(prepared(lab.planted(), "lr"), control, react)
    phases = [event.phase for event in events if isinstance(event, PhaseChanged)]
    assert phases == [Phase.TRAINING, Phase.PAUSED, Phase.TRAINING]
    assert trained.rounds == len(STRENGTHS["lr"])


def test_features_that_do_not_fit_are_told_with_the_remedy(lab: SimpleNamespace) -> None:
    with pytest.raises(BioseqError, match="one length") as caught:
        prepared(lab.planted(), "lr", hyper={"features": "one_hot"})
    assert caught.value.where == "model.hyper.features"


@pytest.mark.parametrize("name", NAMES)
def test_shuffled_labels_stay_within_chance(lab: SimpleNamespace, name: str) -> None:
    dataset = lab.planted(300)
    shuffled = replace(dataset, labels=np.random.default_rng(3).permutation(dataset.labels))
    _, trained = told(prepared(shuffled, name))
    test = shuffled.take(shuffled.rows_of(Split.TEST))
    figures = scores(test.labels, trained.classifier.predict(test)).metrics
    assert len(test) == 50
    assert 0.25 < figures["roc_auc"] < 0.75


# ---------------------------------------------------------------------------------------------------- balancing


def unbalanced(count: int = 90, *, rare: int = 12, seed: int = 5) -> Dataset:
    chance = np.random.default_rng(seed)
    labels = ["rare" if number < rare else "usual" for number in range(count)]
    shares = {"rare": [0.4, 0.2, 0.2, 0.2], "usual": [0.2, 0.2, 0.2, 0.4]}
    sequences = ["".join(chance.choice(list("ACGT"), 30, p=shares[label])) for label in labels]
    kinds = [Split.VALIDATION if number % 6 == 5 else Split.TRAIN for number in range(count)]
    return Dataset.from_records(sequences, labels=labels, splits=kinds)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kind", ["smote", "adasyn"])
def test_made_up_records_give_rare_classes_more_say(name: str, kind: str) -> None:
    dataset = unbalanced()
    settings: dict[str, Any] = {"k": 2, "features": "kmers", "neighbours": 3}
    settings |= {"strength": 0.01} if name in STRENGTHS else {"leaf_records": 8}
    share = {}
    for way in ("none", kind):
        events, trained = told(prepared(dataset, name, hyper={**settings, "resampling": way}))
        share[way] = trained.classifier.predict(unbalanced(seed=6))[:, 0].mean()
        line = next(event.message for event in events if isinstance(event, LogEmitted))
        assert ("made up to balance" in line) is (way != "none")
        assert len(rounds(events)[0].validation) > 3
    assert share[kind] > share["none"] + 0.02


def test_made_up_records_lie_between_neighbours_and_real_ones_stay(lab: SimpleNamespace) -> None:
    job = prepared(unbalanced(), "lr", hyper={"features": "kmers"})
    features, labels = resampled(
        "smote", job.train.features, job.train.labels, neighbours=3, seed=1, label_names=("rare", "usual")
    )
    count = len(job.train)
    np.testing.assert_array_equal(features[:count].toarray(), job.train.features.toarray())
    np.testing.assert_array_equal(labels[:count], job.train.labels)
    assert np.bincount(labels).tolist() == [65, 65]
    real = job.train.features[job.train.labels == 0].toarray()
    made = features[count:].toarray()
    assert (made >= real.min(axis=0) - 1e-12).all()
    assert (made <= real.max(axis=0) + 1e-12).all()


def test_too_few_records_to_balance_are_told_with_the_remedy() -> None:
    dataset = unbalanced(rare=4)
    job = prepared(dataset, "lr", hyper={"features": "kmers", "resampling": "smote"})
    with pytest.raises(BioseqError, match="class 'rare' has 4 training records") as caught:
        told(job)
    assert caught.value.where == "model.hyper.neighbours"
    assert "at most 3" in caught.value.remedy


def test_classes_far_apart_are_told_not_to_suit_adasyn() -> None:
    from scipy.sparse import csr_matrix

    features = csr_matrix(np.concatenate([np.zeros((40, 2)), np.full((10, 2), 9.0)]) + np.eye(50)[:, :2])
    labels = np.repeat([0, 1], [40, 10])
    with pytest.raises(BioseqError, match="none of them lies near another class"):
        resampled("adasyn", features, labels, neighbours=3, seed=1, label_names=("a", "b"))


def test_a_missing_package_is_told_with_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "imblearn.over_sampling", None)
    with pytest.raises(BioseqError, match="not installed") as caught:
        told(prepared(unbalanced(), "lr", hyper={"features": "kmers", "resampling": "smote"}))
    assert "bioseq-studio[balance]" in caught.value.remedy
