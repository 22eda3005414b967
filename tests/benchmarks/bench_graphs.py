"""What graphs of words cost: made at once for a batch, made one by one in Python, or kept from an earlier epoch.

    python tests/benchmarks/bench_graphs.py [--rounds 30]

Milliseconds of processor time on one thread, the median of the rounds, for a batch of 64 records: the graphs alone,
and a whole training step of the network with its default sizes, which holds the making of the graphs at once. "Kept"
looks each record up by its tokens, and joins the graphs that it finds: what a cache costs when everything is in it.
"""

from __future__ import annotations

import argparse
import time
from statistics import median
from typing import TYPE_CHECKING

import torch
from torch import Tensor
from torch.nn import functional

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import TaskShape
from bioseq.models.layers.word_graphs import Edges, WordGraph, edges_within, word_graph
from bioseq.models.registry import build

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS = 64
SETS = {
    "DNA, 41 letters": (6, 41, 3),
    "DNA, 300 letters": (6, 300, 3),
    "DNA, 2,000 letters": (6, 2000, 3),
    "same, words of 6": (6, 2000, 6),
    "protein, 60 residues": (22, 60, 3),
    "protein, 400 residues": (22, 400, 3),
}
"""Vocabulary, length, letters per word."""

Whole = tuple[WordGraph, Edges]
"""The graphs of a batch."""
Piece = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""The graph of a record: letters and occurrences of its nodes, node of each word, edges and their counts."""


def at_once(tokens: Tensor, mask: Tensor, *, letters: int, vocabulary: int, window: int) -> Whole:
    """As the networks make them."""
    graph = word_graph(tokens, mask, letters=letters, vocabulary=vocabulary)
    return graph, edges_within(graph, window)


def one_by_one(tokens: Tensor, mask: Tensor, *, letters: int, window: int) -> Whole:
    """The same graphs with dictionaries, record by record."""
    return joined(
        [
            of_record(tuple(row[:length]), letters=letters, window=window)
            for row, length in zip(tokens.tolist(), mask.sum(1).tolist(), strict=True)
        ]
    )


def of_record(row: tuple[int, ...], *, letters: int, window: int) -> Piece:
    """One graph; its edges go from the lower to the higher node."""
    words = [row[i : i + letters] for i in range(len(row) - letters + 1)]
    found = {word: number for number, word in enumerate(sorted(set(words)))}
    nodes = [found[word] for word in words]
    occurrences = [0] * len(found)
    for node in nodes:
        occurrences[node] += 1
    pairs: dict[tuple[int, int], int] = {}
    for place, one in enumerate(nodes):
        for other in nodes[place + 1 : place + 1 + window]:
            pair = (min(one, other), max(one, other))
            pairs[pair] = pairs.get(pair, 0) + 1
    order = sorted(pairs)
    return (
        torch.tensor(list(found)),
        torch.tensor(occurrences),
        torch.tensor(nodes),
        torch.tensor(order).T,
        torch.tensor([pairs[pair] for pair in order]),
    )


def joined(pieces: list[Piece]) -> Whole:
    """Graphs of records to the graphs of a batch."""
    sizes = torch.tensor([len(piece[1]) for piece in pieces])
    first = sizes.cumsum(0) - sizes
    nodes = [piece[2] + start for piece, start in zip(pieces, first.tolist(), strict=True)]
    ends = torch.cat([piece[3] + start for piece, start in zip(pieces, first.tolist(), strict=True)], 1)
    counts = torch.cat([piece[4] for piece in pieces])
    apart = ends[0] != ends[1]
    lengths = torch.tensor([len(node) for node in nodes])
    graph = WordGraph(
        letters=torch.cat([piece[0] for piece in pieces]),
        record=torch.arange(len(pieces)).repeat_interleave(sizes),
        occurrences=torch.cat([piece[1] for piece in pieces]),
        node=torch.nn.utils.rnn.pad_sequence(nodes, batch_first=True),
        present=torch.arange(int(lengths.max())) < lengths.unsqueeze(1),
        lengths=lengths + pieces[0][0].shape[1] - 1,
    )
    return graph, Edges(torch.cat([ends, ends[:, apart].flip(0)], 1), torch.cat([counts, counts[apart]]))


def kept(cache: dict[bytes, Piece], tokens: Tensor, mask: Tensor) -> Whole:
    """The graphs of records that are all in the cache."""
    rows, lengths = tokens.numpy(), mask.sum(1).tolist()
    return joined([cache[rows[i, :length].tobytes()] for i, length in enumerate(lengths)])


def milliseconds(work: Callable[[], object], rounds: int) -> float:
    """Median processor time of one call."""
    taken = []
    for _ in range(rounds + 2):
        start = time.process_time()
        work()
        taken.append(1000 * (time.process_time() - start))
    return median(taken[2:])


def equal(one: Whole, other: Whole) -> bool:
    """Whether two ways give the same graphs."""
    parts = zip((*one[0], *one[1]), (*other[0], *other[1]), strict=True)
    return all(torch.equal(a, b) for a, b in parts)


def measure(name: str, title: str, rounds: int) -> str:
    """One line of the table.

    Raises:
        SystemExit: The three ways give different graphs.
    """
    vocabulary, length, letters = SETS[title]
    hyper = architecture(name).defaults() | {"node_k": letters}
    window = int(hyper.get("window", 1))
    torch.manual_seed(0)
    lengths = torch.randint(length * 3 // 4, length + 1, (RECORDS,))
    mask = torch.arange(int(lengths.max())) < lengths.unsqueeze(1)
    tokens = torch.randint(2, vocabulary, mask.shape) * mask
    truth = torch.arange(RECORDS) % 2
    network = build(name, TaskShape(vocabulary, 2, length, False), hyper).train()
    optimiser = torch.optim.Adam(network.parameters())
    rows = [tokens[i, :size] for i, size in enumerate(lengths.tolist())]
    cache = {row.numpy().tobytes(): of_record(tuple(row.tolist()), letters=letters, window=window) for row in rows}

    def step() -> None:
        optimiser.zero_grad()
        functional.cross_entropy(network(tokens, mask).logits, truth).backward()
        optimiser.step()

    ways: tuple[Callable[[], Whole], ...] = (
        lambda: at_once(tokens, mask, letters=letters, vocabulary=vocabulary, window=window),
        lambda: one_by_one(tokens, mask, letters=letters, window=window),
        lambda: kept(cache, tokens, mask),
    )
    if not all(equal(ways[0](), way()) for way in ways[1:]):
        raise SystemExit("The ways of making graphs differ.")
    graphs, loop, cached = (milliseconds(way, rounds) for way in ways)
    whole = milliseconds(step, rounds)
    figures = f"{graphs:9.2f}{loop:12.1f}{cached:8.2f}{whole:9.1f}"
    return f"{name:12}{title:24}{figures}{graphs / whole:8.1%}{(graphs - cached) / whole:8.1%}"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=30)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    heads = f"{'at once':>9}{'one by one':>12}{'kept':>8}{'step':>9}{'share':>8}{'saves':>8}"
    print(f"{'network':12}{'records':24}{heads}")
    for name in ("gcn", "gat", "graph_sage", "gin", "sgc", "text_gnn"):
        for title in SETS:
            print(measure(name, title, rounds), flush=True)


if __name__ == "__main__":
    main()
