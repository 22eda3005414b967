"""Training learns, tells what it does, keeps the best weights, and fails in words."""

from __future__ import annotations

import dataclasses
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from bioseq.errors import BioseqError
from bioseq.evaluation.inference import predict_probabilities
from bioseq.evaluation.metrics import scores
from bioseq.models.base import Prepared
from bioseq.models.registry import build
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, PhaseChanged, StepDone, Warned
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.inputs import TrainingInput, labelled_tokens
from bioseq.training.loop import train

if TYPE_CHECKING:
    from types import SimpleNamespace

pytestmark = pytest.mark.usefixtures("every_step_reported")


def test_a_planted_motif_is_learnt(lab: SimpleNamespace) -> None:
    dataset = lab.planted(600)
    job = lab.job(dataset, epochs=25, learning_rate=5e-3, hyper={"filters": 16, "embedding": 8, "kernels": "3,5,7"})
    told = lab.run(job)
    test = labelled_tokens(dataset, Split.TEST, job.vocabulary)
    figures = scores(test.labels, predict_probabilities(told.model.network, test.tokens)).metrics
    assert figures["roc_auc"] > 0.9
    losses = [event.train["loss"] for event in told.of(EpochFinished)]
    assert losses[-1] < 0.6 * losses[0]


def test_the_events_follow_their_grammar(lab: SimpleNamespace) -> None:
    told = lab.run(lab.job(epochs=3))
    assert isinstance(told.events[0], PhaseChanged)
    steps = [(event.epoch, event.step) for event in told.of(StepDone)]
    assert steps == [(epoch, step) for epoch in (1, 2, 3) for step in range(1, 8)]
    epochs = told.of(EpochFinished)
    assert [event.epoch for event in epochs] == [1, 2, 3]
    for event in epochs:
        assert set(event.train) == set(event.validation) >= {"loss", "accuracy", "mcc", "roc_auc"}
        assert event.selection_metric == "loss"
        assert event.seconds > 0
    assert told.model.reason == "all epochs done"
    assert not told.model.stopped
    last = told.of(StepDone)[-1]
    assert last.memory_bytes > 1e7
    assert last.steps == 7


def test_steps_are_reported_at_most_twenty_times_a_second(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bioseq.training.meter.SHORTEST_BETWEEN_EVENTS", 3600.0)
    assert lab.run(lab.job(epochs=2)).of(StepDone) == []


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(lab: SimpleNamespace) -> None:
    first, second = (lab.weights_hash(lab.run(lab.job(seed=5)).model) for _ in range(2))
    assert first == second
    assert lab.weights_hash(lab.run(lab.job(seed=6)).model) != first


def test_the_best_weights_are_a_copy_that_later_epochs_do_not_change(lab: SimpleNamespace) -> None:
    """With a rate that ruins the network later, the weights given are those of the best epoch."""
    job = lab.job(epochs=8, learning_rate=0.3, schedule="constant", warmup_fraction=0.0, patience=0)
    told = lab.run(job)
    epochs = told.of(EpochFinished)
    best = min(epochs, key=lambda event: event.validation["loss"])
    assert told.model.best_epoch == best.epoch == epochs[-1].best_epoch
    assert best.epoch < 8
    chances = predict_probabilities(told.model.network, job.validation.tokens)
    again = scores(job.validation.labels, chances).metrics
    assert again["loss"] == pytest.approx(best.validation["loss"], rel=1e-4)
    assert again["accuracy"] == best.validation["accuracy"]


def test_training_ends_when_validation_stops_improving(lab: SimpleNamespace) -> None:
    told = lab.run(lab.job(epochs=50, patience=2, learning_rate=0.3, schedule="constant"))
    epochs = told.of(EpochFinished)
    assert len(epochs) < 50
    assert epochs[-1].epochs_without_improvement == 2
    assert epochs[-1].epoch - epochs[-1].best_epoch == 2
    assert told.model.reason == "no improvement for 2 epochs"


def test_a_figure_that_rises_chooses_the_epoch_where_it_is_highest(lab: SimpleNamespace) -> None:
    told = lab.run(lab.job(epochs=6, selection_metric="roc_auc"))
    ranks = [(event.validation["roc_auc"], -event.validation["loss"]) for event in told.of(EpochFinished)]
    assert told.model.best_epoch == 1 + ranks.index(max(ranks))


def test_the_loss_once_calibrated_chooses_the_epoch_where_it_is_lowest(lab: SimpleNamespace) -> None:
    told = lab.run(lab.job(epochs=6, selection_metric="calibrated_loss", learning_rate=0.05, schedule="constant"))
    figures = [event.validation for event in told.of(EpochFinished)]
    assert told.model.best_epoch == 1 + int(np.argmin([one["calibrated_loss"] for one in figures]))
    assert all(one["calibrated_loss"] < one["loss"] + 1e-9 for one in figures)
    assert all("calibrated_loss" not in event.train for event in told.of(EpochFinished))


def test_the_plateau_schedule_halves_the_rate(lab: SimpleNamespace) -> None:
    told = lab.run(
        lab.job(epochs=12, schedule="plateau", learning_rate=0.3, patience=0, warmup_fraction=0.0),
    )
    rates = [event.learning_rate for event in told.of(EpochFinished)]
    assert rates[0] == 0.3
    assert min(rates) <= 0.15
    assert all(later in (earlier, earlier / 2) for earlier, later in pairwise(rates))


def test_the_loop_is_not_told_of_test_records(lab: SimpleNamespace) -> None:
    """Changing the test records changes no weight; no field of the input holds them."""
    dataset = lab.planted()
    test = dataset.rows_of(Split.TEST)
    labels = dataset.labels.copy()
    labels[test] = 1 - labels[test]
    changed = dataclasses.replace(dataset, labels=labels)
    assert lab.weights_hash(lab.run(lab.job(dataset)).model) == lab.weights_hash(lab.run(lab.job(changed)).model)
    job = lab.job(dataset)
    assert not set(job.train.rows) & set(test)
    assert not set(job.validation.rows) & set(test)
    assert not [field.name for field in dataclasses.fields(TrainingInput) if "test" in field.name]


def test_without_validation_all_epochs_are_trained_and_the_last_is_kept(lab: SimpleNamespace) -> None:
    dataset = lab.planted()
    splits = np.where(dataset.splits == Split.VALIDATION, Split.TRAIN, dataset.splits).astype(np.uint8)
    told = lab.run(lab.job(dataclasses.replace(dataset, splits=splits), epochs=4, patience=1))
    assert [event.code for event in told.of(Warned)] == ["training.no_validation"]
    assert told.model.best_epoch == told.model.epochs == 4
    assert all(event.validation == {} and event.patience == 0 for event in told.of(EpochFinished))


def test_a_selection_metric_that_is_never_defined_keeps_the_epoch_of_the_lowest_loss_and_says_so(
    lab: SimpleNamespace,
) -> None:
    dataset = lab.planted()
    one_class = (dataset.splits == Split.VALIDATION) & (dataset.labels == 0)
    splits = np.where(one_class, Split.TEST, dataset.splits).astype(np.uint8)
    unsteady = {"learning_rate": 0.01, "schedule": "constant", "warmup_fraction": 0.0, "selection_metric": "roc_auc"}
    told = lab.run(lab.job(dataclasses.replace(dataset, splits=splits), epochs=6, **unsteady))
    assert [event.code for event in told.of(Warned)] == ["training.never_judged"]
    losses = [event.validation["loss"] for event in told.of(EpochFinished)]
    assert told.model.best_epoch == 1 + int(np.argmin(losses)) < 6


@pytest.mark.parametrize("metric", ["f1", "mcc"])
def test_while_a_rare_class_is_not_yet_answered_the_falling_loss_keeps_training_going(
    lab: SimpleNamespace, metric: str
) -> None:
    dataset = lab.planted(240)
    surplus = np.flatnonzero(dataset.labels == dataset.label_names.index("plain"))
    dataset = dataset.take(np.setdiff1d(np.arange(240), surplus[surplus // 12 % 8 > 0]))
    told = lab.run(lab.job(dataset, epochs=8, patience=2, learning_rate=3e-4, seed=1, selection_metric=metric))
    epochs = told.of(EpochFinished)
    losses = [event.validation["loss"] for event in epochs]
    assert all(event.validation["f1"] == 0 for event in epochs)
    assert all(later < earlier for earlier, later in pairwise(losses))
    assert told.model.reason == "all epochs done"
    assert told.model.best_epoch == 8
    codes = {event.code for event in told.of(Warned)}
    assert codes & {"training.no_better_than_constant", "training.one_class_answered"}
    assert "training.never_judged" not in codes  # both metrics are 0 and defined while one class is answered


def test_more_than_two_classes_are_trained_alike(lab: SimpleNamespace) -> None:
    chance = np.random.default_rng(0)
    words = {"a": "TATAAT", "b": "GGGCCC", "c": "ACACAC"}
    sequences = ["".join(chance.choice(list("ACGT"), 9)) + words["abc"[row % 3]] for row in range(90)]
    splits = [Split.VALIDATION if row % 9 > 5 else Split.TRAIN for row in range(90)]
    dataset = Dataset.from_records(sequences, labels=["abc"[row % 3] for row in range(90)], splits=splits)
    told = lab.run(lab.job(dataset, epochs=10, learning_rate=1e-2, class_weights="balanced"))
    assert told.of(EpochFinished)[-1].validation["accuracy"] > 0.9


@pytest.mark.parametrize("options", [{"loss": "focal", "class_weights": "balanced"}, {"precision": "bfloat16"}])
def test_other_losses_and_precisions_learn_too(lab: SimpleNamespace, options: dict[str, Any]) -> None:
    told = lab.run(lab.job(epochs=6, learning_rate=5e-3, **options))
    losses = [event.train["loss"] for event in told.of(EpochFinished)]
    assert losses[-1] < losses[0]
    assert all(tensor.dtype is torch.float32 for tensor in told.model.state_dict.values())


def test_a_loss_that_is_no_number_is_an_error_with_the_remedy(lab: SimpleNamespace) -> None:
    def broken(name: str, task: Any, hyper: Any) -> Any:
        network = build(name, task, hyper)
        with torch.no_grad():
            next(network.parameters()).fill_(torch.inf)
        return network

    with pytest.raises(BioseqError) as caught:
        lab.run(lab.job(), build_network=broken)
    assert caught.value.code == "training.diverged"
    assert "learning rate" in caught.value.remedy


def test_one_class_alone_is_an_error_with_the_remedy(lab: SimpleNamespace) -> None:
    dataset = Dataset.from_records(["ACGT", "TTTT"], labels=["a", "a"], splits=[Split.TRAIN] * 2)
    with pytest.raises(BioseqError, match="one class") as caught:
        lab.job(dataset)
    assert caught.value.code == "data.one_class"
    assert caught.value.remedy


def test_no_labelled_training_record_is_an_error_with_the_remedy(lab: SimpleNamespace) -> None:
    dataset = Dataset.from_records(["ACGT", "TTTT"], labels=["a", None], splits=[Split.TEST, Split.TRAIN])
    with pytest.raises(BioseqError) as caught:
        lab.job(dataset)
    assert caught.value.code == "data.nothing_to_train"


class Forgetful(torch.nn.Module):
    """A network on a device whose memory takes a few records at once."""

    def __init__(self, network: torch.nn.Module, most: int, error: type[Exception]) -> None:
        super().__init__()
        self.inner, self.most, self.error, self.task = network, most, error, network.task

    def forward(self, tokens: torch.Tensor, mask: torch.Tensor) -> Any:
        if self.training and len(tokens) > self.most:
            raise self.error("DefaultCPUAllocator: can't allocate memory")
        return self.inner(tokens, mask)

    def prepared(self, _tokens: int) -> Prepared:
        return Prepared(lambda tokens, mask: self(tokens, mask).logits)

    def after_step(self) -> None:
        self.inner.after_step()

    def remember_features(self) -> None:
        self.inner.remember_features()

    def learnt_state(self) -> dict[str, torch.Tensor]:
        return self.state_dict()

    def load_learnt_state(self, state: dict[str, torch.Tensor]) -> None:
        self.load_state_dict(state)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_when_memory_runs_out_batches_are_taken_in_parts_with_the_same_result(
    lab: SimpleNamespace, error: type[Exception]
) -> None:
    job = lab.job(
        epochs=2, hyper={"filters": 8, "embedding": 8, "kernels": "3,5,7", "dropout": 0.0}, precision="float32"
    )
    whole = lab.run(job)
    parts = lab.run(job, build_network=lambda *parameters: Forgetful(build(*parameters), 4, error))
    assert [event.code for event in parts.of(Warned)].count("training.memory_reduced") == 1
    for name, tensor in whole.model.state_dict.items():
        torch.testing.assert_close(parts.model.state_dict[f"inner.{name}"], tensor, rtol=1e-3, atol=1e-4)


def test_one_record_that_does_not_fit_is_an_error_with_the_remedy(lab: SimpleNamespace) -> None:
    with pytest.raises(BioseqError) as caught:
        lab.run(lab.job(), build_network=lambda *parameters: Forgetful(build(*parameters), 0, MemoryError))
    assert caught.value.code == "training.out_of_memory"
    assert caught.value.remedy


def test_other_faults_are_not_taken_for_lack_of_memory(lab: SimpleNamespace) -> None:
    class Faulty(Forgetful):
        def forward(self, *_: torch.Tensor) -> Any:
            raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        lab.run(lab.job(), build_network=lambda *parameters: Faulty(build(*parameters), 0, MemoryError))


def test_the_number_of_threads_is_put_back(lab: SimpleNamespace) -> None:
    before = torch.get_num_threads()
    training = train(lab.job(threads=before + 1), Control())
    next(training)
    assert torch.get_num_threads() == before + 1
    training.close()
    assert torch.get_num_threads() == before
