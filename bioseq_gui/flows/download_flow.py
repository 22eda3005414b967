"""A pretrained model from the hub: asked for by name, fetched by a worker, then set as the folder of the model."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QInputDialog, QWidget

from bioseq.errors import BioseqError
from bioseq.executors.outcome import OutcomeKind
from bioseq.protocol.jobs import DownloadJob
from bioseq_gui.flows.messages import Message, of_error

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.protocol.events import Progressed
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session

_PUBLISHED = ("facebook/esm2_t6_8M_UR50D", "facebook/esm2_t12_35M_UR50D", "facebook/esm2_t30_150M_UR50D")
"""Small to large, all with weights as safetensors; any other name can be typed."""
_FOLDER = "model.hyper.folder"


class DownloadFlow(QObject):
    """Downloads, one model at a time, and only when a person has named it.

    Signals:
        said: A message for the person.
        progressed: Share that is done, percent; -1 when nothing is being downloaded.
    """

    said = Signal(object)
    progressed = Signal(int)

    def __init__(self, session: Session, engine: EngineThread, window: QWidget, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._window = window
        self._job: DownloadJob | None = None
        self._use: Callable[[str], None] = self._choose
        engine.progressed.connect(self._report)
        engine.job_ended.connect(self._finish)

    @property
    def downloading(self) -> bool:
        """A download is under way."""
        return self._job is not None

    def ask(self, use: Callable[[str], None] | None = None) -> None:
        """Ask which model and where to, and download it; while a download is under way, end that.

        Args:
            use: Given the folder when the model is there; without it, the folder becomes that of the chosen model.
        """
        if self._job is not None:
            self._engine.cancel(self._job.job_id)
            return
        text = self.tr(
            "Name of the model on huggingface.co, as owner/model.\n"
            "Only weights as safetensors, JSON and text are fetched; no program code."
        )
        name, chosen = QInputDialog.getItem(self._window, self.tr("Download a model"), text, _PUBLISHED, 0, True)
        name = name.strip()
        if not chosen or not name:
            return
        parent = QFileDialog.getExistingDirectory(self._window, self.tr("Where to put the model's folder"))
        if parent:
            self.download(name, Path(parent) / name.rpartition("/")[2], use)

    def download(self, name: str, folder: Path, use: Callable[[str], None] | None = None) -> None:
        """Fetch a model into a new folder; `use` as in `ask`."""
        self._use = use or self._choose
        self._job = DownloadJob(f"download-{uuid.uuid4().hex[:12]}", name, str(folder))
        self._engine.submit(self._job)
        self.progressed.emit(0)

    def _report(self, event: Progressed) -> None:
        if self._job is not None and event.job_id == self._job.job_id and event.total:
            self.progressed.emit(int(100 * event.done / event.total))

    def _finish(self, end: JobEnd) -> None:
        if self._job is None or end.job != self._job:
            return
        job, self._job = self._job, None
        self.progressed.emit(-1)
        if end.outcome.kind is OutcomeKind.FINISHED:
            self._take(job)
        elif end.outcome.kind is not OutcomeKind.CANCELLED:
            text = f"{end.outcome.sentence} {end.outcome.remedy}".strip()
            self.said.emit(Message(text, "error", details=end.outcome.details))

    def _choose(self, folder: str) -> None:
        self._session.edit(_FOLDER, folder)

    def _take(self, job: DownloadJob) -> None:
        try:
            self._use(job.folder)
        except BioseqError as error:  # another model was chosen meanwhile, which has no folder
            self.said.emit(of_error(error))
        else:
            self.said.emit(Message(self.tr("{0} is there and chosen.").format(job.name), "success"))
