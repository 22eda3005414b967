"""Convolutions over tokens without multiplications: the embedding folded into the filters.

A convolution over embedded tokens is linear, so tap k of a filter contributes one number per kind of token: the
embedding of that kind times the weights of the tap. Written down for all kinds, taps and filters, these are a table of
`K x V` rows of F numbers, and the match of all filters at a place is the sum of the K rows that its window points to.
That is exact, and for an alphabet of letters about a hundred times less arithmetic than the convolution.

The strongest match over all places is learnt from its one window only, so the backward pass touches K rows per filter
and record, however long the record is. Neither pass ever holds the matches at all places of a batch: they are made and
reduced in blocks that fit into the cache.

Shapes: B records, L places, V kinds of tokens and one more, number V - 1, for what is hidden; W widths of filters, F
filters of each, K taps of one width, T taps of all.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch.autograd.function import once_differentiable
from torch.nn import functional

from bioseq.models.layers.parts import cut_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from torch import Tensor, nn

    from bioseq.models.layers.embedding import OneHot, TokenEmbedding

BLOCK_FLOATS = 1 << 20
"""Matches that are made at once, 4 MB: they stay in the cache, and the steps around them do not weigh."""
FEW_PLACES = 100
"""Up to so many, the strongest place is found among all of them at once."""
_HUGE = 1e30


class Windows(NamedTuple):
    """Where the filters of each width look.

    Attributes:
        tokens: What they read, with hidden places at both ends, `(B, L + widest - 1)`.
        mask: `(B, L)`.
        first: The first real place of each record, `(B, 1)`; None where no place of the batch is hidden.
        widths: Taps of each width, W of them.
    """

    tokens: Tensor
    mask: Tensor
    first: Tensor | None
    widths: tuple[int, ...]

    def of(self, width: int) -> Tensor:
        """What a filter of this width reads at each place, `(B, L, K)`; a view."""
        return self.tokens[:, self.before(width) :].unfold(1, width, 1)[:, : self.mask.shape[1]]

    def before(self, width: int) -> int:
        """Where in `tokens` the first window of this width begins."""
        return max(self.widths) // 2 - width // 2

    def taps(self) -> list[slice]:
        """The taps of each width among those of all."""
        edges = [sum(self.widths[:number]) for number in range(len(self.widths) + 1)]
        return [slice(start, end) for start, end in pairwise(edges)]


class FoldedMatches:
    """The matches of convolutions of several widths with a batch of tokens.

    They have stride 1 and a bias, equally many filters each, and a window that begins `K // 2` places before its place
    and sees zeros beyond the ends, as `Conv1d(padding=K // 2)`; an even K gives as many matches as tokens, not one
    more.

    Args:
        read: The embedding that is folded in.
        vocabulary: Kinds of tokens.
        convolutions: One for each width.
        tokens: `(B, L)`.
        mask: `(B, L)`, at least one True in each row.
    """

    def __init__(
        self,
        read: TokenEmbedding | OneHot,
        vocabulary: int,
        convolutions: Sequence[nn.Conv1d],
        tokens: Tensor,
        mask: Tensor,
    ) -> None:
        self._table = folded(kinds_of(read, vocabulary, tokens.device), [layer.weight for layer in convolutions])
        self._bias = torch.stack([layer.bias for layer in convolutions if layer.bias is not None])  # (W, F)
        first = None
        if not bool(mask.all()):
            tokens, first = tokens.masked_fill(~mask, vocabulary), mask.int().argmax(1, keepdim=True)
        widths = tuple(layer.kernel_size[0] for layer in convolutions)
        before = max(widths) // 2
        padded = functional.pad(tokens, (before, max(widths) - 1 - before), value=vocabulary)
        self._windows = Windows(padded, mask, first, widths)

    def strongest(self) -> Tensor:
        """The strongest match of each filter at a real place, `(B, W, F)`; at least 0 (ReLU)."""
        found: Tensor = _Strongest.apply(self._table, self._windows)  # type: ignore[no-untyped-call]  # torch's
        return functional.relu(found + self._bias)

    def strongest_in_parts(self, parts: int) -> Tensor:
        """The strongest match of each filter in each part of a record (`layers.parts`), `(B, P, W, F)`; at least 0.

        What stands around a part is read by the filters at its ends.
        """
        windows = self._windows
        tokens, mask = cut_parts(windows.tokens, windows.mask, parts)
        first = None if bool(mask.all()) else torch.zeros(len(mask), 1, dtype=torch.long, device=mask.device)
        found: Tensor = _Strongest.apply(self._table, Windows(tokens, mask, first, windows.widths))  # type: ignore[no-untyped-call]  # torch's
        return functional.relu(found + self._bias).view(-1, parts, *found.shape[1:])

    def mean(self) -> Tensor:
        """The mean over real places of what each filter matches there, at least 0 (ReLU); `(B, W, F)`."""
        found: Tensor = _Mean.apply(self._table, self._bias, self._windows)  # type: ignore[no-untyped-call]  # torch's
        return found


def kinds_of(read: TokenEmbedding | OneHot, vocabulary: int, device: torch.device | None = None) -> Tensor:
    """The vector of each kind of token, and zeros for what is hidden, `(V, D)`."""
    kinds = torch.arange(vocabulary, device=device).unsqueeze(0)
    vectors = read(kinds, torch.ones_like(kinds, dtype=torch.bool)).squeeze(0)
    return functional.pad(vectors, (0, 0, 0, 1))


def folded(vectors: Tensor, weights: Sequence[Tensor]) -> Tensor:
    """What each kind of token adds to the match of each filter at each tap, the taps of all widths behind each other.

    Args:
        vectors: Of each kind, `(V, D)`.
        weights: Of the convolution of each width, `(F, D, K)`.

    Returns:
        `(T, V, F)`.
    """
    together = torch.cat([weight.transpose(0, 1) for weight in weights], 2)  # (D, F, T)
    products = vectors @ together.flatten(1)
    return products.view(len(vectors), *together.shape[1:]).permute(2, 0, 1).contiguous()


class Block(NamedTuple):
    """Some records of a batch, and some of their places."""

    rows: slice
    places: slice


def blocks(places_of: Tensor, filters: int, floats: int | None = None) -> Iterator[Block]:
    """Cut matches into blocks that fit into the cache, the first places of a record before later ones.

    Args:
        places_of: `(B, L)`.
        filters: F.
        floats: Matches of a block at most; `BLOCK_FLOATS` when None.
    """
    floats = floats or BLOCK_FLOATS
    records, places = places_of.shape
    wide = max(1, min(places, floats // filters))
    high = max(1, floats // (filters * wide))
    for place in range(0, places, wide):
        for record in range(0, records, high):
            yield Block(slice(record, min(record + high, records)), slice(place, min(place + wide, places)))


def _matches(table: Tensor, seen: Tensor) -> Tensor:
    """Sums of rows of `(K, V, F)`: those that the windows `(B, L, K)` point to, `(B, L, F)`."""
    taps, kinds, filters = table.shape
    rows = seen + torch.arange(taps, device=seen.device) * kinds
    found = functional.embedding_bag(rows.reshape(-1, taps), table.view(-1, filters), mode="sum")
    return found.view(*seen.shape[:2], filters)


class _Strongest(torch.autograd.Function):
    """The strongest match of each filter; its gradient goes to the rows of one window per filter and record."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, windows: Windows) -> Tensor:
        """`(T, V, F)` to `(B, W, F)`."""
        found = [
            _strongest(table[taps], windows, width, want_places=ctx.needs_input_grad[0])
            for width, taps in zip(windows.widths, windows.taps(), strict=True)
        ]
        if ctx.needs_input_grad[0]:
            ctx.save_for_backward(windows.tokens, torch.stack([places for _, places in found], 1))
            ctx.windows, ctx.shape = windows, table.shape
        return torch.stack([values for values, _ in found], 1)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Add the gradient of each match, `(B, W, F)`, to the rows that it is the sum of."""
        tokens, places = ctx.saved_tensors
        taps, kinds, filters = ctx.shape
        device, widths = tokens.device, ctx.windows.widths
        numbers = [number for number, width in enumerate(widths) for _ in range(width)]
        steps = [ctx.windows.before(width) + step for width in widths for step in range(width)]
        number = torch.tensor(numbers, device=device)  # which width a tap belongs to
        winners = places[:, number] + torch.tensor(steps, device=device).unsqueeze(1)  # (B, T, F)
        cells = (tokens * filters).gather(1, winners.flatten(1)).view_as(winners)
        cells += torch.arange(taps, device=device).unsqueeze(1) * (kinds * filters)
        cells += torch.arange(filters, device=device)
        found = gradient.new_zeros(taps * kinds * filters)
        found.scatter_add_(0, cells.flatten(), gradient[:, number].flatten())
        return found.view(taps, kinds, filters), None


class _Mean(torch.autograd.Function):
    """The mean over real places of each match (ReLU); matches are made again for the backward pass."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, bias: Tensor, windows: Windows) -> Tensor:
        """`(T, V, F)` and `(W, F)` to `(B, W, F)`."""
        ctx.save_for_backward(table, bias)
        ctx.windows = windows
        weights = shares_of(windows.mask, table)
        total = table.new_zeros((len(weights), *bias.shape))
        for number, (width, taps) in enumerate(zip(windows.widths, windows.taps(), strict=True)):
            seen = windows.of(width)
            for rows, run in blocks(weights, table.shape[2]):
                matches = _matches(table[taps], seen[rows, run]).add_(bias[number]).relu_()
                total[rows, number] += torch.bmm(weights[rows, run].unsqueeze(1), matches).squeeze(1)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        """Add the gradient of each match above zero to the rows that it is the sum of."""
        table, bias = ctx.saved_tensors
        windows: Windows = ctx.windows
        weights = shares_of(windows.mask, table)
        of_table, of_bias = torch.zeros_like(table), torch.zeros_like(bias)
        for number, (width, taps) in enumerate(zip(windows.widths, windows.taps(), strict=True)):
            seen = windows.of(width)
            for rows, run in blocks(weights, table.shape[2]):
                above = _matches(table[taps], seen[rows, run]).add_(bias[number]).relu_().sign_()  # 1 above 0, else 0
                above = above.mul_(gradient[rows, number].unsqueeze(1)).mul_(weights[rows, run].unsqueeze(2))
                of_bias[number] += above.sum((0, 1))
                for step, found in enumerate(of_table[taps]):
                    found.index_add_(0, seen[rows, run, step].flatten(), above.flatten(0, 1))
        return of_table, of_bias, None


def shares_of(mask: Tensor, like: Tensor) -> Tensor:
    """What each place weighs in a mean over the real ones, `(B, L)`."""
    return mask.to(like.dtype) / mask.sum(1, keepdim=True)


def _strongest(table: Tensor, windows: Windows, width: int, *, want_places: bool) -> tuple[Tensor, Tensor]:
    """The strongest match of each filter of a width and, if wanted, a real place where it stands, `(B, F)` both.

    A hidden place repeats the window of the first real one, so it never wins alone.
    """
    mask, first, seen = windows.mask, windows.first, windows.of(width)
    spare = None if first is None else seen.take_along_dim(first.unsqueeze(-1), 1)  # (B, 1, K)
    best = table.new_empty((len(mask), table.shape[2]))
    places = torch.zeros_like(best, dtype=torch.long)
    for rows, run in blocks(mask, table.shape[2]):
        block = seen[rows, run]
        if spare is not None:
            block = torch.where(mask[rows, run].unsqueeze(-1), block, spare[rows])
        values, at = _largest(_matches(table, block), want_places=want_places)
        if run.start:
            at = torch.where(values > best[rows], at + run.start, places[rows])
            values = torch.maximum(best[rows], values)
        best[rows], places[rows] = values, at
    return best, places if first is None else torch.where(mask.gather(1, places), places, first)


def _largest(matches: Tensor, *, want_places: bool) -> tuple[Tensor, Tensor]:
    """The largest over places and, if wanted, where it stands: `(B, L, F)`, overwritten, to `(B, F)` twice.

    In long records first the maximum of each group of places, then the group that holds the largest, then the place in
    it: most of the matches are looked at once.
    """
    records, places, filters = matches.shape
    if not want_places:
        return matches.amax(1), torch.zeros((), dtype=torch.long, device=matches.device)
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
