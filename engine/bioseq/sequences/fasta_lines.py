"""Lines of FASTA text that hold more than letters: what of them are letters, and an account of what else they hold.

The reader of FASTA looks at single lines only where the counts of a block tell of something odd. Each rule here looks
at one line and at how many letters its record has so far, so that it does not matter how a file is cut into blocks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bioseq.errors import Severity
from bioseq.sequences.invisible import BLANKS, decode_line, name_unseen, replace_unseen
from bioseq.sequences.ragged import mask_of
from bioseq.sequences.row_marks import RowMarks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.sequences.records import Note

ODD_BYTES = ~mask_of(bytes(range(ord("!"), ord("~") + 1))) | mask_of(b">;#!/&0123456789")
"""Codes `(256,)` of which one among the letters of some lines makes it worth looking at each of them."""
ODD_HEADER = re.compile(
    rb"(?:[\0-\x09\x0b-\x20\x85\xa0\xad]|\xef\xbb\xbf|\xc2[\x85\xa0\xad]|\xd8\x9c|\xe1(?:\x9a\x80|\xa0\x8e)"
    rb"|\xe2\x80[\x80-\x8f\xa8-\xaf]|\xe2\x81[\x9f-\xaf]|\xe3\x80\x80)*(?:\"?>|\xef\xbc\x9e|&gt;)"
)
"""What is seen as `>` at the start of a line: behind blanks, unseen marks or a quotation mark as spreadsheets write it,
full-width, or as it stands in HTML."""
COMMENT = re.compile(rb"[\0-\x09\x0b-\x20]*(?:[;#!]|//[\0-\x09\x0b-\x20]*$)")
"""The start of a line that is no sequence: a comment, or the `//` that ends records of other formats."""
_ENERGY = re.compile(r"([().\[\]{}<>,|&+-]+)\s+\(\s*-?\d+(?:\.\d+)?\s*\)")
"""A structure and its free energy, as programs that fold RNA write them below the sequence."""
_COUNT = re.compile(r"\d{1,12}[:.)]?")
_COUNT_BEFORE = re.compile(r"(\d{1,12})(?=[A-Za-z])")
_COUNT_BEHIND = re.compile(r"(?<=[A-Za-z*-])\d{1,12}$")
_LETTERS = re.compile(r"[A-Za-z*.~-]+")
_SOME_LETTER = re.compile("[A-Za-z]")
_TO_BLANK = dict.fromkeys(BLANKS, " ")
_BLANK_CODES = bytes.maketrans(BLANKS, b" " * len(BLANKS))


def split_words(line: str, letters: int, *, at_start: bool = True, at_end: bool = True) -> tuple[list[str], bool]:
    """The words of a line of a sequence without the numbers that count its letters, and whether there were such.

    Args:
        line: Without its end.
        letters: Letters of the sequence before it.
        at_start: The line begins here.
        at_end: The line ends here.
    """
    words = line.translate(_TO_BLANK).split()
    if _is_ruler(words, letters):
        return [], True
    kept = words
    if at_start and _COUNT.fullmatch(kept[0] if kept else "") and (len(kept) > 1 or not at_end):
        kept = kept[1:]
    if at_end and kept and kept[-1].isdecimal() and (len(kept) > 1 or not at_start):
        kept = kept[:-1]
    spelt = any(map(_SOME_LETTER.search, kept)) or not (at_start and at_end)
    counted = len(kept) < len(words) and spelt and all(map(_LETTERS.fullmatch, kept))
    return (kept if counted else words), counted


def _split_glued(words: list[str], letters: int) -> tuple[list[str], bool]:
    """The words of a line without numbers written right beside letters, where these count them: 61ACGT or ACGT64."""
    if not words:
        return words, False
    kept = list(words)
    before = _COUNT_BEFORE.match(kept[0])
    if before and int(before[1]) == letters + 1:
        kept[0] = kept[0][before.end() :]
    behind = _COUNT_BEHIND.search(kept[-1])
    if behind and int(behind[0]) == letters + sum(map(len, kept)) - len(behind[0]):
        kept[-1] = kept[-1][: behind.start()]
    return (kept, True) if kept != words and all(map(_LETTERS.fullmatch, kept)) else (words, False)


def _is_ruler(words: list[str], letters: int) -> bool:
    """Whether these number every tenth letter that follows, as a line above the letters does."""
    if not words or not words[0].isdecimal():
        return False
    return any(words == [str(letters + first + 10 * place) for place in range(len(words))] for first in (1, 10))


class LineTidier:
    """Rewrites lines of FASTA text so that letters are left, and keeps account of what was odd.

    Attributes:
        spaced: Records that hold blanks.
        word_lengths: For each of them the length of its words where all have one; 0 where they differ.
    """

    def __init__(self) -> None:
        self._headers = RowMarks()
        self._comments = RowMarks()
        self._numbers = RowMarks()
        self._unseen = RowMarks()
        self.spaced = RowMarks()
        self.word_lengths: list[int] = []

    def tidy(self, text: bytes, *, line: int, record: int, letters: int) -> bytes:
        """The same number of lines, each a header that begins with `>`, or letters.

        Args:
            text: Whole lines.
            line: Lines of the file before them.
            record: Number of the record that they continue; -1 before the first.
            letters: Letters that it has so far.
        """
        written: list[bytes] = []
        for number, row in enumerate(text.split(b"\n"), line + 1):
            kept = row
            if row[:1] != b">" and not row.isalpha():
                kept = row.strip(BLANKS)
                if kept and not kept.isalpha():
                    kept = self._tidy_line(row, number, record, letters)
            if kept[:1] == b">":
                record, letters = record + 1, 0
            else:
                letters += len(kept)
            written.append(kept)
        return b"\n".join(written)

    def tidy_piece(self, text: bytes, *, line: int, record: int, letters: int, at_start: bool, at_end: bool) -> bytes:
        """The letters of a piece of a long line of a sequence.

        Args:
            text: The piece; no word is cut.
            line: Number of the line.
            record: Number of the record.
            letters: Letters that it has so far.
            at_start: The line begins with this piece.
            at_end: The line ends with it.
        """
        return self._letters(text, line, record, letters, at_start=at_start, at_end=at_end)

    def take_comment(self, line: int, record: int) -> None:
        """Note a comment in a line after, or before, a record."""
        self._comments.add(max(record, 0), f"line {line:,}")

    def _tidy_line(self, row: bytes, line: int, record: int, letters: int) -> bytes:
        joined = row.translate(None, BLANKS)
        if joined.isalpha() and record >= 0:
            if not self._words_differ(record):
                self._take_words(row.translate(_BLANK_CODES).split(), line, record)
            return joined
        if odd := ODD_HEADER.match(row):
            self._headers.add(record + 1, f"line {line:,}")
            header = row[odd.end() :]
            return b">" + (header.rstrip(BLANKS).removesuffix(b'"') if odd[0].endswith(b'">') else header)
        if COMMENT.match(row):
            self.take_comment(line, record)
            return b""
        return self._letters(row, line, record, letters)

    def _letters(
        self, row: bytes, line: int, record: int, letters: int, *, at_start: bool = True, at_end: bool = True
    ) -> bytes:
        text = decode_line(row)
        if not text.isascii():
            if unseen := name_unseen(text):
                self._unseen.add(max(record, 0), f"{unseen} in line {line:,}")
            text = replace_unseen(text)
        if at_start and at_end and (folded := _ENERGY.fullmatch(text.strip())):
            text = folded[1]
        words, counted = split_words(text, letters, at_start=at_start, at_end=at_end)
        if not counted and at_start and at_end:
            words, counted = _split_glued(words, letters)
        if counted:
            self._numbers.add(max(record, 0), f"line {line:,}")
        if len(words) > 1 and record >= 0:
            self._take_words(words, line, record)
        return "".join(words).encode("latin-1", "replace")

    def _words_differ(self, record: int) -> bool:
        """Whether words of several lengths are known of the record, so that further ones tell nothing."""
        return bool(self.spaced.rows) and self.spaced.rows[-1] == record and not self.word_lengths[-1]

    def _take_words(self, words: Sequence[str | bytes], line: int, record: int) -> None:
        again = bool(self.spaced.rows) and self.spaced.rows[-1] == record
        length = len(words[0])
        if (again and length != self.word_lengths[-1]) or any(len(word) != length for word in words):
            length = 0
        if again:
            self.word_lengths[-1] = length
        else:
            self.spaced.add(record, f"line {line:,}")
            self.word_lengths.append(length)

    def notes(self) -> tuple[Note, ...]:
        """What was odd, but for blanks."""
        return (
            *self._headers.notes(
                "odd_header_start",
                Severity.WARNING,
                "{n} [header does|headers do] not begin with a plain '>' at the start of the line.",
                "Blanks, unseen characters or another sign stand there. Each is read as a record of its own.",
            ),
            *self._comments.notes(
                "comment_lines",
                Severity.INFO,
                "Comment lines, which begin with ';', '#' or '!', stand in or beside {n} [record|records].",
                "They are left out.",
            ),
            *self._numbers.notes(
                "line_numbers",
                Severity.INFO,
                "{n} [record has|records have] numbers beside [its|their] lines that count letters.",
                "The numbers are left out.",
            ),
            *tell_unseen(self._unseen),
        )


def tell_unseen(marks: RowMarks) -> tuple[Note, ...]:
    """The note of records with characters that are not seen."""
    return marks.notes(
        "invisible_characters",
        Severity.INFO,
        "{n} [sequence holds|sequences hold] characters that are not seen, such as blanks of no width.",
        "They are left out.",
    )
