"""The loss that training lowers and reports: cross-entropy or focal loss, smoothed or not, with a weight per class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from bioseq.config.schema import TrainingSettings


class ClassificationLoss(nn.Module):
    """Mean over the records of `alpha_y sum_c q_c (1 - p_c)^gamma (-ln p_c)`.

    y is the true class, p_c the probability given to class c, and q_c its smoothed label: `1 - s + s / C` for the true
    class and `s / C` for the others. With s 0 only the true class is left, and with gamma 0 as well it is
    cross-entropy with class weights. The weight is that of the record's class, whatever part of the label is spread.
    The mean divides by the number of records, not by the sum of their weights, so that the gradient of a batch is the
    sum of those of its parts.

    Sources: Lin et al. 2017, Focal Loss for Dense Object Detection, equation 5; Szegedy et al. 2016, Rethinking the
    Inception Architecture for Computer Vision, section 7.

    Args:
        class_weights: Alpha of each class, `(C,)`, 0 or more.
        gamma: How strongly records that are already classified well are played down, 0 or more.
        smoothing: s, the share of a label that is spread evenly over all classes, [0, 1).
    """

    class_weights: Tensor

    def __init__(self, class_weights: Sequence[float] | Tensor, gamma: float = 0.0, *, smoothing: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("class_weights", torch.as_tensor(class_weights, dtype=torch.float32))
        self.gamma = gamma
        self.smoothing = smoothing
        self._weighted = bool((self.class_weights != 1).any())

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean loss, nats.

        Args:
            logits: `(B, C)`, float32.
            labels: True class of each record, `(B,)`, int64.
        """
        surprise = self._focused(functional.cross_entropy(logits, labels, reduction="none"))  # (B,)
        if self.smoothing:
            of_each = self._focused(-functional.log_softmax(logits, dim=1))  # (B, C)
            surprise = (1 - self.smoothing) * surprise + self.smoothing * of_each.mean(1)
        if self._weighted:
            surprise = self.class_weights[labels] * surprise
        return surprise.mean()

    def _focused(self, surprise: Tensor) -> Tensor:
        """Surprises `-ln p`, of any shape, played down where p is large."""
        if not self.gamma:
            return surprise
        # 1 - p from the logarithm, exact where p is close to 1; kept above 0, where a power has no finite slope.
        wrong = -torch.expm1(-surprise)
        return wrong.clamp_min(torch.finfo(wrong.dtype).tiny) ** self.gamma * surprise


def build_loss(settings: TrainingSettings, class_weights: Sequence[float] | Tensor) -> ClassificationLoss:
    """The loss that the settings ask for."""
    gamma = settings.focal_gamma if settings.loss == "focal" else 0.0
    return ClassificationLoss(class_weights, gamma, smoothing=settings.label_smoothing)


def loss_in_words(settings: TrainingSettings) -> str:
    """What the losses of training and validation are that are reported: "focal (gamma 2), labels smoothed by 0.1"."""
    parts = [f"focal (gamma {settings.focal_gamma:g})" if settings.loss == "focal" else "cross-entropy"]
    if settings.label_smoothing:
        parts.append(f"labels smoothed by {settings.label_smoothing:g}")
    if settings.class_weights != "none":
        parts.append("classes weighted")
    return ", ".join(parts)
