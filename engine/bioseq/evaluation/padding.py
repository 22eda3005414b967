"""From columns of tokens to padded batches, by index arithmetic: no Python object per record, no collation.

Shapes: B records of a batch, L tokens of the longest of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from torch import Tensor

    from bioseq.sequences.tokens import TokenColumn


def padded_batch(column: TokenColumn, rows: NDArray[np.intp], device: torch.device) -> tuple[Tensor, Tensor]:
    """Gather records into one rectangle.

    Args:
        column: All records.
        rows: The wanted ones, `(B,)`.
        device: Where the batch goes.

    Returns:
        Tokens `(B, L)` int64 with 0 as padding, and the mask `(B, L)` bool, False at padding.
    """
    starts = column.offsets[rows]
    lengths = column.offsets[rows + 1] - starts
    longest = int(lengths.max())
    places = np.arange(longest)
    positions = starts[:, None] + places
    if int(lengths.min()) == longest:
        tokens = torch.from_numpy(column.tokens[positions].astype(np.int64))
        mask = torch.ones(tokens.shape, dtype=torch.bool, device=device)
        return tokens.to(device), mask
    real = places < lengths[:, None]
    # A row that ends near the end of the column would reach beyond it; what is read there is masked.
    np.minimum(positions, len(column.tokens) - 1, out=positions)
    tokens = torch.from_numpy(column.tokens[positions].astype(np.int64) * real)
    return tokens.to(device), torch.from_numpy(real).to(device)


_LIKE = 0.85
"""Share of the longest record's length from which a record is of like length."""


def token_limited_runs(
    lengths: NDArray[np.int64], token_limit: int, record_limit: int, *, unlike_limit: int | None = None
) -> Iterator[slice]:
    """Cut records into consecutive runs that stay below a number of padded tokens and of records each.

    Args:
        lengths: Tokens per record, in the order in which they will be batched, `(N,)`.
        token_limit: Padded tokens (records times longest) per run; a single longer record is a run of its own.
        record_limit: Records per run.
        unlike_limit: Padded tokens up to which a run may hold records that are much shorter than its longest; beyond,
            padding would cost more than a run of their own. No such limit when None.
    """
    start = 0
    while start < len(lengths):
        window = lengths[start : start + record_limit]
        longest = np.maximum.accumulate(window)
        padded = longest * np.arange(1, len(window) + 1)
        fits = padded <= token_limit
        if unlike_limit is not None:
            fits &= (padded <= unlike_limit) | (np.minimum.accumulate(window) >= _LIKE * longest)
        end = start + max(1, len(window) if fits.all() else int(np.argmin(fits)))
        yield slice(start, end)
        start = end
