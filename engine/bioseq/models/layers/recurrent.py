"""Recurrent layers to which padding is invisible, without packed sequences.

`pack_padded_sequence` disables the fast kernel on the CPU. Here the backward direction reads each row reversed by its
own length, so that padding stands behind the real tokens for both directions and never before them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import torch
from torch import nn

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

Cell = Literal["rnn", "gru", "lstm"]


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


def recurrence(cell: Cell, inputs: int, hidden: int) -> nn.RNN | nn.GRU | nn.LSTM:
    """One direction of one layer: `(B, L, inputs)` to `(B, L, hidden)`.

    The plain recurrence of an "rnn" (Elman 1990, tanh) starts from an orthogonal matrix, which keeps the length of
    what it carries from token to token; from torch's small random start its gradient is lost within a few tokens.
    """
    match cell:
        case "lstm":
            return nn.LSTM(inputs, hidden, batch_first=True)
        case "gru":
            return nn.GRU(inputs, hidden, batch_first=True)
        case "rnn":
            plain = nn.RNN(inputs, hidden, batch_first=True)
            nn.init.orthogonal_(plain.get_parameter("weight_hh_l0"))
            return plain


def _states(layer: nn.RNN | nn.GRU | nn.LSTM, values: Tensor) -> Tensor:
    """The states at each token, `(B, L, H)`.

    A processor without instructions for it has no LSTM in bfloat16: there float32 is computed in its place.
    """
    autocast = values.device.type == "cpu" and torch.is_autocast_enabled("cpu")
    if autocast and isinstance(layer, nn.LSTM) and not torch.ops.mkldnn._is_mkldnn_bf16_supported():
        with torch.autocast("cpu", enabled=False):
            return cast("Tensor", layer(values.float())[0])
    return cast("Tensor", layer(values)[0])


class RecurrentLayer(nn.Module):
    """One layer, one direction or both, padding invisible."""

    def __init__(self, inputs: int, hidden: int, *, cell: Cell = "lstm", both_ways: bool = True) -> None:
        super().__init__()
        self.ahead = recurrence(cell, inputs, hidden)
        self.back = recurrence(cell, inputs, hidden) if both_ways else None

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read ahead, and back.

        Args:
            values: `(B, L, D)`; real tokens first, padding behind them.
            mask: `(B, L)`.

        Returns:
            States at each token `(B, L, H)`, with both directions `(B, L, 2H)`, meaningless under the mask; and the
            last state of each direction `(B, H)` or `(B, 2H)`: after the last token, and after the first.
        """
        ahead = _states(self.ahead, values)
        if self.back is None:
            return ahead, last_state(ahead, mask)
        index = reversal(mask)
        back = _states(self.back, gathered(values, index))
        final = torch.cat([last_state(ahead, mask), last_state(back, mask)], -1)
        return torch.cat([ahead, gathered(back, index)], -1), final


class RecurrentStack(nn.ModuleList):
    """Layers on top of each other, each reading the states of the one below."""

    def __init__(self, inputs: int, hidden: int, layers: int, *, cell: Cell = "lstm", both_ways: bool = True) -> None:
        above = hidden * (2 if both_ways else 1)
        super().__init__(
            RecurrentLayer(inputs if layer == 0 else above, hidden, cell=cell, both_ways=both_ways)
            for layer in range(layers)
        )

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """As in `RecurrentLayer`: what the uppermost layer says."""
        first, *others = self
        states, final = first(values, mask)
        for layer in others:
            states, final = layer(states, mask)
        return states, final


class LastStateNetwork(Network):
    """Decides from the last real state of each direction, which is the embedding: base of several architectures."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any], *, cell: Cell, both_ways: bool) -> None:
        super().__init__(task)
        width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.layers = RecurrentStack(width, hidden, hyper["layers"], cell=cell, both_ways=both_ways)
        self.head = classification_head(hidden * (2 if both_ways else 1), task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        _, final = self.layers(self.hide(self.read(tokens, mask)), mask)  # (B, H or 2H)
        return Encoding(final)
