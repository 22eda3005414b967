"""Specification of `sgc`: graph convolution without anything between the rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, check, doubts, layers, readout_head, word_weights
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, one layer after all rounds, head."""
    return int(word_weights(task, hyper) + linear(hyper["width"], hyper["width"])) + readout_head(task, hyper["width"])


SPECIFICATION = Architecture(
    name="sgc",
    title="Simple graph convolution (SGC)",
    family=Family.GRAPH,
    summary="Spreads what each short word is over its neighbours, round by round, with nothing learnt in between: the "
    "simplest of the graph networks.",
    good_for="A quick first look at whether graphs of words help; few records.",
    paper="Wu et al. 2019",
    doi="10.48550/arXiv.1902.07153",
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
    blocks=("Letters", "Graph of words", "Spreading", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.38e-9, floats_per_token=500),
)
