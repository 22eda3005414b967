"""Specification of `gcn`: words next to each other exchange what they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, check, doubts, layers, readout_head, word_weights
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, rounds of convolution and norm, head."""
    width = hyper["width"]
    return int(word_weights(task, hyper) + hyper["layers"] * (linear(width, width) + 2 * width)) + readout_head(
        task, width
    )


SPECIFICATION = Architecture(
    name="gcn",
    title="Graph convolution (GCN)",
    family=Family.GRAPH,
    summary="Draws each sequence as a graph of its short words, joined where they stand next to each other, and lets "
    "neighbours exchange what they know.",
    good_for="Which short words occur together matters, and not where.",
    paper="Kipf & Welling 2017",
    doi="10.48550/arXiv.1609.02907",
    hyper=(*SETTINGS, layers(2), dropout(0.2)),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Graph of words", "Graph convolution", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.38e-9, floats_per_token=1_100),
)
