"""Specification of `text_gnn`: words within a window of each other exchange messages, through gates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.graphs import SETTINGS, check, doubts, layers, readout_head, word_weights
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Words, rounds (a layer for messages, a gate) and norm, head."""
    width = hyper["width"]
    gated = linear(width, width) + linear(width, 1) + 2 * width
    return int(word_weights(task, hyper) + hyper["layers"] * gated) + readout_head(task, width)


SPECIFICATION = Architecture(
    name="text_gnn",
    title="Text GNN",
    family=Family.GRAPH,
    summary="Draws each sequence as a graph of its short words, joined within a window and more strongly the more "
    "often they meet; each word weighs what it hears against what it is.",
    good_for="Which words occur near each other matters, in any order and anywhere.",
    paper="Huang et al. 2019",
    doi="10.18653/v1/D19-1345",
    hyper=(
        *SETTINGS,
        HyperParameter(
            "window",
            "Window",
            "Words at most this many places apart are joined. Wider windows see looser company and cost more.",
            3,
            1,
            20,
            unit="words",
        ),
        HyperParameter(
            "edges",
            "Strength of a join",
            "How strongly two words are joined: by how much more often they meet than by chance, or by how often they "
            "meet.",
            "pmi",
            choices=(("pmi", "More often than by chance"), ("count", "How often")),
        ),
        layers(2),
        dropout(0.2),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Graph of words", "Gated messages", "Mean and maximum", "Classes"),
    extra="graphs",
    modules=("torch_geometric",),
    small={"embedding": 8, "width": 16},
    reads_one_hot=True,
    doubts=doubts,
    work=Work(seconds_per_weight=0.90e-9, floats_per_token=2_500),
)
