"""What convolutional networks are made of, such that padding is invisible.

Values are `(B, C, L)`: C filters at L places. A convolution carries values from real places to the padding beside them,
so everything here sets the places under the mask to zero again; the next convolution then sees at the end of a record
the same zeros that it sees at the end of the rectangle, however much padding there is. A layer of stride 2 starts
counting at the first place, so which places it keeps does not depend on padding either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor


def real_only(values: Tensor, mask: Tensor) -> Tensor:
    """Zero under the mask: `(B, C, L)` and `(B, L)` to `(B, C, L)`."""
    return values * mask.unsqueeze(1)


def every_second(mask: Tensor) -> Tensor:
    """The mask behind a layer of stride 2: `(B, L)` to `(B, ceil(L / 2))`."""
    return mask[:, ::2]


def largest_of_three(values: Tensor, mask: Tensor, *, stride: int) -> Tensor:
    """The largest of each place and its neighbours, zero under the mask: `(B, C, L)` to `(B, C, ceil(L / stride))`.

    Padding never wins. With stride 2 the mask behind it is `every_second`.

    Args:
        values: `(B, C, L)`.
        mask: `(B, L)`.
        stride: 1 or 2.
    """
    below = torch.finfo(values.dtype).min
    largest = functional.max_pool1d(values.masked_fill(~mask.unsqueeze(1), below), 3, stride=stride, padding=1)
    return largest.masked_fill(~mask[:, ::stride].unsqueeze(1), 0)


def strongest(values: Tensor, mask: Tensor, number: int) -> Tensor:
    """The largest values of each filter over real places, the largest first: `(B, C, L)` to `(B, C, number)`.

    Where a record has fewer places, zeros stand for the missing ones. Values must not be below zero.
    """
    missing = max(0, number - values.shape[-1])
    return functional.pad(real_only(values, mask), (0, missing)).topk(number, dim=-1).values


def summary(values: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """One or two numbers per filter, over real places: `(B, C, L)` to `(B, C)`, or `(B, 2C)` for "max_mean".

    Args:
        values: Zero under the mask.
        mask: `(B, L)`.
        pooling: "max", "mean" or "max_mean".
    """
    kept = []
    if pooling != "mean":
        below = torch.finfo(values.dtype).min
        kept.append(values.masked_fill(~mask.unsqueeze(1), below).amax(-1))
    if pooling != "max":
        kept.append(values.sum(-1) / mask.sum(1, keepdim=True))
    return torch.cat(kept, 1)


def norm_layer(kind: str, width: int) -> MaskedBatchNorm | PlaceNorm:
    """A norm over the batch ("batch") or at each place alone ("place")."""
    return MaskedBatchNorm(width) if kind == "batch" else PlaceNorm(width)


class MaskedBatchNorm(nn.Module):
    """Batch normalisation that sees real places only (Ioffe and Szegedy 2015).

    Mean and variance, and the running ones that evaluation uses, are those of the real places of a batch, so padding
    changes nothing; in evaluation records do not see each other. Statistics are float32 in any precision. On the CPU
    torch's own kernel, which is up to four times faster, does batches without padding; another device would have to
    wait for the answer whether there is any.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, width: int, *, momentum: float = 0.1, epsilon: float = 1e-5) -> None:
        super().__init__()
        self.momentum = momentum
        self.epsilon = epsilon
        self.weight = nn.Parameter(torch.ones(width))
        self.bias = nn.Parameter(torch.zeros(width))
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)` and `(B, L)` to `(B, C, L)`, zero under the mask."""
        if values.device.type == "cpu" and mask.numel() > 1 and bool(mask.all()):
            return self._without_padding(values)
        if self.training:
            mean, variance = self._of_the_batch(values.float(), mask)
        else:
            mean, variance = self.running_mean, self.running_var
        scale = self.weight * torch.rsqrt(variance + self.epsilon)
        shift = self.bias - mean * scale
        return real_only(torch.addcmul(shift.unsqueeze(1), values, scale.unsqueeze(1)), mask).to(values.dtype)

    def _without_padding(self, values: Tensor) -> Tensor:
        return functional.batch_norm(
            values,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training,
            self.momentum,
            self.epsilon,
        )

    def _of_the_batch(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and variance `(C,)` of the real places; the running ones move towards them."""
        places = mask.sum()
        mean = real_only(values, mask).sum((0, 2)) / places
        variance = real_only(values - mean.unsqueeze(1), mask).square().sum((0, 2)) / places
        with torch.no_grad():
            unbiased = variance * (places / (places - 1).clamp_min(1))
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(unbiased, self.momentum)
        return mean, variance


class PlaceNorm(nn.Module):
    """Layer normalisation over the filters of each place (Ba et al. 2016): no place sees another."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)` and `(B, L)` to `(B, C, L)`, zero under the mask."""
        normed: Tensor = self.norm(values.transpose(1, 2)).transpose(1, 2)
        return real_only(normed, mask)
