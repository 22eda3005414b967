"""Find the best model in a given time.

1. **Screening** on the first fold: every candidate gets a short training; the better half goes on from where it was for
   longer, and the better half of those again (successive halving: Jamieson and Talwalkar 2016). What has ended by
   itself gives its time to the others.
2. **Folds**: the best candidates are trained on other folds too, the quick ones among them first, as many as the time
   allows, so that several times as many records are predicted by a model that has not learnt them
   (`studies.deepening`). With few records that tells much more than one split; with very many one fold is enough and is
   all there is. A fold is as large as the validation records of a run. Whole clusters of similar records are in one
   fold, unless the files name a test whose records resemble the others just so. Time that is left goes to further
   folds.
3. **Choice** by those predictions alone: the geometric mean of several candidates, or the best one where validation
   says that it is better (`studies.choice`). A candidate that was trained on several folds takes part with all its fold
   models.
4. The **test** records, which no entry could see, are opened once, for the result: one ordinary run folder, `result/`.
5. The first candidates are held against each other by paired tests (`studies.rivals`).

What is chosen depends on validation only. The same seed on the same machine gives the same folds, models and weights;
how far each training comes within the time depends on how busy the machine is, and with it the choice may differ.
`StudyState.results` of a finished study: "ranking" (as in `RankingChanged`), "why" (sentences), "weights" (variant to
share of the answer), "folds", "further_folds" (how many more there may be time for), "drawn_alike" (folds at random, as
the named test is), "kept_back" (seconds that the simple models beside the result may take), "left_out" (what was not
tried, with reasons), "run" (folder of the result).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.registry import BASELINES
from bioseq.config.loading import load_data
from bioseq.protocol.events import Event, LogEmitted, Phase, PhaseChanged
from bioseq.sequences.dataset import Split
from bioseq.sequences.wording import counted
from bioseq.studies.campaign import Task
from bioseq.studies.candidates import NO_CLASS_WEIGHTS, candidates_for
from bioseq.studies.choice import chosen
from bioseq.studies.compare import ranking_fields
from bioseq.studies.costs import simple_models_cost
from bioseq.studies.crew import workers_for
from bioseq.studies.deepening import SHORTEST, Deepening
from bioseq.studies.plan import QUICKLY
from bioseq.studies.records import (
    fold_numbers,
    keep_clusters,
    learnable,
    most_folds,
    names,
    save_folds,
    write_table,
)
from bioseq.studies.standings import loss_of, ranking_of, titles_of, why
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import EpochFinished
    from bioseq.studies.blend import Blend
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.plan import Plan

USUAL_MINUTES = 10.0
SCREENING = "screening"

_FEW, _MANY = 5_000, 30_000
"""Records up to which there are five folds, and three; above, the validation records of the run are enough."""
_PARTS = 7
"""Parts of which the folds are the first, where a run keeps no validation records back."""
_FURTHER = 2
"""Parts after those that are folds too when there is time."""
_RUNGS = (0.2, 0.32, 0.45)
"""Shares of the time at which the rungs of the screening end."""
_LEAST_TRIED = 4
"""Candidates that are begun even when the first ones have taken longer than their part of the time."""
_WHOLE = 3.0
"""How much more of them a feature baseline may take."""
_RESERVE, _LEAST_RESERVE, _MOST_RESERVE = 0.08, 15.0, 0.25
"""Share of the time that is kept for the choice and the test; seconds of it beside what the simple models may take that
a result is held against, which is much with many records of many classes; and the largest share."""


def planned(study: StudyFolder, plan: Plan, base: Configuration) -> Generator[Event, None, StudyState]:
    """The candidates, waiting for their first training; tables of records without the test are written."""
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the data")
    loaded = load_data(base)
    alike = loaded.drawn == "like_test"
    keep_clusters(study.data, loaded)
    used, further = _write_folds(study, replace(loaded, clusters=None) if alike else loaded, base)
    places = workers_for(plan.workers)
    candidates, left = candidates_for(
        base,
        loaded.profile,
        records=len(learnable(loaded)),
        seconds=places * _RUNGS[-1] * budget(plan),
        models=plan.models,
        encoder=plan.encoder,
    )
    molecule = f"data.molecule={loaded.molecule.value}"
    entries = tuple(
        Entry(
            number=number,
            variant=candidate.variant.name,
            title=candidate.variant.title,
            settings=(*candidate.variant.settings, molecule, *_epoch_chosen_by(base), *QUICKLY),
            folder=f"runs/{number:03d}_{candidate.variant.name}",
            data="data/fold_1.csv",
            seed=base.training.seed,
            repeat=1,
            fold=1,
            stage=SCREENING,
        )
        for number, candidate in enumerate(candidates, 1)
    )
    yield LogEmitted(
        job_id="",
        level="info",
        message=f"{counted('[one candidate|{n} candidates]', len(entries))}, {counted('[one fold|{n} folds]', used)}, "
        f"{places} at a time; the test is kept out of sight.",
    )
    plain = sum(set(NO_CLASS_WEIGHTS) <= set(entry.settings) for entry in entries)
    if plain:
        yield LogEmitted(
            job_id="",
            level="info",
            message=f"{counted('[One candidate learns|{n} candidates learn]', plain)} without weights of the classes, "
            "which are very unlike in size: the choice is made by log loss.",
        )
    for one in left:
        if one.asked:
            yield LogEmitted(job_id="", level="warning", message=f"{one.title} is not tried. {one.reason}")
    told = [{"title": one.title, "reason": one.reason} for one in left]
    kept_back = simple_models_cost(loaded.profile, len(learnable(loaded))) if base.evaluation.baseline else 0.0
    results = {
        "folds": used,
        "further_folds": further,
        "left_out": told,
        "drawn_alike": alike,
        "kept_back": round(kept_back, 1),
    }
    return StudyState("best", entries, results=results)


def budget(plan: Plan) -> float:
    """Seconds that all may take."""
    return 60 * (plan.minutes or USUAL_MINUTES)


def reserve(total: float, needed: float) -> float:
    """Seconds that are kept for the choice and the test, of all that there are, when simple models need so many."""
    return min(max(_RESERVE * total, _LEAST_RESERVE + needed), _MOST_RESERVE * total)


def carried_out(campaign: Campaign, plan: Plan) -> Generator[Event, None, Blend | None]:
    """Screen, train on the folds, choose; the value is the choice, None when nothing came of any candidate."""
    total = budget(plan)
    deadline = total - reserve(total, float(campaign.state.results.get("kept_back", 0.0)))
    for rung, share in enumerate(_RUNGS):
        waiting = _rung(campaign.state, rung)
        yield from campaign.carry_out(_Rung(campaign, waiting, ends=share * total, deadline=deadline))
        if campaign.halted:
            break
        yield ranking_of(campaign.state)
    if not campaign.halted:
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title="Training the best candidates on all folds")
        yield from campaign.carry_out(Deepening(campaign, deadline=deadline))
    if campaign.cancelled:
        return None
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Choosing by validation")
    blend = chosen(campaign)
    ranking = ranking_of(campaign.state, blend)
    told: dict[str, object] = {"ranking": ranking_fields(ranking)}
    if blend is not None:
        told |= {"weights": blend.weights, "why": why(campaign.state, blend)}
        yield LogEmitted(job_id="", level="info", message=blend.sentence(titles_of(campaign.state)))
    campaign.state = replace(campaign.state, results={**campaign.state.results, **told})
    campaign.remember()
    yield ranking
    return blend


class _Rung:
    """Some entries, the most promising first, each for its part of the time up to the end of the rung.

    A network may learn for one and a half times its even share, since what has ended by itself gives time back; a
    feature baseline, which keeps no checkpoints, for more. What is left when the time is over is not tried.
    """

    def __init__(self, campaign: Campaign, waiting: Iterable[int], *, ends: float, deadline: float) -> None:
        self._campaign = campaign
        self._waiting = list(waiting)
        self._ends = min(ends, deadline)
        self._deadline = deadline
        rounds = max(1, math.ceil(len(self._waiting) / campaign.places))
        self._share = max(SHORTEST, 1.5 * (self._ends - campaign.seconds) / rounds)

    def next(self) -> Task | None:
        """The next, while there is time."""
        campaign = self._campaign
        begun = sum(entry.state is not EntryState.WAITING for entry in campaign.state.entries)
        ends = self._ends if begun >= _LEAST_TRIED else self._deadline / 2
        if not self._waiting or campaign.seconds >= ends:
            return None
        entry = campaign.state.entry(self._waiting.pop(0))
        share = self._share * (_WHOLE if _is_baseline(entry) else 1)
        return Task(entry.number, share, self._deadline, "its time of this round is over")

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:  # noqa: ARG002
        """Only time ends a training."""
        return ""

    def ended(self, entry: Entry) -> None:
        """Nothing hangs on how one ended."""

    def progress(self) -> tuple[int, int, str]:
        """Seconds of the budget."""
        return int(min(self._campaign.seconds, self._deadline)), int(self._deadline), "seconds"


def _write_folds(study: StudyFolder, loaded: LoadedData, base: Configuration) -> tuple[int, int]:
    """Write one table for each training of a candidate; returns how many folds there are, and how many further ones.

    With clusters, whole ones are in one fold.
    """
    rows = learnable(loaded)
    kept = loaded.dataset.splits[rows] == Split.VALIDATION
    if names(loaded, Split.VALIDATION) or (len(rows) > _MANY and bool(kept.any())):
        number, used, further = kept.astype(np.int64), 1, 0
    else:
        number, used = _divided(loaded, rows, kept, seed=base.split.seed)
        further = min(_FURTHER, int(number.max()) - used)
    save_folds(study.folds, [number])
    for fold in range(1, used + further + 1):
        _write_fold(study.data / f"fold_{fold}.csv", loaded, rows, number == fold)
    return used, further


def _write_fold(path: Path, loaded: LoadedData, rows: NDArray[np.intp], validation: NDArray[np.bool_]) -> None:
    splits = np.zeros(len(loaded.dataset), np.uint8)
    splits[rows] = np.where(validation, Split.VALIDATION, Split.TRAIN)
    write_table(path, loaded.dataset, splits)


def _divided(
    loaded: LoadedData, rows: NDArray[np.intp], kept: NDArray[np.bool_], *, seed: int
) -> tuple[NDArray[np.int64], int]:
    """The part of each row, from 1 on, and how many of the parts are folds: five with few records, three with more.

    The first part is made of the validation records of the run, where there are any, so that the result can be
    calibrated by them. The others are about as large: records of parts that are no folds are learnt from each time,
    so that every fold model learns from as many records as a run would.
    There are never more parts than the rarest class has different records.
    """
    most = 5 if len(rows) <= _FEW else 3
    if not kept.any():
        parts = max(2, min(_PARTS, most_folds(loaded, rows)))
        return fold_numbers(loaded, rows, count=parts, seed=seed), min(most, parts)
    others = rows[~kept]
    parts = max(1, min(round(len(others) / len(rows[kept])), most_folds(loaded, others)))
    number = np.ones(len(rows), np.int64)
    number[~kept] = 2 if parts == 1 else 1 + fold_numbers(loaded, others, count=parts, seed=seed)
    return number, min(most, 1 + parts)


def _rung(state: StudyState, rung: int) -> list[int]:
    """Entries of a rung of the screening, the best first: in the first all, in each later one the better half.

    Feature baselines are in the first alone: they keep no checkpoints from which they could go on.
    """
    screened = [entry for entry in state.entries if entry.stage == SCREENING]
    if rung == 0:
        return [entry.number for entry in screened if entry.state is EntryState.WAITING]
    ranked = sorted((entry for entry in screened if entry.usable), key=loss_of)
    kept = ranked[: max(2, math.ceil(len(ranked) / 2**rung))]
    return [entry.number for entry in kept if entry.state is EntryState.STOPPED and not _is_baseline(entry)]


def _epoch_chosen_by(base: Configuration) -> tuple[str, ...]:
    """The setting by which epochs are chosen as models are: by log loss once calibrated.

    Not where probabilities stay as they are, nor where a person chose a figure that is never filled in.
    """
    if not base.evaluation.calibrate or base.training.selection_metric not in ("loss", "calibrated_loss", "mcc"):
        return ()
    return ("training.selection_metric=calibrated_loss",)


def _is_baseline(entry: Entry) -> bool:
    return any(text == f"model.name={name}" for name in BASELINES for text in entry.settings)
