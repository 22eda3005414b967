"""The control with shuffled labels: the run's configuration trained again where there is nothing to learn.

Each shuffle is stored when it is done, so that a job that was ended goes on where it stopped.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config import files as config_files
from bioseq.config.loading import load_data
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.results import read_evaluations
from bioseq.evaluation.shuffling import ShuffledControl, shuffled_labels
from bioseq.evaluation.standing import compared_by
from bioseq.jobs.endings import Cancelled
from bioseq.jobs.progress import progressed, relayed
from bioseq.jobs.teaching import device_of, prepared
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    Event,
    JobFinished,
    JobStarted,
    JobStopped,
    LogEmitted,
    Phase,
    PhaseChanged,
    StepDone,
)
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import fold, read_events
from bioseq.sequences.dataset import Split

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.results import Evaluation
    from bioseq.jobs.learnt import Learnt
    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import ControlJob

_STEPS = 1_000
"""Parts of one shuffle in the progress."""


def run(job: ControlJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; `control.json` is written after each shuffle.

    Raises:
        BioseqError: The run holds no figures on test records, or its data cannot be read.
    """
    folder = RunFolder(Path(job.run_folder))
    config, evaluation = _judged_run(folder)
    found = _begun(folder, config, evaluation)
    config = config.model_copy(update={"training": config.training.model_copy(update={"epochs": max(1, found.epochs)})})
    yield JobStarted(
        job_id="",
        kind="control",
        folder=job.run_folder,
        resumed=bool(found.shuffled),
        process_id=os.getpid(),
        device=device_of(config),
        threads=config.training.threads,
        details={"shuffles": job.shuffles, "done": len(found.shuffled), "metric": found.metric},
    )
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the data")
    loaded = yield from relayed(lambda progress: load_data(config, progress=progress), control, unit="bytes")
    for number in range(len(found.shuffled), job.shuffles):
        title = f"Training with shuffled labels, {number + 1} of {job.shuffles}"
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=title)
        figure = yield from _shuffle(number, job.shuffles, config, loaded, evaluation, control)
        if figure is None:
            yield JobStopped(job_id="", cancelled=False, summary=_summary(found))
            return
        found = replace(found, shuffled=(*found.shuffled, figure))
        found.save(folder.control)
        yield ArtefactWritten(job_id="", kind="metrics", path=folder.control.name, title="Control: shuffled labels")
    yield LogEmitted(job_id="", level="info", message=found.sentence)
    yield JobFinished(job_id="", reason="all shuffles done", summary=_summary(found))


def _judged_run(folder: RunFolder) -> tuple[Configuration, Evaluation]:
    evaluation = read_evaluations(folder.metrics).get("test")
    if evaluation is None:
        raise BioseqError(
            "control.no_test",
            "This run has no test records: nothing tells a model with shuffled labels from the model itself.",
            where=str(folder.path),
            remedy="Keep a share of the records back for the test, and train again.",
        )
    return config_files.load(folder.config), evaluation


def _begun(folder: RunFolder, config: Configuration, evaluation: Evaluation) -> ShuffledControl:
    """What was done before for this very model, or nothing yet."""
    metric = compared_by(evaluation)
    own = evaluation.model.metrics[metric]
    if not np.isfinite(own):
        raise BioseqError(
            "control.no_figure",
            "The model's own figure on the test records is not defined, so there is nothing to compare.",
            where=str(folder.path),
            remedy="Judge it by test records of every class.",
        )
    epochs = min(config.training.epochs, len(fold(read_events(folder.events)).epochs))
    fresh = ShuffledControl(metric, own, (), epochs)
    try:
        before = ShuffledControl.open(folder.control)
    except BioseqError:
        return fresh
    return before if replace(before, shuffled=()) == fresh else fresh


def _shuffle(
    number: int,
    shuffles: int,
    config: Configuration,
    loaded: LoadedData,
    evaluation: Evaluation,
    control: Control,
) -> Generator[Event, None, float | None]:
    """The figure of one shuffle on the test records; None when the person ended it.

    Raises:
        Cancelled: The person wants nothing of it.
    """
    labels = shuffled_labels(loaded.dataset, (config.training.seed, number))
    mixed = replace(loaded, dataset=replace(loaded.dataset, labels=labels))
    teaching = yield from relayed(lambda _: prepared(config, mixed), control, unit="records", stop_ends=False)
    scratch = Path(tempfile.mkdtemp(prefix="bioseq-control-"))
    try:
        events = teaching.learn(RunFolder(scratch), control, resume=False)
        learnt = yield from _followed(events, number, shuffles)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if learnt.cancelled:
        raise Cancelled
    if learnt.stopped:
        return None
    tests = np.flatnonzero((loaded.dataset.splits == Split.TEST) & (loaded.dataset.labels >= 0))
    records = loaded.dataset.take(tests)
    chances = yield from relayed(
        lambda progress: learnt.predict(records, progress), control, unit="records", stop_ends=False
    )
    positive = evaluation.labels.index(evaluation.positive) if evaluation.positive else 1
    metric = compared_by(evaluation)
    figure = scores(records.labels, chances, positive=positive).metrics[metric]
    # A model that calls every record the same class has no MCC: it guesses.
    return figure if np.isfinite(figure) else 0.0


def _followed(events: Generator[Event, None, Learnt], number: int, shuffles: int) -> Generator[Event, None, Learnt]:
    """The training's own events as the progress of the whole."""
    try:
        while True:
            event = next(events)
            match event:
                case StepDone():
                    share = (event.epoch - 1 + event.step / max(1, event.steps)) / max(1, event.epochs)
                case EpochFinished():
                    share = event.epoch / max(1, event.epochs)
                case _:
                    continue
            done = round(_STEPS * (number + min(1.0, share)))
            yield progressed(done, _STEPS * shuffles, unit="", seconds=0.0)
    except StopIteration as end:
        learnt: Learnt = end.value
        return learnt
    finally:
        events.close()


def _summary(found: ShuffledControl) -> dict[str, object]:
    return {
        "metric": found.metric,
        "own": found.own,
        "shuffled": list(found.shuffled),
        "p_value": found.p_value,
        "sentence": found.sentence,
    }
