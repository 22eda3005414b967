"""`reformer`: the encoder of reformer_pytorch (Kitaev et al. 2020), with padding made invisible.

Wrapped: `Reformer`, its blocks and its attention; not its language model. Changed, and why:

- Hashing depends on the padded length, since that sets the number of buckets. Here a record's own length alone decides
  how it is read: up to `full_up_to` tokens with full attention, beyond that by hashing, padded to two buckets doubled
  until they hold it. The records of a batch are read in groups of like padded length, so that what else is in the batch
  cannot matter.
- The package hashes padded tokens like real ones, so that they take places in real buckets. Here they go to the last.
- The package draws new hash directions at each call. So does this network while it trains; in evaluation it uses
  directions that were drawn when it was built and are saved with the weights.
- Its reversible blocks give no gradient at all when their input needs none, in silence, and are slower than ordinary
  ones at these sizes; they also hold each weight a second time. The ordinary blocks are used, and each weight is saved
  once. Dropout at the sums and the feed-forward in one piece are the package's own settings.
- Full attention uses torch's fused kernel: the same numbers, faster.
- A local attention that the package builds and, with these settings, never calls is left out.

What rounding can still do: a token that lies almost exactly between two buckets may change sides in another batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from reformer_pytorch.reformer_pytorch import TOKEN_SELF_ATTN_VALUE, LSHAttention, Reformer
from torch import nn
from torch.nn import functional

from bioseq.catalogue.reformer import padded_length
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.placed_tokens import PlacedTokens
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class MaskedHashing(LSHAttention):  # type: ignore[misc]  # the package has no types
    """The package's LSH attention with hash directions that are kept, and padded tokens in the last bucket.

    Attributes:
        directions: `(D, hashes, pairs)`; each direction and its opposite are two buckets.
    """

    directions: Tensor

    def __init__(self, width: int, bucket: int, hashes: int, pairs: int, dropout: float) -> None:
        super().__init__(bucket_size=bucket, n_hashes=hashes, dropout=dropout)
        self.register_buffer("directions", torch.randn(width, hashes, pairs))
        self._padding: Tensor | None = None

    def forward(
        self, vectors: Tensor, values: Tensor, input_mask: Tensor | None = None, **_: Any
    ) -> tuple[Tensor, ...]:
        """Attention of queries that are their own keys.

        Args:
            vectors: `(B * H, L, D)`; L is two buckets, doubled any number of times.
            values: `(B * H, L, D)`.
            input_mask: `(B * H, L)`; None when all tokens are real.
        """
        self._padding = None if input_mask is None else ~input_mask
        found: tuple[Tensor, ...] = super().forward(vectors, values, input_mask=input_mask)
        self._padding = None
        return found

    def hash_vectors(self, n_buckets: int, vecs: Tensor, **_: Any) -> Tensor:
        """The bucket of each token in each round, `(B * H, hashes * L)`; buckets of later rounds have later numbers.

        The name and the first two arguments are the package's. There are never more buckets than kept directions, so
        that records longer than any that the network was built for are hashed too.
        """
        pairs = min(n_buckets // 2, self.directions.shape[2])
        directions = self.directions[..., :pairs]
        if self.training:
            directions = torch.randn_like(directions)
        turned = torch.einsum("blf,fhp->bhlp", vecs, directions.to(vecs.dtype))
        buckets = torch.cat([turned, -turned], -1).argmax(-1)  # (B * H, hashes, L)
        if self._padding is not None:
            buckets = buckets.masked_fill(self._padding.unsqueeze(1), 2 * pairs - 1)
        rounds = torch.arange(self.n_hashes, device=vecs.device) * 2 * pairs
        return (buckets + rounds[:, None]).flatten(1)


class FullAttention(nn.Module):
    """What the package computes for short records, with torch's fused kernel: queries are their own, normed keys.

    A token looks at itself only when it is alone, as in the package. There is no dropout inside: on the CPU it would
    take the slow kernel.
    """

    def __init__(self, heads: int) -> None:
        super().__init__()
        self.heads = heads

    def forward(
        self, vectors: Tensor, values: Tensor, input_mask: Tensor | None = None, **_: Any
    ) -> tuple[Tensor, Tensor, Tensor]:
        """As the package's: all `(B * H, L, D)`, mask `(B * H, L)`; weights and buckets are empty."""
        queries, values = (part.view(-1, self.heads, *part.shape[1:]) for part in (vectors, values))
        keys = functional.normalize(queries, dim=-1).to(queries.dtype)
        bias = torch.eye(vectors.shape[1], dtype=queries.dtype, device=vectors.device) * TOKEN_SELF_ATTN_VALUE
        if input_mask is not None:
            bias = torch.where(input_mask[:: self.heads, None, None, :], bias, -torch.inf)
        mixed = functional.scaled_dot_product_attention(queries, keys, values.to(queries.dtype), attn_mask=bias)
        nothing = vectors.new_empty(0)
        return mixed.flatten(0, 1), nothing, nothing


class ReformerNetwork(Network):
    """Tokens with neighbours and places, the package's blocks, norm, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, dropout = hyper["width"], hyper["dropout"]
        self.bucket: int = hyper["bucket"]
        self.full_up_to: int = hyper["full_up_to"]
        self.read = PlacedTokens(task.vocabulary, width, neighbours=hyper["neighbours"], dropout=dropout)
        self.blocks = self._blocks(hyper)
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; hashed attention keeps no weights that could be shown."""
        lengths = mask.sum(1)
        wanted = [self._padded(length) for length in lengths.tolist()]
        embedding: Tensor | None = None
        for padded in sorted(set(wanted)):
            rows = torch.tensor([number for number, one in enumerate(wanted) if one == padded], device=mask.device)
            part = self._read(tokens[rows], mask[rows], padded or int(lengths[rows].max()), hashed=bool(padded))
            if embedding is None:
                embedding = part.new_zeros(len(mask), part.shape[1])
            embedding = embedding.index_copy(0, rows, part)
        return Encoding(embedding)  # type: ignore[arg-type]  # a batch has a record

    def _padded(self, length: int) -> int:
        """Tokens to which a record is padded for hashing; 0 for one that is read with full attention."""
        return 0 if length <= self.full_up_to else padded_length(length, self.bucket)

    def _read(self, tokens: Tensor, mask: Tensor, length: int, *, hashed: bool) -> Tensor:
        """The embedding `(B, D)` of records, cut or padded to this length."""
        missing = length - tokens.shape[1]
        tokens, mask = functional.pad(tokens, (0, missing)), functional.pad(mask, (0, missing))
        states = self.read(tokens, mask)
        states = torch.cat([states, states], -1)
        given = {} if bool(mask.all()) else {"input_mask": mask}
        for block in self.blocks:
            attention: Any = block.f.fn  # type: ignore[union-attr]
            attention.use_full_attn = not hashed
            states = block(states, given, {})
        first, second = states.chunk(2, -1)
        return masked_mean(self.norm((first + second) / 2), mask)

    def _blocks(self, hyper: Mapping[str, Any]) -> nn.ModuleList:
        """The package's ordinary blocks, each with hashing that keeps its directions."""
        reformer = Reformer(
            dim=hyper["width"],
            depth=hyper["layers"],
            heads=hyper["heads"],
            bucket_size=self.bucket,
            n_hashes=hyper["hashes"],
            ff_chunks=1,
            lsh_dropout=hyper["dropout"],
            ff_dropout=hyper["dropout"],
            post_attn_dropout=hyper["dropout"],
        )
        blocks: nn.ModuleList = reformer.layers.irrev_blocks
        longest = padded_length(self.task.longest, self.bucket)
        for block in blocks:
            attention: Any = block.f.fn  # type: ignore[union-attr]  # the package's blocks have no types
            attention.local_attn = None
            attention.full_attn = FullAttention(attention.heads)
            attention.lsh_attn = MaskedHashing(
                attention.dim_head, self.bucket, hyper["hashes"], longest // self.bucket // 2, hyper["dropout"]
            )
        return blocks
