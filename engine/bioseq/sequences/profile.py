"""The few numbers that describe a data set: for the Data page, for autofill, for the bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split
from bioseq.sequences.molecules import fold_case
from bioseq.sequences.quality import leaked_rows, same_sequence
from bioseq.sequences.ragged import letter_counts
from bioseq.sequences.text_column import gather_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUANTILES = (0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1)
_MOST_BINS = 40


@dataclass(frozen=True, slots=True)
class DataProfile:
    """Counts, lengths and composition of the records that will be used.

    Attributes:
        molecule: What the sequences are made of.
        molecule_confidence: Share of letters that agree with it, [0, 1].
        records: Number of records.
        residues: Number of letters.
        label_names: The classes in order.
        class_counts: Split name ("unassigned", "train", "validation", "test") to records per class, in the order of
            `label_names`; records without a label are not counted here.
        unlabelled: Records without a label.
        length_quantiles: Shortest, 1 %, 5 %, 25 %, median, 75 %, 95 %, 99 %, longest, letters.
        length_edges: Edges of the length histogram, letters, one more than its bins.
        length_counts: Class name ("" for unlabelled) to records per bin.
        fixed_length: All records have the same length.
        letters: The letters for which `composition` gives shares.
        composition: Class name ("" for unlabelled) to the share of each letter, [0, 1].
        gc: Class name ("" for unlabelled) to mean GC share; empty for protein.
        repeats: Records whose sequence stands earlier in the data.
        test_in_train: Test records whose sequence stands in the training data too.
        drawn: Names of the splits whose records were drawn, since the files name none.
    """

    molecule: Molecule
    molecule_confidence: float
    records: int
    residues: int
    label_names: tuple[str, ...]
    class_counts: dict[str, tuple[int, ...]]
    unlabelled: int
    length_quantiles: tuple[float, ...]
    length_edges: tuple[float, ...]
    length_counts: dict[str, tuple[int, ...]]
    fixed_length: bool
    letters: str
    composition: dict[str, tuple[float, ...]]
    gc: dict[str, float]
    repeats: int
    test_in_train: int
    drawn: tuple[str, ...] = ()

    def named(self, split: str) -> int:
        """Labelled records that the files themselves name for a split."""
        return 0 if split in self.drawn else sum(self.class_counts.get(split, ()))

    @property
    def shortest(self) -> int:
        """Length of the shortest record, letters."""
        return int(self.length_quantiles[0])

    @property
    def median_length(self) -> float:
        """Median length, letters."""
        return self.length_quantiles[4]

    @property
    def longest(self) -> int:
        """Length of the longest record, letters."""
        return int(self.length_quantiles[-1])

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> DataProfile:
        """The inverse of `dataclasses.asdict`, after a trip through JSON."""
        plain = ("label_names", "length_quantiles", "length_edges", "drawn")
        tuples = {name: tuple(fields[name]) for name in plain if name in fields}
        nested = {
            name: {key: tuple(values) for key, values in fields[name].items()}
            for name in ("class_counts", "length_counts", "composition")
        }
        return cls(**{**fields, **tuples, **nested, "molecule": Molecule(fields["molecule"])})


def profile_of(dataset: Dataset, molecule: Molecule, *, molecule_confidence: float = 1.0) -> DataProfile:
    """The profile of a data set.

    Args:
        dataset: Records, cleaned or as read.
        molecule: What they are made of.
        molecule_confidence: Share of letters that agree with it, [0, 1].
    """
    lengths = dataset.lengths
    groups = same_sequence(dataset, molecule)
    edges = _length_edges(lengths)
    members = _members(dataset)
    counts = {name: _folded_counts(dataset, rows, molecule) for name, rows in members.items()}
    residues = ALPHABETS[molecule].residues
    quantiles = np.quantile(lengths, QUANTILES) if len(lengths) else np.zeros(len(QUANTILES))
    return DataProfile(
        molecule=molecule,
        molecule_confidence=molecule_confidence,
        records=len(dataset),
        residues=int(lengths.sum()),
        label_names=dataset.label_names,
        class_counts=_class_counts(dataset),
        unlabelled=int((dataset.labels == NO_LABEL).sum()),
        length_quantiles=tuple(float(value) for value in quantiles),
        length_edges=tuple(float(edge) for edge in edges),
        length_counts={
            name: tuple(int(count) for count in np.histogram(lengths[rows], edges)[0]) for name, rows in members.items()
        },
        fixed_length=bool(len(lengths)) and bool(np.all(lengths == lengths[0])),
        letters=residues,
        composition={
            name: tuple(float(count[ord(letter)]) / max(1, int(count.sum())) for letter in residues)
            for name, count in counts.items()
        },
        gc={name: _gc(count) for name, count in counts.items()} if molecule is not Molecule.PROTEIN else {},
        repeats=int(((groups != np.arange(len(groups))) & (lengths > 0)).sum()),
        test_in_train=len(leaked_rows(dataset, groups)),
    )


def _members(dataset: Dataset) -> dict[str, NDArray[np.intp]]:
    """Class name ("" for unlabelled, when there are any) to its rows."""
    members = {name: np.flatnonzero(dataset.labels == code) for code, name in enumerate(dataset.label_names)}
    unlabelled = np.flatnonzero(dataset.labels == NO_LABEL)
    return {**members, "": unlabelled} if len(unlabelled) else members


def _class_counts(dataset: Dataset) -> dict[str, tuple[int, ...]]:
    counts: dict[str, tuple[int, ...]] = {}
    labelled = dataset.labels != NO_LABEL
    for split in Split:
        labels = dataset.labels[(dataset.splits == split) & labelled]
        per_class = np.bincount(labels, minlength=len(dataset.label_names))
        counts[split.name.lower()] = tuple(int(count) for count in per_class)
    return counts


def _length_edges(lengths: NDArray[np.int64]) -> NDArray[np.float64]:
    """Edges of at most `_MOST_BINS` bins of whole letters, from the shortest to the longest."""
    if not len(lengths):
        return np.array([0.0, 1.0])
    shortest, longest = int(lengths.min()), int(lengths.max())
    step = max(1, -(-(longest - shortest + 1) // _MOST_BINS))
    return np.arange(shortest, longest + step + 1, step, dtype=np.float64)


def _folded_counts(dataset: Dataset, rows: NDArray[np.intp], molecule: Molecule) -> NDArray[np.int64]:
    """Counts of letters `(256,)` in these rows, in the molecule's own letters."""
    letters = dataset.letters if len(rows) == len(dataset) else gather_rows(dataset.letters, dataset.offsets, rows)[0]
    counts = fold_case(letter_counts(letters))
    if molecule is not Molecule.PROTEIN:
        own, other = ("T", "U") if molecule is Molecule.DNA else ("U", "T")
        counts[ord(own)] += counts[ord(other)]
        counts[ord(other)] = 0
    return counts


def _gc(counts: NDArray[np.int64]) -> float:
    strong = int(counts[ord("G")] + counts[ord("C")])
    weak = int(counts[ord("A")] + counts[ord("T")] + counts[ord("U")])
    return strong / max(1, strong + weak)
