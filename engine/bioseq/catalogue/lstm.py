"""Specification of `lstm`: reads from the first letter to the last, with a memory that gates protect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width
from bioseq.catalogue.recurrent import all_build, last_state_network, memory, stacked_layers
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, layers, head."""
    return last_state_network("lstm", 1, task, hyper)


SPECIFICATION = Architecture(
    name="lstm",
    title="LSTM",
    family=Family.RECURRENT,
    summary="Reads letter by letter and learns what to keep in its memory and what to forget.",
    good_for="Order of elements matters, at short to medium lengths; BiLSTM reads from both ends.",
    paper="Hochreiter & Schmidhuber 1997",
    doi="10.1162/neco.1997.9.8.1735",
    hyper=(
        embedding_width(128),
        memory(128),
        stacked_layers(1),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "LSTM", "Last state", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.15e-9, floats_per_token=2_400),
    small={"embedding": 8, "hidden": 16},
)
