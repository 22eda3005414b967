"""Figures of the members of an ensemble beside its own, over the same records: whether putting them together paid."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.metrics import METRICS
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import Event, LogEmitted
from bioseq.sequences.dataset import Split

if TYPE_CHECKING:
    from collections.abc import Generator

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.evaluation.results import Evaluation, Scores
    from bioseq.jobs.learnt import Learnt
    from bioseq.protocol.control import Control

_SHOWN = ("accuracy", "mcc", "roc_auc", "pr_auc", "loss")


def beside(
    evaluation: Evaluation, loaded: LoadedData, trained: Learnt, control: Control
) -> Generator[Event, None, tuple[Evaluation, NDArray[np.float32] | None]]:
    """The evaluation with the figures of the members, which are told in the log, and what each says, `(M, N, C)`.

    As it is, and None, for all other models.

    They are for reading and choose nothing. Members are judged freed of their class weights, but not calibrated; with
    two classes a record is positive from the threshold of the ensemble on.

    Raises:
        Cancelled: The person wants nothing of it.
    """
    members: list[Scores] = []
    said: list[NDArray[np.float32]] = []
    weights = trained.part_weights or (0.0,) * len(trained.parts)
    for (title, predict), weight in zip(trained.parts, weights, strict=True):
        rows = (loaded.dataset.splits == Split[evaluation.split.upper()]) & (loaded.dataset.labels >= 0)
        judged, records = yield from relayed(
            lambda progress, predict=predict, title=title, rows=rows: judge(  # type: ignore[misc]
                predict,
                loaded.dataset.take(np.flatnonzero(rows)),
                labels=evaluation.labels,
                split=evaluation.split,
                title=title,
                positive=evaluation.labels.index(evaluation.positive) if evaluation.positive else -1,
                threshold=evaluation.threshold,
                progress=progress,
            ),
            control,
            unit="records",
            stop_ends=False,
        )
        scores = replace(judged.model, name=f"member_{len(members) + 1}", weight=weight)
        members.append(scores)
        said.append(records.probabilities)
        yield LogEmitted(job_id="", level="info", message=_in_words(scores, evaluation))
    return replace(evaluation, members=tuple(members)), np.stack(said) if said else None


def _in_words(scores: Scores, evaluation: Evaluation) -> str:
    own = evaluation.model.metrics
    figures = ", ".join(
        f"{METRICS[name].title} {scores.metrics[name]:.3f} (combined {own[name]:.3f})"
        for name in _SHOWN
        if name in own and np.isfinite(scores.metrics[name])
    )
    return f"{scores.title}, on the {evaluation.split} records: {figures}"
