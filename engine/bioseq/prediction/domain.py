"""How far a record is from the records that a model was trained on.

A model answers for every sequence, and as surely for one of another kind. So the training records leave a profile in
the bundle: which lengths are usual; how likely each word of a few letters is, by itself and after the letters before
it (Markov chains, as in Salzberg et al. 1998, 10.1093/nar/26.2.544); and, where all have one length, how likely each
letter is at each position. What held-out halves of the training records score tells how unlikely is usual. A record is
far when it is less likely than all but one of a hundred of those, or so repetitive that its words are likelier than
those of all but one of a thousand. numpy only.

Shapes: N records, L positions, A residues, k letters per word.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.baselines import stratified_sample
from bioseq.prediction.table import Flag
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset

    Floats = NDArray[np.float64]

FEWEST_RECORDS = 50
"""Training records below which nothing is said of what is usual."""
MOST_RECORDS = 20_000
_MOST_LETTERS = 1 << 23
_LONGEST_WORD = {Molecule.DNA: 8, Molecule.RNA: 8, Molecule.PROTEIN: 3}
_LETTERS_PER_WORD = {Molecule.DNA: 8, Molecule.RNA: 8, Molecule.PROTEIN: 2}
"""Training letters for each word that there could be, at least."""
_MOST_POSITIONS = 2_000
_BLOCK = 1 << 18
"""Letters scored in one go, so that all steps find them in the cache."""
_FIRST_RESIDUE = 2
_USUAL = 0.99
_REPETITIVE = 0.999
_PSEUDO = 0.5
_LENGTHS = (0.01, 0.99)
_LEAST_SPREAD = 1e-3


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

    @classmethod
    def of(cls, records: Dataset, molecule: Molecule, k: int, *, by_position: bool) -> Likelihood:
        """What these records, none of them empty, make likely."""
        residues = len(ALPHABETS[molecule].residues)
        counts = np.full(residues**k, _PSEUDO)
        length = min(_MOST_POSITIONS, int(records.lengths.max(initial=0))) if by_position else 0
        places = np.full(length * residues, _PSEUDO)
        for codes, offsets in _blocks(records, molecule):
            words, inside = _words(codes, offsets, residues, k)
            counts += np.bincount(words[inside], minlength=len(counts))
            if length:
                at = np.arange(len(codes)) - np.repeat(offsets[:-1], np.diff(offsets))
                near = at < length
                places += np.bincount(at[near] * residues + codes[near], minlength=len(places))
        following = counts.reshape(-1, residues)
        likely = np.log(counts / counts.sum()) / k
        likely += np.log(following / following.sum(axis=1, keepdims=True)).ravel()
        at_places = places.reshape(length, residues)
        told = np.log(at_places / at_places.sum(axis=1, keepdims=True)) if length else at_places
        return cls(molecule, k, likely.astype(np.float32), told.astype(np.float32))

    def of_records(self, records: Dataset) -> tuple[Floats, Floats]:
        """Mean over the words, and over the positions, of each record, two times `(N,)`; 0 where it has none."""
        residues = len(ALPHABETS[self.molecule].residues)
        by_words, by_places = [], []
        for codes, offsets in _blocks(records, self.molecule):
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
        at = np.arange(len(codes)) - np.repeat(offsets[:-1], lengths)
        likely = np.zeros(len(codes))
        near = at < length
        likely[near] = self.positions[at[near], codes[near]]
        return np.add.reduceat(likely, offsets[:-1]) / np.minimum(lengths, length)


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
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

    def to_arrays(self) -> Weights:
        """All of it as named arrays, for the bundle."""
        limits = [self.repetitive, self.far, self.unlike, self.shortest, self.longest]
        return {
            "words": self.likelihood.words,
            "positions": self.likelihood.positions,
            "shares": self.shares,
            "usual": self.usual,
            "limits": np.array(limits),
        }

    @classmethod
    def from_arrays(cls, arrays: Weights, molecule: Molecule) -> Domain:
        """The inverse of `to_arrays`, for arrays of anyone.

        Raises:
            ValueError: The arrays are not those of a profile.
        """
        residues = len(ALPHABETS[molecule].residues)
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


def fit_domain(train: Dataset, molecule: Molecule, *, seed: int = 1) -> Domain | None:
    """The profile of training records; None where they are too few to tell what is usual.

    Args:
        train: Cleaned labelled training records, none of them empty; very many are sampled.
        molecule: What they are made of.
        seed: Draws halves and samples.
    """
    if len(train) < FEWEST_RECORDS:
        return None
    mean = max(1.0, float(train.lengths.mean()))
    most = max(FEWEST_RECORDS, min(MOST_RECORDS, int(_MOST_LETTERS / mean)))
    some = train.take(stratified_sample(train.labels, most, seed))
    k = _word_length(int(some.lengths.sum()), molecule)
    by_position = bool((some.lengths == some.lengths[0]).all())
    order = np.random.default_rng(seed).permutation(len(some))
    parts = some.take(np.sort(order[::2])), some.take(np.sort(order[1::2]))
    scores = [
        Likelihood.of(own, molecule, k, by_position=by_position).of_records(other)
        for own, other in (parts, parts[::-1])
    ]
    words, places = (np.concatenate(kept_back) for kept_back in zip(*scores, strict=True))
    lengths = np.concatenate([parts[1].lengths, parts[0].lengths])
    count = np.maximum(lengths - k + 1, 1)
    usual = np.array([*_usual(words, count), *_usual(places, lengths)])
    shares = _shares(some, molecule).mean(axis=0)
    shortest, longest = (float(bound) for bound in np.quantile(train.lengths, _LENGTHS))
    draft = Domain(
        likelihood=Likelihood.of(some, molecule, k, by_position=by_position),
        shares=shares,
        usual=usual,
        repetitive=max(1.0, float(np.quantile(_deviations(words, count, usual[:3]), _REPETITIVE))),
        far=1.0,
        unlike=float(np.quantile(_oddness(some, molecule, shares), _USUAL)),
        shortest=shortest,
        longest=longest,
    )
    far = float(np.quantile(_distances((words, places), lengths, draft), _USUAL))
    return replace(draft, far=max(1.0, far))


def _word_length(letters: int, molecule: Molecule) -> int:
    """The longest words that so many letters tell the likelihood of."""
    residues, least = len(ALPHABETS[molecule].residues), _LETTERS_PER_WORD[molecule]
    return max(k for k in range(1, _LONGEST_WORD[molecule] + 1) if k == 1 or least * residues**k <= letters)


def _distances(scores: tuple[Floats, Floats], lengths: NDArray[np.int64], domain: Domain) -> Floats:
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


def _usual(scores: Floats, counts: NDArray[np.int64]) -> tuple[float, float, float]:
    """Mean of scores that are means over some words each, and their variance as a + b / words (least squares)."""
    mean = float(np.median(scores))
    squares = (scores - mean) ** 2
    squares = np.minimum(squares, np.quantile(squares, _USUAL))
    inverse = 1.0 / counts
    spread = float(np.var(inverse))
    least = _LEAST_SPREAD**2
    if spread <= 1e-6 * float(inverse.mean()) ** 2:
        return mean, max(float(squares.mean()), least), 0.0
    each = float(np.mean((inverse - inverse.mean()) * squares)) / spread
    each = min(max(each, 0.0), float(squares.mean()) / float(inverse.mean()))
    return mean, max(float(squares.mean()) - each * float(inverse.mean()), least), each


def _oddness(records: Dataset, molecule: Molecule, shares: Floats) -> Floats:
    """How much the shares of residues differ from those of training: half of the sum of differences, [0, 1], `(N,)`."""
    odd: Floats = np.abs(_shares(records, molecule) - shares).sum(axis=1) / 2
    return odd


def _shares(records: Dataset, molecule: Molecule) -> Floats:
    residues = len(ALPHABETS[molecule].residues)
    parts = []
    for codes, offsets in _blocks(records, molecule):
        lengths = np.diff(offsets)
        owners = np.repeat(np.arange(len(lengths)) * residues, lengths)
        counts = np.bincount(owners + codes, minlength=len(lengths) * residues).reshape(-1, residues)
        parts.append(counts / lengths[:, None])
    return np.concatenate([np.zeros((0, residues)), *parts])


def _blocks(records: Dataset, molecule: Molecule) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.int64]]]:
    """Numbers of the residues `(letters,)` and offsets of some records at a time; no residue counts as the first."""
    column = Vocabulary(molecule).encode(records.letters, records.offsets, counts=records.counts)
    first = 0
    while first < len(column):
        last = int(np.searchsorted(column.offsets, column.offsets[first] + _BLOCK, "right")) - 1
        last = max(first + 1, min(last, len(column)))
        offsets = column.offsets[first : last + 1]
        codes = np.maximum(column.tokens[offsets[0] : offsets[-1]], _FIRST_RESIDUE) - np.uint8(_FIRST_RESIDUE)
        yield codes.astype(np.uint8, copy=False), offsets - offsets[0]
        first = last


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
