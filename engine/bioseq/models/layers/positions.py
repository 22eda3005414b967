"""How a network without order learns the place of a token."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def sinusoids(length: int, width: int, *, device: torch.device) -> Tensor:
    """Sines and cosines of each position, `(L, D)` (Vaswani et al. 2017, section 3.5)."""
    rates = torch.exp(torch.arange(0, width, 2, device=device) * (-math.log(10_000.0) / width))
    angles = torch.arange(length, device=device).unsqueeze(1) * rates
    return torch.stack([angles.sin(), angles.cos()], -1).flatten(1)


def rotated(values: Tensor) -> Tensor:
    """Turn pairs of numbers by an angle that grows with the position, so that products tell distances.

    Su et al. 2021 (RoFormer), doi 10.48550/arXiv.2104.09864.

    Args:
        values: Queries or keys `(B, H, L, D)`, D even.
    """
    length, width = values.shape[-2:]
    rates = torch.exp(torch.arange(0, width, 2, device=values.device) * (-math.log(10_000.0) / width))
    angles = torch.arange(length, device=values.device).unsqueeze(1) * rates
    cosine, sine = angles.cos().to(values.dtype), angles.sin().to(values.dtype)
    first, second = values[..., 0::2], values[..., 1::2]
    return torch.stack([first * cosine - second * sine, first * sine + second * cosine], -1).flatten(-2)
