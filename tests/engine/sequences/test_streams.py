"""Compressed files unfold whole and within bounds, or are refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
import subprocess
import sys
import time
import zlib
from typing import TYPE_CHECKING

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files
from bioseq.sequences.streams import Bounds, compression_of, read_blocks, read_head

if TYPE_CHECKING:
    from pathlib import Path

PACK = {
    "gzip": lambda data: gzip.compress(data, 6, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}
MEGABYTE = 1 << 20


@pytest.mark.parametrize("compression", PACK)
@given(parts=st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=4))
@settings(max_examples=25)
def test_a_packed_file_unfolds_to_what_was_packed_in_several_members_too(
    compression: str, parts: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("packed") / "data"
    path.write_bytes(b"".join(PACK[compression](part) for part in parts))
    assert compression_of(path.read_bytes()) == compression
    assert b"".join(read_blocks(path)) == b"".join(parts)


@pytest.mark.parametrize("compression", PACK)
def test_a_large_file_unfolds_in_blocks_and_tells_how_far_it_is(compression: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 40_000 + b"end"
    path = tmp_path / "data"
    path.write_bytes(PACK[compression](data))
    told: list[int] = []
    blocks = list(read_blocks(path, bounds=Bounds(ratio=10**9), progress=told.append))
    assert b"".join(blocks) == data
    assert told == sorted(told)
    assert told[-1] == path.stat().st_size


@pytest.mark.parametrize("compression", PACK)
def test_a_file_that_was_cut_off_is_refused(compression: str, tmp_path: Path) -> None:
    packed = PACK[compression](bytes(range(256)) * 200)
    path = tmp_path / "data"
    for length in (len(packed) - 1, len(packed) // 2, 12):
        path.write_bytes(packed[:length])
        with pytest.raises(BioseqError) as refusal:
            list(read_blocks(path))
        assert refusal.value.code in ("data.truncated_file", "data.damaged_file")
        assert refusal.value.where == str(path)


@pytest.mark.parametrize("compression", PACK)
def test_what_follows_the_compressed_data_is_not_left_out_in_silence(compression: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    for rest in (b"x", b">b\nACGT\n" * 100, b"\0" * 300_000 + b"more"):
        path.write_bytes(PACK[compression](b">a\nACGT\n") + rest)
        with pytest.raises(BioseqError, match="follows the end") as refusal:
            list(read_blocks(path))
        assert refusal.value.code == "data.trailing_bytes"
        assert refusal.value.where == str(path)


@pytest.mark.parametrize("compression", PACK)
def test_zero_padding_after_the_compressed_data_is_passed_over(compression: str, tmp_path: Path) -> None:
    path = tmp_path / "data"
    packed = PACK[compression](b"ACGT")
    path.write_bytes(packed + b"\0" * 600_000 + packed + b"\0" * 600_000)
    assert b"".join(read_blocks(path)) == b"ACGTACGT"


def test_frames_of_zstd_without_text_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "data"
    frame, packed = b"\x5e\x2a\x4d\x18" + (300_000).to_bytes(4, "little") + b"x" * 300_000, PACK["zstd"](b"ACGT")
    path.write_bytes(packed + frame + frame + packed + frame)
    assert b"".join(read_blocks(path)) == b"ACGTACGT"
    path.write_bytes(packed + frame[:-1])
    with pytest.raises(BioseqError) as refusal:
        list(read_blocks(path))
    assert refusal.value.code == "data.damaged_file"


@pytest.mark.parametrize("compression", PACK)
@given(data=st.binary(max_size=200))
@settings(max_examples=40)
def test_damaged_bytes_never_do_more_than_refuse(
    compression: str, data: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "data"
    path.write_bytes(PACK[compression](b"ACGT" * 10)[:10] + data)
    try:
        list(read_blocks(path))
        read_head(path, 100)
    except BioseqError:
        return


def bomb(megabytes: int) -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    packed = packer.compress(b">a\n")
    block = b"A" * MEGABYTE
    return packed + b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


def test_a_bomb_of_256_megabytes_is_refused_within_a_second(tmp_path: Path) -> None:
    path = tmp_path / "bomb.fa.gz"
    path.write_bytes(bomb(256))
    assert path.stat().st_size < 300_000
    start = time.monotonic()
    with pytest.raises(BioseqError, match="unfolds to more than") as refusal:
        read_files([FileRequest(str(path))])
    assert time.monotonic() - start < 1
    assert refusal.value.code == "data.decompression_bomb"


def test_a_bomb_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.fa.gz"
    path.write_bytes(bomb(256))
    script = (
        "import resource, sys\n"
        "from bioseq.errors import BioseqError\n"
        "from bioseq.sequences.files import FileRequest\n"
        "from bioseq.sequences.reading import read_files\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    read_files([FileRequest(sys.argv[1])])\n"
        "except BioseqError:\n    pass\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 100 * MEGABYTE


@pytest.mark.parametrize("compression", PACK)
def test_every_compression_is_bounded(compression: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(PACK[compression](b"A" * (2 * MEGABYTE)))
    with pytest.raises(BioseqError, match="unfolds to more than"):
        list(read_blocks(path, bounds=Bounds(ratio=200, free_bytes=MEGABYTE)))


def test_a_small_repetitive_file_is_no_bomb(tmp_path: Path) -> None:
    path = tmp_path / "repeats.fa.gz"
    path.write_bytes(gzip.compress(b">a\n" + b"A" * (20 * MEGABYTE) + b"\n"))
    assert read_files([FileRequest(str(path))]).sources[0].residues == 20 * MEGABYTE


def test_there_is_a_cap_whatever_the_ratio(tmp_path: Path) -> None:
    path = tmp_path / "large.gz"
    path.write_bytes(gzip.compress(bytes(range(256)) * 100, 0))
    with pytest.raises(BioseqError, match="unfolds"):
        list(read_blocks(path, bounds=Bounds(most_bytes=1000)))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="cannot be read"):
        list(read_blocks(tmp_path / "none.fa"))
    with pytest.raises(BioseqError, match="cannot be read"):
        read_head(tmp_path / "none.fa", 10)
