"""After an evaluation: how like the training records the judged records are, as part of a training job. No torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.nearness import nearness, write_columns, write_nearness
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import ArtefactWritten, Event, LogEmitted, Phase, PhaseChanged, Warned
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.similarity.clusters import nearest

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.loading import LoadedData
    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.protocol.control import Control
    from bioseq.runs.folder import RunFolder

_MOST_COMPARED = {True: 50_000, False: 4_000}
"""Judged records that are compared at most: windows of one length, and others, which have to be aligned."""
_TOO_MANY = 0.05
"""Share of similar records from which it is a warning."""


def near_training(
    folder: RunFolder, loaded: LoadedData, evaluation: Evaluation, records: EvaluatedRecords, control: Control
) -> Generator[Event, None, None]:
    """Compare the judged records with the training records, and write what comes of it into the run folder.

    Args:
        folder: Of the run.
        loaded: All records of the run.
        evaluation: Figures over the records of its split.
        records: Those records.
        control: Its cancellation ends the work.
    """
    dataset, likeness = loaded.dataset, loaded.likeness
    split = Split[evaluation.split.upper()]
    training = dataset.take(np.flatnonzero((dataset.splits == Split.TRAIN) & (dataset.labels != NO_LABEL)))
    judged = dataset.take(np.flatnonzero((dataset.splits == split) & (dataset.labels != NO_LABEL)))
    if not len(training) or len(judged) != len(records.truth):
        return
    yield PhaseChanged(
        job_id="",
        phase=Phase.EVALUATING,
        title=f"Looking for {evaluation.split} records that resemble training records",
    )
    most = _MOST_COMPARED[loaded.profile.fixed_length]
    chance = np.random.default_rng(len(judged))
    places = np.sort(chance.choice(len(judged), min(most, len(judged)), replace=False))
    found = yield from relayed(
        lambda progress: nearest(
            training,
            judged.take(places),
            molecule=likeness.molecule,
            identity=likeness.identity,
            coverage=likeness.coverage,
            both_strands=likeness.both_strands,
            progress=progress,
        ),
        control,
        unit="records",
        stop_ends=False,
    )
    leaks = [finding.count for finding in loaded.reading.findings if finding.code == "test_in_train"]
    told = nearness(
        evaluation,
        records,
        places=places,
        identity=found.identity,
        rows=found.rows,
        copies=int(found.copies.sum()),
        judged=judged,
        training=training,
        threshold=likeness.identity,
        molecule=likeness.molecule,
        both_strands=likeness.both_strands,
        in_files=sum(leaks) if split is Split.TEST else 0,
        method=found.method,
    )
    write_nearness(told, folder.similarity)
    write_columns(folder.evaluation, len(judged), places, found.identity, found.rows)
    yield ArtefactWritten(job_id="", kind="table", path=folder.similarity.name, title="Nearest training records")
    if told.similar > _TOO_MANY * told.looked_at:
        yield Warned(
            job_id="",
            code="evaluation.similar_to_training",
            message=told.sentence,
            remedy="Look at the figures without them: those tell how the model does with new sequences.",
        )
    else:
        yield LogEmitted(job_id="", level="info", message=told.sentence)
