"""What similar records there are in files: clusters, pairs across the split that the files make, pairs between classes.

numpy only; for the command line and for the Data page.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.loading import policy_of
from bioseq.config.relatives import clusters_of, divide, likeness_of, strand_blind
from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.json_values import Count, Finite, decode
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import clean
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.similarity.clusters import Nearest, nearest
from bioseq.sequences.similarity.letters import same_molecule
from bioseq.sequences.similarity.pairs import PairAlignment, pair_alignment, read_alignment
from bioseq.sequences.similarity.windows import are_windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.relatives import Likeness
    from bioseq.config.schema import Configuration
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.reading import Reading
    from bioseq.sequences.similarity.clusters import Clusters

    Progress = Callable[[int, int], None]

LISTED = 20
"""Clusters and pairs that are listed."""
BINS = 20
"""Bins of identity, equally wide over [0, 1]."""
SIZES = (1, 2, 3, 6, 11, 31, 101)
"""Least records of a cluster in each class of sizes."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ClusterShown:
    """One cluster: its records, the id of the one that stands for it, and how many records of each class it has."""

    records: Count
    representative: str
    classes: dict[str, Count]


@dataclass(frozen=True, slots=True)
class PairShown:
    """Two similar records: ids, classes and splits, how alike they are, [0, 1], and how they align, where known."""

    first: str
    first_label: str
    first_split: str
    second: str
    second_label: str
    second_split: str
    identity: Finite
    alignment: PairAlignment | None = None


@dataclass(frozen=True, slots=True)
class SideShown:
    """Records that are kept back from training, and their nearest training records.

    Attributes:
        split: "test" or "validation".
        records: How many there are.
        similar: Of those, the ones that are similar to a training record.
        copies: Of those, the ones that stand in the training data letter by letter.
        counts: Records per bin of identity to the nearest training record, `(BINS,)`.
        drawn: They were drawn as training would draw them; the files do not name them.
    """

    split: str
    records: Count
    similar: Count
    copies: Count
    counts: tuple[Count, ...]
    drawn: bool


@dataclass(frozen=True, slots=True)
class Kinship:
    """Similar records of a data set.

    Attributes:
        records: Records looked at.
        clusters: Clusters, of one record too.
        alone: Records that are similar to no other.
        identity: From which two are similar, (0, 1].
        both_strands: Reverse complements were compared too.
        method: How, in words.
        largest: The largest clusters of at least two records.
        mixed: Clusters with records of several classes.
        kept_back: Test and validation records: those of the files, or drawn where that was asked for.
        across: Of those, the ones that are similar to a training record.
        across_pairs: The most alike of them, with their nearest training records.
        between_pairs: Similar records of different classes that were found, the most alike first.
        copies: Records whose sequence stands earlier in the data, letter by letter.
        by_size: Records in clusters of each class of `SIZES`.
        sides: What is kept back, by split; without splits that have no record.
        clusters_across: Clusters with records on both sides of the split.
        training_across: Training records in those.
        drawn: How records that the files do not name were drawn, as `config.relatives.Drawn.how`.
    """

    records: Count
    clusters: Count
    alone: Count
    identity: Finite
    both_strands: bool
    method: str
    largest: tuple[ClusterShown, ...]
    mixed: Count
    kept_back: Count
    across: Count
    across_pairs: tuple[PairShown, ...]
    between_pairs: tuple[PairShown, ...]
    copies: Count
    by_size: tuple[Count, ...]
    sides: tuple[SideShown, ...]
    clusters_across: Count
    training_across: Count
    drawn: str

    @property
    def sentence(self) -> str:
        """The main thing, for people."""
        text = (
            f"{self.records:,} records form {self.clusters:,} clusters at {100 * self.identity:.0f} % identity; "
            f"{self.alone:,} are similar to no other."
        )
        if self.kept_back:
            text += f" {self.across:,} of {self.kept_back:,} records kept back are similar to a training record."
        if self.mixed:
            text += f" {self.mixed:,} clusters hold records of several classes."
        return text

    @classmethod
    def open(cls, path: Path) -> Kinship:
        """Read what `save` wrote.

        Raises:
            BioseqError: There is nothing, or it is damaged.
        """
        try:
            found = decode(cls, path.read_bytes())
            for pair in (*found.across_pairs, *found.between_pairs):
                read_alignment(None if pair.alignment is None else asdict(pair.alignment))
        except (OSError, ValueError, TypeError) as error:
            raise BioseqError(
                "similarity.unreadable",
                "What was found of similar sequences cannot be read.",
                where=str(path),
                remedy="Look for them again.",
            ) from error
        return found

    def save(self, path: Path) -> None:
        """Write it as JSON, durably."""
        write_json(path, asdict(self))


def kinship_of(
    reading: Reading, config: Configuration, *, draw: bool = False, progress: Progress | None = None
) -> Kinship:
    """Look for similar records among all that were read.

    Args:
        reading: Files as read; test records that stand in training are not taken out.
        config: What happens to faulty records, what counts as similar, and how records are kept back.
        draw: Keep records back where the files name none, in the way that training does it.
        progress: Called with steps done and all; may raise to end the work.
    """
    both_strands = strand_blind(config) and reading.molecule is not Molecule.PROTEIN
    data = config.data.model_copy(
        update={"test_in_train": "keep", "conflicting_labels": "keep", "repeated_sequences": "keep", "longest": 0}
    )
    dataset = clean(reading.dataset, reading.molecule, policy_of(data, both_strands=both_strands)).dataset
    likeness = likeness_of(config.split, dataset, reading.molecule, both_strands=both_strands)
    found = clusters_of(dataset, likeness, _half(progress, 0))
    named, drawn = {Split(int(split)) for split in np.unique(dataset.splits)}, ""
    if draw:
        dataset, drawn = _drawn(dataset, found, config)
    sides, across_pairs = _across(dataset, likeness, named, _half(progress, 1))
    spanning, training_across = _spanning(dataset, found)
    sizes = found.sizes
    classes = _classes(dataset, found)
    return Kinship(
        records=len(dataset),
        clusters=len(found),
        alone=int((sizes == 1).sum()),
        identity=likeness.identity,
        both_strands=likeness.both_strands,
        method=found.method,
        largest=tuple(
            _shown(dataset, found, classes, int(number))
            for number in np.argsort(-sizes, kind="stable")[:LISTED]
            if sizes[number] > 1
        ),
        mixed=int(((classes > 0).sum(axis=1) > 1).sum()),
        kept_back=sum(side.records for side in sides),
        across=sum(side.similar for side in sides),
        across_pairs=across_pairs,
        between_pairs=_between(dataset, found, likeness),
        copies=_copies(dataset, likeness),
        by_size=_by_size(sizes),
        sides=sides,
        clusters_across=spanning,
        training_across=training_across,
        drawn=drawn,
    )


def _half(progress: Progress | None, half: int) -> Progress | None:
    """Progress of the first or second half of the work; as many steps in each as the half itself counts."""
    if progress is None:
        return None
    return lambda done, total: progress(half * total + done, 2 * total)


def _drawn(dataset: Dataset, found: Clusters, config: Configuration) -> tuple[Dataset, str]:
    """The records with the split that training would draw, and how it would: as `Drawn.how`."""
    divided = divide(config.split, dataset, found.numbers if config.split.method == "similarity" else None)
    return replace(dataset, splits=divided.splits), divided.how


def _across(
    dataset: Dataset, likeness: Likeness, named: set[Split], progress: Progress | None
) -> tuple[tuple[SideShown, ...], tuple[PairShown, ...]]:
    """What is kept back, with its relatives in training, and the most alike pairs; `named` are splits of the files."""
    held = np.flatnonzero(np.isin(dataset.splits, [Split.TEST, Split.VALIDATION]))
    train = dataset.rows_of(Split.TRAIN)
    found = _nearest(dataset.take(train), dataset.take(held), likeness, progress)
    similar = found.identity >= likeness.identity - _ROUNDING
    close = np.flatnonzero(similar)
    listed = close[np.argsort(-found.identity[close], kind="stable")][:LISTED]
    pairs = tuple(
        _pair(dataset, int(held[place]), int(train[found.rows[place]]), float(found.identity[place]), likeness)
        for place in listed.tolist()
    )
    sides = []
    for split in (Split.TEST, Split.VALIDATION):
        own = dataset.splits[held] == split
        counts, _ = np.histogram(np.minimum(1.0, found.identity[own] + _ROUNDING), BINS, (0.0, 1.0))
        sides.append(
            SideShown(
                split=split.name.lower(),
                records=int(own.sum()),
                similar=int(similar[own].sum()),
                copies=int(found.copies[own].sum()),
                counts=tuple(counts.tolist()),
                drawn=split not in named,
            )
        )
    return tuple(side for side in sides if side.records), pairs


def _nearest(train: Dataset, held: Dataset, likeness: Likeness, progress: Progress | None) -> Nearest:
    if not len(train) or not len(held):
        count = len(held)
        return Nearest(np.zeros(count), np.full(count, -1, np.int64), np.zeros(count, np.bool_), "")
    return nearest(
        train,
        held,
        molecule=likeness.molecule,
        identity=likeness.identity,
        coverage=likeness.coverage,
        both_strands=likeness.both_strands,
        progress=progress,
    )


def _spanning(dataset: Dataset, found: Clusters) -> tuple[int, int]:
    """Clusters with records on both sides of the split, and training records in them."""
    held = np.isin(dataset.splits, [Split.TEST, Split.VALIDATION])
    train = dataset.splits == Split.TRAIN
    kept = np.bincount(found.numbers[held], minlength=len(found))
    learnt = np.bincount(found.numbers[train], minlength=len(found))
    both = (kept > 0) & (learnt > 0)
    return int(both.sum()), int(learnt[both].sum())


def _copies(dataset: Dataset, likeness: Likeness) -> int:
    first = same_molecule(dataset, likeness.molecule, both_strands=likeness.both_strands)
    return int(((first != np.arange(len(dataset))) & (dataset.lengths > 0)).sum())


def _by_size(sizes: NDArray[np.int64]) -> tuple[int, ...]:
    kinds = np.searchsorted(SIZES, sizes, side="right") - 1
    return tuple(np.bincount(kinds, weights=sizes, minlength=len(SIZES)).astype(int).tolist())


def _classes(dataset: Dataset, found: Clusters) -> NDArray[np.int64]:
    """Records of each cluster and class, `(K, C)`; those without a label are not counted."""
    kinds = max(1, len(dataset.label_names))
    labelled = np.flatnonzero(dataset.labels != NO_LABEL)
    cells = found.numbers[labelled] * kinds + dataset.labels[labelled]
    return np.bincount(cells, minlength=len(found) * kinds).reshape(-1, kinds)


def _shown(dataset: Dataset, found: Clusters, classes: NDArray[np.int64], number: int) -> ClusterShown:
    names = dict(zip(dataset.label_names, classes[number].tolist(), strict=False))
    representative = dataset.ids[int(found.representatives[number])]
    return ClusterShown(int(found.sizes[number]), representative, {name: n for name, n in names.items() if n})


def _between(dataset: Dataset, found: Clusters, likeness: Likeness) -> tuple[PairShown, ...]:
    labels = dataset.labels[found.pairs]
    differ = np.flatnonzero((labels[:, 0] != labels[:, 1]) & (labels >= 0).all(axis=1))
    listed = differ[np.argsort(-found.identities[differ], kind="stable")][:LISTED]
    return tuple(
        _pair(dataset, int(found.pairs[place, 0]), int(found.pairs[place, 1]), float(found.identities[place]), likeness)
        for place in listed.tolist()
    )


def _pair(dataset: Dataset, first: int, second: int, identity: float, likeness: Likeness) -> PairShown:
    def facts(row: int) -> tuple[str, str, str]:
        label = int(dataset.labels[row])
        name = dataset.label_names[label] if label >= 0 else ""
        return dataset.ids[row], name, Split(int(dataset.splits[row])).name.lower()

    letters = dataset.sequence(first), dataset.sequence(second)
    alignment = pair_alignment(
        *letters, likeness.molecule, both_strands=likeness.both_strands, windows=are_windows(dataset)
    )
    return PairShown(*facts(first), *facts(second), identity, alignment)
