"""Specification of `cnn_bilstm`: motifs first, then their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.recurrent import all_build, memory, recurrent
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, filters, two directions, head."""
    width, filters, hidden = reader_width(task, hyper["embedding"]), hyper["filters"], hyper["hidden"]
    return int(
        reader_weights(task, hyper["embedding"])
        + linear(width * hyper["kernel"], filters)
        + recurrent("lstm", filters, hidden, directions=2)
        + head(4 * hidden, task)
    )


SPECIFICATION = Architecture(
    name="cnn_bilstm",
    title="CNN-BiLSTM",
    family=Family.RECURRENT,
    summary="Looks for motifs first, then reads in which order they stand, from both ends.",
    good_for="Long DNA in which the order and the distance of motifs matter: promoters, enhancers, binding sites.",
    paper="Quang & Xie 2016",
    doi="10.1093/nar/gkw226",
    hyper=(
        embedding_width(16),
        HyperParameter(
            "filters", "Filters", "How many motifs are learnt; 320 as published.", 320, 1, 2048, unit="filters"
        ),
        HyperParameter(
            "kernel",
            "Motif width",
            "Letters that each motif spans: 26 as published for DNA; about 8 suit short peptides.",
            26,
            1,
            64,
            unit="tokens",
        ),
        HyperParameter(
            "stretch",
            "Stretch",
            "Of each motif the strongest match within so many letters is kept. Long stretches are quick, short ones "
            "keep places apart.",
            13,
            1,
            64,
            unit="tokens",
        ),
        memory(320, both_ways=True),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=(
        "Letters",
        "Embedding",
        "Filters",
        "Strongest in each stretch",
        "LSTM both ways",
        "Strongest and last states",
        "Classes",
    ),
    reads_one_hot=True,
    # Most weights act once in a stretch, so little time falls on a weight and token.
    work=Work(seconds_per_weight=0.012e-9, floats_per_token=1_800),
    small={"embedding": 8, "filters": 16, "kernel": 6, "stretch": 4, "hidden": 8},
)
