"""Look for similar sequences in the files of a configuration, before anything is trained. Never imports torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.config.kinship import kinship_of
from bioseq.config.loading import read_data
from bioseq.config.schema import Configuration
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, JobStarted, Phase, PhaseChanged
from bioseq.protocol.jobs import SIMILARITY_FILE

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import SimilarityJob


def run(job: SimilarityJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; see `SimilarityJob` for what it writes."""
    config = Configuration.model_validate(job.config)
    yield JobStarted(job_id="", kind="similarity", folder=job.output)
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the files")
    reading = yield from relayed(lambda progress: read_data(config, progress=progress), control, unit="bytes")
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Looking for similar sequences")
    found = yield from relayed(
        lambda progress: kinship_of(reading, config, draw=True, progress=progress), control, unit="comparisons"
    )
    found.save(Path(job.output) / SIMILARITY_FILE)
    yield ArtefactWritten(job_id="", kind="table", path=SIMILARITY_FILE, title="Similar sequences")
    yield JobFinished(job_id="", reason="all compared", summary={"records": found.records, "clusters": found.clusters})
