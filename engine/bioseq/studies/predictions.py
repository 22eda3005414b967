"""What the models of a study say of records that they have not learnt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.results import EvaluatedRecords, read_evaluations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.state import Entry


@dataclass(frozen=True, slots=True, eq=False)
class Predictions:
    """Records of one or several entries, one after the other, each predicted by a model that has not learnt it.

    Attributes:
        truth: True classes, `(N,)`.
        probabilities: Of the classes, `(N, C)`.
        threshold: With two classes: probability from which a record counts as positive; the mean over the entries.
        positive: With two classes: index of the positive one, else that of the last.
        split: What the records are: "test", "validation".
    """

    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    threshold: float
    positive: int
    split: str


def predictions_of(study: StudyFolder, entries: Sequence[Entry]) -> Predictions:
    """The records by which these entries are judged, in the order of the entries."""
    parts = [_of_entry(study, entry) for entry in entries]
    return Predictions(
        truth=np.concatenate([part.truth for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        threshold=float(np.mean([part.threshold for part in parts])),
        positive=parts[0].positive,
        split=parts[0].split,
    )


def _of_entry(study: StudyFolder, entry: Entry) -> Predictions:
    run = study.run(entry.folder)
    evaluation = next(iter(read_evaluations(run.metrics).values()))
    records = EvaluatedRecords.open(run.evaluation)
    return Predictions(
        truth=np.asarray(records.truth, np.int64),
        probabilities=np.asarray(records.probabilities, np.float64),
        threshold=evaluation.threshold,
        positive=evaluation.labels.index(evaluation.positive) if evaluation.positive else len(evaluation.labels) - 1,
        split=evaluation.split,
    )
