"""Hold a run against its own record: do inputs, model and results say what they said? Never imports torch."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.jobs.progress import relayed
from bioseq.protocol.events import Event, JobFinished, JobStarted, Phase, PhaseChanged
from bioseq.runs.folder import RunFolder
from bioseq.runs.verification import verify

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import VerifyJob


def run(job: VerifyJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; what was found stands in the summary of its ending."""
    folder = RunFolder(Path(job.run))
    yield JobStarted(job_id="", kind="verify", folder=job.run)
    yield PhaseChanged(job_id="", phase=Phase.CHECKING, title="Comparing inputs and results with the record of the run")
    found = yield from relayed(lambda progress: verify(folder, progress=progress), control, unit="files")
    checks = [{**asdict(check), "sentence": check.sentence} for check in found.checks]
    summary = {"intact": found.intact, "sentence": found.sentence, "checks": checks}
    yield JobFinished(job_id="", reason="all files compared", summary=summary)
