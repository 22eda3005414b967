"""`text_cnn`: convolutions of several widths, the strongest match of each filter over real tokens (Kim 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.text_cnn import KERNEL_SETS, POSITION_UNITS, reads_positions, summaries
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class TextCnn(Network):
    """With a fixed length a dense layer over all positions may stand beside the filters.

    A filter sees zeros before the first and behind the last token. Its matches are at least 0 (ReLU), so a place under
    the mask, set to 0, never wins over a real one.
    """

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width = reader_width(task, hyper["embedding"])
        filters, kernels = hyper["filters"], KERNEL_SETS[hyper["kernels"]]
        self.read = token_reader(task, hyper["embedding"])
        self.filters = nn.ModuleList(nn.Conv1d(width, filters, kernel, padding=kernel // 2) for kernel in kernels)
        self.with_means = summaries(hyper) == 2
        features = filters * len(kernels) * summaries(hyper)
        self.dense: nn.Module | None = None
        if reads_positions(task, hyper):
            self.dense = nn.Linear(task.longest * width, POSITION_UNITS)
            features += POSITION_UNITS
        self.hide = nn.Dropout(hyper["dropout"])
        self.head = classification_head(features, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        vectors = self.read(tokens, mask)  # (B, L, D)
        channels = vectors.transpose(1, 2)  # (B, D, L)
        features = []  # (B, F) each
        for filters in self.filters:
            matches = self._matches(filters(channels), mask)
            features.append(matches.amax(-1))
            if self.with_means:
                features.append(matches.sum(-1) / mask.sum(1, keepdim=True))
        if self.dense is not None:
            missing = self.task.longest - tokens.shape[1]
            flat = functional.pad(vectors, (0, 0, 0, missing)).flatten(1)  # (B, longest * D)
            features.append(functional.relu(self.dense(self.hide(flat))))
        return Encoding(torch.cat(features, 1))

    @staticmethod
    def _matches(matches: Tensor, mask: Tensor) -> Tensor:
        """`(B, F, L or L + 1)` to `(B, F, L)`: how well each filter matches at each real token, 0 elsewhere."""
        length = mask.shape[1]  # an even kernel gives one place too many: the last
        return functional.relu(matches[..., :length]) * mask.unsqueeze(1)
