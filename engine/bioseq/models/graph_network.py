"""What the networks on graphs of words share: from tokens to a graph per record, and from nodes back to one vector.

Published graph classifiers of texts often join all texts, those to be predicted too, in one graph; then a new text
cannot be read without learning again (a transductive model). Here each record has a graph of its own, and all that is
learnt are weights that apply to any graph (an inductive model, Hamilton et al. 2017).

Graphs are built anew for each batch and not kept. With records of up to 400 tokens that takes 1 to 10 % of a step;
looking up kept graphs would save 4 % at most and cost more on the shortest. Only where a record holds every word many
times over, and should have longer words anyway, would it save up to 10 % (tests/benchmarks/bench_graphs.py).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from torch import nn

from bioseq.catalogue.graphs import node_letters
from bioseq.models.base import Encoding, Network
from bioseq.models.layers.head import classification_head
from bioseq.models.layers.word_graphs import WordGraph, WordVectors, mean_and_max, word_graph

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from bioseq.catalogue.specification import TaskShape


class GraphNetwork(Network):
    """Words to vectors, messages between them, mean and maximum over each record.

    A subclass passes the messages.
    """

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any], *, features: int) -> None:
        """Build what all share.

        Args:
            task: Vocabulary, classes.
            hyper: Settings; `catalogue.graphs.SETTINGS` and more.
            features: Numbers per node after the messages.
        """
        super().__init__(task)
        self.letters = node_letters(task, hyper)
        self.words = WordVectors(task, letters=self.letters, embedding=hyper["embedding"], width=hyper["width"])
        self.hide = nn.Dropout(hyper["dropout"])
        self.head = classification_head(2 * features, task.classes, hyper["dropout"])

    def graph_of(self, tokens: Tensor, mask: Tensor) -> WordGraph:
        """The nodes of a batch, `(B, L)` and `(B, L)`."""
        return word_graph(tokens, mask, letters=self.letters, vocabulary=self.task.vocabulary)

    def encode(self, tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Encoding:  # noqa: ARG002
        """As in `Network`."""
        graph = self.graph_of(tokens, mask)
        return Encoding(mean_and_max(self.pass_messages(self.hide(self.words(graph.letters)), graph), graph))

    @abstractmethod
    def pass_messages(self, vectors: Tensor, graph: WordGraph) -> Tensor:
        """The vectors of the nodes, `(N, D)`, after messages along the edges: `(N, features)`."""
