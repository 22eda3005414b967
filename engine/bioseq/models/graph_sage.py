"""`graph_sage`: each word beside the mean of its neighbours (Hamilton, Ying & Leskovec 2017, mean aggregator).

Changed, and why: neighbours are not drawn at random but all read, since a word has few; each record has its own graph,
read out as mean and maximum over its nodes; the vectors are normed by learnt scale and not to length 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from torch import nn
from torch.nn import functional

from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import SAGEConv, remove_templates
from bioseq.models.layers.word_graphs import edges_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class GraphSage(GraphNetwork):
    """Rounds in which word and neighbours have layers of their own."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width = hyper["width"]
        super().__init__(task, hyper, features=width)
        self.rounds = nn.ModuleList(SAGEConv(width, width) for _ in range(hyper["layers"]))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(hyper["layers"]))
        remove_templates(self)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`."""
        ends = edges_within(graph, 1).ends
        for gather, norm in zip(self.rounds, self.norms, strict=True):
            vectors = self.hide(functional.relu(norm(gather(vectors, ends))))
        return vectors
