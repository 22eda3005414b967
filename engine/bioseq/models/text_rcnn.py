"""`text_rcnn`: each token beside what stands before and after it; the strongest of each feature (Lai et al. 2015).

Their context of a token is a plain recurrence of one layer; here, as in most programs that followed, it is the state
of a bidirectional LSTM of two layers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.recurrent import RecurrentStack

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class TextRcnn(Network):
    """The embedding is the largest value of each feature over the real tokens (equations 3 to 5)."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, hidden, features = reader_width(task, hyper["embedding"]), hyper["hidden"], hyper["features"]
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.layers = RecurrentStack(width, hidden, hyper["layers"])
        self.project = nn.Linear(2 * hidden + width, features)
        self.head = classification_head(features, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        vectors = self.hide(self.read(tokens, mask))  # (B, L, D)
        states, _ = self.layers(vectors, mask)  # (B, L, 2H)
        features = torch.tanh(self.project(torch.cat([states, vectors], -1)))  # (B, L, F)
        return Encoding(summary(features.transpose(1, 2), mask, "max"))
