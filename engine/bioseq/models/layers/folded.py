"""Convolutions over tokens without multiplications: the embedding folded into the filters.

A convolution over embedded tokens is linear, so tap k of a filter contributes one number per kind of token: the
embedding of that kind times the weights of the tap. Written down for all kinds, taps and filters, these are a table of
`K x V` rows of F numbers, and the match of all filters at a place is the sum of the K rows that its window points to.
That is exact, and for an alphabet of letters about a hundred times less arithmetic than the convolution.

The strongest match over all places is learnt from its one window only, so the backward pass touches K rows per filter
and record, however long the record is. Neither pass ever holds the matches at all places of a batch: they are made and
reduced in blocks that fit into the cache.

Shapes: B records, L places, K taps, F filters, V kinds of tokens and one more, number V - 1, for what is hidden.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import Tensor, nn

    from bioseq.models.layers.embedding import OneHot, TokenEmbedding

BLOCK_FLOATS = 1 << 20
"""Matches that are made at once, 4 MB: they stay in the cache, and the steps around them do not weigh."""
_HUGE = 1e30


class Vectors(NamedTuple):
    """The vectors of all kinds of tokens, and which of them stands where in a batch.

    Attributes:
        rows: `(V, D)`; the last is zeros, for what is hidden.
        numbers: The row of each token, `(B, L)`.
    """

    rows: Tensor
    numbers: Tensor


def vectors_of(read: TokenEmbedding | OneHot, vocabulary: int, tokens: Tensor, mask: Tensor) -> Vectors:
    """Look up the vector of each kind of token once; arguments as a network has them."""
    kinds = torch.arange(vocabulary, device=tokens.device).unsqueeze(0)
    rows = read(kinds, torch.ones_like(kinds, dtype=torch.bool)).squeeze(0)
    return Vectors(functional.pad(rows, (0, 0, 0, 1)), tokens.masked_fill(~mask, vocabulary))


class FoldedMatches:
    """The matches of the filters of one convolution with a batch of tokens.

    The convolution is one of stride 1 whose window begins `K // 2` places before its place and sees zeros beyond the
    ends, as `Conv1d(padding=K // 2)`; an even K gives as many matches as tokens, not one more.

    Args:
        vectors: Of the batch.
        filters: The convolution, with a bias.
        mask: `(B, L)`, at least one True in each row.
    """

    def __init__(self, vectors: Vectors, filters: nn.Conv1d, mask: Tensor) -> None:
        if filters.bias is None:
            raise ValueError("the convolution must have a bias")
        self._table = folded(vectors.rows, filters)
        self._bias = filters.bias
        self._mask = mask
        before = filters.kernel_size[0] // 2
        after = filters.kernel_size[0] - 1 - before
        self._tokens = functional.pad(vectors.numbers, (before, after), value=len(vectors.rows) - 1)

    def strongest(self) -> Tensor:
        """The strongest match of each filter at a real place, `(B, F)`; at least 0 (ReLU)."""
        found: Tensor = _Strongest.apply(self._table, self._tokens, self._mask)  # type: ignore[no-untyped-call]  # torch's
        return functional.relu(found + self._bias)

    def mean(self) -> Tensor:
        """The mean over real places of what each filter matches there, at least 0 (ReLU); `(B, F)`."""
        weights = self._mask.to(self._table.dtype) / self._mask.sum(1, keepdim=True)  # (B, L)
        found: Tensor = _WeightedSum.apply(self._table, self._bias, self._tokens, weights)  # type: ignore[no-untyped-call]  # torch's
        return found


def folded(rows: Tensor, filters: nn.Conv1d) -> Tensor:
    """What each kind of token adds to the match of each filter at each tap: `(V, D)` to `(K, V, F)`."""
    outputs, inputs, taps = filters.weight.shape
    products = rows @ filters.weight.transpose(0, 1).reshape(inputs, outputs * taps)
    return products.view(len(rows), outputs, taps).permute(2, 0, 1).contiguous()


class _Block(NamedTuple):
    records: slice
    places: slice


def _blocks(places_of: Tensor, filters: int) -> Iterator[_Block]:
    """Cut matches into blocks that fit into the cache; `places_of` is `(B, L)`."""
    records, places = places_of.shape
    wide = max(1, min(places, BLOCK_FLOATS // filters))
    high = max(1, BLOCK_FLOATS // (filters * wide))
    for place in range(0, places, wide):
        for record in range(0, records, high):
            yield _Block(slice(record, min(record + high, records)), slice(place, min(place + wide, places)))


def _matches(table: Tensor, windows: Tensor) -> Tensor:
    """Sums of rows: the rows that the windows `(B, L, K)` point to, to `(B, L, F)`."""
    taps, kinds, filters = table.shape
    rows = windows + torch.arange(taps, device=windows.device) * kinds
    found = functional.embedding_bag(rows.view(-1, taps), table.view(-1, filters), mode="sum")
    return found.view(*windows.shape[:2], filters)


class _Strongest(torch.autograd.Function):
    """The strongest match of each filter; its gradient goes to the rows of one window per filter and record."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """`(K, V, F)`, `(B, L + K - 1)` and `(B, L)` to `(B, F)`."""
        values, places = _scan(table, tokens, mask, want_places=ctx.needs_input_grad[0])
        if places is not None:
            ctx.save_for_backward(tokens, places)
            ctx.shape = table.shape
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        """Add the gradient of each match to the K rows that it is the sum of."""
        tokens, places = ctx.saved_tensors
        taps, kinds, filters = ctx.shape
        steps = torch.arange(taps, device=tokens.device)
        winners = tokens.gather(1, (places.unsqueeze(-1) + steps).flatten(1)).view(-1, filters, taps)
        cells = (winners + steps * kinds) * filters + torch.arange(filters, device=tokens.device).unsqueeze(-1)
        shares = gradient.unsqueeze(-1).expand_as(cells)
        found = gradient.new_zeros(taps * kinds * filters).scatter_add_(0, cells.flatten(), shares.flatten())
        return found.view(taps, kinds, filters), None, None


class _WeightedSum(torch.autograd.Function):
    """The sum over places of a weight times the match (ReLU); matches are made again for the backward pass."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, bias: Tensor, tokens: Tensor, weights: Tensor) -> Tensor:
        """`(K, V, F)`, `(F,)`, `(B, L + K - 1)` and `(B, L)` to `(B, F)`."""
        ctx.save_for_backward(table, bias, tokens, weights)
        windows = tokens.unfold(1, len(table), 1)
        total = table.new_zeros((len(tokens), table.shape[2]))
        for rows, run in _blocks(weights, table.shape[2]):
            matches = _matches(table, windows[rows, run]).add_(bias).relu_()
            total[rows] += torch.bmm(weights[rows, run].unsqueeze(1), matches).squeeze(1)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Add the gradient of each match above zero to the K rows that it is the sum of."""
        table, bias, tokens, weights = ctx.saved_tensors
        windows = tokens.unfold(1, len(table), 1)
        of_table, of_bias = torch.zeros_like(table), torch.zeros_like(bias)
        for rows, run in _blocks(weights, table.shape[2]):
            shares = _matches(table, windows[rows, run]).add_(bias).relu_().sign_()  # 1 above zero, else 0
            shares = shares.mul_(gradient[rows].unsqueeze(1)).mul_(weights[rows, run].unsqueeze(2)).flatten(0, 1)
            of_bias += shares.sum(0)
            for tap, found in enumerate(of_table):
                found.index_add_(0, windows[rows, run, tap].flatten(), shares)
        return of_table, of_bias, None, None


def _scan(table: Tensor, tokens: Tensor, mask: Tensor, *, want_places: bool) -> tuple[Tensor, Tensor | None]:
    """The strongest match of each filter `(B, F)`, and the place where it stands `(B, F)`.

    A hidden place repeats the window of the first real one, so it never wins alone.
    """
    records, filters = len(tokens), table.shape[2]
    windows = tokens.unfold(1, table.shape[0], 1)  # (B, L, K)
    first = None if bool(mask.all()) else mask.int().argmax(1, keepdim=True)  # (B, 1)
    best = table.new_full((records, filters), -torch.inf)
    places = torch.zeros((records, filters), dtype=torch.long, device=tokens.device)
    for rows, run in _blocks(mask, filters):
        seen = windows[rows, run]
        if first is not None:
            spare = windows[rows].take_along_dim(first[rows].unsqueeze(-1), 1)  # (B, 1, K)
            seen = torch.where(mask[rows, run].unsqueeze(-1), seen, spare)
        found = _matches(table, seen)
        if want_places:
            values, at = _largest(found)
            places[rows] = torch.where(values > best[rows], at + run.start, places[rows])
        else:
            values = found.amax(1)
        best[rows] = torch.maximum(best[rows], values)
    if not want_places:
        return best, None
    return best, places if first is None else torch.where(mask.gather(1, places), places, first)


def _largest(matches: Tensor) -> tuple[Tensor, Tensor]:
    """The largest over places and where it stands: `(B, L, F)` to `(B, F)` twice.

    First the maximum of each group of places, then the group that holds the largest, then the place in it: most of the
    matches are looked at once.
    """
    records, places, filters = matches.shape
    size = max(1, round(math.sqrt(places / 2)))
    groups = places // size
    tops = matches[:, : groups * size].view(records, groups, size, filters).amax(2)
    if groups * size < places:
        tops = torch.cat([tops, matches[:, groups * size :].amax(1, keepdim=True)], 1)
    best = tops.amax(1, keepdim=True)
    starts = (_where_largest(tops, best) * size).clamp_max(places - size)  # (B, F)
    steps = torch.arange(size, device=matches.device).view(1, size, 1)
    within = matches.gather(1, starts.unsqueeze(1) + steps)
    return best.squeeze(1), starts + _where_largest(within, best)


def _where_largest(values: Tensor, largest: Tensor) -> Tensor:
    """The last place that holds the largest, `(B, L, F)` and `(B, 1, F)` to `(B, F)`.

    A maximum with its index is many times slower than one without. So every place gets its number, less a huge
    multiple of what it is short of the largest; the maximum of these is the number wanted. Not a number gives 0.
    """
    numbers = torch.arange(values.shape[1], device=values.device, dtype=values.dtype).view(1, -1, 1)
    marked = torch.add(numbers, values - largest, alpha=_HUGE).amax(1)
    return marked.nan_to_num(0.0).clamp_(0, values.shape[1] - 1).long()
