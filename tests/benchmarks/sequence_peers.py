"""Readers of FASTA that the benchmarks compare, each ending in the same tokens."""

from __future__ import annotations

import gzip
import importlib.util
import statistics
import time
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.fasta import read_fasta
from bioseq.sequences.streams import read_blocks
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

RECORDS, LENGTH = 200_000, 200
ROUNDS = 5

Tokens = tuple[np.ndarray, np.ndarray, int]
"""Tokens of all records, their offsets, and how many letters no residue has."""

_CODES = {letter: code for code, letter in enumerate("ACGT", 2)}
_TABLE = bytes(_CODES.get(chr(code), 1) for code in range(256))


def write_example(path: Path, *, records: int = RECORDS, length: int = LENGTH) -> None:
    """Write DNA with one unknown letter in a hundred; gzipped when the name ends in .gz."""
    generator = np.random.default_rng(7)
    letters = np.frombuffer(b"ACGTN", np.uint8)[
        generator.choice(5, (records, length), p=[0.2475, 0.2475, 0.2475, 0.2475, 0.01])
    ]
    text = b"".join(b">record_%d|%d|train\n%s\n" % (row, row % 2, letters[row].tobytes()) for row in range(records))
    path.write_bytes(gzip.compress(text, 6) if path.suffix == ".gz" else text)


def ours(path: Path) -> Tokens:
    """Read with ids, labels and splits, count all letters, encode."""
    records = read_fasta(read_blocks(path))
    column = Vocabulary(Molecule.DNA).encode(records.letters, records.offsets, counts=records.counts)
    legal = sum(int(records.counts[ord(letter)]) for letter in "ACGT")
    return column.tokens, column.offsets, len(records.letters) - legal


def biopython_by_letter(path: Path) -> Tokens:
    """The way of most published programs: Bio.SeqIO, and a table asked letter by letter."""
    from Bio import SeqIO

    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        rows = [[_CODES.get(letter, 1) for letter in record.seq] for record in SeqIO.parse(file, "fasta")]
    tokens = np.fromiter((code for row in rows for code in row), np.uint8)
    return _finished(tokens, np.fromiter(map(len, rows), np.int64, len(rows)))


def _sequences(name: str, path: Path) -> list[str]:
    library = importlib.import_module(name)
    match name:
        case "dnaio":
            with library.open(path) as file:
                return [record.sequence for record in file]
        case "pyfastx":
            return [record[1] for record in library.Fastx(str(path))]
        case "pysam":
            with library.FastxFile(str(path)) as file:
                return [record.sequence for record in file]
        case _:
            return [record.seq for record in library.parse_fastx_file(str(path))]


def peer_encoded_at_once(name: str) -> Callable[[Path], Tokens]:
    """A peer's reader, with all its sequences encoded in one go."""

    def read(path: Path) -> Tokens:
        sequences = _sequences(name, path)
        tokens = np.frombuffer("".join(sequences).encode().translate(_TABLE), np.uint8)
        return _finished(tokens, np.fromiter(map(len, sequences), np.int64, len(sequences)))

    return read


def peer_encoded_by_record(name: str, *, with_numpy: bool = False) -> Callable[[Path], Tokens]:
    """A peer's reader, with each sequence encoded by itself: by `bytes.translate`, or by a NumPy table (slower)."""
    table = np.frombuffer(_TABLE, np.uint8)

    def read(path: Path) -> Tokens:
        texts = _sequences(name, path)
        if with_numpy:
            rows = [table[np.frombuffer(text.encode(), np.uint8)] for text in texts]
        else:
            rows = [np.frombuffer(text.encode().translate(_TABLE), np.uint8) for text in texts]
        return _finished(np.concatenate(rows), np.fromiter(map(len, rows), np.int64, len(rows)))

    return read


def _finished(tokens: np.ndarray, lengths: np.ndarray) -> Tokens:
    return tokens, np.concatenate([[0], np.cumsum(lengths)]), int(np.count_nonzero(tokens == 1))


def peers() -> list[str]:
    """Libraries that are installed, of those to compare; says which are missing."""
    found = []
    for name in ("dnaio", "pyfastx", "pysam", "needletail"):
        if importlib.util.find_spec(name) is None:
            print(f"{name}: not installed, left out (pip install {name})")
        else:
            found.append(name)
    return found


def check_equal(path: Path, contenders: dict[str, Callable[[Path], Tokens]]) -> None:
    """Stop unless all contenders give the same tokens, offsets and count.

    Raises:
        SystemExit: One differs.
    """
    tokens, offsets, unknown = ours(path)
    for name, read in contenders.items():
        theirs = read(path)
        if not (np.array_equal(tokens, theirs[0]) and np.array_equal(offsets, theirs[1]) and unknown == theirs[2]):
            raise SystemExit(f"{name} gives other tokens")


def medians(path: Path, contenders: dict[str, Callable[[Path], Tokens]]) -> dict[str, float]:
    """Median seconds of each contender over `ROUNDS` rounds, in which all take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, read in contenders.items():
            start = time.perf_counter()
            read(path)
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(times) for name, times in seconds.items()}
