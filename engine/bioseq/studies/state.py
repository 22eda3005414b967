"""How the entries of a study stand: `study.json`, rewritten whole and durably at each change."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, Annotated, Any

from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.json_values import (
    Count,
    DamagedError,
    Figure,
    Figures,
    Shaped,
    ShortText,
    SmallCount,
    decode,
    load_table,
    reason_of,
)
from bioseq.protocol.events import EntryChanged, MetricValues, Ranking

if TYPE_CHECKING:
    from pathlib import Path

_FORMAT = 1
Results = Annotated[
    dict[str, Any],
    Shaped(
        ranking=Ranking,
        why=list[str],
        label=str,
        molecule=ShortText,
        run=ShortText,
        weights=Figures,
        folds=SmallCount,
        further_folds=SmallCount,
        kept_back=Figure,
        left_out=list[Annotated[dict[str, Any], Shaped({"title": ShortText, "reason": str})]],
    ),
]
"""What the kinds of studies found; of what is read again, what kind it is."""


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

    number: SmallCount
    variant: ShortText
    title: ShortText
    settings: tuple[str, ...]
    folder: ShortText
    data: ShortText = ""
    seed: Count = 1
    repeat: SmallCount = 0
    fold: SmallCount = 0
    stage: ShortText = "compare"
    state: EntryState = EntryState.WAITING
    reason: str = ""
    seconds: Figure = 0.0
    describing: Figure = 0.0
    epochs: SmallCount = 0
    parameters: Count = 0
    validation: MetricValues = field(default_factory=dict)
    metrics: MetricValues = field(default_factory=dict)
    split: ShortText = ""

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

    kind: ShortText
    entries: tuple[Entry, ...] = ()
    seconds: Figure = 0.0
    results: Results = field(default_factory=dict)

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
            content = path.read_bytes()
            if _read_format(content) > _FORMAT:
                raise BioseqError(
                    "study.newer",
                    "This study was made by a newer program.",
                    where=str(path),
                    remedy="Update BioSeq Studio.",
                )
            state = decode(cls, content)
            _check(state)
        except (OSError, DamagedError) as error:
            raise BioseqError(
                "study.damaged",
                f"What this study remembers cannot be read: {reason_of(error)}.",
                where=str(path),
                remedy="Start the study again in another folder; its runs can be opened one by one.",
            ) from error
        return state


def interrupted(state: StudyState) -> StudyState:
    """The state of a study that goes on: what was under way when it ended waits again."""
    again = {EntryState.RUNNING, EntryState.PAUSED}
    entries = tuple(
        replace(entry, state=EntryState.WAITING, reason="") if entry.state in again else entry
        for entry in state.entries
    )
    return replace(state, entries=entries)


def _read_format(content: bytes) -> int:
    written_as = load_table(content).get("format")
    if type(written_as) is not int:
        raise DamagedError('"format" is not a whole number')
    return written_as


def _check(state: StudyState) -> None:
    """Refuse entries that stand under other numbers than their own, or whose files lie outside of the study.

    Raises:
        DamagedError: There is one.
    """
    for place, entry in enumerate(state.entries, 1):
        if entry.number != place:
            raise DamagedError(f"entry {place} has the number {entry.number}")
        for name in (entry.folder, entry.data):
            path = PureWindowsPath(name)  # takes both kinds of slashes
            if path.drive or path.root or ".." in path.parts or "\0" in name:
                raise DamagedError(f"entry {place} names a folder outside of the study")
