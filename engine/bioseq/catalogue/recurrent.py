"""Settings and parameter counts that several recurrent architectures share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import head, reader_weights, reader_width
from bioseq.catalogue.specification import HyperParameter, TaskShape

if TYPE_CHECKING:
    from collections.abc import Mapping

_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Linear layers in each cell: the state itself, and its gates."""


def memory(default: int, *, both_ways: bool = False) -> HyperParameter:
    """Width of the state."""
    return HyperParameter(
        "hidden",
        "Memory",
        f"Numbers remembered{' per direction' if both_ways else ''} while reading. More of them hold more of what came "
        "before, and need more records.",
        default,
        1,
        1024,
        unit="units",
    )


def stacked_layers(default: int) -> HyperParameter:
    """Layers on top of each other."""
    return HyperParameter(
        "layers",
        "Layers",
        "Readers on top of each other, each reading what the one below remembers.",
        default,
        1,
        4,
        unit="layers",
    )


def recurrent(cell: str, inputs: int, hidden: int, *, layers: int = 1, directions: int = 1) -> int:
    """Weights of a stack of recurrent layers (torch keeps two bias vectors per cell).

    Args:
        cell: "rnn", "gru" or "lstm".
        inputs: Numbers per token that enter the first layer.
        hidden: Numbers of the state, per direction.
        layers: On top of each other.
        directions: 1 or 2.
    """
    widths = [inputs, *[hidden * directions] * (layers - 1)]
    return sum(directions * _GATES[cell] * hidden * (width + hidden + 2) for width in widths)


def last_state_network(cell: str, directions: int, task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Weights of embedding, stack, and head over the last state of each direction."""
    width, hidden = reader_width(task, hyper["embedding"]), int(hyper["hidden"])
    stack = recurrent(cell, width, hidden, layers=int(hyper["layers"]), directions=directions)
    return reader_weights(task, hyper["embedding"]) + stack + head(hidden * directions, task)


def all_build(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:  # noqa: ARG001 - the interface
    """Any combination of legal values can be built."""
    return ()
