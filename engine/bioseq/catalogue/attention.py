"""Settings, checks and counts that the encoders with cheaper attention share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import head, linear
from bioseq.catalogue.specification import HyperParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape

EXPANSION = 4
"""Units between two rounds of attention, times the width, as the packages have it."""

SIZES = (
    HyperParameter(
        "width",
        "Width",
        "Numbers that describe each place; a multiple of the heads. More can hold finer distinctions.",
        64,
        2,
        512,
    ),
    HyperParameter("heads", "Heads", "Kinds of relation that each layer can follow.", 8, 1, 32, unit="heads"),
    HyperParameter("layers", "Layers", "Rounds of looking at the other places.", 2, 1, 12, unit="layers"),
    HyperParameter(
        "neighbours",
        "Neighbours",
        "Letters on each side that every place is first read together with, so that motifs are found wherever they "
        "stand; 0 leaves that to the attention alone, as published.",
        3,
        0,
        15,
        unit="tokens",
    ),
)


def size_problems(hyper: Mapping[str, Any]) -> list[str]:
    """Heads share the width evenly; positions come as pairs of sine and cosine."""
    width, heads = hyper["width"], hyper["heads"]
    problems = []
    if width % heads:
        problems.append(f"The width {width} cannot be shared evenly by {heads} heads.")
    if width % 2:
        problems.append(f"The width must be even, because places are told by pairs of numbers; it is {width}.")
    return problems


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """The check of an encoder that has no combinations of its own to check."""
    return tuple(size_problems(hyper))


def encoder_weights(task: TaskShape, hyper: Mapping[str, Any], *, attention: int) -> int:
    """Weights of embedding, convolution over neighbours, blocks, last norm and head.

    Args:
        task: Vocabulary and classes.
        hyper: Width, layers and neighbours.
        attention: Weights of the attention of one block, without its norm.
    """
    width = int(hyper["width"])
    feed_forward = linear(width, EXPANSION * width) + linear(EXPANSION * width, width)
    block = attention + feed_forward + 4 * width
    beside = linear((2 * hyper["neighbours"] + 1) * width, width) if hyper["neighbours"] else 0
    return int(task.vocabulary * width + beside + hyper["layers"] * block + 2 * width + head(width, task))
