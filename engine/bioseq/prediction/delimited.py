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


def rows_of(columns: Sequence[TextColumn | NDArray[np.bytes_]], delimiter: str) -> bytes:
    """Rows of cells, each row with its end.

    Args:
        columns: From the left, `(n,)` each: texts as `cells` made them, or bytes of one width.
        delimiter: Between cells, ASCII.
    """
    count = len(columns[0])
    pieces = _pieces(columns, np.full((count, 1), ord(delimiter), np.uint8))
    there = [None if isinstance(piece, TextColumn) else piece != 0 for piece in pieces]  # numpy fills up with zeros
    lengths = np.column_stack([
        np.diff(piece.offsets) if isinstance(piece, TextColumn) else np.count_nonzero(piece, axis=1)
        for piece in pieces
    ])  # fmt: skip
    owner = np.repeat(np.tile(np.arange(len(pieces), dtype=np.uint8), count), lengths.ravel())
    written = np.empty(len(owner), np.uint8)
    for number, (piece, filled) in enumerate(zip(pieces, there, strict=True)):
        letters = piece.buffer[piece.offsets[0] : piece.offsets[-1]] if isinstance(piece, TextColumn) else piece[filled]
        written[owner == number] = letters
    return written.tobytes()


def _pieces(
    columns: Sequence[TextColumn | NDArray[np.bytes_]], between: NDArray[np.uint8]
) -> list[TextColumn | NDArray[np.uint8]]:
    """What a row is made of: texts, and between them columns of one width with their delimiters as one, `(n, W)`."""
    pieces: list[TextColumn | NDArray[np.uint8]] = []
    run: list[NDArray[np.uint8]] = []
    for column in columns:
        if isinstance(column, TextColumn):
            pieces += [np.concatenate(run, axis=1)] if run else []
            pieces.append(column)
            run = [between]
        else:
            run += [column.reshape(len(between), 1).view(np.uint8), between]
    run[-1] = np.full_like(between, ord("\n"))
    return [*pieces, np.concatenate(run, axis=1)]
