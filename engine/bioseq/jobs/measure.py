"""Measure what training networks costs on this machine. See `MeasureJob`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.jobs.endings import Cancelled
from bioseq.protocol.events import CostMeasured, Event, JobFinished, JobStarted, Warned
from bioseq.sequences.profile import DataProfile
from bioseq.training.measure import measure

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import MeasureJob


def run(job: MeasureJob, control: Control) -> Generator[Event, None, None]:
    """One `CostMeasured` for each network; one that cannot be built gives a warning, and the others follow."""
    yield JobStarted(job_id="", kind="measure", folder="")
    config = Configuration.model_validate(job.config)
    profile = DataProfile.from_dict(job.profile)
    for name in job.models:
        if control.cancel_requested or control.stop_requested:
            raise Cancelled
        hyper = config.model.hyper if name == config.model.name else {}
        chosen = config.model_copy(update={"model": config.model.model_copy(update={"name": name, "hyper": hyper})})
        try:
            cost = measure(chosen, profile)
        except BioseqError as error:
            yield Warned(job_id="", code=error.code, message=error.message, remedy=error.remedy, where=name)
            continue
        yield CostMeasured(
            job_id="",
            model=name,
            seconds_per_epoch=cost.seconds_per_epoch,
            memory_bytes=cost.memory_bytes,
            device=cost.device,
            threads=cost.threads,
        )
    yield JobFinished(job_id="", reason="all measured")
