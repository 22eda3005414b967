"""The few numbers that describe a data set: for the Data page, for autofill, for the bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bioseq.sequences.alphabets import Molecule


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
        tuples = {name: tuple(fields[name]) for name in ("label_names", "length_quantiles", "length_edges")}
        nested = {
            name: {key: tuple(values) for key, values in fields[name].items()}
            for name in ("class_counts", "length_counts", "composition")
        }
        return cls(**{**fields, **tuples, **nested, "molecule": Molecule(fields["molecule"])})
