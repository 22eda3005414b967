"""The loss that training lowers: cross-entropy or focal loss, with a weight per class."""

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
    """Mean over the records of `alpha_y (1 - p_y)^gamma (-ln p_y)`, where y is the true class and p_y its probability.

    With gamma 0 it is cross-entropy with class weights. The mean divides by the number of records, not by the sum of
    their weights, so that the gradient of a batch is the sum of those of its parts.

    Source: Lin et al. 2017, Focal Loss for Dense Object Detection, equation 5.

    Args:
        class_weights: Alpha of each class, `(C,)`, 0 or more.
        gamma: How strongly records that are already classified well are played down, 0 or more.
    """

    class_weights: Tensor

    def __init__(self, class_weights: Sequence[float] | Tensor, gamma: float = 0.0) -> None:
        super().__init__()
        self.register_buffer("class_weights", torch.as_tensor(class_weights, dtype=torch.float32))
        self.gamma = gamma
        self._weighted = bool((self.class_weights != 1).any())

    def forward(self, logits: Tensor, labels: Tensor) -> Tensor:
        """Mean loss, nats.

        Args:
            logits: `(B, C)`, float32.
            labels: True class of each record, `(B,)`, int64.
        """
        surprise = functional.cross_entropy(logits, labels, reduction="none")  # (B,)
        if self.gamma:
            # 1 - p from the logarithm, exact where p is close to 1; kept above 0, where a power has no finite slope.
            wrong = -torch.expm1(-surprise)
            surprise = wrong.clamp_min(torch.finfo(wrong.dtype).tiny) ** self.gamma * surprise
        if self._weighted:
            surprise = self.class_weights[labels] * surprise
        return surprise.mean()


def build_loss(settings: TrainingSettings, class_weights: Sequence[float] | Tensor) -> ClassificationLoss:
    """The loss that the settings ask for."""
    return ClassificationLoss(class_weights, settings.focal_gamma if settings.loss == "focal" else 0.0)
