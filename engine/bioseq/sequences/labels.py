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
    "训练": Split.TRAIN,
    "训练集": Split.TRAIN,
    "测试": Split.TEST,
    "测试集": Split.TEST,
    "验证": Split.VALIDATION,
    "验证集": Split.VALIDATION,
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
    """Take headers (without `>`) apart."""
    reader = HeaderReader()
    reader.feed(headers)
    return reader.finish()


class HeaderReader:
    """Takes headers (without `>`) apart as they come, some at a time; what it gives is the same however they come.

    Labels are looked at once per distinct ending, so that a million headers cost a few array operations.
    """

    def __init__(self) -> None:
        self._ids: list[TextColumn] = []
        self._descriptions: list[TextColumn] = []
        self._codes: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
        self._splits: list[NDArray[np.uint8]] = [np.zeros(0, np.uint8)]
        self._texts: dict[str, int] = {}
        self._count = 0
        self._oddities = _Oddities()

    def feed(self, headers: TextColumn) -> None:
        """Take the next headers."""
        buffer, starts, ends = headers.buffer, headers.offsets[:-1], headers.offsets[1:]
        heads = _first_blanks(buffer, starts, ends)
        second = _second_to_last_bars(buffer, starts, heads)
        endings = _Endings.of(buffer, np.where(second >= 0, second, heads), heads)
        has_label = (endings.splits != 0) & (second >= 0)
        self._ids.append(_cut(buffer, starts, np.where(has_label, second, heads)))
        self._descriptions.append(_cut(buffer, np.minimum(heads + 1, ends), ends))
        self._codes.append(endings.label_codes(has_label, self._texts))
        self._splits.append(np.where(has_label, endings.splits, 0).astype(np.uint8))
        self._oddities.labelled += int(np.count_nonzero(has_label))
        self._oddities.take_wrong_words(endings, np.flatnonzero(~has_label & (second >= 0)), self._count)
        self._oddities.take_blanks(headers, np.flatnonzero(heads < ends), self._count)
        self._count += len(headers)

    def finish(self) -> Headers:
        """All headers, after the last."""
        return Headers(
            ids=TextColumn.concatenate(self._ids),
            descriptions=TextColumn.concatenate(self._descriptions),
            label_codes=np.concatenate(self._codes),
            label_texts=tuple(self._texts),
            splits=np.concatenate(self._splits),
            notes=tuple(self._oddities.notes()),
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
    each, rest = divmod(len(bars), len(starts))
    if each > 1 and not rest:
        table = bars.reshape(-1, each)
        # As many bars in each first word, as is seen: no search is needed.
        if (table[:, 0] >= starts).all() and (table[:, -1] < heads).all():
            return table[:, -2]
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

    def label_codes(self, has_label: NDArray[np.bool_], texts: dict[str, int]) -> NDArray[np.int32]:
        """Each header's index among the distinct labels, to which new ones are added."""
        table = [
            texts.setdefault(label, len(texts)) if label and split_of(word) is not None else NO_CODE
            for label, word in self.words
        ]
        codes = np.array(table or [NO_CODE], np.int32)[self.codes]
        return np.where(has_label, codes, NO_CODE).astype(np.int32)


def _label_and_split(ending: str) -> tuple[str, str]:
    parts = ending.split("|")
    return (parts[1].strip(), parts[2].strip()) if len(parts) == 3 else ("", "")


class _Oddities:
    """Gathers what looks wrong in headers, and tells what of it matters once all are known."""

    def __init__(self) -> None:
        self.labelled = 0
        self._wrong: list[NDArray[np.intp]] = [np.zeros(0, np.intp)]
        self._wrong_words: list[str] = []
        self._blanks_seen = 0
        self._labels_after_blank: list[int] = []

    def take_wrong_words(self, endings: _Endings, rows: NDArray[np.intp], before: int) -> None:
        """Note endings that look like a label and a split, but name no split; `before` headers came before these."""
        self._wrong.append(rows + before)
        words = rows[: _DETAILS_KEPT - len(self._wrong_words)].tolist()
        self._wrong_words.extend(endings.words[endings.codes[row]][1] for row in words)

    def take_blanks(self, headers: TextColumn, rows: NDArray[np.intp], before: int) -> None:
        """Note labels that seem to stand after a blank, where they are no labels, in the first headers with a blank."""
        # Only when no header has a label is it likely that a blank hides them all.
        if self.labelled:
            return
        sample = rows[: _DETAILS_KEPT - self._blanks_seen].tolist()
        self._blanks_seen += len(sample)
        matches = (_TRAILING_LABEL.search(headers[row]) for row in sample)
        self._labels_after_blank.extend(
            row + before for row, match in zip(sample, matches, strict=True) if match and split_of(match[1]) is not None
        )

    def notes(self) -> Iterable[Note]:
        """What is worth telling."""
        wrong = np.concatenate(self._wrong)
        if len(wrong) and self.labelled >= len(wrong):
            yield Note(
                "bad_split_word",
                Severity.WARNING,
                "{n} headers end in a word that names no split, while others in the file end in train or test.",
                "They are read without label and split. Write train, test or validation after the last bar.",
                tuple(wrong.tolist()),
                tuple(map(_named_with_nearest, self._wrong_words)),
            )
        if self._labels_after_blank and not self.labelled:
            yield Note(
                "labels_after_blank",
                Severity.WARNING,
                "{n} headers end in |label|split after a blank; what follows a blank is a description.",
                "No label is taken from them. Replace the blanks in the headers, for example by underscores.",
                tuple(self._labels_after_blank),
            )


def _named_with_nearest(word: str) -> str:
    near = nearest_split_word(word)
    return f"'{word[:60]}'" + (f", perhaps '{near}'" if near else "")
