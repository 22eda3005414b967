"""What similar records there are in files: clusters, pairs across the split that the files make, pairs between classes.

numpy only; for the command line and for the Data page.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.config.loading import policy_of
from bioseq.config.relatives import clusters_of, likeness_of, strand_blind
from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import clean
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.similarity.clusters import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.relatives import Likeness
    from bioseq.config.schema import Configuration
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.reading import Reading
    from bioseq.sequences.similarity.clusters import Clusters

LISTED = 20
"""Clusters and pairs that are listed."""
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class ClusterShown:
    """One cluster: its records, the id of the one that stands for it, and how many records of each class it has."""

    records: int
    representative: str
    classes: dict[str, int]


@dataclass(frozen=True, slots=True)
class PairShown:
    """Two similar records: ids, classes and splits, and how alike they are, [0, 1]."""

    first: str
    first_label: str
    first_split: str
    second: str
    second_label: str
    second_split: str
    identity: float


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
        kept_back: Test and validation records of the files.
        across: Of those, the ones that are similar to a training record.
        across_pairs: The most alike of them, with their nearest training records.
        between_pairs: Similar records of different classes that were found, the most alike first.
    """

    records: int
    clusters: int
    alone: int
    identity: float
    both_strands: bool
    method: str
    largest: tuple[ClusterShown, ...]
    mixed: int
    kept_back: int
    across: int
    across_pairs: tuple[PairShown, ...]
    between_pairs: tuple[PairShown, ...]

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
            fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            fields["largest"] = tuple(ClusterShown(**one) for one in fields["largest"])
            for name in ("across_pairs", "between_pairs"):
                fields[name] = tuple(PairShown(**one) for one in fields[name])
            return cls(**fields)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise BioseqError(
                "similarity.unreadable",
                "What was found of similar sequences cannot be read.",
                where=str(path),
                remedy="Look for them again.",
            ) from error

    def save(self, path: Path) -> None:
        """Write it as JSON, durably."""
        write_json(path, asdict(self))


def kinship_of(
    reading: Reading, config: Configuration, *, progress: Callable[[int, int], None] | None = None
) -> Kinship:
    """Look for similar records among all that were read.

    Args:
        reading: Files as read; test records that stand in training are not taken out.
        config: What happens to faulty records, and what counts as similar.
        progress: Called with records done and all; may raise to end the work.
    """
    both_strands = strand_blind(config) and reading.molecule is not Molecule.PROTEIN
    data = config.data.model_copy(
        update={"test_in_train": "keep", "conflicting_labels": "keep", "repeated_sequences": "keep", "longest": 0}
    )
    dataset = clean(reading.dataset, reading.molecule, policy_of(data, both_strands=both_strands)).dataset
    likeness = likeness_of(config.split, dataset, reading.molecule, both_strands=both_strands)
    found = clusters_of(dataset, likeness, progress)
    kept_back, across, across_pairs = _across(dataset, likeness, progress)
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
        kept_back=kept_back,
        across=across,
        across_pairs=across_pairs,
        between_pairs=_between(dataset, found),
    )


def _across(
    dataset: Dataset, likeness: Likeness, progress: Callable[[int, int], None] | None
) -> tuple[int, int, tuple[PairShown, ...]]:
    held = np.flatnonzero(np.isin(dataset.splits, [Split.TEST, Split.VALIDATION]))
    train = dataset.rows_of(Split.TRAIN)
    if not len(held) or not len(train):
        return len(held), 0, ()
    found = nearest(
        dataset.take(train),
        dataset.take(held),
        molecule=likeness.molecule,
        identity=likeness.identity,
        coverage=likeness.coverage,
        both_strands=likeness.both_strands,
        progress=progress,
    )
    close = np.flatnonzero(found.identity >= likeness.identity - _ROUNDING)
    listed = close[np.argsort(-found.identity[close], kind="stable")][:LISTED]
    pairs = tuple(
        _pair(dataset, int(held[place]), int(train[found.rows[place]]), float(found.identity[place]))
        for place in listed.tolist()
    )
    return len(held), len(close), pairs


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


def _between(dataset: Dataset, found: Clusters) -> tuple[PairShown, ...]:
    labels = dataset.labels[found.pairs]
    differ = np.flatnonzero((labels[:, 0] != labels[:, 1]) & (labels >= 0).all(axis=1))
    listed = differ[np.argsort(-found.identities[differ], kind="stable")][:LISTED]
    return tuple(
        _pair(dataset, int(found.pairs[place, 0]), int(found.pairs[place, 1]), float(found.identities[place]))
        for place in listed.tolist()
    )


def _pair(dataset: Dataset, first: int, second: int, identity: float) -> PairShown:
    def facts(row: int) -> tuple[str, str, str]:
        label = int(dataset.labels[row])
        name = dataset.label_names[label] if label >= 0 else ""
        return dataset.ids[row], name, Split(int(dataset.splits[row])).name.lower()

    return PairShown(*facts(first), *facts(second), identity)
