"""Flooding: the training loss is kept from falling below a level; the loss that is reported is left alone.

Source: Ishida et al. 2020, Do We Need Zero Training Loss After Achieving Zero Training Error?, equation 3: what is
lowered is `|loss - level| + level`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor


def turn_below(level: float, loss: Tensor, parameters: Iterable[Tensor]) -> None:
    """Turn the gradients of the loss into those of `|loss - level| + level`: they change their sign below the level.

    That holds for a batch that was taken in parts as well. What is lowered besides the loss of the batch (a network's
    own auxiliary loss, adversarial training) turns with it: below the level, the whole step goes back.

    Args:
        level: In the units of the loss, above 0.
        loss: Mean loss of the batch, `()`.
        parameters: Their gradients are changed.
    """
    sign = torch.sign(loss - level)
    for parameter in parameters:
        if parameter.grad is not None:
            parameter.grad.mul_(sign)
