"""`text_cnn`: convolutions of several widths, the strongest match of each filter over real tokens (Kim 2014).

Three ways lead to the same numbers. On the CPU, where a batch holds many more tokens than there are kinds of them, the
embedding is folded into the filters (`layers.folded`), which spares nearly all multiplications; where many records are
predicted with weights that rest, whole stretches of tokens are looked up (`layers.stretches`), which spares most
additions, too. Elsewhere the tokens are embedded and convolved as published; so they are, too, when somebody watches
the embedding of each token by a hook on `read`, as methods do that attribute a prediction to its letters.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.catalogue.text_cnn import KERNEL_SETS, PARTS, POSITION_UNITS, reads_positions, summaries
from bioseq.models.base import BatchLimits, Encoding, Network, Prepared
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.folded import FoldedMatches
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.parts import mark_parts
from bioseq.models.layers.stretches import TABLE_FLOATS, Filters, PlaceTable, longest_stretch, table_floats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

FEWEST_TOKENS = 256
"""With fewer tokens in a batch there is too little to spare; measured, as is the next."""
TOKENS_PER_KIND = 2
"""A kind of token costs as much to fold as a token to convolve."""
TABLE_COST = 8
"""A number of a table of stretches costs as much to make as so many of those that it spares adding up."""
TABLE_LIMITS = BatchLimits(tokens=131_072, records=4_096, unlike=8_192)
"""Looking up holds little per token, so that the steps around it are what smaller batches would pay for."""


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
        self.with_means, self.with_parts = hyper["pooling"] == "max_mean", hyper["pooling"] == "max_parts"
        features = filters * len(kernels) * summaries(hyper)
        self.dense: nn.Module | None = None
        if reads_positions(task, hyper):
            self.dense = nn.Linear(task.longest * width, POSITION_UNITS)
            features += POSITION_UNITS
        self.hide = nn.Dropout(hyper["dropout"])
        self.head = classification_head(features, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        features = self._folded(tokens, mask) if self._may_fold(tokens) else self._convolved(tokens, mask)
        if self.dense is not None:
            features.append(functional.relu(self.of_places(tokens, mask)))
        return Encoding(torch.cat(features, 1))

    def of_places(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """What the dense layer makes of all positions, `(B, POSITION_UNITS)`, of tokens and mask, `(B, L)` each."""
        missing = self.task.longest - tokens.shape[1]
        flat = functional.pad(self.read(tokens, mask), (0, 0, 0, missing)).flatten(1)  # (B, longest * D)
        return cast("Tensor", cast("nn.Module", self.dense)(self.hide(flat)))

    def prepared(self, tokens: int) -> Prepared:
        """As in `Network`; from tables of whole stretches of tokens where that is less work."""
        tables = _Tables.of(self, tokens)
        return super().prepared(tokens) if tables is None else Prepared(tables, TABLE_LIMITS)

    def _may_fold(self, tokens: Tensor) -> bool:
        watched = bool(self.read._forward_hooks or self.read._forward_pre_hooks)
        worth = tokens.numel() >= max(FEWEST_TOKENS, TOKENS_PER_KIND * self.task.vocabulary)
        return worth and tokens.device.type == "cpu" and not watched

    def _folded(self, tokens: Tensor, mask: Tensor) -> list[Tensor]:
        """Matches as sums of table rows; `(B, F)` for each width and summary side by side, float32 in any precision."""
        convolutions = cast("list[nn.Conv1d]", list(self.filters))
        with torch.autocast(tokens.device.type, enabled=False):
            matches = FoldedMatches(self.read, self.task.vocabulary, convolutions, tokens, mask)
            if self.with_means:
                return [torch.stack([matches.strongest(), matches.mean()], 2).flatten(1)]
            if self.with_parts:
                parts = matches.strongest_in_parts(PARTS)  # (B, P, W, F)
                return [torch.cat([parts.amax(1, keepdim=True), parts], 1).transpose(1, 2).flatten(1)]
            return [matches.strongest().flatten(1)]

    def _convolved(self, tokens: Tensor, mask: Tensor) -> list[Tensor]:
        """Matches as published; `(B, F)` for each width and summary."""
        channels = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        features = []
        parts = mark_parts(mask, PARTS).unbind(1) if self.with_parts else ()
        for filters in self.filters:
            matches = self._matches(filters(channels), mask)
            features.append(matches.amax(-1))
            features += [(matches * part.unsqueeze(1)).amax(-1) for part in parts]
            if self.with_means:
                features.append(matches.sum(-1) / mask.sum(1, keepdim=True))
        return features

    @staticmethod
    def _matches(matches: Tensor, mask: Tensor) -> Tensor:
        """`(B, F, L or L + 1)` to `(B, F, L)`: how well each filter matches at each real token, 0 elsewhere."""
        length = mask.shape[1]  # an even kernel gives one place too many: the last
        return functional.relu(matches[..., :length]) * mask.unsqueeze(1)


class _Tables:
    """A network whose weights rest, as tables of what it makes of stretches of tokens and of tokens at places."""

    def __init__(self, network: TextCnn, stretch: int) -> None:
        read, vocabulary = network.read, network.task.vocabulary
        convolutions = cast("list[nn.Conv1d]", list(network.filters))
        self._filters = Filters(read, vocabulary, convolutions, stretch)
        self._with_means, self._with_parts = network.with_means, network.with_parts
        self._of_places: Callable[[Tensor, Tensor], Tensor] | None = None
        if isinstance(network.dense, nn.Linear):
            small = (vocabulary + 1) * network.task.longest * POSITION_UNITS <= TABLE_FLOATS
            self._of_places = PlaceTable(read, vocabulary, network.dense) if small else network.of_places
        self._head = network.head

    @classmethod
    def of(cls, network: TextCnn, tokens: int) -> _Tables | None:
        """The tables of a network on the CPU that will read so many tokens; None where they are not worth it."""
        convolutions = cast("list[nn.Conv1d]", list(network.filters))
        widths, filters = [layer.kernel_size[0] for layer in convolutions], convolutions[0].out_channels
        stretch = longest_stretch(network.task.vocabulary + 1, filters, widths)
        floats = table_floats(stretch, network.task.vocabulary + 1, filters, widths)
        worth = stretch > 1 and TABLE_COST * floats <= tokens * filters * sum(widths)
        watched = any(layer._forward_hooks or layer._forward_pre_hooks for layer in network.modules())
        return cls(network, stretch) if worth and not watched and convolutions[0].weight.device.type == "cpu" else None

    def __call__(self, tokens: Tensor, mask: Tensor) -> Tensor:
        if self._with_parts:
            widths = self._filters.strongest_in_parts(tokens, mask, PARTS)
            features = [torch.cat([parts.amax(1, keepdim=True), parts], 1).flatten(1) for parts in widths]
        else:
            features = self._filters.summaries(tokens, mask, with_means=self._with_means)
        if self._of_places is not None:
            features.append(functional.relu(self._of_places(tokens, mask)))
        return cast("Tensor", self._head(torch.cat(features, 1)))
