"""FASTA, read as arrays: blocks of whole lines, headers told from sequences by their first byte.

No Python object is kept per record. Source of the format: Pearson and Lipman 1988, as NCBI writes it. Also taken:
`;`, `#` or `!` comment lines before the first record, any line ends, blank lines, blanks within sequence lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.labels import HeaderReader
from bioseq.sequences.ragged import letter_counts, offsets_of
from bioseq.sequences.records import Note, Records
from bioseq.sequences.text_column import TextColumn, gather_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_BLANKS = b" \t\v\f\n\x1c\x1d\x1e\x1f"
_HEADER, _NEWLINE = ord(">"), ord("\n")
_NOT_PRINTED = np.ones(256, np.bool_)
_NOT_PRINTED[ord("!") : ord("~") + 1] = False
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
_INVISIBLE = {ord(letter): " " for letter in "\xa0\u2007\u202f\u200b\u200c\u200d\u2060\ufeff"}


def read_fasta(blocks: Iterable[bytes], *, where: str = "") -> Records:
    """The records of a FASTA file.

    Args:
        blocks: Its text, UTF-8 (other 8-bit text is read too, as it stands), cut anywhere.
        where: The file, for messages.

    Raises:
        BioseqError: There is text before the first header, or no header at all, or a header without an end.
    """
    parser = _Parser(where)
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

    def __init__(self, where: str) -> None:
        self._where = where
        self._carry = b""
        self._open_line = False
        self._line = 0
        self._letters = np.empty(_ROOM, np.uint8)
        self._residues = 0
        self._counts = np.zeros(256, np.int64)
        self._reader = HeaderReader()
        self._headers: list[NDArray[np.uint8]] = []
        self._header_lengths: list[NDArray[np.int64]] = []
        self._lines: list[NDArray[np.int64]] = []
        self._lengths: list[NDArray[np.int64]] = [np.zeros(0, np.int64)]
        self._records = 0
        self._blanks: list[int] = []

    def feed(self, block: bytes) -> None:
        """Take the next bytes of the file."""
        if self._open_line:
            block = self._finish_line(block)
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
        if self._carry:
            text = self._carry if self._carry.endswith(b"\n") else self._carry + b"\n"
            self._whole_lines(text, len(text))
        if not self._records:
            raise self._no_header(self._line)
        lengths = np.concatenate(self._lengths)
        self._letters.resize(self._residues, refcheck=False)
        letters = self._letters
        self._take_headers()
        headers = self._reader.finish()
        return Records(
            letters=letters,
            offsets=offsets_of(lengths),
            ids=headers.ids,
            descriptions=headers.descriptions,
            lines=np.concatenate(self._lines),
            label_codes=headers.label_codes,
            label_texts=headers.label_texts,
            splits=headers.splits,
            counts=self._counts,
            notes=headers.notes + self._blank_note(),
        )

    def _take_headers(self) -> None:
        """Take apart the headers that came since the last time, while they are in the cache."""
        if self._headers:
            offsets = offsets_of(np.concatenate(self._header_lengths))
            self._reader.feed(TextColumn(np.concatenate(self._headers), offsets))
            self._headers, self._header_lengths = [], []

    def _finish_line(self, block: bytes) -> bytes:
        """Take the rest of a long sequence line; give back what follows it."""
        end = block.find(b"\n")
        self._add_to_last(block if end < 0 else block[:end])
        if end < 0:
            return b""
        self._open_line = False
        self._line += 1
        return block[end + 1 :]

    def _long_line(self) -> None:
        if self._carry[0] != _HEADER:
            self._add_to_last(self._carry)
            self._carry, self._open_line = b"", True
        elif len(self._carry) > _LONGEST_HEADER:
            raise BioseqError(
                "data.endless_header",
                "A header has no end within 64 MB.",
                where=f"{self._where}, line {self._line + 1}",
                remedy="Put the sequence on a line of its own after the header.",
            )

    def _add_to_last(self, text: bytes) -> None:
        """Take sequence text that no header precedes."""
        if self._records:
            self._add(np.frombuffer(text, np.uint8), np.array([len(text)]), [text], more=True)
        elif text.strip(_BLANKS):
            raise self._no_header(self._line + 1)

    def _whole_lines(self, text: bytes, end: int) -> None:
        """Take the lines before `end`, where one ends."""
        # Where a record is longer than a block, its further letters come first.
        start = 0 if text[0] == _HEADER else text.find(b"\n>", 0, end) + 1
        if start:
            self._any_lines(text[:start])
        start += self._equal_records(text, start, end)
        if start < end:
            self._any_lines(text[start:end])

    def _any_lines(self, text: bytes) -> None:
        codes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(codes == _NEWLINE)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = 0, ends[:-1] + 1
        is_header = codes[starts] == _HEADER
        headers = np.flatnonzero(is_header)
        first = int(headers[0]) if len(headers) else len(ends)
        if first:
            self._lines_before_header(text, codes, starts[:first], ends[:first])
        if len(headers):
            headers_text, offsets = gather_spans(codes, starts[headers] + 1, ends[headers])
            self._headers.append(headers_text)
            self._header_lengths.append(np.diff(offsets))
            self._lines.append(headers + self._line + 1)
            inside = np.flatnonzero(~is_header[first:]) + first
            letters, line_offsets = gather_spans(codes, starts[inside], ends[inside])
            lengths = np.diff(line_offsets[np.searchsorted(inside, np.append(headers, len(ends)))])
            bounds = np.append(starts[headers], len(text)).tolist()
            self._add(letters, lengths, _LazyPieces(text, ends[headers].tolist(), bounds[1:]))
        self._line += len(ends)

    def _equal_records(self, text: bytes, start: int, end: int) -> int:
        """Take the records from `start` on that have one line of letters and are laid out like the first of them.

        Exact, because nothing is taken unless each of them is seen to be a `>`, a header without a line feed, a line
        feed, printed letters of which the first is no `>`, and a line feed. What follows goes the usual way, and may
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
        # Copied straight to where they are kept, and kept only once their counts tell that all are printed.
        letters = self._room_for(count * (size - head - 2))
        letters.reshape(count, -1)[:] = rows[:count, head + 1 : -1]
        counts = letter_counts(letters)
        if counts[_NOT_PRINTED].any():
            return 0
        self._headers.append(headers)
        self._header_lengths.append(np.full(count, head - 1, np.int64))
        self._lines.append(np.arange(count, dtype=np.int64) * 2 + self._line + 1)
        self._lengths.append(np.full(count, size - head - 2, np.int64))
        self._records += count
        self._residues += len(letters)
        self._counts += counts
        self._line += 2 * count
        return count * size

    def _lines_before_header(
        self, text: bytes, codes: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> None:
        """Take lines that belong to the record before, or comments before the first."""
        if self._records:
            letters, offsets = gather_spans(codes, starts, ends)
            self._add(letters, offsets[-1:], [text[: int(ends[-1])]], more=True)
            return
        for number, line in enumerate(text[: int(ends[-1])].split(b"\n")):
            if line.strip(_BLANKS) and line[:1] not in b";#!":
                raise self._no_header(self._line + number + 1)

    def _add(
        self, letters: NDArray[np.uint8], lengths: NDArray[np.int64], pieces: Iterable[bytes], *, more: bool = False
    ) -> None:
        """Take letters of new records, or more letters of the last record.

        Args:
            letters: What stands on the lines, without line ends.
            lengths: How many of them each record has.
            pieces: The same record by record with line ends, looked at when there is more than letters.
            more: They belong to the last record.
        """
        # Counted while they are in the cache, and while the next block of a packed file is unpacked beside. The counts
        # also tell of blanks, control codes and what is not ASCII.
        counts = letter_counts(letters)
        if counts[_NOT_PRINTED].any():
            tidied = [_without_blanks(piece) for piece in pieces]
            first = self._records - 1 if more else self._records
            self._blanks.extend(first + place for place, (_, inside) in enumerate(tidied) if inside)
            letters = np.frombuffer(b"".join(text for text, _ in tidied), np.uint8)
            lengths = np.fromiter((len(text) for text, _ in tidied), np.int64, len(tidied))
            counts = letter_counts(letters)
        self._room_for(len(letters))[:] = letters
        self._residues += len(letters)
        self._counts += counts
        if more:
            self._lengths[-1][-1] += lengths[0]
        else:
            self._lengths.append(lengths)
            self._records += len(lengths)

    def _room_for(self, count: int) -> NDArray[np.uint8]:
        """Where the next letters go; the room grows where it stands, so that memory is not taken twice."""
        end = self._residues + count
        if end > len(self._letters):
            # No view of the room outlives a call, so it may move.
            self._letters.resize(end + end // 8, refcheck=False)
        return self._letters[self._residues : end]

    def _blank_note(self) -> tuple[Note, ...]:
        if not self._blanks:
            return ()
        return (
            Note(
                "blanks_in_sequence",
                Severity.INFO,
                "{n} records hold blanks within their sequence.",
                "The blanks are left out; letters on both sides stand next to each other.",
                tuple(dict.fromkeys(self._blanks)),
            ),
        )

    def _no_header(self, line: int) -> BioseqError:
        return BioseqError(
            "data.no_header",
            "There is text before the first header." if self._line else "No record begins with a header.",
            where=f"{self._where}, line {line}" if line else self._where,
            remedy="A FASTA record begins with a line '>name'; its letters follow on the next lines.",
        )


class _LazyPieces:
    """Pieces of a text, cut when they are asked for."""

    def __init__(self, text: bytes, starts: list[int], ends: list[int]) -> None:
        self._text = text
        self._starts = starts
        self._ends = ends

    def __iter__(self) -> Iterator[bytes]:
        return (self._text[start:end] for start, end in zip(self._starts, self._ends, strict=True))


def _without_blanks(piece: bytes) -> tuple[bytes, bool]:
    """The letters of a piece of sequence text, one byte each, and whether blanks stood between them."""
    if not piece.isascii():
        try:
            piece = piece.decode("utf-8").translate(_INVISIBLE).encode("latin-1", "replace")
        except UnicodeDecodeError:
            piece = piece.replace(b"\xa0", b" ")
    letters = piece.translate(None, _BLANKS)
    return letters, sum(len(line.strip(_BLANKS)) for line in piece.split(b"\n")) != len(letters)
