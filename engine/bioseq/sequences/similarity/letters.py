"""Sequences as small numbers: capitals, `U` and `T` the same, everything that is no residue a number of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.ragged import first_equal_row, translated
from bioseq.sequences.text_column import gather_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_COMPLEMENT = bytes.maketrans(b"ACGTRYSWKMBDHVN", b"TGCAYRSWMKVHDBN")


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """N sequences as numbers of their letters.

    Attributes:
        codes: 0 <= code < `kinds` for a residue, `kinds` for everything else, uint8 `(letters,)`.
        offsets: Starts and the last end, int64 `(N + 1,)`.
        kinds: Residues of the molecule: 4 or 20.
    """

    codes: NDArray[np.uint8]
    offsets: NDArray[np.int64]
    kinds: int

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Letters per sequence, `(N,)`."""
        return np.diff(self.offsets)

    def take(self, rows: NDArray[np.intp]) -> Coded:
        """These sequences, in this order."""
        codes, offsets = gather_rows(self.codes, self.offsets, rows)
        return Coded(codes, offsets, self.kinds)

    def other_strand(self) -> Coded:
        """The reverse complements, row by row; of nucleotides only."""
        complement = translated(self.codes, bytes([3, 2, 1, 0, *range(4, 256)]))
        return Coded(complement[_backwards(self.offsets)], self.offsets, self.kinds)


def coded(dataset: Dataset, molecule: Molecule) -> Coded:
    """The letters of a data set, as read or cleaned, as numbers."""
    residues = ALPHABETS[molecule].residues
    table = bytearray([len(residues)]) * 256
    for number, letter in enumerate(residues):
        table[ord(letter)] = table[ord(letter.lower())] = number
    if molecule is not Molecule.PROTEIN:
        for letter in "TtUu":
            table[ord(letter)] = 3
    return Coded(translated(dataset.letters, bytes(table)), dataset.offsets, len(residues))


def same_molecule(dataset: Dataset, molecule: Molecule, *, both_strands: bool = False) -> NDArray[np.int64]:
    """For each record the first record that spells the same molecule, `(N,)`; see `same_letters`."""
    return same_letters(dataset.letters, dataset.offsets, molecule, both_strands=both_strands)


def same_letters(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], molecule: Molecule, *, both_strands: bool = False
) -> NDArray[np.int64]:
    """For each row the first row that spells the same molecule, `(N,)`.

    The case does not matter, nor whether `U` or `T` is written.

    Args:
        letters: Of all rows, as read or cleaned.
        offsets: Row starts and the last end, `(N + 1,)`.
        molecule: What they are made of.
        both_strands: A row and its reverse complement count as the same; of nucleotides only.
    """
    table = bytearray(bytes(range(256)).upper())
    if molecule is not Molecule.PROTEIN:
        table[ord("U")] = table[ord("u")] = ord("T")
    letters = translated(letters, bytes(table))
    if not both_strands or molecule is Molecule.PROTEIN:
        return first_equal_row(letters, offsets)
    count = len(offsets) - 1
    other = translated(letters, _COMPLEMENT)[_backwards(offsets)]
    both = np.concatenate([offsets - offsets[0], offsets[1:] + len(letters)])
    first = first_equal_row(np.concatenate([letters, other]), both)
    # Two rows are the same exactly when their pairs of strands are the same two rows.
    lowest = np.minimum(first[:count], first[count:])
    _, where, inverse = np.unique(lowest, return_index=True, return_inverse=True)
    return where[inverse].astype(np.int64)


def _backwards(offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each letter of the rows, read from their ends, is taken from, `(letters,)`."""
    lengths = np.diff(offsets)
    return np.repeat(offsets[:-1] + offsets[1:] - 1, lengths) - np.arange(offsets[0], offsets[-1])
