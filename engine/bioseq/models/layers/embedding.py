"""Tokens to vectors: learnt, or indicators."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


def token_reader(task: TaskShape, width: int) -> TokenEmbedding | OneHot:
    """Tokens to vectors as the task says: learnt ones of this width, or indicators.

    How wide they are and how many weights that takes: `catalogue.common.reader_width` and `reader_weights`.
    """
    return OneHot(task.vocabulary) if task.one_hot else TokenEmbedding(task.vocabulary, width)


class TokenEmbedding(nn.Module):
    """A learnt vector per token; padding is all zeros whatever stands under the mask.

    The table has a row for each token, that of padding too, so that its count is vocabulary times width; the mask
    keeps the row of padding from mattering, and its gradient is zero where no token is padding.
    """

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """`(B, L)` to `(B, L, D)`."""
        vectors: Tensor = self.table(tokens)
        return vectors * mask.unsqueeze(-1)


class OneHot(nn.Module):
    """An indicator per token but padding."""

    def __init__(self, vocabulary: int) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def forward(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """`(B, L)` to `(B, L, vocabulary - 1)`."""
        indicators = functional.one_hot(tokens, self.vocabulary)[..., 1:]
        return indicators.to(torch.get_default_dtype()) * mask.unsqueeze(-1)
