"""`dnn`: a plain network over all positions (fixed length), or over the mean of the tokens (varying length)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.catalogue.dnn import first_layer_inputs, is_one_hot
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.embedding import OneHot, TokenEmbedding
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class PlainNetwork(Network):
    """For a fixed length, tokens beyond `task.longest` are not read, and shorter records are padded to it."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        one_hot = is_one_hot(task, hyper)
        self.read = OneHot(task.vocabulary) if one_hot else TokenEmbedding(task.vocabulary, hyper["embedding"])
        self.hide = nn.Dropout(hyper["input_dropout"])
        self.first = nn.Linear(first_layer_inputs(task, hyper), hyper["hidden_1"])
        self.between = nn.Dropout(hyper["dropout"])
        self.second = nn.Linear(hyper["hidden_1"], hyper["hidden_2"])
        self.head = classification_head(hyper["hidden_2"], task.classes, hyper["dropout"])

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; there is no attention."""
        if self.task.fixed_length:
            missing = self.task.longest - tokens.shape[1]
            tokens, mask = functional.pad(tokens, (0, missing)), functional.pad(mask, (0, missing))
            features = self.read(tokens, mask).flatten(1)  # (B, L * V)
        else:
            features = masked_mean(self.read(tokens, mask), mask)  # (B, V)
        hidden = functional.relu(self.first(self.hide(features)))
        return Encoding(functional.relu(self.second(self.between(hidden))))
