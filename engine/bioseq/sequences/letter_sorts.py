"""Letters that deserve a word: what they are called, how they are read, and which option decides it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bioseq.errors import Severity
from bioseq.sequences.alphabets import ALPHABETS, Molecule, name_code
from bioseq.sequences.letter_kinds import LetterKinds
from bioseq.sequences.molecules import fold_case
from bioseq.sequences.ragged import mask_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

_RARE = {"U": "selenocysteine (U)", "O": "pyrrolysine (O)"}
_INOSINE = mask_of("Ii")


class LetterSort(NamedTuple):
    """Letters of one sort that occur in records.

    Attributes:
        code: Code of the finding.
        wanted: Which they are, by ASCII code, `(256,)`.
        severity: How much they matter.
        message: A sentence with `{n}` for the number of records.
        remedy: How they are read.
        setting: The option that decides.
    """

    code: str
    wanted: NDArray[np.bool_]
    severity: Severity
    message: str
    remedy: str
    setting: str = ""


def find_letter_sorts(counts: NDArray[np.int64], molecule: Molecule) -> Iterator[LetterSort]:
    """The sorts of letters that occur.

    Args:
        counts: How often each code occurs, `(256,)`.
        molecule: What the records are made of.
    """
    kinds = LetterKinds.of(molecule)
    unknown = f"read as unknown ({ALPHABETS[molecule].unknown})"
    sorts = (
        *_foreign(counts, kinds, molecule, unknown),
        *_codes(counts, kinds, molecule, unknown),
        LetterSort(
            "gaps",
            kinds.gaps,
            Severity.WARNING,
            "{n} [record holds|records hold] gaps ('-', '.' or '~').",
            f"A gap is {unknown} unless gaps are left out, which gives the sequences as they were before they were "
            "aligned.",
            "data.gaps",
        ),
        LetterSort(
            "stops",
            kinds.stop,
            Severity.INFO,
            "{n} [record holds|records hold] stops ('*').",
            f"At the end they are left out; within a sequence they are {unknown}.",
            "data.illegal_letters",
        ),
        LetterSort(
            "lower_case",
            kinds.lower,
            Severity.INFO,
            "{n} [record is|records are] written in small letters, at least in part.",
            "They are read as capitals; soft masking gets lost.",
        ),
    )
    return (sort for sort in sorts if counts[sort.wanted].any())


def _foreign(counts: NDArray[np.int64], kinds: LetterKinds, molecule: Molecule, unknown: str) -> Iterator[LetterSort]:
    """Letters that the molecule does not have; inosine has a name of its own where no other amino acid is spelt."""
    folded = fold_case(counts)
    inosine = molecule is not Molecule.PROTEIN and bool(folded[ord("I")]) and not folded[mask_of("EFLPQ")].any()
    yield LetterSort(
        "illegal_letters",
        kinds.illegal & ~_INOSINE if inosine else kinds.illegal,
        Severity.WARNING,
        f"{{n}} [record holds|records hold] letters that no {molecule.text} has.",
        f"They are {unknown} unless set otherwise.",
        "data.illegal_letters",
    )
    if inosine:
        yield LetterSort(
            "inosine",
            _INOSINE,
            Severity.WARNING,
            "{n} [record holds|records hold] the letter I, which stands for inosine.",
            f"It is {unknown} unless set otherwise: it pairs with several bases.",
            "data.illegal_letters",
        )


def _codes(counts: NDArray[np.int64], kinds: LetterKinds, molecule: Molecule, unknown: str) -> Iterator[LetterSort]:
    """Codes for several residues, each with what it stands for, and rare amino acids."""
    alphabet = ALPHABETS[molecule]
    folded = fold_case(counts)
    codes = [f"{code} ({name_code(code, molecule)})" for code in alphabet.ambiguity if folded[ord(code)]]
    yield LetterSort(
        "ambiguous_letters",
        kinds.ambiguous,
        Severity.INFO,
        f"{{n}} [record holds|records hold] IUPAC codes that stand for several residues: {', '.join(codes)}.",
        f"They are {unknown} unless set otherwise.",
        "data.ambiguous_letters",
    )
    rare = [_RARE[letter] for letter in ("U", "O") if letter in alphabet.rare and folded[ord(letter)]]
    which = ("These amino acids are", "them") if len(rare) > 1 else ("This amino acid is", "it")
    yield LetterSort(
        "rare_amino_acids",
        kinds.rare,
        Severity.INFO,
        f"{{n}} [record holds|records hold] {' or '.join(rare)}.",
        f"{which[0]} {unknown} unless set otherwise: too few proteins have {which[1]} to learn from.",
        "data.ambiguous_letters",
    )
