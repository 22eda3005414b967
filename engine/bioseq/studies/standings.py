"""How the candidates of "Find the best model" stand beside each other, by validation alone, and the words of why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bioseq.protocol.events import RankingChanged
from bioseq.sequences.wording import counted
from bioseq.studies.state import Entry, EntryState, StudyState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bioseq.studies.blend import Blend


def ranking_of(state: StudyState, blend: Blend | None = None) -> RankingChanged:
    """Candidates by their mean log loss on validation, with the words of why."""
    found = by_variant(state)
    order = sorted(found, key=lambda name: loss_of(found[name]))
    best = loss_of(found[order[0]]) if order else math.inf
    rows = []
    for name in order:
        entries = found[name]
        loss = loss_of(entries)
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
    titles = {entry.variant: entry.title for entry in state.entries}
    several = len(blend.weights) > 1
    made = ", ".join(
        f"{share:.0%} {titles[name]}" if several else titles[name] for name, share in blend.weights.items()
    )
    folds = usable_folds(state)
    tried = sum(any(entry.usable for entry in entries) for entries in by_variant(state).values())
    sentences = [
        counted(
            "[One candidate was|{n} candidates were] tried; the choice was made by validation records alone.", tried
        ),
        f"Chosen: {made}.",
        blend.sentence,
    ]
    if folds > 1:
        sentences.append(
            f"Each was trained {folds} times, each time without another part of the records, and answers with the mean."
        )
    return sentences


def usable_folds(state: StudyState) -> int:
    """All folds if some candidate has models of all of them, else the first alone."""
    folds = int(state.results["folds"])
    return folds if any(complete_folds(entries, folds) for entries in by_variant(state).values()) else 1


def complete_folds(entries: Iterable[Entry], folds: int) -> list[Entry]:
    """The entries of the first folds in order; empty when one of them is without a model."""
    usable = {entry.fold: entry for entry in entries if entry.usable}
    wanted = range(1, folds + 1)
    return [usable[fold] for fold in wanted] if all(fold in usable for fold in wanted) else []


def by_variant(state: StudyState) -> dict[str, list[Entry]]:
    """Name of each candidate to its entries, in their order."""
    found: dict[str, list[Entry]] = {}
    for entry in state.entries:
        found.setdefault(entry.variant, []).append(entry)
    return found


def loss_of(entries: Sequence[Entry]) -> float:
    """Mean log loss on validation over the folds that there are; infinite without any."""
    losses = [entry.metrics["loss"] for entry in entries if entry.usable and math.isfinite(entry.metrics["loss"])]
    return math.fsum(losses) / len(losses) if losses else math.inf


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
