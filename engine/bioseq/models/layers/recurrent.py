"""Recurrent layers to which padding is invisible, without packed sequences.

`pack_padded_sequence` disables the fast kernel on the CPU. Here the backward direction reads each row reversed by its
own length, so that padding stands behind the real tokens for both directions and never before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from torch import Tensor


def reversal(mask: Tensor) -> Tensor:
    """Index that turns each row around within its real length: `(B, L)` bool to `(B, L)` int64; its own inverse."""
    positions = torch.arange(mask.shape[1], device=mask.device).unsqueeze(0)
    last = mask.sum(1, keepdim=True) - 1
    return torch.where(positions <= last, last - positions, positions)


def gathered(values: Tensor, index: Tensor) -> Tensor:
    """Tokens in another order: `(B, L, D)` and `(B, L)` to `(B, L, D)`."""
    return values.gather(1, index.unsqueeze(-1).expand_as(values))


def last_state(states: Tensor, mask: Tensor) -> Tensor:
    """The state after the last real token: `(B, L, D)` and `(B, L)` to `(B, D)`."""
    last = mask.sum(1) - 1
    return states[torch.arange(len(states), device=states.device), last]


class BidirectionalLSTM(nn.Module):
    """One layer, two directions, padding invisible."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.ahead = nn.LSTM(inputs, hidden, batch_first=True)
        self.back = nn.LSTM(inputs, hidden, batch_first=True)

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read both ways.

        Args:
            values: `(B, L, D)`; real tokens first, padding behind them.
            mask: `(B, L)`.

        Returns:
            States of both directions at each token `(B, L, 2H)`, meaningless under the mask, and the last state of
            each direction `(B, 2H)`: after the last token, and after the first.
        """
        index = reversal(mask)
        ahead, _ = self.ahead(values)
        back, _ = self.back(gathered(values, index))
        final = torch.cat([last_state(ahead, mask), last_state(back, mask)], -1)
        return torch.cat([ahead, gathered(back, index)], -1), final
