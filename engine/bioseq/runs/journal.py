"""The events of a run on the disk: one line each, appended, flushed at once, and forced to the disk at state changes.

A line that a crash cut short is closed before the next one is written, so that it harms no other.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Self

from bioseq.protocol.events import ENDINGS, ArtefactWritten, EpochFinished, Event, JobStarted, PhaseChanged
from bioseq.protocol.wire import encode_event
from bioseq.runs.history import read_events

if TYPE_CHECKING:
    from pathlib import Path

_STATE_CHANGES = (JobStarted, PhaseChanged, EpochFinished, ArtefactWritten, *ENDINGS)


class Journal:
    """Appends events to a file; one writer at a time.

    Attributes:
        next_sequence: The number that the next event is to carry: a resumed run goes on counting.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.next_sequence = 1 + max((event.sequence for event in read_events(path)), default=-1)
        cut_short = _ends_within_a_line(path)
        self._file = path.open("ab")
        if cut_short:
            self._file.write(b"\n")

    def append(self, event: Event) -> None:
        """Write one event; a state change is on the disk when this returns.

        Raises:
            OSError: The disk is full or gone.
        """
        self._file.write(encode_event(event).encode("utf-8", "surrogateescape") + b"\n")
        self._file.flush()
        if isinstance(event, _STATE_CHANGES):
            os.fsync(self._file.fileno())
        self.next_sequence = event.sequence + 1

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _ends_within_a_line(path: Path) -> bool:
    if not path.exists() or path.stat().st_size == 0:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"
