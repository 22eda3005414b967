"""`linear_transformer`: a pre-norm encoder with linearised attention (Katharopoulos et al. 2020, equations 4 to 7).

The softmax of products of queries and keys is replaced by products of their features, `elu(x) + 1`; sums over keys can
then be made once for all queries. Features of padded keys are zero, so that padding is invisible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.attention import EXPANSION
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.placed_tokens import PlacedTokens
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class LinearBlock(nn.Module):
    """Linearised attention and a feed-forward net, each behind a norm and added to its input."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        super().__init__()
        width = hyper["width"]
        self.heads: int = hyper["heads"]
        self.norm_attention = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.norm_feed = nn.LayerNorm(width)
        self.expand = nn.Linear(width, EXPANSION * width)
        self.contract = nn.Linear(EXPANSION * width, width)
        self.drop = nn.Dropout(hyper["dropout"])

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)`."""
        projected = self.project(self.norm_attention(states)).unflatten(-1, (3, self.heads, -1))
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)  # (B, H, L, D/H) each
        mixed = linear_attention(queries, keys, values, mask)
        merged: Tensor = self.drop(self.merge(mixed.transpose(1, 2).flatten(2)))
        states = states + merged
        fed: Tensor = self.drop(self.contract(self.drop(functional.gelu(self.expand(self.norm_feed(states))))))
        return states + fed


def linear_attention(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor) -> Tensor:
    """Mixtures of the values of real tokens, weighted by products of features: all `(B, H, L, D)`, mask `(B, L)`."""
    asked = functional.elu(queries) + 1
    offered = (functional.elu(keys) + 1) * mask[:, None, :, None]
    summed = offered.transpose(-1, -2) @ values  # (B, H, D, D)
    total = asked @ offered.sum(2).unsqueeze(-1)  # (B, H, L, 1)
    return asked @ summed / total.clamp_min(torch.finfo(torch.float16).tiny)


class LinearTransformer(Network):
    """Tokens with neighbours and places, blocks, norm, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, dropout = hyper["width"], hyper["dropout"]
        self.read = PlacedTokens(task.vocabulary, width, neighbours=hyper["neighbours"], dropout=dropout)
        self.blocks = nn.ModuleList(LinearBlock(hyper) for _ in range(hyper["layers"]))
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there are no attention weights: the shortcut is never to compute them."""
        states = self.read(tokens, mask)
        for block in self.blocks:
            states = block(states, mask)
        return Encoding(masked_mean(self.norm(states), mask))
