"""Specification of `linformer`: all places are summed up by a fixed number of learnt mixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import SIZES, check, encoder_weights
from bioseq.catalogue.common import dropout, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks with two tables of mixtures each, norm, head."""
    width = hyper["width"]
    attention = 3 * linear(width, width, bias=False) + linear(width, width) + 2 * task.longest * hyper["mixtures"]
    return encoder_weights(task, hyper, attention=attention)


SPECIFICATION = Architecture(
    name="linformer",
    title="Linformer",
    family=Family.ATTENTION,
    summary="Sums up the whole sequence in a fixed number of learnt mixtures of places, and lets every place look at "
    "these.",
    good_for="Long sequences that are aligned, so that a place means the same in each.",
    paper="Wang et al. 2020",
    doi="10.48550/arXiv.2006.04768",
    hyper=(
        *SIZES,
        HyperParameter(
            "mixtures",
            "Mixtures",
            "Mixtures of places that stand in for all places. More keep more detail and cost more.",
            32,
            1,
            512,
            unit="mixtures",
        ),
        dropout(0.1),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Attention to mixtures", "Feed-forward", "Mean", "Classes"),
    extra="attention",
    modules=("linformer",),
    reads_to_longest=True,
    work=Work(seconds_per_weight=0.16e-9, floats_per_token=4_600),
    small={"width": 16, "heads": 2, "layers": 1},
)
