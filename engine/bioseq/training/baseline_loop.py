"""Training of feature baselines, as a generator of events like that of networks, in rounds in place of epochs.

A round of trees grows some more of them; a round of a linear model tries one more strength of its regularisation. The
validation records choose the round; test records are never seen. Stop, cancel and pause are answered between rounds.
torch-free.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import psutil

from bioseq.baselines.classifier import FeatureClassifier
from bioseq.catalogue.registry import BASELINES
from bioseq.evaluation.baselines import keep_back
from bioseq.evaluation.calibration import calibrated_loss
from bioseq.evaluation.metrics import scores
from bioseq.protocol.events import EpochFinished, Event, LogEmitted, Phase, PhaseChanged, StepDone, Warned
from bioseq.training.baseline_learners import LEARNERS, Lesson
from bioseq.training.doubts import doubts_about
from bioseq.training.inputs import prior_log_weights
from bioseq.training.resampling import resampled
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from numpy.typing import NDArray

    from bioseq.protocol.control import Control
    from bioseq.protocol.events import MetricValues
    from bioseq.training.baseline_inputs import BaselineInput, LabelledFeatures

_MOST_THREADS = 8


@dataclass(frozen=True, slots=True, eq=False)
class TrainedBaseline:
    """What training gives.

    Attributes:
        classifier: As of the best round.
        best_round: 1-based.
        rounds: Rounds finished.
        reason: Why training ended, in words.
        stopped: The person ended it and keeps the best so far.
        cancelled: The person ended it and wants nothing of it.
        seconds: Time spent training, pauses left out.
        threads: CPU threads used.
        prior_log_weights: What weights and made-up records did to the class frequencies, `(C,)`; empty for nothing.
    """

    classifier: FeatureClassifier
    best_round: int
    rounds: int
    reason: str
    stopped: bool
    cancelled: bool
    seconds: float
    threads: int
    prior_log_weights: tuple[float, ...] = ()


def train_baseline(job: BaselineInput, control: Control) -> Generator[Event, None, TrainedBaseline]:
    """Train a feature baseline.

    Args:
        job: Features, classes, settings.
        control: Asked for stop, cancel and pause between two rounds.

    Yields:
        `PhaseChanged`, `LogEmitted`, `StepDone`, `EpochFinished` (one for each round), `Warned`.

    Raises:
        BioseqError: Classes cannot be balanced as asked.
    """
    training = _Training(job, control)
    with computing_threads(training.threads):
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=training.title)
        yield from training.begin()
        while not training.over:
            yield from training.round()
        yield from training.doubts()
        return training.result()


def threads_for(choice: int) -> int:
    """CPU threads: what the person set, or all cores but one."""
    cores = psutil.cpu_count(logical=False) or 1
    return choice or max(1, min(cores - 1, _MOST_THREADS))


@contextmanager
def computing_threads(threads: int) -> Iterator[None]:
    """Compute with so many threads: more than there are idle cores wait for each other, and all but stand still."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(threads):
        yield


class _Training:
    """The parts of one training and the order in which they act."""

    def __init__(self, job: BaselineInput, control: Control) -> None:
        self.job = job
        self.control = control
        self.threads = threads_for(job.settings.threads)
        self.state = TrainingState()
        self.ended_by = ""
        self._best_probabilities: NDArray[np.float64] | None = None
        self._since = time.perf_counter()

    @property
    def title(self) -> str:
        return f"Training {BASELINES[self.job.architecture].title} on {self.job.plan.title}"

    @property
    def over(self) -> bool:
        return bool(self.state.reason or self.ended_by)

    @property
    def chooses(self) -> bool:
        """Whether the judging records choose among the rounds; a forest only gets steadier by more trees."""
        return self._judge is not None and self.job.architecture != "random_forest"

    def begin(self) -> Generator[Event, None, None]:
        """Set the records apart from which is learnt and by which is judged."""
        train, self._judge, self._all = self.job.train, self.job.validation, None
        if self._judge is None:
            yield Warned(job_id="", code="training.no_validation", message=self._without_validation())
            if self._tries_strengths:
                self._all = train
                train, self._judge = _parted(train, self.job.settings.seed)
        lesson = self._lesson(train, self._judge)
        made = len(lesson.labels) - len(train)
        self.learner = LEARNERS[self.job.architecture](lesson, self.threads)
        balanced = f", and {made:,} made up to balance the classes" if made else ""
        count, width = len(train), self.job.plan.width
        yield LogEmitted(job_id="", level="info", message=f"{width:,} features of {count:,} training records{balanced}")
        self._trained_labels = lesson.labels
        self._prior_log_weights = prior_log_weights(lesson.class_weights)

    def round(self) -> Generator[Event, None, None]:
        """Learn one round more, judge it, and do what was asked meanwhile."""
        reached = self.learner.advance()
        self.state.epoch += 1
        learnt, judged = self.learner.chances()
        train = self._figures(self._trained_labels, learnt)
        validation: MetricValues = {}
        if judged is not None and self._judge is not None:
            validation = self._figures(self._judge.labels, judged, choosing=True)
        improved = self._improved(validation)
        if improved and judged is not None:
            self._best_probabilities = self._of_all_classes(judged)
        seconds = self._lap()
        yield self._step(train["loss"], seconds, reached)
        settings = self.job.settings
        yield EpochFinished(
            job_id="",
            epoch=self.state.epoch,
            epochs=self.learner.rounds,
            train=train,
            validation=validation,
            learning_rate=float(self.job.hyper.get("learning_rate", 0.0)),
            seconds=seconds,
            best_epoch=self.state.best_epoch,
            improved=improved,
            epochs_without_improvement=self.state.without_improvement,
            patience=settings.patience if self._ends_early else 0,
            selection_metric=settings.selection_metric,
            reached=reached,
        )
        self.state.reason = self._reason_to_end()
        yield from self._answer()

    def doubts(self) -> Generator[Event, None, None]:
        """What speaks against the kept round, by the records that chose it."""
        if self._judge is not None and self._best_probabilities is not None and self.ended_by != "cancel":
            yield from doubts_about(self.job, self.state, self._judge.labels, self._best_probabilities, unit="round")

    def result(self) -> TrainedBaseline:
        best = self.state.best_epoch or self.state.epoch
        everything = None if self._all is None else self._lesson(self._all, None)
        scorer = self.learner.result(best, everything)
        reasons = {"stop": "stopped by hand", "cancel": "cancelled"}
        self._lap()
        return TrainedBaseline(
            classifier=FeatureClassifier(self.job.plan, scorer, self._present, len(self.job.label_names)),
            best_round=best,
            rounds=self.state.epoch,
            reason=self.state.reason or reasons[self.ended_by],
            stopped=self.ended_by == "stop" and not self.state.reason,
            cancelled=self.ended_by == "cancel",
            seconds=self.state.seconds,
            threads=self.threads,
            prior_log_weights=self._prior_log_weights,
        )

    # ------------------------------------------------------------------ parts

    @property
    def _tries_strengths(self) -> bool:
        return not BASELINES[self.job.architecture].grows_trees and not self.job.hyper["strength"]

    @property
    def _ends_early(self) -> bool:
        return self.chooses and BASELINES[self.job.architecture].grows_trees

    @property
    def _present(self) -> NDArray[np.int64]:
        return np.unique(self.job.train.labels)

    def _without_validation(self) -> str:
        if self._tries_strengths:
            return (
                "There are no validation records: a fifth of the training records chooses the strength, and is learnt "
                "from afterwards."
            )
        return "There are no validation records: nothing chooses among the rounds, and the last one is kept."

    def _lesson(self, train: LabelledFeatures, judge: LabelledFeatures | None) -> Lesson:
        hyper, seed = self.job.hyper, self.job.settings.seed
        features, labels = resampled(
            str(hyper["resampling"]),
            train.features,
            train.labels,
            neighbours=int(hyper["neighbours"]),
            seed=seed,
            label_names=self.job.label_names,
        )
        count = len(self.job.label_names)
        gain = np.bincount(labels, minlength=count) / np.maximum(np.bincount(train.labels, minlength=count), 1)
        return Lesson(
            features=features,
            labels=labels,
            weights=self.job.class_weights[labels],
            present=np.unique(labels),
            judge_features=None if judge is None else judge.features,
            judge_labels=None if judge is None else judge.labels,
            class_weights=self.job.class_weights * gain,
            hyper=hyper,
            seed=seed,
            fewest_trees=self.job.fewest_trees,
        )

    def _figures(
        self, labels: NDArray[np.int64], chances: NDArray[np.float64], *, choosing: bool = False
    ) -> MetricValues:
        spread = self._of_all_classes(chances)
        figures = scores(labels, spread, threshold=self.job.threshold, positive=self.job.positive).metrics
        figures = {**figures, "loss": _weighted_loss(labels, spread, self.job.class_weights)}
        if choosing and self.job.settings.selection_metric == "calibrated_loss":
            figures["calibrated_loss"] = calibrated_loss(labels, spread, prior_log_weights=self._prior_log_weights)
        return figures

    def _of_all_classes(self, chances: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probabilities with those of the classes that are not learnt from, which are 0, `(N, C)`."""
        spread = np.zeros((len(chances), len(self.job.label_names)))
        spread[:, self._present] = chances
        return spread

    def _improved(self, validation: MetricValues) -> bool:
        """Whether this round is the best so far; where nothing chooses, the latest is."""
        if not self.chooses or not validation:
            self.state.best_epoch = self.state.epoch
            return True
        metric = self.job.settings.selection_metric
        return self.state.judge(metric, validation[metric], loss=validation["loss"])

    def _reason_to_end(self) -> str:
        settings = self.job.settings
        if self.state.epoch >= self.learner.rounds:
            return "all trees grown" if BASELINES[self.job.architecture].grows_trees else "all strengths tried"
        if self._ends_early and settings.patience and self.state.without_improvement >= settings.patience:
            return f"no improvement for {settings.patience} rounds"
        return ""

    def _answer(self) -> Generator[Event, None, None]:
        if self.control.pause_requested and not self.state.reason:
            yield PhaseChanged(job_id="", phase=Phase.PAUSED, title="Paused")
            self.control.wait_while_paused()
            self._since = time.perf_counter()
            yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=self.title)
        if self.control.cancel_requested:
            self.ended_by = "cancel"
        elif self.control.stop_requested:
            self.ended_by = "stop"

    def _step(self, loss: float, seconds: float, reached: str) -> StepDone:
        mean = self.state.seconds / self.state.epoch
        return StepDone(
            job_id="",
            epoch=self.state.epoch,
            epochs=self.learner.rounds,
            step=1,
            steps=1,
            loss=loss,
            records_per_second=len(self._trained_labels) / max(seconds, 1e-9),
            seconds_left=mean * (self.learner.rounds - self.state.epoch),
            threads=self.threads,
            reached=reached,
        )

    def _lap(self) -> float:
        now = time.perf_counter()
        passed, self._since = now - self._since, now
        self.state.seconds += passed
        return passed


def _weighted_loss(
    labels: NDArray[np.int64], chances: NDArray[np.float64], class_weights: NDArray[np.float64]
) -> float:
    """Log loss in which each class has its say, nats: what networks call their loss."""
    weights = class_weights[labels]
    told = np.clip(chances[np.arange(len(labels)), labels], np.finfo(np.float64).eps, 1)
    return float(-(weights @ np.log(told)) / max(float(weights.sum()), np.finfo(np.float64).tiny))


def _parted(train: LabelledFeatures, seed: int) -> tuple[LabelledFeatures, LabelledFeatures]:
    learnt, judging = keep_back(train.labels, seed)
    return train.take(learnt), train.take(judging)
