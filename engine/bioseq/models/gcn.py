"""`gcn`: graph convolution (Kipf & Welling 2017) on the graph of words that stand next to each other.

Changed, and why: the paper's network labels the nodes of one graph that holds all records. Here each record has its
own graph and is read out as mean and maximum over its nodes. After each round the vectors are normed, so that words
with few and with many neighbours weigh alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import GCNConv, remove_templates
from bioseq.models.layers.word_graphs import edges_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class Gcn(GraphNetwork):
    """Rounds of convolution with the normed adjacency, whose entries are how often two words are neighbours."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width = hyper["width"]
        super().__init__(task, hyper, features=width)
        self.rounds = nn.ModuleList(GCNConv(width, width) for _ in range(hyper["layers"]))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(hyper["layers"]))
        remove_templates(self)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`."""
        edges = edges_within(graph, 1)
        weights = edges.counts.to(vectors.dtype)
        for convolve, norm in zip(self.rounds, self.norms, strict=True):
            vectors = self.hide(functional.relu(norm(convolve(vectors, edges.ends, weights))))
        return vectors
