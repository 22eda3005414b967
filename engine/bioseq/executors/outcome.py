"""How a job ended, in one sentence for a person, with what to do."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from bioseq.protocol.events import Ending, JobFailed, JobFinished, JobStopped
from bioseq.protocol.jobs import Job, StudyJob, TrainJob
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import has_checkpoint


class OutcomeKind(StrEnum):
    """The ways in which a job ends."""

    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"
    """It said itself why it could not go on."""
    CRASHED = "crashed"
    """Its process died of a fault."""
    KILLED = "killed"
    """Its process was ended from outside."""
    COULD_NOT_START = "could_not_start"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one job ended; there is exactly one for each job.

    Attributes:
        job_id: The job.
        kind: How it ended.
        sentence: What happened, for a person.
        remedy: What to do; may be empty.
        details: More text, shown behind "Details".
        resumable: The run can go on from a checkpoint.
        event: The job's last event, where it sent one.
    """

    job_id: str
    kind: OutcomeKind
    sentence: str
    remedy: str = ""
    details: str = ""
    resumable: bool = False
    event: Ending | None = None


def outcome_of_ending(event: Ending) -> Outcome:
    """What the last event of a job means."""
    match event:
        case JobFinished(reason=reason):
            sentence = f"Finished: {reason}." if reason else "Finished."
            return Outcome(event.job_id, OutcomeKind.FINISHED, sentence, event=event)
        case JobStopped(cancelled=True):
            return Outcome(event.job_id, OutcomeKind.CANCELLED, "Cancelled; nothing was kept.", event=event)
        case JobStopped(resumable=resumable):
            sentence = "Stopped; the best so far was kept."
            return Outcome(event.job_id, OutcomeKind.STOPPED, sentence, resumable=resumable, event=event)
        case JobFailed():
            place = f"{event.where}: " if event.where else ""
            return Outcome(
                event.job_id,
                OutcomeKind.FAILED,
                f"{place}{event.message}",
                event.remedy,
                event.details or _problem_lines(event),
                resumable=event.resumable,
                event=event,
            )
        case _:
            assert_never(event)


def _problem_lines(event: JobFailed) -> str:
    """The single faults, a line each, where there are several or one says more than the sentence."""
    told = [f"{problem['message']} {problem['remedy']}".strip() for problem in event.problems]
    return "\n".join(told) if told != [f"{event.message} {event.remedy}".strip()] else ""


def outcome_of_death(job: Job, code: int | None, *, spoken: bool, cancelled: bool, details: str) -> Outcome:
    """What it means that the process ended before the job did.

    Args:
        job: The job without an ending.
        code: Exit status; minus the number of a signal; None when the process could not be started.
        spoken: The process had sent at least one event.
        cancelled: The person had cancelled the job.
        details: The end of what the process wrote to standard error.
    """
    if cancelled:
        return Outcome(job.job_id, OutcomeKind.CANCELLED, "Cancelled; the worker had to be ended.", details=details)
    resumable = isinstance(job, StudyJob) or (
        isinstance(job, TrainJob) and has_checkpoint(RunFolder(Path(job.run_folder)))
    )
    kind, sentence = _cause(code, spoken=spoken)
    return Outcome(job.job_id, kind, sentence, _remedy(kind, resumable=resumable), details=details, resumable=resumable)


def _cause(code: int | None, *, spoken: bool) -> tuple[OutcomeKind, str]:
    if code is None or (code > 0 and not spoken):
        return OutcomeKind.COULD_NOT_START, "The worker could not start."
    if code >= 0:
        return OutcomeKind.CRASHED, f"The worker ended without saying why (exit status {code})."
    name = _signal_name(-code)
    if name == "SIGKILL":
        return OutcomeKind.KILLED, "The worker was ended by the system (SIGKILL), perhaps for lack of memory."
    if name in {"SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"}:
        return OutcomeKind.KILLED, f"The worker was ended from outside ({name})."
    return OutcomeKind.CRASHED, f"The worker crashed ({name})."


def _remedy(kind: OutcomeKind, *, resumable: bool) -> str:
    if kind is OutcomeKind.COULD_NOT_START:
        return "Install the program again; the details say what is missing."
    start = "Close other programs or choose a smaller batch size. " if kind is OutcomeKind.KILLED else ""
    if resumable:
        return f"{start}Resume the run: it goes on from its last checkpoint."
    return f"{start}Start it again; if it happens again, report it with the details."


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
