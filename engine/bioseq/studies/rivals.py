"""How far the candidates of "Find the best model" are from each other: paired tests, as a comparison has them.

Candidates keep no test records back, so they are held against each other on the records of their folds, each predicted
by a model that has not learnt it. The same records chose the answer: what was chosen stands a little too well there,
and only the test, which is opened once for the answer, says how good that is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bioseq.protocol.events import ArtefactWritten, Event, Phase, PhaseChanged
from bioseq.studies.comparison import compared, write_tests
from bioseq.studies.standings import by_variant, comparable_losses, complete_folds

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.studies.campaign import Campaign
    from bioseq.studies.state import Entry, StudyState

MOST_COMPARED = 6
"""Candidates with the lowest log loss that are held against each other: more pairs would only raise every p-value."""


def rivals_of(state: StudyState, folds: int) -> tuple[Entry, ...]:
    """Trainings of the candidates that are compared, which have predicted the same records; empty below two.

    They are those of the first candidates on these first folds, or on as many of them as two candidates share.
    """
    candidates = by_variant(state)
    losses = comparable_losses(state)
    for count in range(folds, 0, -1):
        known = {name: found for name, entries in candidates.items() if (found := complete_folds(entries, count))}
        if len(known) > 1:
            first = sorted(known, key=lambda name: losses[name])[:MOST_COMPARED]
            return tuple(entry for name in first for entry in known[name])
    return ()


def rivals_compared(campaign: Campaign, folds: int) -> Generator[Event, None, None]:
    """Test the differences between the first candidates on these first folds, and write them to `comparison.json`."""
    rivals = rivals_of(campaign.state, folds)
    if not rivals or campaign.cancelled:
        return
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Testing the differences between the candidates")
    found = compared(campaign.study, replace(campaign.state, entries=rivals))
    path, title = write_tests(campaign.study, found)
    yield ArtefactWritten(job_id="", kind="table", path=path.name, title=title)
