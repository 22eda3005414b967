"""`inception1d`: InceptionTime over tokens (Ismail Fawaz et al. 2020).

As published but for the widths: 9, 19 and 39 in place of 10, 20 and 40, so that each filter has a middle and reaches
equally far to both sides. Batch norm sees real places only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.convolutional import summaries
from bioseq.catalogue.inception1d import KERNEL_SETS, ROUND, branches
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.convolution import largest_of_three, norm_layer, summary
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class InceptionModule(nn.Module):
    """Filters of several widths over fewer channels, and filters of width 1 over the largest of three neighbours."""

    def __init__(self, inputs: int, hyper: Mapping[str, Any]) -> None:
        super().__init__()
        filters = hyper["width"]
        self.narrow = nn.Conv1d(inputs, filters, 1, bias=False)
        self.wide = nn.ModuleList(
            nn.Conv1d(filters, filters, kernel, padding=kernel // 2, bias=False)
            for kernel in KERNEL_SETS[hyper["kernels"]]
        )
        self.beside = nn.Conv1d(inputs, filters, 1, bias=False)
        self.norm = norm_layer(hyper["norm"], filters * branches(hyper))

    def forward(self, values: Tensor, mask: Tensor) -> Tensor:
        """`(B, C, L)`, zero under the mask `(B, L)`, to the same of the next module, before ReLU."""
        narrow = self.narrow(values)
        groups = [convolve(narrow) for convolve in self.wide]
        groups.append(self.beside(largest_of_three(values, mask, stride=1)))
        normed: Tensor = self.norm(torch.cat(groups, 1), mask)
        return normed


class InceptionTime(Network):
    """Embedding, modules with a shortcut around every three, summary."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, read = hyper["width"] * branches(hyper), reader_width(task, hyper["embedding"])
        rounds = hyper["modules"] // ROUND
        self.pooling: str = hyper["pooling"]
        self.read = token_reader(task, hyper["embedding"])
        self.modules_in_order = nn.ModuleList(
            InceptionModule(width if number else read, hyper) for number in range(hyper["modules"])
        )
        self.shortcuts = nn.ModuleList(
            nn.Conv1d(width if number else read, width, 1, bias=False) for number in range(rounds)
        )
        self.shortcut_norms = nn.ModuleList(norm_layer(hyper["norm"], width) for _ in range(rounds))
        self.head = classification_head(width * summaries(self.pooling), task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        values = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        before = values
        for number, module in enumerate(self.modules_in_order, 1):
            values = module(values, mask)
            if number % ROUND == 0:
                last = number // ROUND - 1
                values = values + self.shortcut_norms[last](self.shortcuts[last](before), mask)
            values = functional.relu(values)
            if number % ROUND == 0:
                before = values
        return Encoding(summary(values, mask, self.pooling))
