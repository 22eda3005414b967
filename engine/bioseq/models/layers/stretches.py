"""Folded filters for many batches with the same weights: whole stretches of tokens are looked up at once.

`layers.folded` writes a filter down as a table with a row for each tap and kind of token. Where nothing is learnt, that
can be carried further. There are only `V**n` stretches of n tokens, so what a filter of up to n taps matches there is
one row of a table, and what a wider one matches is the sum of a few rows. Moreover only its strongest match is wanted,
so a stretch of n tokens answers for all the `n - K + 1` places at once at which a filter of K taps fits into it. With
letters of DNA and n = 4, widths of 1, 2, 4 and 8 take less than four rows a place instead of fifteen.

The tables are made once, and which rows are added in which order depends on nothing but the network: the strongest
matches of a record have the same bits in any batch.

Shapes: B records, L places, V kinds of tokens and one more, number V - 1, for what is hidden; W widths of filters, F
filters of each, K taps of one width, n tokens of a stretch.
"""

from __future__ import annotations

import warnings
from functools import cache
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Protocol

import torch
from torch.nn import functional

from bioseq.models.layers.folded import blocks, folded, kinds_of, shares_of
from bioseq.models.layers.parts import cut_parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

    from bioseq.models.layers.embedding import OneHot, TokenEmbedding

TABLE_FLOATS = 1 << 22
"""Numbers in the tables of all widths at most, 16 MB."""
STRETCHES = 1 << 12
"""Stretches that are told apart at most: with more, making the tables and looking around in them takes longer."""
MATCH_FLOATS = 1 << 18
"""Matches that are made at once, 1 MB."""
ROWS_AT_ONCE = 512
"""Rows that are added one after the other; more would lose digits."""


def longest_stretch(kinds: int, filters: int, widths: Sequence[int]) -> int:
    """Tokens of a stretch such that there are not too many and all tables stay small; 1 where pairs are too many.

    Args:
        kinds: V.
        filters: F.
        widths: Taps of each width.
    """
    length = 1
    while length < max(widths) and kinds ** (length + 1) <= STRETCHES:
        if table_floats(length + 1, kinds, filters, widths) > TABLE_FLOATS:
            break
        length += 1
    return length


def table_floats(length: int, kinds: int, filters: int, widths: Sequence[int]) -> int:
    """Numbers in the tables of all widths with stretches of a length."""
    rows = 0
    for width in widths:
        rows += sum(kinds**piece for piece in _pieces(width, length)) + (kinds**length if width < length else 0)
    return rows * filters


class Stretches:
    """The stretches of tokens of a batch, numbered: the first token counts most.

    Args:
        tokens: `(B, L)`.
        mask: `(B, L)`; real places stand in front, at least one in each row.
        hidden: The kind of what is hidden, V - 1.
        widest: Taps of the widest filters.
        longest: Tokens of the longest stretch that will be asked for.
        parts: Each part of a record (`layers.parts`) counts as a record of its own, with the tokens around it.

    Attributes:
        mask: As given, or that of the parts.
        shortest: Places of the shortest record.
    """

    def __init__(self, tokens: Tensor, mask: Tensor, *, hidden: int, widest: int, longest: int, parts: int = 1) -> None:
        numbers = tokens.int()
        if not bool(mask.all()):
            numbers = numbers.masked_fill_(~mask, hidden)
        self._before = widest // 2
        single = functional.pad(numbers, (self._before, widest - 1 - self._before), value=hidden)
        if parts > 1:
            single, mask = cut_parts(single, mask, parts)
        self.mask = mask
        self.shortest = self._places = mask.shape[1]
        self._ends: Tensor | None = None  # (B, 1), places of each record; None where all have as many
        if not bool(mask.all()):
            self._ends = mask.sum(1, keepdim=True)
            self.shortest = int(self._ends.min())
        self._numbers = [single]
        for length in range(1, longest):
            self._numbers.append(self._numbers[-1][:, :-1] * (hidden + 1) + single[:, length:])

    def of(self, length: int, width: int, *, behind: int = 0, step: int = 1) -> Tensor:
        """The stretches that begin where the windows of a filter do, or behind, int32 `(B, ceil(L / step))`.

        Args:
            length: Tokens of a stretch.
            width: Taps of the filter.
            behind: Tokens from where its window begins to where the stretch begins.
            step: Places that a stretch answers for, `shortest` at most. The last stretch of a record answers for its
                last `step` places, and takes the place of any behind it.
        """
        first = self._before - width // 2 + behind
        numbers = self._numbers[length - 1][:, first : first + self._places]
        if self._ends is None and step == 1:
            return numbers
        starts = torch.arange(0, self._places, step)
        if self._ends is None:
            return numbers[:, starts.clamp_max_(self._places - step)]
        return numbers.gather(1, torch.minimum(starts, self._ends - step))


class Filters:
    """What the filters of several widths match, from tables; on the CPU.

    Args:
        read: The embedding that is folded in.
        vocabulary: Kinds of tokens.
        convolutions: One for each width, as in `FoldedMatches`.
        longest: Tokens of a stretch at most.
    """

    def __init__(
        self, read: TokenEmbedding | OneHot, vocabulary: int, convolutions: Sequence[nn.Conv1d], longest: int
    ) -> None:
        table = folded(kinds_of(read, vocabulary), [layer.weight for layer in convolutions])
        widths = [layer.kernel_size[0] for layer in convolutions]
        taps = [table[start:end] for start, end in pairwise(accumulate(widths, initial=0))]
        biases = [layer.bias for layer in convolutions if layer.bias is not None]
        self._hidden, self._widest, self._longest = vocabulary, max(widths), longest
        self._widths: list[_Width] = [
            (_Narrow if len(own) <= longest else _Wide)(own, bias, longest)
            for own, bias in zip(taps, biases, strict=True)
        ]

    def strongest_in_parts(self, tokens: Tensor, mask: Tensor, parts: int) -> list[Tensor]:
        """The strongest match of each filter in each part of a record, at least 0 (ReLU).

        Args:
            tokens: `(B, L)`.
            mask: `(B, L)`; real places stand in front, at least one in each row.
            parts: P.

        Returns:
            `(B, P, F)` for each width.
        """
        seen = self._stretches(tokens, mask, parts)
        found = [width.summaries(seen, with_mean=False)[0] for width in self._widths]
        return [strongest.view(-1, parts, strongest.shape[1]) for strongest in found]

    def _stretches(self, tokens: Tensor, mask: Tensor, parts: int = 1) -> Stretches:
        return Stretches(tokens, mask, hidden=self._hidden, widest=self._widest, longest=self._longest, parts=parts)

    def summaries(self, tokens: Tensor, mask: Tensor, *, with_means: bool) -> list[Tensor]:
        """The strongest match of each filter at a real place and, if wanted, the mean one; all at least 0 (ReLU).

        Args:
            tokens: `(B, L)`.
            mask: `(B, L)`; real places stand in front, at least one in each row.
            with_means: Whether means are wanted.

        Returns:
            `(B, F)` for each width and summary.
        """
        seen = self._stretches(tokens, mask)
        return [found for width in self._widths for found in width.summaries(seen, with_mean=with_means)]


class _Width(Protocol):
    def summaries(self, seen: Stretches, *, with_mean: bool) -> list[Tensor]: ...


class _Narrow:
    """Filters that fit into a stretch: what they match is one row.

    Args:
        taps: `(K, V, F)`.
        bias: `(F,)`.
        longest: n, at least K.
    """

    def __init__(self, taps: Tensor, bias: Tensor, longest: int) -> None:
        self._width, kinds, filters = taps.shape
        self._matches = _sums(taps).add_(bias).relu_()  # (V**K, F)
        self._longest = longest
        spare = longest - self._width
        best = self._matches
        for place in range(spare + 1):
            within = self._matches.view(1, -1, 1, filters).expand(kinds**place, -1, kinds ** (spare - place), -1)
            within = within.reshape(-1, filters)
            best = torch.maximum(best, within) if place else within
        self._strongest = best  # (V**n, F)

    def summaries(self, seen: Stretches, *, with_mean: bool) -> list[Tensor]:
        step = self._longest - self._width + 1
        if seen.shortest >= step:
            found = [_largest(self._strongest, seen.of(self._longest, self._width, step=step))]
        else:
            found = [_largest(self._matches, seen.of(self._width, self._width))]
        return [*found, self._mean(seen)] if with_mean else found

    def _mean(self, seen: Stretches) -> Tensor:
        rows, shares = seen.of(self._width, self._width), shares_of(seen.mask, self._matches)
        mean = self._matches.new_zeros((len(rows), self._matches.shape[1]))
        for start in range(0, rows.shape[1], ROWS_AT_ONCE):
            run = slice(start, start + ROWS_AT_ONCE)
            mean += functional.embedding_bag(
                rows[:, run], self._matches, mode="sum", per_sample_weights=shares[:, run].contiguous()
            )
        return mean


class _Wide:
    """Filters wider than a stretch: what they match is the sum of a row for each piece of them.

    Args:
        taps: `(K, V, F)`.
        bias: `(F,)`.
        longest: n, less than K.
    """

    def __init__(self, taps: Tensor, bias: Tensor, longest: int) -> None:
        self._bias = bias
        self._lengths = _pieces(len(taps), longest)
        tables = [_sums(piece) for piece in torch.split(taps, self._lengths)]
        self._starts = list(accumulate([len(table) for table in tables[:-1]], initial=0))
        self._table = torch.cat(tables)

    def summaries(self, seen: Stretches, *, with_mean: bool) -> list[Tensor]:
        behind = accumulate(self._lengths[:-1], initial=0)
        pieces = zip(self._lengths, behind, self._starts, strict=True)
        width, filters = sum(self._lengths), len(self._bias)
        rows = torch.stack([seen.of(length, width, behind=after) + start for length, after, start in pieces], 2)
        shares = shares_of(seen.mask, self._table) if with_mean else None
        best = self._table.new_full((len(rows), filters), -torch.inf)
        mean = torch.zeros_like(best)
        for some, run in blocks(seen.mask, filters, MATCH_FLOATS):
            block = rows[some, run]
            matches = functional.embedding_bag(block.flatten(0, 1), self._table, mode="sum").view(*block.shape[:2], -1)
            best[some] = torch.maximum(best[some], matches.amax(1))
            if shares is not None:
                matches = matches.add_(self._bias).relu_()
                mean[some] += torch.bmm(shares[some, run].unsqueeze(1), matches).squeeze(1)
        best = best.add_(self._bias).relu_()
        return [best] if shares is None else [best, mean]


class PlaceTable:
    """A linear layer over the embeddings of all places side by side, as a table with a row for each token at a place.

    Args:
        read: The embedding.
        vocabulary: Kinds of tokens.
        layer: From `longest * D` numbers to U.
    """

    def __init__(self, read: TokenEmbedding | OneHot, vocabulary: int, layer: nn.Linear) -> None:
        vectors = kinds_of(read, vocabulary)  # (V, D)
        weights = layer.weight.view(len(layer.weight), -1, vectors.shape[1])  # (U, longest, D)
        self._kinds, self._bias = len(vectors), layer.bias
        self._longest = weights.shape[1]
        self._table = torch.einsum("uld,vd->lvu", weights, vectors).flatten(0, 1).contiguous()

    def __call__(self, tokens: Tensor, mask: Tensor) -> Tensor:
        """What the layer gives, `(B, U)`, of tokens and mask `(B, L)`; places beyond the longest are not looked at."""
        rows = tokens.masked_fill(~mask, self._kinds - 1)[:, : self._longest]
        rows = rows + torch.arange(rows.shape[1]) * self._kinds
        found = functional.embedding_bag(rows, self._table, mode="sum")
        return found + self._bias


def _pieces(width: int, longest: int) -> list[int]:
    """Lengths of as few stretches as a width needs, as equal as can be, the longer ones first."""
    count = -(-width // longest)
    return [width // count + (number < width % count) for number in range(count)]


def _sums(taps: Tensor) -> Tensor:
    """What each stretch of n tokens adds up to, `(n, V, F)` to `(V**n, F)`; taps are added in their order."""
    total = taps[0]
    for tap in taps[1:]:
        total = (total.unsqueeze(1) + tap).flatten(0, 1)
    return total.clone() if len(taps) == 1 else total


def _largest(table: Tensor, rows: Tensor) -> Tensor:
    """The largest of rows `(B, P)` of a table `(R, F)`, number by number: `(B, F)`.

    The product with a matrix of ones that keeps the largest and not the sum: unlike a gathering and a maximum of its
    own, it never writes the rows down.
    """
    _use_sparse()
    ends = torch.arange(0, rows.numel() + 1, rows.shape[1], dtype=torch.int32)
    ones = table.new_ones(rows.numel())
    chosen = torch.sparse_csr_tensor(ends, rows.flatten(), ones, (len(rows), len(table)), check_invariants=False)
    found: Tensor = torch.sparse.mm(chosen, table, "amax")
    return found


@cache
def _use_sparse() -> None:
    """Hear torch's announcement that row-compressed matrices are new, once; it makes it once in a process."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Sparse CSR tensor support is in beta state", UserWarning)
        nothing = torch.tensor([], dtype=torch.long)
        torch.sparse_csr_tensor(torch.tensor([0, 0]), nothing, torch.tensor([]), (1, 1), check_invariants=False)
