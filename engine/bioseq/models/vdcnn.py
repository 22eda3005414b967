"""`vdcnn`: very deep convolutions over letters (Conneau et al. 2017).

As published: four stages of narrow convolutions, the largest of three neighbours at every second place between them,
the strongest values of each filter, two dense layers. Changed, so that padding is invisible: batch norm sees real
places only, and the strongest values come in order of strength, not of place, with zeros where a record is too short
to have so many (after three halvings it keeps one place of eight).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.vdcnn import KERNEL, dense_inputs, stages
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import every_second, largest_of_three, norm_layer, real_only, strongest
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class DeepBlock(nn.Module):
    """Two convolutions, each with norm and ReLU; with a shortcut the input is added before the last ReLU."""

    def __init__(self, inputs: int, width: int, *, norm: str, shortcut: bool) -> None:
        super().__init__()
        self.first = nn.Conv1d(inputs, width, KERNEL, padding=KERNEL // 2, bias=False)
        self.norm_first = norm_layer(norm, width)
        self.second = nn.Conv1d(width, width, KERNEL, padding=KERNEL // 2, bias=False)
        self.norm_second = norm_layer(norm, width)
        self.shortcut = shortcut
        widens = shortcut and inputs != width
        self.project = nn.Conv1d(inputs, width, 1, bias=False) if widens else None
        self.norm_project = norm_layer(norm, width) if widens else None

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)`, zero under the mask `(B, L)`, to the same of the next block."""
        hidden = functional.relu(self.norm_first(self.first(values), mask))
        hidden = self.norm_second(self.second(hidden), mask)
        if self.project is not None and self.norm_project is not None:
            values = self.norm_project(self.project(values), mask)
        return functional.relu(hidden + values if self.shortcut else hidden)


class Vdcnn(Network):
    """Embedding, one convolution, four stages, the strongest values, two dense layers."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        inputs, hidden = hyper["width"], hyper["hidden"]
        self.kept: int = hyper["strongest"]
        self.read = token_reader(task, hyper["embedding"])
        self.begin = nn.Conv1d(reader_width(task, hyper["embedding"]), inputs, KERNEL, padding=KERNEL // 2)
        self.blocks = nn.ModuleList()
        self.halve_before: set[int] = set()
        for width, blocks in stages(hyper):
            if width != inputs:
                self.halve_before.add(len(self.blocks))
            for _ in range(blocks):
                self.blocks.append(DeepBlock(inputs, width, norm=hyper["norm"], shortcut=hyper["shortcut"]))
                inputs = width
        self.first = nn.Linear(dense_inputs(hyper), hidden)
        self.between = nn.Dropout(hyper["dropout"])
        self.second = nn.Linear(hidden, hidden)
        self.head = classification_head(hidden, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        channels = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        values = real_only(self.begin(channels), mask)
        for number, block in enumerate(self.blocks):
            if number in self.halve_before:
                values, mask = largest_of_three(values, mask, stride=2), every_second(mask)
            values = block(values, mask)
        kept = strongest(values, mask, self.kept).flatten(1)  # (B, C * kept)
        hidden = functional.relu(self.first(kept))
        return Encoding(functional.relu(self.second(self.between(hidden))))
