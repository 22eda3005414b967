"""Compare: given models and settings, trained on the same records with the same seeds, and judged by the same ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.loading import load_data
from bioseq.protocol.events import (
    ArtefactWritten,
    EntryChanged,
    Event,
    LogEmitted,
    Phase,
    PhaseChanged,
    RankingChanged,
)
from bioseq.sequences.dataset import Split
from bioseq.sequences.wording import counted
from bioseq.studies.campaign import Task
from bioseq.studies.comparison import compared, write_comparison
from bioseq.studies.plan import variants_of
from bioseq.studies.records import fold_numbers, keep_clusters, pool_of, save_folds, with_validation, write_table
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import EpochFinished
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.plan import Plan

_Part = tuple[str, int, int, tuple[str, ...]]
"""Table of records, repeat, fold, and settings that go with them."""


def planned(study: StudyFolder, plan: Plan, base: Configuration) -> Generator[Event, None, StudyState]:
    """Every training that the plan means, waiting; with folds, their tables are written."""
    tables: list[_Part] = [("", 0, 0, ())]
    if plan.folds:
        yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the data and drawing the folds")
        tables = list(_folds(study, plan, base))
        yield LogEmitted(
            job_id="",
            level="info",
            message=f"{plan.folds} folds, drawn {counted('[once|{n} times]', plan.repeats)}; test records that the "
            "files name are left out.",
        )
    entries: list[Entry] = []
    for variant in variants_of(base, plan):
        for data, repeat, fold, settings in tables:
            for seed in range(base.training.seed, base.training.seed + plan.seeds):
                number = len(entries) + 1
                entries.append(
                    Entry(
                        number=number,
                        variant=variant.name,
                        title=variant.title,
                        settings=(*variant.settings, *settings),
                        folder=f"runs/{number:03d}_{variant.name}",
                        data=data,
                        seed=seed,
                        repeat=repeat,
                        fold=fold,
                    )
                )
    return StudyState("compare", tuple(entries))


def carried_out(campaign: Campaign) -> Generator[Event, None, None]:
    """Train what waits, then compare what ended, whatever became of the rest."""
    yield from campaign.carry_out(InTurn(campaign))
    if campaign.cancelled:
        return
    yield from concluded(campaign)


def concluded(campaign: Campaign) -> Generator[Event, None, None]:
    """Compare what has figures, and write it down."""
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Comparing")
    found = compared(campaign.study, campaign.state)
    ranking = found.ranking()
    campaign.state = replace(campaign.state, results={**campaign.state.results, "ranking": ranking_fields(ranking)})
    campaign.remember()
    yield ranking
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Writing tables and curves")
    for path, title in write_comparison(campaign.study, campaign.state, found):
        yield ArtefactWritten(job_id="", kind="table", path=path.name, title=title)


def ranking_fields(ranking: RankingChanged) -> dict[str, object]:
    """A ranking as JSON values, for `study.json` and the ending."""
    fields: dict[str, object] = {"metric": ranking.metric, "split": ranking.split, "rows": list(ranking.rows)}
    return fields | ({"judged": ranking.judged} if ranking.judged else {})


class InTurn:
    """Every waiting entry, one after the other, each to its end; those that were stopped go on."""

    def __init__(self, campaign: Campaign) -> None:
        self._campaign = campaign
        again = {EntryState.WAITING, EntryState.STOPPED}
        self._waiting = [entry.number for entry in campaign.state.entries if entry.state in again]

    def next(self) -> Task | None:
        """The first that waits."""
        return Task(self._waiting.pop(0)) if self._waiting else None

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:  # noqa: ARG002
        """Every training goes to its end."""
        return ""

    def ended(self, entry: Entry) -> None:
        """Nothing hangs on how one ended."""

    def progress(self) -> tuple[int, int, str]:
        """Trainings that are over, of all."""
        entries = self._campaign.state.entries
        return sum(entry.over for entry in entries), len(entries), "trainings"


def announced(state: StudyState) -> Generator[EntryChanged, None, None]:
    """How every entry stands, for a reader who knows none."""
    yield from (entry.event() for entry in state.entries)


def _folds(study: StudyFolder, plan: Plan, base: Configuration) -> Generator[_Part, None, None]:
    """Each part; in a table the fold is the test, and the rest to learn from."""
    loaded = load_data(base)
    rows = pool_of(loaded)
    seeds = range(base.split.seed, base.split.seed + plan.repeats)
    numbers = [fold_numbers(loaded, rows, count=plan.folds, seed=seed) for seed in seeds]
    save_folds(study.folds, numbers)
    keep_clusters(study.data, loaded)
    for repeat, number in enumerate(numbers, 1):
        for fold in range(1, plan.folds + 1):
            splits = np.zeros(len(loaded.dataset), np.uint8)
            splits[rows] = np.where(number == fold, Split.TEST, Split.TRAIN)
            splits = with_validation(loaded, splits, fraction=base.split.validation_fraction, seed=base.split.seed)
            name = f"data/repeat_{repeat}_fold_{fold}.csv"
            write_table(study.path / name, loaded.dataset, splits)
            yield name, repeat, fold, (f"data.molecule={loaded.molecule.value}",)
