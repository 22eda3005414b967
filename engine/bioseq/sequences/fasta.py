"""FASTA, read as arrays: blocks of whole lines, headers told from sequences by their first byte.

No Python object is kept per record. Source of the format: Pearson and Lipman 1988, as NCBI writes it. Also taken: any
line ends, blank lines and, where counts of letters tell of them, what people add to it (`fasta_lines`): comments,
blanks, numbers of lines, headers behind blanks; and sequences in other notations (`sequence_text`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.errors import BioseqError
from bioseq.sequences.annotation_lines import find_annotation, remove_annotation
from bioseq.sequences.fasta_lines import COMMENT, ODD_BYTES, ODD_HEADER, LineTidier
from bioseq.sequences.invisible import BLANKS
from bioseq.sequences.labels import HeaderReader
from bioseq.sequences.line_layout import LineLayout
from bioseq.sequences.overlapping_words import SAMPLE
from bioseq.sequences.ragged import letter_counts, offsets_of
from bioseq.sequences.records import Records
from bioseq.sequences.sequence_text import Spacing, TextHabits, resolve_notation
from bioseq.sequences.text_column import TextColumn, gather_spans

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from bioseq.sequences.records import Note

_HEADER, _NEWLINE = ord(">"), ord("\n")
_LONG_LINE = 1 << 20
"""Bytes of an unfinished sequence line from which it is taken in pieces."""
_LONGEST_HEADER = 64 << 20
_HELD = 1 << 16
"""Bytes at the end of a block within which the last record is left to be taken with the next block, whole."""
_HEADERS_AT_ONCE = 1 << 17
"""Bytes of headers taken apart together: enough that each step is worth its call, few enough for the cache."""
_FEW_EQUAL = 16
"""Records laid out alike from which they are taken together."""
_ROOM = 64 << 20
"""Letters for which room is set aside at once: as one large array it comes in large pages, which the system hands out
several times as fast, and what is not written to takes no memory."""
_NOT_ASCII = bytes(range(128, 256))
_LONGEST_WORD = 1 << 16
"""Bytes of a long line that are held back while no blank has ended its last word."""


def read_fasta(
    blocks: Iterable[bytes], *, where: str = "", habits: TextHabits | None = None, lines_before: int = 0
) -> Records:
    """The records of a FASTA file, or of a part of it that begins with a header.

    Args:
        blocks: Its text, UTF-8 (other 8-bit text is read too, as it stands), cut anywhere.
        where: The file, for messages.
        habits: How the sequences of the file are written, as its earlier parts told; what this part tells is added.
        lines_before: Lines of the file that stand before the part.

    Raises:
        BioseqError: There is text before the first header, or no header at all, or a header without an end.
    """
    parser = _Parser(where, habits or TextHabits(), lines_before)
    for block in unix_lines(blocks):
        parser.feed(block)
    return parser.finish()


def unix_lines(blocks: Iterable[bytes]) -> Iterable[bytes]:
    """The same text with line feeds for all other line ends, cut elsewhere perhaps."""
    held = b""
    for block in blocks:
        text = held + block
        held = b""
        if text.endswith(b"\r"):
            text, held = text[:-1], b"\r"
        yield text.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    if held:
        yield b"\n"


class _Parser:
    """Gathers the columns of a file, block by block."""

    def __init__(self, where: str, habits: TextHabits, lines_before: int) -> None:
        self._where = where
        self._habits = habits
        self._tidier = LineTidier()
        self._layout = None if habits.annotation is None and "annotation" in habits.settled else LineLayout()
        self._carry = b""
        self._open_line: Literal["", "letters", "comment"] = ""
        self._line = lines_before
        self._letters = np.empty(_ROOM, np.uint8)
        self._residues = 0
        self._counts = np.zeros(256, np.int64)
        self._reader = HeaderReader()
        self._headers: list[NDArray[np.uint8]] = []
        self._header_lengths: list[NDArray[np.int64]] = []
        self._lines: list[NDArray[np.int64]] = []
        self._lengths: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._records = 0

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        if self._open_line:
            block = self._go_on_with_line(block)
            if self._open_line:
                return
        text = self._carry + block
        end = (text.rfind(b"\n>", max(0, len(text) - _HELD)) + 1) or (text.rfind(b"\n") + 1)
        if end:
            self._whole_lines(text, end)
        self._carry = text[end:]
        if len(self._carry) > _LONG_LINE:
            self._long_line()
        if sum(map(len, self._headers)) > _HEADERS_AT_ONCE:
            self._take_headers()

    def finish(self) -> Records:
        """The records, after the last block."""
        if self._open_line:
            self._go_on_with_line(b"\n")
        elif self._carry:
            text = self._carry if self._carry.endswith(b"\n") else self._carry + b"\n"
            self._whole_lines(text, len(text))
        if not self._records:
            raise self._no_header(self._line)
        letters, offsets, notes = self._sequences()
        counts = self._counts if letters is self._letters else letter_counts(letters)
        self._take_headers()
        headers = self._reader.finish()
        return Records(
            letters=letters,
            offsets=offsets,
            ids=headers.ids,
            descriptions=headers.descriptions,
            lines=np.concatenate(self._lines),
            label_codes=headers.label_codes,
            label_texts=headers.label_texts,
            splits=headers.splits,
            counts=counts,
            notes=(*headers.notes, *notes),
        )

    def _sequences(self) -> tuple[NDArray[np.uint8], NDArray[np.int64], tuple[Note, ...]]:
        """Residues and bounds of the records, and what is told of them."""
        self._letters.resize(self._residues, refcheck=False)
        letters, offsets = self._letters, offsets_of(np.concatenate(self._lengths))
        notes = self._tidier.notes()
        if self._layout is not None:
            self._layout.finish()
            self._look_for_annotation()
        if self._layout is not None and self._habits.annotation is not None:
            marks = self._layout.marks(self._records)
            letters, offsets, told = remove_annotation(letters, offsets, marks, self._habits.annotation)
            notes += told
        spacing = Spacing(self._tidier.spaced, self._tidier.word_lengths)
        letters, offsets, told = resolve_notation(letters, offsets, spacing, self._habits)
        return letters, offsets, notes + told

    def _look_for_annotation(self) -> None:
        """Let the first records tell whether lines of annotation stand below sequences; if none do, look no more."""
        if self._layout is None or "annotation" in self._habits.settled:
            return
        count = min(SAMPLE, self._layout.closed)
        offsets = offsets_of(np.concatenate(self._lengths)[:count])
        self._habits.annotation = find_annotation(self._letters, offsets, self._layout.marks(count))
        self._habits.settled.add("annotation")
        if self._habits.annotation is None:
            self._layout = None

    def _take_headers(self) -> None:
        """Take apart the headers that came since the last time, while they are in the cache."""
        if self._headers:
            offsets = offsets_of(np.concatenate(self._header_lengths))
            self._reader.feed(TextColumn(np.concatenate(self._headers), offsets))
            self._headers, self._header_lengths = [], []

    def _go_on_with_line(self, block: bytes) -> bytes:
        """Take more of a long line; give back what follows it."""
        end = block.find(b"\n")
        if self._open_line == "letters":
            self._add_piece(self._carry + (block if end < 0 else block[:end]), at_start=False, at_end=end >= 0)
        if end < 0:
            return b""
        self._open_line = ""
        self._line += 1
        return block[end + 1 :]

    def _long_line(self) -> None:
        if self._carry[0] == _HEADER or ODD_HEADER.match(self._carry):
            if len(self._carry) > _LONGEST_HEADER:
                raise BioseqError(
                    "data.endless_header",
                    "A header has no end within 64 MB.",
                    where=f"{self._where}, line {self._line + 1}",
                    remedy="Put the sequence on a line of its own after the header.",
                )
        elif COMMENT.match(self._carry):
            self._tidier.take_comment(self._line + 1, self._records - 1)
            self._carry, self._open_line = b"", "comment"
        else:
            self._open_line = "letters"
            self._add_piece(self._carry, at_start=True, at_end=False)

    def _add_piece(self, text: bytes, *, at_start: bool, at_end: bool) -> None:
        """Take a piece of a long line of a sequence, but for its last word where that may go on."""
        cut = len(text)
        if not at_end:
            cut = max(text.rfind(blank) for blank in (b" ", b"\t")) + 1
            if not cut and len(text) > _LONGEST_WORD:
                cut = len(text.rstrip(_NOT_ASCII))
        self._carry = text[cut:]
        text = text[:cut]
        if not self._records:
            if text.strip(BLANKS):
                raise self._no_header(self._line + 1)
            return
        letters = np.frombuffer(text, np.uint8)
        if letter_counts(letters)[ODD_BYTES].any():
            before = int(self._lengths[-1][-1])
            text = self._tidier.tidy_piece(
                text, line=self._line + 1, record=self._records - 1, letters=before, at_start=at_start, at_end=at_end
            )
            letters = np.frombuffer(text, np.uint8)
        self._add(letters, letter_counts(letters))
        self._lengths[-1][-1] += len(letters)
        if self._layout is not None:
            self._layout.feed_long_line()

    def _whole_lines(self, text: bytes, end: int) -> None:
        """Take the lines before `end`, where one ends."""
        # Where a record is longer than a block, its further letters come first.
        start = 0 if text[0] == _HEADER else text.find(b"\n>", 0, end) + 1
        if start:
            self._any_lines(text[:start])
        start += self._equal_records(text, start, end)
        if start < end:
            self._any_lines(text[start:end])
        if self._layout is not None and self._layout.closed >= SAMPLE:
            self._look_for_annotation()

    def _any_lines(self, text: bytes, *, tidied: bool = False) -> None:
        codes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(codes == _NEWLINE)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        is_header = codes[starts] == _HEADER
        headers = np.flatnonzero(is_header)
        inside = ~is_header if len(headers) else slice(None)
        letters, bounds = gather_spans(codes, starts[inside], ends[inside])
        # Counted while they are in the cache, and while the next block of a packed file is unpacked beside. The counts
        # also tell of blanks, control codes and what is not ASCII.
        counts = letter_counts(letters)
        if not tidied and counts[ODD_BYTES].any():
            before = int(self._lengths[-1][-1]) if self._records else 0
            tidy = self._tidier.tidy(text, line=self._line, record=self._records - 1, letters=before)
            self._any_lines(tidy, tidied=True)
            return
        # Lines before the first header go on with the record before.
        firsts = np.append(headers, len(ends)) - np.arange(len(headers) + 1)
        more = int(bounds[firsts[0]])
        if more and not self._records:
            raise self._no_header(self._line + 1 + int(np.flatnonzero(np.diff(bounds))[0]))
        self._add(letters, counts)
        if more:
            self._lengths[-1][-1] += more
        if len(headers):
            headers_text, offsets = gather_spans(codes, starts[headers] + 1, ends[headers])
            self._headers.append(headers_text)
            self._header_lengths.append(np.diff(offsets))
            self._lines.append(headers + self._line + 1)
            self._lengths.append(np.diff(bounds[firsts]))
            self._records += len(headers)
        if self._layout is not None:
            self._layout.feed(np.diff(bounds), firsts)
        self._line += len(ends)

    def _equal_records(self, text: bytes, start: int, end: int) -> int:
        """Take the records from `start` on that have one line of letters and are laid out like the first of them.

        Exact, because nothing is taken unless each of them is seen to be a `>`, a header without a line feed, a line
        feed, plain letters of which the first is no `>`, and a line feed. What follows goes the usual way, and may
        be more lines of the last of them.

        Returns:
            Bytes that they are; 0 when there are too few.
        """
        head = text.find(b"\n", start, end) - start
        size = text.find(b"\n", start + head + 1, end) + 1 - start
        count = (end - start) // size if size > head + 2 else 0
        if count < _FEW_EQUAL:
            return 0
        rows = np.frombuffer(text, np.uint8, count * size, start).reshape(count, size)
        alike = (rows[:, 0] == _HEADER) & (rows[:, head] == _NEWLINE) & (rows[:, -1] == _NEWLINE)
        count = count if alike.all() else int(alike.argmin())
        headers = rows[:count, 1:head].reshape(-1)
        if count < _FEW_EQUAL or (headers == _NEWLINE).any() or (rows[:count, head + 1] == _HEADER).any():
            return 0
        # Copied straight to where they are kept, and kept only once their counts tell that all are plain.
        letters = self._room_for(count * (size - head - 2))
        letters.reshape(count, -1)[:] = rows[:count, head + 1 : -1]
        counts = letter_counts(letters)
        if counts[ODD_BYTES].any():
            return 0
        self._headers.append(headers)
        self._header_lengths.append(np.full(count, head - 1, np.int64))
        self._lines.append(np.arange(count, dtype=np.int64) * 2 + self._line + 1)
        self._lengths.append(np.full(count, size - head - 2, np.int64))
        self._records += count
        self._residues += len(letters)
        self._counts += counts
        self._line += 2 * count
        if self._layout is not None:
            self._layout.feed_single_lines(count, size - head - 2)
        return count * size

    def _add(self, letters: NDArray[np.uint8], counts: NDArray[np.int64]) -> None:
        """Take letters, and how often each code occurs in them."""
        self._room_for(len(letters))[:] = letters
        self._residues += len(letters)
        self._counts += counts

    def _room_for(self, count: int) -> NDArray[np.uint8]:
        """Where the next letters go; the room grows where it stands, so that memory is not taken twice."""
        end = self._residues + count
        if end > len(self._letters):
            # No view of the room outlives a call, so it may move.
            self._letters.resize(end + end // 8, refcheck=False)
        return self._letters[self._residues : end]

    def _no_header(self, line: int) -> BioseqError:
        return BioseqError(
            "data.no_header",
            "There is text before the first header." if self._line else "No record begins with a header.",
            where=f"{self._where}, line {line}" if line else self._where,
            remedy="A FASTA record begins with a line '>name'; its letters follow on the next lines.",
        )
