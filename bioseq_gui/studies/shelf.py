"""The studies that are there, told from the first and the newest lines of their events. No Qt."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.protocol.events import ENDINGS, JobFinished, JobStarted, JobStopped
from bioseq.protocol.wire import decode_event
from bioseq.runs.history import RunState, Status
from bioseq.runs.store import worker_alive
from bioseq.studies.folder import StudyFolder

if TYPE_CHECKING:
    from bioseq.protocol.events import Ending, Event

_LONGEST_LINE = 262_144


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
    """

    path: Path
    kind: str
    data_names: tuple[str, ...] = ()
    started: float = 0.0
    status: Status = Status.WAITING
    leader: str = ""
    trainings: int = 0

    @property
    def resumable(self) -> bool:
        """It can go on."""
        return self.status in (Status.STOPPED, Status.INTERRUPTED, Status.WAITING, Status.FAILED)


def list_studies(root: Path) -> tuple[StudyEntry, ...]:
    """Every study in a folder, newest first."""
    if not root.is_dir():
        return ()
    with os.scandir(root) as places:
        folders = [Path(place.path) for place in places if place.is_dir() and not place.name.startswith(".")]
    found = [entry for folder in folders if (entry := read_study(folder)) is not None]
    return tuple(sorted(found, key=lambda entry: (entry.started, entry.path.name), reverse=True))


def read_study(folder: Path) -> StudyEntry | None:
    """What the list shows of one study; None when the folder holds none."""
    study = StudyFolder(folder)
    if not study.plan.exists():
        return None
    first, newest, last = _lines(study.events)
    if not isinstance(first, JobStarted):
        return StudyEntry(folder, folder.name.rpartition("_")[2])
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
    """The first event, the newest start, and the last event of a file."""
    try:
        with path.open("rb") as file:
            first = _decoded(file.readline(_LONGEST_LINE))
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _LONGEST_LINE))
            tail = file.read().splitlines()
    except OSError:
        return None, None, None
    last = next((event for line in reversed(tail) if (event := _decoded(line)) is not None), None)
    starts = (_decoded(line) for line in reversed(tail) if b'"JobStarted"' in line[:40])
    newest = next((event for event in starts if isinstance(event, JobStarted)), None)
    return first, newest, last


def _decoded(line: bytes) -> Event | None:
    try:
        return decode_event(line.decode("utf-8", "replace"))
    except BioseqError:
        return None
