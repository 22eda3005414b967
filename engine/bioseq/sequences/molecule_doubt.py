"""Doubt of what sequences are made of: letters that fit two molecules, files and records unlike the others."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.errors import Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding, Occurrence
from bioseq.sequences.molecules import (
    CODES,
    PROTEIN_LETTERS,
    fold_case,
    guess_from_counts,
    list_missing_bases,
)
from bioseq.sequences.ragged import count_in_rows, mask_of
from bioseq.sequences.text_column import gather_rows
from bioseq.sequences.wording import counted, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.sequences.dataset import Dataset

_FEW_LETTERS = 60
"""Letters below which A, C, G and T alone tell little: a handful of peptides may be spelt with them."""
_SOME_CODES = 0.05
_FEW_PROTEIN_LETTERS = 0.01
_LEAST_LENGTH = 30
"""Letters of a record from which it tells its own molecule."""
_OWN_SHARE = 0.1
"""Share of letters of its own from which a record among DNA is a protein; proteins have about 0.4."""
_LOOKED_AT = 16
_PROTEIN_ENDINGS = frozenset({".faa", ".pep", ".mpfa"})
_NUCLEIC_ENDINGS = frozenset({".fna", ".ffn", ".frn"})
_PROTEIN_WORDS = frozenset(
    {
        *("aa", "aminoacid", "aminoacids", "prot", "prots", "protein", "proteins", "proteome"),
        *("pep", "peps", "peptide", "peptides", "polypeptide", "polypeptides"),
    }
)
_NUCLEIC_WORDS = frozenset(
    {
        *("dna", "cdna", "rna", "mrna", "rrna", "trna", "cds", "genome", "genomes"),
        *("nt", "nuc", "nucl", "nucleotide", "nucleotides", "coding", "gene", "genes", "transcript", "transcripts"),
        *("promoter", "promoters", "enhancer", "enhancers"),
    }
)
_NUCLEOTIDES = mask_of("ACGTUNacgtun")
_BASES = tuple(mask_of(base) for base in ("Aa", "Cc", "Gg", "TtUu"))


def guess_with_names(counts: NDArray[np.int64], names: Sequence[str]) -> tuple[Molecule, float]:
    """What the letters of files spell, and the share of them that agrees, [0, 1]; the names count where letters doubt.

    Args:
        counts: How often each of the 256 codes occurs in all files.
        names: Names of the files.
    """
    guessed, confidence = guess_from_counts(counts)
    told = {molecule for name in names if (molecule := _molecule_in_name(name)) is not None}
    if len(told) != 1 or not _find_reason(counts, guessed):
        return guessed, confidence
    is_protein = told == {Molecule.PROTEIN}
    if is_protein == (guessed is Molecule.PROTEIN):
        return guessed, confidence
    folded = fold_case(counts)
    nucleic = Molecule.RNA if folded[ord("U")] > folded[ord("T")] else Molecule.DNA
    return (Molecule.PROTEIN if is_protein else nucleic), confidence


def find_molecule_doubts(
    names: Sequence[str], counts: Sequence[NDArray[np.int64]], dataset: Dataset, taken: Molecule
) -> Iterator[Finding]:
    """What speaks against the molecule that was told from letters and names.

    Args:
        names: Names of the files.
        counts: How often each of the 256 codes occurs, file by file.
        dataset: The records of all files.
        taken: What all are read as.
    """
    differing = _find_differing_files(counts, dataset, taken)
    yield from differing
    if not differing:
        yield from _find_differing_records(dataset, taken)
    pooled = np.sum(counts, axis=0)
    reason = _find_reason(pooled, taken)
    told = {molecule for name in names if (molecule := _molecule_in_name(name)) is not None}
    # Letters that no nucleotide has leave no doubt, whatever a file is called.
    against = any((molecule is Molecule.PROTEIN) != (taken is Molecule.PROTEIN) for molecule in told)
    against &= bool(reason) or taken is not Molecule.PROTEIN
    if not reason and not against:
        return
    other = "proteins" if taken is not Molecule.PROTEIN else "DNA or RNA"
    hints = [reason] if reason else []
    if against:
        hints.append(f"the name of a file speaks of {other}")
    few = reason and not against and int(pooled.sum()) < _FEW_LETTERS
    yield Finding(
        "molecule_uncertain",
        Severity.INFO if few else Severity.WARNING,
        f"The sequences are read as {taken.text}, but may be {other}: {' and '.join(hints)}.",
        "Set the molecule if this is wrong.",
        len(dataset),
        setting="data.molecule",
    )


def _find_reason(counts: NDArray[np.int64], taken: Molecule) -> str:
    """Why letters may spell another molecule than they are taken for; empty where they hardly can."""
    folded = fold_case(counts)
    total = int(folded[ord("A") : ord("Z") + 1].sum())
    if not total:
        return ""
    own, codes = (sum(int(folded[ord(letter)]) for letter in letters) / total for letters in (PROTEIN_LETTERS, CODES))
    if own > _FEW_PROTEIN_LETTERS:
        return ""
    if taken is Molecule.PROTEIN:
        return "all letters are codes of nucleotides too"
    if total < _FEW_LETTERS:
        return f"there are only {total} letters, which amino acids have too"
    if codes >= _SOME_CODES:
        return f"{100 * codes:.0f} % of the letters are IUPAC codes, which amino acids have too"
    missing = list_missing_bases(folded)
    if len(missing) >= 2:
        return f"{listed(missing)} are missing"
    return ""


def _molecule_in_name(name: str) -> Molecule | None:
    """What the name of a file says of its sequences."""
    endings = {ending.lower() for ending in Path(name).suffixes}
    words = set(re.findall(r"[a-z]+", name.lower()))
    is_protein = bool(endings & _PROTEIN_ENDINGS or words & _PROTEIN_WORDS)
    is_nucleic = bool(endings & _NUCLEIC_ENDINGS or words & _NUCLEIC_WORDS)
    if is_protein == is_nucleic:
        return None
    return Molecule.PROTEIN if is_protein else Molecule.DNA


def _find_differing_files(
    counts: Sequence[NDArray[np.int64]], dataset: Dataset, taken: Molecule
) -> tuple[Finding, ...]:
    """That some files surely hold proteins and others surely do not."""
    guesses = [guess_from_counts(own)[0] for own in counts]
    kinds = [guess is Molecule.PROTEIN for guess in guesses]
    sure = {kind for own, guess, kind in zip(counts, guesses, kinds, strict=True) if not _find_reason(own, guess)}
    few = {kind for own, kind in zip(counts, kinds, strict=True) if int(own.sum()) < _FEW_LETTERS}
    if len(set(kinds)) < 2 or len(sure | few) < 2:
        return ()
    return (
        Finding(
            "molecules_differ",
            Severity.WARNING,
            "Some files hold proteins, others DNA or RNA.",
            f"All are read as {taken.text}. Load one kind at a time, or set the molecule.",
            len(kinds),
            tuple(
                Occurrence(-1, "", path, 0, "protein" if kind else "DNA or RNA")
                for path, kind in zip(dataset.sources, kinds, strict=True)
            ),
            "data.molecule",
        ),
    )


def _find_differing_records(dataset: Dataset, taken: Molecule) -> Iterator[Finding]:
    """Records that are surely of another molecule than the others."""
    rows = _nucleic_rows(dataset) if taken is Molecule.PROTEIN else _protein_rows(dataset)
    if not len(rows) or len(rows) == len(dataset):
        return
    looks, others = ("DNA or RNA", "protein") if taken is Molecule.PROTEIN else ("protein", taken.text)
    yield Finding(
        "molecules_differ",
        Severity.WARNING,
        counted(f"{{n}} [record looks|records look] like {looks}, the others like {others}.", len(rows)),
        f"All are read as {taken.text}. Load one kind at a time, or set the molecule.",
        len(rows),
        tuple(
            Occurrence(row, dataset.ids[row][:200], dataset.source_of(row), int(dataset.lines[row]))
            for row in rows[:EXAMPLES_KEPT].tolist()
        ),
        "data.molecule",
    )


def _protein_rows(dataset: Dataset) -> NDArray[np.intp]:
    own = mask_of(PROTEIN_LETTERS + PROTEIN_LETTERS.lower())
    if dataset.counts is not None and not dataset.counts[own].any():
        return np.zeros(0, np.intp)
    held = count_in_rows(dataset.letters, dataset.offsets, own)
    return np.flatnonzero((held >= _OWN_SHARE * dataset.lengths) & (dataset.lengths >= _LEAST_LENGTH))


def _nucleic_rows(dataset: Dataset) -> NDArray[np.intp]:
    """Records of A, C, G, T, U and N alone in which no base is missing."""
    rows = np.flatnonzero(dataset.lengths >= _LEAST_LENGTH)
    for place in range(_LOOKED_AT):
        rows = rows[_NUCLEOTIDES[dataset.letters[dataset.offsets[rows] + place]]]
    letters, offsets = gather_rows(dataset.letters, dataset.offsets, rows)
    sizes = np.diff(offsets)
    alone: NDArray[np.bool_] = count_in_rows(letters, offsets, ~_NUCLEOTIDES) == 0
    for base in _BASES:
        alone &= count_in_rows(letters, offsets, base) >= 0.05 * sizes
    found: NDArray[np.intp] = rows[alone]
    return found
