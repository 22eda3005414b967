"""Cross-validation of feature-based models: how many rounds, what is predicted of held-out records, and the final fit.

All folds advance round by round together, so that the round is chosen by the pooled held-out predictions of all
records and not by a few unlike ones; the model is then fitted again on all records with that many rounds. torch-free.
Shapes: N records, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.classifier import FeatureClassifier
from bioseq.evaluation.calibration import calibrated_loss
from bioseq.sequences.grouped import share_out
from bioseq.training.baseline_learners import LEARNERS, Lesson

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.training.baseline_inputs import BaselineInput, LabelledFeatures
    from bioseq.training.baseline_learners import BaselineLearner

ALWAYS_TRAINING = -1
"""Fold of a record that is never held out."""
_PATIENCE = 1
"""Rounds without improvement after which no further one is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class CrossValidated:
    """A model with what it predicts of records that it was not fitted on.

    Attributes:
        classifier: Fitted on all records.
        held_out: Probabilities of each record by a model that was not fitted on its fold, `(N, C)`; NaN for a record
            that was never held out.
        best_round: The round that was chosen, 1-based.
    """

    classifier: FeatureClassifier
    held_out: NDArray[np.float64]
    best_round: int


def assign_folds(
    labels: NDArray[np.int64], groups: NDArray[np.int64], validation: NDArray[np.bool_], *, count: int, seed: int
) -> NDArray[np.int64]:
    """The fold of each record, `(N,)`, `ALWAYS_TRAINING` for those that are never held out.

    Args:
        labels: Class of each, `(N,)`.
        groups: Records of one group (identical, or similar) stay in one fold, `(N,)`.
        validation: The records by which networks are chosen, `(N,)`: they are the first fold where there are any.
        count: Number of folds; without validation records at least two are made.
        seed: Another number gives other folds.
    """
    folds = np.full(len(labels), ALWAYS_TRAINING, np.int64)
    folds[validation] = 0
    rest = np.flatnonzero(~validation)
    more, first = (count - 1, 1) if validation.any() else (max(2, count), 0)
    if more and len(rest):
        weights = np.full(more, 1 / more)
        folds[rest] = first + share_out(groups[rest], labels[rest], weights, np.random.default_rng(seed))
    return folds


def cross_validate(
    job: BaselineInput,
    records: LabelledFeatures,
    folds: NDArray[np.int64],
    *,
    threads: int,
    report: Callable[[], None] = lambda: None,
) -> CrossValidated:
    """Choose the number of rounds on held-out records, and fit on all.

    Args:
        job: The model and its settings; its own records and class weights are not looked at.
        records: All records that may be fitted on.
        folds: Of each, `(N,)`, as `assign_folds` gives them.
        threads: CPU threads.
        report: Called after each round; may raise to end the work.
    """
    parts = [_Part(job, records, np.flatnonzero(folds == fold), threads) for fold in np.unique(folds[folds >= 0])]
    parts = [part for part in parts if part.has_two_classes]
    everything = _make_lesson(job, records, np.arange(len(records)))
    learner = LEARNERS[job.architecture](everything, threads)
    held_out = np.full((len(records), len(job.label_names)), np.nan)
    best_round = learner.rounds if not parts else 0
    best_loss = np.inf
    for number in range(1, learner.rounds + 1) if parts else ():
        found = np.full_like(held_out, np.nan)
        for part in parts:
            found[part.held] = part.advance()
            report()
        rows = np.isfinite(found[:, 0])
        loss = calibrated_loss(records.labels[rows], found[rows])
        if loss < best_loss:
            best_round, best_loss, held_out = number, loss, found
        elif number - best_round >= _PATIENCE:
            break
    scorer = learner.fit(best_round)
    report()
    present = np.unique(records.labels)
    classifier = FeatureClassifier(job.plan, scorer, present, len(job.label_names))
    return CrossValidated(classifier, held_out, best_round)


class _Part:
    """The model of one fold, which is fitted on all other records."""

    def __init__(self, job: BaselineInput, records: LabelledFeatures, held: NDArray[np.intp], threads: int) -> None:
        self.held = held
        self._classes = len(job.label_names)
        self._lesson = _make_lesson(job, records, np.setdiff1d(np.arange(len(records)), held), held)
        self._threads = threads
        self._architecture = job.architecture
        self._learner: BaselineLearner | None = None

    @property
    def has_two_classes(self) -> bool:
        """Whether there is something to fit."""
        return len(self._lesson.present) > 1

    def advance(self) -> NDArray[np.float64]:
        """Fit one round more; the probabilities of the held-out records, `(M, C)`."""
        if self._learner is None:
            self._learner = LEARNERS[self._architecture](self._lesson, self._threads)
        self._learner.advance()
        _, held_out = self._learner.chances()
        probabilities = np.zeros((len(self.held), self._classes))
        if held_out is not None:
            probabilities[:, self._lesson.present] = held_out
        return probabilities


def _make_lesson(
    job: BaselineInput, records: LabelledFeatures, rows: NDArray[np.intp], held: NDArray[np.intp] | None = None
) -> Lesson:
    labels = records.labels[rows]
    return Lesson(
        features=records.features[rows],
        labels=labels,
        weights=np.ones(len(rows)),
        present=np.unique(labels),
        judge_features=None if held is None else records.features[held],
        judge_labels=None if held is None else records.labels[held],
        class_weights=np.ones(len(job.label_names)),
        hyper=job.hyper,
        seed=job.settings.seed,
        fewest_trees=job.fewest_trees,
    )
