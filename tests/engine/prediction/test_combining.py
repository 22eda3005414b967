"""Finished runs become one model, judged by their common records, or are refused with the reason."""

from __future__ import annotations

import dataclasses
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.cli import main
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction.combining import combine_runs
from bioseq.prediction.ensembles import EnsemblePredictor
from bioseq.prediction.predict import load_predictor, predict_dataset
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import read_bundle, read_bundle_card, write_bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import prepare_run, read_entry
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration


def trained(config: Configuration, folder: Path, *overrides: str) -> RunFolder:
    plain = config.model_copy(update={"model": config.model.model_copy(update={"name": "lr", "hyper": {}})})
    run = prepare_run(folder, apply_overrides(plain, ["evaluation.baseline=false", *overrides]))
    ending = run_job(TrainJob("job", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return run


@pytest.fixture(scope="module")
def runs(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, RunFolder]:
    """Two finished runs with the same records. Tests read them and change nothing."""
    root = tmp_path_factory.mktemp("finished")
    return trained(small_config, root / "first"), trained(
        small_config, root / "second", "model.name=svm", "model.hyper.k=3", "model.hyper.features=kmers"
    )


@pytest.mark.parametrize("combine", ["plain", "geometric"])
def test_the_mean_of_finished_runs_is_judged_by_their_common_test_records(
    runs: tuple[RunFolder, RunFolder], tmp_path: Path, combine: str
) -> None:
    made = combine_runs(runs, tmp_path / "together", combine=combine, name="Together")
    assert made.folder == RunFolder(tmp_path / "together")
    assert sum(made.shares) == pytest.approx(1.0)
    assert (made.shares == (0.5, 0.5)) == (combine == "plain")
    records = EvaluatedRecords.open(made.folder.evaluation)
    predictor = load_predictor(made.bundle)
    assert isinstance(predictor, EnsemblePredictor)
    dataset = Dataset.from_records(list(records.sequences))
    again = predict_dataset(predictor, dataset).probabilities
    assert again.tobytes() == np.asarray(records.probabilities).tobytes()
    told = read_evaluations(made.folder.metrics)
    assert list(told) == ["test", "validation"]
    assert [part.metrics for part in told["test"].members] == [
        read_evaluations(run.metrics)["test"].model.metrics for run in runs
    ]
    assert told["test"].members[0].title == "Member 1: Logistic regression (first)"
    entry = read_entry(made.folder)
    assert entry is not None
    assert (entry.status.value, entry.name) == ("finished", "Together")
    assert entry.model_title == "Ensemble (Logistic regression, Linear SVM)"


def test_settings_that_members_were_trained_with_stay_theirs(runs: tuple[RunFolder, RunFolder], tmp_path: Path) -> None:
    made = combine_runs(runs, tmp_path / "m.bioseq", combine="weighted")
    assert made.folder is None
    assert sum(made.shares) == pytest.approx(1.0)
    members = read_bundle(made.bundle).members
    assert members[1].hyper["k"] == 3
    assert [member.temperature for member in members] == [read_bundle_card(run.model).temperature for run in runs]


def test_the_command_line_makes_one_too(
    runs: tuple[RunFolder, RunFolder], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "m.bioseq"
    command = ["ensemble", *(str(run.path) for run in runs), "-o", str(out)]
    assert main(command) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[-1] == str(out)
    assert "Together, on 32 test records: accuracy" in told[-2]
    assert main([*command, "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "ensemble.exists"


@pytest.mark.parametrize(("option", "combine"), [("--weighted", "weighted"), ("--geometric", "geometric")])
def test_the_command_line_says_how_they_are_put_together(
    runs: tuple[RunFolder, RunFolder], tmp_path: Path, option: str, combine: str
) -> None:
    out = tmp_path / "m.bioseq"
    assert main(["ensemble", *(str(run.path) for run in runs), "-o", str(out), option]) == 0
    assert read_bundle_card(out).hyper["combine"] == combine


def changed(run: RunFolder, folder: Path, **fields: object) -> RunFolder:
    """A copy of a run with other contents of its bundle."""
    shutil.copytree(run.path, folder)
    copy = RunFolder(folder)
    write_bundle(copy.model, dataclasses.replace(read_bundle(run.model), **fields))  # type: ignore[arg-type]
    return copy


def refusal(runs: list[RunFolder], out: Path) -> str:
    with pytest.raises(BioseqError) as caught:
        combine_runs(runs, out)
    assert not out.exists()
    assert caught.value.remedy
    return caught.value.message


def test_runs_that_do_not_fit_together_are_refused_in_words(
    runs: tuple[RunFolder, RunFolder], small_config: Configuration, tmp_path: Path
) -> None:
    first, second = runs
    out = tmp_path / "out"
    assert f"2 to {MOST_MEMBERS} runs" in refusal([first], out)
    assert "named twice" in refusal([first, first], out)
    other = changed(second, tmp_path / "classes", label_names=("plain", "motif"))
    assert "different classes" in refusal([first, other], out)
    other = changed(second, tmp_path / "positive", positive="motif")
    assert "call different classes positive" in refusal([first, other], out)
    elsewhere = trained(small_config, tmp_path / "elsewhere", "split.seed=5")
    assert "different validation records" in refusal([first, elsewhere], out)
    nested = combine_runs(runs, tmp_path / "nested").folder
    assert nested is not None
    assert "cannot be a member of an ensemble" in refusal([first, nested], out)
