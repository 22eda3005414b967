"""`lstm_attention`: bidirectional LSTM; its final state attends to all states (Luong et al. 2015, dot product)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.pooling import masked_softmax
from bioseq.models.layers.recurrent import RecurrentLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class LstmAttention(Network):
    """The embedding is the attended context beside the final state; the weights `(B, L)` are given out."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.lstm = RecurrentLayer(width, hidden)
        self.head = classification_head(4 * hidden, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; the weights cost nothing extra and are always given."""
        states, final = self.lstm(self.hide(self.read(tokens, mask)), mask)  # (B, L, 2H), (B, 2H)
        scores = torch.einsum("bld,bd->bl", states, final) / math.sqrt(final.shape[-1])
        weights = masked_softmax(scores, mask)  # (B, L)
        context = torch.einsum("bl,bld->bd", weights, states)
        return Encoding(torch.cat([context, final], -1), weights)
