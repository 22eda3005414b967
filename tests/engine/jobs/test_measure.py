"""What a network costs is measured with made-up records, before anyone trains it."""

from __future__ import annotations

from dataclasses import asdict, replace

import numpy as np
import pytest

from bioseq.config.schema import Configuration
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import CostMeasured, Event, JobFinished, JobStarted, JobStopped, Warned
from bioseq.protocol.jobs import MeasureJob, Run
from bioseq.protocol.wire import decode_command, encode_command
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import DataProfile, profile_of
from bioseq.training import measure as measuring


@pytest.fixture(scope="module")
def profile() -> DataProfile:
    chance = np.random.default_rng(1)
    sequences = ["".join(chance.choice(list("ACGT"), length)) for length in chance.integers(20, 60, 200)]
    dataset = Dataset.from_records(sequences, labels=["a", "b"] * 100, splits=[Split.TRAIN] * 200)
    return profile_of(dataset, Molecule.DNA)


def small(**training: object) -> Configuration:
    hyper = {"filters": 8, "embedding": 8}
    settings = {"batch_size": 16, "threads": 1, "device": "cpu", **training}
    return Configuration.model_validate({"model": {"name": "text_cnn", "hyper": hyper}, "training": settings})


def events_of(job: MeasureJob, control: Control | None = None) -> list[Event]:
    command = decode_command(encode_command(Run(job)))
    assert isinstance(command, Run)
    assert isinstance(command.job, MeasureJob)
    assert (command.job.models, command.job.config) == (job.models, job.config)
    found: list[Event] = []
    run_job(command.job, control or Control(), found.append)
    return found


def job_of(profile: DataProfile, *models: str) -> MeasureJob:
    return MeasureJob("m", small().model_dump(mode="json"), _plain(profile), models)


def _plain(profile: DataProfile) -> dict[str, object]:
    return {**asdict(profile), "molecule": profile.molecule.value}


def test_each_network_is_measured_and_one_that_cannot_be_built_is_told(profile: DataProfile) -> None:
    events = events_of(job_of(profile, "text_cnn", "nonsense", "dnn"))
    assert isinstance(events[0], JobStarted)
    text_cnn, dnn = (event for event in events if isinstance(event, CostMeasured))
    (refused,) = (event for event in events if isinstance(event, Warned))
    assert (text_cnn.model, text_cnn.device, text_cnn.threads) == ("text_cnn", "cpu", 1)
    assert text_cnn.seconds_per_epoch > 0
    assert text_cnn.memory_bytes > 10_000_000
    assert refused.where == "nonsense"
    assert dnn.model == "dnn"
    assert isinstance(events[-1], JobFinished)


def test_an_epoch_takes_as_many_steps_as_there_are_batches_and_the_judging_after_them(
    profile: DataProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "_seconds_per_step", lambda *_: 2.0)
    config = small(batch_size=16)
    judging = 1 + 0.35 * config.split.validation_fraction
    for count in (100, 200):
        cost = measuring.measure(config, replace(profile, class_counts={"train": (count, count)}))
        assert cost.seconds_per_epoch == pytest.approx(2.0 * 2 * count / 16 * judging)


def test_it_can_be_cancelled(profile: DataProfile) -> None:
    control = Control()
    control.cancel()
    ending = events_of(job_of(profile, "text_cnn"), control)[-1]
    assert isinstance(ending, JobStopped)
    assert ending.cancelled
