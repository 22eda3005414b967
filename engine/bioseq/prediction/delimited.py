"""Rows of cells between delimiters, built as columns of bytes: no Python object per row. Torch-free.

The rows are those of `csv.writer` with its least quoting; a text that a spreadsheet would run as a formula is made
harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.text_column import TextColumn
from bioseq.spreadsheets import FORMULA_STARTS, harmless

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_QUOTE = '"'
_NOT_ASCII = 128


def cell(text: str, delimiter: str) -> bytes:
    """A text as one cell: harmless, and between quotes where it holds what would end the cell or the row."""
    text = harmless(text)
    if any(mark in text for mark in (delimiter, _QUOTE, "\r", "\n")):
        text = _QUOTE + text.replace(_QUOTE, 2 * _QUOTE) + _QUOTE
    return text.encode("utf-8", "surrogateescape")


def cells(texts: TextColumn, delimiter: str) -> TextColumn:
    """Texts as cells; only those are looked at one by one in which something may have to be changed."""
    telling = np.zeros(256, np.bool_)
    telling[_NOT_ASCII:] = True  # what is not UTF-8 becomes what marks that in UTF-8
    telling[[ord(mark) for mark in (delimiter, _QUOTE, "\r", "\n")]] = True
    begin = np.zeros(256, np.bool_)
    begin[[ord(mark) for mark in FORMULA_STARTS]] = True
    first, last = texts.offsets[0], texts.offsets[-1]
    told = np.searchsorted(texts.offsets, np.flatnonzero(telling[texts.buffer[first:last]]) + first, "right") - 1
    some = np.flatnonzero(np.diff(texts.offsets))  # rows with a letter at all
    told = np.union1d(told, some[begin[texts.buffer[texts.offsets[some]]]])
    if not len(told):
        return texts
    changed = list(texts)
    for row in told.tolist():
        changed[row] = cell(changed[row], delimiter).decode("utf-8", "surrogateescape")
    return TextColumn.from_strings(changed)


def rows_of(first: TextColumn, others: Sequence[NDArray[np.bytes_]], delimiter: str) -> bytes:
    """Rows of cells, each row with its end.

    Args:
        first: The first cell of each row, as `cells` made it, `(n,)`.
        others: The other columns, `(n,)` each.
        delimiter: Between cells, ASCII.
    """
    count = len(first)
    parts = [np.full((count, 1), ord(delimiter), np.uint8)]
    for column in others:
        parts += [column.reshape(count, 1).view(np.uint8), parts[0]]
    parts[-1] = np.full((count, 1), ord("\n"), np.uint8)
    padded = np.concatenate(parts, axis=1)  # numpy fills bytes up with zeros
    there = padded != 0
    lengths = np.column_stack([np.diff(first.offsets), there.sum(1)])
    of_first = np.repeat(np.tile([True, False], count), lengths.ravel())
    written = np.empty(len(of_first), np.uint8)
    written[of_first] = first.buffer[first.offsets[0] : first.offsets[-1]]
    written[~of_first] = padded[there]
    return written.tobytes()
