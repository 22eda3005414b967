"""`tcn`: residual blocks of dilated convolutions with weight norm (Bai et al. 2018).

Published as causal, to foretell the next value of a series. A whole sequence is known when it is classified, so here a
filter looks to both sides: its middle tap stands on the place itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional
from torch.nn.utils.parametrizations import weight_norm

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.convolutional import summaries
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import real_only, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class DilatedBlock(nn.Module):
    """Two convolutions with gaps between their taps, added to their input."""

    def __init__(self, inputs: int, width: int, kernel: int, *, gap: int, dropout: float) -> None:
        super().__init__()
        reach = gap * (kernel // 2)
        self.first = weight_norm(nn.Conv1d(inputs, width, kernel, dilation=gap, padding=reach))
        self.second = weight_norm(nn.Conv1d(width, width, kernel, dilation=gap, padding=reach))
        self.project = nn.Conv1d(inputs, width, 1) if inputs != width else None
        self.drop = nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)`, zero under the mask `(B, L)`, to the same of the next block."""
        hidden = self.drop(functional.relu(real_only(self.first(values), mask)))
        hidden = self.drop(functional.relu(self.second(hidden)))
        if self.project is not None:
            values = self.project(values)
        return real_only(functional.relu(hidden + values), mask)


class Tcn(Network):
    """Embedding, blocks whose gaps double, summary."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, kernel, dropout = hyper["width"], hyper["kernel"], hyper["dropout"]
        self.pooling: str = hyper["pooling"]
        self.read = token_reader(task, hyper["embedding"])
        inputs = reader_width(task, hyper["embedding"])
        self.blocks = nn.ModuleList()
        for level in range(hyper["levels"]):
            self.blocks.append(DilatedBlock(inputs, width, kernel, gap=2**level, dropout=dropout))
            inputs = width
        self.head = classification_head(width * summaries(self.pooling), task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        values = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        for block in self.blocks:
            values = block(values, mask)
        return Encoding(summary(values, mask, self.pooling))
