"""Settings and parameter counts that several architectures share."""

from __future__ import annotations

from bioseq.catalogue.specification import HyperParameter, TaskShape


def embedding_width(default: int) -> HyperParameter:
    """Width of the learnt vector of each token."""
    return HyperParameter(
        "embedding",
        "Embedding width",
        "Numbers that describe each letter or word; learnt. More lets letters differ in more ways.",
        default,
        2,
        1024,
    )


def dropout(default: float) -> HyperParameter:
    """Share of values that are hidden during training."""
    return HyperParameter(
        "dropout",
        "Dropout",
        "Share of values hidden at random while training. More of it counters learning by heart.",
        default,
        0.0,
        0.9,
    )


def linear(inputs: int, outputs: int, *, bias: bool = True) -> int:
    """Weights of a linear layer."""
    return inputs * outputs + (outputs if bias else 0)


def reader_width(task: TaskShape, width: int) -> int:
    """Numbers per token: the width of the learnt vectors, or one indicator per token but padding."""
    return task.vocabulary - 1 if task.one_hot else width


def reader_weights(task: TaskShape, width: int) -> int:
    """Weights of the table of learnt vectors; indicators have none."""
    return 0 if task.one_hot else task.vocabulary * width


def head(width: int, task: TaskShape) -> int:
    """Weights of the head that all architectures share."""
    return linear(width, task.classes)
