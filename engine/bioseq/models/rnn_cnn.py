"""`rnn_cnn`: an LSTM reads the sequence, filters look for motifs in what it says of each place.

As in the dependency sensitive network for sentences (Zhang et al. 2016), with filters of one width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import real_only
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.recurrent import RecurrentLayer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class RnnCnn(Network):
    """The embedding is the strongest match of each filter, at least 0 (ReLU), so that what is set to 0 never wins.

    Filters see zeros before the first and behind the last real state: an even one has one place more before than
    behind, so there are as many matches as tokens.
    """

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, hidden, filters, kernel = (
            reader_width(task, hyper["embedding"]),
            hyper["hidden"],
            hyper["filters"],
            hyper["kernel"],
        )
        self.read = token_reader(task, hyper["embedding"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.lstm = RecurrentLayer(width, hidden, both_ways=False)
        self.filters = nn.Conv1d(hidden, filters, kernel)
        self.around = (kernel // 2, (kernel - 1) // 2)
        self.head = classification_head(filters, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        states, _ = self.lstm(self.hide(self.read(tokens, mask)), mask)  # (B, L, H)
        channels = real_only(states.transpose(1, 2), mask)  # (B, H, L)
        matches = self.filters(functional.pad(channels, self.around))  # (B, F, L)
        return Encoding(real_only(functional.relu(matches), mask).amax(-1))
