"""Settings, checks and counts that the networks on graphs of words share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.specification import HyperParameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape

_MOST_WORDS = 2**42
"""Words that can be told apart: a batch may have 2^21 records before their numbers no longer fit 63 bits."""

SETTINGS = (
    HyperParameter(
        "node_k",
        "Letters per word",
        "The graph's nodes are the different words of this many letters in a sequence; overlapping words stand next "
        "to each other. Longer words say more of a motif and are shared by fewer sequences. Without effect when the "
        "tokens are words of several letters already.",
        3,
        1,
        6,
        unit="letters",
    ),
    embedding_width(16),
    HyperParameter("width", "Width", "Numbers that describe each word. More can hold finer distinctions.", 64, 1, 1024),
)


def layers(default: int) -> HyperParameter:
    """Rounds of messages."""
    return HyperParameter(
        "layers",
        "Rounds of messages",
        "How often each word hears from its neighbours: after n rounds it knows of words up to n steps away.",
        default,
        1,
        12,
        unit="rounds",
    )


def node_letters(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Tokens per node: one where tokens are words already."""
    return 1 if task.word_length > 1 else int(hyper["node_k"])


def check(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[str, ...]:
    """Each word of the alphabet needs a number of its own."""
    letters = node_letters(task, hyper)
    if task.vocabulary**letters > _MOST_WORDS:
        return (f"There are too many words of {letters} tokens out of {task.vocabulary}; choose shorter words.",)
    return ()


def word_weights(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Weights of the vectors of letters and of the layer that joins them to words."""
    width = reader_width(task, hyper["embedding"])
    return int(reader_weights(task, hyper["embedding"]) + linear(node_letters(task, hyper) * width, hyper["width"]))


def readout_head(task: TaskShape, features: int) -> int:
    """Weights of the head over mean and maximum of the nodes."""
    return head(2 * features, task)
