"""The last part of "Find the best model": the candidates that stood well in the screening, on all folds.

First the quick ones among the better half, since together they cost little and give what a mean can be made of; then
the others, the best first. The best of all, when it is slow, has a worker of its own meanwhile (where there are
several) and is trained on as many folds as there is time for; every other one only when so many of its folds are likely
to fit that it can take part in the choice. No training is begun that is not likely to come far enough. What time is
left then goes to further folds of those that have all, the best first: more records tell more.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bioseq.studies.campaign import Task
from bioseq.studies.standings import (
    by_variant,
    comparable_losses,
    complete_folds,
    fewest_folds,
    ranking_of,
)
from bioseq.studies.state import EntryState

if TYPE_CHECKING:
    from bioseq.protocol.events import EpochFinished
    from bioseq.studies.campaign import Campaign
    from bioseq.studies.state import Entry

SHORTEST = 6.0
"""Seconds that a training gets at least."""
FOLD = "fold"

_QUICK, _QUICK_TOGETHER = 0.1, 0.4
"""Shares of the time left: what a candidate may need for all folds to be called quick, and what all of those may."""
_FEWEST_BETTER = 4
"""The better half is never taken for less."""
_FAR_ENOUGH = 0.7
"""Share of a whole training that there must be time for."""
_UNFINISHED = 2.0
"""How much longer than it has taken so far a training is thought to take that was stopped before its end."""


@dataclass(slots=True)
class _Queue:
    """Candidates, and the folds that the one under way has still to be trained on."""

    names: list[str]
    folds: list[tuple[str, int]] = field(default_factory=list)


class Deepening:
    """Trainings of the best candidates to their ends and on all folds, as far as the time goes.

    Args:
        campaign: Whose candidates have been screened.
        deadline: Time of the study at which all has to be over, seconds.
    """

    def __init__(self, campaign: Campaign, *, deadline: float) -> None:
        self._campaign = campaign
        self._deadline = deadline
        self._folds = int(campaign.state.results["folds"])
        self._further_folds = int(campaign.state.results.get("further_folds", 0))
        ranked = [str(row["name"]) for row in ranking_of(campaign.state).rows if row["value"] is not None]
        quick = self._quick(ranked[: max(_FEWEST_BETTER, math.ceil(len(ranked) / 2))])
        self._best = ranked[0] if ranked else ""
        self._queues = [
            _Queue(quick),
            _Queue([name for name in ranked[:1] if name not in quick]),
            _Queue([name for name in ranked[1:] if name not in quick]),
        ]
        self._busy_with_best = 0

    def next(self) -> Task | None:
        """The next fold of a candidate, of the first queue that has one for which there is time."""
        left = self._deadline - self._campaign.seconds
        if left < SHORTEST:
            return None
        quick, best, others = self._queues
        first = self._campaign.places > 1 and not self._busy_with_best
        for queue in (best, quick, others) if first else (quick, best, others):
            if (entry := self._taken(queue, left)) is not None:
                self._busy_with_best += queue is best
                return self._task(entry)
        entry = self._further(left)
        return self._task(entry) if entry is not None else None

    def _task(self, entry: Entry) -> Task:
        if entry.number > len(self._campaign.state.entries):
            self._campaign.announce(entry)
        return Task(entry.number, until=self._deadline, reason="the time is up")

    def advanced(self, entry: Entry, epoch: EpochFinished) -> str:  # noqa: ARG002
        """Only time ends a training."""
        return ""

    def ended(self, entry: Entry) -> None:
        """The best one's worker is free for its next fold."""
        if entry.variant == self._best and self._busy_with_best:
            self._busy_with_best -= 1

    def progress(self) -> tuple[int, int, str]:
        """Seconds of the budget."""
        return int(min(self._campaign.seconds, self._deadline)), int(self._deadline), "seconds"

    def _quick(self, names: list[str]) -> list[str]:
        """Those that need little for all of their folds, in order, as long as all of them together need little."""
        left = self._deadline - self._campaign.seconds
        quick, together = [], 0.0
        for name in names:
            needed = self._needed(name, self._folds)
            if needed <= _QUICK * left and together + needed <= _QUICK_TOGETHER * left:
                quick.append(name)
                together += needed
        return quick

    def _taken(self, queue: _Queue, left: float) -> Entry | None:
        """The next entry of a queue that is likely to come far enough; None when it has none."""
        while queue.folds or queue.names:
            if not queue.folds:
                name = queue.names.pop(0)
                if name == self._best or self._needed(name, fewest_folds(self._folds)) <= left:
                    queue.folds = [(name, fold) for fold in self._open_folds(name)]
                continue
            entry = self._entry(*queue.folds.pop(0))
            if self._time_for_more_of(entry, left):
                return entry
        return None

    def _further(self, left: float) -> Entry | None:
        """A fold beyond the usual ones that is likely to be done in time: the first there is, of the best candidate."""
        found, losses = by_variant(self._campaign.state), comparable_losses(self._campaign.state)
        complete = [name for name in sorted(found, key=losses.__getitem__) if complete_folds(found[name], self._folds)]
        for fold in range(self._folds + 1, self._folds + self._further_folds + 1):
            for name in complete:
                new = all(entry.fold != fold for entry in found[name])
                if new and _whole_training(found[name]) <= left:
                    return self._entry(name, fold)
        return None

    def _open_folds(self, name: str) -> list[int]:
        known = {entry.fold: entry.state for entry in by_variant(self._campaign.state)[name]}
        going_on = {EntryState.STOPPED, EntryState.WAITING}
        begun = [fold for fold, state in sorted(known.items()) if state in going_on]
        return begun + [fold for fold in range(1, self._folds + 1) if fold not in known]

    def _needed(self, name: str, folds: int) -> float:
        """Seconds by the clock that a candidate is likely to take until it has so many folds, several at a time."""
        ended = self._folds - len(self._open_folds(name))
        rounds = math.ceil(max(0, folds - ended) / self._campaign.places)
        return rounds * _whole_training(by_variant(self._campaign.state)[name])

    def _time_for_more_of(self, entry: Entry, left: float) -> bool:
        """A training is likely to come far enough; one of the best candidate's that has been begun may always go on."""
        if entry.variant == self._best and entry.state is EntryState.STOPPED:
            return True
        return _FAR_ENOUGH * _whole_training(by_variant(self._campaign.state)[entry.variant]) - entry.seconds <= left

    def _entry(self, name: str, fold: int) -> Entry:
        """The entry of a fold of a candidate, or a new one."""
        entries = by_variant(self._campaign.state)[name]
        for entry in entries:
            if entry.fold == fold:
                return entry
        number = len(self._campaign.state.entries) + 1
        return replace(
            entries[0],
            number=number,
            folder=f"runs/{number:03d}_{name}_fold_{fold}",
            data=f"data/fold_{fold}.csv",
            fold=fold,
            stage=f"{FOLD} {fold}",
            state=EntryState.WAITING,
            reason="",
            seconds=0.0,
            describing=0.0,
            epochs=0,
            validation={},
            metrics={},
            split="",
        )


def _whole_training(entries: list[Entry]) -> float:
    """Seconds of one whole training of a candidate: what those took that were done, or a guess from the first.

    What a frozen encoder has said of the records need not be asked again.
    """
    done = [entry.seconds - entry.describing for entry in entries if entry.state is EntryState.FINISHED]
    return math.fsum(done) / len(done) if done else _UNFINISHED * (entries[0].seconds - entries[0].describing)
