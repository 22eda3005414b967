"""Search: optuna chooses settings, each trial is a training, and the winner is judged by records that chose nothing.

Quick (no folds): trials are chosen by the validation records of the one split, and the winner is trained again and
judged by the test, which no trial could see. It is labelled "quick", since one split chose and stopped every training.
Nested (folds): each fold in turn is kept out of a whole search of its own, whose winner is trained again and judged by
that fold (Varma and Simon 2006); the figures over the folds are what the *procedure* gives on records like these. One
more search over all records then makes the model.

Trials lie in an optuna journal, `trials*.log`, one for each search, so that a search that was killed goes on; no other
process may write to it. Epochs are reported as they finish, and a trial that is worse than the median of the others at
the same epoch is ended (median rule: Golovin et al. 2017, section 3.2); feature baselines, whose rounds mean other
things, go to their ends. `history.csv`: a line per trial with its settings. `importance.json`: per search and model,
setting to share of the spread of the figure that it explains (fANOVA: Hutter, Hoos and Leyton-Brown 2014); empty
where there are too few trials to tell.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.registry import specification
from bioseq.config.loading import load_data
from bioseq.config.suitability import why_unsuited
from bioseq.durable import write_bytes, write_json
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import METRICS
from bioseq.protocol.events import ArtefactWritten, Event, LogEmitted, Phase, PhaseChanged, RankingChanged
from bioseq.sequences.dataset import Split
from bioseq.spreadsheets import comma_separated
from bioseq.studies.campaign import Task
from bioseq.studies.compare import ranking_fields
from bioseq.studies.comparison import compared, write_comparison
from bioseq.studies.plan import QUICKLY
from bioseq.studies.records import (
    fold_numbers,
    keep_clusters,
    learnable,
    pool_of,
    save_folds,
    with_validation,
    write_table,
)
from bioseq.studies.spaces import as_text, space_of
from bioseq.studies.state import Entry, EntryState, StudyState
from bioseq.studies.trials import check_installed, defaults, importance_of, opened, suggested

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from optuna.trial import Trial

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import EpochFinished
    from bioseq.sequences.profile import DataProfile
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.plan import Plan

USUAL_TRIALS = 40
"""Trials of a search that is told neither a number nor a time."""
TRIAL, WINNER = "trial", "winner"

_ATTEMPTS = 50
"""Settings that do not fit together are drawn anew so often."""
_TO_THE_RESULT = 0.15
"""Share of the time that is left for training the winners again."""
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Round:
    """One search of a study.

    Attributes:
        number: 1, 2, ...; outer folds first, the search over all records last, as 0.
        data: Table that its trials read.
        winner: Table that its winner reads: an outer fold is the test; empty for the search over all records.
    """

    number: int
    data: str
    winner: str

    @property
    def stage(self) -> str:
        """What its trials are trained for."""
        return f"{TRIAL}, fold {self.number}" if self.number else TRIAL

    def journal(self, study: StudyFolder) -> Path:
        """Where its trials are kept."""
        return study.trials.with_name(f"trials_{self.number}.log") if self.number else study.trials


def rounds_of(plan: Plan) -> tuple[Round, ...]:
    """The searches that a plan means."""
    outer = (Round(fold, f"data/inner_{fold}.csv", f"data/outer_{fold}.csv") for fold in range(1, plan.folds + 1))
    return (*outer, Round(0, "data/all.csv", ""))


def planned(study: StudyFolder, plan: Plan, base: Configuration) -> Generator[Event, None, StudyState]:
    """No trial yet; the tables that trials and winners read are written."""
    check_installed()
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the data")
    loaded = load_data(base)
    _write_tables(study, plan, loaded, base)
    mode = "nested" if plan.folds else "quick"
    label = {
        "nested": f"Nested: {plan.folds} folds were kept out in turn, each of a whole search; their figures are what "
        "the search gives on records like these.",
        "quick": "Quick: one split chose settings and epochs, so its validation figures flatter; only the test, which "
        "is opened once for the winner, tells how good it is.",
    }[mode]
    yield LogEmitted(job_id="", level="info", message=label)
    return StudyState("search", results={"mode": mode, "label": label, "molecule": loaded.molecule.value})


def carried_out(campaign: Campaign, plan: Plan) -> Generator[Event, None, Entry | None]:
    """Search in every round; the value is the best trial of the search over all records, None without any."""
    check_installed()
    profile = load_data(campaign.base).profile
    rounds = rounds_of(plan)
    seconds = 60 * plan.minutes or math.inf
    searching = seconds * (1 - _TO_THE_RESULT)
    best: Entry | None = None
    for place, one in enumerate(rounds, 1):
        title = f"Search {place} of {len(rounds)}" if plan.folds else "Searching"
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=title)
        trials = Trials(campaign, plan, one, profile, until=searching * place / len(rounds))
        yield from campaign.carry_out(trials)
        best = trials.best()
        ranking = trials.ranking()
        yield ranking
        results = {**campaign.state.results, "ranking": ranking_fields(ranking)}
        campaign.state = replace(campaign.state, results=results)
        if campaign.halted:
            break
        if one.winner and best is not None:
            yield from campaign.carry_out(_Winner(campaign, one, best))
    if campaign.cancelled:
        return None
    yield from _told(campaign, rounds)
    # A search that was stopped may go on: the test stays closed until it is done.
    return best if best is not None and best.stage == TRIAL and not campaign.halted else None


class Trials:
    """The trials of one search: optuna chooses what is tried, and ends what is not worth going on with."""

    def __init__(self, campaign: Campaign, plan: Plan, one: Round, profile: DataProfile, *, until: float) -> None:
        self._campaign = campaign
        self._round = one
        self._until = until
        self._limit = plan.trials or (USUAL_TRIALS if math.isinf(until) else 10**9)
        self._models = tuple(specification(name).name for name in plan.models or (campaign.base.model.name,))
        self._metric = _judged_by(campaign.base)
        self._watched = campaign.base.training.selection_metric
        self._spaces = {name: space_of(name, campaign.base, profile) for name in self._models}
        self._profile = profile
        self._study = opened(one.journal(campaign.study), self._metric, campaign.base.training.seed)
        self._trials: dict[int, Trial] = {}
        self._again = [entry.number for entry in self.entries if entry.state is EntryState.WAITING]
        if not self._study.trials:
            for name in self._models:
                self._study.enqueue_trial(defaults(name, self._spaces[name], several=len(self._models) > 1))

    @property
    def entries(self) -> list[Entry]:
        """The trials so far."""
        return [entry for entry in self._campaign.state.entries if entry.stage == self._round.stage]

    def best(self) -> Entry | None:
        """The trial with the best figure; None when none has one."""
        sign = -1 if METRICS[self._metric].higher_is_better else 1
        known = [entry for entry in self.entries if math.isfinite(self._value(entry)) and entry.usable]
        return min(known, key=lambda entry: sign * self._value(entry), default=None)

    def ranking(self) -> RankingChanged:
        """The best trials, the best first."""
        sign = -1 if METRICS[self._metric].higher_is_better else 1
        known = sorted(
            (entry for entry in self.entries if math.isfinite(self._value(entry))),
            key=lambda entry: sign * self._value(entry),
        )
        rows = tuple(
            {
                "name": entry.variant,
                "title": entry.title,
                "value": self._value(entry),
                "entries": [entry.number],
                "note": entry.reason,
            }
            for entry in known[:_SHOWN]
        )
        return RankingChanged(job_id="", metric=self._metric, split="validation", rows=rows)

    def next(self) -> Task | None:
        """The next trial, while there are time and trials left."""
        if self._campaign.seconds >= self._until:
            return None
        if self._again:
            return self._task(self._again.pop(0))
        if len(self.entries) >= self._limit:
            return None
        for _ in range(_ATTEMPTS):
            trial = self._study.ask()
            entry = self._entry(trial)
            if not self._conflict(entry):
                self._trials[entry.number] = trial
                self._campaign.announce(entry)
                return self._task(entry.number)
            self._tell(trial.number, "FAIL")
        return None

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:
        """A trial that is worse than the median of the others at this epoch is ended."""
        trial = self._trials.get(entry.number)
        value = epoch.validation.get(self._watched, math.nan)
        if trial is None or math.isnan(value):
            return ""
        trial.report(value, epoch.epoch)
        if epoch.reached or not trial.should_prune():
            return ""
        return f"worse than the median of the others after {epoch.epoch} epochs"

    def ended(self, entry: Entry) -> None:
        """Tell optuna what came of a trial."""
        number = int(entry.variant.rpartition("_")[2])
        value = self._value(entry)
        if entry.state is EntryState.WAITING:
            return
        if entry.state is EntryState.STOPPED and entry.reason.startswith("worse"):
            self._tell(number, "PRUNED")
        elif entry.usable and math.isfinite(value):
            self._tell(number, "COMPLETE", value)
        else:
            self._tell(number, "FAIL")

    def progress(self) -> tuple[int, int, str]:
        """Seconds where time is the budget, else trials."""
        if math.isfinite(self._until):
            return int(min(self._campaign.seconds, self._until)), int(self._until), "seconds"
        return sum(entry.over for entry in self.entries), self._limit, "trainings"

    def _value(self, entry: Entry) -> float:
        return (entry.validation or entry.metrics).get(self._metric, math.nan)

    def _task(self, number: int) -> Task:
        return Task(number, until=self._until, reason="the time is up")

    def _entry(self, trial: Trial) -> Entry:
        several = len(self._models) > 1
        model = str(trial.suggest_categorical("model", self._models)) if several else self._models[0]
        chosen = {one.path: suggested(trial, f"{model}:{one.path}", one) for one in self._spaces[model]}
        number = len(self._campaign.state.entries) + 1
        shown = ", ".join(f"{path.rpartition('.')[2]} {as_text(value)}" for path, value in chosen.items())
        return Entry(
            number=number,
            variant=f"{self._round.stage.replace(', ', '_').replace(' ', '_')}_{trial.number}",
            title=f"{specification(model).title}: {shown}",
            settings=(
                f"model.name={model}",
                *(f"{path}={as_text(value)}" for path, value in chosen.items()),
                f"data.molecule={self._campaign.state.results['molecule']}",
                *QUICKLY,
            ),
            folder=f"runs/{number:03d}_{model}",
            data=self._round.data,
            seed=self._campaign.base.training.seed,
            fold=self._round.number,
            stage=self._round.stage,
        )

    def _conflict(self, entry: Entry) -> str:
        """Why these settings do not go together; empty when they do."""
        try:
            config = self._campaign.configuration_of(entry)
        except BioseqError as error:
            return str(error)
        return why_unsuited(specification(config.model.name), config, self._profile)

    def _tell(self, number: int, state: str, value: float | None = None) -> None:
        from optuna.trial import TrialState

        self._study.tell(number, value, state=TrialState[state], skip_if_finished=True)


class _Winner:
    """The winner of one search, trained again on all records of it and judged by the fold that was kept out."""

    def __init__(self, campaign: Campaign, one: Round, best: Entry) -> None:
        self._campaign = campaign
        made = [entry for entry in campaign.state.entries if entry.stage == WINNER and entry.fold == one.number]
        self._entry = made[0] if made else self._new(one, best)
        self._due = not self._entry.over

    def next(self) -> Task | None:
        """The one training."""
        if not self._due:
            return None
        self._due = False
        return Task(self._entry.number)

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:  # noqa: ARG002
        """It goes to its end."""
        return ""

    def ended(self, entry: Entry) -> None:
        """Nothing hangs on how it ended."""

    def progress(self) -> tuple[int, int, str]:
        """One training."""
        return int(not self._due), 1, "trainings"

    def _new(self, one: Round, best: Entry) -> Entry:
        number = len(self._campaign.state.entries) + 1
        entry = Entry(
            number=number,
            variant=WINNER,
            title="Winner of the search without the fold",
            settings=tuple(text for text in best.settings if text not in QUICKLY),
            folder=f"runs/{number:03d}_winner_fold_{one.number}",
            data=one.winner,
            seed=best.seed,
            repeat=1,
            fold=one.number,
            stage=WINNER,
        )
        self._campaign.announce(entry)
        return entry


def _write_tables(study: StudyFolder, plan: Plan, loaded: LoadedData, base: Configuration) -> None:
    dataset = loaded.dataset
    keep_clusters(study.data, loaded)
    if not plan.folds:
        rows = learnable(loaded)
        splits = np.zeros(len(dataset), np.uint8)
        splits[rows] = dataset.splits[rows]
        write_table(study.data / "all.csv", dataset, splits)
        return
    rows = pool_of(loaded)
    number = fold_numbers(loaded, rows, count=plan.folds, seed=base.split.seed)
    save_folds(study.folds, [number])
    for fold in range(plan.folds + 1):
        inner = rows[number != fold]
        splits = np.zeros(len(dataset), np.uint8)
        splits[inner] = Split.TRAIN
        # As large a part for validation as a fold is.
        splits = with_validation(loaded, splits, fraction=1 / max(2, plan.folds), seed=base.split.seed + fold)
        write_table(study.data / (f"inner_{fold}.csv" if fold else "all.csv"), dataset, splits)
        if fold:
            splits[rows[number == fold]] = Split.TEST
            write_table(study.data / f"outer_{fold}.csv", dataset, splits)


def _told(campaign: Campaign, rounds: Sequence[Round]) -> Generator[Event, None, None]:
    """Write history, importance and, nested, what the procedure gives on records that were kept out."""
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Writing the history of the search")
    study, metric = campaign.study, _judged_by(campaign.base)
    write_bytes(study.history, history_of(campaign.state, metric).encode())
    yield ArtefactWritten(job_id="", kind="table", path=study.history.name, title="Trials in order")
    importance = {one.stage: importance_of(opened(one.journal(study), metric, 1)) for one in rounds}
    write_json(study.importance, {"format": 1, "metric": metric, "searches": importance})
    yield ArtefactWritten(job_id="", kind="table", path=study.importance.name, title="What mattered")
    winners = [entry for entry in campaign.state.entries if entry.stage == WINNER]
    if not winners:
        return
    found = compared(study, replace(campaign.state, entries=tuple(winners)))
    for path, title in write_comparison(study, replace(campaign.state, entries=tuple(winners)), found):
        yield ArtefactWritten(job_id="", kind="table", path=path.name, title=title)


def history_of(state: StudyState, metric: str) -> str:
    """The trials in order as CSV: figure, best so far within the search, settings."""
    sign = -1 if METRICS[metric].higher_is_better else 1
    trials = [entry for entry in state.entries if entry.stage.startswith(TRIAL)]
    paths = sorted({text.partition("=")[0] for entry in trials for text in entry.settings} - _not_searched())
    table: list[list[object]] = [
        ["entry", "search", "state", "reason", metric, "best_so_far", "seconds", "epochs", *paths]
    ]
    lowest: dict[str, float] = {}
    for entry in trials:
        value = (entry.validation or entry.metrics).get(metric, math.nan)
        if math.isfinite(value):
            lowest[entry.stage] = min(lowest.get(entry.stage, math.inf), sign * value)
        best = sign * lowest[entry.stage] if entry.stage in lowest else math.nan
        settings = dict(_pairs(entry))
        numbers = ["" if math.isnan(number) else f"{number:.6g}" for number in (value, best)]
        about = [entry.number, entry.stage, entry.state.value, entry.reason, *numbers]
        table.append([*about, f"{entry.seconds:.3f}", entry.epochs, *(settings.get(path, "") for path in paths)])
    return comma_separated(table)


def _pairs(entry: Entry) -> Iterator[tuple[str, str]]:
    for text in entry.settings:
        path, _, value = text.partition("=")
        yield path, value


def _not_searched() -> set[str]:
    return {"data.molecule", *(text.partition("=")[0] for text in QUICKLY)}


def _judged_by(base: Configuration) -> str:
    """The validation figure that a search makes better: where calibration is looked past, that of calibrated models."""
    metric = base.training.selection_metric
    return "loss" if metric == "calibrated_loss" else metric
