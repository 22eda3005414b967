"""`gat`: graph attention on the graph of words that stand next to each other (Brody, Alon & Yahav 2022: GATv2).

"GAN" in older lists of models of this kind means this network: graph attention, and nothing adversarial.

Changed, and why: as in `gcn`, each record has its own graph, read out as mean and maximum over its nodes, and the
vectors are normed after each round.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.models.base import Encoding
from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import GATv2Conv, remove_templates
from bioseq.models.layers.word_graphs import edges_within, mean_and_max, spread_over_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class Gat(GraphNetwork):
    """Rounds of attention of each word to itself and its neighbours.

    The attention given out, `(B, L)`, is that of the last round: how much a word's node is attended to by all nodes of
    its record, mean over heads, shared evenly by the word's letters; it sums to 1 over a record.
    """

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width, heads = hyper["width"], hyper["heads"]
        super().__init__(task, hyper, features=width)
        self.rounds = nn.ModuleList(GATv2Conv(width, width // heads, heads) for _ in range(hyper["layers"]))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(hyper["layers"]))
        remove_templates(self)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:
        """As in `Network`."""
        graph = self.graph_of(tokens, mask)
        vectors, received = self._attend(self.hide(self.words(graph.letters)), graph)
        attention = spread_over_tokens(received, graph, tokens=tokens.shape[1]) if want_attention else None
        return Encoding(mean_and_max(vectors, graph), attention)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`."""
        return self._attend(vectors, graph)[0]

    def _attend(self, vectors: Tensor, graph: WordGraph) -> tuple[Tensor, Tensor]:
        """Vectors of the nodes, and the attention that each received in the last round, `(N,)`."""
        edges = edges_within(graph, 1)
        received = torch.ones(len(vectors), device=vectors.device)
        for attend, norm in zip(self.rounds, self.norms, strict=True):
            vectors, (ends, weights) = attend(vectors, edges.ends, return_attention_weights=True)
            vectors = self.hide(functional.relu(norm(vectors)))
            received = torch.zeros_like(received).index_add_(0, ends[0], weights.detach().float().mean(1))
        return vectors, received
