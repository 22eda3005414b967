"""AdamW, the learning rate of each step, and the limit on gradients."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn.utils import clip_grads_with_norm_, get_total_norm

from bioseq.models.base import Network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from torch import Tensor, nn

    from bioseq.config.schema import TrainingSettings


def build_optimiser(network: nn.Module, settings: TrainingSettings) -> torch.optim.AdamW:
    """AdamW in its fused form; biases and norms (vectors) do not decay.

    Pretrained weights may learn at a share of the rate (`Network.rate_factors`).

    Source: Loshchilov and Hutter 2019, Decoupled Weight Decay Regularization.
    """
    factors = network.rate_factors() if isinstance(network, Network) else {}
    groups: dict[tuple[float, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((factors.get(name, 1.0), parameter.ndim <= 1), []).append(parameter)
    return torch.optim.AdamW(
        [
            {"params": members, "weight_decay": 0.0 if vectors else settings.weight_decay, "rate_factor": factor}
            for (factor, vectors), members in sorted(groups.items(), key=lambda group: group[0])
        ],
        lr=settings.learning_rate,
        fused=True,
    )


def rate_at(step: int, steps: int, settings: TrainingSettings) -> float:
    """Learning rate of a step by warm-up and schedule; what "plateau" takes off comes on top.

    Args:
        step: 0-based, of the whole training.
        steps: Steps of the whole training.
        settings: Rate, warm-up and schedule.
    """
    warm_up = round(settings.warmup_fraction * steps)
    if step < warm_up:
        return settings.learning_rate * (step + 1) / warm_up
    if settings.schedule != "cosine":
        return settings.learning_rate
    passed = (step - warm_up) / max(1, steps - warm_up)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * passed))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Make the next step one of this learning rate."""
    for group in optimiser.param_groups:
        group["lr"] = rate * group.get("rate_factor", 1.0)


def limit_gradients(parameters: Iterable[Tensor], longest: float) -> Tensor:
    """Scale all gradients down together so that they are no longer than `longest` as one vector; 0 leaves them.

    Returns:
        Their length before, a scalar; infinite or NaN when training has diverged.
    """
    with_gradient = [parameter for parameter in parameters if parameter.grad is not None]
    length = get_total_norm([parameter.grad for parameter in with_gradient if parameter.grad is not None])
    # On the CPU the comparison is free and spares a pass over all gradients; elsewhere it would make the device wait.
    if longest and (length.device.type != "cpu" or length.item() > longest):
        clip_grads_with_norm_(with_gradient, longest, length)
    return length
