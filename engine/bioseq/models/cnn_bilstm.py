"""`cnn_bilstm`: motif detectors, the strongest match in each stretch, then an LSTM both ways (DanQ, Quang & Xie 2016).

Theirs flattens the states of all stretches, which needs one fixed length; here the strongest of each state over the
real stretches stands for them, beside the last state of each direction, so that any length can be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import real_only, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.recurrent import RecurrentLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class CnnBiLstm(Network):
    """The embedding is the strongest of each state over the stretches, beside the last state of each direction.

    Matches are at least 0 (ReLU), so places under the mask, set to 0, never win within a stretch; a stretch is real
    when its first place is.
    """

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, filters, kernel, hidden = (
            reader_width(task, hyper["embedding"]),
            hyper["filters"],
            hyper["kernel"],
            hyper["hidden"],
        )
        self.stretch = hyper["stretch"]
        self.read = token_reader(task, hyper["embedding"])
        self.filters = nn.Conv1d(width, filters, kernel)
        self.around = (kernel // 2, (kernel - 1) // 2)
        self.hide = nn.Dropout(hyper["dropout"])
        self.lstm = RecurrentLayer(filters, hidden)
        self.head = classification_head(4 * hidden, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        channels = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        matches = real_only(functional.relu(self.filters(functional.pad(channels, self.around))), mask)  # (B, F, L)
        pooled = functional.max_pool1d(matches, self.stretch, ceil_mode=True)  # (B, F, S)
        real = mask[:, :: self.stretch]  # (B, S)
        states, final = self.lstm(self.hide(pooled.transpose(1, 2)), real)  # (B, S, 2H), (B, 2H)
        return Encoding(torch.cat([summary(states.transpose(1, 2), real, "max"), final], 1))
