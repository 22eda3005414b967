"""`convnext1d`: ConvNeXt over a sequence (Liu et al. 2022).

Changed for short sequences: the stem keeps every place (on images it keeps one of sixteen), and stages are few. The
scale of each block's output begins at 0.1, as Touvron et al. 2021 ("Going deeper with image transformers", table 3)
advise for shallow networks, not at a millionth; blocks are not dropped at random, values are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.convnext1d import EXPANSION, STEM_KERNEL, widths
from bioseq.catalogue.convolutional import summaries
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import PlaceNorm, every_second, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

FIRST_SCALE = 0.1


class ConvNextBlock(nn.Module):
    """A convolution over each channel alone, then two dense layers at each place; added to the input."""

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.spread = nn.Conv1d(width, width, kernel, padding=kernel // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.expand = nn.Linear(width, EXPANSION * width)
        self.contract = nn.Linear(EXPANSION * width, width)
        self.scale = nn.Parameter(torch.full((width,), FIRST_SCALE))
        self.drop = nn.Dropout(dropout)

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)`, zero under the mask `(B, L)`, to the same of the next block."""
        places = self.norm(self.spread(values).transpose(1, 2))  # (B, L, C)
        places = self.contract(functional.gelu(self.expand(places))) * self.scale
        added: Tensor = self.drop(places) * mask.unsqueeze(-1)
        return values + added.transpose(1, 2)


class HalfAsManyPlaces(nn.Module):
    """Norm, then a convolution over pairs of places, between two stages."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.norm = PlaceNorm(inputs)
        self.join = nn.Conv1d(inputs, width, 2, stride=2)

    def forward(self, values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`(B, C, L)` to `(B, 2C, ceil(L / 2))`, zero under its mask; a last place alone is paired with zeros."""
        normed = functional.pad(self.norm(values, mask), (0, values.shape[-1] % 2))
        mask = every_second(mask)
        return self.join(normed) * mask.unsqueeze(1), mask


class ConvNext1d(Network):
    """Embedding, stem, stages, norm, summary."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        inputs = hyper["width"]
        self.pooling: str = hyper["pooling"]
        self.read = token_reader(task, hyper["embedding"])
        width = reader_width(task, hyper["embedding"])
        self.stem = nn.Conv1d(width, inputs, STEM_KERNEL, padding=STEM_KERNEL // 2)
        self.norm_stem = PlaceNorm(inputs)
        self.layers = nn.ModuleList()
        for width in widths(hyper):
            if width != inputs:
                self.layers.append(HalfAsManyPlaces(inputs, width))
            for _ in range(hyper["blocks"]):
                self.layers.append(ConvNextBlock(width, hyper["kernel"], hyper["dropout"]))
            inputs = width
        self.norm = PlaceNorm(inputs)
        self.head = classification_head(inputs * summaries(self.pooling), task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        channels = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        values = self.norm_stem(self.stem(channels), mask)
        for layer in self.layers:
            if isinstance(layer, HalfAsManyPlaces):
                values, mask = layer(values, mask)
            else:
                values = layer(values, mask)
        return Encoding(summary(self.norm(values, mask), mask, self.pooling))
