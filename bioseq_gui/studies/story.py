"""The story of a study: a fold over its events, the same for one under way and one that is opened again. No Qt."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from bioseq.protocol.events import EntryAdvanced, EntryChanged, LogEmitted, RankingChanged
from bioseq.runs.history import RunState, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioseq.protocol.events import Event, MetricValues

NoteKind = Literal["began", "went on", "ended", "held", "failed", "ranked", "said"]

_NOTES_KEPT = 2_000
_TRAINED = 0.9
"""How far an entry is once its last epoch is done: it still has to be judged."""
_USABLE = ("finished", "stopped")
_OVER = (*_USABLE, "failed", "skipped")
LOSS = "loss"


@dataclass(frozen=True, slots=True)
class EntryStory:
    """One training of a study.

    Attributes:
        now: How it stands.
        curve: Its finished epochs, ascending; one that goes on from a checkpoint replaces those after it.
    """

    now: EntryChanged
    curve: tuple[EntryAdvanced, ...] = ()

    @property
    def number(self) -> int:
        """Its number in the study."""
        return self.now.entry

    @property
    def usable(self) -> bool:
        """It has figures."""
        return self.now.state in _USABLE and bool(self.figures)

    @property
    def over(self) -> bool:
        """It is not being trained and does not wait for its first training."""
        return self.now.state in _OVER

    @property
    def figures(self) -> MetricValues:
        """Its figures on validation records, or on those that judge it where there are no others."""
        return self.now.validation or self.now.metrics

    @property
    def share(self) -> float:
        """How far it is by epochs, [0, 1]; 1 only when it is done."""
        if self.now.state == "finished":
            return 1.0
        return _TRAINED * self.curve[-1].epoch / max(1, self.curve[-1].epochs) if self.curve else 0.0

    def best(self, metric: str, *, higher: bool) -> float:
        """The best value of a figure so far on validation records; NaN before there is one."""
        values = [epoch.validation.get(metric, math.nan) for epoch in self.curve]
        known = [value for value in values if math.isfinite(value)]
        return (max(known) if higher else min(known)) if known else math.nan

    def advanced(self, epoch: EntryAdvanced) -> EntryStory:
        """The entry after one more epoch."""
        return replace(self, curve=(*(old for old in self.curve if old.epoch < epoch.epoch), epoch))


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened, worth a line.

    Attributes:
        kind: What.
        time: When, seconds since 1970.
        entry: Number of the entry that it happened to; 0 for none.
        text: Words of the engine: why, or what it said.
        place: Place of the entry in the ranking of that moment, from 1; 0 where there is none.
        of: How many are ranked.
        value: The figure that the ranking goes by, of the entry or of the first; NaN where there is none.
    """

    kind: NoteKind
    time: float
    entry: int = 0
    text: str = ""
    place: int = 0
    of: int = 0
    value: float = math.nan


@dataclass(frozen=True, slots=True)
class StudyStory:
    """All that the events of a study tell.

    Attributes:
        run: What they have in common with those of any job: status, phase, progress, log, warnings, ending.
        entries: In the order of their numbers.
        ranking: The newest; None before the first.
        notes: What happened, newest last.
    """

    run: RunState = field(default_factory=RunState)
    entries: tuple[EntryStory, ...] = ()
    ranking: RankingChanged | None = None
    notes: tuple[Note, ...] = ()

    @property
    def kind(self) -> str:
        """What it is: "compare", "search" or "best"; empty before it has begun."""
        return str(self.run.started.details.get("study", "")) if self.run.started is not None else ""

    @property
    def minutes(self) -> float:
        """Its budget of time; 0 without."""
        return float(self.run.started.details.get("minutes") or 0.0) if self.run.started is not None else 0.0

    @property
    def live(self) -> bool:
        """It is under way."""
        return self.run.status is Status.RUNNING

    @property
    def concluded(self) -> bool:
        """It ended with results."""
        return self.run.status in (Status.FINISHED, Status.STOPPED)

    def entry(self, number: int) -> EntryStory | None:
        """The entry with this number."""
        guess = self.entries[number - 1] if 0 < number <= len(self.entries) else None
        if guess is not None and guess.number == number:
            return guess
        return next((entry for entry in self.entries if entry.number == number), None)

    def after(self, event: Event) -> StudyStory:
        """The story once this event has happened."""
        story = replace(self, run=self.run.after(event))
        match event:
            case EntryChanged():
                return story._changed(event)
            case EntryAdvanced(entry=number):
                known = self.entry(number)
                return story if known is None else story._with(known.advanced(event))
            case RankingChanged():
                return replace(story, ranking=event)._noting_ranking(_note_of_ranking(event))
            case LogEmitted(message=message):
                return story._noting(Note("said", event.time, text=message))
            case _:
                return story

    def _changed(self, event: EntryChanged) -> StudyStory:
        known = self.entry(event.entry)
        story = self._with(EntryStory(event) if known is None else replace(known, now=event))
        before = known.now.state if known is not None else ""
        kind = _kind_of(before, event, trained=known is not None and bool(known.curve))
        if kind is None or before == event.state:
            return story
        place, of, value = story.place_of(event.entry)
        return story._noting(Note(kind, event.time, event.entry, event.reason, place, of, value))

    def place_of(self, number: int) -> tuple[int, int, float]:
        """Place of an entry in the newest ranking, how many are ranked, and its value; zeros and NaN without."""
        rows = [row for row in self.ranking.rows if row["value"] is not None] if self.ranking is not None else []
        for place, row in enumerate(rows, 1):
            if number in row["entries"]:
                return place, len(rows), float(row["value"])
        return 0, len(rows), math.nan

    def _with(self, entry: EntryStory) -> StudyStory:
        place = bisect.bisect_left(self.entries, entry.number, key=lambda known: known.number)
        known = place < len(self.entries) and self.entries[place].number == entry.number
        return replace(self, entries=(*self.entries[:place], entry, *self.entries[place + known :]))

    def _noting_ranking(self, note: Note) -> StudyStory:
        """A ranking that says what the one before said is not worth a line."""
        before = next((old for old in reversed(self.notes) if old.kind == "ranked"), None)
        same = before is not None and replace(before, time=note.time) == note
        return self if same else self._noting(note)

    def _noting(self, note: Note) -> StudyStory:
        return replace(self, notes=(*self.notes[-_NOTES_KEPT:], note))


def tell(events: Iterable[Event], story: StudyStory | None = None) -> StudyStory:
    """The story after all these events."""
    story = story or StudyStory()
    for event in events:
        story = story.after(event)
    return story


def _kind_of(before: str, event: EntryChanged, *, trained: bool) -> NoteKind | None:
    match event.state:
        case "running":
            return "went on" if before == "stopped" or trained else "began"
        case "finished":
            return "ended"
        case "stopped":
            return "held"
        case "failed" | "skipped":
            return "failed"
        case _:
            return None


def _note_of_ranking(event: RankingChanged) -> Note:
    rows = [row for row in event.rows if row["value"] is not None]
    if not rows:
        return Note("ranked", event.time)
    entries = rows[0]["entries"]
    return Note(
        "ranked", event.time, entries[0] if entries else 0, str(rows[0]["title"]), 1, len(rows), rows[0]["value"]
    )
