"""An ensemble trains its members one after the other, and leaves the same run and bundle as any other model.

Of the contract of networks (C1 to C12) these apply to it and are asked here: C1, the same seed gives the same bits (by
the resumed run, which must equal the one that was never stopped); predictions do not depend on the order of the
records, nor on which others are there; a bundle gives the same bits in a fresh process. The rest speaks of layers,
gradients and weights, which an ensemble has none of: its members are asked about them under their own names.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.ensemble import MOST_MEMBERS
from bioseq.config.ensembles import member_configurations
from bioseq.config.overrides import apply_overrides
from bioseq.evaluation.mixture import combined
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction.ensembles import EnsemblePredictor
from bioseq.prediction.predict import decide, load_predictor, predict_dataset
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished, JobFailed, JobFinished, JobStopped, PhaseChanged
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle import read_bundle, read_bundle_card
from bioseq.runs.history import read_events, read_state
from bioseq.runs.store import has_checkpoint, prepare_run, read_entry
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import Event
    from bioseq.runs.folder import RunFolder

QUICK = ("training.epochs=3", "evaluation.baseline=false")
MIXED = ("model.name=ensemble", "model.hyper.members=dnn, lr, dnn", *QUICK)
LABELS = ["Member 1 of 3: Plain network", "Member 2 of 3: Logistic regression", "Member 3 of 3: Plain network"]


def configured(config: Configuration, *overrides: str) -> Configuration:
    plain = config.model_copy(update={"model": config.model.model_copy(update={"hyper": {}})})
    return apply_overrides(plain, overrides)


def went(
    run: RunFolder,
    *,
    resume: bool = False,
    control: Control | None = None,
    heard: Callable[[Event], None] = lambda _: None,
) -> Event:
    return run_job(TrainJob("job", str(run.path), resume=resume), control or Control(), heard)


@pytest.fixture(scope="module")
def mixed(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of two networks and a feature baseline. Tests read it and change nothing."""
    run = prepare_run(tmp_path_factory.mktemp("ensembles") / "mixed", configured(small_config, *MIXED))
    ending = went(run)
    assert isinstance(ending, JobFinished), ending
    return run


@pytest.fixture
def judged(mixed: RunFolder) -> tuple[EvaluatedRecords, Dataset]:
    """The test records of the run, as they were judged, and as new."""
    records = EvaluatedRecords.open(mixed.evaluation)
    return records, Dataset.from_records(list(records.sequences))


def test_each_member_learns_with_the_same_records_and_repeats_have_another_seed(
    mixed: RunFolder, small_config: Configuration
) -> None:
    config = configured(small_config, *MIXED)
    members = read_bundle(mixed.model).members
    assert [member.architecture for member in members] == ["dnn", "lr", "dnn"]
    assert [one.training.seed for one in member_configurations(config)] == [1, 1, 2]
    assert [member.config.training.seed for member in members] == [1, 1, 2]
    first, _, third = (member.weights for member in members)
    assert any(not np.array_equal(first[name], third[name]) for name in first)
    assert all(one.split == config.split and one.data == config.data for one in member_configurations(config))


def test_the_first_of_a_name_is_the_model_that_training_it_alone_gives(
    mixed: RunFolder, small_config: Configuration, tmp_path: Path
) -> None:
    alone = prepare_run(tmp_path / "alone", configured(small_config, "model.name=dnn", *QUICK))
    assert isinstance(went(alone), JobFinished)
    expected, found = read_bundle(alone.model).weights, read_bundle(mixed.model).members[0].weights
    assert {name: values.tobytes() for name, values in found.items()} == {
        name: values.tobytes() for name, values in expected.items()
    }


def test_the_run_tells_whose_epochs_these_are_and_shows_the_curves_of_one_member_at_a_time(mixed: RunFolder) -> None:
    events = list(read_events(mixed.events))
    assert list(dict.fromkeys(event.member for event in events if isinstance(event, EpochFinished))) == LABELS
    titles = [event.title for event in events if isinstance(event, PhaseChanged)]
    assert [title for title in dict.fromkeys(titles) if title.startswith("Member")] == LABELS
    state = read_state(mixed.events)
    assert state.member == LABELS[2]
    assert [epoch.epoch for epoch in state.epochs] == [1, 2, 3]
    assert {epoch.member for epoch in state.epochs} == {LABELS[2]}


def test_the_run_holds_what_any_run_holds_and_figures_of_each_member(mixed: RunFolder) -> None:
    for path in (mixed.model, mixed.metrics, mixed.predictions, mixed.provenance, mixed.report):
        assert path.exists(), path
    assert not list(mixed.members.glob("*/checkpoints"))
    evaluation = read_evaluations(mixed.metrics)["test"]
    assert [scores.title for scores in evaluation.members] == LABELS
    assert evaluation.members[1].metrics["roc_auc"] != evaluation.members[0].metrics["roc_auc"]
    assert evaluation.model.title == "Ensemble (2 × Plain network, Logistic regression)"
    entry = read_entry(mixed)
    assert entry is not None
    assert entry.model_title == evaluation.model.title
    assert not entry.resumable
    log = mixed.log.read_text(encoding="utf-8")
    assert "Member 2 of 3: Logistic regression, on the test records: Accuracy" in log


def test_it_predicts_the_mean_of_its_members_and_tells_how_far_they_are_apart(
    mixed: RunFolder, judged: tuple[EvaluatedRecords, Dataset]
) -> None:
    records, dataset = judged
    predictor = load_predictor(mixed.model)
    assert isinstance(predictor, EnsemblePredictor)
    parts = np.stack([member.chances(dataset) for member in predictor.members])
    np.testing.assert_allclose(predictor.raw_chances(dataset), parts.mean(axis=0), atol=1e-7)
    found = predict_dataset(predictor, dataset)
    np.testing.assert_array_equal(found.probabilities, records.probabilities)
    alike = np.stack([predictor.contents.calibration.apply(part) for part in parts])
    deciding = np.stack([decide(part, predictor.contents) for part in alike])
    assert found.votes is not None
    assert found.votes.count == 3
    np.testing.assert_array_equal(found.votes.agreeing, (deciding == found.predicted).sum(axis=0))
    own = np.take_along_axis(alike.std(axis=0), found.predicted.astype(np.intp)[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(found.votes.spread, own, atol=1e-6)
    assert found.votes.agreeing.min() >= 1  # with two classes the mean is not above the threshold without a member


def test_its_table_of_test_predictions_says_of_the_members_what_predicting_says(
    mixed: RunFolder, judged: tuple[EvaluatedRecords, Dataset]
) -> None:
    _, dataset = judged
    votes = predict_dataset(load_predictor(mixed.model), dataset).votes
    assert votes is not None
    with mixed.predictions.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["members_agreeing"]) for row in rows] == votes.agreeing.tolist()
    assert [float(row["member_sd"]) for row in rows] == pytest.approx(votes.spread.tolist(), rel=1e-6)
    assert {row["members"] for row in rows} == {"3"}


def test_a_prediction_depends_on_no_other_record(mixed: RunFolder, judged: tuple[EvaluatedRecords, Dataset]) -> None:
    records, dataset = judged
    predictor = load_predictor(mixed.model)
    backwards = Dataset.from_records(list(records.sequences)[::-1])
    there = predict_dataset(predictor, backwards).probabilities[::-1]
    np.testing.assert_allclose(there, records.probabilities, atol=1e-6)
    alone = predict_dataset(predictor, dataset.take(np.array([3]))).probabilities
    np.testing.assert_allclose(alone, records.probabilities[3:4], atol=1e-6)


FRESH = """
import sys
import numpy as np
from pathlib import Path
from bioseq.prediction.predict import load_predictor, predict_dataset
from bioseq.sequences.dataset import Dataset
dataset = Dataset.from_records(Path(sys.argv[2]).read_text().split())
np.save(sys.argv[3], predict_dataset(load_predictor(Path(sys.argv[1])), dataset).probabilities)
"""


def test_a_fresh_process_gives_the_same_bits_from_the_bundle_alone(
    mixed: RunFolder, judged: tuple[EvaluatedRecords, Dataset], tmp_path: Path
) -> None:
    records, _ = judged
    model, letters, out = tmp_path / "sent.bioseq", tmp_path / "letters.txt", tmp_path / "out.npy"
    shutil.copy(mixed.model, model)
    letters.write_text("\n".join(records.sequences), encoding="utf-8")
    command = [sys.executable, "-c", FRESH, str(model), str(letters), str(out)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert np.load(out).tobytes() == np.asarray(records.probabilities).tobytes()


def test_an_ensemble_of_feature_baselines_needs_no_torch(small_config: Configuration, tmp_path: Path) -> None:
    run = prepare_run(tmp_path / "run", configured(small_config, *MIXED, "model.hyper.members=lr, svm"))
    script = (
        "import sys; from bioseq.jobs.runner import run_job; from bioseq.protocol.control import Control; "
        "from bioseq.protocol.jobs import TrainJob; from bioseq.protocol.events import JobFinished\n"
        "ending = run_job(TrainJob('job', sys.argv[1]), Control(), lambda _: None)\n"
        "assert isinstance(ending, JobFinished), ending; assert 'torch' not in sys.modules"
    )
    result = subprocess.run([sys.executable, "-c", script, str(run.path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


class Killed(BaseException):
    """The worker's end without a word."""


def test_a_killed_ensemble_goes_on_where_it_was_and_comes_to_the_same_bits(
    mixed: RunFolder, small_config: Configuration, tmp_path: Path
) -> None:
    run = prepare_run(tmp_path / "killed", configured(small_config, *MIXED))
    heard: list[Event] = []

    def fall(event: Event) -> None:
        heard.append(event)
        if isinstance(event, EpochFinished) and event.member == LABELS[2] and event.epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        went(run, heard=fall)
    assert has_checkpoint(run)
    again: list[Event] = []
    ending = went(run, resume=True, heard=again.append)
    assert isinstance(ending, JobFinished), ending
    assert {event.member for event in again if isinstance(event, EpochFinished)} == {LABELS[2]}
    expected, found = EvaluatedRecords.open(mixed.evaluation), EvaluatedRecords.open(run.evaluation)
    assert np.asarray(found.probabilities).tobytes() == np.asarray(expected.probabilities).tobytes()


def test_a_stop_keeps_the_members_so_far_and_a_resume_trains_the_rest(
    mixed: RunFolder, small_config: Configuration, tmp_path: Path
) -> None:
    run = prepare_run(tmp_path / "stopped", configured(small_config, *MIXED))
    control = Control()

    def ask(event: Event) -> None:
        if isinstance(event, EpochFinished) and event.member == LABELS[1]:
            control.stop()

    ending = went(run, control=control, heard=ask)
    assert isinstance(ending, JobStopped)
    assert ending.resumable
    assert [member.architecture for member in read_bundle(run.model).members] == ["dnn", "lr"]
    assert read_bundle_card(run.model).model_title == "Ensemble (Plain network, Logistic regression)"
    assert isinstance(went(run, resume=True), JobFinished)
    expected, found = EvaluatedRecords.open(mixed.evaluation), EvaluatedRecords.open(run.evaluation)
    assert np.asarray(found.probabilities).tobytes() == np.asarray(expected.probabilities).tobytes()


def test_a_cancelled_ensemble_leaves_nothing_behind(small_config: Configuration, tmp_path: Path) -> None:
    run = prepare_run(tmp_path / "cancelled", configured(small_config, *MIXED))
    control = Control()

    def ask(event: Event) -> None:
        if isinstance(event, PhaseChanged) and event.title == LABELS[2]:
            control.cancel()

    ending = went(run, control=control, heard=ask)
    assert isinstance(ending, JobStopped)
    assert ending.cancelled
    assert not run.members.exists()
    assert not run.model.exists()
    assert not has_checkpoint(run)


@pytest.mark.parametrize("combine", ["weighted", "geometric"])
def test_the_weighted_means_have_their_shares_from_validation(
    small_config: Configuration, tmp_path: Path, combine: str
) -> None:
    run = prepare_run(
        tmp_path / combine,
        configured(small_config, *MIXED, "model.hyper.members=lr, svm", f"model.hyper.combine={combine}"),
    )
    assert isinstance(went(run), JobFinished)
    predictor = load_predictor(run.model)
    assert isinstance(predictor, EnsemblePredictor)
    assert predictor.shares.sum() == pytest.approx(1.0)
    assert predictor.shares[0] != pytest.approx(0.5, abs=1e-6)
    records = EvaluatedRecords.open(run.evaluation)
    dataset = Dataset.from_records(list(records.sequences))
    mean = combined(predictor.member_chances(dataset), predictor.shares, geometric=combine == "geometric")
    found = predict_dataset(predictor, dataset).probabilities
    assert found.tobytes() == predictor.contents.calibration.apply(mean).tobytes()
    assert found.tobytes() == np.asarray(records.probabilities).tobytes()


@pytest.mark.parametrize(
    ("members", "words"),
    [("dnn, ensemble", "cannot be a member"), ("dnn, txt_cnn", "'txt_cnn'"), (" , ", f"1 to {MOST_MEMBERS} members")],
)
def test_members_that_cannot_be_are_refused_before_anything_is_trained(
    small_config: Configuration, tmp_path: Path, members: str, words: str
) -> None:
    config = configured(small_config, *MIXED)
    model = config.model.model_copy(update={"hyper": {"members": members}})
    run = prepare_run(tmp_path / "bad", config.model_copy(update={"model": model}))
    ending = went(run)
    assert isinstance(ending, JobFailed)
    assert words in ending.message
    assert ending.where == "model.hyper.members"
    assert not run.members.exists()


def test_a_member_that_was_trained_on_other_records_is_trained_again(
    small_config: Configuration, tmp_path: Path
) -> None:
    run = prepare_run(tmp_path / "changed", configured(small_config, *MIXED, "model.hyper.members=lr, svm"))
    assert isinstance(went(run), JobFinished)
    note = run.members / "01_lr" / "member.json"
    told = json.loads(note.read_text(encoding="utf-8"))
    note.write_text(json.dumps({**told, "fingerprint": "of something else"}), encoding="utf-8")
    heard: list[Event] = []
    assert isinstance(went(run, resume=True, heard=heard.append), JobFinished)
    assert {event.member for event in heard if isinstance(event, EpochFinished)} == {
        "Member 1 of 2: Logistic regression"
    }
