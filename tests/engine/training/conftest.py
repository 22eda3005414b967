"""A small data set with a planted motif, and what tests of training do with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.config.schema import Configuration
from bioseq.protocol.control import Control
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.inputs import TrainingInput, prepare
from bioseq.training.loop import TrainedModel, train

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from bioseq.protocol.events import Event

SMALL = {"filters": 8, "embedding": 8, "kernels": "3,5,7"}


def planted(count: int = 150, *, seed: int = 0, length: int = 20, spread: int = 8) -> Dataset:
    """DNA in which the class "motif" carries TATAAT somewhere; two thirds train, the rest validation and test."""
    chance = np.random.default_rng(seed)
    sequences = []
    for number in range(count):
        letters = chance.choice(list("ACGT"), length + chance.integers(0, spread + 1))
        if number % 2:
            place = chance.integers(0, len(letters) - 6)
            letters[place : place + 6] = list("TATAAT")
        sequences.append("".join(letters))
    labels = [("plain", "motif")[number % 2] for number in range(count)]
    kinds = [Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.VALIDATION, Split.TEST]
    return Dataset.from_records(sequences, labels=labels, splits=[kinds[number // 2 % 6] for number in range(count)])


def make_job(
    dataset: Dataset | None = None,
    *,
    model: str = "text_cnn",
    hyper: dict[str, Any] | None = None,
    augmentation: dict[str, Any] | None = None,
    tokens: dict[str, Any] | None = None,
    molecule: Molecule = Molecule.DNA,
    **training: Any,
) -> TrainingInput:
    """The input of a short training; further keyword arguments are fields of `[training]`."""
    fields = {"epochs": 3, "batch_size": 16, "device": "cpu", "threads": 1, **training}
    settings = SMALL if hyper is None and model == "text_cnn" else hyper or {}
    sections = {"augmentation": augmentation or {}, "tokens": tokens or {}}
    config = Configuration.model_validate({"training": fields, "model": {"name": model, "hyper": settings}, **sections})
    loaded = SimpleNamespace(dataset=planted() if dataset is None else dataset, molecule=molecule)
    return prepare(config, loaded)  # type: ignore[arg-type]


@dataclass
class Told:
    """What a training told, and what it gave."""

    events: list[Event]
    model: TrainedModel

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


def finish(training: Generator[Event, None, TrainedModel], react: Callable[[Event], None] | None = None) -> Told:
    """Run a training to its end; `react` sees each event as it comes."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(training))
        except StopIteration as end:
            return Told(events, end.value)
        if react is not None:
            react(events[-1])


def run(job: TrainingInput, **options: Any) -> Told:
    return finish(train(job, options.pop("control", Control()), **options))


def weights_hash(model: TrainedModel) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict.items()):
        digest.update(name.encode() + tensor.numpy().tobytes())
    return digest.hexdigest()


@pytest.fixture
def lab() -> SimpleNamespace:
    """The functions above, for test modules, which cannot import this one."""
    return SimpleNamespace(planted=planted, job=make_job, run=run, finish=finish, weights_hash=weights_hash)


@pytest.fixture
def every_step_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.training.meter.SHORTEST_BETWEEN_EVENTS", 0.0)
