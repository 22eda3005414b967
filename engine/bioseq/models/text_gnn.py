"""`text_gnn`: gated messages between words within a window (Huang et al. 2019), a graph per sequence.

As in the paper: a word takes the maximum over its neighbours' weighted messages (equation 2) and a gate decides how
much of itself it keeps (equation 3). Changed, and why:

- The strength of an edge is counted in the record itself, as positive pointwise mutual information or as the logarithm
  of the count, and not learnt per pair of words: pairs are too many and most are rare.
- The gate is computed from the word's vector and not learnt per word, so that words that were never seen have one.
- Messages pass a layer and are not below 0, and vectors are normed after each round; the readout is mean and maximum
  over the words instead of the sum, so that long records do not give larger numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from bioseq.models.graph_network import GraphNetwork
from bioseq.models.layers.message_passing import MessagePassing, remove_templates
from bioseq.models.layers.word_graphs import edges_within, mutual_information

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape
    from bioseq.models.layers.word_graphs import WordGraph


class GatedMessages(MessagePassing):  # type: ignore[misc]  # torch_geometric has no types for mypy here
    """One round: the strongest of the neighbours' messages, weighed against the word itself by a gate."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.say = nn.Linear(width, width)
        self.gate = nn.Linear(width, 1)

    def forward(self, vectors: Tensor, ends: Tensor, strengths: Tensor) -> Tensor:
        """`(N, D)`, `(2, E)` and `(E, 1)` to `(N, D)`; a word without neighbours hears 0."""
        said = functional.relu(self.say(vectors))
        heard = self.propagate(ends, said=said, strengths=strengths.to(said.dtype), size=(len(said), len(said)))
        kept = torch.sigmoid(self.gate(vectors))
        mixed: Tensor = kept * vectors + (1 - kept) * heard
        return mixed

    def message(self, said_j: Tensor, strengths: Tensor) -> Tensor:
        """What a neighbour says, as strongly as the edge is, `(E, D)`."""
        return said_j * strengths

    def aggregate(self, inputs: Tensor, index: Tensor, dim_size: int) -> Tensor:
        """The largest of the messages to each node, 0 where there are none: `(E, D)` to `(N, D)`."""
        places = index.unsqueeze(1).expand_as(inputs)
        return inputs.new_zeros(dim_size, inputs.shape[1]).scatter_reduce(0, places, inputs, "amax")


class TextGnn(GraphNetwork):
    """Rounds of gated messages along the edges of a window."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        width = hyper["width"]
        super().__init__(task, hyper, features=width)
        self.window, self.by_chance = hyper["window"], hyper["edges"] == "pmi"
        self.rounds = nn.ModuleList(GatedMessages(width) for _ in range(hyper["layers"]))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(hyper["layers"]))
        remove_templates(self)

    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """As in `GraphNetwork`."""
        edges = edges_within(graph, self.window)
        strengths = mutual_information(graph, edges) if self.by_chance else edges.counts.float().log1p()
        for hear, norm in zip(self.rounds, self.norms, strict=True):
            vectors = self.hide(functional.relu(norm(hear(vectors, edges.ends, strengths.unsqueeze(1)))))
        return vectors
