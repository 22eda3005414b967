"""Model and files to a table of predictions, and the table to a file for other programs."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from bioseq.errors import Severity
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import ExportJob, PredictJob
from bioseq.sequences.files import FileRequest
from bioseq.sequences.findings import Finding
from bioseq_gui.flows.messages import Message
from bioseq_gui.widgets.text import for_display, number

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bioseq.prediction.table import PredictionTable
    from bioseq.protocol.events import Event
    from bioseq_gui.engine_thread import EngineThread, JobEnd
    from bioseq_gui.session import Session

_LONGEST_SAID = 400


class PredictionFlow(QObject):
    """Predicts, and exports what was predicted.

    Signals:
        said: A message for the person.
        started: A prediction is under way.
        ended: It is no longer.
    """

    said = Signal(object)
    started = Signal()
    ended = Signal()

    def __init__(self, session: Session, engine: EngineThread, cache: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._engine = engine
        self._cache = cache / f"predictions-{uuid.uuid4().hex[:12]}"
        self._files: tuple[Path, ...] = ()
        self._predict_id = ""
        self._exports: dict[str, str] = {}
        self._table_folder: Path | None = None
        engine.job_ended.connect(self._take)

    @property
    def running(self) -> bool:
        """A prediction is under way."""
        return bool(self._predict_id)

    def owns(self, event: Event) -> bool:
        """An event belongs to the prediction under way."""
        return bool(self._predict_id) and event.job_id == self._predict_id

    @property
    def files(self) -> tuple[Path, ...]:
        """The files to predict."""
        return self._files

    def choose_model(self, path: str | Path) -> None:
        """Predict with this run or bundle."""
        self._session.set_model(Path(path))

    def choose_files(self, paths: Iterable[str | Path]) -> None:
        """Predict the records of these files."""
        self._files = tuple(Path(path) for path in paths)

    def predict(self) -> None:
        """Predict the chosen files with the chosen model; a prediction under way is superseded."""
        model = self._session.model_path
        if model is None:
            self.said.emit(Message(self.tr("Choose a model first."), "warning"))
            return
        if not self._files:
            self.said.emit(Message(self.tr("Drop the files to predict first."), "warning"))
            return
        self._predict_id = f"predict-{uuid.uuid4().hex[:12]}"
        requests = tuple(FileRequest(str(path), role="predict") for path in self._files)
        job = PredictJob(self._predict_id, str(model), requests, str(self._cache / self._predict_id))
        self.started.emit()
        self._engine.submit(job, collect=open_table)

    def cancel(self) -> None:
        """Give the prediction up."""
        if self._predict_id:
            self._engine.cancel(self._predict_id)

    def export(self, destination: str, rows: NDArray[np.intp] | None, columns: tuple[str, ...] = ()) -> None:
        """Write the table as a file; its extension tells the format.

        Args:
            destination: The file.
            rows: Numbers of the rows to write, in order; None for all.
            columns: Further columns: "description", "source", "sequence".
        """
        if self._table_folder is None:
            self.said.emit(Message(self.tr("There are no predictions to export."), "warning"))
            return
        job_id = f"export-{uuid.uuid4().hex[:12]}"
        rows_file = ""
        if rows is not None:
            path = self._cache / f"{job_id}.npy"
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, np.asarray(rows, np.int64), allow_pickle=False)
            rows_file = str(path)
        self._exports[job_id] = destination
        self._engine.submit(ExportJob(job_id, str(self._table_folder), destination, rows_file, columns))

    def close(self) -> None:
        """Remove the tables of this session."""
        shutil.rmtree(self._cache, ignore_errors=True)

    def _take(self, end: JobEnd) -> None:
        if end.job.job_id == self._predict_id:
            self._predict_id = ""
            self.ended.emit()
            self._take_table(end)
        elif end.job.job_id in self._exports:
            self._say_exported(end, Path(self._exports.pop(end.job.job_id)))

    def _take_table(self, end: JobEnd) -> None:
        if end.result is not None and isinstance(end.job, PredictJob):
            old, self._table_folder = self._table_folder, Path(end.job.output)
            self._session.set_prediction_table(end.result)
            if old is not None:
                shutil.rmtree(old, ignore_errors=True)
        elif end.outcome.kind != "cancelled":
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            again = self.tr("Predict again")
            self.said.emit(Message(text, "error", again, self.predict, details=end.outcome.details))

    def _say_exported(self, end: JobEnd, path: Path) -> None:
        if isinstance(end.outcome.event, JobFinished):
            self.said.emit(self._describe_export(end.outcome.event.summary, path))
        else:
            text = " ".join(part for part in (end.outcome.sentence, end.outcome.remedy) if part)
            self.said.emit(Message(text, "error", details=end.outcome.details))

    def _describe_export(self, summary: dict[str, Any], path: Path) -> Message:
        """What was written where, and what is to be known of the file."""
        written, total = summary["records"], summary["of"]
        if written == total:
            what = self.tr("1 record") if written == 1 else self.tr("{0} records").format(number(written))
        else:
            what = self.tr("{0} of {1} records").format(number(written), number(total))
        order = self.tr("in file order") if summary["in_file_order"] else self.tr("in the order shown")
        findings = [Finding.from_dict(fields) for fields in summary["file_findings"]]
        told = [for_display(finding.sentence, longest=_LONGEST_SAID) for finding in findings]
        sentence = self.tr("Written: {0} {1} to {2}").format(what, order, for_display(str(path)))
        misleading = any(finding.severity is not Severity.INFO for finding in findings)
        return Message(" ".join([f"{sentence}.", *told]) if told else sentence, "warning" if misleading else "success")


def open_table(job: PredictJob) -> PredictionTable:
    """Map the table that a prediction left."""
    from bioseq.prediction.table import PredictionTable

    return PredictionTable.open(Path(job.output))
