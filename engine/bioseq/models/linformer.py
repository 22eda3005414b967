"""`linformer`: the encoder of the package linformer (Wang et al. 2020), with padding made invisible.

Wrapped: `Linformer` and its layers; not its language model. Changed, and why:

- The package has no mask: padded tokens entered the mixtures of keys and values. Here keys and values are made of the
  normed states times the mask; since their projections have no bias, padded tokens add exactly nothing.
- The mixtures are tables over the places up to the longest record that the network was built for. Shorter input uses
  their first rows, which is exact because what it leaves out is padding; tokens beyond the table are not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from linformer.linformer import Linformer
from torch import nn

from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.placed_tokens import PlacedTokens
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class MaskedAttention(nn.Module):
    """The package's norm and attention; keys and values come from real tokens only."""

    def __init__(self, block: Any) -> None:
        super().__init__()
        self.norm: nn.Module = block.norm
        self.attention: nn.Module = block.fn

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)`."""
        normed = self.norm(states)
        mixed: Tensor = self.attention(normed, context=normed * mask.unsqueeze(-1))
        return mixed


class LinformerNetwork(Network):
    """Tokens with neighbours and places, the package's blocks, norm, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, dropout = hyper["width"], hyper["dropout"]
        encoder = Linformer(
            dim=width,
            seq_len=task.longest,
            depth=hyper["layers"],
            k=hyper["mixtures"],
            heads=hyper["heads"],
            dropout=dropout,
        )
        self.read = PlacedTokens(task.vocabulary, width, neighbours=hyper["neighbours"], dropout=dropout)
        self.blocks = nn.ModuleList(
            nn.ModuleList([MaskedAttention(attend), feed]) for attend, feed in encoder.net.layers
        )
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; weights over mixtures of places are not weights over places, so none are given."""
        tokens, mask = tokens[:, : self.task.longest], mask[:, : self.task.longest]
        states = self.read(tokens, mask)
        for pair in self.blocks:
            attend, feed = pair.children()
            states = states + attend(states, mask)
            states = states + feed(states)
        return Encoding(masked_mean(self.norm(states), mask))
