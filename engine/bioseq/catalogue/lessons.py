"""The formulas behind the lessons: how networks tell where a letter stands, and what the length of a sequence costs.

The same as in the networks themselves; tests hold them together. numpy only.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_SLOWEST = 10_000.0
"""Wave length of the slowest sine, over 2 pi, positions (Vaswani et al. 2017)."""


class Layer(StrEnum):
    """The kinds of layers whose cost is compared."""

    CONVOLUTION = "convolution"
    RECURRENT = "recurrent"
    ATTENTION = "attention"
    LINEAR_ATTENTION = "linear attention"


def rates(width: int) -> NDArray[np.float64]:
    """How fast each pair of numbers turns, radians a position, `(D / 2,)`."""
    return np.asarray(np.exp(np.arange(0, width, 2) * (-np.log(_SLOWEST) / width)))


def sinusoids(length: int, width: int) -> NDArray[np.float64]:
    """Sines and cosines that are added to the token at each position, `(L, D)`, in [-1, 1].

    Source: Vaswani et al. 2017, section 3.5.

    Args:
        length: Positions.
        width: Numbers per token, even.
    """
    angles = np.arange(length)[:, None] * rates(width)
    return np.stack([np.sin(angles), np.cos(angles)], -1).reshape(length, width)


def likeness(distance: ArrayLike, width: int) -> NDArray[np.float64]:
    """How alike two positions at a distance are, in [-1, 1]: the product of their sinusoids over its largest value.

    It depends on the distance alone. Positions that are turned (Su et al. 2021) give the same curve for equal tokens.

    Args:
        distance: Positions between them, any shape.
        width: Numbers per token, even.
    """
    return np.asarray(np.cos(np.asarray(distance, float)[..., None] * rates(width)).mean(-1))


def multiplications(
    layer: Layer, length: ArrayLike, *, width: int = 128, kernel: int = 8, heads: int = 8
) -> NDArray[np.float64]:
    """Multiplications of one layer that reads one sequence and gives vectors of the same width, float, as `length`.

    Args:
        layer: Its kind; recurrent is an LSTM that reads both ways with half the width each.
        length: Letters, L.
        width: Numbers per token, D.
        kernel: Letters that a filter spans, K.
        heads: Of linear attention, H: each head keeps a table of (D / H) x (D / H).
    """
    letters: NDArray[np.float64] = np.asarray(length, np.float64)
    match layer:
        case Layer.CONVOLUTION:
            count = letters * kernel * width**2
        case Layer.RECURRENT:
            half = width // 2
            count = letters * 2 * 4 * half * (width + half)
        case Layer.ATTENTION:
            count = 4 * letters * width**2 + 2 * letters**2 * width
        case Layer.LINEAR_ATTENTION:
            count = 4 * letters * width**2 + 2 * letters * width * (width // heads)
    return np.asarray(count)


def formula(layer: Layer) -> str:
    """The formula of `multiplications` in letters."""
    return {
        Layer.CONVOLUTION: "L · K · D²",
        Layer.RECURRENT: "L · 6 · D²",
        Layer.ATTENTION: "4 · L · D² + 2 · L² · D",
        Layer.LINEAR_ATTENTION: "4 · L · D² + 2 · L · D² / H",
    }[layer]
