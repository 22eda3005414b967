"""Specification of `gat`: each word chooses which of its neighbours to listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, doubts, layers, readout_head, word_weights
from bioseq.catalogue.graphs import check as check_words
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, rounds of attention (two projections, scores and bias) and norm, head."""
    width = hyper["width"]
    attention = 2 * linear(width, width) + 2 * width
    return int(word_weights(task, hyper) + hyper["layers"] * (attention + 2 * width)) + readout_head(task, width)


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """Heads share the width evenly."""
    width, heads = hyper["width"], hyper["heads"]
    uneven = (f"The width {width} cannot be shared evenly by {heads} heads.",) if width % heads else ()
    return (*check_words(task, hyper), *uneven)


SPECIFICATION = Architecture(
    name="gat",
    title="Graph attention (GAT)",
    family=Family.GRAPH,
    summary="Like graph convolution, but each word chooses by attention which of its neighbours to listen to. "
    'Older lists of models call it "GAN"; what is meant is GAT, and no generative adversarial network.',
    good_for="Which words occur together matters, and you want to see which of them counted.",
    paper="Veličković et al. 2018; Brody, Alon & Yahav 2022",
    doi="10.48550/arXiv.2105.14491",
    hyper=(
        *SETTINGS,
        HyperParameter("heads", "Heads", "Kinds of relation that each round can follow.", 4, 1, 32, unit="heads"),
        layers(2),
        dropout(0.2),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=True,
    aliases=("gan",),
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Graph of words", "Graph attention", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16, "heads": 2},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.36e-9, floats_per_token=2_600),
)
