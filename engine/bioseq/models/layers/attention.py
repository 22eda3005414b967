"""Scaled dot-product attention over real tokens, with torch's fused kernel (Vaswani et al. 2017, section 3.2)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from bioseq.models.layers.positions import rotated

if TYPE_CHECKING:
    from torch import Tensor


def attended(
    projected: Tensor, mask: Tensor, *, heads: int, rotary: bool, want_weights: bool = False
) -> tuple[Tensor, Tensor | None]:
    """Each token's mixture of the values of all real tokens.

    There is no dropout inside: on the CPU it would take the slow kernel.

    Args:
        projected: Queries, keys and values beside each other, `(B, L, 3 D)`.
        mask: `(B, L)`.
        heads: H; they share D evenly.
        rotary: Turn queries and keys by their position; D / H is then even.
        want_weights: Also compute the weights.

    Returns:
        The mixtures `(B, L, D)`, and the weights `(B, H, L, L)` if wanted.
    """
    batch, length, width = projected.shape
    split = projected.view(batch, length, 3, heads, width // 3 // heads)
    queries, keys, values = split.permute(2, 0, 3, 1, 4)  # (B, H, L, D/H) each
    if rotary:
        queries, keys = rotated(queries), rotated(keys)
    allowed = mask[:, None, None, :]
    weights = None
    if want_weights:
        scores = queries @ keys.transpose(-1, -2) / math.sqrt(queries.shape[-1])
        weights = scores.masked_fill(~allowed, -torch.inf).softmax(-1)
    mixed = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=allowed)
    return mixed.transpose(1, 2).reshape(batch, length, width // 3), weights
