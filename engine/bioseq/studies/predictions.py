"""What the models of a study say of records that they have not learnt."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.bootstrap import LEVEL, RESAMPLES, Resamples, Resampling
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.results import Evaluation
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
        clusters: Number of the cluster of similar records that each is in, `(N,)`; None where it is not known.
        resamples: How the entries make their intervals.
    """

    truth: NDArray[np.int64]
    probabilities: NDArray[np.float64]
    threshold: float
    positive: int
    split: str
    clusters: NDArray[np.int64] | None = None
    resamples: Resamples = field(default_factory=Resamples)

    @property
    def key(self) -> tuple[bytes, bytes, Resamples]:
        """What predictions have in common that are judged on the same draws."""
        return self.truth.tobytes(), b"" if self.clusters is None else self.clusters.tobytes(), self.resamples

    def resampling(self) -> Resampling:
        """The draws by which these are judged: those of a single run on the same records."""
        count, seed = self.resamples.of(len(self.truth)), self.resamples.seed
        return Resampling(self.truth, clusters=self.clusters, resamples=count, seed=seed)

    def take(self, rows: NDArray[np.intp]) -> Predictions:
        """Some of the records, in the order given."""
        clusters = None if self.clusters is None else self.clusters[rows]
        return replace(self, truth=self.truth[rows], probabilities=self.probabilities[rows], clusters=clusters)


def predictions_of(study: StudyFolder, entries: Sequence[Entry]) -> Predictions:
    """The records by which these entries are judged, in the order of the entries."""
    parts = [_of_entry(study, entry) for entry in entries]
    return Predictions(
        truth=np.concatenate([part.truth for part in parts]),
        probabilities=np.concatenate([part.probabilities for part in parts]),
        threshold=float(np.mean([part.threshold for part in parts])),
        positive=parts[0].positive,
        split=parts[0].split,
        clusters=_together([part.clusters for part in parts]),
        resamples=parts[0].resamples,
    )


def _together(parts: Sequence[NDArray[np.int64] | None]) -> NDArray[np.int64] | None:
    known = [part for part in parts if part is not None]
    return np.concatenate(known) if len(known) == len(parts) else None


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
        clusters=None if records.clusters is None else np.asarray(records.clusters),
        resamples=_resamples(evaluation),
    )


def _resamples(evaluation: Evaluation) -> Resamples:
    """How the intervals of the run were made; as by default where it has none."""
    level = next((one.level for one in evaluation.model.intervals.values()), LEVEL)
    return Resamples(evaluation.resamples or RESAMPLES, level)
