"""A run with everything that changes training switched on: what it says of its test records, any file gets again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from Bio.Seq import reverse_complement

from bioseq.config import files
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.results import EvaluatedRecords
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor, predict_dataset
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished, LogEmitted
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import card, read_bundle
from bioseq.runs.history import read_events
from bioseq.runs.store import prepare_run
from bioseq.sequences.dataset import Dataset, Split

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration
    from bioseq.runs.folder import RunFolder

TRICKS = (
    "tokens.kind=kmers",
    "tokens.k=2",
    "tokens.coding=one_hot",
    "training.label_smoothing=0.1",
    "training.sampling=balanced",
    "training.flooding=0.05",
    "augmentation.reverse_complement=0.5",
    "augmentation.both_strands=true",
    "augmentation.substitution=0.02",
    "augmentation.masking=0.02",
    "augmentation.shift=2",
)


@pytest.fixture(scope="module")
def tricked_run(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    config = apply_overrides(small_config, list(TRICKS))
    run = prepare_run(tmp_path_factory.mktemp("runs") / "tricks", config)
    ending = run_job(TrainJob("train-1", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return run


def test_the_model_file_predicts_test_records_as_the_run_did(tricked_run: RunFolder) -> None:
    judged = EvaluatedRecords.open(tricked_run.evaluation)
    contents = read_bundle(tricked_run.model)
    assert contents.task.one_hot
    dataset = _test_records(tricked_run)
    again = predict_dataset(load_predictor(tricked_run.path), dataset)
    assert again.probabilities == pytest.approx(judged.probabilities, abs=1e-5)


def test_either_strand_gets_the_same_answer_from_the_model_file(tricked_run: RunFolder) -> None:
    sequences = ["ACGTTAGGACTATAATGGCA", "TTGACCANAGGATACCAGAT", "ACG"]
    answers = [
        predict_dataset(load_predictor(tricked_run.path), Dataset.from_records(strand)).probabilities
        for strand in (sequences, [reverse_complement(one) for one in sequences])
    ]
    assert answers[1] == pytest.approx(answers[0], abs=1e-6)
    assert np.ptp(answers[0][:, 0]) > 0
    assert "reverse complement" in card(read_bundle(tricked_run.model))


def test_the_log_says_which_loss_is_shown(tricked_run: RunFolder, trained_run: RunFolder) -> None:
    for run, words in ((tricked_run, "cross-entropy, labels smoothed by 0.1"), (trained_run, "cross-entropy")):
        told = [event.message for event in read_events(run.events) if isinstance(event, LogEmitted)]
        assert f"Losses shown: {words}" in told


def _test_records(run: RunFolder) -> Dataset:
    dataset = load_data(files.load(run.config)).dataset
    return dataset.take(dataset.rows_of(Split.TEST))
