"""Specification of `tcn`: few layers that see far, because each looks twice as far as the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, reader_weights, reader_width
from bioseq.catalogue.convolutional import convolution, first_width, kernel_width, summaries, summary_choice
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two convolutions per level (each with a length per filter), the first projection, head."""
    inputs, width, kernel = reader_width(task, hyper["embedding"]), hyper["width"], hyper["kernel"]
    total = reader_weights(task, hyper["embedding"])
    for _ in range(hyper["levels"]):
        total += convolution(inputs, width, kernel) + convolution(width, width, kernel) + 2 * width
        total += convolution(inputs, width, 1) if inputs != width else 0
        inputs = width
    return int(total + head(width * summaries(hyper["pooling"]), task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Any combination of legal values can be built."""
    return ()


SPECIFICATION = Architecture(
    name="tcn",
    title="TCN",
    family=Family.CONVOLUTIONAL,
    summary="Sees hundreds of letters around each place with few layers: each looks twice as far as the one before.",
    good_for="Parts of a pattern stand far apart; a quick choice in place of a recurrent network.",
    paper="Bai et al. 2018",
    doi="10.48550/arXiv.1803.01271",
    hyper=(
        embedding_width(32),
        first_width(64),
        HyperParameter(
            "levels",
            "Levels",
            "Each level doubles the stretch that is seen: 6 levels of width 3 see 253 places.",
            6,
            1,
            12,
            unit="levels",
        ),
        kernel_width(3),
        summary_choice("max_mean"),
        dropout(0.1),
    ),
    cost=Cost.LINEAR,
    knows_position=False,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "Dilated filters", "Strongest and mean", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.135e-9, floats_per_token=2_800),
    small={"embedding": 8, "width": 16, "levels": 2},
)
