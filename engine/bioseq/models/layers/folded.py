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
FEW_PLACES = 100
"""Up to so many, the strongest place is found among all of them at once."""
_HUGE = 1e30


class Vectors(NamedTuple):
    """The vectors of all kinds of tokens, and which of them stands where in a batch.

    Attributes:
        rows: `(V, D)`; the last is zeros, for what is hidden.
        numbers: The row of each token, `(B, L)`.
        mask: `(B, L)`, at least one True in each row.
        first: The first real place of each record, `(B, 1)`; None where no place of the batch is hidden.
    """

    rows: Tensor
    numbers: Tensor
    mask: Tensor
    first: Tensor | None


def vectors_of(read: TokenEmbedding | OneHot, vocabulary: int, tokens: Tensor, mask: Tensor) -> Vectors:
    """Look up the vector of each kind of token once; arguments as a network has them."""
    kinds = torch.arange(vocabulary, device=tokens.device).unsqueeze(0)
    rows = read(kinds, torch.ones_like(kinds, dtype=torch.bool)).squeeze(0)
    rows = functional.pad(rows, (0, 0, 0, 1))
    if bool(mask.all()):
        return Vectors(rows, tokens, mask, None)
    return Vectors(rows, tokens.masked_fill(~mask, vocabulary), mask, mask.int().argmax(1, keepdim=True))


class FoldedMatches:
    """The matches of the filters of one convolution with a batch of tokens.

    The convolution is one of stride 1 whose window begins `K // 2` places before its place and sees zeros beyond the
    ends, as `Conv1d(padding=K // 2)`; an even K gives as many matches as tokens, not one more.

    Args:
        vectors: Of the batch.
        filters: The convolution, with a bias.
    """

    def __init__(self, vectors: Vectors, filters: nn.Conv1d) -> None:
        if filters.bias is None:
            raise ValueError("the convolution must have a bias")
        self._table = folded(vectors.rows, filters)
        self._bias = filters.bias
        self._mask, self._first = vectors.mask, vectors.first
        before = filters.kernel_size[0] // 2
        after = filters.kernel_size[0] - 1 - before
        self._tokens = functional.pad(vectors.numbers, (before, after), value=len(vectors.rows) - 1)

    def strongest(self) -> Tensor:
        """The strongest match of each filter at a real place, `(B, F)`; at least 0 (ReLU)."""
        found: Tensor = _Strongest.apply(self._table, self._tokens, self._mask, self._first)  # type: ignore[no-untyped-call]  # torch's
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
    def forward(ctx: Any, table: Tensor, tokens: Tensor, mask: Tensor, first: Tensor | None) -> Tensor:
        """`(K, V, F)`, `(B, L + K - 1)`, `(B, L)` and `(B, 1)` to `(B, F)`."""
        if not ctx.needs_input_grad[0]:
            return _strongest_values(table, tokens, mask, first)
        values, places = _strongest_and_places(table, tokens, mask, first)
        ctx.save_for_backward(tokens, places)
        ctx.shape = table.shape
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        """Add the gradient of each match to the K rows that it is the sum of."""
        tokens, places = ctx.saved_tensors
        taps, kinds, filters = ctx.shape
        steps = torch.arange(taps, device=tokens.device)
        winners = (tokens * filters).gather(1, (places.unsqueeze(-1) + steps).flatten(1))  # (B, F * K)
        offsets = steps * (kinds * filters) + torch.arange(filters, device=tokens.device).unsqueeze(-1)  # (F, K)
        cells = winners.view(-1, filters, taps) + offsets
        shares = gradient.unsqueeze(-1).expand_as(cells)
        found = gradient.new_zeros(taps * kinds * filters).scatter_add_(0, cells.flatten(), shares.flatten())
        return found.view(taps, kinds, filters), None, None, None


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


class _Seen(NamedTuple):
    rows: slice
    start: int
    matches: Tensor


def _seen(table: Tensor, tokens: Tensor, mask: Tensor, first: Tensor | None) -> Iterator[_Seen]:
    """All matches, `(B, L, F)` block by block, those at the first places of a record before those at later ones.

    A hidden place repeats the window of the first real one, so it never wins alone.
    """
    windows = tokens.unfold(1, len(table), 1)  # (B, L, K)
    spare = None if first is None else windows.take_along_dim(first.unsqueeze(-1), 1)  # (B, 1, K)
    for rows, run in _blocks(mask, table.shape[2]):
        seen = windows[rows, run]
        if spare is not None:
            seen = torch.where(mask[rows, run].unsqueeze(-1), seen, spare[rows])
        yield _Seen(rows, run.start, _matches(table, seen))


def _strongest_values(table: Tensor, tokens: Tensor, mask: Tensor, first: Tensor | None) -> Tensor:
    """The strongest match of each filter, `(B, F)`."""
    best = table.new_empty((len(tokens), table.shape[2]))
    for rows, start, matches in _seen(table, tokens, mask, first):
        values = matches.amax(1)
        best[rows] = torch.maximum(best[rows], values) if start else values
    return best


def _strongest_and_places(table: Tensor, tokens: Tensor, mask: Tensor, first: Tensor | None) -> tuple[Tensor, Tensor]:
    """The strongest match of each filter and a real place where it stands, `(B, F)` both."""
    best = table.new_empty((len(tokens), table.shape[2]))
    places = torch.empty_like(best, dtype=torch.long)
    for rows, start, matches in _seen(table, tokens, mask, first):
        values, at = _largest(matches)
        if start:
            at = torch.where(values > best[rows], at + start, places[rows])
            values = torch.maximum(best[rows], values)
        best[rows], places[rows] = values, at
    return best, places if first is None else torch.where(mask.gather(1, places), places, first)


def _largest(matches: Tensor) -> tuple[Tensor, Tensor]:
    """The largest over places and where it stands: `(B, L, F)` to `(B, F)` twice.

    In long records first the maximum of each group of places, then the group that holds the largest, then the place in
    it: most of the matches are looked at once.
    """
    records, places, filters = matches.shape
    if places <= FEW_PLACES:
        best = matches.amax(1, keepdim=True)
        return best.squeeze(1), _where_largest(matches, best)
    size = round(math.sqrt(places / 2))
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
    """The last place that holds the largest, `(B, L, F)` and `(B, 1, F)` to `(B, F)`; overwrites the values.

    A maximum with its index is many times slower than one without. So every place gets its number, less a huge
    multiple of what it is short of the largest; the maximum of these is the number wanted. Not a number gives 0.
    """
    numbers = torch.arange(values.shape[1], device=values.device, dtype=values.dtype).view(1, -1, 1)
    marked = torch.add(numbers, values.sub_(largest), alpha=_HUGE, out=values).amax(1)
    return marked.nan_to_num_(0.0).clamp_(0, values.shape[1] - 1).long()
