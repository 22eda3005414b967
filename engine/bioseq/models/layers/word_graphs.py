"""Graphs of words, one per record: nodes are the distinct words, edges join words that stand near each other.

A graph is made from the tokens of its record alone. Nothing is looked up in the training records, so that a sequence
that was never seen before has a graph as good as any other. All graphs of a batch are made at once and lie side by side
without an edge between them. Nodes are sorted by record and word, edges by their ends: the same record always gives the
same graph, and sums over neighbours have one order.

Shapes: N nodes and E edges of the whole batch, W words of the longest record, K letters per word.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn
from torch.nn import functional

from bioseq.catalogue.common import reader_width
from bioseq.models.layers.embedding import token_reader

if TYPE_CHECKING:
    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape

_COUNTED = 1
"""Possible numbers, per number at hand, up to which counting is faster than sorting."""


class WordGraph(NamedTuple):
    """The graphs of a batch.

    Attributes:
        letters: The tokens of each node's word, `(N, K)`; 0 where a record is shorter than a word.
        record: The row of the batch that each node belongs to, `(N,)`, ascending.
        occurrences: How often each word occurs in its record, `(N,)`, at least 1.
        node: The node of each word of the batch, `(B, W)`; 0 where there is none.
        present: Where there is a word, `(B, W)`; each row has one at least.
        lengths: Tokens of each record, `(B,)`.
    """

    letters: Tensor
    record: Tensor
    occurrences: Tensor
    node: Tensor
    present: Tensor
    lengths: Tensor


class Edges(NamedTuple):
    """Edges in both directions.

    Attributes:
        ends: From and to, `(2, E)`.
        counts: How often the two words stand near each other, `(E,)`, at least 1.
    """

    ends: Tensor
    counts: Tensor


def word_graph(tokens: Tensor, mask: Tensor, *, letters: int, vocabulary: int) -> WordGraph:
    """The nodes of a batch.

    Args:
        tokens: Token numbers `(B, L)`.
        mask: `(B, L)`; False is padding, at the end of a row.
        letters: Tokens per word, K; of a record with fewer all of it is its one word.
        vocabulary: Number of tokens; `rows * vocabulary ** letters` must fit 63 bits (`catalogue.graphs.check`).
    """
    lengths = mask.sum(1)
    shown = functional.pad(tokens * mask, (0, max(0, letters - tokens.shape[1])))
    powers = vocabulary ** torch.arange(letters - 1, -1, -1, device=tokens.device)
    places = shown.shape[1] - letters + 1
    words = shown[:, :places]
    for letter in range(1, letters):
        words = words * vocabulary + shown[:, letter : letter + places]  # (B, W)
    present = torch.arange(words.shape[1], device=tokens.device) < (lengths - letters + 1).clamp_min(1).unsqueeze(1)
    rows = torch.arange(len(tokens), device=tokens.device).unsqueeze(1)
    keys = (words + rows * vocabulary**letters).masked_select(present)
    found, inverse, occurrences = _distinct(keys, len(tokens) * vocabulary**letters)
    node = torch.zeros_like(words).masked_scatter_(present, inverse)
    return WordGraph(
        letters=found.unsqueeze(1) // powers % vocabulary,
        record=found // vocabulary**letters,
        occurrences=occurrences,
        node=node,
        present=present,
        lengths=lengths,
    )


def edges_within(graph: WordGraph, window: int) -> Edges:
    """Edges between words at most this many places apart; 1 joins neighbours only.

    A word that repeats itself within the window has an edge to itself.
    """
    node, present, nodes = graph.node, graph.present, len(graph.record)
    found = []
    for distance in range(1, min(window, node.shape[1] - 1) + 1):
        one, other = node[:, :-distance], node[:, distance:]
        pairs = torch.minimum(one, other) * nodes + torch.maximum(one, other)
        found.append(pairs.masked_select(present[:, distance:]))
    if not found:
        nothing = node.new_zeros(0)
        return Edges(torch.stack([nothing, nothing]), nothing)
    pairs, counts = torch.unique(torch.cat(found), return_counts=True)
    low, high = pairs // nodes, pairs % nodes
    apart = low != high
    ends = torch.stack([torch.cat([low, high[apart]]), torch.cat([high, low[apart]])])
    return Edges(ends, torch.cat([counts, counts[apart]]))


def mutual_information(graph: WordGraph, edges: Edges) -> Tensor:
    """How much more often than by chance two words of a record stand near each other, `(E,)`, nats, at least 0.

    Positive pointwise mutual information (Church & Hanks 1990), log(c_ij c / (c_i c_j)): c_ij are the counts of the
    edges of one record, c_i their sum at a node, c their sum over the record.
    """
    target = edges.ends[1]
    at_node = torch.zeros_like(graph.record).index_add_(0, target, edges.counts)
    of_record = torch.zeros_like(graph.lengths).index_add_(0, graph.record, at_node)
    whole = of_record[graph.record[target]]
    return (edges.counts.float().log() + whole.float().log() - at_node.float().log()[edges.ends].sum(0)).clamp_min(0)


class WordVectors(nn.Module):
    """A vector per node, made of the vectors of its letters: words that were never seen before have one too."""

    def __init__(self, task: TaskShape, *, letters: int, embedding: int, width: int) -> None:
        super().__init__()
        self.read = token_reader(task, embedding)
        self.join = nn.Linear(letters * reader_width(task, embedding), width)

    def forward(self, letters: Tensor) -> Tensor:
        """`(N, K)` to `(N, D)`, not below 0."""
        return functional.relu(self.join(self.read(letters, letters > 0).flatten(1)))


def mean_and_max(vectors: Tensor, graph: WordGraph) -> Tensor:
    """Mean over the words of each record, beside the maximum: `(N, D)` to `(B, 2 D)`.

    A word that occurs twice counts twice in the mean.
    """
    records, slots = len(graph.lengths), _slots(graph)
    most = int(slots.max()) + 1  # nodes of the largest graph
    places = graph.record * most + slots
    dense = vectors.new_zeros(records * most, vectors.shape[1]).index_copy(0, places, vectors)
    shares = vectors.new_zeros(records * most).index_copy_(0, places, _shares(graph).to(vectors.dtype))
    missing = torch.ones_like(shares, dtype=torch.bool).index_fill_(0, places, value=False)
    dense = dense.view(records, most, -1)
    mean = torch.einsum("bn,bnd->bd", shares.view(records, most), dense)
    largest = dense.masked_fill(missing.view(records, most, 1), torch.finfo(dense.dtype).min).amax(1)
    return torch.cat([mean, largest], -1)


def spread_over_tokens(weights: Tensor, graph: WordGraph, *, tokens: int) -> Tensor:
    """Weights of nodes to weights of tokens that sum to 1 in each record: `(N,)` to `(B, L)`.

    Each occurrence of a word has the weight of its node, shared evenly by its letters.

    Args:
        weights: Not below 0; more than 0 for one node of each record at least.
        graph: The nodes.
        tokens: L.
    """
    letters = graph.letters.shape[1]
    words = weights[graph.node] * graph.present  # (B, W)
    covering = functional.pad(words, (letters - 1, letters - 1)).unfold(1, letters, 1).sum(-1)[:, :tokens]
    covering = covering * (torch.arange(tokens, device=weights.device) < graph.lengths.unsqueeze(1))
    return covering / covering.sum(1, keepdim=True)


def _distinct(numbers: Tensor, bound: int) -> tuple[Tensor, Tensor, Tensor]:
    """The different numbers ascending, the place of each number among them, and how often each occurs.

    Where few numbers are possible they are counted, which takes less than half the time of sorting them.

    Args:
        numbers: `(M,)`, from 0.
        bound: They are all smaller.
    """
    if bound > _COUNTED * len(numbers):
        found, places, counts = torch.unique(numbers, return_inverse=True, return_counts=True)
        return found, places, counts
    counts = numbers.bincount(minlength=bound)
    occurs = counts > 0
    return occurs.nonzero().squeeze(1), (occurs.cumsum(0) - 1).index_select(0, numbers), counts.masked_select(occurs)


def _slots(graph: WordGraph) -> Tensor:
    """The number of each node within its record, `(N,)`."""
    rows = torch.arange(len(graph.lengths), device=graph.record.device)
    first = torch.searchsorted(graph.record, rows)
    return torch.arange(len(graph.record), device=graph.record.device) - first[graph.record]


def _shares(graph: WordGraph) -> Tensor:
    """Share of the record's words that each node makes up, `(N,)`."""
    return graph.occurrences / graph.present.sum(1)[graph.record]
