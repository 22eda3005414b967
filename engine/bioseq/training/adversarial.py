"""Adversarial training by the fast gradient method: learn from the batch again where it is told least well.

After the gradients of a batch are known, the learnt vectors of the tokens are pushed by `r = strength * g / |g|`,
where g is the gradient of the loss with respect to all of them and |g| its Euclidean length; the gradients of the loss
there are added, and the vectors are put back.

Source: Miyato, Dai & Goodfellow 2017, Adversarial Training Methods for Semi-Supervised Text Classification, equations 5
and 6. There each record's vectors are pushed on their own; here it is the table from which all records of the batch
take them, because networks are free to work from the table without ever making the vectors of a record.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import torch

from bioseq.catalogue.registry import architecture
from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import nn

    from bioseq.models.base import Network
    from bioseq.training.inputs import TrainingInput


class Adversary:
    """Pushes tables of vectors to where the loss grows fastest, and puts them back."""

    def __init__(self, tables: Sequence[nn.Parameter], strength: float) -> None:
        """Know the tables.

        Args:
            tables: Learnt vectors of tokens, one row each.
            strength: How far they are pushed, all of them as one vector.
        """
        self._tables = tables
        self._strength = strength

    @contextmanager
    def attacking(self) -> Iterator[None]:
        """The tables are pushed along their present gradients within the block, and are what they were after it."""
        kept = [table.detach().clone() for table in self._tables]
        with torch.no_grad():
            gradients = [torch.zeros_like(table) if table.grad is None else table.grad for table in self._tables]
            length = torch.stack([gradient.float().square().sum() for gradient in gradients]).sum().sqrt()
            for table, gradient in zip(self._tables, gradients, strict=True):
                table.add_(gradient * torch.where(length > 0, self._strength / length, 0.0))
        try:
            yield
        finally:
            with torch.no_grad():
                for table, before in zip(self._tables, kept, strict=True):
                    table.copy_(before)


def adversary_of(job: TrainingInput, network: Network) -> Adversary | None:
    """The adversary of a training; None when there is none.

    Raises:
        BioseqError: The network has no learnt vectors of tokens.
    """
    if not job.settings.adversarial:
        return None
    tables = network.token_tables()
    if not tables:
        raise BioseqError(
            "training.no_learnt_vectors",
            f"{architecture(job.architecture).title} learns no vectors of tokens that adversarial training could push.",
            where="training.adversarial",
            remedy="Set it to 0, or choose a network that learns them.",
        )
    return Adversary(tables, job.settings.adversarial)
