"""What networks cost on this machine: asked for by the page that chooses, measured while nothing else computes."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import MeasureJob

if TYPE_CHECKING:
    from bioseq.protocol.events import CostMeasured, Warned
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session


class CostFlow(QObject):
    """Measures, one request at a time; a training that begins ends the measuring.

    Signals:
        progressed: So many networks of so many are measured; 0 of 0 when nothing is being measured.
    """

    progressed = Signal(int, int)

    def __init__(self, session: Session, engine: EngineThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._job_id = ""
        self._keys: dict[str, str] = {}
        self._asked: set[str] = set()
        self._done = 0
        engine.cost_measured.connect(self._keep)
        engine.warned.connect(self._pass_over)
        engine.job_ended.connect(self._finish)
        session.run_changed.connect(self._make_way)
        session.data_changed.connect(self._forget)

    @property
    def measuring(self) -> bool:
        """A measurement is under way."""
        return bool(self._job_id)

    def measure(self, models: tuple[str, ...]) -> None:
        """Measure these networks with the session's data and settings; what was asked before is not asked again.

        A newer request takes the place of one that is under way, unless that is for several networks.
        """
        session = self._session
        keys = {name: session.cost_key(name) for name in models}
        new = tuple(name for name, key in keys.items() if key not in self._asked)
        several = self.measuring and len(self._keys) > 1
        if session.inspection is None or session.live or not new or several:
            return
        self._keys = {name: keys[name] for name in new}
        self._asked.update(keys[name] for name in new)
        self._job_id = f"measure-{uuid.uuid4().hex[:12]}"
        profile = asdict(session.inspection.profile)
        self._engine.submit(MeasureJob(self._job_id, session.configuration.model_dump(mode="json"), profile, new))
        self._done = 0
        self.progressed.emit(0, len(new))

    def cancel(self) -> None:
        """Leave what has not been measured yet."""
        if self.measuring:
            self._engine.cancel(self._job_id)

    def _keep(self, event: CostMeasured) -> None:
        if event.job_id == self._job_id and event.model in self._keys:
            self._session.keep_costs({self._keys[event.model]: event})
            self._count()

    def _pass_over(self, event: Warned) -> None:
        if event.job_id == self._job_id:
            self._count()

    def _count(self) -> None:
        self._done += 1
        self.progressed.emit(self._done, len(self._keys))

    def _finish(self, end: JobEnd) -> None:
        if not isinstance(end.job, MeasureJob):
            return
        if end.job.job_id == self._job_id:
            self._job_id = ""
            self.progressed.emit(0, 0)
            if end.outcome.kind is OutcomeKind.CANCELLED:
                self._asked.difference_update(self._keys.values())

    def _make_way(self) -> None:
        if self._session.live:
            self.cancel()

    def _forget(self) -> None:
        self._asked.clear()
        self.cancel()
        self._job_id = ""
        self.progressed.emit(0, 0)
