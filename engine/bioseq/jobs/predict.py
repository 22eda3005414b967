"""Predict the records of files with a trained model, into a columnar table, a part of the files at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import BioseqError
from bioseq.jobs.progress import relayed
from bioseq.jobs.telling import list_findings, tell_findings
from bioseq.jobs.trained import started
from bioseq.prediction.predict import load_predictor, predict_files
from bioseq.prediction.table import Flag
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, Phase, PhaseChanged
from bioseq.runs.bundle import find_bundle, read_bundle_card
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.prediction.table import PredictionTable
    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import PredictJob


def run(job: PredictJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; the table lies in `job.output`."""
    card = read_bundle_card(find_bundle(Path(job.model)))
    yield started(job, card, kind="predict")
    yield PhaseChanged(job_id="", phase=Phase.PREDICTING, title="Predicting")
    predictor = yield from relayed(lambda _: load_predictor(Path(job.model)), control, unit="records")
    table = yield from relayed(
        lambda progress: predict_files(predictor, job.files, Path(job.output), progress=progress),
        control,
        unit="bytes",
    )
    yield from tell_findings(table.findings)
    if not (np.asarray(table.predicted) >= 0).any():
        raise BioseqError(
            "predict.no_letters",
            "No record has letters, so there is nothing to predict.",
            where=listed([file.path for file in job.files], most=3),
            remedy="Choose files with sequences.",
        )
    yield ArtefactWritten(job_id="", kind="predictions", path=".", title="Predictions")
    yield JobFinished(job_id="", reason="all records predicted", summary=summary_of(table))


def summary_of(table: PredictionTable) -> dict[str, object]:
    """Counts for a list: records, per class, flagged; and what was found in the files."""
    counts = np.bincount(table.predicted[table.predicted >= 0], minlength=len(table.labels))
    return {
        "records": len(table),
        "predicted": dict(zip(table.labels, counts.tolist(), strict=True)),
        "flagged": int(np.count_nonzero(table.flags)),
        "without_prediction": int(np.count_nonzero(table.flags & Flag.EMPTY)),
        "file_findings": list_findings(table.findings),
    }
