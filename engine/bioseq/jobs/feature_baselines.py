"""Training jobs of feature baselines. torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.jobs.learnt import Learnt
from bioseq.protocol.events import Warned
from bioseq.training.baseline_inputs import BaselineInput, prepare_baseline
from bioseq.training.baseline_loop import train_baseline

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    import numpy as np
    from numpy.typing import NDArray

    from bioseq.baselines.classifier import FeatureClassifier
    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import Event
    from bioseq.runs.folder import RunFolder
    from bioseq.sequences.dataset import Dataset


def device_of(_config: Configuration) -> str:
    """Feature baselines are trained on the CPU."""
    return "cpu"


def prepared(config: Configuration, loaded: LoadedData) -> BaselineTeaching:
    """Features and settings of a run; raises as `training.baseline_inputs.prepare_baseline`."""
    return BaselineTeaching(prepare_baseline(config, loaded))


@dataclass(frozen=True, slots=True, eq=False)
class BaselineTeaching:
    """The training of one feature baseline.

    Attributes:
        lessons: All that its loop is told.
    """

    lessons: BaselineInput

    @property
    def size(self) -> str:
        """How much it reads of a record, in words."""
        return f"{self.lessons.plan.width:,} features: {self.lessons.plan.title}"

    def learn(self, folder: RunFolder, control: Control, *, resume: bool) -> Generator[Event, None, Learnt]:  # noqa: ARG002
        """Train; a feature baseline takes too short a time for checkpoints, so it always starts at the beginning."""
        if resume:
            yield Warned(
                job_id="",
                code="checkpoint.none",
                message="A feature baseline keeps no checkpoints; training starts again.",
            )
        trained = yield from train_baseline(self.lessons, control)
        return Learnt(
            predict=_predictor(trained.classifier),
            weights=trained.classifier.to_weights(),
            best_epoch=trained.best_round,
            epochs=trained.rounds,
            reason=trained.reason,
            stopped=trained.stopped,
            cancelled=trained.cancelled,
            seconds=trained.seconds,
            device="cpu",
            threads=trained.threads,
            precision="float64",
            prior_log_weights=trained.prior_log_weights,
        )


def _predictor(
    classifier: FeatureClassifier,
) -> Callable[[Dataset, Callable[[int, int], None] | None], NDArray[np.float32]]:
    def predict(records: Dataset, progress: Callable[[int, int], None] | None) -> NDArray[np.float32]:
        return classifier.predict(records, progress=progress)

    return predict
