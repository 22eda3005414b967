"""The letters of DNA, RNA and protein: which are residues, which are ambiguity codes, which complement which.

Source: IUPAC-IUB nucleotide codes (Cornish-Bowden 1985) and IUPAC-IUBMB amino-acid codes (1984).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Molecule(StrEnum):
    """What a sequence is made of."""

    DNA = "dna"
    RNA = "rna"
    PROTEIN = "protein"


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The letters of one kind of molecule.

    Attributes:
        molecule: What it spells.
        residues: The letters that stand for one residue, in the order in which tokens are numbered.
        ambiguity: Letters that stand for several residues: `N`, `R`, `Y`, ...; `B`, `Z`, `X`, ... in proteins.
        unknown: The letter for "any residue": `N` or `X`.
    """

    molecule: Molecule
    residues: str
    ambiguity: str
    unknown: str

    @property
    def legal(self) -> str:
        """Residues and ambiguity codes."""
        return self.residues + self.ambiguity


DNA = Alphabet(Molecule.DNA, "ACGT", "RYSWKMBDHVN", "N")
RNA = Alphabet(Molecule.RNA, "ACGU", "RYSWKMBDHVN", "N")
PROTEIN = Alphabet(Molecule.PROTEIN, "ACDEFGHIKLMNPQRSTVWY", "BJOUXZ", "X")

ALPHABETS: dict[Molecule, Alphabet] = {Molecule.DNA: DNA, Molecule.RNA: RNA, Molecule.PROTEIN: PROTEIN}
