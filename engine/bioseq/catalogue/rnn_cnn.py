"""Specification of `rnn_cnn`: a memory first, motifs in what it holds next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.recurrent import all_build, memory, recurrent
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, one direction, filters, head."""
    width, hidden, filters = reader_width(task, hyper["embedding"]), hyper["hidden"], hyper["filters"]
    return int(
        reader_weights(task, hyper["embedding"])
        + recurrent("lstm", width, hidden)
        + linear(hidden * hyper["kernel"], filters)
        + head(filters, task)
    )


SPECIFICATION = Architecture(
    name="rnn_cnn",
    title="RNN-CNN",
    family=Family.RECURRENT,
    summary="Reads with a memory first, then looks for motifs in what it remembers at each place.",
    good_for="Motifs whose meaning depends on what came before them.",
    paper="Zhang, Lee & Radev 2016",
    doi="10.18653/v1/N16-1177",
    hyper=(
        embedding_width(64),
        memory(64),
        HyperParameter(
            "filters", "Filters", "How many motifs are learnt in what is remembered.", 256, 1, 2048, unit="filters"
        ),
        HyperParameter("kernel", "Motif width", "Places that each motif spans.", 4, 1, 24, unit="tokens"),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "LSTM", "Filters", "Strongest match", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.14e-9, floats_per_token=1_800),
    small={"embedding": 8, "hidden": 8, "filters": 16},
)
