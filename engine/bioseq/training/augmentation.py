"""Training records changed a little each time they come: shifted, turned to the other strand, substituted, hidden.

What is drawn is a pure function of seed, epoch and step, so that a resumed run sees the same records, and a batch that
is taken in parts the same as one that is not. Changes are made to letters and tokens are spelt from them again: an
exchanged letter changes each word that it is part of. No record changes its length. torch-free.

Shapes: N records of a batch, T letters of all of them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.config.schema import AugmentationSettings
    from bioseq.sequences.tokens import TokenColumn, Vocabulary
    from bioseq.training.inputs import TrainingInput

_STREAM = 1
"""Keeps these draws apart from others of the same seed, epoch and step."""
_LEAST_SCALE, _LARGEST_SCALE = 0.28, 0.4
"""Nats per unit of a BLOSUM62 score: about ln 2 / 2, because scores are half bits, rounded."""


class Augmentation:
    """How the records of a training are changed."""

    def __init__(self, settings: AugmentationSettings, vocabulary: Vocabulary, seed: int) -> None:
        """Prepare the tables.

        Args:
            settings: What is done, and how often.
            vocabulary: What the tokens mean.
            seed: Of what is drawn.

        Raises:
            BioseqError: Proteins are to be turned to another strand.
        """
        self._settings = settings
        self._vocabulary = vocabulary
        self._seed = seed
        self._unknown = ord(ALPHABETS[vocabulary.molecule].unknown)
        self._complements = _complements(vocabulary) if settings.reverse_complement else None

    @staticmethod
    def changes(settings: AugmentationSettings) -> bool:
        """Whether any training record is changed."""
        return bool(settings.reverse_complement) or Augmentation.never_ends(settings)

    @staticmethod
    def never_ends(settings: AugmentationSettings) -> bool:
        """Whether records become new ones in each epoch, and not just one of a few."""
        return bool(settings.substitution or settings.masking or settings.shift)

    def changed(self, records: TokenColumn, *, epoch: int, step: int) -> TokenColumn:
        """The records of a batch as they are seen this time: as many, in the same order, each as long as before.

        Args:
            records: The batch.
            epoch: 1-based.
            step: Of the epoch, 0-based.
        """
        settings = self._settings
        chance = np.random.default_rng([self._seed, epoch, step, _STREAM])
        letters, offsets = self._vocabulary.spell(records)
        if settings.shift:
            distances = chance.integers(-settings.shift, settings.shift + 1, len(records))
            letters = shifted(letters, offsets, distances, unknown=self._unknown)
        if self._complements is not None:
            turned = chance.random(len(records)) < settings.reverse_complement
            letters = on_other_strand(letters, offsets, turned, self._complements)
        if settings.substitution:
            letters = substituted(letters, settings.substitution, self._vocabulary.molecule, chance)
        if settings.masking:
            letters = np.where(chance.random(len(letters)) < settings.masking, np.uint8(self._unknown), letters)
        return self._vocabulary.encode(letters, offsets)


def augmentation_of(job: TrainingInput) -> Augmentation | None:
    """How the records of a training are changed; None when they are not.

    Raises:
        BioseqError: Proteins are to be turned to another strand.
    """
    if not Augmentation.changes(job.augmentation):
        return None
    return Augmentation(job.augmentation, job.vocabulary, job.settings.seed)


def shifted(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], distances: NDArray[np.int64], *, unknown: int
) -> NDArray[np.uint8]:
    """Each record moved by so many letters, to the right where positive, `(T,)`.

    What leaves at one end is lost; unknown letters come in at the other. At least one letter of a record stays.

    Args:
        letters: `(T,)`.
        offsets: Where records start, and the end of the last, `(N + 1,)`.
        distances: `(N,)`.
        unknown: The letter that comes in.
    """
    lengths = np.diff(offsets)
    distances = np.clip(distances, 1 - lengths, lengths - 1)
    sources = np.arange(len(letters)) - np.repeat(distances, lengths)
    inside = (sources >= np.repeat(offsets[:-1], lengths)) & (sources < np.repeat(offsets[1:], lengths))
    moved: NDArray[np.uint8] = np.where(inside, letters[np.clip(sources, 0, len(letters) - 1)], np.uint8(unknown))
    return moved


def on_other_strand(
    letters: NDArray[np.uint8], offsets: NDArray[np.int64], turned: NDArray[np.bool_], complements: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """The reverse complement of some records, `(T,)`.

    Args:
        letters: `(T,)`.
        offsets: Where records start, and the end of the last, `(N + 1,)`.
        turned: Which records, `(N,)`.
        complements: Letter to its complement, `(256,)`.
    """
    lengths = np.diff(offsets)
    chosen = np.repeat(turned, lengths)
    places = np.flatnonzero(chosen)
    mirrored = np.repeat(offsets[:-1] + offsets[1:] - 1, lengths)[places] - places
    written = letters.copy()
    written[places] = complements[letters[mirrored]]
    return written


def substituted(
    letters: NDArray[np.uint8], rate: float, molecule: Molecule, chance: np.random.Generator
) -> NDArray[np.uint8]:
    """Some residues exchanged for others, `(T,)`; letters that are no residue stay.

    Args:
        letters: `(T,)`.
        rate: Probability of each residue to be exchanged.
        molecule: Proteins follow `replacements`; bases become each other one equally often.
        chance: What draws.
    """
    residues = np.frombuffer(ALPHABETS[molecule].residues.encode(), np.uint8)
    numbers = np.full(256, -1, np.int64)
    numbers[residues] = np.arange(len(residues))
    places = np.flatnonzero((chance.random(len(letters)) < rate) & (numbers[letters] >= 0))
    old = numbers[letters[places]]
    if molecule is Molecule.PROTEIN:
        drawn = 1.0 - chance.random(len(places))  # above 0, at most 1
        below = np.cumsum(replacements(), axis=1)
        new = (below[old] / below[old, -1:] < drawn[:, None]).sum(1)
    else:
        new = (old + chance.integers(1, len(residues), len(places))) % len(residues)
    written = letters.copy()
    written[places] = residues[new]
    return written


@cache
def replacements() -> NDArray[np.float64]:
    """Probability that an amino acid, when it is exchanged, becomes each other one, `(20, 20)`, rows sum to 1.

    From BLOSUM62 (Henikoff & Henikoff 1992, 10.1073/pnas.89.22.10915), whose scores are logarithms of how much more
    often than by chance two amino acids stand at one place of related proteins: `s_ij = ln(q_ij / (p_i p_j)) / scale`.
    The scale and the frequencies p are those that the scores themselves imply, with `sum_j p_j exp(scale s_ij) = 1` for
    each i and `sum p = 1` (Yu, Wootton & Altschul 2003, 10.1073/pnas.2533904100). A residue never becomes itself.
    """
    from Bio.Align import substitution_matrices
    from scipy.optimize import brentq

    matrix = substitution_matrices.load("BLOSUM62")
    residues = ALPHABETS[Molecule.PROTEIN].residues
    scores = np.array([[float(matrix[one, other]) for other in residues] for one in residues])

    def frequencies(scale: float) -> NDArray[np.float64]:
        return np.linalg.solve(np.exp(scale * scores), np.ones(len(residues))).astype(np.float64)

    scale = brentq(lambda tried: frequencies(tried).sum() - 1, _LEAST_SCALE, _LARGEST_SCALE)
    chances = frequencies(scale) * np.exp(scale * scores)
    np.fill_diagonal(chances, 0.0)
    shares: NDArray[np.float64] = chances / chances.sum(1, keepdims=True)
    shares.flags.writeable = False
    return shares


def _complements(vocabulary: Vocabulary) -> NDArray[np.uint8]:
    """Letter to its complement, `(256,)`; what is no residue stays as it is.

    Raises:
        BioseqError: The molecule has no other strand.
    """
    letters = type(vocabulary)(vocabulary.molecule)
    residues = np.frombuffer(ALPHABETS[vocabulary.molecule].residues.encode(), np.uint8)
    special = letters.size - len(residues)
    table = np.arange(256, dtype=np.uint8)
    table[residues] = residues[letters.complements()[special:] - special]
    return table
