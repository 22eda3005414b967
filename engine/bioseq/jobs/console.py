"""What a job tells, shown on a console: bars on a terminal, plain lines elsewhere, JSON lines for programs.

People read standard error; standard output is kept for results.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Protocol, Self

from bioseq.jobs.log import describe
from bioseq.protocol.events import (
    ArtefactWritten,
    Event,
    JobFailed,
    PhaseChanged,
    Progressed,
    StepDone,
)
from bioseq.protocol.wire import encode_event

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SECONDS_BETWEEN_LINES = 5.0


class Reporter(Protocol):
    """Shows events; a context manager, so that bars are taken down."""

    def emit(self, event: Event) -> None:
        """Show one event."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


def reporter_for(*, as_json: bool) -> Reporter:
    """The reporter that suits whoever reads."""
    if as_json:
        return JsonReporter()
    return BarReporter() if sys.stderr.isatty() else LineReporter()


class JsonReporter:
    """Every event as a line of JSON on standard output."""

    def emit(self, event: Event) -> None:
        """Write one line."""
        sys.stdout.write(encode_event(event) + "\n")
        sys.stdout.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class LineReporter:
    """The lines of the log, and how far it is now and then."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def emit(self, event: Event) -> None:
        """Write a line, where the event is worth one."""
        if text := self._text(event):
            self._last = time.monotonic()
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    def _text(self, event: Event) -> str:
        if isinstance(event, Progressed | StepDone):
            due = time.monotonic() - self._last >= _SECONDS_BETWEEN_LINES
            return _how_far(event) if due else ""
        return _worth_telling(event)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class BarReporter:
    """A bar for the phase under way; the lines of the log above it."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._bars: Progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self._task: TaskID | None = None

    def emit(self, event: Event) -> None:
        """Move the bar or print a line."""
        match event:
            case PhaseChanged():
                self._begin(describe(event))
            case StepDone(epoch=epoch, step=step, steps=steps, epochs=epochs):
                done = (epoch - 1) * steps + step
                stage = event.reached or f"epoch {epoch}/{epochs}"
                self._move(done, epochs * steps, f"{stage}  loss {event.loss:.4f}")
            case Progressed(done=done, total=total) if total:
                self._move(done, total, event.unit)
            case _ if text := _worth_telling(event):
                self._bars.console.print(text, markup=False, highlight=False)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def _begin(self, title: str) -> None:
        if self._task is not None:
            self._bars.remove_task(self._task)
        self._task = self._bars.add_task(title, total=None, note="")

    def _move(self, done: int, total: int, note: str) -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total, note=note)


def _worth_telling(event: Event) -> str:
    """The line of an event that people want to see as it happens; the failure is told by the command itself."""
    quiet = isinstance(event, JobFailed) or (isinstance(event, ArtefactWritten) and event.kind == "checkpoint")
    return "" if quiet else describe(event)


def _how_far(event: Progressed | StepDone) -> str:
    if isinstance(event, StepDone) and event.reached:
        return f"  round {event.epoch}/{event.epochs}, {event.reached}  loss {event.loss:.4f}"
    if isinstance(event, StepDone):
        return f"  epoch {event.epoch}/{event.epochs}  step {event.step}/{event.steps}  loss {event.loss:.4f}"
    share = f" ({event.done / event.total:.0%})" if event.total else ""
    unit = event.unit.removesuffix("s") if event.done == 1 else event.unit
    return f"  {event.done:,} {unit}{share}" if unit else ""
