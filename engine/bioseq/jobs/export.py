"""Write a prediction table for other programs. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.jobs.progress import relayed
from bioseq.jobs.telling import list_findings, tell_findings
from bioseq.prediction.export import export
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged
from bioseq.sequences.wording import counted

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
    told = yield from relayed(
        lambda progress: export(table, destination, rows=rows, further=job.columns, progress=progress),
        control,
        unit="records",
    )
    yield ArtefactWritten(job_id="", kind="export", path=destination.name, title="Predictions")
    yield from tell_findings(told)
    written = len(table) if rows is None else len(rows)
    in_file_order = rows is None or bool(np.all(np.diff(rows) > 0))
    yield JobFinished(
        job_id="",
        reason=_describe(written, len(table), in_file_order=in_file_order) + f" to {destination.name}",
        summary={
            "records": written,
            "of": len(table),
            "in_file_order": in_file_order,
            "file_findings": list_findings(told),
        },
    )


def _describe(written: int, total: int, *, in_file_order: bool) -> str:
    """What was written: "1,200 records in file order", "12 of 1,200 records in the order shown"."""
    share = counted("{n} [record|records]", written) if written == total else f"{written:,} of {total:,} records"
    return f"{share} in {'file order' if in_file_order else 'the order shown'}"
