"""The candidates of a study in order: entries of one variant (seeds, folds, rounds of training) as one row. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from bioseq.evaluation.metrics import METRICS
from bioseq.spreadsheets import comma_separated
from bioseq.studies.folder import StudyFolder
from bioseq_gui.studies.story import LOSS, EntryStory, StudyStory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

_FIGURES = ("roc_auc", "mcc", "accuracy")
_TRIAL = "trial"


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a search.

    Attributes:
        number: Of its training.
        value: What was sought for, on validation records; NaN without.
        ended_early: It was stopped, because others were better or time was up.
    """

    number: int
    value: float
    ended_early: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """One candidate.

    Attributes:
        title: Its name for people; unique within the study.
        entries: Its trainings, in the order of their numbers.
        place: From 1; 0 while nothing is known of it.
        value: The figure that candidates are shown by, on the records that `judged_split` names: mean over the
            trainings that ended, else the best so far; NaN without.
        settled: The value comes from trainings that ended.
        judged: The same figure on the records that `beside_split` names, which ordered nothing; NaN without.
        loss: Log loss on validation records in the same way, nats.
        seconds: Time spent on all its trainings.
        parameters: Weights; 0 for a feature baseline, -1 where that is not known.
        note: Words of the ranking on why it stands there.
    """

    title: str
    entries: tuple[EntryStory, ...]
    place: int = 0
    value: float = math.nan
    settled: bool = False
    judged: float = math.nan
    loss: float = math.nan
    seconds: float = 0.0
    parameters: int = -1
    note: str = ""

    @property
    def running(self) -> EntryStory | None:
        """The training under way; None when none is."""
        return next((entry for entry in self.entries if entry.now.state in ("running", "paused")), None)

    @property
    def shown(self) -> EntryStory:
        """The training whose curve stands for all: the first."""
        return self.entries[0]


def figure_of(story: StudyStory) -> str:
    """The figure that candidates are shown by: that of the ranking, or what suits the number of classes."""
    if story.ranking is not None and story.ranking.metric in _FIGURES:
        return story.ranking.metric
    for name in _FIGURES:
        if any(math.isfinite(value) for entry in story.entries[:40] for value in _values(entry, name)):
            return name
    return _FIGURES[0]


def judged_split(story: StudyStory) -> str:
    """The records that `Standing.value` speaks of: "validation"; "test" in comparisons that an older program ended."""
    ranking = story.ranking
    judging = story.concluded and ranking is not None and ranking.metric in _FIGURES and ranking.split == "test"
    return "test" if judging else "validation"


def beside_split(story: StudyStory) -> str:
    """The records that `Standing.judged` speaks of: "test" once a comparison has ended; empty without."""
    return story.ranking.judged if story.concluded and story.ranking is not None else ""


def standings(story: StudyStory, parameters: Mapping[int, int] | None = None) -> tuple[Standing, ...]:
    """All candidates, the best first; those of which nothing is known last, in the order of their numbers.

    Args:
        story: What the events tell.
        parameters: Number of an entry to the weights of its model, where its events do not tell them.
    """
    figure, judging = figure_of(story), judged_split(story) == "test"
    told = parameters or {}
    grouped = _grouped(story)
    ranked = _ranked(story)
    made = []
    for title, entries in grouped.items():
        value, settled = _figure(entries, figure)
        loss, _ = _figure(entries, LOSS)
        place, row = ranked.get(entries[0].number) or ranked.get(title) or (len(ranked), {})
        judged = _number(row.get("value"))
        if judging and math.isfinite(judged):
            value, settled = judged, True
        weights = max(max(entry.now.parameters, told.get(entry.number, -1)) for entry in entries)
        standing = Standing(
            title=title,
            entries=tuple(entries),
            value=value,
            settled=settled,
            judged=_number(row.get("judged")) if beside_split(story) else math.nan,
            loss=loss,
            seconds=math.fsum(entry.now.seconds for entry in entries),
            parameters=weights,
            note=str(row.get("note", "")),
        )
        made.append((_key(story, standing, place), standing))
    made.sort(key=lambda pair: pair[0])
    return tuple(_placed(standing for _, standing in made))


def _grouped(story: StudyStory) -> dict[str, list[EntryStory]]:
    """Title of each candidate to its trainings; two variants of one title are told apart by their names."""
    by_variant: dict[str, list[EntryStory]] = {}
    for entry in story.entries:
        by_variant.setdefault(entry.now.variant or _title(entry), []).append(entry)
    titles = [_title(entries[0]) for entries in by_variant.values()]
    return {
        f"{title} ({name})" if titles.count(title) > 1 else title: entries
        for title, (name, entries) in zip(titles, by_variant.items(), strict=True)
    }


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else math.nan


def _title(entry: EntryStory) -> str:
    """What its row is called: trials of a search, which may have equal titles, stand each for itself."""
    return f"{entry.number}. {entry.now.title}" if entry.now.stage.startswith(_TRIAL) else entry.now.title


def _ranked(story: StudyStory) -> dict[int | str, tuple[int, dict[str, Any]]]:
    """Place and row in the newest ranking, by the number of a training and by title."""
    found: dict[int | str, tuple[int, dict[str, Any]]] = {}
    for place, row in enumerate(story.ranking.rows if story.ranking is not None else ()):
        found |= dict.fromkeys((*row["entries"], str(row["title"])), (place, row))
    return found


def trials(story: StudyStory, metric: str) -> tuple[Trial, ...]:
    """The trials of a search that have ended, in the order of their numbers."""
    return tuple(
        Trial(entry.number, entry.figures.get(metric, math.nan), entry.now.state == "stopped")
        for entry in story.entries
        if entry.now.stage.startswith(_TRIAL) and entry.over
    )


def _placed(ordered: Iterable[Standing]) -> Iterable[Standing]:
    for place, standing in enumerate(ordered, 1):
        known = math.isfinite(standing.value) or math.isfinite(standing.loss)
        yield replace(standing, place=place) if known else standing


def _key(story: StudyStory, standing: Standing, place: int) -> tuple[float, ...]:
    """What candidates are sorted by: the ranking once the study has ended, before that what is known by now."""
    number = standing.entries[0].number
    if story.concluded and story.ranking is not None:
        return (float(place), 0.0, number)
    if story.kind == "best":
        unknown = math.isnan(standing.loss)
        return (float(unknown), 0.0 if unknown else standing.loss, number)
    unknown = math.isnan(standing.value)
    return (float(unknown), 0.0 if unknown else -standing.value, number)


def _figure(entries: Iterable[EntryStory], name: str) -> tuple[float, bool]:
    """Mean over those that ended, else the best so far; and which of the two it is."""
    entries = tuple(entries)
    ended = [value for entry in entries if entry.usable and math.isfinite(value := entry.figures.get(name, math.nan))]
    if ended:
        return math.fsum(ended) / len(ended), True
    higher = METRICS[name].higher_is_better
    known = [value for entry in entries if math.isfinite(value := entry.best(name, higher=higher))]
    return (math.fsum(known) / len(known) if known else math.nan), False


def _values(entry: EntryStory, name: str) -> tuple[float, ...]:
    newest = entry.curve[-1].validation if entry.curve else {}
    return (entry.figures.get(name, math.nan), newest.get(name, math.nan))


def table_text(folder: Path, rows: Sequence[Standing]) -> str:
    """The table of a study as CSV: what the engine wrote of a comparison, else the candidates with validation figures.

    Args:
        folder: Of the study.
        rows: Its candidates, the best first.
    """
    written = StudyFolder(folder).table
    if written.exists():
        return written.read_text(encoding="utf-8")
    names = [name for name in METRICS if any(name in entry.figures for row in rows for entry in row.entries)]
    table: list[list[object]] = [
        ["place", "model", "trainings", "seconds", "weights", *(f"validation_{name}" for name in names), "note"]
    ]
    for row in rows:
        figures = [_figure((entry for entry in row.entries if entry.usable), name)[0] for name in names]
        numbers = ["" if math.isnan(value) else f"{value:.6g}" for value in figures]
        about = [row.place or "", row.title, sum(entry.usable for entry in row.entries), f"{row.seconds:.1f}"]
        table.append([*about, row.parameters if row.parameters > 0 else "", *numbers, row.note])
    return comma_separated(table)
