"""Specification of `rnn`: reads from the first letter to the last, with a simple memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import dropout, embedding_width
from bioseq.catalogue.recurrent import all_build, last_state_network, memory, stacked_layers
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape, Work

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.sequences.profile import DataProfile

_REACH = 200
"""Letters over which what a plain recurrence saw has faded."""


def unsuited(profile: DataProfile) -> str:
    """What it saw early in a long sequence is forgotten at its end."""
    if profile.median_length <= _REACH:
        return ""
    return f"Half of the sequences have more than {_REACH} letters: what it saw early is forgotten at the end."


def count_parameters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Embedding, layers, head."""
    return last_state_network("rnn", 1, task, hyper)


SPECIFICATION = Architecture(
    name="rnn",
    title="RNN",
    family=Family.RECURRENT,
    summary="Reads letter by letter and carries a simple memory along; what it saw long ago fades.",
    good_for="Short sequences, and to see what the gates of LSTM and GRU add.",
    paper="Elman 1990",
    doi="10.1207/s15516709cog1402_1",
    hyper=(
        embedding_width(128),
        memory(128),
        stacked_layers(1),
        dropout(0.3),
    ),
    cost=Cost.LINEAR,
    knows_position=True,
    gives_attention=False,
    count_parameters=count_parameters,
    check=all_build,
    blocks=("Letters", "Embedding", "RNN", "Last state", "Classes"),
    reads_one_hot=True,
    work=Work(seconds_per_weight=0.24e-9, floats_per_token=500),
    unsuited=unsuited,
    small={"embedding": 8, "hidden": 24},
)
