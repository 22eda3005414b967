"""Labels and splits in headers: `>id|label|split description`.

The split is the last of the fields between bars, the label the one before it; whatever stands before is the id, bars
and all. Without a split word at the end there is no label: `>sp|P12345|NAME_HUMAN` is an id. What follows the first
blank is a description and is never mistaken for a label.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.dataset import Split
from bioseq.sequences.ragged import first_equal_row
from bioseq.sequences.records import NO_CODE, Note
from bioseq.sequences.text_column import TextColumn, gather_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

SPLIT_WORDS = {
    "train": Split.TRAIN,
    "training": Split.TRAIN,
    "test": Split.TEST,
    "testing": Split.TEST,
    "val": Split.VALIDATION,
    "valid": Split.VALIDATION,
    "validation": Split.VALIDATION,
    "dev": Split.VALIDATION,
}
"""Words that name a split, in small letters; any case is understood."""

_DETAILS_KEPT = 1_000
_TRAILING_LABEL = re.compile(r"\s.*\|[^|]+\|\s*([A-Za-z]+)\s*$")


@dataclass(frozen=True, slots=True, eq=False)
class Headers:
    """Headers taken apart, as columns of N rows.

    Attributes:
        ids: Identifiers, without label and split.
        descriptions: What follows the first blank.
        label_codes: Index into `label_texts` or `NO_CODE`, int32 `(N,)`.
        label_texts: Labels, each once.
        splits: `Split` of each record, uint8 `(N,)`.
        notes: What looked wrong.
    """

    ids: TextColumn
    descriptions: TextColumn
    label_codes: NDArray[np.int32]
    label_texts: tuple[str, ...]
    splits: NDArray[np.uint8]
    notes: tuple[Note, ...]


def split_of(word: str) -> Split | None:
    """The split that a word names, or None."""
    return SPLIT_WORDS.get(word.strip().lower())


def nearest_split_word(word: str) -> str:
    """The split word that a misspelt one is nearest to; empty when none is near."""
    near = difflib.get_close_matches(word.strip().lower(), SPLIT_WORDS, n=1, cutoff=0.6)
    return near[0] if near else ""


def parse_headers(headers: TextColumn) -> Headers:
    """Take headers (without `>`) apart.

    Labels are looked at once per distinct ending, so that a million headers cost a few array operations.
    """
    buffer, starts, ends = headers.buffer, headers.offsets[:-1], headers.offsets[1:]
    heads = _first_blanks(buffer, starts, ends)
    second = _second_to_last_bars(buffer, starts, heads)
    endings = _Endings.of(buffer, np.where(second >= 0, second, heads), heads)
    has_label = (endings.splits != 0) & (second >= 0)
    id_ends = np.where(has_label, second, heads)
    texts, codes = endings.labels(has_label)
    ids = _cut(buffer, starts, id_ends)
    description_starts = np.minimum(heads + 1, ends)
    notes = tuple(_notes(headers, endings, has_label, second, heads, ends))
    return Headers(
        ids=ids,
        descriptions=_cut(buffer, description_starts, ends),
        label_codes=codes,
        label_texts=texts,
        splits=np.where(has_label, endings.splits, 0).astype(np.uint8),
        notes=notes,
    )


def _first_blanks(buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the first blank or tab of each header, or its end."""
    blanks = np.flatnonzero((buffer == ord(" ")) | (buffer == ord("\t")))
    if not len(blanks):
        return ends
    at: NDArray[np.int64] = np.append(blanks, len(buffer))[np.searchsorted(blanks, starts)]
    return np.minimum(at, ends)


def _second_to_last_bars(
    buffer: NDArray[np.uint8], starts: NDArray[np.int64], heads: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Position of the second to last bar of each header's first word; -1 where there are fewer."""
    bars = np.flatnonzero(buffer == ord("|"))
    if len(bars) < 2:
        return np.full(len(starts), -1, np.int64)
    before = np.searchsorted(bars, heads)
    second = bars[np.maximum(before - 2, 0)]
    found: NDArray[np.int64] = np.where((before >= 2) & (second >= starts), second, -1)
    return found


def _cut(buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> TextColumn:
    """The text between these positions, row by row."""
    cut, offsets = gather_spans(buffer, starts, ends)
    return TextColumn(cut, offsets)


@dataclass(frozen=True, slots=True, eq=False)
class _Endings:
    """What stands from the second to last bar on: each distinct ending once, and which header has which."""

    words: tuple[tuple[str, str], ...]
    codes: NDArray[np.intp]
    splits: NDArray[np.uint8]

    @classmethod
    def of(cls, buffer: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> _Endings:
        column = _cut(buffer, starts, ends)
        firsts = first_equal_row(column.buffer, column.offsets)
        # Each row points at the first that equals it, so the distinct ones are numbered without sorting.
        is_first = firsts == np.arange(len(firsts))
        first, codes = np.flatnonzero(is_first), (np.cumsum(is_first) - 1)[firsts]
        words = tuple(_label_and_split(text) for text in column.take(first))
        per_ending = np.array([int(split_of(word) or 0) for _, word in words] or [0], np.uint8)
        return cls(words, codes, per_ending[codes])

    def labels(self, has_label: NDArray[np.bool_]) -> tuple[tuple[str, ...], NDArray[np.int32]]:
        """Distinct labels, and each header's index among them."""
        texts: dict[str, int] = {}
        table = [
            texts.setdefault(label, len(texts)) if label and split_of(word) is not None else NO_CODE
            for label, word in self.words
        ]
        codes = np.array(table or [NO_CODE], np.int32)[self.codes]
        return tuple(texts), np.where(has_label, codes, NO_CODE).astype(np.int32)


def _label_and_split(ending: str) -> tuple[str, str]:
    parts = ending.split("|")
    return (parts[1].strip(), parts[2].strip()) if len(parts) == 3 else ("", "")


def _notes(
    headers: TextColumn,
    endings: _Endings,
    has_label: NDArray[np.bool_],
    second: NDArray[np.int64],
    heads: NDArray[np.int64],
    ends: NDArray[np.int64],
) -> Iterable[Note]:
    wrong = np.flatnonzero(~has_label & (second >= 0))
    if len(wrong) and has_label.sum() >= len(wrong):
        yield _bad_split_words(endings, wrong)
    # Only when no header has a label is it likely that a blank hides them all.
    if len(headers) and not has_label.any() and np.any(heads < ends):
        yield from _labels_after_blank(headers, np.flatnonzero(heads < ends))


def _bad_split_words(endings: _Endings, rows: NDArray[np.intp]) -> Note:
    details = []
    for row in rows[:_DETAILS_KEPT].tolist():
        word = endings.words[endings.codes[row]][1]
        near = nearest_split_word(word)
        details.append(f"'{word[:60]}'" + (f", perhaps '{near}'" if near else ""))
    return Note(
        "bad_split_word",
        Severity.WARNING,
        "{n} headers end in a word that names no split, while others in the file end in train or test.",
        "They are read without label and split. Write train, test or validation after the last bar.",
        tuple(rows.tolist()),
        tuple(details),
    )


def _labels_after_blank(headers: TextColumn, rows: NDArray[np.intp]) -> Iterable[Note]:
    """Say so when labels seem to stand after a blank, where they are no labels."""
    sample = rows[:_DETAILS_KEPT]
    matches = (_TRAILING_LABEL.search(headers[row]) for row in sample.tolist())
    found = [
        row for row, match in zip(sample.tolist(), matches, strict=True) if match and split_of(match[1]) is not None
    ]
    if found:
        yield Note(
            "labels_after_blank",
            Severity.WARNING,
            "{n} headers end in |label|split after a blank; what follows a blank is a description.",
            "No label is taken from them. Replace the blanks in the headers, for example by underscores.",
            tuple(found),
        )
