"""The log of a run: what happened, for reading by people; what libraries log and warn of goes there too."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from bioseq.protocol.events import (
    ArtefactWritten,
    EntryChanged,
    EpochFinished,
    Event,
    JobFailed,
    JobFinished,
    JobStarted,
    JobStopped,
    LogEmitted,
    PhaseChanged,
    RankingChanged,
    Warned,
)

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.events import MetricValues


class RunLog:
    """Appends to `log.txt` while it is open; the root logger writes there too."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8", errors="surrogateescape")
        self._handler = logging.StreamHandler(self._file)
        self._handler.setFormatter(_UtcFormatter("%(levelname)s %(name)s: %(message)s"))

    def write(self, event: Event) -> None:
        """Add the line that tells of an event, if it is one that a reader of logs wants."""
        if text := describe(event):
            self._handler.acquire()
            try:
                self._file.write(f"{_utc(event.time)}  {text}\n")
                self._file.flush()
            finally:
                self._handler.release()

    def __enter__(self) -> Self:
        logging.getLogger().addHandler(self._handler)
        return self

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
        self._file.close()


class _UtcFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return f"{_utc(record.created)}  {super().format(record)}"


def _utc(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S}Z"


def describe(event: Event) -> str:
    """An event as one line for people; empty for those that come too often to be read."""
    match event:
        case JobStarted(kind=kind, resumed=resumed, device=device, threads=threads):
            place = f" on {device}" if device else ""
            share = f" with {threads} thread{'s' if threads != 1 else ''}" if threads else ""
            return f"{'Resumed' if resumed else 'Started'}: {kind}{place}{share}"
        case PhaseChanged(phase=phase, title=title):
            return title or phase.value.capitalize()
        case EpochFinished():
            mark = "  best so far" if event.improved else ""
            validation = f"  validation {_figures(event.validation)}" if event.validation else ""
            stage = f"Round {event.epoch}/{event.epochs}, {event.reached}:" if event.reached else ""
            stage = stage or f"Epoch {event.epoch}/{event.epochs}"
            return f"{stage}  train {_figures(event.train)}{validation}{mark}"
        case ArtefactWritten(path=path, title=title) if event.kind != "checkpoint":
            return f"Written: {title or path}" + (f" ({path})" if title and path != "." else "")
        case Warned(message=message, remedy=remedy):
            return f"Warning: {message} {remedy}".rstrip()
        case LogEmitted(message=message):
            return message
        case JobFinished(reason=reason):
            return f"Finished: {reason}" if reason else "Finished"
        case JobStopped(cancelled=cancelled):
            return "Cancelled" if cancelled else "Stopped; the best so far is kept"
        case JobFailed(message=message, where=where, remedy=remedy):
            return f"Failed: {where + ': ' if where else ''}{message} {remedy}".rstrip()
        case _:
            return _of_study(event)


def _of_study(event: Event) -> str:
    match event:
        case EntryChanged() if event.state != "waiting":
            return _entry(event)
        case RankingChanged(rows=rows) if rows and rows[0]["value"] is not None:
            return _ranking(event)
        case _:
            return ""


def _ranking(event: RankingChanged) -> str:
    """The first and its figure; what the records say that ordered nothing."""
    first = event.rows[0]
    beside = f", {first['judged']:.4f} on {event.judged}" if event.judged and first["judged"] is not None else ""
    return f"Best so far: {first['title']}, {event.metric} {first['value']:.4f} on {event.split}{beside}"


def _entry(event: EntryChanged) -> str:
    told = _figures(event.validation or event.metrics)
    reason = f": {event.reason}" if event.reason else ""
    return f"{event.entry} {event.title} ({event.stage}): {event.state}{reason}" + (f"  {told}" if told else "")


def _figures(values: MetricValues) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in values.items() if name in _SHOWN)


_SHOWN = ("loss", "accuracy", "mcc", "roc_auc")
