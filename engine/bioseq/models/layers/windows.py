"""Long sequences in overlapping pieces: cut for an encoder with few positions, and put together again.

A record that fits is one piece. A longer one is cut into pieces of the full window, each begun one stride after the
last; the final piece ends with the record, so that all its pieces are equally long and none is padded. The record's
vector is the mean of those of its pieces.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch

if TYPE_CHECKING:
    from torch import Tensor


class Pieces(NamedTuple):
    """P pieces of the records of a batch, in the order of the records.

    Attributes:
        owners: Record of each, int64 `(P,)`.
        starts: Its first token in the record, int64 `(P,)`.
        sizes: Its tokens, int64 `(P,)`, at least 1 each.
    """

    owners: Tensor
    starts: Tensor
    sizes: Tensor

    def part(self, start: int, end: int) -> Pieces:
        """The pieces from one to before another."""
        return Pieces(self.owners[start:end], self.starts[start:end], self.sizes[start:end])


def cut(lengths: Tensor, window: int, overlap: float) -> Pieces:
    """The pieces of records of these lengths `(B,)`.

    Args:
        lengths: Tokens per record, at least 1 each.
        window: Tokens per piece at most, at least 1.
        overlap: Share of a piece that the next one repeats, in [0, 1).
    """
    stride = max(1, round(window * (1 - overlap)))
    beyond = (lengths - window).clamp_min(0)
    counts = 1 + (beyond + stride - 1) // stride
    owners = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), counts)
    first = torch.cumsum(counts, 0) - counts
    numbers = torch.arange(len(owners), device=lengths.device) - first[owners]
    starts = torch.minimum(numbers * stride, beyond[owners])
    return Pieces(owners, starts, lengths[owners].clamp_max(window))


def gathered(tokens: Tensor, pieces: Pieces) -> tuple[Tensor, Tensor]:
    """The tokens of pieces: `(B, L)` to `(P, W)`, and which are real, `(P, W)` bool; W is the longest piece's size."""
    places = torch.arange(int(pieces.sizes.max()), device=tokens.device)
    real = places < pieces.sizes[:, None]
    positions = (pieces.starts[:, None] + places).clamp_max(tokens.shape[1] - 1)
    return tokens[pieces.owners[:, None], positions], real


def mean_over_pieces(vectors: Tensor, pieces: Pieces, records: int) -> Tensor:
    """One vector per record from those of its pieces: `(P, D)` to `(B, D)`."""
    if len(vectors) == records:
        return vectors
    counts = torch.bincount(pieces.owners, minlength=records).to(vectors.dtype)
    sums = torch.zeros((records, vectors.shape[1]), dtype=vectors.dtype, device=vectors.device)
    return sums.index_add(0, pieces.owners, vectors) / counts[:, None]


def weights_over_records(weights: Tensor, pieces: Pieces, records: int, length: int) -> Tensor:
    """Weights over the tokens of pieces as weights over those of records: `(P, W)` to `(B, length)`, rows sum to 1."""
    places = torch.arange(weights.shape[1], device=weights.device)
    real = places < pieces.sizes[:, None]
    positions = (pieces.starts[:, None] + places).clamp_max(length - 1)
    flat = (pieces.owners[:, None] * length + positions)[real]
    sums = torch.zeros(records * length, dtype=weights.dtype, device=weights.device)
    counts = sums.index_add(0, flat, torch.ones_like(weights[real]))
    sums = sums.index_add(0, flat, weights[real]) / counts.clamp_min(1)
    spread = sums.view(records, length)
    return spread / spread.sum(1, keepdim=True).clamp_min(torch.finfo(weights.dtype).tiny)
