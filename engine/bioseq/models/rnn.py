"""`rnn`: a plain recurrence, tanh; decides from the state after the last token (Elman 1990)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.models.layers.recurrent import LastStateNetwork

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape


class Rnn(LastStateNetwork):
    """The embedding is the state after the last token."""

    def __init__(self, task: TaskShape, hyper: Mapping[str, Any]) -> None:
        super().__init__(task, hyper, cell="rnn", both_ways=False)
