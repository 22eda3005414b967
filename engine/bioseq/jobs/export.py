"""Write a prediction table for other programs. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.jobs.progress import relayed
from bioseq.prediction.export import export
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import ExportJob


def run(job: ExportJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; the file appears when it is complete."""
    destination = Path(job.destination)
    yield JobStarted(job_id="", kind="export", folder=str(destination.parent))
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title=f"Writing {destination.name}")
    table = PredictionTable.open(Path(job.table))
    rows = np.load(job.rows, allow_pickle=False) if job.rows else None
    yield from relayed(
        lambda progress: export(table, destination, rows=rows, progress=progress), control, unit="records"
    )
    yield ArtefactWritten(job_id="", kind="export", path=destination.name, title="Predictions")
    count = len(table) if rows is None else len(rows)
    yield JobFinished(job_id="", reason="all rows written", summary={"records": count})
