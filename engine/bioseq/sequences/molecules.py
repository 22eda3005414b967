"""What sequences are made of, told from the counts of all their letters.

DNA with `N` or IUPAC codes is DNA: what tells protein are letters that no nucleotide code has. A peptide set spelt
with A, C, G and T alone looks like DNA; no count can tell it, so the reader says that it may be wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.ragged import letter_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_MOSTLY_PLAIN = 0.9
"""Share of A, C, G, T, U, N from which letters are nucleotides (in proteins they are about 0.3)."""
_PARTLY_PLAIN = 0.5
"""The same for sets rich in IUPAC codes, when hardly any letter is protein's own."""
_FEW_PROTEIN_LETTERS = 0.01
_SOME_PROTEIN_LETTERS = 0.05

GAPS = "-.~"
"""Letters that stand for nothing, in alignments."""
STOP = "*"
"""The letter for the end of translation."""

_BLANKS = "\0\t\n\v\f\r \xa0"


def guess_molecule(letters: NDArray[np.uint8]) -> tuple[Molecule, float]:
    """What these letters spell, and the share of them that agrees, [0, 1].

    Args:
        letters: Letters of all records, ASCII codes.
    """
    return guess_from_counts(letter_counts(letters))


def guess_from_counts(counts: NDArray[np.int64]) -> tuple[Molecule, float]:
    """The same from how often each of the 256 codes occurs, `(256,)`. No letters at all: DNA, confidence 0."""
    folded = fold_case(counts)
    for blank in GAPS + STOP + _BLANKS:
        folded[ord(blank)] = 0
    total = int(folded.sum())
    if total == 0:
        return Molecule.DNA, 0.0
    plain = _share(folded, "ACGTUN", total)
    # X is left out: it masks vector and repeats in nucleotide files.
    own = _share(folded, "EFILPQZJO", total)
    nucleic = own <= _SOME_PROTEIN_LETTERS and (
        plain >= _MOSTLY_PLAIN or (plain >= _PARTLY_PLAIN and own <= _FEW_PROTEIN_LETTERS)
    )
    if not nucleic:
        return Molecule.PROTEIN, _share(folded, ALPHABETS[Molecule.PROTEIN].legal, total)
    molecule = Molecule.RNA if folded[ord("U")] > folded[ord("T")] else Molecule.DNA
    return molecule, _share(folded, ALPHABETS[Molecule.DNA].legal + "U", total)


def fold_case(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts `(256,)` with those of a-z added to A-Z."""
    folded = counts.copy()
    folded[65:91] += folded[97:123]
    folded[97:123] = 0
    return folded


def _share(counts: NDArray[np.int64], letters: str, total: int) -> float:
    return float(counts[np.frombuffer(letters.encode(), np.uint8)].sum()) / total
