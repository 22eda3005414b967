"""A training job leaves a whole run; stop keeps, cancel discards, resume goes on with the same weights."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config import files as config_files
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.closing import data_record
from bioseq.jobs.runner import run_job
from bioseq.prediction.export import export
from bioseq.prediction.predict import load_predictor, predict_files
from bioseq.protocol.control import Control
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    Event,
    JobFailed,
    JobFinished,
    JobStopped,
    Phase,
    PhaseChanged,
)
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import read_bundle
from bioseq.runs.history import Status, read_events, read_state
from bioseq.runs.store import prepare_run, read_entry
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.runs.folder import RunFolder


def test_a_finished_run_holds_all_that_it_says(trained_run: RunFolder) -> None:
    state = read_state(trained_run.events)
    assert state.status is Status.FINISHED
    assert len(state.epochs) == 4
    assert state.artefacts
    for artefact in state.artefacts:
        if artefact.kind != "checkpoint":
            assert (trained_run.path / artefact.path).exists(), artefact
    kinds = {artefact.kind for artefact in state.artefacts}
    assert kinds >= {"checkpoint", "model", "metrics", "evaluation", "predictions", "figure", "provenance"}


def test_phases_come_in_their_order(trained_run: RunFolder) -> None:
    phases = [event.phase for event in read_events(trained_run.events) if isinstance(event, PhaseChanged)]
    assert phases == [
        Phase.READING,
        Phase.CHECKING,
        Phase.BASELINE,
        Phase.TRAINING,
        Phase.EVALUATING,
        Phase.EVALUATING,  # and how like the training records the judged ones are
        Phase.WRITING,
    ]


def test_the_data_are_named_with_their_digest(trained_run: RunFolder, labelled_fasta: Path) -> None:
    data = json.loads(trained_run.data.read_text(encoding="utf-8"))
    assert data["files"][0]["path"] == str(labelled_fasta)
    assert len(data["files"][0]["sha256"]) == 64
    assert data["records_used"] == 160
    assert data["labels"] == ["motif", "plain"]


def test_what_was_taken_of_a_table_stands_with_the_data(tmp_path: Path) -> None:
    rows = "".join(f"g{n},Insulin,{'ACGT'[n % 4]}CGTACGTTGCA,{'ab'[n % 2]}\n" for n in range(30))
    (tmp_path / "t.csv").write_text("gene,protein,dna_seq,location\n" + rows + "g30,Insulin,,a\n")
    loaded = load_data(Configuration(data=DataSettings(files=(DataFile(path=str(tmp_path / "t.csv")),))))
    data = data_record(loaded, lambda *_: None)
    assert {"code": "dropped_empty_records", "count": 1, "message": "1 record without letters was left out."} in data[
        "cleaning"
    ]
    (file,) = data["files"]
    assert file["labels_from"] == "column"
    assert file["taken"] == {"id": "gene", "sequence": "dna_seq", "label": "location", "split": ""}
    told = {finding["code"]: finding["message"] for finding in file["findings"]}
    assert told["columns_not_used"] == "1 column is not used: protein."


def test_metrics_and_records_tell_the_same(trained_run: RunFolder) -> None:
    evaluations = read_evaluations(trained_run.metrics)
    assert set(evaluations) == {"test", "validation"}
    test = evaluations["test"]
    records = EvaluatedRecords.open(trained_run.evaluation)
    assert test.records == len(records.truth) == sum(map(sum, test.model.confusion))
    simple = ["majority", "composition", "kmer_regression", "logistic_regression", "gradient_boosting"]
    assert [baseline.name for baseline in test.baselines] == simple
    positive = test.labels.index(test.positive)
    called = records.probabilities[:, positive] >= test.threshold
    accuracy = np.mean(called == (records.truth == positive))
    assert accuracy == pytest.approx(test.model.metrics["accuracy"])


def test_predictions_of_the_test_records_are_a_table(trained_run: RunFolder) -> None:
    lines = trained_run.predictions.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "id,predicted,probability,p_motif,p_plain,flag,true_class"
    assert len(lines) - 1 == read_evaluations(trained_run.metrics)["test"].records


def test_every_figure_comes_as_drawing_and_data(trained_run: RunFolder) -> None:
    for name in ("curves", "roc", "precision_recall", "confusion", "confidence", "calibration", "metrics"):
        assert (trained_run.figures / f"{name}.svg").read_text(encoding="utf-8").startswith("<?xml")
        assert len((trained_run.figures / f"{name}.csv").read_text(encoding="utf-8").splitlines()) > 2


def test_provenance_names_versions_seeds_and_machine(trained_run: RunFolder) -> None:
    facts = json.loads(trained_run.provenance.read_text(encoding="utf-8"))
    assert facts["libraries"]["torch"]
    assert facts["threads"] == 1
    assert facts["seeds"] == {"split": 1, "training": 1}
    assert facts["started"] <= facts["ended"]


def test_the_list_of_runs_tells_the_main_figures(trained_run: RunFolder) -> None:
    entry = read_entry(trained_run)
    assert entry is not None
    assert entry.name == "Motif"
    assert entry.status is Status.FINISHED
    assert entry.model_title == "Text CNN"
    assert entry.data_names == ("motif.fasta",)
    assert entry.metrics == pytest.approx(read_evaluations(trained_run.metrics)["test"].model.metrics, nan_ok=True)
    assert not entry.resumable


def train_until(run: RunFolder, ask: str, *, epoch: int, heard: list[Event]) -> Event:
    """Train and ask for something when an epoch is done."""
    control = Control()

    def emit(event: Event) -> None:
        heard.append(event)
        if isinstance(event, EpochFinished) and event.epoch == epoch:
            getattr(control, ask)()

    return run_job(TrainJob("job", str(run.path)), control, emit)


def test_stop_keeps_the_best_so_far_and_evaluates_it(empty_run: RunFolder, heard: list[Event]) -> None:
    ending = train_until(empty_run, "stop", epoch=2, heard=heard)
    assert isinstance(ending, JobStopped)
    assert not ending.cancelled
    assert ending.resumable
    assert ending.summary["metrics"]
    assert ending.summary["epochs"] < 4
    assert read_bundle(empty_run.model).weights
    assert read_evaluations(empty_run.metrics)
    entry = read_entry(empty_run)
    assert entry is not None
    assert entry.status is Status.STOPPED
    assert entry.resumable


def test_cancel_discards_all_but_the_configuration_and_the_history(empty_run: RunFolder, heard: list[Event]) -> None:
    ending = train_until(empty_run, "cancel", epoch=2, heard=heard)
    assert isinstance(ending, JobStopped)
    assert ending.cancelled
    assert any(isinstance(event, ArtefactWritten) and event.kind == "checkpoint" for event in heard)
    left = {path.name for path in empty_run.path.iterdir()}
    assert left == {"config.toml", "events.jsonl", "log.txt", "summary.json"}
    assert read_state(empty_run.events).status is Status.CANCELLED


def test_a_request_while_reading_ends_the_job_at_once(empty_run: RunFolder) -> None:
    control = Control()
    control.cancel()
    ending = run_job(TrainJob("job", str(empty_run.path)), control, lambda _: None)
    assert isinstance(ending, JobStopped)
    assert ending.cancelled


def with_file(config: Configuration, path: Path) -> Configuration:
    data = config.data.model_copy(update={"files": (DataFile(path=str(path)),)})
    return config.model_copy(update={"data": data})


def test_data_that_cannot_be_learnt_from_fail_in_words(empty_run: RunFolder, tmp_path: Path) -> None:
    fasta = tmp_path / "one.fasta"
    fasta.write_text(">a|x\nACGTACGT\n>b|x\nACGTTTTT\n", encoding="utf-8")
    config_files.save(with_file(config_files.load(empty_run.config), fasta), empty_run.config)
    ending = run_job(TrainJob("job", str(empty_run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFailed)
    assert not ending.code.startswith("fault")
    assert ending.remedy


def test_without_records_to_judge_by_the_model_is_kept_with_a_warning(
    empty_run: RunFolder, labelled_fasta: Path, tmp_path: Path, heard: list[Event]
) -> None:
    fasta = tmp_path / "train.fasta"
    fasta.write_text(labelled_fasta.read_text(encoding="utf-8").replace("|test", "|train"), encoding="utf-8")
    config = apply_overrides(
        config_files.load(empty_run.config),
        ["split.test_fraction=0", "split.validation_fraction=0", "training.epochs=1", "evaluation.baseline=false"],
    )
    config_files.save(with_file(config, fasta), empty_run.config)
    ending = run_job(TrainJob("job", str(empty_run.path)), Control(), heard.append)
    assert isinstance(ending, JobFinished)
    assert "metrics" not in ending.summary
    assert read_bundle(empty_run.model).metrics == {}
    assert "evaluation.no_records" in {getattr(event, "code", "") for event in heard}


KILL_AND_RESUME = """
import json, os, signal, sys
from pathlib import Path
from bioseq.config import files
from bioseq.config.overrides import apply_overrides
from bioseq.jobs.runner import run_job
from bioseq.prediction.export import export
from bioseq.prediction.predict import load_predictor, predict_files
from bioseq.protocol.control import Control
from bioseq.protocol.events import ArtefactWritten, EpochFinished, JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import read_bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_events
from bioseq.runs.store import prepare_run, read_entry

whole, root = RunFolder(Path(sys.argv[1])), Path(sys.argv[2])
expected = read_bundle(whole.model).weights
config = apply_overrides(files.load(whole.config), ["evaluation.baseline=false"])
for number, victim in enumerate(json.loads(sys.argv[3])):
    run = prepare_run(root / f"run{number}", config)
    child = os.fork()
    if not child:
        def die(event):
            if isinstance(event, EpochFinished) and event.epoch == victim:
                os.kill(os.getpid(), signal.SIGKILL)
        run_job(TrainJob("first", str(run.path)), Control(), die)
        os._exit(9)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, status
    entry = read_entry(run)
    assert entry.status is Status.INTERRUPTED, entry
    ending = run_job(TrainJob("second", str(run.path), resume=True), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    weights = read_bundle(run.model).weights
    assert weights.keys() == expected.keys()
    assert all((weights[name] == expected[name]).all() for name in expected)
    events = list(read_events(run.events))
    assert [event.sequence for event in events] == list(range(len(events)))
print("same")
"""


def test_a_run_that_was_killed_and_resumed_ends_with_the_same_weights(trained_run: RunFolder, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", KILL_AND_RESUME, str(trained_run.path), str(tmp_path), "[1, 3]"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.stdout.strip() == "same", result.stderr


@pytest.mark.parametrize("model", ["text_cnn", "lr"])
def test_the_table_of_test_records_has_the_flags_of_predicting_and_the_true_class(
    model: str, labelled_fasta: Path, tmp_path: Path
) -> None:
    odd = ["A" * 36, "ACGN" * 9, "ac!gt" * 7, "CG" * 10, "ACGTTGCA" * 9, "TGT" * 12]
    records = labelled_fasta.read_text(encoding="utf-8").split(">")[1:]
    records += [f"odd{row}|{('plain', 'motif')[row % 2]}|test\n{letters}\n" for row, letters in enumerate(odd)]
    tests = [record for record in records if "|test\n" in record]
    path = tmp_path / "records.fasta"
    path.write_text("".join(f">{record}" for record in records), encoding="utf-8")
    (tmp_path / "test.fasta").write_text("".join(f">{record}" for record in tests), encoding="utf-8")
    config = apply_overrides(
        Configuration(data=DataSettings(files=(DataFile(path=str(path)),), illegal_letters="replace")),
        [
            f"model.name={model}",
            "training.epochs=1",
            "training.threads=1",
            "training.device=cpu",
            "evaluation.baseline=false",
        ],
    )
    run = prepare_run(tmp_path / "run", config)
    ending = run_job(TrainJob("train-1", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    export(
        predict_files(load_predictor(run.path), [FileRequest(str(tmp_path / "test.fasta"))], tmp_path / "table"),
        tmp_path / "predicted.csv",
    )
    with run.predictions.open(encoding="utf-8") as own, (tmp_path / "predicted.csv").open(encoding="utf-8") as again:
        rows, predicted = list(csv.DictReader(own)), list(csv.DictReader(again))
    assert len(rows) == len(tests)
    truths = [row.pop("true_class") for row in rows]
    assert truths == [record.split("|")[1] for record in tests]
    for row, other in zip(rows, predicted, strict=True):
        assert (row["id"], row["predicted"], row["flag"]) == (other["id"], other["predicted"], other["flag"])
        assert float(row["p_motif"]) == pytest.approx(float(other["p_motif"]), abs=1e-5)
    flags = {row["id"]: row["flag"] for row in rows}
    assert flags["odd0"] in ("unlike_letters", "far_from_training")
    assert "ambiguous_letters" in flags["odd1"]
    assert "illegal_letters" in flags["odd2"]
    assert "shorter_than_trained" in flags["odd3"]
    assert "longer_than_trained" in flags["odd4"]
    assert sum(flag == "" for flag in flags.values()) > 20
