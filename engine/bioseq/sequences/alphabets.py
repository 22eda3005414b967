"""The letters of DNA, RNA and protein: which are residues, which are ambiguity codes, which complement which.

Source: IUPAC-IUB nucleotide codes (Cornish-Bowden 1985) and IUPAC-IUBMB amino-acid codes (1984), with U for
selenocysteine (newsletter 1999), O for pyrrolysine (2009) and J for leucine or isoleucine.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Molecule(StrEnum):
    """What a sequence is made of."""

    DNA = "dna"
    RNA = "rna"
    PROTEIN = "protein"

    @property
    def text(self) -> str:
        """As it stands within a sentence: "DNA", "RNA", "protein"."""
        return str(self) if self is Molecule.PROTEIN else str(self).upper()


@dataclass(frozen=True, slots=True)
class Alphabet:
    """The letters of one kind of molecule.

    Attributes:
        molecule: What it spells.
        residues: The letters that stand for one residue, in the order in which tokens are numbered.
        ambiguity: Letters that stand for several residues: `N`, `R`, `Y`, ...; `B`, `Z`, `X`, ... in proteins.
        unknown: The letter for "any residue": `N` or `X`.
        rare: Letters of one residue each that models do not tell apart from any other: `U` and `O` in proteins.
    """

    molecule: Molecule
    residues: str
    ambiguity: str
    unknown: str
    rare: str = ""

    @property
    def legal(self) -> str:
        """Residues, rare ones too, and ambiguity codes."""
        return self.residues + self.ambiguity + self.rare


DNA = Alphabet(Molecule.DNA, "ACGT", "RYSWKMBDHVN", "N")
RNA = Alphabet(Molecule.RNA, "ACGU", "RYSWKMBDHVN", "N")
PROTEIN = Alphabet(Molecule.PROTEIN, "ACDEFGHIKLMNPQRSTVWY", "BJXZ", "X", "OU")

ALPHABETS: dict[Molecule, Alphabet] = {Molecule.DNA: DNA, Molecule.RNA: RNA, Molecule.PROTEIN: PROTEIN}

_NUCLEOTIDES = {
    "R": "A or G",
    "Y": "C or T",
    "S": "C or G",
    "W": "A or T",
    "K": "G or T",
    "M": "A or C",
    "B": "C, G or T",
    "D": "A, G or T",
    "H": "A, C or T",
    "V": "A, C or G",
    "N": "any",
}
_AMINO_ACIDS = {"B": "aspartate or asparagine", "J": "leucine or isoleucine", "X": "any", "Z": "glutamate or glutamine"}


def name_code(code: str, molecule: Molecule) -> str:
    """What an ambiguity code stands for: "A or G"."""
    if molecule is Molecule.PROTEIN:
        return _AMINO_ACIDS[code]
    return _NUCLEOTIDES[code].replace("T", "U" if molecule is Molecule.RNA else "T")
