"""How far a training is: the few numbers that, with weights and random states, let it go on from where it was."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from bioseq.evaluation.metrics import CHOOSING


@dataclass(slots=True)
class TrainingState:
    """Where a training stands; the training loop is the only one that changes it.

    Attributes:
        epoch: Epochs finished.
        step: Steps done of the epoch under way.
        best_epoch: The epoch whose weights are kept; 0 before the first validation.
        best_value: Its selection metric; None before the first validation, and where it is not defined.
        best_loss: Its validation loss, nats; None before the first validation.
        last_value: Selection metric of the epoch before; None where it is not defined.
        lowest_loss: Lowest validation loss of all epochs, nats; None before the first validation.
        without_improvement: Epochs since the last one that brought training forward.
        rate_factor: What the plateau schedule has taken off the learning rate so far, (0, 1].
        since_reduction: Epochs without improvement since the plateau schedule last acted.
        loss_sum: Sum of the losses of the records seen in the epoch under way, nats.
        seconds: Time spent training, pauses left out.
        epoch_seconds: The same for the epoch under way.
        micro_records: Records that memory takes at once; 0 before memory ran out.
        history: Per finished epoch: train and validation figures.
        reason: Why training is over, in words; empty while it is not.
    """

    epoch: int = 0
    step: int = 0
    best_epoch: int = 0
    best_value: float | None = None
    best_loss: float | None = None
    last_value: float | None = None
    lowest_loss: float | None = None
    without_improvement: int = 0
    rate_factor: float = 1.0
    since_reduction: int = 0
    loss_sum: float = 0.0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    micro_records: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    reason: str = ""

    def judge(self, metric: str, value: float, *, loss: float) -> bool:
        """Take note of the validation figures of a finished epoch; True when it is the best so far.

        Of two epochs with the same metric, or without one, the one with the lower loss is better. While the metric does
        not move (F1 is 0 and MCC undefined until the rare class is answered for the first time), a loss that falls
        brings training forward in its place.

        Args:
            metric: Name of the selection metric.
            value: Its value; NaN where it is not defined, which is worse than any value.
            loss: Validation loss, nats.
        """
        known = None if math.isnan(value) else value
        better = self._is_better(metric, known, loss)
        falls = self.lowest_loss is None or loss < self.lowest_loss
        still = known is None or known == self.last_value
        self.last_value = known
        if falls:
            self.lowest_loss = loss
        if better:
            self.best_epoch, self.best_value, self.best_loss = self.epoch, known, loss
        if better or (still and falls):
            self.without_improvement = self.since_reduction = 0
        else:
            self.without_improvement += 1
            self.since_reduction += 1
        return better

    def _is_better(self, metric: str, value: float | None, loss: float) -> bool:
        if not self.best_epoch:
            return True
        if value == self.best_value:
            return self.best_loss is not None and loss < self.best_loss
        if value is None or self.best_value is None:
            return value is not None
        return value > self.best_value if CHOOSING[metric].higher_is_better else value < self.best_value

    def to_dict(self) -> dict[str, Any]:
        """The state as a JSON object."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> TrainingState:
        """The inverse of `to_dict`."""
        return cls(**fields)
