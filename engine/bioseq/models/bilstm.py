"""`bilstm`: LSTM in both directions; decides from the last state of each (Graves & Schmidhuber 2005)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.models.layers.recurrent import LastStateNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape


class BiLstm(LastStateNetwork):
    """The embedding is the state after the last token and, of the other direction, after the first."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task, hyper, cell="lstm", both_ways=True)
