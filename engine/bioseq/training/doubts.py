"""What speaks against the epoch or round that training keeps, by the validation records that chose it. torch-free."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from bioseq.evaluation.association import CLEAR, association
from bioseq.evaluation.metrics import CHOOSING, predicted_classes
from bioseq.protocol.events import Warned

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq.config.schema import TrainingSettings
    from bioseq.training.state import TrainingState


class Task(Protocol):
    """What was trained: the input of a network or of a feature baseline."""

    @property
    def settings(self) -> TrainingSettings:
        """How it was trained."""

    @property
    def label_names(self) -> tuple[str, ...]:
        """The classes in order."""

    @property
    def positive(self) -> int:
        """With two classes: the one that metrics speak of."""

    @property
    def threshold(self) -> float:
        """With two classes: probability from which a record is called positive."""

    @property
    def chooses_threshold(self) -> bool:
        """Whether another threshold is chosen on validation later."""


def doubts_about(
    task: Task, state: TrainingState, truth: NDArray[np.int64], probabilities: NDArray[np.float64], *, unit: str
) -> Iterator[Warned]:
    """Warn where the kept weights are no better than a constant, answer one class only, or were chosen by the loss.

    Args:
        task: What was trained.
        state: Where training ended.
        truth: True class of each validation record, `(N,)`.
        probabilities: Of the kept weights, `(N, C)`.
        unit: What was chosen: "epoch" or "round".
    """
    if state.best_value is None and state.best_loss is not None:
        yield _never_defined(task.settings.selection_metric, unit)
    kept = f"the {unit} that is kept ({state.best_epoch})"
    if len(np.unique(truth)) < 2:
        return
    if association(truth, probabilities) < CLEAR:
        yield _no_better(kept)
    elif not (task.chooses_threshold and len(task.label_names) == 2):
        answered = np.unique(predicted_classes(probabilities, threshold=task.threshold, positive=task.positive))
        if len(answered) == 1:
            yield _one_class(kept, task.label_names[int(answered[0])], len(truth), two=len(task.label_names) == 2)


def _never_defined(metric: str, unit: str) -> Warned:
    return Warned(
        job_id="",
        code="training.never_judged",
        message=f"{CHOOSING[metric].title} was not defined in any {unit}; the {unit} with the lowest validation loss "
        "is kept.",
        remedy="Choose by log loss, or keep validation records of every class back.",
        where="training.selection_metric",
    )


def _no_better(kept: str) -> Warned:
    return Warned(
        job_id="",
        code="training.no_better_than_constant",
        message=f"On the validation records {kept} is not clearly better than naming the class frequencies for every "
        "record: nothing that tells the classes apart was learnt.",
        remedy="Train longer or with another learning rate, choose by log loss, or try another model; if no model does "
        "better, these sequences may not tell the classes apart.",
        where="training.selection_metric",
    )


def _one_class(kept: str, name: str, records: int, *, two: bool) -> Warned:
    return Warned(
        job_id="",
        code="training.one_class_answered",
        message=f"On the validation records {kept} answers {name!r} for all {records:,} records, although its "
        "probabilities differ between the classes.",
        remedy="Let the validation records choose the threshold, by MCC for example."
        if two
        else "Give rare classes more weight, or train longer.",
        where="evaluation.threshold_aim" if two else "training.class_weights",
    )
