"""`text_cnn`: convolutions of several widths, the strongest match of each filter over real tokens (Kim 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.text_cnn import KERNEL_SETS, POSITION_UNITS, reads_positions
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import TokenEmbedding
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
        width, filters, kernels = hyper["embedding"], hyper["filters"], KERNEL_SETS[hyper["kernels"]]
        self.read = TokenEmbedding(task.vocabulary, width)
        self.filters = nn.ModuleList(nn.Conv1d(width, filters, kernel, padding=kernel // 2) for kernel in kernels)
        features = filters * len(kernels)
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
        features = [self._strongest(filters(channels), mask) for filters in self.filters]  # (B, F) each
        if self.dense is not None:
            missing = self.task.longest - tokens.shape[1]
            flat = functional.pad(vectors, (0, 0, 0, missing)).flatten(1)  # (B, longest * D)
            features.append(functional.relu(self.dense(self.hide(flat))))
        return Encoding(torch.cat(features, 1))

    @staticmethod
    def _strongest(matches: Tensor, mask: Tensor) -> Tensor:
        """`(B, F, L or L + 1)` to `(B, F)`: the best match at a real token."""
        length = mask.shape[1]  # an even kernel gives one place too many: the last
        return (functional.relu(matches[..., :length]) * mask.unsqueeze(1)).amax(-1)
