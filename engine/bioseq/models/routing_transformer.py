"""`routing_transformer`: the encoder of routing-transformer (Roy et al. 2021), with padding made invisible.

Wrapped: `RoutingTransformer` and its layers; not its language model. Changed, and why:

- The package counts padded tokens in the means of the groups and lets them take places of real tokens in a group.
  Here groups are filled by real tokens first, padded ones are masked as keys, and means, losses and the first choice of
  centres come from real tokens only.
- The package moves the centres of the groups from a deprecated hook, and an untrained network chose them when it was
  evaluated. Here the first training batch chooses them, `after_step` moves them, and evaluation changes nothing.
- Its loss that draws tokens to their centre is handed to the training, and is not computed in evaluation.
- It keeps tables of extra keys and values of size zero; they are left out, since no gradient can reach them.

There is always more than one group: the group size is smaller than the longest record that the network is built for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from routing_transformer.routing_transformer import RoutingTransformer
from torch import nn
from torch.nn import functional

from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.placed_tokens import PlacedTokens
from bioseq.models.layers.pooling import masked_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

_FIRST_ROUNDS = 10
_DECAY = 0.999


class Groups(nn.Module):
    """The centres of the groups of each head: spherical k-means whose means move slowly.

    Attributes:
        means: Centres `(H, G, D)` of length 1.
        chosen: Whether the first training batch has chosen them.
    """

    means: Tensor
    chosen: Tensor

    def __init__(self, heads: int, groups: int, width: int) -> None:
        super().__init__()
        self.register_buffer("means", functional.normalize(torch.randn(heads, groups, width), dim=-1))
        self.register_buffer("chosen", torch.zeros((), dtype=torch.bool))
        self._pending: list[Tensor] = []

    def forward(self, vectors: Tensor, real: Tensor) -> tuple[Tensor, Tensor]:
        """Closeness of vectors to each centre, `(B, H, N, G)`, and the mean squared distance to the nearest, `()`.

        Args:
            vectors: `(B, H, N, D)`.
            real: `(B, N)`, False at padding.
        """
        unit = functional.normalize(vectors.float(), dim=-1)
        known = unit.detach()
        if self.training and not self.chosen:
            self._choose(known, real)
        closeness = torch.einsum("bhnd,hgd->bhng", known, self.means)
        if not self.training:
            return closeness, closeness.new_zeros(())
        nearest = closeness.argmax(-1)
        self._pending.append(_means_of(known, real, nearest, self.means))
        weights = real[:, None, :, None] / (real.sum() * unit[0, :, 0].numel())
        return closeness, ((unit - _own(self.means, nearest)).square() * weights).sum()

    def update(self) -> None:
        """Move the centres a little towards the means of the batches since the last time."""
        if self._pending:
            new = torch.stack(self._pending).mean(0)
            self.means.mul_(_DECAY).add_(new, alpha=1 - _DECAY)
            self._pending = []

    def _choose(self, unit: Tensor, real: Tensor) -> None:
        """Random real tokens, then a few rounds of k-means."""
        candidates = unit.transpose(1, 2)[real]  # (tokens, H, D)
        count = self.means.shape[1]
        if len(candidates) >= count:
            drawn = torch.randperm(len(candidates))[:count]
        else:
            drawn = torch.randint(len(candidates), (count,))
        means = candidates[drawn.to(unit.device)].transpose(0, 1)
        for _ in range(_FIRST_ROUNDS):
            means = _means_of(unit, real, torch.einsum("bhnd,hgd->bhng", unit, means).argmax(-1), means)
        self.means.copy_(means)
        self.chosen.fill_(value=True)


def _own(means: Tensor, nearest: Tensor) -> Tensor:
    """The centre of each token: `(H, G, D)` and `(B, H, N)` to `(B, H, N, D)`."""
    return means.flatten(0, 1)[_flat(means, nearest)]


def _means_of(unit: Tensor, real: Tensor, nearest: Tensor, means: Tensor) -> Tensor:
    """The normed mean of the real vectors nearest to each centre; a centre that has none stays, `(H, G, D)`."""
    place = _flat(means, nearest).flatten()
    weights = real[:, None, :].expand_as(nearest).to(unit.dtype).flatten()
    sums = means.new_zeros(means.shape[0] * means.shape[1], means.shape[2])
    counts = sums.new_zeros(len(sums)).index_add(0, place, weights)
    sums = sums.index_add(0, place, unit.flatten(0, 2) * weights.unsqueeze(-1))
    moved = torch.where((counts == 0).unsqueeze(-1), means.flatten(0, 1), functional.normalize(sums, dim=-1))
    return moved.view_as(means)


def _flat(means: Tensor, nearest: Tensor) -> Tensor:
    """Numbers of groups within a head to numbers within all heads: `(B, H, N)`."""
    heads = torch.arange(means.shape[0], device=means.device) * means.shape[1]
    return nearest + heads[:, None]


class GroupAttention(nn.Module):
    """Attention within groups: each takes the tokens that are closest to its centre, real ones first."""

    def __init__(self, attention: Any, commitment: float) -> None:
        super().__init__()
        self.window: int = attention.window_size
        self.commitment = commitment
        self.groups = Groups(attention.num_heads, attention.num_clusters, attention.head_dim)
        self.dropout: nn.Module = attention.dropout

    def forward(
        self,
        queries: Tensor,
        keys: Tensor,
        values: Tensor,
        query_mask: Tensor,
        key_mask: Tensor | None,  # noqa: ARG002 - the package's interface: of a context that there is not
    ) -> tuple[Tensor, Tensor]:
        """Queries, keys, values `(B, H, L, D)` and mask `(B, L)` to `(B, H, L, D)` and the loss `()`.

        A token that several groups took gets the mean of their answers; one that none took gets zeros.
        """
        length = queries.shape[2]
        closeness, distance = self.groups(torch.cat([queries, keys], 2), query_mask.repeat(1, 2))
        closeness = closeness.masked_fill(~query_mask.repeat(1, 2)[:, None, :, None], -torch.inf)
        window = min(self.window, length)
        asking, answering = (
            part.topk(window, dim=2).indices.transpose(2, 3).flatten(2)  # (B, H, G * W)
            for part in closeness.split(length, 2)
        )
        answers = self._within_groups(
            _taken(queries, asking),
            _taken(keys, answering),
            _taken(values, answering),
            query_mask.unsqueeze(1).expand(-1, queries.shape[1], -1).gather(2, answering),
            window,
        )
        return _spread(answers, asking, length), distance * self.commitment

    def _within_groups(self, queries: Tensor, keys: Tensor, values: Tensor, real: Tensor, window: int) -> Tensor:
        """Softmax attention within each run of `window` tokens: all `(B, H, G * W, D)`, `real` `(B, H, G * W)`."""
        groups = (*queries.shape[:2], -1, window)
        queries, keys, values = (part.reshape(*groups, part.shape[-1]) for part in (queries, keys, values))
        scores = queries @ keys.transpose(-1, -2) * queries.shape[-1] ** -0.5  # (B, H, G, W, W)
        allowed = real.reshape(groups).unsqueeze(3)
        weights = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min).softmax(-1)
        mixed: Tensor = (self.dropout(weights) @ values).flatten(2, 3)
        return mixed


def _taken(values: Tensor, index: Tensor) -> Tensor:
    """Tokens by number: `(B, H, L, D)` and `(B, H, N)` to `(B, H, N, D)`."""
    return values.gather(2, index.unsqueeze(-1).expand(-1, -1, -1, values.shape[-1]))


def _spread(values: Tensor, index: Tensor, length: int) -> Tensor:
    """Mean of the values that belong to each token: `(B, H, N, D)` and `(B, H, N)` to `(B, H, L, D)`."""
    shape = (*index.shape[:2], length)
    sums = values.new_zeros(*shape, values.shape[-1])
    sums = sums.scatter_add(2, index.unsqueeze(-1).expand_as(values), values)
    counts = values.new_zeros(shape).scatter_add(2, index, torch.ones_like(index, dtype=values.dtype))
    return sums / counts.clamp_min(1).unsqueeze(-1)


class RoutingNetwork(Network):
    """Tokens with neighbours and places, the package's blocks, norm, and the mean over real tokens."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task)
        width, dropout, window = hyper["width"], hyper["dropout"], hyper["window"]
        self.read = PlacedTokens(task.vocabulary, width, neighbours=hyper["neighbours"], dropout=dropout)
        self.encoder = RoutingTransformer(
            dim=width,
            depth=hyper["layers"],
            heads=hyper["heads"],
            max_seq_len=-(-task.longest // window) * window,
            window_size=window,
            attn_dropout=dropout,
            attn_layer_dropout=dropout,
            ff_dropout=dropout,
        )
        for attend, _ in self.encoder.layers.layers:
            attend.fn.global_attn = GroupAttention(attend.fn.global_attn, hyper["commitment"])
        self.norm = nn.LayerNorm(width)
        self.head = classification_head(width, task.classes, dropout)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`; the auxiliary loss draws tokens to the centre of their group."""
        states, loss = self.encoder(self.read(tokens, mask), input_mask=mask)
        return Encoding(masked_mean(self.norm(states), mask), auxiliary=loss.sum() if self.training else None)

    def after_step(self) -> None:
        """Move the centres of the groups."""
        for module in self.modules():
            if isinstance(module, Groups):
                module.update()
