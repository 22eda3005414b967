"""Fingerprints: SHA-256 of files as they are, of the records in them however they are written down, of sequences."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL
from bioseq.sequences.identity import upper_case

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_AT_ONCE = 1 << 24
_URACIL = bytes.maketrans(b"U", b"T")
_COMPLEMENT = bytes.maketrans(b"ACGTRYSWKMBDHVN", b"TGCAYRSWMKVHDBN")


def file_digest(path: Path) -> str:
    """SHA-256 of a file, as hexadecimal digits.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def records_digests(dataset: Dataset) -> tuple[str, ...]:
    """SHA-256 of the records of each source of a data set as read, as hexadecimal digits.

    It depends on ids, letters (upper and lower case are one), labels, splits and the order of the records, and on
    nothing else: line breaks, compression, the format of the file and descriptions do not matter. What is digested, for
    each source: the number of records; the lengths of ids; ids in UTF-8; the lengths of sequences; their letters in
    upper case; the split of each record; the names of the labels that occur, sorted, each ended by a zero byte; the
    place of each record's label among them, -1 for none. Numbers are little-endian, int64, splits one byte.
    """
    starts = dataset.source_starts.tolist()
    return tuple(_digest(_parts(dataset, start, end)) for start, end in pairwise(starts))


def sequence_digests(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], molecule: Molecule, *, both_strands: bool = False
) -> NDArray[np.uint64]:
    """The first 8 bytes of the BLAKE2b hash of each sequence, by which it is known again, `(N,)`.

    Upper and lower case are one, and of nucleotides `U` and `T`. Two of a million other sequences have the same number
    with a probability of 3e-8.

    Args:
        letters: Of all sequences.
        offsets: Starts and the last end, `(N + 1,)`.
        molecule: What they are made of.
        both_strands: A sequence and its reverse complement count as one; of nucleotides only.
    """
    folded = upper_case(letters).tobytes()
    if molecule is not Molecule.PROTEIN:
        folded = folded.translate(_URACIL)
    both_strands = both_strands and molecule is not Molecule.PROTEIN

    def digest(start: int, end: int) -> int:
        sequence = folded[start:end]
        if both_strands:
            sequence = min(sequence, sequence.translate(_COMPLEMENT)[::-1])
        return int.from_bytes(hashlib.blake2b(sequence, digest_size=8).digest(), "little")

    return np.fromiter((digest(*ends) for ends in pairwise(offsets.tolist())), np.uint64, len(offsets) - 1)


def _digest(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def _parts(dataset: Dataset, start: int, end: int) -> Iterable[bytes]:
    yield _numbers(np.array([end - start]))
    ids = dataset.ids.offsets[start : end + 1]
    yield _numbers(np.diff(ids))
    yield dataset.ids.buffer[int(ids[0]) : int(ids[-1])].tobytes()
    letters = dataset.offsets[start : end + 1]
    yield _numbers(np.diff(letters))
    for place in range(int(letters[0]), int(letters[-1]), _AT_ONCE):
        part = dataset.letters[place : min(place + _AT_ONCE, int(letters[-1]))]
        yield part.tobytes().upper()
    yield dataset.splits[start:end].astype(np.uint8).tobytes()
    labels = dataset.labels[start:end].astype(np.int64)
    names = sorted({dataset.label_names[code] for code in np.unique(labels[labels != NO_LABEL]).tolist()})
    places = np.array([*(names.index(name) if name in names else NO_LABEL for name in dataset.label_names), NO_LABEL])
    yield b"".join(name.encode("utf-8", "surrogateescape") + b"\0" for name in names)
    yield _numbers(places[labels])  # NO_LABEL is -1: the last place


def _numbers(values: NDArray[np.int64]) -> bytes:
    return values.astype("<i8").tobytes()
