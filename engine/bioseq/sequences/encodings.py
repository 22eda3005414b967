"""Text in other encodings than UTF-8: recognised where the first byte says so, and told.

Files of old spreadsheets and editors are written in the 8-bit encoding of their country. Read as they stand, names
with different letters become the same name. So bytes that are no UTF-8 are read as Windows-1252, which Latin-1 is a
part of and which has a letter for each byte; Chinese text is read as GB 18030 where nearly all of it spells common
characters that way.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Literal

import numpy as np

from bioseq.errors import BioseqError, Severity
from bioseq.sequences.records import Note
from bioseq.sequences.wording import short_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Legacy = Literal["windows-1252", "gb18030", "mixed"]

_NAMES: dict[Legacy, str] = {
    "windows-1252": "Windows-1252 (Latin-1)",
    "gb18030": "GB 18030 (Chinese)",
    "mixed": "Windows-1252 (Latin-1)",
}
_SMALL = 4096
_SAMPLE = 1 << 18
"""Bytes after the first that is no UTF-8 that tell the encoding."""
_COMMON_SHARE = 0.7
"""Share of the characters that are common Chinese ones, in text that is taken for Chinese."""
_LONG_LINE = 60
_HANDLER = "bioseq.windows_1252"


def _read_as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    """The bytes that an encoding does not have, as Windows-1252; the five that it lacks as control codes."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(_WINDOWS_1252[byte] for byte in error.object[error.start : error.end]), error.end


_WINDOWS_1252 = "".join(
    chr(byte) if (letter := bytes([byte]).decode("cp1252", "replace")) == "\ufffd" else letter for byte in range(256)
)
codecs.register_error(_HANDLER, _read_as_windows_1252)


class Utf8Blocks:
    """The text of a file as UTF-8, block by block, without a byte order mark; afterwards, what it was written in.

    Text that is ASCII or UTF-8 goes through untouched.
    """

    def __init__(
        self,
        blocks: Iterator[bytes],
        *,
        encoding: str = "utf-8",
        mark_bytes: int = 0,
        where: str = "",
        again: Callable[[], Iterable[bytes]] | None = None,
    ) -> None:
        """Blocks to be decoded.

        Args:
            blocks: Bytes of the file, cut anywhere.
            encoding: "utf-8", or the encoding of which the file is known to be.
            mark_bytes: Bytes of the byte order mark at its start.
            where: The file, for messages.
            again: Gives the blocks once more, to count the lines before the first odd letter.
        """
        self._where = where
        self._encoding = encoding
        self._again = again
        self._mark_bytes = mark_bytes
        self._legacy: Legacy | None = None
        self._first_odd = 0
        self._first_text = ""
        self._blocks = self._decode(_without_mark(blocks, mark_bytes))

    def __iter__(self) -> Iterator[bytes]:
        """The blocks; they come once."""
        return self

    def __next__(self) -> bytes:
        """The next block.

        Raises:
            BioseqError: The text breaks the encoding of which its byte order mark says that it is.
        """
        return next(self._blocks)

    @property
    def notes(self) -> tuple[Note, ...]:
        """What was found of the encoding in the blocks that were taken."""
        if self._legacy is None:
            return ()
        rest = "UTF-8 in part only; what is not" if self._legacy == "mixed" else "not UTF-8; it"
        return (
            Note(
                "text_encoding",
                Severity.INFO,
                f"The file is {rest} is read as {_NAMES[self._legacy]}.",
                f"The first such text is '{short_name(self._first_text)}'{self._line_words()}. "
                "If it looks wrong, save the file as UTF-8.",
            ),
        )

    def _line_words(self) -> str:
        if self._again is None:
            return ""
        before = _first_bytes(self._again(), self._mark_bytes + self._first_odd)
        ends = [(block.count(b"\n"), block.count(b"\r")) for block in before]
        return f" in line {1 + (sum(feeds for feeds, _ in ends) or sum(returns for _, returns in ends)):,}"

    def _decode(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        return self._as_utf8(blocks) if self._encoding == "utf-8" else self._from_named(blocks)

    def _from_named(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        decoder = codecs.getincrementaldecoder(self._encoding)("strict")
        try:
            for block in blocks:
                yield decoder.decode(block).encode("utf-8")
            yield decoder.decode(b"", final=True).encode("utf-8")
        except UnicodeError as error:
            raise BioseqError(
                "data.broken_text",
                f"The text is broken as {self._encoding.upper()}.",
                where=self._where,
                remedy="Save it as UTF-8.",
            ) from error

    def _as_utf8(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        held, passed, letters_seen = b"", 0, False
        for block in blocks:
            if not held and _is_ascii(block):
                passed += len(block)
                yield block
                continue
            text, held = held + block, b""
            try:
                used = codecs.utf_8_decode(text, "strict", False)[1]
            except UnicodeDecodeError as error:
                yield from self._from_legacy(text, error.start, passed, blocks, letters_seen=letters_seen)
                return
            text, held = text[:used], text[used:]
            passed += used
            letters_seen = True
            yield text
        if held:
            yield from self._from_legacy(held, 0, passed, blocks, letters_seen=letters_seen)

    def _from_legacy(
        self, text: bytes, odd: int, passed: int, blocks: Iterator[bytes], *, letters_seen: bool
    ) -> Iterator[bytes]:
        """This text, in which a byte at `odd` is no UTF-8, and all that follows it."""
        self._legacy = guess_encoding(text[:odd] + text[odd : odd + _SAMPLE], letters_seen=letters_seen)
        self._first_odd = passed + odd
        codec = "gb18030" if self._legacy == "gb18030" else "utf-8"
        decoder = codecs.getincrementaldecoder(codec)(_HANDLER)
        self._first_text = _line_around(text, odd).decode(codec, _HANDLER)
        yield decoder.decode(text).encode("utf-8")
        for block in blocks:
            yield decoder.decode(block).encode("utf-8")
        yield decoder.decode(b"", final=True).encode("utf-8")


def guess_encoding(text: bytes, *, letters_seen: bool = False) -> Legacy:
    """The encoding of text that is no UTF-8.

    Args:
        text: Bytes of it; the last character may be cut.
        letters_seen: Text before it holds letters beyond ASCII that are UTF-8.

    Returns:
        "mixed" where most letters beyond ASCII are UTF-8 after all.
    """
    decoded = text.decode("utf-8", "replace")
    broken = decoded.count("\ufffd")
    if letters_seen or 2 * broken < sum(1 for letter in decoded if letter > "\x7f"):
        return "mixed"
    return "gb18030" if _is_chinese(text) else "windows-1252"


def _is_chinese(text: bytes) -> bool:
    """Whether GB 18030 makes common Chinese characters of it.

    A Latin letter with an accent and the letter after it are often a character of that encoding, but a rare one: the
    3,755 common ones have both bytes above 0xA0, the first of them below 0xD8.
    """
    decoder = codecs.getincrementaldecoder("gb18030")("strict")
    try:
        letters = [letter for letter in decoder.decode(text) if letter > "\x7f"]
    except UnicodeDecodeError:
        return False
    pairs = [letter.encode("gb18030") for letter in letters]
    common = sum(len(pair) == 2 and 0xB0 <= pair[0] < 0xD8 and pair[1] > 0xA0 for pair in pairs)
    signs = sum(len(pair) == 2 and 0xA1 <= pair[0] <= 0xA9 and pair[1] > 0xA0 for pair in pairs)
    return common > 0 and common + signs >= _COMMON_SHARE * len(pairs)


def _is_ascii(block: bytes) -> bool:
    # The least of the bytes as signed numbers: several times as fast as looking for the first above 127.
    return block.isascii() if len(block) < _SMALL else int(np.frombuffer(block, np.int8).min()) >= 0


def _without_mark(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    yield next(blocks, b"")[size:]
    yield from blocks


def _first_bytes(blocks: Iterable[bytes], size: int) -> Iterator[bytes]:
    for block in blocks:
        yield block[:size]
        size -= len(block)
        if size <= 0:
            return


def _line_around(text: bytes, position: int) -> bytes:
    """The line in which a byte stands, without line ends; of a long one what follows the byte."""
    start = max(text.rfind(b"\n", 0, position), text.rfind(b"\r", 0, position)) + 1
    start = start if position - start < _LONG_LINE else position
    return text[start : position + _LONG_LINE].split(b"\n")[0].split(b"\r")[0]
