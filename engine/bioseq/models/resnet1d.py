"""`resnet1d`: residual convolutions over a sequence (He et al. 2016; for series Wang et al. 2017).

Basic blocks of two convolutions. The stem keeps every place (on images it skips three of four), since sequences are
short; a later stage begins with a convolution of stride 2. Batch norm sees real places only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.convolutional import summaries
from bioseq.catalogue.resnet1d import STEM_KERNEL, widths
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import every_second, norm_layer, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class ResidualBlock(nn.Module):
    """Two convolutions, added to their input; with a wider output the first has stride 2 and the input is projected."""

    def __init__(self, inputs: int, width: int, kernel: int, norm: str) -> None:
        super().__init__()
        self.stride = 1 if inputs == width else 2
        self.first = nn.Conv1d(inputs, width, kernel, stride=self.stride, padding=kernel // 2, bias=False)
        self.norm_first = norm_layer(norm, width)
        self.second = nn.Conv1d(width, width, kernel, padding=kernel // 2, bias=False)
        self.norm_second = norm_layer(norm, width)
        self.project = nn.Conv1d(inputs, width, 1, stride=2, bias=False) if self.stride == 2 else None
        self.norm_project = norm_layer(norm, width) if self.stride == 2 else None

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, C, L)`, zero under the mask `(B, L)`, to the same of the next block, with its mask."""
        if self.stride == 2:
            mask = every_second(mask)
        hidden = functional.relu(self.norm_first(self.first(values), mask))
        hidden = self.norm_second(self.second(hidden), mask)
        if self.project is not None and self.norm_project is not None:
            values = self.norm_project(self.project(values), mask)
        return functional.relu(hidden + values), mask


class ResNet1d(Network):
    """Embedding, stem, stages, summary."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        inputs, norm = hyper["width"], hyper["norm"]
        self.pooling: str = hyper["pooling"]
        self.read = token_reader(task, hyper["embedding"])
        width = reader_width(task, hyper["embedding"])
        self.stem = nn.Conv1d(width, inputs, STEM_KERNEL, padding=STEM_KERNEL // 2, bias=False)
        self.norm_stem = norm_layer(norm, inputs)
        self.blocks = nn.ModuleList()
        for width in widths(hyper):
            for _ in range(hyper["blocks"]):
                self.blocks.append(ResidualBlock(inputs, width, hyper["kernel"], norm))
                inputs = width
        self.head = classification_head(inputs * summaries(self.pooling), task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        channels = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        values = functional.relu(self.norm_stem(self.stem(channels), mask))
        for block in self.blocks:
            values, mask = block(values, mask)
        return Encoding(summary(values, mask, self.pooling))
