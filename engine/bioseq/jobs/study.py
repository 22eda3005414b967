"""Carry out a study: see `bioseq.studies`. torch-free; the trainings run in workers of their own."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_never

from bioseq.errors import BioseqError
from bioseq.jobs import conclusion
from bioseq.protocol.events import Event, JobFinished, JobStarted, JobStopped, Phase, PhaseChanged
from bioseq.studies import best, compare, rivals, search
from bioseq.studies.campaign import Campaign
from bioseq.studies.crew import Crew, workers_for
from bioseq.studies.folder import StudyFolder
from bioseq.studies.plan import load_study
from bioseq.studies.state import StudyState, interrupted

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.schema import Configuration
    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import StudyJob
    from bioseq.studies.plan import Plan

_TITLES = {"compare": "Comparison", "search": "Search", "best": "Find the best model"}


def run(job: StudyJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; see `StudyFolder` for what it writes."""
    study = StudyFolder(Path(job.folder))
    plan, base = load_study(study.plan)
    known = StudyState.open(study.state) if study.state.exists() else None
    yield JobStarted(
        job_id="",
        kind="study",
        folder=job.folder,
        resumed=known is not None,
        process_id=os.getpid(),
        details={
            "study": plan.kind,
            "title": _TITLES[plan.kind],
            "model": _TITLES[plan.kind],
            "data": [Path(file.path).name for file in base.data.files],
            "minutes": plan.minutes,
        },
    )
    begun = time.monotonic()
    state = interrupted(known) if known is not None else (yield from _planned(study, plan, base))
    state = replace(state, seconds=state.seconds + time.monotonic() - begun)
    state.save(study.state)
    if state.results.get("run"):
        # The test was opened for this result: nothing is chosen anew.
        yield from compare.announced(state)
        yield JobFinished(job_id="", reason="it was done before", summary=_summary(state))
        return
    with Crew(workers_for(plan.workers)) as crew:
        campaign = Campaign(study, base, state, control, crew)
        yield from compare.announced(state)
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=f"{_TITLES[plan.kind]}: training")
        yield from _carried_out(campaign, plan)
    if campaign.cancelled:
        study.discard_results()
        yield JobStopped(job_id="", cancelled=True)
        return
    state = campaign.state
    if not campaign.halted:
        _check_worth(state)
    if campaign.halted:
        yield JobStopped(job_id="", cancelled=False, resumable=not state.results.get("run"), summary=_summary(state))
    else:
        yield JobFinished(job_id="", reason=_reason(state), summary=_summary(state))


def _summary(state: StudyState) -> dict[str, Any]:
    """The small facts of the ending: what was found, entries by state, seconds."""
    return {**state.results, "entries": state.counts(), "seconds": round(state.seconds, 1)}


def _check_worth(state: StudyState) -> None:
    """Check that anything came of the trainings.

    Raises:
        BioseqError: None of them has given a model.
    """
    if not any(entry.usable for entry in state.entries):
        reasons = [entry.reason for entry in state.entries if entry.reason]
        raise BioseqError(
            "study.nothing_trained",
            f"No training has given a model. The first one: {reasons[0]}" if reasons else "There was no time to train.",
            remedy="Mend that and start the study again." if reasons else "Give it more time.",
        )


def _planned(study: StudyFolder, plan: Plan, base: Configuration) -> Generator[Event, None, StudyState]:
    match plan.kind:
        case "best":
            return (yield from best.planned(study, plan, base))
        case "search":
            return (yield from search.planned(study, plan, base))
        case "compare":
            return (yield from compare.planned(study, plan, base))
        case _:
            assert_never(plan.kind)


def _carried_out(campaign: Campaign, plan: Plan) -> Generator[Event, None, None]:
    match plan.kind:
        case "best":
            blend = yield from best.carried_out(campaign, plan)
            if blend is not None:
                yield from conclusion.of_blend(campaign, blend)
                yield from rivals.rivals_compared(campaign, blend.folds)
        case "search":
            winner = yield from search.carried_out(campaign, plan)
            if winner is not None:
                yield from conclusion.of_winner(campaign, winner)
        case "compare":
            yield from compare.carried_out(campaign)
        case _:
            assert_never(plan.kind)


def _reason(state: StudyState) -> str:
    failed = sum(entry.state.value in {"failed", "skipped"} for entry in state.entries)
    return f"all trainings ended, {failed} of {len(state.entries)} without a model" if failed else "all trainings done"
