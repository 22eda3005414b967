"""Specification of `transformer`: every place looks at every other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, head, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_LEARNT = 2_048
"""Positions of a learnt table; later ones share the last."""


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, positions, blocks, final norm, pooling, head."""
    width, feed_forward = hyper["width"], hyper["feed_forward"]
    norm = 2 * width
    block = 2 * norm + linear(width, 3 * width) + linear(width, width)
    block += linear(width, feed_forward) + linear(feed_forward, width)
    positions = LONGEST_LEARNT * width if hyper["positions"] == "learnt" else 0
    pooling = {"mean": 0, "cls": width, "attention": linear(width, 1, bias=False)}[hyper["pooling"]]
    layers = hyper["layers"] * block
    return int(task.vocabulary * width + positions + layers + norm + pooling + head(width, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Heads share the width evenly; rotary positions turn pairs."""
    problems = []
    if hyper["width"] % hyper["heads"]:
        problems.append(f"The width {hyper['width']} cannot be shared evenly by {hyper['heads']} heads.")
    elif hyper["positions"] == "rotary" and (hyper["width"] // hyper["heads"]) % 2:
        problems.append("With rotary positions the width per head must be even.")
    if hyper["positions"] == "sinusoidal" and hyper["width"] % 2:
        problems.append("With sinusoidal positions the width must be even.")
    return tuple(problems)


SPECIFICATION = Architecture(
    name="transformer",
    title="Transformer",
    family=Family.ATTENTION,
    summary="Lets every place look at every other and learns which pairs of places belong together.",
    good_for="Distant places act together, and there are many records; slow on long sequences.",
    paper="Vaswani et al. 2017",
    doi="10.48550/arXiv.1706.03762",
    hyper=(
        HyperParameter("width", "Width", "Numbers that describe each place; a multiple of the heads.", 64, 2, 1024),
        HyperParameter("heads", "Heads", "Kinds of relation that each layer can follow.", 8, 1, 32, unit="heads"),
        HyperParameter("layers", "Layers", "Rounds of looking.", 2, 1, 12, unit="layers"),
        HyperParameter("feed_forward", "Feed-forward", "Units between two rounds.", 128, 2, 4096, unit="units"),
        HyperParameter(
            "positions",
            "Positions",
            "How places are told apart: rotary by distance, sinusoidal or learnt by number.",
            "rotary",
            choices=(("rotary", "Rotary"), ("sinusoidal", "Sinusoidal"), ("learnt", "Learnt"), ("none", "None")),
        ),
        HyperParameter(
            "pooling",
            "Summary",
            "How the places become one vector: their mean, an extra token that gathers, or learnt weights.",
            "mean",
            choices=(("mean", "Mean"), ("cls", "Extra token"), ("attention", "Learnt weights")),
        ),
        dropout(0.1),
    ),
    cost=Cost.QUADRATIC,
    knows_position=True,
    gives_attention=True,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Attention", "Feed-forward", "Mean", "Classes"),
    work=Work(seconds_per_weight=0.30e-9, floats_per_token=2_500),
    small={"width": 16, "heads": 2, "feed_forward": 32},
)
