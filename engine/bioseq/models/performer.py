"""`performer`: the encoder of performer_pytorch (Choromanski et al. 2021, FAVOR+), with padding made invisible.

Wrapped: `Performer` and its kernel functions; not its language model. Changed, and why:

- The package masks the values only: padded keys still count in the stabiliser (a maximum over all keys) and in the
  normaliser, so that more padding changed the outputs. Here padded keys are first replaced by a copy of a real key,
  which leaves the maximum alone, and the features of padded keys are then set to zero.
- The package draws its random directions anew every 1,000 calls. Here those drawn when the network is built stay:
  evaluation is deterministic, they are saved with the weights, and an interrupted training goes on exactly.
- Its module that counts the calls holds every layer a second time; it is left out, so that each weight is saved once.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.placed_tokens import PlacedTokens
from bioseq.models.layers.pooling import masked_mean

with warnings.catch_warnings():
    # The package compares versions with distutils, which says at each import that it is going away.
    warnings.filterwarnings("ignore", r"(The )?distutils ", DeprecationWarning)
    from performer_pytorch.performer_pytorch import Performer, linear_attention, softmax_kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class MaskedAttention(nn.Module):
    """The package's attention, with its own layers, seeing real keys only."""

    projection: Tensor

    def __init__(self, attention: Any) -> None:
        super().__init__()
        self.heads: int = attention.heads
        self.to_q: nn.Module = attention.to_q
        self.to_k: nn.Module = attention.to_k
        self.to_v: nn.Module = attention.to_v
        self.to_out: nn.Module = attention.to_out
        self.dropout: nn.Module = attention.dropout
        self.register_buffer("projection", attention.fast_attention.projection_matrix)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)`; the first token of each row is real."""
        queries, keys, values = (
            layer(states).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, L, D/H)
            for layer in (self.to_q, self.to_k, self.to_v)
        )
        real = mask[:, None, :, None]
        keys = torch.where(real, keys, keys[:, :, :1])
        queries = softmax_kernel(queries, projection_matrix=self.projection, is_query=True)
        keys = softmax_kernel(keys, projection_matrix=self.projection, is_query=False) * real
        mixed = linear_attention(queries, keys, values)
        merged: Tensor = self.dropout(self.to_out(mixed.transpose(1, 2).flatten(2)))
        return merged


class PerformerNetwork(Network):
    """Tokens with neighbours and places, the package's blocks, norm, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, dropout = hyper["width"], hyper["dropout"]
        self.read = PlacedTokens(task.vocabulary, width, neighbours=hyper["neighbours"], dropout=dropout)
        self.encoder = _encoder(hyper)
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there are no attention weights: the shortcut is never to compute them."""
        states = self.encoder(self.read(tokens, mask), mask=mask)
        return Encoding(masked_mean(self.norm(states), mask))


def _encoder(hyper: Mapping[str, Any]) -> nn.Module:
    """The package's sequence of blocks, each with the masked attention in the place of its own."""
    # Its constructor computes the directions on the CPU, and cannot when the default device holds no numbers.
    with torch.device("cpu"):
        performer = Performer(
            dim=hyper["width"],
            depth=hyper["layers"],
            heads=hyper["heads"],
            dim_head=hyper["width"] // hyper["heads"],
            nb_features=hyper["features"],
            ff_dropout=hyper["dropout"],
            attn_dropout=hyper["dropout"],
            auto_check_redraw=False,
        )
    encoder: nn.Module = performer.net
    for attend, _ in encoder.layers:  # type: ignore[union-attr]  # a list of pairs of modules
        attend.fn = MaskedAttention(attend.fn)
    return encoder.to(torch.get_default_device())
