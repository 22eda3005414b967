"""Specification of `bilstm`: reads the sequence from both ends and remembers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, lstm, reader_weights, reader_width
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two directions per layer, head."""
    width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
    layers = [lstm(width if layer == 0 else 2 * hidden, hidden) * 2 for layer in range(hyper["layers"])]
    return int(reader_weights(task, hyper["embedding"]) + sum(layers) + head(2 * hidden, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Every combination builds."""
    return ()


SPECIFICATION = Architecture(
    name="bilstm",
    title="BiLSTM",
    family=Family.RECURRENT,
    summary="Reads letter by letter from both ends, with a memory, and decides from what it remembers at each end.",
    good_for="Order of elements matters, at short to medium lengths.",
    paper="Graves & Schmidhuber 2005",
    doi="10.1016/j.neunet.2005.06.042",
    hyper=(
        embedding_width(128),
        HyperParameter("hidden", "Memory", "Numbers remembered per direction.", 128, 1, 1024, unit="units"),
        HyperParameter("layers", "Layers", "Readers on top of each other.", 1, 1, 4, unit="layers"),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "LSTM both ways", "Last states", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.30e-9, floats_per_token=3_500),
)
