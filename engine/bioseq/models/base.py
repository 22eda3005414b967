"""The one interface of all networks: tokens and mask in, logits, embedding and attention out.

What stands under a False mask must not matter (contract C1), and samples of a batch do not see each other (C2).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, cast

from torch import nn

from bioseq.models.layers.embedding import TokenEmbedding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class Encoding(NamedTuple):
    """What an encoder makes of a batch.

    Attributes:
        embedding: One vector per record, `(B, D)`.
        attention: Weights over tokens: `(B, L)`, or one `(B, H, L, L)` per layer; None where there are none.
        auxiliary: A loss of the network's own, `()`, added to that of the task while training; None where there is
            none.
    """

    embedding: Tensor
    attention: Tensor | tuple[Tensor, ...] | None = None
    auxiliary: Tensor | None = None


class Output(NamedTuple):
    """What a network says of a batch.

    Attributes:
        logits: Unnormalised log-probabilities, `(B, C)`.
        embedding: The vector that the logits are a function of, `(B, D)`.
        attention: As in `Encoding`.
        auxiliary: As in `Encoding`.
    """

    logits: Tensor
    embedding: Tensor
    attention: Tensor | tuple[Tensor, ...] | None
    auxiliary: Tensor | None = None


class BatchLimits(NamedTuple):
    """How large a batch is at most.

    Attributes:
        tokens: With padding; a single longer record is a batch of its own.
        records: Rows.
        unlike: Tokens, with padding, up to which a batch may hold records that are much shorter than its longest:
            beyond, padding costs more than a batch of their own.
    """

    tokens: int
    records: int
    unlike: int


class Prepared(NamedTuple):
    """A network made ready for many batches.

    Attributes:
        logits_of: From tokens and mask, `(B, L)` each, to logits, `(B, C)`.
        limits: Batches that suit it; None for those that suit the device.
    """

    logits_of: Callable[[Tensor, Tensor], Tensor]
    limits: BatchLimits | None = None


class Network(nn.Module, ABC):
    """Base of all architectures: an encoder of its own and the head that all share.

    A subclass builds its encoder and `head` (`layers.head.classification_head`) in its constructor.
    """

    head: nn.Module

    def __init__(self, task: TaskShape) -> None:
        super().__init__()
        self.task = task

    @abstractmethod
    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:
        """Encode a batch.

        Args:
            tokens: Token numbers `(B, L)`, int64; 0 is padding.
            mask: `(B, L)`, bool; False is padding. Each row has at least one True.
            want_attention: Also compute attention weights, where the architecture has them.
        """

    def forward(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Output:
        """Logits, embedding and attention of a batch; arguments as in `encode`."""
        encoding = self.encode(tokens, mask, want_attention=want_attention)
        return Output(self.head(encoding.embedding), encoding.embedding, encoding.attention, encoding.auxiliary)

    def prepared(self, tokens: int) -> Prepared:  # noqa: ARG002
        """The function from tokens and mask to the logits of `forward`, for many batches of records.

        What depends on the weights alone may be made beforehand: it holds in evaluation mode, without gradients, and
        until a weight changes.

        Args:
            tokens: How many will be read in all.
        """
        return Prepared(lambda tokens, mask: cast("Tensor", self(tokens, mask).logits))

    def after_step(self) -> None:
        """Called after each step of the optimiser: state that is learnt by other means than gradients moves here."""

    def remember_features(self) -> None:
        """Called before training on records that come again in each epoch: what is frozen may remember its answers."""

    def learnt_state(self) -> dict[str, Tensor]:
        """The part of the state that training changes: what checkpoints hold. Without frozen weights, all of it."""
        return self.state_dict()

    def load_learnt_state(self, state: Mapping[str, Tensor]) -> None:
        """The inverse of `learnt_state`, in a network built as that one was."""
        self.load_state_dict(state)

    def share_encoder(self, other: Network) -> bool:  # noqa: ARG002 - others share
        """Hold what never changes together with a network that holds the same, and compute it once; whether it does."""
        return False

    def token_tables(self) -> tuple[nn.Parameter, ...]:
        """The learnt vectors of tokens, one row each; none where tokens are read as indicators, or are frozen."""
        tables = [module.table for module in self.modules() if isinstance(module, TokenEmbedding)]
        return tuple(weight for table in tables for weight in table.parameters(recurse=False) if weight.requires_grad)

    def rate_factors(self) -> dict[str, float]:
        """Parameters that learn at another pace than the rest: name to the share of the learning rate."""
        return {}
