"""What sequences are made of, told from the counts of all their letters.

DNA with `N` or IUPAC codes is DNA: what tells protein are letters that no nucleotide code has, and letters that are
rich in codes while two of the four bases are missing. A peptide set spelt with A, C, G and T alone looks like DNA; no
count can tell it, so the reader says that it may be wrong (`molecule_doubt`).
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
_RICH_IN_CODES = 0.1
_MISSING = 0.01
"""Share of a base among all bases below which it is missing."""

GAPS = "-.~"
"""Letters that stand for nothing, in alignments."""
STOP = "*"
"""The letter for the end of translation."""

CODES = "RYSWKMBDHV"
"""Letters that stand for several bases, but for N, which is common."""
PROTEIN_LETTERS = "EFILPQZJO"
"""Letters that no nucleotide code has. X is left out: it masks vector and repeats in nucleotide files."""
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
    own = _share(folded, PROTEIN_LETTERS, total)
    nucleic = own <= _SOME_PROTEIN_LETTERS and (
        plain >= _MOSTLY_PLAIN or (plain >= _PARTLY_PLAIN and own <= _FEW_PROTEIN_LETTERS)
    )
    # Silk is spelt with G, A, S and Y: so many codes beside so few bases are amino acids.
    if _share(folded, CODES, total) >= _RICH_IN_CODES and len(list_missing_bases(folded)) >= 2:
        nucleic = False
    if not nucleic:
        return Molecule.PROTEIN, _share(folded, ALPHABETS[Molecule.PROTEIN].legal, total)
    molecule = Molecule.RNA if folded[ord("U")] > folded[ord("T")] else Molecule.DNA
    return molecule, _share(folded, ALPHABETS[Molecule.DNA].legal + "U", total)


def list_missing_bases(folded: NDArray[np.int64]) -> list[str]:
    """The bases of A, C, G and T (or U) that hardly occur among bases.

    Args:
        folded: How often each code occurs, capitals and small letters together, `(256,)`.
    """
    bases = {base: sum(int(folded[ord(letter)]) for letter in base) for base in ("A", "C", "G", "TU")}
    return [base[0] for base, count in bases.items() if count <= _MISSING * sum(bases.values())]


def fold_case(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts `(256,)` with those of a-z added to A-Z."""
    folded = counts.copy()
    folded[65:91] += folded[97:123]
    folded[97:123] = 0
    return folded


def _share(counts: NDArray[np.int64], letters: str, total: int) -> float:
    return float(counts[np.frombuffer(letters.encode(), np.uint8)].sum()) / total
