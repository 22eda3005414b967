"""How every job that uses a trained model begins: it says so, and may read the files as the model wants them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from bioseq.jobs.progress import relayed
from bioseq.jobs.threads import use_threads
from bioseq.prediction.predict import read_for
from bioseq.protocol.events import Event, JobStarted, Phase, PhaseChanged

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import EvaluateJob, PredictJob
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.reading import Reading


def started(job: EvaluateJob | PredictJob, card: BundleContents, *, kind: str) -> JobStarted:
    """The event by which the job begins; from now on it computes with the threads that suit the model."""
    return JobStarted(
        job_id="",
        kind=kind,
        folder=job.output,
        process_id=os.getpid(),
        device="cpu",
        threads=use_threads(card),
        details={"model": card.model_title, "labels": list(card.label_names)},
    )


def begun(
    job: EvaluateJob | PredictJob, card: BundleContents, control: Control, *, kind: str
) -> Generator[Event, None, Reading]:
    """Start the job and read its files; the generator's value are the records as read."""
    yield started(job, card, kind=kind)
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the sequences")
    return (yield from relayed(lambda progress: read_for(card, job.files, progress=progress), control, unit="bytes"))
