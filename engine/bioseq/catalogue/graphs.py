"""Settings, checks and counts that the networks on graphs of words share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bioseq.catalogue.common import embedding_width, head, linear, reader_weights, reader_width
from bioseq.catalogue.specification import HyperParameter
from bioseq.errors import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import TaskShape

_MOST_WORDS = 2**42
"""Words that can be told apart: a batch may have 2^21 records before their numbers no longer fit 63 bits."""
_SPECIAL = 2
"""Tokens that are no letters: padding and unknown."""
_CROWDED = 2
"""Letters of a sequence per possible word, from which on nearly every word (86 % by chance) is in every sequence."""

SETTINGS = (
    HyperParameter(
        "node_k",
        "Letters per word",
        "The graph's nodes are the different words of this many letters in a sequence; overlapping words stand next "
        "to each other. Longer sequences need longer words: of DNA longer than 100 letters nearly all hold each of the "
        "64 words of 3. Without effect when the tokens are words of several letters already.",
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


def doubts(task: TaskShape, hyper: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Graphs look alike when the sequences are so long that each holds nearly every word."""
    letters = node_letters(task, hyper)
    words = (task.vocabulary - _SPECIAL) ** letters
    if task.longest <= _CROWDED * words:
        return ()
    remedy = "Choose more letters per word." if task.word_length <= 1 else "Choose longer words as tokens."
    return (
        Problem(
            "graph.crowded",
            f"There are only {words:,} different words: a sequence of {task.longest:,} tokens holds nearly all of "
            "them, and the graphs look alike.",
            "tokens.k" if task.word_length > 1 else "model.hyper.node_k",
            remedy,
            Severity.WARNING,
        ),
    )


def word_weights(task: TaskShape, hyper: Mapping[str, Any]) -> int:
    """Weights of the vectors of letters and of the layer that joins them to words."""
    width = reader_width(task, hyper["embedding"])
    return int(reader_weights(task, hyper["embedding"]) + linear(node_letters(task, hyper) * width, hyper["width"]))


def readout_head(task: TaskShape, features: int) -> int:
    """Weights of the head over mean and maximum of the nodes."""
    return head(2 * features, task)
