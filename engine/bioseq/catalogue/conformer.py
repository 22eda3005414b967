"""Specification of `conformer`: convolution for what stands side by side, attention for what stands apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.attention import EXPANSION, SIZES
from bioseq.catalogue.common import dropout, head, linear
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, blocks of two half feed-forward nets, attention and convolution, head."""
    width, norm = hyper["width"], 2 * hyper["width"]
    feed_forward = norm + linear(width, EXPANSION * width) + linear(EXPANSION * width, width)
    attention = norm + linear(width, 3 * width) + linear(width, width)
    convolution = 2 * norm + linear(width, 2 * width) + width * (hyper["kernel"] + 1) + linear(width, width)
    block = 2 * feed_forward + attention + convolution + norm
    return int(task.vocabulary * width + hyper["layers"] * block + head(width, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Heads share the width evenly, rotary positions turn pairs, and a kernel has a middle."""
    problems = []
    if hyper["width"] % hyper["heads"]:
        problems.append(f"The width {hyper['width']} cannot be shared evenly by {hyper['heads']} heads.")
    elif (hyper["width"] // hyper["heads"]) % 2:
        problems.append("The width per head must be even, because positions turn pairs of numbers.")
    if hyper["kernel"] % 2 == 0:
        problems.append(f"The kernel must be odd, so that it has a middle; it is {hyper['kernel']}.")
    return tuple(problems)


SPECIFICATION = Architecture(
    name="conformer",
    title="Conformer",
    family=Family.ATTENTION,
    summary="Looks for short motifs by convolution and for relations between distant places by attention, in turns.",
    good_for="Motifs that act together over a distance, with some thousand records or more; slow on long sequences.",
    paper="Gulati et al. 2020",
    doi="10.21437/Interspeech.2020-3015",
    hyper=(
        *(setting for setting in SIZES if setting.name != "neighbours"),
        HyperParameter(
            "kernel",
            "Kernel",
            "Places that each convolution sees at once, an odd number; about the length of the motifs.",
            15,
            1,
            63,
            unit="tokens",
        ),
        dropout(0.1),
    ),
    cost=Cost.QUADRATIC,
    knows_position=True,
    gives_attention=True,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Feed-forward", "Attention", "Convolution", "Feed-forward", "Mean", "Classes"),
    work=Work(seconds_per_weight=0.10e-9, floats_per_token=6_600),
    small={"width": 16, "heads": 2, "layers": 1, "kernel": 5},
)
