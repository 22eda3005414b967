"""Findings as a job tells them: an event each, and as values in the summary of its end."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bioseq.errors import Severity
from bioseq.protocol.events import Event, LogEmitted, Warned

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bioseq.sequences.findings import Finding

_EXAMPLES_SENT = 20


def tell_findings(findings: Iterable[Finding]) -> Iterator[Event]:
    """A warning for each finding, or a line for what is only worth knowing."""
    for finding in findings:
        if finding.severity is Severity.INFO:
            yield LogEmitted(job_id="", level="info", message=finding.sentence)
        else:
            yield Warned(
                job_id="", code=finding.code, message=finding.message, remedy=finding.remedy, where=finding.setting
            )


def list_findings(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Findings for the summary of a job, as `bioseq inspect --json` has them, with few examples each."""
    return [asdict(replace(one, occurrences=one.occurrences[:_EXAMPLES_SENT])) for one in findings]
