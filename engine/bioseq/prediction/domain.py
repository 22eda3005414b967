"""How far a record is from the records that a model was trained on.

A model answers for every sequence, and as surely for one of another kind. So the training records leave a profile in
the bundle: which lengths are usual, and four measures of a record:

- its likelihood: letter after letter by a Markov chain (`markov`), and, where all records have one length, how much
  likelier its letters are at their positions, as a mixture of the classes (`positions`);
- its letters at their positions alone;
- how much of it repeats itself (`repeats`);
- how much of it stands in one training record (`nearest`), where that helps.

What records score that were held out when the profile was learnt tells what is usual. Likelihood and nearest record
are put together; positions and repeats count where they alone are unusual. What is farther than 99 of 100 held-out
records by all of them is far. Old model files hold an older profile (`older_domain`). numpy only.

Shapes: N records, A residues, M measures.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.baselines import stratified_sample
from bioseq.evaluation.metrics import roc_auc
from bioseq.prediction.markov import MarkovChain, best_order
from bioseq.prediction.nearest import MOST_WORDS, Sketch
from bioseq.prediction.older_domain import OlderDomain
from bioseq.prediction.positions import MOST_NUMBERS, PositionProfile
from bioseq.prediction.repeats import LONGEST_UNIT, repetition
from bioseq.prediction.residues import compositions, residue_blocks, residues_of
from bioseq.prediction.table import Flag
from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset

    Floats = NDArray[np.float64]

FEWEST_RECORDS = 50
"""Training records below which nothing is said of what is usual."""
MOST_RECORDS = 20_000
_MOST_LETTERS = 1 << 23
_FOLDS = 5
_MOST_STRANGERS = 2_000
_USUAL = 0.99
_USUAL_OF_EACH = 0.995
_WEIGHT_OF_LIKELIHOOD = 0.5
_LENGTHS = (0.01, 0.99)
_LEAST_SPREAD = 1e-3
_LEAST_LIMIT = 0.1
_NO_WORSE = 0.005
"""ROC AUC that counts as no loss when it is asked whether the nearest training record helps."""
_LIKELIHOOD, _NEAREST, _POSITIONS, _REPEATS = range(4)
_SIGNS = np.array([-1.0, -1.0, -1.0, *[1.0] * LONGEST_UNIT])
"""Whether strangers have more of a measure, or less: likelihood, nearest record, positions, then each repeated unit."""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """What is measured of a record, learnt from training records.

    Attributes:
        molecule: What the records are made of.
        shares: Relative frequency of each residue, mean over the records, `(A,)`.
        chain: Of letters.
        positions: Of letters at their positions.
        sketch: Of the words of the training records.
    """

    molecule: Molecule
    shares: Floats
    chain: MarkovChain
    positions: PositionProfile
    sketch: Sketch

    @classmethod
    def fit(cls, records: Dataset, molecule: Molecule, order: int) -> Measures:
        """The measures for records like these, none of them empty; `order` is that of the chain."""
        return cls(
            molecule=molecule,
            shares=compositions(records, molecule).mean(axis=0),
            chain=MarkovChain.fit(records, molecule, order),
            positions=PositionProfile.fit(records, molecule),
            sketch=Sketch.fit(records, molecule),
        )

    def of(self, records: Dataset) -> Floats:
        """The measures of each record, `(M, N)`; NaN where one says nothing."""
        parts = [np.zeros((len(_SIGNS), 0))]
        by_chance = float((self.shares**2).sum())
        for codes, offsets in residue_blocks(records, self.molecule):
            lengths = np.diff(offsets)
            nothing = np.full(len(lengths), np.nan)
            by_position = self.positions.log_likelihood_ratios(codes, offsets)
            measures = [
                (self.chain.log_likelihoods(codes, offsets) + by_position) / lengths,
                self.sketch.containments(codes, offsets) if len(self.sketch) else nothing,
                by_position / lengths if self.positions.length else nothing,
                *repetition(codes, offsets, by_chance),
            ]
            parts.append(np.array(measures))
        return np.concatenate(parts, axis=1)


@dataclass(frozen=True, slots=True, eq=False)
class Domain:
    """The profile of the training records of a model.

    Attributes:
        measures: What is measured.
        usual: Of each measure: median; its variance where a record is endless; that of one more letter, `(M, 3)`.
        levels: Standard deviations in the direction of strangers that 1 of 100 held-out records exceeds, `(M,)`.
        limits: Of what counts together and of what counts alone: what 1 of 200 held-out records exceeds, `(2,)`.
        far: Distance from which a record is far, that of 1 of 100 held-out records; near 1.
        unlike: Distance of the shares of residues from which letters are unlike those of training.
        shortest: Letters, below which are 1 of 100 training records.
        longest: Letters, above which are 1 of 100.
    """

    measures: Measures
    usual: Floats
    levels: Floats
    limits: Floats
    far: float
    unlike: float
    shortest: float
    longest: float

    def distances(self, records: Dataset) -> Floats:
        """How far each record is, 0 and up; about 1 of 100 unseen records of the same kind is beyond `far`, `(N,)`.

        Args:
            records: Cleaned as in training, none of them empty.
        """
        deviations = _deviations(self.measures.of(records), records.lengths, self.usual)
        return _combine_scores(_parts(deviations, self.levels), self.limits)

    def flags(self, records: Dataset) -> NDArray[np.uint8]:
        """`Flag.UNLIKE_LETTERS` or `Flag.FAR_FROM_TRAINING` for records that are far, `(N,)`."""
        flags = np.zeros(len(records), np.uint8)
        far = np.flatnonzero(self.distances(records) > self.far)
        if len(far):
            odd = _oddness(records.take(far), self.measures) > self.unlike
            flags[far] = np.where(odd, Flag.UNLIKE_LETTERS, Flag.FAR_FROM_TRAINING).astype(np.uint8)
        return flags

    def to_arrays(self) -> Weights:
        """All of it as named arrays, for the bundle."""
        measures = self.measures
        return {
            "shares": measures.shares,
            "chain": measures.chain.to_array(),
            "positions": measures.positions.log_ratios,
            "priors": measures.positions.log_priors,
            "sketch": measures.sketch.hashes,
            "owners": measures.sketch.owners,
            "bound": np.array([measures.sketch.bound], np.int64),
            "usual": self.usual,
            "levels": self.levels,
            "limits": self.limits,
            "bounds": np.array([self.far, self.unlike, self.shortest, self.longest]),
        }

    @classmethod
    def from_arrays(cls, arrays: Weights, molecule: Molecule) -> Domain:
        """The inverse of `to_arrays`, for arrays of anyone.

        Raises:
            ValueError: The arrays are not those of a profile.
        """
        residues, count = residues_of(molecule), len(_SIGNS)
        kinds = {
            "shares": np.float64,
            "chain": np.float32,
            "positions": np.float32,
            "priors": np.float32,
            "sketch": np.uint32,
            "owners": np.uint16,
            "bound": np.int64,
            "usual": np.float64,
            "levels": np.float64,
            "limits": np.float64,
            "bounds": np.float64,
        }
        fits = all(arrays[name].dtype == kind and np.isfinite(arrays[name]).all() for name, kind in kinds.items())
        positions, priors, sketch = arrays["positions"], arrays["priors"], arrays["sketch"]
        fits = (
            fits
            and arrays["shares"].shape == (residues,)
            and positions.ndim == 3
            and positions.shape[2] == residues
            and 1 <= len(positions) == len(priors)
            and priors.ndim == 1
            and positions.size <= MOST_NUMBERS
            and sketch.shape == arrays["owners"].shape == (min(len(sketch), MOST_WORDS),)
            and bool((sketch[1:] >= sketch[:-1]).all())
            and arrays["bound"].shape == (1,)
            and 0 <= int(arrays["bound"][0]) < 1 << 32
            and arrays["usual"].shape == (count, 3)
            and bool((arrays["usual"][:, 1] > 0).all() and (arrays["usual"][:, 2] >= 0).all())
            and arrays["levels"].shape == (count,)
            and bool((arrays["levels"] > 0).all())
            and arrays["limits"].shape == (2,)
            and bool((arrays["limits"] > 0).all())
            and arrays["bounds"].shape == (4,)
        )
        if not fits:
            raise ValueError("the profile of the training records does not fit")
        measures = Measures(
            molecule=molecule,
            shares=arrays["shares"],
            chain=MarkovChain.from_array(arrays["chain"], residues),
            positions=PositionProfile(positions, priors),
            sketch=Sketch(residues, sketch, arrays["owners"], int(arrays["bound"][0])),
        )
        bounds = map(float, arrays["bounds"])
        return cls(measures, arrays["usual"], arrays["levels"], arrays["limits"], *bounds)


def domain_from(arrays: Weights, molecule: Molecule) -> Domain | OlderDomain:
    """The profile that the arrays of a bundle hold, also of an older version.

    Raises:
        ValueError: The arrays are not those of a profile.
        KeyError: Some are missing.
    """
    kind = OlderDomain if "words" in arrays else Domain
    return kind.from_arrays(arrays, molecule)


def fit_domain(
    train: Dataset, molecule: Molecule, *, groups: NDArray[np.int64] | None = None, seed: int = 1
) -> Domain | None:
    """The profile of training records; None where they are too few to tell what is usual.

    Args:
        train: Cleaned labelled training records, none of them empty; very many are sampled.
        molecule: What they are made of.
        groups: Records with the same number are held out together, `(N,)`, as the test records are where clusters of
            similar records were kept together; each for itself when None.
        seed: Draws folds and samples.
    """
    if len(train) < FEWEST_RECORDS:
        return None
    mean = max(1.0, float(train.lengths.mean()))
    most = max(FEWEST_RECORDS, min(MOST_RECORDS, int(_MOST_LETTERS / mean)))
    rows = stratified_sample(train.labels, most, seed)
    some = train.take(rows)
    folds = _folds(np.arange(len(some)) if groups is None else groups[rows], seed)
    learnt, held_out = _split_fold(some, folds, 0)
    measures = Measures.fit(learnt, molecule, best_order(learnt, held_out, molecule))
    strangers = _strangers(held_out, measures, seed)
    scores = np.zeros((len(_SIGNS), len(some)))
    for fold in range(_FOLDS):
        if fold:
            learnt, held_out = _split_fold(some, folds, fold)
            measures = Measures.fit(learnt, molecule, measures.chain.order)
        scores[:, folds == fold] = measures.of(held_out)
    measures = Measures.fit(some, molecule, measures.chain.order)
    shortest, longest = (float(bound) for bound in np.quantile(train.lengths, _LENGTHS))
    return _calibrate_levels(
        Domain(
            measures=measures,
            usual=np.array([_usual(measure, some.lengths) for measure in scores]),
            levels=np.ones(len(_SIGNS)),
            limits=np.ones(2),
            far=1.0,
            unlike=float(np.quantile(_oddness(some, measures), _USUAL)),
            shortest=shortest,
            longest=longest,
        ),
        scores,
        some.lengths,
        strangers,
        folds,
    )


def _calibrate_levels(
    draft: Domain,
    scores: Floats,
    lengths: NDArray[np.int64],
    strangers: list[tuple[Floats, NDArray[np.int64]]],
    folds: NDArray[np.int64],
) -> Domain:
    """Put the measures on their scales, leave out the nearest record where it does not help, and choose what is far."""
    deviations = _deviations(scores, lengths, draft.usual)
    levels = np.maximum(1.0, np.quantile(deviations, _USUAL, axis=1))
    others = [_deviations(measures, count, draft.usual) for measures, count in strangers]
    if not _nearest_helps(deviations[:, folds == 0], others, levels):
        deviations[_NEAREST] = 0.0
        without = replace(draft.measures, sketch=Sketch.empty(residues_of(draft.measures.molecule)))
        draft = replace(draft, measures=without)
    parts = _parts(deviations, levels)
    limits = np.maximum(_LEAST_LIMIT, np.quantile(parts, _USUAL_OF_EACH, axis=1))
    far = float(np.quantile(_combine_scores(parts, limits), _USUAL))
    return replace(draft, levels=levels, limits=limits, far=far)


def _nearest_helps(own: Floats, strangers: list[Floats], levels: Floats) -> bool:
    """Whether it tells some strangers better from held-out records, and none worse."""
    gains = []
    for others in strangers:
        strange = np.repeat([False, True], [own.shape[1], others.shape[1]])
        both = np.concatenate([own, others], axis=1)
        together = _parts(both, levels)[0]
        both[_NEAREST] = 0.0
        gains.append(roc_auc(strange, together) - roc_auc(strange, _parts(both, levels)[0]))
    return max(gains) > _NO_WORSE and min(gains) > -_NO_WORSE


def _strangers(held_out: Dataset, measures: Measures, seed: int) -> list[tuple[Floats, NDArray[np.int64]]]:
    """Measures and lengths of random letters, and of held-out records with their letters shuffled."""
    chance = np.random.default_rng(seed)
    some = held_out.take(np.arange(min(len(held_out), _MOST_STRANGERS)))
    residues = np.frombuffer(ALPHABETS[measures.molecule].residues.encode(), np.uint8)
    owners = np.repeat(np.arange(len(some)), some.lengths)
    shuffled = some.letters[np.lexsort((chance.random(len(owners)), owners)) + some.offsets[0]]
    letters = (residues[chance.integers(0, len(residues), len(owners))], shuffled)
    made = [replace(some, letters=each, offsets=some.offsets - some.offsets[0]) for each in letters]
    return [(measures.of(records), records.lengths) for records in made]


def _folds(groups: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """The fold that each record is held out with, [0, folds), `(N,)`; groups larger than a fold are divided."""
    _, numbers, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    alone = sizes[numbers] > len(groups) / _FOLDS
    numbers = np.where(alone, len(sizes) + np.arange(len(groups)), numbers)
    _, numbers, sizes = np.unique(numbers, return_inverse=True, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(sizes))
    folds = np.zeros(len(sizes), np.int64)
    middles = np.cumsum(sizes[order]) - sizes[order] / 2
    folds[order] = (middles * _FOLDS / len(groups)).astype(np.int64)
    return folds[numbers]


def _split_fold(records: Dataset, folds: NDArray[np.int64], fold: int) -> tuple[Dataset, Dataset]:
    return records.take(np.flatnonzero(folds != fold)), records.take(np.flatnonzero(folds == fold))


def _deviations(scores: Floats, lengths: NDArray[np.int64], usual: Floats) -> Floats:
    """Standard deviations from the usual in the direction of strangers, `(M, N)`; 0 where a measure says nothing."""
    median, endless, each = usual.T[:, :, None]
    deviations: Floats = _SIGNS[:, None] * (scores - median) / np.sqrt(endless + each / lengths)
    return np.nan_to_num(deviations, nan=0.0)


def _parts(deviations: Floats, levels: Floats) -> Floats:
    """What counts together, and what counts alone, `(2, N)`: about 1 where it is unusual.

    Together: likelihood and nearest record. Alone: positions, and the unit that is repeated most, where a repeat of
    likely letters is less strange than one of unlikely letters: some peptides are repeats by design.
    """
    scaled = deviations / levels[:, None]
    some = np.maximum(scaled, 0.0)
    repeats = some[_REPEATS:].max(axis=0)
    repeats += _WEIGHT_OF_LIKELIHOOD * np.maximum(scaled[_LIKELIHOOD], -1.0) * (repeats > 0)
    return np.array([np.hypot(some[_LIKELIHOOD], some[_NEAREST]), np.maximum(some[_POSITIONS], repeats)])


def _combine_scores(parts: Floats, limits: Floats) -> Floats:
    """All measures as one distance, `(N,)`.

    Positions and repeats say nothing of most strangers, so they count only beyond their limit: below it they would
    blur what likelihood and nearest record say.
    """
    together, alone = parts / limits[:, None]
    distances: Floats = np.maximum(together, np.where(alone > 1.0, alone, 0.0))
    return distances


def _usual(scores: Floats, lengths: NDArray[np.int64]) -> tuple[float, float, float]:
    """Median of scores that are means over some letters each, and their variance as a + b / letters (least squares)."""
    known = ~np.isnan(scores)
    if not known.any():
        return 0.0, 1.0, 0.0
    scores, inverse = scores[known], 1.0 / lengths[known]
    median = float(np.median(scores))
    squares = (scores - median) ** 2
    squares = np.minimum(squares, np.quantile(squares, _USUAL))
    spread = float(np.var(inverse))
    least = _LEAST_SPREAD**2
    if spread <= 1e-6 * float(inverse.mean()) ** 2:
        return median, max(float(squares.mean()), least), 0.0
    each = float(np.mean((inverse - inverse.mean()) * squares)) / spread
    each = min(max(each, 0.0), float(squares.mean()) / float(inverse.mean()))
    return median, max(float(squares.mean()) - each * float(inverse.mean()), least), each


def _oddness(records: Dataset, measures: Measures) -> Floats:
    """How much the shares of residues differ from those of training: half of the sum of differences, [0, 1], `(N,)`."""
    odd: Floats = np.abs(compositions(records, measures.molecule) - measures.shares).sum(axis=1) / 2
    return odd
