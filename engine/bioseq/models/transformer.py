"""`transformer`: a pre-norm encoder with torch's fused attention (Vaswani et al. 2017; pre-norm: Xiong et al. 2020).

There is no dropout inside the attention: on the CPU it would take the slow kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.transformer import LONGEST_LEARNT
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.attention import attended
from bioseq.models.layers.embedding import TokenEmbedding
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.pooling import AttentionPooling, masked_mean
from bioseq.models.layers.positions import sinusoids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class EncoderBlock(nn.Module):
    """Attention and a feed-forward net, each behind a norm and added to its input."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        super().__init__()
        width = hyper["width"]
        self.heads: int = hyper["heads"]
        self.rotary: bool = hyper["positions"] == "rotary"
        self.norm_attention = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.norm_feed = nn.LayerNorm(width)
        self.expand = nn.Linear(width, hyper["feed_forward"])
        self.contract = nn.Linear(hyper["feed_forward"], width)
        self.drop = nn.Dropout(hyper["dropout"])

    def forward(self, states: Tensor, mask: Tensor, *, want_attention: bool) -> tuple[Tensor, Tensor | None]:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)` and, if wanted, the weights `(B, H, L, L)`."""
        projected = self.project(self.norm_attention(states))
        mixed, weights = attended(projected, mask, heads=self.heads, rotary=self.rotary, want_weights=want_attention)
        states = states + self.drop(self.merge(mixed))
        fed = self.contract(self.drop(functional.gelu(self.expand(self.norm_feed(states)))))
        return states + self.drop(fed), weights


class Transformer(Network):
    """Embedding, positions, blocks, norm, and one vector from the real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width = hyper["width"]
        self.positions: str = hyper["positions"]
        self.pooling: str = hyper["pooling"]
        self.read = TokenEmbedding(task.vocabulary, width)
        self.table = nn.Embedding(LONGEST_LEARNT, width) if self.positions == "learnt" else None
        self.gather = nn.Parameter(torch.randn(width) * 0.02) if self.pooling == "cls" else None
        self.pool = AttentionPooling(width) if self.pooling == "attention" else None
        self.drop = nn.Dropout(hyper["dropout"])
        self.blocks = nn.ModuleList(EncoderBlock(hyper) for _ in range(hyper["layers"]))
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:
        """As in `Network`; attention is one `(B, H, L, L)` per layer (with the extra token first, if there is one)."""
        states = self.read(tokens, mask)
        if self.gather is not None:
            states = torch.cat([self.gather.expand(len(states), 1, -1), states], 1)
            mask = functional.pad(mask, (1, 0), value=True)
        states = self.drop(self._placed(states))
        attention = []
        for block in self.blocks:
            states, weights = block(states, mask, want_attention=want_attention)
            if weights is not None:
                attention.append(weights)
        return Encoding(self._pooled(self.norm(states), mask), tuple(attention) if want_attention else None)

    def _placed(self, states: Tensor) -> Tensor:
        """Tokens with their place added, where places are added and not turned."""
        length = states.shape[1]
        if self.positions == "sinusoidal":
            return states + sinusoids(length, states.shape[2], device=states.device).to(states.dtype)
        if self.table is not None:
            numbers = torch.arange(length, device=states.device).clamp_max(LONGEST_LEARNT - 1)
            placed: Tensor = states + self.table(numbers)
            return placed
        return states

    def _pooled(self, states: Tensor, mask: Tensor) -> Tensor:
        if self.pool is not None:
            pooled: Tensor = self.pool(states, mask)[0]
            return pooled
        return states[:, 0] if self.gather is not None else masked_mean(states, mask)
