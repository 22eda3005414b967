"""What turns the probabilities of a model into those that mean what they say, as a value that lies in its bundle.

How it is found stands in `bioseq.evaluation.calibration`. It works on probabilities, whatever gave them: their
logarithms are logits up to a constant. Shapes: N records, C classes. Needs numpy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.sequences.wording import MOST_LISTED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FLATTEST = 1_000.0
"""The highest temperature, for models that are worse than the class frequencies alone: all but nothing is left of them.
"""
_SMALLEST = 1e-38
"""Stands for a probability that has run out of float32."""
_BELOW_HALF = np.nextafter(np.float32(0.5), np.float32(0))


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns the probabilities of a model into those that mean what they say.

    Attributes:
        temperature: By which logits are divided, above 0.
        bias: Of each class, added to the logits at that temperature, `(C,)`; empty for none.
        prior_log_weights: Logarithm of the weight that training gave to each class beside the data, `(C,)`, taken off
            the logits first; empty for none.
    """

    temperature: float = 1.0
    bias: tuple[float, ...] = ()
    prior_log_weights: tuple[float, ...] = ()

    def apply(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities as they should be, float32 `(N, C)`, rows sum to 1.

        Where nothing is to be changed they come back as they are, bit for bit; rows with NaN keep it. A temperature
        alone keeps the most probable class of each record.

        Args:
            probabilities: As the model gives them, `(N, C)`.
        """
        if not self.bias and not self.prior_log_weights:
            return tempered(probabilities, self.temperature)
        logits = logits_of(probabilities)
        if self.prior_log_weights:
            logits -= np.asarray(self.prior_log_weights)
        logits /= self.temperature
        if self.bias:
            logits += np.asarray(self.bias)
        return np.exp(log_softmax(logits)).astype(np.float32)

    def undo(self, probabilities: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities as the model gave them, from those that `apply` made of them, up to rounding."""
        if not self.bias and not self.prior_log_weights:
            return tempered(probabilities, 1 / self.temperature)
        logits = logits_of(probabilities)
        if self.bias:
            logits -= np.asarray(self.bias)
        logits *= self.temperature
        if self.prior_log_weights:
            logits += np.asarray(self.prior_log_weights)
        return np.exp(log_softmax(logits)).astype(np.float32)

    def in_words(self) -> str:
        """What it does: "weights of the classes undone, temperature 1.3, a bias per class"."""
        parts = ["the weights of the classes in training undone"] if self.prior_log_weights else []
        if self.temperature != 1.0 or not self.prior_log_weights:
            parts.append(f"temperature {self.temperature:,.2f}")
        if self.bias:
            told = ", ".join(f"{bias:.2f}" for bias in self.bias)
            many = f"between {min(self.bias):.2f} and {max(self.bias):.2f}"
            parts.append(f"bias of the classes {told if len(self.bias) <= MOST_LISTED else many}")
        return ", ".join(parts)


AS_IT_IS = Calibration()
"""Changes nothing."""


def calibration_from(fields: Mapping[str, Any]) -> Calibration:
    """The inverse of `dataclasses.asdict`, after a trip through JSON; what is absent changes nothing."""
    return Calibration(
        temperature=float(fields.get("temperature", 1.0)),
        bias=tuple(map(float, fields.get("bias", ()))),
        prior_log_weights=tuple(map(float, fields.get("prior_log_weights", ()))),
    )


def tempered(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """Probabilities at a temperature, float32 `(N, C)`, rows sum to 1; the most probable class stays so.

    With temperature 1 they come back as they are, bit for bit; rows with NaN keep it.
    """
    if temperature == 1.0 or not len(probabilities):
        return probabilities
    found: NDArray[np.float32] = np.exp(log_softmax(logits_of(probabilities) / temperature)).astype(np.float32)
    # Two probabilities that differ in their last bit alone may become one by rounding.
    if probabilities.shape[1] == 2:
        return np.where((probabilities < 0.5) & (found >= 0.5), _BELOW_HALF, found)
    rows = np.flatnonzero(np.argmax(found, axis=1) != np.argmax(probabilities, axis=1))
    found[rows, np.argmax(probabilities[rows], axis=1)] = np.nextafter(found[rows].max(axis=1), np.float32(2))
    return found


def logits_of(probabilities: ArrayLike) -> Floats:
    """Logarithms of probabilities, `(N, C)`, finite where they are 0; rows with NaN keep it."""
    logits: Floats = np.log(np.maximum(np.asarray(probabilities, np.float64), _SMALLEST))
    return logits


def log_softmax(logits: Floats) -> Floats:
    """Logarithms of the probabilities that logits stand for, `(N, C)`."""
    shifted: Floats = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted
