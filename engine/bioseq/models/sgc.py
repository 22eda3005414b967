"""`sgc`: simple graph convolution (Wu et al. 2019): rounds of spreading, then one layer.

Changed, and why: the words' vectors are learnt, where the paper starts from given ones; each record has its own graph,
read out as mean and maximum over its nodes. From the words' vectors to the readout all is linear, as in the paper.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import SGConv, remove_templates
from bioseq.models.layers.word_graphs import edges_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class Sgc(GraphNetwork):
    """Powers of the normed adjacency, whose entries are how often two words are neighbours."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width = hyper["width"]
        super().__init__(task, hyper, features=width)
        self.spread = SGConv(width, width, hyper["layers"])
        remove_templates(self)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`."""
        edges = edges_within(graph, 1)
        spread: Tensor = self.spread(vectors, edges.ends, edges.counts.to(vectors.dtype))
        return spread
