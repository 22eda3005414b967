"""Specification of `lstm_attention`: reads both ways, then looks back at the places that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width, head, lstm, reader_weights, reader_width
from bioseq.catalogue.specification import Architecture, Cost, Family, HyperParameter, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, two directions, head over context and final state."""
    width, hidden = reader_width(task, hyper["embedding"]), hyper["hidden"]
    return int(reader_weights(task, hyper["embedding"]) + 2 * lstm(width, hidden) + head(4 * hidden, task))


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Every combination builds."""
    return ()


SPECIFICATION = Architecture(
    name="lstm_attention",
    title="LSTM with attention",
    family=Family.RECURRENT,
    summary="Reads both ways with a memory, then looks back at the places that matter most for the decision.",
    good_for="Like BiLSTM, with weights that show where it looked.",
    paper="Luong, Pham & Manning 2015",
    doi="10.18653/v1/D15-1166",
    hyper=(
        embedding_width(64),
        HyperParameter("hidden", "Memory", "Numbers remembered per direction.", 64, 1, 1024, unit="units"),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=True,
    count_parameters=count_parameters,
    check=check,
    blocks=("Letters", "Embedding", "LSTM both ways", "Attention", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.30e-9, floats_per_token=2_500),
)
