"""Findings of files that are read a part at a time: counts are added, the first examples kept, memory is bounded."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from bioseq.errors import Severity
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding, sort_findings
from bioseq.sequences.wording import CountSentence, counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioseq.sequences.findings import Occurrence

MOST_KINDS = 100
"""Kinds of findings that are kept; of more, from a file made for it, only their number is."""
_DIGITS = re.compile(r"\d+")


class FindingsOverParts:
    """What was found in the parts so far, as if they had been one.

    Findings are of one kind when their code and their sentence agree but for its numbers: "2 comment lines, the first
    in line 7" of a later part adds to that of an earlier one, whose line stays.
    """

    def __init__(self) -> None:
        self._kinds: dict[tuple[str, str], Finding] = {}
        self._further = 0

    def add(self, findings: Iterable[Finding], *, records_before: int = 0) -> None:
        """Take the findings of the next part.

        Args:
            findings: Their rows count within the part.
            records_before: Records of all parts before it.
        """
        for finding in findings:
            key = (finding.code, _DIGITS.sub("0", _template(finding)))
            known = self._kinds.get(key)
            if known is None and len(self._kinds) >= MOST_KINDS:
                self._further += 1
                continue
            room = EXAMPLES_KEPT - (0 if known is None else len(known.occurrences))
            shown = tuple(_move(one, records_before) for one in finding.occurrences[:room])
            if known is None:
                self._kinds[key] = replace(finding, occurrences=shown)
            else:
                self._kinds[key] = _with_more(known, finding.count, shown)

    def findings(self) -> tuple[Finding, ...]:
        """All of them; what matters most stands first."""
        told = list(sort_findings(self._kinds.values()))
        if self._further:
            message = counted("{n} further [finding is|findings are] not listed.", self._further)
            told.append(Finding("further_findings", Severity.WARNING, message, "", self._further))
        return tuple(told)


def _template(finding: Finding) -> str:
    return finding.message.template if isinstance(finding.message, CountSentence) else finding.message


def _move(occurrence: Occurrence, records: int) -> Occurrence:
    """The same record, counted in all parts."""
    return replace(occurrence, row=occurrence.row + records) if occurrence.row >= 0 else occurrence


def _with_more(known: Finding, more: int, shown: tuple[Occurrence, ...]) -> Finding:
    """A finding with what a further part adds: its records, or another file where it is about files."""
    if any(one.row >= 0 for one in (*known.occurrences[:1], *shown[:1])):
        count = known.count + more
        message = known.message
        if isinstance(message, CountSentence):
            message = counted(message.template, count)
        return replace(known, message=message, count=count, occurrences=(*known.occurrences, *shown))
    named = {one.source for one in known.occurrences}
    others = tuple(one for one in shown if one.source not in named)
    return replace(known, count=known.count + len(others), occurrences=(*known.occurrences, *others))
