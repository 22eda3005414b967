"""Training, as a generator of events: read `train` aloud and you know what happens.

The loop never sees a test record, chooses the best epoch by validation alone, and answers stop, cancel and pause
between two steps. Events carry no job, number or time: whoever runs the job stamps them.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from bioseq.catalogue.registry import architecture
from bioseq.errors import BioseqError
from bioseq.json_values import json_value
from bioseq.models.registry import build
from bioseq.protocol.events import ArtefactWritten, EpochFinished, Event, Phase, PhaseChanged, StepDone, Warned
from bioseq.training.augmentation import Augmentation
from bioseq.training.batches import Batches
from bioseq.training.checkpoint import discard_checkpoint, load_checkpoints, save_checkpoint
from bioseq.training.device import choose_device, choose_threads, peak_device_memory
from bioseq.training.doubts import doubts_about
from bioseq.training.learner import Learner
from bioseq.training.meter import Meter
from bioseq.training.optimisers import rate_at
from bioseq.training.seeding import repeatable, seed_everything
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.models.base import Network
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import MetricValues
    from bioseq.training.inputs import TrainingInput

_PLATEAU_FACTOR = 0.5
_SHORTEST_PLATEAU = 2

_NO_VALIDATION = "There are no validation records: all epochs are trained and the last one is kept."
_ADD_VALIDATION = "Set a validation share above 0 to let validation choose the epoch."


@dataclass(frozen=True, slots=True, eq=False)
class TrainedModel:
    """What training gives.

    Attributes:
        network: With the weights of the best epoch, in evaluation mode, on the device it was trained on.
        state_dict: The same weights on the CPU.
        best_epoch: The epoch that they are from, 1-based.
        epochs: Epochs finished.
        reason: Why training ended, in words.
        stopped: The person ended it and keeps the best so far.
        cancelled: The person ended it and wants nothing of it; the weights are then the latest.
        seconds: Time spent training, pauses left out.
        device: Where it was trained.
        threads: CPU threads used.
        precision: "float32" or "bfloat16".
        unrepeatable: Operations that were used and may give something else, by name.
    """

    network: Network
    state_dict: dict[str, Tensor]
    best_epoch: int
    epochs: int
    reason: str
    stopped: bool
    cancelled: bool
    seconds: float
    device: torch.device
    threads: int
    precision: str
    unrepeatable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckpointPolicy:
    """Where and how often to write checkpoints.

    Attributes:
        folder: Where they go; None writes none.
        within_epoch_seconds: Longest time without one.
        between_seconds: Shortest time between those of two epochs: short epochs do not each need one.
    """

    folder: Path | None = None
    within_epoch_seconds: float = 60.0
    between_seconds: float = 2.0


def train(
    job: TrainingInput,
    control: Control,
    *,
    checkpoints: CheckpointPolicy | None = None,
    resume: bool = False,
    build_network: Callable[[str, TaskShape, HyperValues], Network] = build,
) -> Generator[Event, None, TrainedModel]:
    """Train a network.

    Args:
        job: Records, settings, architecture.
        control: Asked for stop, cancel and pause between two steps.
        checkpoints: Where and how often to write them.
        resume: Go on from the newest whole checkpoint; on a CPU the final weights are those of a training that was
            never interrupted, bit by bit.
        build_network: Makes the network.

    Yields:
        `PhaseChanged`, `StepDone` (at most 20 a second), `EpochFinished`, `ArtefactWritten`, `Warned`.

    Raises:
        BioseqError: The loss is no longer a number, memory does not take one record, or the checkpoint belongs to
            other settings or records.
    """
    training = _Training(job, control, checkpoints or CheckpointPolicy(), build_network)
    with computing_threads(training.threads), repeatable(wanted=job.settings.deterministic) as unrepeatable:
        yield from training.resume() if resume else training.begin()
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=training.title)
        if job.validation is None:
            yield Warned(job_id="", code="training.no_validation", message=_NO_VALIDATION, remedy=_ADD_VALIDATION)
        while not training.over:
            yield from training.epoch()
        model = training.result(tuple(unrepeatable))
        yield from training.doubts()
        return model


def prepare_threads(job: TrainingInput, network: Network) -> int:
    """CPU threads that training of this network on these records uses."""
    tokens = float(np.median(job.train.tokens.lengths)) * min(job.settings.batch_size, len(job.train))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    return choose_threads(job.settings.threads, parameters=parameters, tokens_per_batch=tokens)


@contextmanager
def computing_threads(threads: int) -> Iterator[None]:
    """Compute with so many CPU threads within the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class _Training:
    """The parts of one training and the order in which they act."""

    def __init__(
        self,
        job: TrainingInput,
        control: Control,
        checkpoints: CheckpointPolicy,
        build_network: Callable[[str, TaskShape, HyperValues], Network],
    ) -> None:
        seed_everything(job.settings.seed)
        device = choose_device(job.settings.device)
        network = build_network(job.architecture, job.task, job.hyper)
        if not Augmentation.never_ends(job.augmentation):
            network.remember_features()
        self.job = job
        self.control = control
        self.checkpoints = checkpoints
        self.learner = Learner(job, network, TrainingState(), device=device)
        self.batches = Batches.of(job)
        self.threads = prepare_threads(job, network)
        self.ended_by = ""
        self.meter = Meter(total_steps=self.total_steps, done_steps=0)
        self._saved = time.perf_counter()
        self._saved_name = ""

    @property
    def title(self) -> str:
        return f"Training {architecture(self.job.architecture).title_with(self.job.hyper, self.job.task)}"

    @property
    def state(self) -> TrainingState:
        return self.learner.state

    @property
    def over(self) -> bool:
        return bool(self.state.reason or self.ended_by)

    @property
    def steps_done(self) -> int:
        return self.state.epoch * self.batches.steps + self.state.step

    @property
    def total_steps(self) -> int:
        return self.job.settings.epochs * self.batches.steps

    def begin(self) -> Generator[Event, None, None]:
        """Start from the beginning: checkpoints of an earlier attempt are void."""
        for name, _ in load_checkpoints(self.checkpoints.folder):
            discard_checkpoint(self.checkpoints.folder, name)
        yield from ()

    def epoch(self) -> Generator[Event, None, None]:
        """Go through the training records once (or through the rest of them, when resumed), then validate."""
        self.learner.network.train()
        batches = self.batches.epoch(self.state.epoch + 1)
        if not self.state.step:
            self.learner.begin_epoch()
        seen = np.cumsum([len(rows) for rows in batches])
        for rows in batches[self.state.step :]:
            yield from self._step(rows, int(seen[self.state.step]))
            yield from self._answer()
            if self.ended_by == "cancel":
                return
            if self.ended_by == "stop" and self.state.step < len(batches):
                yield from self._keep_what_there_is(np.concatenate(batches[: self.state.step]))
                return
        yield from self._finish_epoch(np.concatenate(batches))

    def resume(self) -> Generator[Event, None, None]:
        """Go back to the newest checkpoint that is whole."""
        for name, checkpoint in load_checkpoints(self.checkpoints.folder):
            if checkpoint is None:
                discard_checkpoint(self.checkpoints.folder, name)
                yield Warned(
                    job_id="",
                    code="checkpoint.damaged",
                    message=f"The checkpoint {name} is damaged; the one before it is used.",
                    where=f"checkpoints/{name}",
                )
                continue
            if checkpoint.numbers["fingerprint"] != self.job.fingerprint:
                raise BioseqError(
                    "checkpoint.other_run",
                    "The checkpoint was made with other settings or other records.",
                    where=f"checkpoints/{name}",
                    remedy="Put the configuration and the data back as they were, or start a new run.",
                )
            self.learner.restore(checkpoint)
            self._restart_clocks()
            return
        yield Warned(
            job_id="",
            code="checkpoint.none",
            message="There is no checkpoint to go on from; training starts again.",
        )

    def result(self, unrepeatable: tuple[str, ...]) -> TrainedModel:
        self.learner.restore_best()
        state, network = self.state, self.learner.network
        reasons = {"stop": "stopped by hand", "cancel": "cancelled"}
        return TrainedModel(
            network=network,
            state_dict={name: tensor.detach().cpu() for name, tensor in network.state_dict().items()},
            best_epoch=state.best_epoch or state.epoch,
            epochs=state.epoch,
            reason=state.reason or reasons[self.ended_by],
            stopped=self.ended_by == "stop" and not state.reason,
            cancelled=self.ended_by == "cancel",
            seconds=state.seconds,
            device=self.learner.device,
            threads=self.threads,
            precision=str(self.learner.precision).removeprefix("torch."),
            unrepeatable=unrepeatable,
        )

    def doubts(self) -> Generator[Event, None, None]:
        """What speaks against the kept weights, by the validation records; `result` comes first."""
        job, state = self.job, self.state
        if job.validation is None or not state.best_epoch or self.ended_by == "cancel":
            return
        yield from doubts_about(
            job, state, job.validation.labels, self.learner.probabilities(job.validation), unit="epoch"
        )

    def _step(self, rows: NDArray[np.intp], records_seen: int) -> Generator[Event, None, None]:
        rate = rate_at(self.steps_done, self.total_steps, self.job.settings) * self.state.rate_factor
        memory_ran_out = self.learner.step(rows, rate)
        self.state.step += 1
        if memory_ran_out:
            yield Warned(
                job_id="",
                code="training.memory_reduced",
                message=f"Memory ran out: batches are taken in parts of {self.state.micro_records} records. "
                "The result is the same.",
            )
        if self.meter.seen(len(rows)):
            self.meter.report()
            yield StepDone(
                job_id="",
                epoch=self.state.epoch + 1,
                epochs=self.job.settings.epochs,
                step=self.state.step,
                steps=self.batches.steps,
                loss=self.learner.mean_loss(records_seen),
                records_per_second=self.meter.records_per_second,
                seconds_left=self.meter.seconds_left(self.steps_done),
                memory_bytes=self.meter.memory_bytes(),
                device_memory_bytes=peak_device_memory(self.learner.device),
                threads=self.threads,
            )

    def _answer(self) -> Generator[Event, None, None]:
        """Do what was asked since the step before; write a checkpoint when it is time."""
        if self.control.pause_requested:
            self._count_time()
            yield from self._save()
            yield PhaseChanged(job_id="", phase=Phase.PAUSED, title="Paused")
            self.control.wait_while_paused()
            self.meter.skip()
            yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=self.title)
        if self.control.cancel_requested:
            self.ended_by = "cancel"
        elif self.control.stop_requested:
            self.ended_by = "stop"
        elif time.perf_counter() - self._saved >= self.checkpoints.within_epoch_seconds:
            self._count_time()
            yield from self._save()

    def _finish_epoch(self, rows: NDArray[np.intp]) -> Generator[Event, None, None]:
        yield self._validated(rows)
        self._reduce_rate_on_plateau()
        self.state.reason = self._reason_to_end()
        due = time.perf_counter() - self._saved >= self.checkpoints.between_seconds
        if due or self.over or self.state.epoch == 1:
            yield from self._save()

    def _keep_what_there_is(self, rows: NDArray[np.intp]) -> Generator[Event, None, None]:
        """Stopped within an epoch: a resumed run goes on here; the first weights of all are validated now."""
        self._count_time()
        yield from self._save()
        if not self.state.best_epoch or self.job.validation is None:
            yield self._validated(rows)

    def _validated(self, rows: NDArray[np.intp]) -> EpochFinished:
        """Judge the epoch under way, whole or not, and count it as finished."""
        settings, state = self.job.settings, self.state
        rate = rate_at(self.steps_done - 1, self.total_steps, settings) * state.rate_factor
        train = self.learner.training_figures(rows)
        validation: MetricValues = {}
        if self.job.validation is not None:
            validation = self.learner.validation_figures(self.job.validation)
        state.epoch, state.step = state.epoch + 1, 0
        improved = self._judge(validation)
        self._count_time()
        state.history.append({"epoch": state.epoch, "train": json_value(train), "validation": json_value(validation)})
        seconds, state.epoch_seconds = state.epoch_seconds, 0.0
        return EpochFinished(
            job_id="",
            epoch=state.epoch,
            epochs=settings.epochs,
            train=train,
            validation=validation,
            learning_rate=rate,
            seconds=seconds,
            best_epoch=state.best_epoch,
            improved=improved,
            epochs_without_improvement=state.without_improvement,
            patience=settings.patience if self.job.validation is not None else 0,
            selection_metric=settings.selection_metric,
        )

    def _judge(self, validation: MetricValues) -> bool:
        """Whether these are the best weights so far; if so, a copy of them is kept. Without validation: the latest."""
        if not validation:
            self.state.best_epoch = self.state.epoch
            return True
        metric = self.job.settings.selection_metric
        improved = self.state.judge(metric, validation[metric], loss=validation["loss"])
        if improved:
            self.learner.keep_as_best()
        return improved

    def _reduce_rate_on_plateau(self) -> None:
        """Halve the learning rate after a third of the patience without improvement."""
        settings, state = self.job.settings, self.state
        if settings.schedule == "plateau" and state.since_reduction >= max(_SHORTEST_PLATEAU, settings.patience // 3):
            state.rate_factor *= _PLATEAU_FACTOR
            state.since_reduction = 0

    def _reason_to_end(self) -> str:
        settings, state = self.job.settings, self.state
        if state.epoch >= settings.epochs:
            return "all epochs done"
        if self.job.validation is not None and settings.patience and state.without_improvement >= settings.patience:
            return f"no improvement for {settings.patience} epochs"
        return ""

    def _save(self) -> Generator[Event, None, None]:
        name = f"epoch-{self.state.epoch:05d}-step-{self.state.step:07d}"
        if self.checkpoints.folder is None or name == self._saved_name:
            return
        save_checkpoint(self.checkpoints.folder, name, self.learner.checkpoint())
        self._saved = time.perf_counter()
        self._saved_name = name
        path = f"{self.checkpoints.folder.name}/{name}.json"
        yield ArtefactWritten(job_id="", kind="checkpoint", path=path, title="Checkpoint")

    def _count_time(self) -> None:
        passed = self.meter.lap()
        self.state.seconds += passed
        self.state.epoch_seconds += passed

    def _restart_clocks(self) -> None:
        self.meter = Meter(total_steps=self.total_steps, done_steps=self.steps_done)
        self._saved = time.perf_counter()
        self._saved_name = ""
