"""How the candidates of "Find the best model" stand beside each other, by validation alone, and the words of why."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

from bioseq.protocol.events import RankingChanged
from bioseq.sequences.wording import counted
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from bioseq.studies.blend import Blend

DRAWN_ALIKE = (
    "The test records that the files name resemble the other records as much as these resemble each other. So the "
    "folds are drawn at random too: validation tells what this test will tell. How the result does with sequences that "
    "are new to it is told by the figures without test records that have relatives."
)
"""Told where the folds are not drawn by whole clusters."""

_FAR_ENOUGH = 0.5
"""Share of the epochs of the finished folds after which a fold model that was cut is of use."""


def ranking_of(state: StudyState, blend: Blend | None = None) -> RankingChanged:
    """Candidates by their mean log loss on validation, with the words of why."""
    found = by_variant(state)
    losses = comparable_losses(state)
    order = sorted(found, key=lambda name: losses[name])
    best = losses[order[0]] if order else math.inf
    rows = []
    for name in order:
        entries = found[name]
        loss = losses[name]
        rows.append(
            {
                "name": name,
                "title": entries[0].title,
                "value": loss if math.isfinite(loss) else None,
                "entries": [entry.number for entry in entries if entry.usable],
                "note": _note(entries, loss - best, blend),
            }
        )
    return RankingChanged(job_id="", metric="loss", split="validation", rows=tuple(rows))


def why(state: StudyState, blend: Blend) -> list[str]:
    """What was chosen and why, in sentences."""
    titles = titles_of(state)
    several = len(blend.weights) > 1
    made = ", ".join(
        f"{share:.0%} {titles[name]}" if several else titles[name] for name, share in blend.weights.items()
    )
    found = by_variant(state)
    tried = sum(any(entry.usable for entry in entries) for entries in found.values())
    sentences = [
        counted(
            "[One candidate was|{n} candidates were] tried; the choice was made by validation records alone.", tried
        ),
        f"Chosen: {made}.",
        blend.sentence(titles),
    ]
    models = [len(whole_models(found[name])) for name in blend.weights]
    if max(models) > 1:
        times = " and ".join(str(count) for count in sorted(set(models), reverse=True))
        sentences.append(
            f"Each was trained {times} times, each time without another part of the records, and answers with the mean."
        )
    if blend.folds < max(models):
        told = counted("the [first of these parts|first {n} of these parts]", blend.folds)
        sentences.append(f"There was not time for all of them; the choice was made by {told}.")
    if state.results.get("drawn_alike"):
        sentences.append(DRAWN_ALIKE)
    return sentences


def titles_of(state: StudyState) -> dict[str, str]:
    """Name of each candidate to its title."""
    return {entry.variant: entry.title for entry in state.entries}


def most_complete(state: StudyState) -> int:
    """The most first folds of which some candidate has all models."""
    return max((_first_folds(entries) for entries in by_variant(state).values()), default=0)


def fewest_folds(folds: int) -> int:
    """On how many of the folds a candidate has to be trained to take part in a choice on all of them: most."""
    return folds // 2 + 1


def complete_folds(entries: Iterable[Entry], folds: int) -> list[Entry]:
    """The entries of the first folds in order; empty when one of them is without a whole model."""
    models = {entry.fold: entry for entry in whole_models(entries)}
    wanted = range(1, folds + 1)
    return [models[fold] for fold in wanted] if all(fold in models for fold in wanted) else []


def whole_models(entries: Iterable[Entry]) -> list[Entry]:
    """The entries with a model, by fold, without those that were cut long before where the others ended."""
    usable = sorted((entry for entry in entries if entry.usable), key=lambda entry: entry.fold)
    done = [entry.epochs for entry in usable if entry.state is EntryState.FINISHED]
    least = _FAR_ENOUGH * math.fsum(done) / len(done) if done else 0
    return [entry for entry in usable if entry.state is EntryState.FINISHED or entry.epochs >= least]


def by_variant(state: StudyState) -> dict[str, list[Entry]]:
    """Name of each candidate to its entries, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in state.entries:
        found.setdefault(entry.variant, []).append(entry)
    return found


def loss_of(entry: Entry) -> float:
    """Log loss of one training on its validation records; infinite without a figure."""
    loss = entry.metrics.get("loss", math.inf) if entry.usable else math.inf
    return loss if math.isfinite(loss) else math.inf


def comparable_losses(state: StudyState) -> dict[str, float]:
    """Name of each candidate to its mean log loss on validation, as if all had been trained on the same folds.

    Some folds are harder than others, and not every candidate was trained on all of them. So from each loss that of its
    fold is taken: how far the candidates that have the most folds are from their own mean there. Infinite without any.
    """
    found = by_variant(state)
    folds = most_complete(state)
    table = {name: [loss_of(entry) for entry in complete_folds(entries, folds)] for name, entries in found.items()}
    full = np.array([losses for losses in table.values() if losses and all(map(math.isfinite, losses))])
    hardness = full.mean(axis=0) - full.mean() if full.size else np.zeros(folds)
    return {name: _mean_without(hardness, entries) for name, entries in found.items()}


def _mean_without(hardness: NDArray[np.float64], entries: Iterable[Entry]) -> float:
    """Mean loss over the folds that all candidates can be compared on, less what is owed to the folds."""
    losses = [
        loss_of(entry) - float(hardness[entry.fold - 1])
        for entry in whole_models(entries)
        if entry.fold <= len(hardness) and math.isfinite(loss_of(entry))
    ]
    return math.fsum(losses) / len(losses) if losses else math.inf


def _first_folds(entries: Iterable[Entry]) -> int:
    """Of how many first folds there are whole models."""
    models = {entry.fold for entry in whole_models(entries)}
    return next(count for count in itertools.count() if count + 1 not in models)


def _note(entries: Sequence[Entry], behind: float, blend: Blend | None) -> str:
    first = entries[0]
    if not any(entry.usable for entry in entries):
        return first.reason or (
            "there was no time left to try it" if first.state is EntryState.WAITING else first.state
        )
    folds = sum(entry.usable for entry in entries)
    seen = counted("{n} [fold|folds]", folds) + ("" if first.state is EntryState.FINISHED else ", not to its end")
    place = "lowest log loss on validation" if behind <= 0 else f"log loss {behind:.4f} above the lowest"
    if blend is None:
        return f"{place}; {seen}"
    share = blend.weights.get(first.variant, 0.0)
    return f"{place}; {seen}; " + (f"{share:.0%} of the answer" if share else "not in the answer")
