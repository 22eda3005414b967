"""With shuffled labels there is nothing to find: a run's training is held against that, shuffle by shuffle."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.evaluation.shuffling import ShuffledControl, shuffled_labels
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import (
    ArtefactWritten,
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    JobStopped,
    Progressed,
)
from bioseq.protocol.jobs import ControlJob, TrainJob
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import read_state
from bioseq.runs.store import discard_results, prepare_run
from bioseq.sequences.dataset import Dataset, Split

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration


@pytest.fixture(scope="module")
def finished(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A finished run of a feature baseline. Tests work on copies."""
    config = apply_overrides(small_config, ["model.name=lr", "evaluation.baseline=false"])
    made = prepare_run(tmp_path_factory.mktemp("runs") / "run", config)
    ending = run_job(TrainJob("job", str(made.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return made


@pytest.fixture
def run(finished: RunFolder, tmp_path: Path) -> RunFolder:
    return RunFolder(Path(shutil.copytree(finished.path, tmp_path / "run")))


def told(run: RunFolder, shuffles: int, control: Control | None = None) -> list[Event]:
    events: list[Event] = []
    run_job(ControlJob("control", str(run.path), shuffles), control or Control(), events.append)
    return events


def test_shuffles_are_done_stored_and_told(run: RunFolder) -> None:
    before = read_state(run.events)
    events = told(run, 5)
    ending = events[-1]
    assert isinstance(ending, JobFinished), ending
    found = ShuffledControl.open(run.control)
    test = read_evaluations(run.metrics)["test"]
    assert (found.metric, found.own) == ("roc_auc", test.model.metrics["roc_auc"])
    assert len(found.shuffled) == len(set(found.shuffled)) == 5
    assert abs(np.mean(found.shuffled) - 0.5) < 0.25 < found.own - 0.5
    assert found.p_value == pytest.approx(1 / 6)
    assert ending.summary["p_value"] == found.p_value
    assert json.loads(run.control.read_text(encoding="utf-8"))["p_value"] == found.p_value
    started = events[0]
    assert isinstance(started, JobStarted)
    assert (started.kind, started.resumed) == ("control", False)
    shares = [event.done / event.total for event in events if isinstance(event, Progressed) and event.total == 5_000]
    assert shares == sorted(shares)
    assert sum(isinstance(event, ArtefactWritten) for event in events) == 5
    assert read_state(run.events) == before, "the control is no part of the run's own events"


def test_what_was_done_before_is_kept_and_the_same_shuffle_gives_the_same_figure(run: RunFolder) -> None:
    told(run, 2)
    first = ShuffledControl.open(run.control).shuffled
    stamp = run.control.stat().st_mtime_ns
    assert isinstance(told(run, 2)[-1], JobFinished)
    assert run.control.stat().st_mtime_ns == stamp, "nothing was left to do"
    events = told(run, 3)
    assert isinstance(events[0], JobStarted)
    assert events[0].resumed
    assert ShuffledControl.open(run.control).shuffled[:2] == first
    run.control.unlink()
    told(run, 1)
    assert ShuffledControl.open(run.control).shuffled == first[:1]


def test_a_network_is_taught_shuffled_labels_too(trained_run: RunFolder, tmp_path: Path) -> None:
    copied = RunFolder(Path(shutil.copytree(trained_run.path, tmp_path / "run")))
    assert isinstance(told(copied, 1)[-1], JobFinished)
    found = ShuffledControl.open(copied.control)
    assert found.epochs == 4
    assert len(found.shuffled) == 1
    assert sorted(copied.checkpoints.iterdir()) == sorted(
        copied.checkpoints / one.name for one in trained_run.checkpoints.iterdir()
    )


@pytest.mark.parametrize("ask", ["stop", "cancel"])
def test_a_control_that_is_ended_keeps_the_shuffles_done(run: RunFolder, ask: str) -> None:
    control = Control()
    events: list[Event] = []

    def emit(event: Event) -> None:
        events.append(event)
        if isinstance(event, ArtefactWritten):
            getattr(control, ask)()

    run_job(ControlJob("control", str(run.path), 5), control, emit)
    ending = events[-1]
    assert isinstance(ending, JobStopped)
    assert ending.cancelled is (ask == "cancel")
    assert len(ShuffledControl.open(run.control).shuffled) == 1


def test_figures_of_another_training_are_not_taken_over(run: RunFolder) -> None:
    told(run, 1)
    found = ShuffledControl.open(run.control)
    ShuffledControl(found.metric, found.own / 2, (0.1, 0.2, 0.3), found.epochs).save(run.control)
    told(run, 1)
    assert ShuffledControl.open(run.control) == found
    discard_results(run)
    assert not run.control.exists()


def test_a_run_without_test_records_says_what_to_do(small_config: Configuration, tmp_path: Path) -> None:
    ending = told(prepare_run(tmp_path / "run", small_config), 1)[-1]
    assert isinstance(ending, JobFailed)
    assert ending.code == "run.no_metrics"


def test_labels_change_places_within_training_and_within_validation_only() -> None:
    splits = [Split.TRAIN] * 60 + [Split.VALIDATION] * 30 + [Split.TEST] * 30
    dataset = Dataset.from_records(["ACGT"] * 120, labels=["ab"[n % 3 == 0] for n in range(120)], splits=splits)
    labels = shuffled_labels(dataset, (1, 0))
    for split in Split:
        rows = dataset.rows_of(split)
        assert (
            np.bincount(labels[rows], minlength=2).tolist() == np.bincount(dataset.labels[rows], minlength=2).tolist()
        )
        changed = bool((labels[rows] != dataset.labels[rows]).any())
        assert changed is (split in (Split.TRAIN, Split.VALIDATION))
    assert (labels != shuffled_labels(dataset, (1, 1))).any()


@pytest.mark.parametrize(
    ("own", "shuffled", "words"),
    [
        (0.9, (0.5,) * 19, "p = 0.05."),
        (0.9, (0.48, 0.52), "the smallest that 2 can give"),
        (0.55, (0.4, 0.5, 0.6), "may be chance"),
        (0.9, (0.8, 0.85, 0.9), "something besides the labels"),
        (0.9, (), "No shuffle"),
    ],
)
def test_the_sentence_says_how_far_it_goes(own: float, shuffled: tuple[float, ...], words: str) -> None:
    assert words in ShuffledControl("roc_auc", own, shuffled, 5).sentence


def test_a_damaged_control_is_told_as_none(tmp_path: Path) -> None:
    path = tmp_path / "control.json"
    for text in (
        "",
        "[]",
        '{"metric": "loss", "own": 1, "shuffled": [], "epochs": 1}',
        '{"metric": "mcc", "own": null}',
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(BioseqError, match="no control"):
            ShuffledControl.open(path)
