"""Fetch a pretrained encoder from the hub, because a person asked for it. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.jobs.hub import download
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import DownloadJob


def run(job: DownloadJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; the folder appears when it is complete and checked."""
    folder = Path(job.folder)
    yield JobStarted(job_id="", kind="download", folder=str(folder.parent))
    yield PhaseChanged(job_id="", phase=Phase.READING, title=f"Downloading {job.name}")
    yield from relayed(lambda progress: download(job.name, folder, progress), control, unit="bytes")
    yield ArtefactWritten(job_id="", kind="encoder", path=folder.name, title=job.name)
    yield JobFinished(job_id="", reason="all files fetched and checked", summary={"folder": str(folder)})
