"""`gru`: two layers of a recurrence with two gates; decides from the last state (Cho et al. 2014)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.models.layers.recurrent import LastStateNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape


class Gru(LastStateNetwork):
    """The embedding is the state of the uppermost layer after the last token."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task, hyper, cell="gru", both_ways=False)
