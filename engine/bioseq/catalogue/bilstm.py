"""Specification of `bilstm`: reads the sequence from both ends and remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width
from bioseq.catalogue.recurrent import all_build, last_state_network, memory, stacked_layers
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two directions per layer, head."""
    return last_state_network("lstm", 2, task, hyper)


SPECIFICATION = Architecture(
    name="bilstm",
    title="BiLSTM",
    family=Family.RECURRENT,
    summary="Reads letter by letter from both ends, with a memory, and decides from what it remembers at each end.",
    good_for="Order of elements matters, at short to medium lengths.",
    paper="Graves & Schmidhuber 2005",
    doi="10.1016/j.neunet.2005.06.042",
    hyper=(
        embedding_width(128),
        memory(128, both_ways=True),
        stacked_layers(1),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "LSTM both ways", "Last states", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.15e-9, floats_per_token=4_700),
    small={"embedding": 8, "hidden": 16},
)
