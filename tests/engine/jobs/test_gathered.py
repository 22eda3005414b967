"""Models that were trained before, put together as the result of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.gathered import write_members
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFailed, JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.store import prepare_run
from bioseq.sequences.dataset import Split

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.runs.folder import RunFolder

QUICK = ["evaluation.baseline=false", "evaluation.resamples=200"]
TOGETHER = ["model.name=ensemble", 'model.hyper.members="text_cnn, lr"', "model.hyper.combine=weighted"]


@pytest.fixture(scope="module")
def config(small_config: Configuration) -> Configuration:
    return apply_overrides(small_config, QUICK)


@pytest.fixture(scope="module")
def baseline_run(config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = prepare_run(tmp_path_factory.mktemp("runs") / "lr", apply_overrides(config, ["model.name=lr"]))
    assert isinstance(run_job(TrainJob("lr", str(run.path), reports=False), Control(), lambda _: None), JobFinished)
    return run


def gather(folder: Path, config: Configuration, shares: dict[str, float], chances: np.ndarray) -> RunFolder:
    """The run of these models, with what is known of its validation records."""
    dataset = load_data(config).dataset
    members = folder / "members.json"
    write_members(members, shares, rows=dataset.rows_of(Split.VALIDATION), chances=chances, seconds=1.5)
    run = prepare_run(folder / "run", config)
    ending = run_job(TrainJob("g", str(run.path), gathers=str(members), reports=False), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return run


@pytest.fixture(scope="module")
def known(config: Configuration) -> np.ndarray:
    """Probabilities of the validation records as no model of the tests gives them."""
    count = len(load_data(config).dataset.rows_of(Split.VALIDATION))
    first = np.random.default_rng(1).uniform(0.1, 0.9, count)
    return np.column_stack([first, 1 - first])


def test_several_models_answer_with_the_mean_by_their_shares(
    config: Configuration, known: np.ndarray, trained_run: RunFolder, baseline_run: RunFolder, tmp_path: Path
) -> None:
    shares = {str(trained_run.path): 0.75, str(baseline_run.path): 0.25}
    run = gather(tmp_path, apply_overrides(config, TOGETHER), shares, known)
    dataset = load_data(config).dataset
    tests = dataset.take(dataset.rows_of(Split.TEST))
    mean = sum(share * load_predictor(tmp_path / path).chances(tests) for path, share in shares.items())
    predictor = load_predictor(run.path)
    calibration = predictor.contents.calibration
    assert np.allclose(predictor.chances(tests), calibration.apply(mean.astype(np.float32)), atol=1e-5)
    judged = EvaluatedRecords.open(run.evaluation)
    assert np.allclose(judged.probabilities, predictor.chances(tests), atol=1e-5)
    figures = read_evaluations(run.metrics)
    assert [one.title for one in figures["test"].members] == [
        "Member 1 of 2: Text CNN",
        "Member 2 of 2: Logistic regression",
    ]
    assert not figures["validation"].members  # of which some have learnt a part


def test_validation_records_are_judged_by_what_models_say_that_have_not_learnt_them(
    config: Configuration, known: np.ndarray, trained_run: RunFolder, baseline_run: RunFolder, tmp_path: Path
) -> None:
    shares = {str(trained_run.path): 0.5, str(baseline_run.path): 0.5}
    run = gather(tmp_path, apply_overrides(config, TOGETHER), shares, known)
    validation = EvaluatedRecords.open(run.evaluation / "validation")
    calibration = read_evaluations(run.metrics)["validation"].calibration
    assert np.allclose(validation.probabilities, calibration.apply(known.astype(np.float32)), atol=1e-5)


def test_one_model_alone_stays_the_model_that_it_is(
    config: Configuration, known: np.ndarray, trained_run: RunFolder, tmp_path: Path
) -> None:
    run = gather(tmp_path, config, {str(trained_run.path): 1.0}, known)
    dataset = load_data(config).dataset
    tests = dataset.take(dataset.rows_of(Split.TEST))
    own, before = load_predictor(run.path), load_predictor(trained_run.path)
    assert own.contents.architecture == "text_cnn"
    assert np.array_equal(own.raw_chances(tests), before.raw_chances(tests))
    assert np.allclose(EvaluatedRecords.open(run.evaluation).probabilities, own.chances(tests), atol=1e-5)


def test_a_list_of_other_data_is_refused(
    config: Configuration, known: np.ndarray, trained_run: RunFolder, tmp_path: Path
) -> None:
    members = tmp_path / "members.json"
    rows = load_data(config).dataset.rows_of(Split.VALIDATION)
    write_members(members, {str(trained_run.path): 1.0}, rows=rows[1:], chances=known[1:], seconds=0)
    run = prepare_run(tmp_path / "run", config)
    ending = run_job(TrainJob("g", str(run.path), gathers=str(members)), Control(), lambda _: None)
    assert isinstance(ending, JobFailed)
    assert ending.code == "study.bad_members"


def test_a_damaged_list_is_refused(config: Configuration, tmp_path: Path) -> None:
    members = tmp_path / "members.json"
    members.write_text(json.dumps({"format": 1, "members": []}), encoding="utf-8")
    run = prepare_run(tmp_path / "run", config)
    ending = run_job(TrainJob("g", str(run.path), gathers=str(members)), Control(), lambda _: None)
    assert isinstance(ending, JobFailed)
    assert ending.code == "study.bad_members"
