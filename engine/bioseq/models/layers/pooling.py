"""A sequence of vectors to one vector, over real tokens only."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean over real tokens: `(B, L, D)` and `(B, L)` to `(B, D)`."""
    weights = mask.unsqueeze(-1).to(values.dtype)
    return (values * weights).sum(1) / weights.sum(1).clamp_min(1)


def masked_softmax(scores: Tensor, mask: Tensor) -> Tensor:
    """Weights over real tokens that sum to 1: `(B, L)` and `(B, L)` to `(B, L)`."""
    return scores.masked_fill(~mask, torch.finfo(scores.dtype).min).softmax(-1) * mask


class AttentionPooling(nn.Module):
    """A mean with learnt weights; a bias would cancel in the softmax, so there is none."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.score = nn.Linear(width, 1, bias=False)

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, L, D)` and `(B, L)` to the mean `(B, D)` and its weights `(B, L)`."""
        weights = masked_softmax(self.score(values).squeeze(-1), mask)
        return torch.einsum("bl,bld->bd", weights, values), weights
