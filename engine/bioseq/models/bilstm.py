"""`bilstm`: LSTM in both directions; decides from the last state of each (Graves & Schmidhuber 2005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.recurrent import BidirectionalLSTM

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class BiLstm(Network):
    """The embedding is the state after the last token and, of the other direction, after the first."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.layers = nn.ModuleList(
            BidirectionalLSTM(width if layer == 0 else 2 * hidden, hidden) for layer in range(hyper["layers"])
        )
        self.head = classification_head(2 * hidden, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        states = self.hide(self.read(tokens, mask))  # (B, L, D)
        for layer in self.layers:
            states, final = layer(states, mask)  # (B, L, 2H), (B, 2H)
        return Encoding(final)
