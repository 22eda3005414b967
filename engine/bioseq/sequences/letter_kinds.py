"""Which letters are residues, ambiguous, gaps, stops or nothing at all, for each molecule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.molecules import GAPS, STOP
from bioseq.sequences.ragged import mask_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class LetterKinds:
    """Which letters are which, for one molecule: tables `(256,)` by ASCII code.

    Attributes:
        illegal: No residue, no code, no gap, no stop.
        ambiguous: IUPAC codes that stand for several residues.
        rare: Amino acids that few proteins have, selenocysteine and pyrrolysine.
        lower: Small letters.
        gaps: Marks of an alignment.
        stop: The end of a protein.
        residues: What the molecule is made of; `U` and `T` both, in either case.
    """

    illegal: NDArray[np.bool_]
    ambiguous: NDArray[np.bool_]
    rare: NDArray[np.bool_]
    lower: NDArray[np.bool_]
    gaps: NDArray[np.bool_]
    stop: NDArray[np.bool_]
    residues: NDArray[np.bool_]

    @classmethod
    def of(cls, molecule: Molecule) -> LetterKinds:
        """The kinds for one molecule."""
        alphabet = ALPHABETS[molecule]
        nucleic = molecule is not Molecule.PROTEIN
        residues = mask_of(_both_cases(alphabet.residues + ("TU" if nucleic else "")))
        ambiguous = mask_of(_both_cases(alphabet.ambiguity))
        rare = mask_of(_both_cases(alphabet.rare))
        gaps = mask_of(GAPS)
        stop = mask_of("" if nucleic else STOP)
        return cls(
            illegal=~(residues | ambiguous | rare | gaps | stop),
            ambiguous=ambiguous,
            rare=rare,
            lower=mask_of("abcdefghijklmnopqrstuvwxyz"),
            gaps=gaps,
            stop=stop,
            residues=residues,
        )


def _both_cases(letters: str) -> str:
    return letters + letters.lower()
