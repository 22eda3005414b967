"""Specification of `gru`: like an LSTM with fewer gates, in two layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width
from bioseq.catalogue.recurrent import all_build, last_state_network, memory, stacked_layers
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, layers, head."""
    return last_state_network("gru", 1, task, hyper)


SPECIFICATION = Architecture(
    name="gru",
    title="GRU",
    family=Family.RECURRENT,
    summary="Reads letter by letter in two layers that learn what to keep in memory, with fewer gates than LSTM.",
    good_for="Like LSTM, with fewer weights for the same memory.",
    paper="Cho et al. 2014",
    doi="10.3115/v1/D14-1179",
    hyper=(
        embedding_width(128),
        memory(128),
        stacked_layers(2),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "GRU", "GRU", "Last state", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.20e-9, floats_per_token=2_300),
    small={"embedding": 8, "hidden": 16},
)
