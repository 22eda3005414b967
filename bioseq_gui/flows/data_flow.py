"""Files to data: expand, inspect by the light worker, open what it left, fill the session."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from bioseq.errors import BioseqError
from bioseq.protocol.jobs import InspectJob
from bioseq.sequences.files import FileRequest
from bioseq_gui.flows.messages import Message, of_error

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioseq.config.inspection import Inspection
    from bioseq.sequences.dataset import Dataset
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session

_SETTLE_MS = 250
"""A setting that decides how files are read may still be turned: wait this long before reading again."""


class DataFlow(QObject):
    """Keeps the session's data in step with its files.

    Signals:
        said: A message for the person.
        reading: Files are being read now, or no longer.
    """

    said = Signal(object)
    reading = Signal(bool)

    def __init__(self, session: Session, engine: EngineThread, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._cache = cache / f"session-{uuid.uuid4().hex[:12]}"
        self._job_id = ""
        self._settings: dict[str, object] = {}
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(_SETTLE_MS)
        self._settle.timeout.connect(self.inspect)
        session.files_changed.connect(self.inspect)
        session.configuration_changed.connect(self._notice_settings)
        engine.job_ended.connect(self._take)

    def add(self, paths: Iterable[Path]) -> None:
        """Add files and the files in folders to the data set."""
        from bioseq.sequences.reading import expand_paths

        try:
            files = expand_paths(tuple(paths))
        except BioseqError as error:
            self.said.emit(of_error(error))
            return
        if not files:
            self.said.emit(Message(self.tr("There are no sequence files in this folder."), "warning"))
            return
        self._session.add_files(FileRequest(str(path)) for path in files)

    def add_text(self, text: str) -> None:
        """Add pasted sequences as a FASTA file in the cache."""
        if not text.strip():
            self.said.emit(Message(self.tr("The clipboard holds no text."), "warning"))
            return
        folder = self._cache / "pasted"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"pasted_{len(list(folder.iterdir())) + 1}.fasta"
        path.write_text(as_fasta(text), encoding="utf-8")
        self.add((path,))

    def inspect(self) -> None:
        """Read and check the session's files; a reading under way is superseded."""
        self._settle.stop()
        files = self._session.files
        self._settings = self._reading_settings()
        if not files:
            if self._job_id:
                self._engine.cancel(self._job_id)
            self._job_id = ""
            self.reading.emit(False)
            self._session.clear_data()
            return
        self._job_id = f"inspect-{uuid.uuid4().hex[:12]}"
        output = self._cache / self._job_id
        job = InspectJob(self._job_id, files, str(output), self._settings)
        self.reading.emit(True)
        self._engine.submit(job, collect=open_inspected)

    @property
    def running(self) -> bool:
        """Files are being read."""
        return bool(self._job_id)

    def cancel(self) -> None:
        """Give the reading up; the files stay in the list and can be read again."""
        if self._job_id:
            self._engine.cancel(self._job_id)

    def close(self) -> None:
        """Remove what was cached for this session."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def _reading_settings(self) -> dict[str, object]:
        data = self._session.configuration.data
        names = (path.removeprefix("data.") for path in sorted(self._session.touched) if path.startswith("data."))
        return {name: getattr(data, name) for name in names if name != "files"}

    def _notice_settings(self) -> None:
        if self._session.files and self._reading_settings() != self._settings:
            self._settle.start()

    def _take(self, end: JobEnd) -> None:
        if end.job.job_id != self._job_id:
            if isinstance(end.job, InspectJob):
                shutil.rmtree(end.job.output, ignore_errors=True)
            return
        self._job_id = ""
        self.reading.emit(False)
        if end.result is not None:
            inspection, dataset = end.result
            self._session.set_data(inspection, dataset)
        elif end.outcome.kind == "cancelled":
            self._session.fail_data(self.tr("Reading was stopped."))
            self.said.emit(Message(self.tr("Reading was stopped."), "info", self.tr("Read again"), self.inspect))
        else:
            self._session.fail_data(end.outcome.sentence)
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            self.said.emit(Message(text, "error", self.tr("Read again"), self.inspect, details=end.outcome.details))


def open_inspected(job: InspectJob) -> tuple[Inspection, Dataset]:
    """Open what an inspection left; done in the engine's thread, so that the window waits for nothing."""
    from bioseq.config.inspection import open_inspection
    from bioseq.sequences.dataset import Dataset

    folder = Path(job.output)
    return open_inspection(folder), Dataset.open(folder / "dataset")


def as_fasta(text: str) -> str:
    """Pasted text as FASTA: what has headers stays, each line without one becomes a record."""
    stripped = text.strip()
    if stripped.startswith((">", "@", "LOCUS", "ID ")) or "\t" in stripped or "," in stripped.split("\n", 1)[0]:
        return stripped + "\n"
    lines = [line.strip() for line in stripped.splitlines() if line.strip()]
    return "".join(f">sequence_{number}\n{line}\n" for number, line in enumerate(lines, 1))
