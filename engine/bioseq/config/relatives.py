"""How a configuration wants similar records treated: which ones stay on one side, which ones are left out.

numpy only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from platformdirs import user_cache_path

from bioseq.errors import Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.findings import Finding
from bioseq.sequences.identity import sequence_groups
from bioseq.sequences.quality import occurrences_of
from bioseq.sequences.similarity.choices import usual_identity
from bioseq.sequences.similarity.clusters import cluster, nearest
from bioseq.sequences.similarity.kept import kept_cluster
from bioseq.sequences.splits import Shortage, assign_splits
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.config.schema import Configuration, SplitSettings
    from bioseq.sequences.cleaning import Cleaned
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.similarity.clusters import Clusters

    Progress = Callable[[int, int], None]

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Likeness:
    """From when on two records are similar.

    Attributes:
        molecule: What they are made of.
        identity: Identical letters over the shorter sequence, (0, 1].
        coverage: Least share of the longer sequence's letters that the shorter has.
        both_strands: Reverse complements count too.
    """

    molecule: Molecule
    identity: float
    coverage: float
    both_strands: bool


def strand_blind(config: Configuration) -> bool:
    """Whether a sequence and its reverse complement are one and the same to the model."""
    changed = config.augmentation
    return config.split.both_strands or changed.both_strands or changed.reverse_complement > 0


def likeness_of(split: SplitSettings, dataset: Dataset, molecule: Molecule, *, both_strands: bool) -> Likeness:
    """What counts as similar: as set, or as is usual for such records."""
    median = float(np.median(dataset.lengths)) if len(dataset) else 0.0
    identity = split.identity or usual_identity(molecule, median)
    return Likeness(molecule, identity, split.coverage, both_strands and molecule is not Molecule.PROTEIN)


def drawn_splits(split: SplitSettings, dataset: Dataset) -> tuple[Split, ...]:
    """The splits for which records are to be drawn, because none are named."""
    named = dataset.splits[dataset.labels != NO_LABEL]
    if not len(named):
        return ()
    wanted = ((Split.VALIDATION, split.validation_fraction), (Split.TEST, split.test_fraction))
    return tuple(kind for kind, fraction in wanted if fraction > 0 and not np.any(named == kind))


def draws(split: SplitSettings, dataset: Dataset) -> bool:
    """Whether records are to be drawn for test or validation, because none are named."""
    return bool(drawn_splits(split, dataset))


def wants_clusters(split: SplitSettings, dataset: Dataset) -> bool:
    """Whether records are to be drawn by cluster, and are to be drawn at all."""
    return split.method == "similarity" and draws(split, dataset)


def clusters_of(dataset: Dataset, likeness: Likeness, progress: Progress | None = None) -> Clusters:
    """Clusters of similar records; those that were found before are read from the cache."""
    return kept_cluster(
        _cache(),
        dataset,
        identity=likeness.identity,
        coverage=likeness.coverage,
        molecule=likeness.molecule,
        both_strands=likeness.both_strands,
        progress=progress,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """Records as they are divided.

    Attributes:
        splits: What each is for, `(N,)`.
        how: How those that the files do not name were drawn: "random", "similarity" (by whole clusters), "like_test"
            (at random, since the test that the files name resembles the others); empty where none were.
        shortages: Splits for which whole clusters could not give enough, and why.
    """

    splits: NDArray[np.uint8]
    how: str
    shortages: tuple[Shortage, ...]


def divide(split: SplitSettings, dataset: Dataset, clusters: NDArray[np.int64] | None) -> Drawn:
    """Divide records as settings ask for.

    Args:
        split: Settings.
        dataset: Records, cleaned, with the splits that the files name.
        clusters: Number of the cluster of each record, `(N,)`; None where they are not known or not to be kept whole.
    """
    alike = clusters is not None and split.like_named_test and named_test_has_relatives(dataset, clusters)
    shortages: list[Shortage] = []
    splits = assign_splits(
        dataset,
        test_fraction=split.test_fraction,
        validation_fraction=split.validation_fraction,
        seed=split.seed,
        clusters=None if alike else clusters,
        short=shortages.append,
    )
    if not draws(split, dataset):
        how = ""
    elif alike:
        how = "like_test"
    else:
        torn = any(shortage.cause != "records" for shortage in shortages)
        how = "random" if clusters is None or torn else "similarity"
    return Drawn(splits, how, tuple(shortages))


def named_test_has_relatives(dataset: Dataset, clusters: NDArray[np.int64]) -> bool:
    """Whether the test records that the files name resemble the others as records drawn at random would.

    That is so when relatives stand among the others for at least half as large a share of them as for the others
    themselves. Copies do not count: they are dealt with when records are cleaned.

    Args:
        dataset: Records, cleaned, with the splits that the files name.
        clusters: Number of the cluster of each record, `(N,)`.
    """
    known = dataset.labels != NO_LABEL
    tests = np.flatnonzero(known & (dataset.splits == Split.TEST))
    others = np.flatnonzero(known & (dataset.splits != Split.TEST))
    if not len(tests) or not len(others):
        return False
    different = np.unique(np.stack([clusters[others], sequence_groups(dataset)[others]]), axis=1)[0]
    families, members = np.unique(different, return_counts=True)
    expected = float(np.isin(clusters[others], families[members > 1]).mean())
    return expected > 0 and float(np.isin(clusters[tests], clusters[others]).mean()) >= expected / 2


def thinned(
    cleaned: Cleaned, split: SplitSettings, likeness: Likeness, progress: Progress | None = None
) -> tuple[Cleaned, NDArray[np.intp]]:
    """Records without those that the settings leave out of training for their relatives.

    Args:
        cleaned: Records with their splits.
        split: Settings.
        likeness: What counts as similar.
        progress: Called with records done and all; may raise to end the work.

    Returns:
        What is left, with findings that say so, and the kept rows.
    """
    kept = np.ones(len(cleaned.dataset), np.bool_)
    findings = list(cleaned.findings)
    for wanted, find, code, which in (
        (
            split.similar_to_test == "drop_from_train",
            _like_test,
            "similar_to_test",
            "that [is|are] similar to test records",
        ),
        (
            split.similar_in_training == "drop",
            _represented,
            "similar_in_training",
            "that [is|are] similar to another of [its|their] class",
        ),
    ):
        rows = find(cleaned.dataset, kept, likeness, progress) if wanted else np.zeros(0, np.intp)
        kept[rows] = False
        if len(rows):
            message = counted(f"{{n}} training [record|records] {which} [was|were] left out.", len(rows))
            findings.append(_finding(cleaned, rows, f"dropped_{code}", message, f"split.{code}"))
    rows = np.flatnonzero(kept)
    if len(rows) == len(kept):
        return cleaned, rows
    dataset = cleaned.dataset.take(rows)
    left = replace(
        cleaned,
        dataset=dataset,
        kept_rows=cleaned.kept_rows[rows],
        findings=tuple(findings),
        row_flags=cleaned.row_flags[rows],
        lengths=cleaned.lengths[rows],
    )
    return left, rows


def _like_test(
    dataset: Dataset, kept: NDArray[np.bool_], likeness: Likeness, progress: Progress | None
) -> NDArray[np.intp]:
    train, test = np.flatnonzero(kept & (dataset.splits == Split.TRAIN)), dataset.rows_of(Split.TEST)
    if not len(train) or not len(test):
        return np.zeros(0, np.intp)
    found = nearest(
        dataset.take(test),
        dataset.take(train),
        molecule=likeness.molecule,
        identity=likeness.identity,
        coverage=likeness.coverage,
        both_strands=likeness.both_strands,
        progress=progress,
    )
    return train[found.identity >= likeness.identity - _ROUNDING]


def _represented(
    dataset: Dataset, kept: NDArray[np.bool_], likeness: Likeness, progress: Progress | None
) -> NDArray[np.intp]:
    gone = [np.zeros(0, np.intp)]
    for label in range(len(dataset.label_names)):
        rows = np.flatnonzero(kept & (dataset.splits == Split.TRAIN) & (dataset.labels == label))
        found = cluster(
            dataset.take(rows),
            identity=likeness.identity,
            molecule=likeness.molecule,
            coverage=likeness.coverage,
            both_strands=likeness.both_strands,
            linkage="representative",
            progress=progress,
        )
        gone.append(np.delete(rows, found.representatives))
    return np.concatenate(gone)


def _finding(cleaned: Cleaned, rows: NDArray[np.intp], code: str, message: str, setting: str) -> Finding:
    examples = occurrences_of(cleaned.dataset, rows)
    return Finding(code, Severity.INFO, message, f"{setting} decides this.", len(rows), examples, setting)


def _cache() -> Path:
    """Where clusters lie; `BIOSEQ_CACHE_HOME` in the environment names another place for all caches."""
    override = os.environ.get("BIOSEQ_CACHE_HOME")
    return (Path(override) if override else user_cache_path("bioseq-studio")) / "clusters"
