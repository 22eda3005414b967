"""The result of a study that chooses: one ordinary run, judged by the test records once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bioseq.catalogue.ensemble import GEOMETRIC, joined
from bioseq.catalogue.ensemble import NAME as ENSEMBLE
from bioseq.config.loading import load_data
from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.executors.local import OutcomeKind
from bioseq.jobs.gathered import write_members
from bioseq.protocol.events import ArtefactWritten, Event, Phase, PhaseChanged
from bioseq.protocol.jobs import TrainJob
from bioseq.runs import store
from bioseq.studies.choice import known_by, members_of
from bioseq.studies.crew import gathering

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from bioseq.config.schema import Configuration
    from bioseq.studies.blend import Blend
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.state import Entry, StudyState

_OWN = ("data.molecule=", "split.", "evaluation.")
"""Settings of candidates that are not for the result."""
_RESULT = 1_000_000
"""Number under which the result is made; no entry has it."""


def of_blend(campaign: Campaign, blend: Blend) -> Generator[Event, None, None]:
    """Make the run `result/` of the models that were chosen.

    Raises:
        BioseqError: It could not be made; the candidates' runs are there.
    """
    study, state = campaign.study, campaign.state
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Judging the choice by the test records")
    shares = {f"../{folder}": share for folder, share in members_of(state, blend).items()}
    rows, chances = known_by(study, state, blend, load_data(campaign.base))
    members = study.data / "members.json"
    write_members(members, shares, rows=rows, chances=chances, seconds=campaign.seconds)
    run = store.prepare_run(study.result, _configuration(campaign.base, state, shares), name="Best model")
    yield from _made(campaign, gathering(run.path, members))


def of_winner(campaign: Campaign, winner: Entry) -> Generator[Event, None, None]:
    """Train the winner of a search again, on the run's own records, into `result/`; the test is opened for it.

    Raises:
        BioseqError: It could not be trained; the trials' runs are there.
    """
    yield PhaseChanged(job_id="", phase=Phase.TRAINING, title="Training the winner again")
    settings = [text for text in winner.settings if not text.startswith(_OWN)]
    config = apply_overrides(_without_place(campaign.base), settings)
    run = store.prepare_run(campaign.study.result, config, name="Winner of the search")
    yield from _made(campaign, TrainJob("result", str(run.path)))


def _made(campaign: Campaign, job: TrainJob) -> Generator[Event, None, None]:
    outcome = yield from campaign.run_job(_RESULT, job)
    if campaign.cancelled:
        return
    if outcome.kind is not OutcomeKind.FINISHED:
        raise BioseqError("study.no_result", outcome.sentence, where=job.run_folder, remedy=outcome.remedy)
    result = campaign.study.result
    campaign.state = replace(campaign.state, results={**campaign.state.results, "run": result.name})
    campaign.remember()
    yield ArtefactWritten(job_id="", kind="run", path=result.name, title="The resulting run")


def _configuration(base: Configuration, state: StudyState, shares: Mapping[str, float]) -> Configuration:
    """The configuration of the result: of the one model that was chosen, or of an ensemble of all."""
    base = _without_place(base)
    entries = {f"../{entry.folder}": entry for entry in state.entries}
    if len(shares) == 1:
        settings = entries[next(iter(shares))].settings
        return apply_overrides(base, [text for text in settings if not text.startswith(_OWN)])
    names = [_model_of(entries[folder].settings) for folder in shares]
    model = base.model.model_copy(
        update={"name": ENSEMBLE, "hyper": {"members": joined(tuple(names)), "combine": GEOMETRIC}}
    )
    return base.model_copy(update={"model": model})


def _model_of(settings: tuple[str, ...]) -> str:
    return next(text.removeprefix("model.name=") for text in settings if text.startswith("model.name="))


def _without_place(base: Configuration) -> Configuration:
    """The configuration without folder and name of a run of its own."""
    return base.model_copy(update={"output": base.output.model_copy(update={"folder": "", "name": ""})})
