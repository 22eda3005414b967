"""How the entries of a study stand: `study.json`, rewritten whole and durably at each change."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.json_values import numbers
from bioseq.protocol.events import EntryChanged

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.protocol.events import MetricValues

_FORMAT = 1


class EntryState(StrEnum):
    """How an entry stands."""

    WAITING = "waiting"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    STOPPED = "stopped"
    """Ended before it was done, with what it had: by the person, or because others are better; it can go on."""
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Entry:
    """One training of a study.

    Attributes:
        number: 1-based; never changes.
        variant: Name of the variant (trial, candidate) that it belongs to.
        title: For people.
        settings: What differs from the base configuration, as `--set` takes it.
        folder: Its run folder, relative to the study's.
        data: Table of records that it reads, relative to the study's; empty for the files of the base configuration.
        seed: Seed of its training.
        repeat: 1-based repeat of the cross-validation; 0 without folds.
        fold: 1-based fold that it is judged by; 0 without folds.
        stage: What it is trained for: "compare", "trial", "screening", "fold 2", "winner".
        state: How it stands.
        reason: Why, in words.
        seconds: Time spent on it, by the clock.
        describing: How much of that a frozen encoder took to describe the records, once for all folds.
        epochs: Epochs (rounds) finished.
        parameters: Weights; 0 where that is not known, or of a feature baseline.
        validation: Its figures on the validation records.
        metrics: Its figures on `split`.
        split: The records that judge it in this study: "test", "validation"; empty before there are figures.
    """

    number: int
    variant: str
    title: str
    settings: tuple[str, ...]
    folder: str
    data: str = ""
    seed: int = 1
    repeat: int = 0
    fold: int = 0
    stage: str = "compare"
    state: EntryState = EntryState.WAITING
    reason: str = ""
    seconds: float = 0.0
    describing: float = 0.0
    epochs: int = 0
    parameters: int = 0
    validation: MetricValues = field(default_factory=dict)
    metrics: MetricValues = field(default_factory=dict)
    split: str = ""

    @property
    def usable(self) -> bool:
        """It has figures and a model."""
        return self.state in {EntryState.FINISHED, EntryState.STOPPED} and bool(self.metrics)

    @property
    def over(self) -> bool:
        """It is not to be trained again, unless somebody asks for more of it."""
        return self.state in {EntryState.FINISHED, EntryState.STOPPED, EntryState.FAILED, EntryState.SKIPPED}

    def event(self) -> EntryChanged:
        """The event that tells how it stands."""
        return EntryChanged(
            job_id="",
            entry=self.number,
            title=self.title,
            folder=self.folder,
            state=self.state.value,
            reason=self.reason,
            stage=self.stage,
            seconds=round(self.seconds, 3),
            validation=self.validation,
            metrics=self.metrics,
            split=self.split,
            variant=self.variant,
            seed=self.seed,
            repeat=self.repeat,
            fold=self.fold,
            parameters=self.parameters if self.usable else -1,
        )


@dataclass(frozen=True, slots=True)
class StudyState:
    """Everything that a study remembers.

    Attributes:
        kind: "compare", "search", "best".
        entries: In the order of their numbers.
        seconds: Time spent on the study so far, by the clock, pauses left out.
        results: What its kind found, as JSON values: the ranking, the resulting run, the sentences of why.
    """

    kind: str
    entries: tuple[Entry, ...] = ()
    seconds: float = 0.0
    results: dict[str, Any] = field(default_factory=dict)

    def entry(self, number: int) -> Entry:
        """The entry with this number."""
        return self.entries[number - 1]

    def with_entry(self, entry: Entry) -> StudyState:
        """The state with this entry, in place of the one of its number or as a new last one."""
        entries = list(self.entries)
        entries[entry.number - 1 : entry.number] = [entry]
        return replace(self, entries=tuple(entries))

    def counts(self) -> dict[str, int]:
        """How many entries are in each state."""
        states = [entry.state.value for entry in self.entries]
        return {state.value: states.count(state.value) for state in EntryState if state.value in states}

    def save(self, path: Path) -> None:
        """Write it durably."""
        write_json(path, {"format": _FORMAT, **asdict(self)})

    @classmethod
    def open(cls, path: Path) -> StudyState:
        """Read it again.

        Raises:
            BioseqError: It is not there, is damaged, or was written by a newer program.
        """
        try:
            content = json.loads(path.read_bytes())
            if content.pop("format") > _FORMAT:
                raise BioseqError(
                    "study.newer",
                    "This study was made by a newer program.",
                    where=str(path),
                    remedy="Update BioSeq Studio.",
                )
            return cls(**{**content, "entries": tuple(map(_entry, content["entries"]))})
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BioseqError(
                "study.damaged",
                "What this study remembers cannot be read.",
                where=str(path),
                remedy="Start the study again in another folder; its runs can be opened one by one.",
            ) from error


def interrupted(state: StudyState) -> StudyState:
    """The state of a study that goes on: what was under way when it ended waits again."""
    again = {EntryState.RUNNING, EntryState.PAUSED}
    entries = tuple(
        replace(entry, state=EntryState.WAITING, reason="") if entry.state in again else entry
        for entry in state.entries
    )
    return replace(state, entries=entries)


def _entry(fields: dict[str, Any]) -> Entry:
    figures = {name: numbers(fields[name]) for name in ("validation", "metrics")}
    return Entry(**{**fields, **figures, "settings": tuple(fields["settings"]), "state": EntryState(fields["state"])})
