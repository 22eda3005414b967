"""`lstm`: a recurrence with gates and a memory cell; decides from the last state (Hochreiter & Schmidhuber 1997)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.models.layers.recurrent import LastStateNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape


class Lstm(LastStateNetwork):
    """The embedding is the state after the last token."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task, hyper, cell="lstm", both_ways=False)
