"""A batch as its other strand, and what a network says of both strands together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

    from bioseq.sequences.tokens import Vocabulary


class OtherStrand:
    """Reverse complements of token batches."""

    def __init__(self, vocabulary: Vocabulary, device: torch.device) -> None:
        """Prepare the table.

        Raises:
            BioseqError: The molecule has no other strand.
        """
        self._complements = torch.from_numpy(vocabulary.complements()).to(device)

    @classmethod
    def where(cls, wanted: bool, vocabulary: Vocabulary, device: torch.device) -> OtherStrand | None:
        """None where nobody wants to read it."""
        return cls(vocabulary, device) if wanted else None

    def of(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """The reverse complement of each row, `(B, L)`, with padding where it was: behind.

        Exact for words too: the words of the other strand are the reverse complements of the words, last one first.
        """
        places = torch.arange(tokens.shape[1], device=tokens.device)
        mirrored = (mask.sum(1, keepdim=True) - 1 - places) % tokens.shape[
            1
        ]  # places of padding change among themselves
        return self._complements[tokens.gather(1, mirrored)]


def averaged(one: Tensor, other: Tensor) -> Tensor:
    """Logits whose probabilities are the mean of those of two logits, `(B, C)`, float32."""
    chances = torch.stack([functional.log_softmax(logits.float(), dim=1) for logits in (one, other)])
    return torch.logsumexp(chances, dim=0) - math.log(2)
