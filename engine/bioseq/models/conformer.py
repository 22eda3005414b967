"""`conformer`: convolution-augmented transformer (Gulati et al. 2020), without its speech front end.

Changed, and why: the norm within the convolution is a layer norm, since batch statistics would count padding and mix
the records of a batch; positions are rotary (relative, as the paper's, and cheaper). The convolution reads zeros at
padding, so that padding is invisible.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.attention import EXPANSION
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.attention import attended
from bioseq.models.layers.embedding import TokenEmbedding
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class FeedForward(nn.Module):
    """Norm, expansion, swish, contraction (figure 4 of the paper)."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, EXPANSION * width)
        self.contract = nn.Linear(EXPANSION * width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, states: Tensor) -> Tensor:
        """`(B, L, D)` to `(B, L, D)`."""
        fed: Tensor = self.drop(self.contract(self.drop(functional.silu(self.expand(self.norm(states))))))
        return fed


class Convolution(nn.Module):
    """Gate, convolution of each channel by itself, norm, swish, mixing (figure 2 of the paper)."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.gate = nn.Linear(width, 2 * width)
        self.beside = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm_beside = nn.LayerNorm(width)
        self.mix = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)`."""
        gated = functional.glu(self.gate(self.norm(states)), -1) * mask.unsqueeze(-1)
        seen = self.beside(gated.transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = self.drop(self.mix(functional.silu(self.norm_beside(seen))))
        return mixed


class ConformerBlock(nn.Module):
    """Half a feed-forward net, attention, convolution, the other half, norm (equation 1 of the paper)."""

    def __init__(self, hyper: Mapping[str, Any]) -> None:
        super().__init__()
        width, dropout = hyper["width"], hyper["dropout"]
        self.heads: int = hyper["heads"]
        self.before = FeedForward(width, dropout)
        self.norm_attention = nn.LayerNorm(width)
        self.project = nn.Linear(width, 3 * width)
        self.merge = nn.Linear(width, width)
        self.drop = nn.Dropout(dropout)
        self.convolve = Convolution(width, hyper["kernel"], dropout)
        self.after = FeedForward(width, dropout)
        self.norm = nn.LayerNorm(width)

    def forward(self, states: Tensor, mask: Tensor, *, want_attention: bool) -> tuple[Tensor, Tensor | None]:
        """`(B, L, D)` and `(B, L)` to `(B, L, D)` and, if wanted, the weights `(B, H, L, L)`."""
        states = states + 0.5 * self.before(states)
        projected = self.project(self.norm_attention(states))
        mixed, weights = attended(projected, mask, heads=self.heads, rotary=True, want_weights=want_attention)
        states = states + self.drop(self.merge(mixed))
        states = states + self.convolve(states, mask)
        return self.norm(states + 0.5 * self.after(states)), weights


class Conformer(Network):
    """Embedding, blocks, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        self.read = TokenEmbedding(task.vocabulary, hyper["width"])
        self.drop = nn.Dropout(hyper["dropout"])
        self.blocks = nn.ModuleList(ConformerBlock(hyper) for _ in range(hyper["layers"]))
        self.head = classification_head(hyper["width"], task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:
        """As in `Network`; attention is one `(B, H, L, L)` per layer."""
        states = self.drop(self.read(tokens, mask))
        attention = []
        for block in self.blocks:
            states, weights = block(states, mask, want_attention=want_attention)
            if weights is not None:
                attention.append(weights)
        return Encoding(masked_mean(states, mask), tuple(attention) if want_attention else None)
