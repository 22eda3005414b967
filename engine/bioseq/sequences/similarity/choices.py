"""From which identity sequences count as similar, and what looking for them costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.similarity.windows import LONGEST_WINDOW, moved_word_length
from bioseq.sequences.similarity.words import meetings

if TYPE_CHECKING:
    from bioseq.sequences.profile import DataProfile

PROTEIN_IDENTITY, PEPTIDE_IDENTITY, NUCLEOTIDE_IDENTITY = 0.4, 0.8, 0.8
"""Proteins: above 0.4 over most of their length they nearly always share fold and mostly function (Rost 1999, Twilight
zone of protein sequence alignments; Sander and Schneider 1991), and data sets are thinned to 0.3 to 0.4. Peptides are
too short for chance to be told from descent at 0.4. Nucleotides: CD-HIT-EST goes down to 0.8 (Li and Godzik 2006)."""
PEPTIDE_LENGTH = 50

_PRODUCTS, _MEETINGS, _CELLS, _RECORDS, _LETTERS = 1.2e10, 2e7, 2e4, 2e3, 2e6
"""What one core does in a second: multiplications of matrices, words met, letters aligned (a few relatives to a
record), records looked up, letters of windows whose words are looked up."""


def usual_identity(molecule: Molecule, median_length: float) -> float:
    """From which identity two sequences are taken for similar, (0, 1].

    Args:
        molecule: What they are made of.
        median_length: Letters.
    """
    if molecule is not Molecule.PROTEIN:
        return NUCLEOTIDE_IDENTITY
    return PEPTIDE_IDENTITY if median_length < PEPTIDE_LENGTH else PROTEIN_IDENTITY


def seconds_for(profile: DataProfile) -> float:
    """About how long clusters of these records take, with the built-in method on one core."""
    kinds = 20 if profile.molecule is Molecule.PROTEIN else 4
    if profile.fixed_length and profile.longest <= LONGEST_WINDOW:
        k = moved_word_length(profile.residues, profile.residues, kinds)
        moved = profile.residues / _LETTERS + profile.residues**2 / float(kinds) ** k / _MEETINGS
        return float(profile.records**2 * profile.longest * kinds) / _PRODUCTS + moved
    met: float = max(meetings(profile.residues, kinds), min(profile.residues**2 / kinds**3.0, 5e8))
    return met / _MEETINGS + profile.residues / _CELLS / 4 + profile.records / _RECORDS
