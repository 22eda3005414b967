"""Specification of `text_rcnn`: each token in its surroundings, and the strongest of each feature."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.recurrent import all_build, memory, recurrent, stacked_layers
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, stack, features, head."""
    width, hidden, features = reader_width(task, hyper["embedding"]), hyper["hidden"], hyper["features"]
    return int(
        reader_weights(task, hyper["embedding"])
        + recurrent("lstm", width, hidden, layers=hyper["layers"], directions=2)
        + linear(2 * hidden + width, features)
        + head(features, task)
    )


SPECIFICATION = Architecture(
    name="text_rcnn",
    title="TextRCNN",
    family=Family.RECURRENT,
    summary="Looks at each letter with what stands before and after it, and keeps the strongest sign of each kind.",
    good_for="What a motif means depends on its surroundings.",
    paper="Lai et al. 2015",
    doi="10.1609/aaai.v29i1.9513",
    hyper=(
        embedding_width(128),
        memory(128, both_ways=True),
        stacked_layers(2),
        HyperParameter(
            "features",
            "Features",
            "Signs that are looked for at each place, in the letter and its surroundings together.",
            128,
            1,
            1024,
            unit="features",
        ),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "LSTM both ways", "LSTM both ways", "Features", "Strongest", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.15e-9, floats_per_token=12_000),
    small={"embedding": 8, "hidden": 8, "features": 16},
)
