"""Specification of `gin`: sums of neighbours, which tell more graphs apart than means do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, check, doubts, layers, readout_head, word_weights
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, rounds (two layers, their norms and the weight of the word itself), head over all rounds."""
    width = hyper["width"]
    summed = 2 * (linear(width, width) + 2 * width) + 1
    features = width * (hyper["layers"] + 1)
    return int(word_weights(task, hyper) + hyper["layers"] * summed) + readout_head(task, features)


SPECIFICATION = Architecture(
    name="gin",
    title="Graph isomorphism network (GIN)",
    family=Family.GRAPH,
    summary="Draws each sequence as a graph of its short words and sums over neighbours, which tells more graphs "
    "apart than means do; reads the words before and after each round.",
    good_for="Like graph convolution, when which words repeat and meet is itself the signal.",
    paper="Xu et al. 2019",
    doi="10.48550/arXiv.1810.00826",
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
    blocks=("Letters", "Graph of words", "Sum of neighbours", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.30e-9, floats_per_token=1_900),
)
