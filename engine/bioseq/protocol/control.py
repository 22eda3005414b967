"""What a client may ask of a running job: stop, cancel, pause, resume. Shared by the job and who listens."""

from __future__ import annotations

import threading


class Control:
    """The requests made of one job. Thread-safe; the job asks between its steps."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._cancel = threading.Event()
        self._running = threading.Event()
        self._running.set()

    def stop(self) -> None:
        """Ask to finish the step, keep the best so far and evaluate. Ends a pause."""
        self._stop.set()
        self._running.set()

    def cancel(self) -> None:
        """Ask to finish the step and discard everything. Ends a pause."""
        self._cancel.set()
        self._running.set()

    def pause(self) -> None:
        """Ask to hold after the step under way."""
        self._running.clear()

    def resume(self) -> None:
        """Ask to go on after a pause."""
        self._running.set()

    @property
    def stop_requested(self) -> bool:
        """The job is to finish early and keep what it has."""
        return self._stop.is_set()

    @property
    def cancel_requested(self) -> bool:
        """The job is to end and discard what it has."""
        return self._cancel.is_set()

    @property
    def pause_requested(self) -> bool:
        """The job is to hold."""
        return not self._running.is_set()

    def wait_while_paused(self) -> None:
        """Hold the job's thread until it is resumed, stopped or cancelled."""
        self._running.wait()
