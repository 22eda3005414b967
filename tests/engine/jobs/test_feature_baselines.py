"""A feature baseline leaves the same run as a network, and its bundle predicts elsewhere, without torch."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.catalogue.registry import BASELINES
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction.predict import load_predictor, predict_dataset, read_for
from bioseq.prediction.table import Flag
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, JobFailed, JobFinished, JobStopped, Phase, PhaseChanged
from bioseq.protocol.jobs import EvaluateJob, FileRequest, TrainJob
from bioseq.runs.bundle import BundleContents, read_bundle, read_bundle_card, write_bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_events, read_state
from bioseq.runs.store import prepare_run, read_entry
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event

NAMES = list(BASELINES)
COMPARED = "lr"
"""The one that is trained with simple models beside it."""


def settings(name: str, *more: str) -> list[str]:
    trees = ["model.hyper.trees=15"] if BASELINES[name].grows_trees else []
    return [f"model.name={name}", "model.hyper.k=3", *trees, *more]


def trained(config: Configuration, folder: Path, *overrides: str) -> tuple[RunFolder, Event]:
    run = prepare_run(folder, apply_overrides(config, overrides))
    return run, run_job(TrainJob("job", str(run.path)), Control(), lambda _: None)


@pytest.fixture(scope="module")
def runs(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> dict[str, RunFolder]:
    """A finished run of each feature baseline."""
    root = tmp_path_factory.mktemp("baselines")
    made = {}
    for name in NAMES:
        beside = f"evaluation.baseline={str(name == COMPARED).lower()}"
        made[name], ending = trained(small_config, root / name, *settings(name, beside))
        assert isinstance(ending, JobFinished), ending
    return made


@pytest.mark.parametrize("name", NAMES)
def test_a_run_holds_all_that_a_run_of_a_network_holds(runs: dict[str, RunFolder], name: str) -> None:
    run = runs[name]
    state = read_state(run.events)
    assert state.status is Status.FINISHED
    assert state.in_rounds
    assert state.best is not None
    kinds = {artefact.kind for artefact in state.artefacts}
    assert kinds == {"table", "model", "metrics", "evaluation", "predictions", "figure", "provenance", "report"}
    for artefact in state.artefacts:
        assert (run.path / artefact.path).exists(), artefact
    phases = [event.phase for event in read_events(run.events) if isinstance(event, PhaseChanged)]
    order = [Phase.READING, Phase.CHECKING, Phase.BASELINE, Phase.TRAINING, Phase.EVALUATING]
    if name != COMPARED:
        order.remove(Phase.BASELINE)
    assert phases == [*order, Phase.EVALUATING, Phase.WRITING]  # the second: how like the training records they are
    entry = read_entry(run)
    assert entry is not None
    assert entry.model_title == BASELINES[name].title
    assert entry.metrics["roc_auc"] > 0.6
    assert not entry.resumable
    log = run.log.read_text(encoding="utf-8")
    assert "Round 1/" in log
    assert "84 features" in log
    table = (run.figures / "curves.csv").read_text(encoding="utf-8").splitlines()
    assert table[0].startswith("round,reached,train_")
    assert len(table) == len(state.epochs) + 1


def test_the_test_records_are_judged_beside_the_trivial_baselines(runs: dict[str, RunFolder]) -> None:
    test = read_evaluations(runs[COMPARED].metrics)["test"]
    simple = ["majority", "composition", "kmer_regression", "logistic_regression", "gradient_boosting"]
    assert [one.name for one in test.baselines] == simple


@pytest.mark.parametrize("name", NAMES)
def test_the_model_file_predicts_test_records_as_the_run_did(runs: dict[str, RunFolder], name: str) -> None:
    test = read_evaluations(runs[name].metrics)["test"]
    records = EvaluatedRecords.open(runs[name].evaluation)
    assert test.records == len(records.truth) == 32
    dataset = Dataset.from_records(list(records.sequences))
    again = predict_dataset(load_predictor(runs[name].model), dataset).probabilities
    np.testing.assert_array_equal(again, records.probabilities)


FRESH = """
import sys
import numpy as np
from pathlib import Path
from bioseq.jobs.runner import run_job
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import FileRequest, PredictJob
files = (FileRequest(sys.argv[1], "predict"),)
for model, place in zip(sys.argv[2::2], sys.argv[3::2]):
    ending = run_job(PredictJob("job", model, files, place), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
assert not {"torch", "sklearn"} & set(sys.modules)
"""


def test_a_fresh_process_predicts_the_same_bits_without_torch_and_scikit_learn(
    runs: dict[str, RunFolder], labelled_fasta: Path, tmp_path: Path
) -> None:
    pairs = [(str(run.model), str(tmp_path / name)) for name, run in runs.items()]
    command = [sys.executable, "-c", FRESH, str(labelled_fasta), *(text for pair in pairs for text in pair)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for name, run in runs.items():
        predictor = load_predictor(run.model)
        here = predict_dataset(predictor, read_for(predictor.contents, [FileRequest(str(labelled_fasta))]).dataset)
        there = np.load(tmp_path / name / "probabilities.npy")
        assert there.tobytes() == here.probabilities.tobytes()


def test_training_a_feature_baseline_imports_no_torch(small_config: Configuration, tmp_path: Path) -> None:
    run = prepare_run(tmp_path / "run", apply_overrides(small_config, settings("lr")))
    script = (
        "import sys; from bioseq.jobs.runner import run_job; from bioseq.protocol.control import Control; "
        "from bioseq.protocol.jobs import TrainJob; from bioseq.protocol.events import JobFinished\n"
        "ending = run_job(TrainJob('job', sys.argv[1]), Control(), lambda _: None)\n"
        "assert isinstance(ending, JobFinished), ending; assert 'torch' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", script, str(run.path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


def test_a_bundle_says_what_it_is(runs: dict[str, RunFolder]) -> None:
    card = read_bundle_card(runs["lr"].model)
    assert card.model_title == "Logistic regression"
    assert (card.hyper["features"], card.hyper["k"]) == ("kmers", 3)
    assert card.weights == {}


def test_labelled_files_are_evaluated(runs: dict[str, RunFolder], labelled_fasta: Path, tmp_path: Path) -> None:
    job = EvaluateJob("job", str(runs["lr"].path), (FileRequest(str(labelled_fasta)),), str(tmp_path))
    ending = run_job(job, Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    assert ending.summary["records"] == 160
    assert read_evaluations(RunFolder(tmp_path).metrics)["files"].model.title == "Logistic regression"


def test_provenance_and_summary_tell_rounds_and_threads(runs: dict[str, RunFolder]) -> None:
    facts = json.loads(runs["random_forest"].provenance.read_text(encoding="utf-8"))
    assert (facts["device"], facts["threads"], facts["precision"]) == ("cpu", 1, "float64")
    ending = read_state(runs["random_forest"].events).ending
    assert isinstance(ending, JobFinished)
    assert ending.summary["epochs"] == ending.summary["best_epoch"] == 15
    assert ending.reason == "all trees grown"


def test_a_sequence_longer_than_the_positions_that_were_learnt_is_flagged(
    small_config: Configuration, labelled_fasta: Path, tmp_path: Path
) -> None:
    overrides = ["model.hyper.features=one_hot", "data.longest=30", "evaluation.baseline=false"]
    run, ending = trained(small_config, tmp_path / "run", "model.name=lr", *overrides)
    assert isinstance(ending, JobFinished), ending
    contents = read_bundle(run.model)
    config = contents.config.model_copy(
        update={"data": contents.config.data.model_copy(update={"longest": 0})}
    )  # as if the files had been cut beforehand
    rewritten(contents, tmp_path / "m.bioseq", config=config)
    table = predict_dataset(load_predictor(tmp_path / "m.bioseq"), Dataset.from_records(["ACGT" * 10, "ACGTAC" * 5]))
    assert Flag.SHORTENED in Flag(int(table.flags[0]))
    assert Flag.SHORTENED not in Flag(int(table.flags[1]))
    cut = predict_dataset(load_predictor(tmp_path / "m.bioseq"), Dataset.from_records([("ACGT" * 10)[:30]]))
    np.testing.assert_array_equal(table.probabilities[0], cut.probabilities[0])


def rewritten(contents: BundleContents, path: Path, **fields: Any) -> Path:
    known = {name: getattr(contents, name) for name in contents.__slots__}
    write_bundle(path, BundleContents(**{**known, **fields}))
    return path


def test_weights_of_another_model_are_refused(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    contents = read_bundle(runs["random_forest"].model)
    circle = contents.weights["tree_left"].copy()
    circle[0] = 0
    for changed in ({"tree_left": circle}, {"more": circle}):
        path = rewritten(contents, tmp_path / "m.bioseq", weights={**contents.weights, **changed})
        with pytest.raises(BioseqError, match="not those of its model"):
            load_predictor(path)
    path = rewritten(contents, tmp_path / "m.bioseq", weights=read_bundle(runs["lr"].model).weights)
    with pytest.raises(BioseqError, match="not those of its model"):
        load_predictor(path)


def test_settings_that_are_not_legal_are_refused(runs: dict[str, RunFolder], tmp_path: Path) -> None:
    contents = read_bundle(runs["random_forest"].model)
    path = rewritten(contents, tmp_path / "m.bioseq", hyper={**contents.hyper, "trees": 10**9})
    with pytest.raises(BioseqError, match="not legal"):
        load_predictor(path)


def test_stop_keeps_the_rounds_so_far_and_evaluates_them(small_config: Configuration, tmp_path: Path) -> None:
    run = prepare_run(tmp_path / "run", apply_overrides(small_config, settings("hist_gradient_boosting")))
    control = Control()

    def emit(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.epoch == 3:
            control.stop()

    ending = run_job(TrainJob("job", str(run.path)), control, emit)
    assert isinstance(ending, JobStopped)
    assert not ending.cancelled
    assert not ending.resumable
    assert ending.summary["epochs"] == 3
    assert predict_dataset(load_predictor(run.path), Dataset.from_records(["ACGT" * 9])).probabilities.sum() == 1
    again = run_job(TrainJob("again", str(run.path), resume=True), Control(), lambda _: None)
    assert isinstance(again, JobFinished)
    assert len(read_state(run.events).epochs) > 3


def test_what_does_not_fit_the_data_fails_in_words_before_anything_is_learnt(
    small_config: Configuration, tmp_path: Path
) -> None:
    run, ending = trained(small_config, tmp_path / "run", "model.name=svm", "model.hyper.features=blosum62")
    assert isinstance(ending, JobFailed)
    assert ending.code == "config.features_do_not_fit"
    assert ending.where == "model.hyper.features"
    assert "does not describe DNA" in ending.message
    assert not run.model.exists()
