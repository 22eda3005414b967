"""What the Training page says of a run: sentences made from a `RunState` alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QCoreApplication

from bioseq.evaluation.metrics import CHOOSING
from bioseq.protocol.events import JobFailed, JobFinished, JobStopped, Phase
from bioseq.runs.history import RunState, Status
from bioseq_gui.widgets.text import number

Severity = Literal["info", "success", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended.

    Attributes:
        text: One or two sentences.
        severity: How bad that is.
        resumable: It can go on from a checkpoint.
        details: Longer text, shown on request.
    """

    text: str
    severity: Severity
    resumable: bool = False
    details: str = ""


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("TrainingPage", text)


def phase_text(state: RunState) -> str:
    """What the run does now, in one or two words."""
    match state.status:
        case Status.WAITING:
            return tr("Waiting to start")
        case Status.FINISHED:
            return tr("Finished")
        case Status.STOPPED:
            return tr("Stopped, best model kept")
        case Status.CANCELLED:
            return tr("Cancelled, run discarded")
        case Status.FAILED:
            return tr("Failed")
        case Status.INTERRUPTED:
            return tr("Interrupted")
        case Status.UNREADABLE:
            return tr("Cannot be read")
        case _:
            return _running_text(state)


def _running_text(state: RunState) -> str:
    words = {
        Phase.STARTING: tr("Starting"),
        Phase.READING: tr("Reading the data"),
        Phase.CHECKING: tr("Checking the data"),
        Phase.BASELINE: tr("Fitting the simple baseline"),
        Phase.TRAINING: tr("Training"),
        Phase.PAUSED: tr("Paused"),
        Phase.EVALUATING: tr("Evaluating"),
        Phase.PREDICTING: tr("Predicting"),
        Phase.WRITING: tr("Writing the results"),
    }
    if state.phase_title and state.phase not in (Phase.TRAINING, Phase.PAUSED):
        return state.phase_title
    if state.phase is Phase.TRAINING and state.member:
        return state.member
    return words[state.phase] if state.phase is not None else tr("Starting")


def epoch_text(state: RunState) -> str:
    """The epoch under way, or the last one."""
    current, total = epoch_numbers(state)
    if not total:
        return tr("No epoch yet")
    if state.status in (Status.RUNNING, Status.INTERRUPTED, Status.FAILED):
        under_way = tr("Round {0} of {1}") if state.in_rounds else tr("Epoch {0} of {1}")
        return under_way.format(current, total)
    done = tr("{0} of {1} rounds") if state.in_rounds else tr("{0} of {1} epochs")
    return done.format(len(state.epochs), total)


def epoch_numbers(state: RunState) -> tuple[int, int]:
    """Number of the epoch under way (or the last), and epochs at most; zeros before the first."""
    numbers = [(epoch.epoch, epoch.epochs) for epoch in state.epochs[-1:]]
    if state.step is not None:
        numbers.append((state.step.epoch, state.step.epochs))
    return max(numbers, default=(0, 0))


def share_done(state: RunState) -> float:
    """Part of the training that is done, [0, 1]; an end before the last epoch counts as all of it."""
    return 1.0 if state.status in (Status.FINISHED, Status.STOPPED) else state.share or 0.0


def best_text(state: RunState) -> str:
    """The best epoch with the figure that made it the best."""
    best = state.best
    if best is None:
        return ""
    metric = CHOOSING.get(best.selection_metric)
    figures = best.validation or best.train
    value = figures.get(best.selection_metric, math.nan)
    title = metric.title if metric is not None else best.selection_metric
    return tr("{0} ({1} {2:.3f})").format(best.reached or best.epoch, title, value)


def step_text(state: RunState) -> str:
    """The batch under way, or what the newest round has reached; empty before the first."""
    if state.step is None:
        return ""
    if state.step.reached:
        return state.step.reached
    return tr("Batch {0} of {1}").format(number(state.step.step), number(state.step.steps))


def patience_text(state: RunState) -> str:
    """Epochs without improvement against patience."""
    if not state.epochs:
        return ""
    last = state.epochs[-1]
    if not last.patience:
        return tr("{0} without improvement").format(last.epochs_without_improvement)
    return tr("{0} of {1} without improvement").format(last.epochs_without_improvement, last.patience)


def ending(state: RunState) -> Ending | None:
    """How the run ended; None while it has not."""
    if state.status is Status.INTERRUPTED:
        return _interrupted(state)
    match state.ending:
        case JobFinished(reason=reason):
            return Ending(_finished_text(state, reason), "success")
        case JobStopped(cancelled=True, resumable=resumable):
            return Ending(tr("Cancelled. This run was discarded."), "info", resumable)
        case JobStopped(resumable=resumable):
            return Ending(_stopped_text(state), "info", resumable)
        case JobFailed() as failed:
            text = " ".join(part for part in (failed.message, failed.remedy) if part)
            details = "\n".join(part for part in (failed.where, _problem_lines(failed), failed.details) if part)
            return Ending(text, "error", failed.resumable, details)
        case _:
            return None


def _finished_text(state: RunState, reason: str) -> str:
    text = tr("Training has finished: {0}.").format(reason) if reason else tr("Training has finished.")
    return f"{text} {_kept_text(state)}".strip()


def _stopped_text(state: RunState) -> str:
    return f"{tr('Stopped on your request.')} {_kept_text(state)}".strip()


def _kept_text(state: RunState) -> str:
    best = state.best
    if best is None:
        return ""
    if best.member:
        return tr("Each member is kept as it was best; the curves are those of the last one.")
    if best.reached:
        return tr("The model of round {0} ({1}) is kept.").format(best.epoch, best.reached)
    return tr("The model of epoch {0}, the best one, is kept.").format(best.epoch)


def _interrupted(state: RunState) -> Ending:
    checkpoints = any(artefact.kind == "checkpoint" for artefact in state.artefacts)
    text = tr("Training was interrupted: its process ended without a word (a crash, a kill or a power cut).")
    if checkpoints:
        text += " " + tr("Resume goes on from the last checkpoint; nothing before it is lost.")
    else:
        text += " " + tr("There was no checkpoint yet; train again.")
    lines = "\n".join(line.message for line in state.log[-20:])
    return Ending(text, "error", checkpoints, lines)


def _problem_lines(failed: JobFailed) -> str:
    return "\n".join(
        " ".join(str(problem[key]) for key in ("where", "message", "remedy") if problem.get(key))
        for problem in failed.problems
    )
