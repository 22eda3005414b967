"""The network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import token_reader
from bioseq.models.layers.head import classification_head
from gap_cnn.specification import HALF

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class GapCnn(Network):
    """A match is the sum of how well both halves match; it is at least 0, so padding never wins."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, filters = reader_width(task, hyper["embedding"]), hyper["filters"]
        self.read = token_reader(task, hyper["embedding"])
        self.left = nn.Conv1d(width, filters, HALF)
        self.right = nn.Conv1d(width, filters, HALF, bias=False)
        self.apart = HALF + hyper["gap"]
        self.head = classification_head(filters, task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        vectors = self.read(tokens, mask).transpose(1, 2)  # (B, D, L)
        # Zeros on both sides, so that half a motif can stand at either end.
        room = functional.pad(vectors, (HALF - 1 + self.apart, HALF - 1 + self.apart))
        left = self.left(room)[..., : -self.apart]
        right = self.right(room)[..., self.apart :]
        matches = functional.relu(left + right)  # (B, F, places)
        return Encoding((matches * self._real(mask, matches.shape[-1])).amax(-1))

    def _real(self, mask: Tensor, places: int) -> Tensor:
        """Places whose left half begins before the end of the record, `(B, 1, places)`."""
        before = HALF - 1 + self.apart
        return functional.pad(mask, (before, places - before - mask.shape[1]), value=True).unsqueeze(1)
