"""The profile of the training records that model files of older versions hold: they are flagged as they were.

How likely each word of a few letters is, by itself and after the letters before it, and, where all records have one
length, how likely each letter is at each position. Nothing is learnt here any more (`domain` does). numpy only.

Shapes: N records, L positions, A residues, k letters per word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.prediction.residues import compositions, places_of, residue_blocks, residues_of
from bioseq.prediction.table import Flag
from bioseq.sequences.alphabets import Molecule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset

    Floats = NDArray[np.float64]

_LONGEST_WORD = {Molecule.DNA: 8, Molecule.RNA: 8, Molecule.PROTEIN: 3}
_MOST_POSITIONS = 2_000


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """How likely words and letters are.

    Attributes:
        molecule: What the records are made of.
        k: Letters per word.
        words: Logarithm of the likelihood of each word, nats, float32 `(A**k,)`.
        positions: Logarithm of the likelihood of each letter at each position, nats, float32 `(L, A)`; no positions
            where the records have several lengths.
    """

    molecule: Molecule
    k: int
    words: NDArray[np.float32]
    positions: NDArray[np.float32]

    def of_records(self, records: Dataset) -> tuple[Floats, Floats]:
        """Mean over the words, and over the positions, of each record, two times `(N,)`; 0 where it has none."""
        residues = residues_of(self.molecule)
        by_words, by_places = [], []
        for codes, offsets in residue_blocks(records, self.molecule):
            by_words.append(self._of_words(codes, offsets, residues))
            by_places.append(self._of_places(codes, offsets, residues))
        empty = np.zeros(0)
        return np.concatenate([empty, *by_words]), np.concatenate([empty, *by_places])

    def _of_words(self, codes: NDArray[np.uint8], offsets: NDArray[np.int64], residues: int) -> Floats:
        words, inside = _words(codes, offsets, residues, self.k)
        likely = self.words[words]
        likely[~inside] = 0
        count = np.maximum(np.diff(offsets) - self.k + 1, 0)
        total = np.add.reduceat(likely, offsets[:-1], dtype=np.float64) if len(likely) else np.zeros(len(count))
        return np.where(count > 0, total / np.maximum(count, 1), 0.0)

    def _of_places(self, codes: NDArray[np.uint8], offsets: NDArray[np.int64], residues: int) -> Floats:
        length = len(self.positions)
        lengths = np.diff(offsets)
        if not length:
            return np.zeros(len(lengths))
        if (lengths == length).all():
            at = codes.reshape(-1, length) + (np.arange(length, dtype=np.int32) * residues)
            usual: Floats = self.positions.ravel()[at].sum(axis=1, dtype=np.float64) / length
            return usual
        at = places_of(offsets)
        likely = np.zeros(len(codes))
        near = at < length
        likely[near] = self.positions[at[near], codes[near]]
        return np.add.reduceat(likely, offsets[:-1]) / np.minimum(lengths, length)


@dataclass(frozen=True, slots=True, eq=False)
class OlderDomain:
    """The profile of the training records of a model.

    Attributes:
        likelihood: Of words and letters.
        shares: Share of each residue, `(A,)`.
        usual: Mean score of the words; its variance where a record is endless; that of one more word; the same three of
            the positions, `(6,)`.
        repetitive: Standard deviations above the mean beyond which words are too likely.
        far: Distance from which a record is far.
        unlike: Distance of the shares of residues from which letters are unlike those of training.
        shortest: Letters, below which are 1 of 100 training records.
        longest: Letters, above which are 1 of 100.
    """

    likelihood: Likelihood
    shares: Floats
    usual: Floats
    repetitive: float
    far: float
    unlike: float
    shortest: float
    longest: float

    def distances(self, records: Dataset) -> Floats:
        """How far each record is, standard deviations of training records, 0 and up, `(N,)`.

        Args:
            records: Cleaned as in training, none of them empty.
        """
        return _distances(self.likelihood.of_records(records), records.lengths, self)

    def flags(self, records: Dataset) -> NDArray[np.uint8]:
        """`Flag.UNLIKE_LETTERS` or `Flag.FAR_FROM_TRAINING` for records that are far, `(N,)`."""
        flags = np.zeros(len(records), np.uint8)
        far = np.flatnonzero(self.distances(records) > self.far)
        if len(far):
            odd = _oddness(records.take(far), self.likelihood.molecule, self.shares) > self.unlike
            flags[far] = np.where(odd, Flag.UNLIKE_LETTERS, Flag.FAR_FROM_TRAINING).astype(np.uint8)
        return flags

    @classmethod
    def from_arrays(cls, arrays: Weights, molecule: Molecule) -> OlderDomain:
        """The profile in these arrays, which may be of anyone.

        Raises:
            ValueError: The arrays are not those of a profile.
        """
        residues = residues_of(molecule)
        words, positions = arrays["words"], arrays["positions"]
        sizes = {residues**k: k for k in range(1, _LONGEST_WORD[molecule] + 1)}
        fits = (
            words.dtype == positions.dtype == np.float32
            and words.ndim == 1
            and len(words) in sizes
            and positions.ndim == 2
            and positions.shape[1] == residues
            and len(positions) <= _MOST_POSITIONS
            and arrays["shares"].shape == (residues,)
            and arrays["usual"].shape == (6,)
            and arrays["limits"].shape == (5,)
        )
        if not fits or not all(np.isfinite(array).all() for array in arrays.values()):
            raise ValueError("the profile of the training records does not fit")
        likelihood = Likelihood(molecule, sizes[len(words)], words, positions)
        limits = [float(limit) for limit in arrays["limits"]]
        shares, usual = (np.asarray(arrays[name], np.float64) for name in ("shares", "usual"))
        return cls(likelihood, shares, usual, *limits)


def _distances(scores: tuple[Floats, Floats], lengths: NDArray[np.int64], domain: OlderDomain) -> Floats:
    """Unlikely words and unlikely letters at their positions add up as squares; far too likely words count too."""
    words, places = scores
    count = np.maximum(lengths - domain.likelihood.k + 1, 1)
    by_words = _deviations(words, count, domain.usual[:3])
    low = np.minimum(by_words, 0.0) ** 2
    if len(domain.likelihood.positions):
        low += np.minimum(_deviations(places, lengths, domain.usual[3:]), 0.0) ** 2
    repetitive = np.where(by_words > domain.repetitive, by_words * domain.far / domain.repetitive, 0.0)
    distances: Floats = np.maximum(np.sqrt(low), repetitive)
    distances[lengths < domain.likelihood.k] = 0.0
    return distances


def _deviations(scores: Floats, counts: NDArray[np.int64], usual: Floats) -> Floats:
    mean, endless, each = usual
    deviations: Floats = (scores - mean) / np.sqrt(endless + each / counts)
    return deviations


def _oddness(records: Dataset, molecule: Molecule, shares: Floats) -> Floats:
    """How much the shares of residues differ from those of training: half of the sum of differences, [0, 1], `(N,)`."""
    odd: Floats = np.abs(compositions(records, molecule) - shares).sum(axis=1) / 2
    return odd


def _words(
    codes: NDArray[np.uint8], offsets: NDArray[np.int64], residues: int, k: int
) -> tuple[NDArray[np.uint16], NDArray[np.bool_]]:
    """The word that begins at each letter, and whether it ends within the record, two times `(letters,)`."""
    words = codes.astype(np.uint16)
    count = len(codes)
    for letter in range(1, k):
        words *= np.uint16(residues)
        words[: max(0, count - letter)] += codes[letter:]
    inside = np.ones(count, np.bool_)
    for letter in range(1, k):
        ends = offsets[1:] - letter
        inside[ends[ends >= offsets[:-1]]] = False
    return words, inside
