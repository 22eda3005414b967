"""The last part of "Find the best model": the candidates that stood well in the screening, on more folds.

First the quick ones on all of them, those of the better half and whatever costs next to nothing: together they cost
little, and unlike models are what a mean is made of. Then the others, the best first, each on so many folds that it can
take part in the choice, and only when these are likely to fit. The best of all, when it is slow, has a worker of its
own meanwhile (where there are several). What time is left goes to the other folds of these, and to further folds of
those that have all, the best first: more records tell more. No training is begun that is not likely to come far enough.
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

_QUICK, _CHEAP, _QUICK_TOGETHER = 0.1, 0.02, 0.4
"""Shares of the time left: what a candidate may need for all folds to be called quick, what one of the worse half may,
and what all of those may together."""
_FEWEST_BETTER = 4
"""The better half is never taken for less."""
_FAR_ENOUGH = 0.7
"""Share of a whole training that there must be time for."""
_UNFINISHED = 2.0
"""How much longer than it has taken so far a training is thought to take that was stopped before its end."""


@dataclass(slots=True)
class _Queue:
    """Candidates, the last fold that each is to have, and those that the one under way has still to be trained on."""

    names: list[str]
    last: int
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
        self._further = int(campaign.state.results.get("further_folds", 0))
        self._fewest = fewest_folds(self._folds)
        ranked = [str(row["name"]) for row in ranking_of(campaign.state).rows if row["value"] is not None]
        quick = self._quick(ranked, max(_FEWEST_BETTER, math.ceil(len(ranked) / 2)))
        self._best = ranked[0] if ranked else ""
        self._queues = [
            _Queue(quick, self._folds),
            _Queue([name for name in ranked[:1] if name not in quick], self._fewest),
            _Queue([name for name in ranked[1:] if name not in quick], self._fewest),
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
        entry = self._fuller(left)
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

    def _quick(self, names: list[str], better: int) -> list[str]:
        """Those that need little for all of their folds, in order, as long as all of them together need little.

        Args:
            names: All, the best first.
            better: How many of them are the better ones; the others have to need next to nothing.
        """
        left = self._deadline - self._campaign.seconds
        quick, together = [], 0.0
        for place, name in enumerate(names):
            needed = self._needed(name, self._folds)
            if needed <= (_QUICK if place < better else _CHEAP) * left and together + needed <= _QUICK_TOGETHER * left:
                quick.append(name)
                together += needed
        return quick

    def _taken(self, queue: _Queue, left: float) -> Entry | None:
        """The next entry of a queue that is likely to come far enough; None when it has none."""
        while queue.folds or queue.names:
            if not queue.folds:
                name = queue.names.pop(0)
                if name == self._best or self._needed(name, self._fewest) <= left:
                    queue.folds = [(name, fold) for fold in self._open_folds(name, queue.last)]
                continue
            entry = self._entry(*queue.folds.pop(0))
            if self._time_for_more_of(entry, left):
                return entry
        return None

    def _fuller(self, left: float) -> Entry | None:
        """A fold that is not needed to take part in the choice and is likely to be done in time.

        First the usual ones, of the best candidate that lacks some; then the further ones, one after the other.
        """
        found, losses = by_variant(self._campaign.state), comparable_losses(self._campaign.state)
        ranked = sorted(found, key=losses.__getitem__)
        last = self._folds + self._further
        usual, further = range(self._fewest + 1, self._folds + 1), range(self._folds + 1, last + 1)
        wanted = [
            *[(name, fold) for name in ranked if complete_folds(found[name], self._fewest) for fold in usual],
            *[(name, fold) for fold in further for name in ranked if complete_folds(found[name], self._folds)],
        ]
        for name, fold in wanted:
            if fold in self._open_folds(name, last):
                entry = self._entry(name, fold)
                if _whole_training(found[name]) - entry.seconds <= left:
                    return entry
        return None

    def _open_folds(self, name: str, last: int) -> list[int]:
        """Folds up to the last one that a candidate has still to be trained on, those that were begun first."""
        known = {entry.fold: entry.state for entry in by_variant(self._campaign.state)[name]}
        going_on = {EntryState.STOPPED, EntryState.WAITING}
        begun = [fold for fold, state in sorted(known.items()) if state in going_on and fold <= last]
        return begun + [fold for fold in range(1, last + 1) if fold not in known]

    def _needed(self, name: str, folds: int) -> float:
        """Seconds by the clock that a candidate is likely to take until it has so many folds, several at a time."""
        ended = self._folds - len(self._open_folds(name, self._folds))
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
