"""Descriptors of sequences as matrices, N records by features, without a Python loop over records.

Definitions: Chen et al. 2018 (iFeature, 10.1093/bioinformatics/bty140) and Chen et al. 2020 (iLearn,
10.1093/bib/bbz041); words with gaps: Ghandi et al. 2014 (gkm-SVM, 10.1371/journal.pcbi.1003711). A letter that is no
residue (N, X, ...) adds to no feature, but counts where shares are of a record's length. A record that is too short for
a descriptor gives zeros.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.baselines.composition import OneHot, WordCounts, residues_of
from bioseq.catalogue.descriptors import (
    AMINO_ACID_GROUPS,
    END_LENGTHS,
    END_POSITIONS,
    MORE_END_POSITIONS,
    PHYSICO_CHEMICAL_CLASSES,
)
from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import FeaturePlan
    from bioseq.sequences.dataset import Dataset

_FIRST_WORD = 2
"""Tokens below are padding and unknown."""


def features_of(plan: FeaturePlan, dataset: Dataset) -> csr_matrix:
    """All features of the plan, side by side, float64 `(N, plan.width)`."""
    from scipy.sparse import csr_matrix, hstack

    parts = [csr_matrix(_COMPUTED[name](plan, dataset)) for name in plan.names]
    return parts[0] if len(parts) == 1 else hstack(parts, format="csr")


def gapped_pairs(dataset: Dataset, molecule: Molecule, *, gap: int, groups: tuple[str, ...] = ()) -> NDArray[Any]:
    """Shares of the ordered pairs of letters with 0, 1, ... `gap` letters between them.

    CKSNAP (Chen et al. 2020) with the four bases, CKSAAGP (Chen et al. 2018) with groups of amino acids. With g letters
    between, a record of L letters has L - g - 1 pairs; the shares are of these.

    Args:
        dataset: The records.
        molecule: What they are made of.
        gap: Most letters between the two, 0 or more.
        groups: Letters that count as the same; each residue for itself when empty.

    Returns:
        `(N, (gap + 1) * G * G)`, gap by gap, then by the first letter's group, then by the second's.
    """
    codes, offsets = residues_of(dataset, molecule)
    kinds = len(groups) or len(ALPHABETS[molecule].residues)
    codes = _group_table(molecule, groups)[codes] if groups else codes
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    left = np.repeat(offsets[1:], lengths) - np.arange(len(codes)) - 1  # letters that follow in the record
    shares = np.zeros((len(lengths), (gap + 1) * kinds * kinds))
    for between in range(gap + 1):
        starts = np.flatnonzero(left > between)
        first, second = codes[starts], codes[starts + between + 1]
        known = (first >= 0) & (second >= 0)
        pairs = rows[starts[known]] * kinds**2 + first[known] * kinds + second[known]
        counts = np.bincount(pairs, minlength=len(lengths) * kinds**2).reshape(len(lengths), kinds**2)
        place = between * kinds**2
        shares[:, place : place + kinds**2] = counts / np.maximum(lengths - between - 1, 1)[:, None]
    return shares


def accumulated_frequency(dataset: Dataset, molecule: Molecule, length: int) -> NDArray[np.float64]:
    """ANF: at each position i (1-based) the share of the letter that stands there among the first i letters.

    Chen et al. 2020; first in Chen et al. 2015, iRNA-Methyl, 10.1016/j.ab.2015.08.021. `(N, length)`.
    """
    codes, offsets = residues_of(dataset, molecule)
    lengths = np.diff(offsets)
    starts = np.repeat(offsets[:-1], lengths)
    places = np.arange(len(codes)) - starts
    seen = np.zeros(len(codes))
    for residue in range(len(ALPHABETS[molecule].residues)):
        here = codes == residue
        before = np.concatenate([[0], np.cumsum(here)])
        seen += np.where(here, before[1:] - before[starts], 0)
    frequency = np.zeros((len(lengths), length))
    inside = places < length
    rows = np.repeat(np.arange(len(lengths)), lengths)
    frequency[rows[inside], places[inside]] = seen[inside] / (places[inside] + 1)
    return frequency


def physico_chemical_shares(dataset: Dataset) -> NDArray[Any]:
    """CTDC: for each of 13 properties the share of the letters in each of its three classes, `(N, 39)`.

    Dubchak et al. 1995, 10.1073/pnas.92.19.8700, in the classes of Chen et al. 2018.
    """
    residues = ALPHABETS[Molecule.PROTEIN].residues
    classes = [letters for three in PHYSICO_CHEMICAL_CLASSES.values() for letters in three]
    member = np.array([[residue in letters for letters in classes] for residue in residues], np.float64)
    composition: NDArray[Any] = WordCounts(Molecule.PROTEIN, (1,)).of(dataset) @ member
    return composition


def substitution_scores(dataset: Dataset, length: int) -> NDArray[np.float64]:
    """BLOSUM62 (Henikoff & Henikoff 1992, 10.1073/pnas.89.22.10915): at each position the residue's 20 scores.

    `(N, length * 20)`, columns in the order of the alphabet; zeros where there is no residue.
    """
    codes, offsets = residues_of(dataset, Molecule.PROTEIN)
    lengths = np.diff(offsets)
    rows = np.repeat(np.arange(len(lengths)), lengths)
    places = np.arange(len(codes)) - np.repeat(offsets[:-1], lengths)
    shown = np.full((len(lengths), length), -1, np.int64)
    inside = places < length
    shown[rows[inside], places[inside]] = codes[inside]
    return _blosum62()[shown].reshape(len(lengths), -1)


def letters_at_ends(dataset: Dataset, molecule: Molecule, *, positions: int = END_POSITIONS) -> NDArray[np.float64]:
    """Shares of the residues in the first and in the last letters of a record, and the very first and last themselves.

    Signals often stand at an end: signal peptides, tails that a secretion system reads. The shares are known as split
    or N-Center-C composition, with ends of 25 amino acids (https://bioinfo.usu.edu/Plant-mSubP), here with ends of
    several lengths; the letters by position as binary profile of the terminal residues (Agrawal et al. 2021, AntiCP
    2.0, 10.1093/bib/bbaa153: N5C5 to N15C15).

    Args:
        dataset: The records; one that is shorter than an end is taken whole.
        molecule: What they are made of.
        positions: Letters at each end that are looked at one by one.

    Returns:
        `(N, 2 * (len(END_LENGTHS) + positions) * residues)`: for each length the shares at the start, then those at
        the end; then for each position, counted from 0, which residue stands there from the start, then from the end.
    """
    codes, offsets = residues_of(dataset, molecule)
    kinds = len(ALPHABETS[molecule].residues)
    lengths = np.diff(offsets)
    records = len(lengths)
    rows = np.repeat(np.arange(records), lengths)
    from_start = np.arange(len(codes)) - np.repeat(offsets[:-1], lengths)
    from_end = np.repeat(lengths, lengths) - 1 - from_start

    def counted(inside: NDArray[np.bool_]) -> NDArray[np.int64]:
        inside = inside & (codes >= 0)
        found = np.bincount(rows[inside] * kinds + codes[inside], minlength=records * kinds)
        return found.reshape(records, kinds)

    ends = (from_start, from_end)
    shares = [counted(place < end) / np.clip(lengths, 1, end)[:, None] for end in END_LENGTHS for place in ends]
    letters = [counted(place == position) for position in range(positions) for place in ends]
    return np.hstack([*shares, *letters])


def ends_and_length(dataset: Dataset, molecule: Molecule) -> NDArray[np.float64]:
    """Composition and letters at both ends, and the natural logarithm of one more than the length, `(N, F)`."""
    ends = letters_at_ends(dataset, molecule, positions=MORE_END_POSITIONS)
    return np.column_stack([ends, np.log1p(dataset.lengths)])


def _blosum62() -> NDArray[np.float64]:
    """Scores of each residue `(21, 20)`; the last row, which -1 means, is for what is no residue."""
    from Bio.Align import substitution_matrices

    matrix = substitution_matrices.load("BLOSUM62")
    residues = ALPHABETS[Molecule.PROTEIN].residues
    scores = [[float(matrix[one, other]) for other in residues] for one in residues]
    return np.array([*scores, [0.0] * len(residues)])


def _group_table(molecule: Molecule, groups: tuple[str, ...]) -> NDArray[np.int64]:
    """Residue to its group; the last place, which -1 means, is -1."""
    residues = ALPHABETS[molecule].residues
    return np.array([*(next(n for n, group in enumerate(groups) if letter in group) for letter in residues), -1])


def _words(plan: FeaturePlan, *, both_strands: bool = False, gap: int = 0) -> WordCounts:
    return WordCounts(plan.molecule, tuple(range(plan.shortest, plan.k + 1)), plan.word_values, both_strands, gap)


_COMPUTED: dict[str, Callable[[FeaturePlan, Dataset], Any]] = {
    "kmers": lambda plan, dataset: _words(plan).of(dataset),
    "rckmers": lambda plan, dataset: _words(plan, both_strands=True).of(dataset),
    "gapped_kmers": lambda plan, dataset: _words(plan, gap=plan.gap).of(dataset),
    "gapped_rckmers": lambda plan, dataset: _words(plan, both_strands=True, gap=plan.gap).of(dataset),
    "one_hot": lambda plan, dataset: OneHot(plan.molecule, plan.length).of(dataset),
    "pairs_by_position": lambda plan, dataset: OneHot(plan.molecule, plan.length, word=2).of(dataset),
    "aac": lambda plan, dataset: WordCounts(plan.molecule, (1,)).of(dataset),
    "dpc": lambda plan, dataset: WordCounts(plan.molecule, (2,)).of(dataset),
    "dnc": lambda plan, dataset: WordCounts(plan.molecule, (2,)).of(dataset),
    "anf": lambda plan, dataset: accumulated_frequency(dataset, plan.molecule, plan.length),
    "cksnap": lambda plan, dataset: gapped_pairs(dataset, plan.molecule, gap=plan.gap),
    "cksaagp": lambda plan, dataset: gapped_pairs(dataset, plan.molecule, gap=plan.gap, groups=AMINO_ACID_GROUPS),
    "ctdc": lambda _, dataset: physico_chemical_shares(dataset),
    "blosum62": lambda plan, dataset: substitution_scores(dataset, plan.length),
    "ends": lambda plan, dataset: letters_at_ends(dataset, plan.molecule),
    "length": lambda _, dataset: np.log1p(dataset.lengths).reshape(-1, 1),
    "ends_and_length": lambda plan, dataset: ends_and_length(dataset, plan.molecule),
}
