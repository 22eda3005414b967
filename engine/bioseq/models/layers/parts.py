"""Parts of records: equally long runs of the real places, one behind the other.

Part p of P in a record of n real places runs from place floor(p n / P) to place ceil((p + 1) n / P), the latter
excluded, as in adaptive pooling: no part is ever empty, and neighbours share a place where n is no multiple of P.
The real places of a record stand together. Shapes: B records, L places, P parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from torch import Tensor


def find_parts(mask: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    """Where each part begins and ends (exclusive), `(B, P)` both.

    Args:
        mask: `(B, L)`, at least one True in each row, all of a row together.
        parts: P.
    """
    first, count = mask.int().argmax(1, keepdim=True), mask.sum(1, keepdim=True)
    number = torch.arange(parts, device=mask.device)
    starts = first + torch.div(number * count, parts, rounding_mode="floor")
    ends = first - torch.div(-(number + 1) * count, parts, rounding_mode="floor")
    return starts, ends


def mark_parts(mask: Tensor, parts: int) -> Tensor:
    """Which places belong to each part, `(B, P, L)`; arguments as in `find_parts`."""
    starts, ends = (edges.unsqueeze(-1) for edges in find_parts(mask, parts))
    places = torch.arange(mask.shape[1], device=mask.device)
    return (places >= starts) & (places < ends)


def cut_parts(padded: Tensor, mask: Tensor, parts: int) -> tuple[Tensor, Tensor]:
    """Cut the parts out of padded tokens, each with as many tokens around it as the record has been padded with.

    Args:
        padded: Tokens with something before the first and behind the last place, `(B, L + more)`.
        mask: Of the places, as in `find_parts`.
        parts: P.

    Returns:
        The parts of a record one behind the other as rows: tokens `(B P, l + more)` and mask `(B P, l)`, l the number
        of places of the longest part. What lies behind the end of a part is not hidden.
    """
    starts, ends = find_parts(mask, parts)
    sizes = ends - starts
    longest = int(sizes.max())
    more = padded.shape[1] - mask.shape[1]
    steps = torch.arange(longest + more, device=padded.device)
    index = (starts.unsqueeze(-1) + steps).clamp_max_(padded.shape[1] - 1)
    tokens = padded.unsqueeze(1).expand(-1, parts, -1).gather(2, index).flatten(0, 1)
    real: Tensor = (steps[:longest] < sizes.unsqueeze(-1)).flatten(0, 1)
    return tokens, real
