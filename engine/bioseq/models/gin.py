"""`gin`: graph isomorphism network with a learnt weight of the node itself (Xu et al. 2019, GIN-epsilon).

Changed, and why: the paper norms over the batch, so that a record would depend on its batch; here each node is normed
by itself. The readout is that of all graph networks here, mean and maximum instead of the sum, so that long records do
not give larger numbers; as in the paper the words before and after each round are read (equation 4.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import nn
from torch.nn import functional

from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import GINConv, remove_templates
from bioseq.models.layers.word_graphs import edges_within

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class Gin(GraphNetwork):
    """Rounds of summing over neighbours and two layers on the sum."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width, layers = hyper["width"], hyper["layers"]
        super().__init__(task, hyper, features=width * (layers + 1))
        self.rounds = nn.ModuleList(GINConv(_two_layers(width), train_eps=True) for _ in range(layers))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(layers))
        remove_templates(self)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`; the vectors of all rounds beside each other."""
        ends = edges_within(graph, 1).ends
        rounds = [vectors]
        for gather, norm in zip(self.rounds, self.norms, strict=True):
            vectors = self.hide(functional.relu(norm(gather(vectors, ends))))
            rounds.append(vectors)
        return torch.cat(rounds, -1)


def _two_layers(width: int) -> nn.Module:
    return nn.Sequential(nn.Linear(width, width), nn.LayerNorm(width), nn.ReLU(), nn.Linear(width, width))
