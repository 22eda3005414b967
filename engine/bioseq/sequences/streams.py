"""The bytes of a file, decompressed block by block, within bounds.

A compressed file of a few kilobytes may unfold to terabytes. Sequences compress three to five times; a file that
unfolds more than 200 times is refused once it has unfolded enough to matter.
"""

from __future__ import annotations

import bz2
import lzma
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from bioseq.errors import BioseqError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader
    from pathlib import Path
    from typing import BinaryIO

Compression = Literal["", "gzip", "bzip2", "xz", "zstd"]

BLOCK = 1 << 20
"""Bytes handed on at a time."""

_PACKED = 1 << 18
"""Packed bytes taken at a time."""

_AHEAD = 4
"""Blocks unpacked ahead, so that neither side waits when the other takes longer over one block."""

_ZSTD_SLICE = 512
"""Packed bytes of zstd taken at a time: its decoder has no bound on what it gives back, and 4 bytes may be 128 KB."""

_MAGIC: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far a compressed file may unfold.

    Attributes:
        ratio: Unpacked bytes per packed byte.
        free_bytes: Unpacked bytes up to which the ratio is not looked at.
        most_bytes: Unpacked bytes, whatever the ratio.
    """

    ratio: int = 200
    free_bytes: int = 32 << 20
    most_bytes: int = 64 << 30


DEFAULT_BOUNDS = Bounds()


class _Decompressor(Protocol):
    """Unpacks one member of a compressed file."""

    @property
    def eof(self) -> bool:
        """The member is complete."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end of the member."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What can be unpacked from these further bytes, in blocks of bounded size."""


def compression_of(head: bytes) -> Compression:
    """The compression that a file beginning with these bytes has."""
    return next((name for magic, name in _MAGIC if head.startswith(magic)), "")


def read_blocks(
    path: Path, *, bounds: Bounds = DEFAULT_BOUNDS, progress: Callable[[int], None] | None = None
) -> Iterator[bytes]:
    """The unpacked bytes of a file, in blocks of about `BLOCK`.

    Args:
        path: The file; its compression is told from its first bytes.
        bounds: How far it may unfold.
        progress: Told the bytes taken from the file so far; may raise to end the reading.

    Raises:
        BioseqError: The file cannot be read, is damaged or cut off, or unfolds out of bounds.
    """
    try:
        with path.open("rb") as file:
            compression = compression_of(file.read(8))
            file.seek(0)
            blocks = _ahead(_unpack(file, compression, _Meter(path, bounds))) if compression else _plain(file)
            for block in blocks:
                yield block
                if progress is not None:
                    progress(file.tell())
    except OSError as error:
        raise BioseqError(
            "data.unreadable_file",
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Check that it exists and that you may read it.",
        ) from error


def read_head(path: Path, size: int) -> bytes:
    """The first unpacked bytes of a file, at most `size` of them.

    A damaged end does not matter here; what can be unpacked is given. Of a packed file more is read than is given:
    bzip2 gives nothing before a block of up to 900 KB is complete.

    Raises:
        BioseqError: The file cannot be opened, or nothing of it can be unpacked.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(size)
            compression = compression_of(packed)
            if not compression:
                return packed
            file.seek(0)
            return _unpack_head(_unpack(file, compression, _Meter(path, DEFAULT_BOUNDS)), size)
    except OSError as error:
        raise BioseqError(
            "data.unreadable_file",
            f"The file cannot be read: {error.strerror or error}.",
            where=str(path),
            remedy="Check that it exists and that you may read it.",
        ) from error


def _unpack_head(blocks: Iterator[bytes], size: int) -> bytes:
    """The first bytes of these blocks, over several members of a file where the first are short."""
    head = b""
    try:
        for block in blocks:
            head += block
            if len(head) >= size:
                break
    except BioseqError:
        if not head:
            raise
    return head[:size]


def _plain(file: BinaryIO) -> Iterator[bytes]:
    while block := file.read(BLOCK):
        yield block


def _ahead(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same blocks; the next are unpacked on a thread, which no Python lock holds up, while one is worked on."""
    with ThreadPoolExecutor(1, "unpack") as pool:
        following = deque(pool.submit(next, blocks, b"") for _ in range(_AHEAD))
        # A spent generator goes on giving the empty block, so more may be asked for than there are.
        while block := following.popleft().result():
            following.append(pool.submit(next, blocks, b""))
            yield block


@dataclass(slots=True)
class _Meter:
    """Counts what goes in and out, and refuses what unfolds out of bounds."""

    path: Path
    bounds: Bounds
    taken: int = 0
    given: int = 0

    def count(self, *, taken: int = 0, given: int = 0) -> None:
        self.taken += taken
        self.given += given
        if self.given > self.bounds.most_bytes or (
            self.given > self.bounds.free_bytes and self.given > self.bounds.ratio * max(self.taken, 1)
        ):
            raise BioseqError(
                "data.decompression_bomb",
                f"The compressed file unfolds to more than {self.given // max(self.taken, 1)} times its size, "
                "which sequences do not do.",
                where=str(self.path),
                remedy="If you trust it, unpack it yourself and load the unpacked file.",
            )


def _unpack(file: BufferedReader, compression: Compression, meter: _Meter) -> Iterator[bytes]:
    machine = _decompressor(compression)
    pending = file.read(_PACKED)
    try:
        while pending:
            meter.count(taken=len(pending))
            for block in machine.feed(pending):
                meter.count(given=len(block))
                yield block
            if machine.eof:
                pending = _next_member(machine.unused_data, compression, file, meter.path)
                if not pending:
                    return
                machine = _decompressor(compression)
            else:
                pending = file.read(_PACKED)
    except _damage_errors() as error:
        raise _damaged(meter.path) from error
    raise BioseqError(
        "data.truncated_file",
        "The compressed file ends in the middle.",
        where=str(meter.path),
        remedy="Fetch or copy it again.",
    )


def _next_member(pending: bytes, compression: Compression, file: BufferedReader, path: Path) -> bytes:
    """The start of the next member of a file made of several, or nothing at its end.

    Zero padding between members is passed over, and so are the frames of zstd that hold no text.

    Raises:
        BioseqError: Something else follows.
    """
    while True:
        pending = pending.lstrip(b"\0") or file.read(_PACKED).lstrip(b"\0")
        if not pending:
            if not file.peek(1):
                return b""
            continue
        pending += file.read(8) if len(pending) < 8 else b""
        if compression_of(pending) == compression:
            return pending
        if compression != "zstd" or not _is_skippable(pending):
            raise _followed_by_something(path)
        pending = _after_skippable(pending, file)


def _is_skippable(head: bytes) -> bool:
    return len(head) >= 8 and head[0] & 0xF0 == 0x50 and head[1:4] == b"\x2a\x4d\x18"


def _after_skippable(pending: bytes, file: BinaryIO) -> bytes:
    """What follows a frame of zstd that holds no text."""
    missing = 8 + int.from_bytes(pending[4:8], "little")
    while missing > len(pending):
        missing -= len(pending)
        pending = file.read(_PACKED)
        if not pending:
            raise EOFError
    return pending[missing:]


def _followed_by_something(path: Path) -> BioseqError:
    return BioseqError(
        "data.trailing_bytes",
        "Something that is not compressed data follows the end of the compressed data.",
        where=str(path),
        remedy="Fetch or copy it again. If you trust its beginning, unpack that yourself and load the unpacked file.",
    )


def _damaged(path: Path) -> BioseqError:
    return BioseqError(
        "data.damaged_file",
        "The compressed file is damaged.",
        where=str(path),
        remedy="Fetch or copy it again.",
    )


def _damage_errors() -> tuple[Any, ...]:
    from isal.igzip_lib import error as gzip_error
    from zstandard import ZstdError

    return (gzip_error, ZstdError, lzma.LZMAError, EOFError, ValueError, _BrokenStreamError)


class _BrokenStreamError(Exception):
    """bzip2 data is damaged; its library says so with the error of files that cannot be read."""


def _decompressor(compression: Compression) -> _Decompressor:
    match compression:
        case "gzip":
            return _Gzip()
        case "zstd":
            return _Zstd()
        case "bzip2":
            return _Standard(bz2.BZ2Decompressor())
        case _:
            return _Standard(lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=512 << 20))


class _Gzip:
    """Intel's inflate, several times as fast as zlib's; the check sum at the end of a member is looked at."""

    def __init__(self) -> None:
        from isal import igzip_lib

        self._inner: Any = igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data)

    def feed(self, data: bytes) -> Iterator[bytes]:
        block = self._inner.decompress(data, BLOCK)
        while block:
            yield block
            more = not self._inner.eof and not self._inner.needs_input
            block = self._inner.decompress(b"", BLOCK) if more else b""


class _Zstd:
    """Zstandard, with a window of at most 128 MB, fed in small slices."""

    def __init__(self) -> None:
        from zstandard import ZstdDecompressor

        self._inner: Any = ZstdDecompressor(max_window_size=1 << 27).decompressobj()
        self._rest = b""

    @property
    def eof(self) -> bool:
        return bool(self._inner.eof)

    @property
    def unused_data(self) -> bytes:
        return bytes(self._inner.unused_data) + self._rest

    def feed(self, data: bytes) -> Iterator[bytes]:
        for start in range(0, len(data), _ZSTD_SLICE):
            block = self._inner.decompress(data[start : start + _ZSTD_SLICE])
            if block:
                yield block
            if self.eof:
                self._rest = data[start + _ZSTD_SLICE :]
                return


class _Standard:
    """bzip2 and xz of the standard library."""

    def __init__(self, inner: bz2.BZ2Decompressor | lzma.LZMADecompressor) -> None:
        self._inner = inner

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def feed(self, data: bytes) -> Iterator[bytes]:
        block = self._decompress(data)
        while block:
            yield block
            more = not self._inner.eof and not self._inner.needs_input
            block = self._decompress(b"") if more else b""

    def _decompress(self, data: bytes) -> bytes:
        try:
            return self._inner.decompress(data, BLOCK)
        except OSError as error:
            raise _BrokenStreamError from error
