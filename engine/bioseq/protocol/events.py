"""Events: what a worker tells of a job, as frozen values named after past facts.

Grammar of one job: `JobStarted (PhaseChanged | Progressed | StepDone | EpochFinished | ArtefactWritten | Warned |
LogEmitted)* (JobFinished | JobStopped | JobFailed)`. Each event carries the number of its place in the job, so that a
reader sees gaps, and the time at which it happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any

from bioseq.json_values import Count, Figure, Figures, Finite, ProcessId, Shaped, ShortText, SmallCount, Within

Seed = Annotated[int, Within(-1, 2**53)]
Parameters = Annotated[int, Within(-1, 2**53)]
MetricValues = Figures
"""Metric name (`bioseq.evaluation.metrics`) to value; "loss" is in nats."""
StartDetails = Annotated[
    dict[str, Any],
    Shaped(
        model=ShortText,
        title=ShortText,
        study=ShortText,
        data=list[ShortText],
        labels=list[ShortText],
        minutes=Figure,
    ),
]
"""Facts of a start; of those that are read again, what kind they are."""
RankingRow = Annotated[
    dict[str, Any],
    Shaped(
        {"name": ShortText, "title": ShortText, "value": Finite | None, "entries": list[SmallCount]},
        judged=Finite | None,
        note=str,
    ),
]
"""One row of a ranking, see `RankingChanged`."""
Ranking = Annotated[dict[str, Any], Shaped(rows=list[RankingRow], metric=ShortText, split=ShortText)]
"""A ranking among the facts of an ending."""
Summary = Annotated[
    dict[str, Any],
    Shaped(
        metrics=MetricValues | None,
        split=ShortText,
        reason=str,
        epochs=SmallCount,
        best_epoch=SmallCount,
        ranking=Ranking,
        entries=dict[ShortText, SmallCount],
        why=list[str],
    ),
]
"""Facts of an ending; of those that are read again, what kind they are."""
ProblemFields = Annotated[
    dict[str, Any], Shaped(code=ShortText, message=str, where=str, remedy=str, severity=ShortText)
]
"""Fields of a `bioseq.errors.Problem`."""


class Phase(StrEnum):
    """What a job is doing; in this order, with some left out."""

    STARTING = "starting"
    READING = "reading"
    CHECKING = "checking"
    BASELINE = "baseline"
    TRAINING = "training"
    PAUSED = "paused"
    EVALUATING = "evaluating"
    PREDICTING = "predicting"
    WRITING = "writing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What all events carry.

    Attributes:
        job_id: The job that it belongs to.
        sequence: 0, 1, 2, ... within one job, without gaps (a resumed job goes on counting).
        time: Seconds since 1970, UTC.
    """

    job_id: ShortText
    sequence: Count = 0
    time: Finite = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted(Event):
    """The first event of a job, and of each resumption.

    Attributes:
        kind: "train", "predict", "inspect", "evaluate", "export", "study".
        folder: Where its results will lie.
        resumed: It goes on from a checkpoint.
        process_id: The worker's process.
        device: Where it computes: "cpu", "cuda:0 NVIDIA ...", "mps"; empty for a job without computing.
        threads: CPU threads asked for; 0 when the job chooses (`StepDone` tells what it chose).
        details: More facts to show: title of the model, parameters, records per split.
    """

    kind: ShortText
    folder: ShortText
    resumed: bool = False
    process_id: ProcessId = 0
    device: ShortText = ""
    threads: SmallCount = 0
    details: StartDetails = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged(Event):
    """The job does something else now; `title` says it in words."""

    phase: Phase
    title: ShortText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed(Event):
    """How far the present phase is (inspect, predict, evaluate, baseline, writing).

    Attributes:
        done: Finished units.
        total: All units; 0 when not known.
        unit: "records", "bytes", "files".
        seconds_left: Estimate; None before there is a fair one.
        rate: Units a second; 0 when not known.
        memory_bytes: Memory that the worker holds (resident set), bytes.
    """

    done: Count
    total: Count
    unit: ShortText
    seconds_left: Finite | None = None
    rate: Figure = 0.0
    memory_bytes: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone(Event):
    """Training progress within an epoch, at most 20 a second.

    Attributes:
        epoch: 1-based epoch under way.
        epochs: Epochs at most.
        step: 1-based batch within the epoch.
        steps: Batches per epoch.
        loss: Running mean training loss of this epoch, nats.
        records_per_second: Training throughput, smoothed.
        seconds_left: Estimate for the whole training; None before there is a fair one.
        memory_bytes: Memory that the worker holds (resident set), bytes.
        device_memory_bytes: Peak memory on the accelerator, bytes; 0 on the CPU.
        threads: CPU threads used for computing.
        reached: As in `EpochFinished`.
        member: As in `EpochFinished`.
        member_number: As in `EpochFinished`.
        members: As in `EpochFinished`.
    """

    epoch: SmallCount
    epochs: SmallCount
    step: SmallCount
    steps: SmallCount
    loss: Figure
    records_per_second: Figure = 0.0
    seconds_left: Finite | None = None
    memory_bytes: Count = 0
    device_memory_bytes: Count = 0
    threads: SmallCount = 0
    reached: ShortText = ""
    member: ShortText = ""
    member_number: SmallCount = 0
    members: SmallCount = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochFinished(Event):
    """One epoch is trained and validated; of a feature baseline, which has no epochs, one round.

    Attributes:
        epoch: 1-based.
        epochs: Epochs at most.
        train: "loss" (mean over the epoch's batches, with dropout) and the metrics over the same predictions.
        validation: The same on the validation records in evaluation mode; empty when there are none.
        learning_rate: After the epoch's last step.
        seconds: Duration of the epoch with its validation.
        best_epoch: The best so far by the selection metric.
        improved: This one is the best so far.
        epochs_without_improvement: Since the best.
        patience: Epochs without improvement at which training ends; 0 when it does not end early.
        selection_metric: What decides: "loss", "mcc", "roc_auc", ...
        reached: What a round has come to, in words: "40 trees", "C = 0.1"; empty for an epoch.
        member: Of an ensemble: which member learns, in words: "Member 2 of 3: Text CNN"; epochs are counted anew for
            each. Empty for all other models.
        member_number: Which that is, from 1 on; 0 for all other models.
        members: Members in all; 0 for all other models.
    """

    epoch: SmallCount
    epochs: SmallCount
    train: MetricValues
    validation: MetricValues
    learning_rate: Figure
    seconds: Figure
    best_epoch: SmallCount
    improved: bool
    epochs_without_improvement: SmallCount
    patience: SmallCount
    selection_metric: ShortText
    reached: ShortText = ""
    member: ShortText = ""
    member_number: SmallCount = 0
    members: SmallCount = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtefactWritten(Event):
    """A file is complete on the disk.

    Attributes:
        kind: "dataset", "inspection", "checkpoint", "model", "metrics", "evaluation", "predictions", "figure",
            "report", "provenance", "table", "export".
        path: Relative to the job's folder when it lies inside.
        title: For people.
    """

    kind: ShortText
    path: ShortText
    title: ShortText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned(Event):
    """Something that the person should know; the job goes on."""

    code: ShortText
    message: str
    remedy: str = ""
    where: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CostMeasured(Event):
    """What training a network costs on this machine was measured.

    Attributes:
        model: Its name.
        seconds_per_epoch: Of the training records of the data; from a few steps.
        memory_bytes: Peak of the process that measured, bytes; on a graphics card the peak there.
        device: Where it computed.
        threads: CPU threads used.
    """

    model: ShortText
    seconds_per_epoch: Figure
    memory_bytes: Count
    device: ShortText = ""
    threads: SmallCount = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryChanged(Event):
    """One training of a study stands otherwise than before; see `bioseq.studies.state.Entry`.

    Attributes:
        entry: Its number in the study, 1-based.
        title: What it is, for people: "Text CNN, learning rate 0.001".
        folder: Its run folder, relative to the study's.
        state: "waiting", "running", "paused", "finished", "stopped", "failed", "skipped".
        reason: Why, in words; may be empty.
        stage: What it is trained for: "compare", "trial", "screening", "fold 2", "winner".
        seconds: Time spent on it so far.
        validation: Its figures on the validation records; empty before there are any.
        metrics: Its figures on the records that judge it in this study (`split`); empty before there are any.
        split: What those records are: "test", "validation", or empty.
        variant: Name of what it is a training of, unique within the study; empty in studies of older versions.
        seed: Seed of its training; -1 in studies of older versions.
        repeat: 1-based repeat of the cross-validation; 0 without folds.
        fold: 1-based fold that it is judged by; 0 without folds.
        parameters: Weights of its network, 0 of a feature baseline; -1 before that is known.
    """

    entry: SmallCount
    title: ShortText
    folder: ShortText
    state: ShortText
    reason: str = ""
    stage: ShortText = ""
    seconds: Figure = 0.0
    validation: MetricValues = field(default_factory=dict)
    metrics: MetricValues = field(default_factory=dict)
    split: ShortText = ""
    variant: ShortText = ""
    seed: Seed = -1
    repeat: SmallCount = 0
    fold: SmallCount = 0
    parameters: Parameters = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdvanced(Event):
    """One training of a study has finished an epoch (round): a point of its curves.

    Attributes:
        entry: Its number in the study, 1-based.
        epoch: As in `EpochFinished`.
        epochs: As in `EpochFinished`.
        train: As in `EpochFinished`.
        validation: As in `EpochFinished`.
        reached: As in `EpochFinished`.
    """

    entry: SmallCount
    epoch: SmallCount
    epochs: SmallCount
    train: MetricValues
    validation: MetricValues
    reached: ShortText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingChanged(Event):
    """The order of what a study compares, as it is known now, the best first.

    Attributes:
        metric: What they are ordered by.
        split: On which records: "validation", "test".
        rows: For each: "name", "title", "value", "entries" (numbers), "note" (why it stands there, or is out); and
            "judged", the same figure on the records that `judged` names, which ordered nothing.
        judged: Those records: "test"; empty where there are none.
    """

    metric: ShortText
    split: ShortText
    rows: tuple[RankingRow, ...]
    judged: ShortText = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEmitted(Event):
    """A line for the log."""

    level: ShortText
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFinished(Event):
    """The job did all that it was asked.

    Attributes:
        reason: Why it ended here, in words: "all epochs done", "no improvement for 10 epochs".
        summary: Small facts for a list: test metrics, best epoch, records.
    """

    reason: str = ""
    summary: Summary = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStopped(Event):
    """The person ended the job: stopped (the best so far is kept and evaluated) or cancelled (discarded).

    Attributes:
        cancelled: Discarded.
        resumable: A checkpoint lies in the folder.
        summary: As in `JobFinished` when something was kept.
    """

    cancelled: bool
    resumable: bool = False
    summary: Summary = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    """The job could not go on.

    Attributes:
        code: As in `BioseqError`; "fault" for a fault of the program.
        message: What happened, one sentence.
        where: The place.
        remedy: What to do.
        details: Traceback or more text, shown behind "Details".
        resumable: A checkpoint lies in the folder.
        problems: Single faults as dictionaries with the fields of `Problem`.
    """

    code: ShortText
    message: str
    where: str = ""
    remedy: str = ""
    details: str = ""
    resumable: bool = False
    problems: tuple[ProblemFields, ...] = ()


Ending = JobFinished | JobStopped | JobFailed
ENDINGS = (JobFinished, JobStopped, JobFailed)

EVENT_TYPES: dict[str, type[Event]] = {
    kind.__name__: kind
    for kind in (
        JobStarted,
        PhaseChanged,
        Progressed,
        StepDone,
        EpochFinished,
        ArtefactWritten,
        Warned,
        CostMeasured,
        EntryChanged,
        EntryAdvanced,
        RankingChanged,
        LogEmitted,
        JobFinished,
        JobStopped,
        JobFailed,
    )
}
