"""Specification of `bigru_attention`: reads both ways, then weighs the places by what they tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.recurrent import all_build, memory, recurrent
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two directions, attention, head."""
    width, hidden, attention = reader_width(task, hyper["embedding"]), hyper["hidden"], hyper["attention"]
    attend = linear(2 * hidden, attention) + linear(attention, 1, bias=False)
    return int(
        reader_weights(task, hyper["embedding"])
        + recurrent("gru", width, hidden, directions=2)
        + attend
        + head(2 * hidden, task)
    )


SPECIFICATION = Architecture(
    name="bigru_attention",
    title="BiGRU with attention",
    family=Family.RECURRENT,
    summary="Reads both ways with a memory, then weighs every place by how much it tells about the class.",
    good_for="A few places decide, and you want to see which: its weights show where it looked.",
    paper="Yang et al. 2016",
    doi="10.18653/v1/N16-1174",
    hyper=(
        embedding_width(64),
        memory(64, both_ways=True),
        HyperParameter(
            "attention",
            "Attention width",
            "Numbers by which a place is judged before it gets its weight.",
            128,
            1,
            1024,
            unit="units",
        ),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "GRU both ways", "Attention", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.32e-9, floats_per_token=1_600),
    small={"embedding": 8, "hidden": 8, "attention": 8},
)
