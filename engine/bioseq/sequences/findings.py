"""What checking found in the records, grouped by kind, with the records that show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bioseq.errors import Severity

if TYPE_CHECKING:
    from collections.abc import Iterable

EXAMPLES_KEPT = 1_000
"""Records listed per finding; `Finding.count` counts all."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One record that shows a finding.

    Attributes:
        row: Number of the record in the data set as read, 0-based; -1 when it is about a file or the whole set.
        record_id: Its id.
        source: Its file.
        line: 1-based line of its header, 0 when not known.
        detail: What is particular here: "letter 'J' at 17".
    """

    row: int
    record_id: str
    source: str
    line: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One kind of fault or oddity, over all records.

    Attributes:
        code: Stable name: "illegal_letters", "duplicate_ids", "test_in_train", ...
        severity: How much it matters.
        message: One sentence, with the count: "12 records hold letters that no protein has."
        remedy: What is done about it, or what to do.
        count: Records concerned.
        occurrences: The first `EXAMPLES_KEPT` of them.
        setting: Configuration path of the option that decides what is done: "data.illegal_letters"; may be empty.
    """

    code: str
    severity: Severity
    message: str
    remedy: str
    count: int
    occurrences: tuple[Occurrence, ...] = ()
    setting: str = ""

    @property
    def sentence(self) -> str:
        """What it is and what is done about it, in one line."""
        return f"{self.message} {self.remedy}".rstrip()

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Finding:
        """The inverse of `dataclasses.asdict`, after a trip through JSON."""
        occurrences = tuple(Occurrence(**occurrence) for occurrence in fields["occurrences"])
        return cls(**{**fields, "severity": Severity(fields["severity"]), "occurrences": occurrences})


def sort_findings(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What matters most first; findings of one severity stay in their order."""
    order = [Severity.ERROR, Severity.WARNING, Severity.INFO]
    return tuple(sorted(findings, key=lambda finding: order.index(finding.severity)))
