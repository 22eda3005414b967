"""The simple models that every trained model is held against: feature baselines with fixed settings. torch-free."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq.catalogue.specification import HyperValue


@dataclass(frozen=True, slots=True)
class Companion:
    """One simple model.

    Attributes:
        name: Its name in the results.
        model: The feature baseline that it is.
        hyper: Settings that differ from that one's own.
        chooses_by: The validation figure that chooses its round: log loss once calibrated where trees are added one
            after the other, which get too sure long before they stop getting better; MCC for the strength of a
            regression, as with few records log loss prefers one that dares to say nothing.
    """

    name: str
    model: str
    hyper: Mapping[str, HyperValue]
    chooses_by: Literal["calibrated_loss", "mcc"]


_ALL = (
    Companion("composition", "lr", MappingProxyType({"features": "kmers", "k": 1, "more_features": "length"}), "mcc"),
    Companion("logistic_regression", "lr", MappingProxyType({}), "mcc"),
    Companion(
        "gradient_boosting",
        "hist_gradient_boosting",
        MappingProxyType({"trees": 60, "learning_rate": 0.2}),
        "calibrated_loss",
    ),
)

COMPANIONS: Mapping[str, Companion] = MappingProxyType({one.name: one for one in _ALL})
"""Name to companion. The last two read letters by position where all records have one length, else counts of words."""
