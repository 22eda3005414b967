"""What the records themselves show of what tells their classes apart, as values that autofill reads.

They are computed by `bioseq.training.evidence`, in seconds, on some of the training records. torch-free.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

View = Literal["composition", "kmers", "canonical_kmers", "position", "position_and_kmers"]

_Z = 2.5
"""Standard errors above one half from which a view is said to tell the classes apart: several views are looked at, and
the best of five that know nothing seldom gets so far."""


@dataclass(frozen=True, slots=True)
class Probe:
    """How well one view of the records tells the classes apart.

    Attributes:
        view: What a regression read: letters and length, k-mers anywhere (in DNA also of both strands together), what
            stands at which position, or both at once.
        auc: Cross-validated ROC AUC, of more than two classes the mean of each against the others.
        error: Its standard error.
    """

    view: View
    auc: float
    error: float

    @property
    def above_chance(self) -> bool:
        """Whether chance hardly explains it."""
        return self.auc - 0.5 > _Z * self.error


@dataclass(frozen=True, slots=True)
class Evidence:
    """What all views showed.

    Attributes:
        records: Training records that were looked at.
        probes: One for each view that the records allow.
    """

    records: int
    probes: tuple[Probe, ...]

    def probe(self, view: View) -> Probe | None:
        """What one view showed; None where it was not looked at."""
        return next((one for one in self.probes if one.view == view), None)

    def auc(self, view: View) -> float:
        """Its ROC AUC; one half where it was not looked at."""
        found = self.probe(view)
        return 0.5 if found is None else found.auc

    @property
    def best(self) -> Probe | None:
        """The view that tells the classes apart best."""
        return max(self.probes, key=lambda one: one.auc, default=None)

    @property
    def shows_nothing(self) -> bool:
        """No view tells the classes apart better than chance."""
        return not any(one.above_chance for one in self.probes)

    def to_dict(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Evidence:
        """The inverse of `to_dict`, after a trip through JSON."""
        return cls(int(fields["records"]), tuple(Probe(**probe) for probe in fields["probes"]))
