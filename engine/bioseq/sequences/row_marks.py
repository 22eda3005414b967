"""Records that show something odd, gathered as a file is read and told in one note."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bioseq.sequences.records import Note

if TYPE_CHECKING:
    from collections.abc import Collection

    from bioseq.errors import Severity

_DETAILS_KEPT = 1_000


class RowMarks:
    """Numbers of records, each once and in the order of the file, with what is particular of the first of them."""

    def __init__(self) -> None:
        self.rows: list[int] = []
        self._details: list[str] = []

    def add(self, row: int, detail: str) -> None:
        """Mark a record; what is said of one that is marked already stays."""
        if self.rows and self.rows[-1] == row:
            return
        self.rows.append(row)
        if len(self._details) < _DETAILS_KEPT:
            self._details.append(detail)

    def notes(
        self, code: str, severity: Severity, message: str, remedy: str, *, without: Collection[int] = frozenset()
    ) -> tuple[Note, ...]:
        """The note that tells of them; none when no record is marked.

        Args:
            code: Of the finding.
            severity: How grave it is.
            message: A sentence with `{n}` for their number.
            remedy: What is done about it; where lines are known, the first is added.
            without: Records of which something else is told.
        """
        places = [place for place, row in enumerate(self.rows) if row not in without]
        if not places:
            return ()
        rows = tuple(self.rows[place] for place in places)
        details = tuple(self._details[place] for place in places if place < len(self._details))
        first = re.search(r"\bline [\d,]+", details[0]) if details else None
        told = f"{remedy} The first stands in {first[0]}." if first else remedy
        return (Note(code, severity, message, told, rows, details),)
