"""Specification of `lstm_attention`: reads both ways, then looks back at the places that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, reader_weights, reader_width
from bioseq.catalogue.recurrent import all_build, memory, recurrent
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two directions, head over context and final state."""
    width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
    lstm = recurrent("lstm", width, hidden, directions=2)
    return int(reader_weights(task, hyper["embedding"]) + lstm + head(4 * hidden, task))


SPECIFICATION = Architecture(
    name="lstm_attention",
    title="LSTM with attention",
    family=Family.RECURRENT,
    summary="Reads both ways with a memory, then looks back at the places that matter most for the decision.",
    good_for="Like BiLSTM, with weights that show where it looked.",
    paper="Luong, Pham & Manning 2015",
    doi="10.18653/v1/D15-1166",
    hyper=(
        embedding_width(64),
        memory(64, both_ways=True),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "LSTM both ways", "Attention", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.17e-9, floats_per_token=2_500),
    small={"embedding": 8, "hidden": 16},
)
