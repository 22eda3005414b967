"""Ids in plain text that a spreadsheet would show as something else: how many, and which. Torch-free."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.findings import Finding
from bioseq.sequences.wording import counted, quoted
from bioseq.spreadsheets import CONVERTED_STARTS, FORMULA_STARTS, harmless, is_converted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.text_column import TextColumn

_LONGEST_CONVERTED = 40
"""Letters of a text that may be a number or a date at most."""
_SMALL = 0x20
"""The bit that makes a capital a small letter."""
_EXAMPLES = 3


class SpreadsheetTexts:
    """What spreadsheets would do to the ids of a table that is written as plain text, block by block."""

    def __init__(self) -> None:
        self._ids = 0
        self._counts = {"converted": 0, "guarded": 0}
        self._examples: dict[str, list[str]] = {"converted": [], "guarded": []}

    def add(self, ids: TextColumn) -> None:
        """Look at the ids of the next block."""
        self._ids += len(ids)
        for row in _rows_to_look_at(ids).tolist():
            text = ids[row]
            kind = "guarded" if harmless(text) != text else "converted" if is_converted(text) else ""
            if kind:
                self._counts[kind] += 1
                examples = self._examples[kind]
                if len(examples) < _EXAMPLES and text not in examples:
                    examples.append(text)

    def findings(self, labels: Sequence[str]) -> Iterator[Finding]:
        """What is to be told of the ids so far, and of the names of classes."""
        remedy = "Export Excel (XLSX) for spreadsheets: there they stay text. Scripts read this file as it is."
        if count := self._counts["converted"]:
            yield Finding(
                "ids_converted",
                Severity.WARNING,
                counted("A spreadsheet shows {n} [id of this file as a date or a number|ids of this file as dates or "
                        "numbers]", count) + self._list_examples("converted"),
                remedy,
                count,
            )  # fmt: skip
        if names := [label for label in labels if is_converted(label)]:
            yield Finding(
                "classes_converted",
                Severity.WARNING,
                "A spreadsheet shows names of classes in this file as dates or numbers: "
                f"{quoted(names, most=_EXAMPLES)}.",
                remedy,
                len(names),
            )
        if count := self._counts["guarded"]:
            yield Finding(
                "ids_guarded",
                Severity.INFO,
                counted("{n} [id begins|ids begin] as a formula does and [has|have] an apostrophe in front in this "
                        "file", count) + self._list_examples("guarded"),
                "Take it off to find them in your files again; Excel, Parquet and FASTA files keep them as they are.",
                count,
            )  # fmt: skip

    def _list_examples(self, kind: str) -> str:
        examples = self._examples[kind]
        return f"{', such as ' if self._counts[kind] > len(examples) else ': '}{quoted(examples)}."


def _rows_to_look_at(texts: TextColumn) -> NDArray[np.intp]:
    """Rows that begin as a formula, a number or one of the words that are converted do; no others need a look."""
    lengths = np.diff(texts.offsets)
    rows = np.flatnonzero(lengths)
    if not len(rows):
        return rows
    starts, last = texts.offsets[rows], len(texts.buffer) - 1
    first = texts.buffer[starts]
    formula, number = np.zeros(256, np.bool_), np.zeros(256, np.bool_)
    formula[[ord(mark) for mark in FORMULA_STARTS]] = True
    number[[ord(mark) for mark in "0123456789. "]] = True
    small = [texts.buffer[np.minimum(starts + place, last)].astype(np.uint32) | _SMALL for place in range(3)]
    words = np.isin((small[0] << 16) | (small[1] << 8) | small[2], [_pack_word(word) for word in CONVERTED_STARTS])
    wanted = formula[first] | ((number[first] | words) & (lengths[rows] <= _LONGEST_CONVERTED))
    return rows[wanted]


def _pack_word(word: str) -> int:
    return int.from_bytes(word.encode("ascii"), "big")
