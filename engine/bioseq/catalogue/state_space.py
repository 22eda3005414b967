"""Specification of `state_space`: filters as long as the sequence, described by a few decays and oscillations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.convolutional import norm, summaries, summary_choice
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def directions(hyper: Mapping[str, Any]) -> int:
    """Ways in which the sequence is read."""
    return 2 if hyper["both_directions"] else 1


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, its projection, layers (step, states, their readout, gate, norm), final norm, head."""
    width = hyper["width"]
    states = width * hyper["states"]  # real and imaginary part of each
    layer = width + states + directions(hyper) * states + width
    layer += linear(width, 2 * width) + norm(width)
    total = reader_weights(task, hyper["embedding"]) + linear(reader_width(task, hyper["embedding"]), width)
    return int(total + hyper["layers"] * layer + norm(width) + head(width * summaries(hyper["pooling"]), task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """States come in pairs of a real and an imaginary part."""
    return ("The number of states must be even.",) if hyper["states"] % 2 else ()


SPECIFICATION = Architecture(
    name="state_space",
    title="State space (S4D)",
    family=Family.CONVOLUTIONAL,
    summary="Remembers what it has read as decays and oscillations, over thousands of letters.",
    good_for="Very long sequences, where distant parts act together and attention is too slow.",
    paper="Gu et al. 2022",
    doi="10.48550/arXiv.2206.11893",
    hyper=(
        embedding_width(32),
        HyperParameter("width", "Width", "Numbers that describe each place.", 64, 2, 1024),
        HyperParameter("layers", "Layers", "Rounds of reading.", 3, 1, 12, unit="layers"),
        HyperParameter(
            "states",
            "States",
            "Decays and oscillations that each number may remember by; an even number.",
            32,
            2,
            256,
            unit="states",
        ),
        HyperParameter(
            "both_directions",
            "Both directions",
            "Read from the end too, so that each place knows what follows it.",
            True,
        ),
        summary_choice("max_mean"),
        dropout(0.1),
    ),
    cost=Cost.LINEARITHMIC,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Long filters", "Strongest and mean", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.320e-9, floats_per_token=3_200),
    small={"embedding": 8, "width": 16, "layers": 1, "states": 8},
)
