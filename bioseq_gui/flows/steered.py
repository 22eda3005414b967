"""What the flows have in common that keep one long job under way: a person may stop, cancel, pause it, and go on."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from bioseq.protocol.events import Event
    from bioseq_gui.engine_thread import EngineThread
    from bioseq_gui.session import Session


class SteeredFlow(QObject):
    """A flow with at most one job under way.

    Signals:
        said: A message for the person.
        page_wanted: Name of the page that shows what comes now.
    """

    said = Signal(object)
    page_wanted = Signal(str)

    def __init__(
        self, session: Session, engine: EngineThread, runs_root: Callable[[], Path], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._runs_root = runs_root
        self._job_id = ""

    @property
    def running(self) -> bool:
        """A job is under way."""
        return bool(self._job_id)

    def stop(self) -> None:
        """End what is under way and keep what it has."""
        if self.running:
            self._engine.stop(self._job_id)

    def cancel(self) -> None:
        """End what is under way and discard it."""
        if self.running:
            self._engine.cancel(self._job_id)

    def pause(self) -> None:
        """Hold after the step under way."""
        if self.running:
            self._engine.pause(self._job_id)

    def go_on(self) -> None:
        """Go on after a pause."""
        if self.running:
            self._engine.resume(self._job_id)

    def _new_job(self, kind: str) -> str:
        """The id of the job that is begun now."""
        self._job_id = f"{kind}-{uuid.uuid4().hex[:12]}"
        return self._job_id

    def _own(self, events: Iterable[Event]) -> list[Event]:
        """Those of the job under way."""
        return [event for event in events if event.job_id == self._job_id] if self.running else []
