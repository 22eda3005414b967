"""Specification of `graph_sage`: each word keeps what it is and learns the mean of its neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, check, doubts, layers, readout_head, word_weights
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, rounds (a layer for the neighbours, one for the word itself) and norm, head."""
    width = hyper["width"]
    sampled = linear(width, width) + linear(width, width, bias=False) + 2 * width
    return int(word_weights(task, hyper) + hyper["layers"] * sampled) + readout_head(task, width)


SPECIFICATION = Architecture(
    name="graph_sage",
    title="GraphSAGE",
    family=Family.GRAPH,
    summary="Draws each sequence as a graph of its short words; each word keeps what it is apart from the mean of its "
    "neighbours.",
    good_for="Like graph convolution, when single words matter as much as their company.",
    paper="Hamilton, Ying & Leskovec 2017",
    doi="10.48550/arXiv.1706.02216",
    hyper=(
        *SETTINGS,
        layers(2),
        dropout(0.2),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Graph of words", "Mean of neighbours", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.24e-9, floats_per_token=1_200),
)
