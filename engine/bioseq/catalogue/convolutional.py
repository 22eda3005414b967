"""Settings and parameter counts that several convolutional architectures share."""

from __future__ import annotations

from bioseq.catalogue.specification import HyperParameter


def first_width(default: int, largest: int = 256) -> HyperParameter:
    """Filters of the first layers; later ones may have more."""
    return HyperParameter(
        "width",
        "Filters",
        "Patterns that the first layers can tell apart. More of them need more records and more time.",
        default,
        2,
        largest,
        unit="filters",
    )


def kernel_width(default: int, widths: tuple[int, ...] = (3, 5, 7, 9)) -> HyperParameter:
    """Tokens that a filter spans; odd, so that each filter has a middle."""
    return HyperParameter(
        "kernel",
        "Filter width",
        "Letters or words that each filter spans. Deeper layers see wider stretches, built from these.",
        default,
        min(widths),
        max(widths),
        choices=tuple((width, f"{width} tokens") for width in widths),
    )


def norm_choice() -> HyperParameter:
    """How values are kept in range."""
    return HyperParameter(
        "norm",
        "Normalisation",
        "How values are kept in range: by the mean and spread of the batch, as published, or of each place alone, "
        "which suits small batches and does not depend on the other records.",
        "batch",
        choices=(("batch", "Over the batch"), ("place", "At each place")),
    )


def summary_choice(default: str) -> HyperParameter:
    """How the places become one vector."""
    return HyperParameter(
        "pooling",
        "Summary",
        "How the places become one vector: the strongest says whether a pattern occurs, the mean also how often.",
        default,
        choices=(("max", "Strongest"), ("mean", "Mean"), ("max_mean", "Strongest and mean")),
    )


def summaries(pooling: object) -> int:
    """Numbers kept of each filter."""
    return 2 if pooling == "max_mean" else 1


def convolution(inputs: int, outputs: int, kernel: int, *, bias: bool = True) -> int:
    """Weights of a convolution."""
    return inputs * outputs * kernel + (outputs if bias else 0)


def norm(width: int) -> int:
    """Weights of a norm of either kind: a scale and a shift per filter."""
    return 2 * width
