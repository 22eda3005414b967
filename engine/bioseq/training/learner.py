"""One network with its optimiser and its loss: takes a step, judges records, saves and restores itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from bioseq.catalogue.registry import architecture
from bioseq.errors import BioseqError
from bioseq.evaluation.calibration import calibrated_loss
from bioseq.evaluation.inference import predict_logits
from bioseq.evaluation.metrics import scores
from bioseq.evaluation.padding import padded_batch, token_limited_runs
from bioseq.evaluation.strands import OtherStrand
from bioseq.training.adversarial import adversary_of
from bioseq.training.augmentation import augmentation_of
from bioseq.training.checkpoint import Checkpoint
from bioseq.training.device import out_of_memory_in
from bioseq.training.flooding import turn_below
from bioseq.training.losses import build_loss
from bioseq.training.optimisers import build_optimiser, limit_gradients, set_rate
from bioseq.training.precision import choose_precision, computing_in
from bioseq.training.sampling import distinct
from bioseq.training.seeding import random_numbers, random_tensors, restore_random

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from bioseq.models.base import Network
    from bioseq.protocol.events import MetricValues
    from bioseq.sequences.tokens import TokenColumn
    from bioseq.training.inputs import LabelledTokens, TrainingInput
    from bioseq.training.state import TrainingState

STEP_TOKENS = 131_072
"""Padded tokens that go through the network at once; a batch with more is taken in parts and gives the same step."""


class Learner:
    """A network in training.

    Attributes:
        network: The network, on `device`.
        state: How far training is.
        device: Where it computes.
        precision: The number format of its heavy operations.
        best: A copy of the weights of the best epoch; empty before the first.
    """

    def __init__(self, job: TrainingInput, network: Network, state: TrainingState, *, device: torch.device) -> None:
        self.network = network.to(device)
        self.state = state
        self.device = device
        self.precision = choose_precision(job.settings.precision, device, architecture(job.architecture).family)
        self.best: dict[str, Tensor] = {}
        self._job = job
        self._loss = build_loss(job.settings, torch.from_numpy(job.class_weights)).to(device)
        self._optimiser = build_optimiser(self.network, job.settings)
        self._parameters = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self._lengths = job.train.tokens.lengths
        self._labels = torch.from_numpy(job.train.labels).to(device)
        self._epoch_logits = torch.zeros((len(job.train), job.task.classes), device=device)
        self._augmentation = augmentation_of(job)
        self._adversary = adversary_of(job, network)
        self._other_strand = OtherStrand.where(job.augmentation.both_strands, job.vocabulary, device)
        self._repeats = job.settings.sampling != "all"
        number_format = torch.float32 if device.type == "mps" else torch.float64
        self._loss_sum = torch.zeros((), dtype=number_format, device=device)

    def begin_epoch(self) -> None:
        """Forget the losses of the epoch before."""
        self.network.train()
        self._loss_sum.zero_()

    def step(self, rows: NDArray[np.intp], rate: float) -> bool:
        """Learn from one batch.

        Args:
            rows: Training records of the batch, `(B,)`.
            rate: Learning rate.

        Returns:
            Whether the batch was taken in smaller parts than before because memory ran out.

        Raises:
            BioseqError: The loss is no longer a number, or one record alone does not fit into memory.
        """
        set_rate(self._optimiser, rate)
        reduced = False
        while True:
            try:
                loss = self._gradients(rows)
                break
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory_in(error):
                    raise
                self._halve(len(rows))
                reduced = True
        length = limit_gradients(self._parameters, self._job.settings.clip_norm)
        if self.device.type == "cpu" and not math.isfinite(length.item()):
            raise diverged(self.state.epoch + 1)
        self._optimiser.step()
        self.network.after_step()
        self._loss_sum += loss * len(rows)
        return reduced

    def mean_loss(self, records: int) -> float:
        """Mean loss of the records seen in this epoch, nats.

        Raises:
            BioseqError: It is not a number any more.
        """
        self.state.loss_sum = self._loss_sum.item()
        if not math.isfinite(self.state.loss_sum):
            raise diverged(self.state.epoch + 1)
        return self.state.loss_sum / records

    def training_figures(self, rows: NDArray[np.intp]) -> MetricValues:
        """Figures of the predictions made while learning, with dropout, of the records seen in this epoch.

        A record that came several times counts once, as it was predicted last, so that the figures speak of the records
        as they are. The loss is the mean of what was learnt from, repeated records included.

        Args:
            rows: Records in the order in which they came.
        """
        seen = distinct(rows)[0] if self._repeats else rows
        logits = self._epoch_logits[torch.from_numpy(seen).to(self.device)].cpu()
        return self._figures(logits, self._job.train.labels[seen], self.mean_loss(len(rows)))

    def validation_figures(self, records: LabelledTokens) -> MetricValues:
        """Figures on records that are not learnt from, in evaluation mode; the loss is that of training."""
        logits = self._compute_logits(records)
        with torch.inference_mode():
            labels = torch.from_numpy(records.labels)
            loss = self._loss(logits.to(self.device), labels.to(self.device)).item()
        if not math.isfinite(loss):
            raise diverged(self.state.epoch)
        return self._figures(logits, records.labels, loss, choosing=True)

    def probabilities(self, records: LabelledTokens) -> NDArray[np.float64]:
        """Probabilities of the classes for records that are not learnt from, `(N, C)`, rows sum to 1."""
        probabilities: NDArray[np.float64] = torch.softmax(self._compute_logits(records).double(), dim=1).numpy()
        return probabilities

    def keep_as_best(self) -> None:
        """Copy the weights, so that later steps do not change what is kept."""
        self.best = {name: tensor.detach().clone() for name, tensor in self.network.learnt_state().items()}

    def restore_best(self) -> None:
        """Give the network the weights of the best epoch, if there is one, and evaluation mode."""
        if self.best:
            self.network.load_learnt_state(self.best)
        self.network.eval()

    def checkpoint(self) -> Checkpoint:
        """All that is needed to go on from here.

        Raises:
            BioseqError: The loss is no longer a number: from there nobody wants to go on.
        """
        self.mean_loss(1)
        moments = {
            f"{number}.{name}": value
            for number, values in self._optimiser.state_dict()["state"].items()
            for name, value in values.items()
        }
        tensors = {
            "model": self.network.learnt_state(),
            "best": self.best,
            "optimiser": moments,
            "random": random_tensors(),
            "epoch": {"logits": self._epoch_logits},
        }
        numbers = {
            "state": self.state.to_dict(),
            "random": random_numbers(),
            "fingerprint": self._job.fingerprint,
        }
        return Checkpoint(tensors, numbers)

    def restore(self, checkpoint: Checkpoint) -> None:
        """Go back to a checkpoint, state and random numbers included."""
        self.state = type(self.state).from_dict(checkpoint.numbers["state"])
        self.network.load_learnt_state(checkpoint.tensors["model"])
        self.best = {name: tensor.to(self.device) for name, tensor in checkpoint.tensors.get("best", {}).items()}
        moments: dict[int, dict[str, Tensor]] = {}
        for key, tensor in checkpoint.tensors.get("optimiser", {}).items():
            number, _, name = key.partition(".")
            moments.setdefault(int(number), {})[name] = tensor
        groups = self._optimiser.state_dict()["param_groups"]
        self._optimiser.load_state_dict({"state": moments, "param_groups": groups})
        self._epoch_logits.copy_(checkpoint.tensors["epoch"]["logits"])
        self._loss_sum.fill_(self.state.loss_sum)
        restore_random(checkpoint.tensors["random"], checkpoint.numbers["random"])

    def _compute_logits(self, records: LabelledTokens) -> Tensor:
        return predict_logits(self.network, records.tokens, device=self.device, other_strand=self._other_strand)

    def _gradients(self, rows: NDArray[np.intp]) -> Tensor:
        """Leave the gradients of what training lowers in the parameters; returns the batch's mean loss itself."""
        self._optimiser.zero_grad(set_to_none=True)
        seen = self._as_seen(rows)
        loss = self._passed(rows, *seen)
        if self._adversary is not None:
            with self._adversary.attacking():
                self._passed(rows, *seen, attacked=True)
        if self._job.settings.flooding:
            turn_below(self._job.settings.flooding, loss, self._parameters)
        return loss

    def _passed(
        self, rows: NDArray[np.intp], column: TokenColumn, stands_at: NDArray[np.intp], *, attacked: bool = False
    ) -> Tensor:
        """Add the gradients of the batch's mean loss to the parameters; returns that loss."""
        total = torch.zeros((), device=self.device)
        at_once = self.state.micro_records or len(rows)
        for run in token_limited_runs(self._lengths[rows], STEP_TOKENS, at_once):
            part = rows[run]
            tokens, mask = padded_batch(column, stands_at[run], self.device)
            places = torch.from_numpy(part).to(self.device)
            with computing_in(self.precision, self.device):
                output = self.network(tokens, mask)
            logits = output.logits
            share = len(part) / len(rows)
            loss = self._loss(logits.float(), self._labels[places]) * share
            (loss if output.auxiliary is None else loss + output.auxiliary.float() * share).backward()
            if not attacked:
                self._remember(part, places, logits.detach().float())
            total += loss.detach()
        return total

    def _as_seen(self, rows: NDArray[np.intp]) -> tuple[TokenColumn, NDArray[np.intp]]:
        """The records of a batch as they are read this time, and where each stands among them."""
        if self._augmentation is None:
            return self._job.train.tokens, rows
        records = self._job.train.tokens.take(rows)
        changed = self._augmentation.changed(records, epoch=self.state.epoch + 1, step=self.state.step)
        return changed, np.arange(len(rows), dtype=np.intp)

    def _remember(self, part: NDArray[np.intp], places: Tensor, logits: Tensor) -> None:
        """Keep what was predicted of these records; of one that stands there twice, what was predicted last."""
        if self._repeats:
            records, last = distinct(part)
            places, logits = torch.from_numpy(records).to(self.device), logits[torch.from_numpy(last).to(self.device)]
        self._epoch_logits[places] = logits

    def _halve(self, records: int) -> None:
        """Take half as many records at once from now on.

        Raises:
            BioseqError: It was one already.
        """
        self._optimiser.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        at_once = min(self.state.micro_records or records, records)
        if at_once == 1:
            raise BioseqError(
                "training.out_of_memory",
                "One record alone does not fit into memory.",
                where="data.longest",
                remedy="Shorten the sequences (data.longest) or choose a smaller model.",
            )
        self.state.micro_records = math.ceil(at_once / 2)

    def _figures(
        self, logits: Tensor, labels: NDArray[np.int64], loss: float, *, choosing: bool = False
    ) -> MetricValues:
        chances = torch.softmax(logits.double(), dim=1).numpy()
        found = scores(labels, chances, threshold=self._job.threshold, positive=self._job.positive)
        figures = {**found.metrics, "loss": loss}
        if choosing and self._job.settings.selection_metric == "calibrated_loss":
            prior = self._job.prior_log_weights
            figures["calibrated_loss"] = calibrated_loss(labels, chances, prior_log_weights=prior)
        return figures


def diverged(epoch: int) -> BioseqError:
    """The error that says that the loss is no longer a number."""
    return BioseqError(
        "training.diverged",
        f"Training went astray in epoch {epoch}: the loss is no longer a number.",
        where="training.learning_rate",
        remedy="Lower the learning rate, to a tenth for example, and train again.",
    )
