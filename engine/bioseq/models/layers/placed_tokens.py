"""What encoders without a sense of order read: the vector of each token, with its neighbours and its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from bioseq.models.layers.embedding import TokenEmbedding
from bioseq.models.layers.positions import sinusoids

if TYPE_CHECKING:
    from torch import Tensor


class PlacedTokens(nn.Module):
    """A learnt vector per token, what a short convolution says of its neighbours, and sines and cosines of its place.

    Attention that is only told places by number learns slowly which tokens stand side by side; the convolution says it
    from the start, so that motifs are found wherever they stand. With no neighbours there is no convolution. Positions:
    Vaswani et al. 2017, section 3.5. Under the mask stands the position alone, so that what stood there cannot matter.
    """

    def __init__(self, vocabulary: int, width: int, *, neighbours: int, dropout: float) -> None:
        super().__init__()
        self.read = TokenEmbedding(vocabulary, width)
        self.beside = nn.Conv1d(width, width, 2 * neighbours + 1, padding=neighbours) if neighbours else None
        self.drop = nn.Dropout(dropout)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """`(B, L)` and `(B, L)` to `(B, L, D)`, D even."""
        vectors: Tensor = self.read(tokens, mask)
        if self.beside is not None:
            seen = functional.gelu(self.beside(vectors.transpose(1, 2))).transpose(1, 2)
            vectors = vectors + torch.where(mask.unsqueeze(-1), seen, 0)
        places = sinusoids(vectors.shape[1], vectors.shape[2], device=vectors.device)
        placed: Tensor = self.drop(vectors + places.to(vectors.dtype))
        return placed
