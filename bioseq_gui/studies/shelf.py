"""The studies that are there, told from the first and the newest lines of their events. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.protocol.events import ENDINGS, JobFinished, JobStarted, JobStopped
from bioseq.runs.history import RunState, Status, read_events, read_events_back
from bioseq.runs.store import list_folders, worker_alive
from bioseq.studies.folder import StudyFolder

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.events import Ending, Event

_LONGEST_TAIL = 262_144
"""Bytes at the end of the events that are read."""


@dataclass(frozen=True, slots=True)
class StudyEntry:
    """What a list of studies shows of one.

    Attributes:
        path: Its folder.
        kind: "best", "compare", "search".
        data_names: Files that it learns from.
        started: First start, seconds since 1970, UTC; 0 when it never started.
        status: How it stands.
        leader: Title of what stands first; empty before there is a ranking.
        trainings: Trainings that ended with a model.
        fault: Why it cannot be read, a sentence; empty when it can.
    """

    path: Path
    kind: str
    data_names: tuple[str, ...] = ()
    started: float = 0.0
    status: Status = Status.WAITING
    leader: str = ""
    trainings: int = 0
    fault: str = ""

    @property
    def resumable(self) -> bool:
        """It can go on."""
        return self.status in (Status.STOPPED, Status.INTERRUPTED, Status.WAITING, Status.FAILED)


def list_studies(root: Path) -> tuple[StudyEntry, ...]:
    """Every study in a folder, newest first.

    Raises:
        BioseqError: The folder cannot be read.
    """
    found = [entry for folder in list_folders(root) if (entry := read_study(folder)) is not None]
    return tuple(sorted(found, key=lambda entry: (entry.started, entry.path.name), reverse=True))


def read_study(folder: Path) -> StudyEntry | None:
    """What the list shows of one study; None when the folder holds none."""
    study = StudyFolder(folder)
    if not study.plan.exists():
        return None
    try:
        first, newest, last = _lines(study.events)
    except BioseqError as error:
        return StudyEntry(folder, _kind_in_name(folder), status=Status.UNREADABLE, fault=error.message)
    if not isinstance(first, JobStarted):
        return StudyEntry(folder, _kind_in_name(folder))
    started = newest or first
    ending = last if isinstance(last, ENDINGS) else None
    summary = ending.summary if isinstance(ending, JobFinished | JobStopped) else {}
    rows = summary.get("ranking", {}).get("rows", ())
    counts = summary.get("entries", {})
    return StudyEntry(
        folder,
        str(first.details.get("study", "")),
        tuple(map(str, first.details.get("data", ()))),
        first.time,
        _status(ending, started),
        str(rows[0]["title"]) if rows else "",
        sum(int(counts.get(state, 0)) for state in ("finished", "stopped")),
    )


def _kind_in_name(folder: Path) -> str:
    return folder.name.rpartition("_")[2]


def _status(ending: Ending | None, started: JobStarted) -> Status:
    match ending:
        case JobFinished():
            return Status.FINISHED
        case JobStopped(cancelled=cancelled):
            return Status.CANCELLED if cancelled else Status.STOPPED
        case None:
            state = RunState(status=Status.RUNNING, started=started)
            return Status.RUNNING if worker_alive(state) else Status.INTERRUPTED
        case _:
            return Status.FAILED


def _lines(path: Path) -> tuple[Event | None, JobStarted | None, Event | None]:
    """The first event, the newest start, and the last event of a file.

    Raises:
        BioseqError: The file cannot be read, or one of those lines is damaged.
    """
    first = next(read_events(path), None)
    last = next(read_events_back(path, _LONGEST_TAIL), None)
    starts = read_events_back(path, _LONGEST_TAIL, holding=b'"JobStarted"')
    return first, next((event for event in starts if isinstance(event, JobStarted)), None), last
