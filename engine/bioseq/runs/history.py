"""The state of a run as a fold over its events: a live run and a reopened one are shown by the same code."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bioseq.errors import BioseqError
from bioseq.json_values import LATEST, DamagedError, reason_of
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    JobStopped,
    LogEmitted,
    Phase,
    PhaseChanged,
    Progressed,
    StepDone,
    Warned,
)
from bioseq.protocol.wire import event_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_LONGEST_LINE = 1 << 24
_FIRST_BYTES = b'{"event":'
"""With which `encode_event` begins every line."""


class Status(StrEnum):
    """How a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"
    CANCELLED = "cancelled"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    """Its worker ended without saying so: crash, kill, power cut."""
    UNREADABLE = "cannot be read"
    """What is stored of it is damaged."""


@dataclass(frozen=True, slots=True)
class RunState:
    """All that the events of a run tell.

    Attributes:
        status: How it stands.
        started: The newest start; None before it.
        phase: What it does now.
        phase_title: The same in words.
        step: The newest training step.
        progress: The newest progress of a phase other than training.
        epochs: Every finished epoch, ascending; a resumed run replaces those after its checkpoint. Of an ensemble,
            those of the newest member only: each counts its own.
        artefacts: Files written, newest last, one per path.
        warnings: What the person should know.
        log: Lines of the log.
        ending: The last event, when the run has ended.
        seconds: From the first event to the newest, seconds, pauses and gaps before a resumption left out.
        last_sequence: Number of the newest event, -1 before the first.
        last_time: Time of the newest event, seconds since 1970.
    """

    status: Status = Status.WAITING
    started: JobStarted | None = None
    phase: Phase | None = None
    phase_title: str = ""
    step: StepDone | None = None
    progress: Progressed | None = None
    epochs: tuple[EpochFinished, ...] = ()
    artefacts: tuple[ArtefactWritten, ...] = ()
    warnings: tuple[Warned, ...] = ()
    log: tuple[LogEmitted, ...] = ()
    ending: JobFinished | JobStopped | JobFailed | None = None
    seconds: float = 0.0
    last_sequence: int = -1
    last_time: float = 0.0

    @property
    def best(self) -> EpochFinished | None:
        """The epoch whose weights are kept; None before the first epoch."""
        if not self.epochs:
            return None
        number = self.epochs[-1].best_epoch
        return next((epoch for epoch in self.epochs if epoch.epoch == number), None)

    @property
    def in_rounds(self) -> bool:
        """The model learns in rounds, as feature baselines do, and not in epochs."""
        newest = self.epochs[-1] if self.epochs else self.step
        return newest is not None and bool(newest.reached)

    @property
    def member(self) -> str:
        """Of an ensemble: the member whose epochs these are, in words; else empty."""
        newest = self.step or (self.epochs[-1] if self.epochs else None)
        return newest.member if newest is not None else ""

    @property
    def share(self) -> float | None:
        """Part of the training that is done, [0, 1], of an ensemble over all members; None before the first step."""
        newest = self.step or (self.epochs[-1] if self.epochs else None)
        if newest is None or not newest.epochs:
            return None
        done = float(self.epochs[-1].epoch) if self.epochs else 0.0
        if self.step is not None:
            done = max(done, self.step.epoch - 1 + self.step.step / max(1, self.step.steps))
        own = min(1.0, done / newest.epochs)
        return (newest.member_number - 1 + own) / newest.members if newest.members else own

    @property
    def summary(self) -> dict[str, Any]:
        """The small facts of the ending; empty before it and after a failure."""
        return self.ending.summary if isinstance(self.ending, JobFinished | JobStopped) else {}

    def after(self, event: Event) -> RunState:
        """The state once this event has happened."""
        passed = event.time - self.last_time if self.last_time else 0.0
        held = self.phase is Phase.PAUSED or isinstance(event, JobStarted)
        state = replace(
            self,
            last_sequence=event.sequence,
            last_time=event.time,
            seconds=self.seconds + (0.0 if held else max(0.0, passed)),
        )
        return _changed(state, event)


def _changed(state: RunState, event: Event) -> RunState:  # noqa: C901 - one case per event
    match event:
        case JobStarted():
            return replace(state, status=Status.RUNNING, started=event, ending=None, phase=Phase.STARTING)
        case PhaseChanged(phase=phase, title=title):
            return replace(state, phase=phase, phase_title=title, progress=None)
        case Progressed():
            return replace(state, progress=event)
        case StepDone(member=member):
            another = bool(state.epochs) and state.epochs[-1].member != member
            return replace(state, step=event, epochs=() if another else state.epochs)
        case EpochFinished():
            step = state.step if state.step is not None and state.step.member == event.member else None
            return replace(state, step=step, epochs=epochs_with(state.epochs, event))
        case ArtefactWritten(path=path):
            others = tuple(artefact for artefact in state.artefacts if artefact.path != path)
            return replace(state, artefacts=(*others, event))
        case Warned():
            return replace(state, warnings=(*state.warnings, event))
        case LogEmitted():
            return replace(state, log=(*state.log, event))
        case JobFinished():
            return replace(state, status=Status.FINISHED, ending=event)
        case JobStopped(cancelled=cancelled):
            return replace(state, status=Status.CANCELLED if cancelled else Status.STOPPED, ending=event)
        case JobFailed():
            return replace(state, status=Status.FAILED, ending=event)
        case _:
            return state


def epochs_with(epochs: tuple[EpochFinished, ...], newest: EpochFinished) -> tuple[EpochFinished, ...]:
    """These epochs with a newer one: those that it repeats, and those of another member, go."""
    return (*(epoch for epoch in epochs if epoch.epoch < newest.epoch and epoch.member == newest.member), newest)


def fold(events: Iterable[Event], state: RunState | None = None) -> RunState:
    """The state after all these events."""
    state = state or RunState()
    for event in events:
        state = state.after(event)
    return state


def read_events(path: Path) -> Iterator[Event]:
    """The events in a file; lines that a crash cut short, and events that only newer programs know, are passed over.

    Raises:
        BioseqError: The file cannot be read, holds a value that no event has, or holds text and no event at all.
    """
    number, found, strange = 0, False, False
    try:
        with path.open("rb") as file:
            while line := file.readline(_LONGEST_LINE):
                number += 1
                event = _event_in(line, path, number)
                found = found or event is not None
                strange = strange or not _is_beginning(line)
                if event is not None:
                    yield event
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from error
    if strange and not found:
        raise _unreadable(path, "none of its lines is an event")


def read_events_back(path: Path, most_bytes: int, *, holding: bytes = b"") -> Iterator[Event]:
    """The events in the last so many bytes of a file, the newest first.

    Args:
        path: The file.
        most_bytes: How much of it is looked at.
        holding: Only lines that hold these bytes are read.

    Raises:
        BioseqError: As in `read_events`.
    """
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - most_bytes))
            tail = file.read(most_bytes).splitlines()
    except FileNotFoundError:
        return
    except OSError as error:
        raise _unreadable(path, reason_of(error)) from error
    for number, line in enumerate(reversed(tail), 1):
        if holding in line and (event := _event_in(line, path, -number)) is not None:
            yield event


def _event_in(line: bytes, path: Path, number: int) -> Event | None:
    """The event in a line; None where it was cut short, or only newer programs know it.

    Args:
        line: The line.
        path: Its file.
        number: Which line it is, from 1 on; from the end back, from -1 on.

    Raises:
        BioseqError: It holds a value that no event has.
    """
    try:
        event = event_in(line.decode("utf-8", "replace"))
    except DamagedError as damage:
        if not damage.is_json:
            return None
        raise _unreadable(path, f"{_place(number)}, {damage.reason}") from damage
    if event is not None and not 0 <= event.time <= LATEST:
        raise _unreadable(path, f'{_place(number)}, "time" is no date')
    return event


def _place(number: int) -> str:
    return f"line {number}" if number > 0 else f"line {-number} from its end"


def _is_beginning(line: bytes) -> bool:
    """The line is the first part of an event, or what a file system leaves where a power cut came before the data."""
    return line.startswith(_FIRST_BYTES[: len(line)]) or not line.strip(b"\0")


def _unreadable(path: Path, reason: str) -> BioseqError:
    return BioseqError(
        "run.damaged",
        f"Its record of events cannot be read: {reason}.",
        where=str(path),
        remedy="Put a copy of this file in its place if there is one. Model and results lie in files of their own.",
    )


def read_state(path: Path, *, alive: bool = False) -> RunState:
    """The state that a file of events tells; a run that neither ended nor is alive was interrupted.

    Raises:
        BioseqError: As in `read_events`.
    """
    state = fold(read_events(path))
    if state.ending is None and state.status is Status.RUNNING and not alive:
        return replace(state, status=Status.INTERRUPTED)
    return state
