"""What the Compare page says of a study: sentences made from its story and findings alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from bioseq.catalogue.ensemble import model_of
from bioseq.errors import Severity
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.verdict import COMPARISONS
from bioseq.protocol.events import JobFailed, JobFinished, JobStopped, Phase
from bioseq.runs.history import Status
from bioseq_gui.pages.results_words import verdict
from bioseq_gui.widgets.text import duration, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.errors import Problem
    from bioseq.evaluation.results import Evaluation, Scores
    from bioseq_gui.studies.findings import Findings, PairedTest
    from bioseq_gui.studies.standings import Standing
    from bioseq_gui.studies.story import EntryStory, Note, StudyStory

_TRAININGS_NAMED = 10
"""Trainings of one candidate that are told one by one."""

Tone = Literal["info", "success", "warning", "error"]


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("ComparePage", text)


def kind_title(kind: str) -> str:
    """What a kind of study is called."""
    titles = {
        "best": tr("Find the best model"),
        "compare": tr("Compare models"),
        "search": tr("Search settings"),
    }
    return titles.get(kind, tr("Study"))


def status_text(status: Status) -> str:
    """How a study stands, in a word."""
    return {
        Status.WAITING: tr("not begun"),
        Status.RUNNING: tr("running"),
        Status.FINISHED: tr("finished"),
        Status.STOPPED: tr("stopped"),
        Status.CANCELLED: tr("discarded"),
        Status.FAILED: tr("failed"),
        Status.INTERRUPTED: tr("interrupted"),
        Status.UNREADABLE: tr("cannot be read"),
    }[status]


def phase_text(story: StudyStory) -> str:
    """What the study does now."""
    run = story.run
    if run.status is not Status.RUNNING:
        return {
            Status.WAITING: tr("Opening"),
            Status.FINISHED: tr("Finished"),
            Status.STOPPED: tr("Stopped; what was finished is kept"),
            Status.CANCELLED: tr("Cancelled and discarded"),
            Status.FAILED: tr("Failed"),
            Status.INTERRUPTED: tr("Interrupted"),
            Status.UNREADABLE: tr("Cannot be read"),
        }[run.status]
    if run.phase is Phase.PAUSED:
        return tr("Paused")
    return run.phase_title or tr("Starting")


def times(story: StudyStory, passed: float = 0.0) -> tuple[float, float | None]:
    """Seconds spent, and seconds left where there is a budget or a fair guess.

    Args:
        story: What the events tell.
        passed: Seconds since the newest event, while it is under way.
    """
    spent = story.run.seconds + passed
    if not story.live:
        return spent, None
    if story.minutes:
        return spent, max(0.0, 60 * story.minutes - spent)
    over = sum(entry.over for entry in story.entries)
    if not over or not story.entries:
        return spent, None
    partly = sum(entry.share for entry in story.entries if not entry.over)
    return spent, spent / (over + partly) * (len(story.entries) - over - partly)


def share_done(story: StudyStory, passed: float = 0.0) -> float | None:
    """How far the study is, [0, 1]; None while that cannot be told."""
    if story.concluded:
        return 1.0
    if story.minutes:
        return min(1.0, (story.run.seconds + passed) / (60 * story.minutes))
    if not story.entries:
        return None
    return sum(1.0 if entry.over else entry.share for entry in story.entries) / len(story.entries)


def count_text(story: StudyStory) -> str:
    """How many trainings there are, and how they stand."""
    states = [entry.now.state for entry in story.entries]
    total = len(states)
    if not total:
        return ""
    parts = [
        tr("1 training") if total == 1 else tr("{0} trainings").format(number(total)),
        *_counted(
            tr("{0} under way") if story.live else tr("{0} interrupted"),
            sum(state in ("running", "paused") for state in states),
        ),
        *_counted(tr("{0} waiting"), states.count("waiting") if story.live else 0),
        *_counted(tr("{0} with a model"), sum(entry.usable for entry in story.entries)),
        *_counted(tr("{0} failed"), states.count("failed")),
        *_counted(tr("{0} not possible"), states.count("skipped")),
    ]
    return " · ".join(parts)


def _counted(text: str, count: int) -> tuple[str, ...]:
    return (text.format(number(count)),) if count else ()


def obstacle(problems: Sequence[Problem]) -> str:
    """What keeps a study of these data from beginning, a sentence; faults of the chosen model alone do not."""
    grave = (problem for problem in problems if problem.severity is Severity.ERROR)
    return next((problem.sentence() for problem in grave if not problem.where.startswith("model.")), "")


# -------------------------------------------------------------------- lines


def line(note: Note, story: StudyStory) -> str:
    """What happened and why, a plain sentence."""
    entry = story.entry(note.entry)
    if note.kind == "said":
        return note.text
    if note.kind == "ranked":
        return _ranked(note, story)
    if entry is None:
        return note.text
    name = _name(entry, story)
    reason = f" ({note.text})" if note.text else ""
    match note.kind:
        case "began":
            return tr("{0} begins.").format(name)
        case "went on":
            why = tr(": place {0} of {1} so far").format(note.place, note.of) if note.place else ""
            return tr("{0} goes on{1}.").format(name, why)
        case "ended":
            return tr("{0} is done after {1}{2}.").format(name, _after(entry.now.seconds), reason)
        case "held":
            return tr("{0} is stopped after {1}{2}; its model is kept.").format(name, _after(entry.now.seconds), reason)
        case _:
            return tr("{0} gives no model: {1}").format(name, note.text or tr("it failed"))


def trainings_text(row: Standing, metric: str) -> str:
    """With which seeds and on which folds a candidate was trained, and to what each came on validation records."""
    parts = [_training(entry, metric) for entry in row.entries if entry.now.seed >= 0]
    if len(parts) < 2:
        return tr("Trained with {0}.").format(parts[0]) if parts else ""
    more = tr("; and {0} more").format(len(parts) - _TRAININGS_NAMED) if len(parts) > _TRAININGS_NAMED else ""
    return tr("Trained with {0}{1}.").format("; ".join(parts[:_TRAININGS_NAMED]), more)


def _training(entry: EntryStory, metric: str) -> str:
    """In a few words: `seed 1, fold 2: 0.912`."""
    now = entry.now
    parts = [tr("seed {0}").format(now.seed)]
    parts += [tr("repeat {0}").format(now.repeat)] if now.repeat > 1 else []
    parts += [tr("fold {0}").format(now.fold)] if now.fold else []
    name = ", ".join(parts)
    value = entry.figures.get(metric, math.nan) if entry.usable else math.nan
    return name if math.isnan(value) else f"{name}: {value:.3f}"


def _name(entry: EntryStory, story: StudyStory) -> str:
    """Its title, with what tells it from others of that title."""
    title, stage = entry.now.title, entry.now.stage
    if (fold := stage.removeprefix("fold ")) != stage:
        return tr("{0} (fold {1})").format(title, fold)
    same = [other.number for other in story.entries if other.now.title == title and other.now.stage == stage]
    if len(same) == 1:
        return title
    return tr("{0} (training {1} of {2})").format(title, same.index(entry.number) + 1, len(same))


def _after(seconds: float) -> str:
    return duration(seconds)


def _ranked(note: Note, story: StudyStory) -> str:
    if not note.of:
        return tr("No model has figures yet.")
    metric = METRICS[story.ranking.metric].title if story.ranking is not None else ""
    figure = f"{lower(metric)} {note.value:.3f}"
    if note.of == 1:
        return tr("{0} is the first with figures ({1}).").format(note.text, figure)
    return tr("{0} leads {1} models ({2}).").format(note.text, note.of, figure)


def lower(title: str) -> str:
    """A title within a sentence: abbreviations stay as they are."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


# -------------------------------------------------------------------- the end


def ending(story: StudyStory) -> tuple[str, Tone, str]:
    """How the study ended, how bad that is, and details; empty while it has not ended."""
    if story.run.status is Status.INTERRUPTED:
        text = tr("This study was interrupted: its process ended without a word. Go on with it: nothing done is lost.")
        return text, "warning", ""
    match story.run.ending:
        case JobFinished():
            return "", "success", ""
        case JobStopped(cancelled=True):
            return tr("Cancelled. What it had was discarded; its plan is kept."), "info", ""
        case JobStopped():
            return tr("Stopped on your request: all that was finished is kept. You can go on with it."), "info", ""
        case JobFailed() as failed:
            return " ".join(part for part in (failed.message, failed.remedy) if part), "error", failed.details
        case _:
            return "", "info", ""


def resumable(story: StudyStory) -> bool:
    """A person may go on with it."""
    return not story.live and story.run.status in (Status.STOPPED, Status.INTERRUPTED, Status.FAILED)


def winner_title(story: StudyStory, findings: Findings, rows: tuple[Standing, ...]) -> str:
    """Who won, a heading."""
    if story.kind == "best" and findings.result is not None:
        return tr("The best model: {0}").format(_made_of(findings.result))
    if story.kind == "search" and findings.result is not None:
        return tr("The best settings found: {0}").format(findings.result.model.title)
    first = findings.bars[0].title if findings.bars else rows[0].title if rows else ""
    told = tr("First by validation: {0}") if findings.order == "validation" else tr("First: {0}")
    return told.format(first) if first else tr("No model came of it")


def _made_of(result: Evaluation) -> str:
    """What a result is: one model, one that was trained several times, or several that answer together."""
    titles = list(dict.fromkeys(model_of(member.title) for member in result.members))
    if not titles:
        return result.model.title
    if len(result.members) == 1:
        return titles[0]
    if len(titles) == 1:
        return tr("{0}, trained {1} times").format(titles[0], len(result.members))
    return tr("{0} together").format(tr(" and ").join((", ".join(titles[:-1]), titles[-1])))


def comparison_sentence(findings: Findings) -> str:
    """How clear the lead of the first of a comparison is; empty when there is nothing to compare with."""
    if len(findings.bars) < 2:
        return ""
    if findings.order == findings.split:
        return _lead(findings)
    chosen = tr("Ordered by {0} on validation records; the {1} records judge and choose nothing.")
    return f"{chosen.format(METRICS[findings.metric].title, split_word(findings.split))} {_lead(findings)}"


def _lead(findings: Findings) -> str:
    """What the paired tests say of the first and the others."""
    first = findings.bars[0].title
    held = [test for test in findings.tests if first in (test.first, test.second)]
    rivals = [_other(test, first) for test in held if not test.clear]
    better = [_other(test, first) for test in held if test.clear and test.lead_of(first) < 0]
    metric = METRICS[findings.metric].title
    if better:
        text = tr("These records say otherwise: in {0} the first is clearly behind {1}.")
        return text.format(metric, _listed(better))
    if not held:
        return ""
    if not rivals:
        others = len(findings.bars) - 1
        text = (
            tr("Clearly better in {0} than the other model.")
            if others == 1
            else tr("Clearly better in {0} than all {1} others.")
        )
        return text.format(metric, others)
    return tr("No clear difference in {0} from {1}: more records would tell.").format(metric, _listed(rivals))


def _listed(titles: Sequence[str]) -> str:
    """The first three and how many more."""
    more = tr(" and {0} more").format(len(titles) - 3) if len(titles) > 3 else ""
    return ", ".join(titles[:3]) + more


def _other(test: PairedTest, title: str) -> str:
    return test.second if test.first == title else test.first


def figure_text(scores: Scores, metric: str) -> str:
    """A figure with its interval: "0.912 (0.887 to 0.934)"."""
    value = scores.metrics.get(metric, math.nan)
    if math.isnan(value):
        return "–"
    interval = scores.intervals.get(metric)
    if interval is None or math.isnan(interval.low):
        return f"{value:.3f}"
    return tr("{0} ({1} to {2})").format(f"{value:.3f}", f"{interval.low:.3f}", f"{interval.high:.3f}")


def split_word(split: str) -> str:
    """What records are called."""
    return {"test": tr("test"), "validation": tr("validation")}.get(split, split)


def verdict_of(findings: Findings) -> tuple[str, str, str]:
    """How good the winner is, how that is beside the best simple model, and a colour of the palette."""
    result = findings.result
    if result is None:
        return tr("No training came to figures: see the reasons in the table."), "", "bad"
    said = verdict(result)
    others = [one for one in said.others if one.severity is not Severity.INFO or one.code in COMPARISONS]
    parts = [said.caution, *(f"{one.message} {one.remedy}".rstrip() for one in others)]
    return said.text, " ".join(part for part in parts if part), said.tone
