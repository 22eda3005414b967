"""Read and check files, fill in a configuration, and leave all of it in a folder. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.config import inspection
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged
from bioseq.training.evidence import examine

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import InspectJob


def run(job: InspectJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; see `InspectJob` for what it writes."""
    output = Path(job.output)
    yield JobStarted(job_id="", kind="inspect", folder=job.output)
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading and checking the files")
    found, dataset = yield from relayed(
        lambda progress: inspection.inspect_files(job.files, job.data_settings, examine=examine, progress=progress),
        control,
        unit="bytes",
    )
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Keeping what was read")
    dataset.save(output / "dataset")
    inspection.save(found, output)
    yield ArtefactWritten(job_id="", kind="dataset", path="dataset", title="The records as read")
    yield ArtefactWritten(job_id="", kind="inspection", path="inspection.json", title="What was found in the files")
    yield JobFinished(job_id="", reason="all files read", summary={"records": len(dataset)})
