"""`bigru_attention`: bidirectional GRU; learnt weights say how much each state counts (Yang et al. 2016).

Their word level, equations 5 to 7; there are no sentences in a sequence, so there is no second level.
"""

from __future__ import annotations

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


class AdditiveAttention(nn.Module):
    """A mean whose weights come from a small network with one hidden layer, compared with a learnt context vector."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.project = nn.Linear(width, hidden)
        self.context = nn.Linear(hidden, 1, bias=False)

    def forward(self, states: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, L, D)` and `(B, L)` to the mean `(B, D)` and its weights `(B, L)`, zero under the mask, of sum 1."""
        scores = self.context(torch.tanh(self.project(states))).squeeze(-1)
        weights = masked_softmax(scores, mask)
        return torch.einsum("bl,bld->bd", weights, states), weights


class BiGruAttention(Network):
    """The embedding is the weighted mean of the states; the weights `(B, L)` are given out."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.gru = RecurrentLayer(width, hidden, cell="gru")
        self.attend = AdditiveAttention(2 * hidden, hyper["attention"])
        self.head = classification_head(2 * hidden, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; the weights cost nothing extra and are always given."""
        states, _ = self.gru(self.hide(self.read(tokens, mask)), mask)  # (B, L, 2H)
        return Encoding(*self.attend(states, mask))
