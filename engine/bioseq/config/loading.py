"""The records that a configuration speaks of: read, cleaned by its policy, split.

numpy only; used by training, by evaluation and by the inspection of dropped files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.config.known_clusters import known_clusters
from bioseq.config.relatives import (
    clusters_of,
    divide,
    drawn_splits,
    likeness_of,
    strand_blind,
    thinned,
    wants_clusters,
)
from bioseq.errors import BioseqError, Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import CleaningPolicy, clean
from bioseq.sequences.dataset import Split
from bioseq.sequences.files import FileRequest
from bioseq.sequences.findings import Finding
from bioseq.sequences.label_texts import LabelRules, parse_cuts
from bioseq.sequences.profile import DataProfile, profile_of
from bioseq.sequences.reading import Reading, ReadOptions, read_files
from bioseq.sequences.strand_twins import find_strand_twins
from bioseq.sequences.wording import counted, quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from bioseq.config.relatives import Likeness
    from bioseq.config.schema import Configuration, DataSettings
    from bioseq.sequences.cleaning import Cleaned
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.similarity.clusters import Clusters
    from bioseq.sequences.splits import Shortage


_LISTED = 10
"""Classes that are named."""


@dataclass(frozen=True, slots=True, eq=False)
class LoadedData:
    """The records of a configuration, ready to be tokenised.

    Attributes:
        dataset: Cleaned records with their splits assigned.
        molecule: What they are made of.
        reading: The files as read, before cleaning.
        cleaned: What cleaning did: kept rows, flags, findings.
        profile: Counts, lengths and composition of `dataset`.
        likeness: From when on two of them count as similar.
        clusters: Number of the cluster of similar records that each is in, `(N,)`; None where nobody asked for them and
            no study has kept them beside its table.
        drawn: How records that the files do not name were drawn, as `Drawn.how`.
        torn: Splits that were drawn at random because clusters were too large (`Drawn.shortages`).
    """

    dataset: Dataset
    molecule: Molecule
    reading: Reading
    cleaned: Cleaned
    profile: DataProfile
    likeness: Likeness
    clusters: NDArray[np.int64] | None = None
    drawn: str = ""
    torn: tuple[Split, ...] = ()

    @property
    def cleaned_findings(self) -> tuple[Finding, ...]:
        """What cleaning did."""
        return self.cleaned.findings


def load_data(config: Configuration, *, progress: Callable[[int, int], None] | None = None) -> LoadedData:
    """Read, clean and split the records of a configuration.

    Args:
        config: With absolute paths.
        progress: Called with bytes read and all bytes, and with records that were compared; may raise to cancel.

    Raises:
        BioseqError: There are no files, one cannot be read, or a policy says stop.
    """
    return prepare_data(read_data(config, progress=progress), config, progress=progress)


def read_data(config: Configuration, *, progress: Callable[[int, int], None] | None = None) -> Reading:
    """Read the files of a configuration; as `load_data`.

    Raises:
        BioseqError: There are no files, or one cannot be read.
    """
    if not config.data.files:
        raise BioseqError(
            "config.no_files",
            "The configuration names no data files.",
            where="data.files",
            remedy="Add files with labelled sequences.",
        )
    return read_files(
        requests_of(config.data),
        read_options_of(config.data),
        molecule=molecule_of(config.data),
        progress=progress,
    )


def prepare_data(
    reading: Reading, config: Configuration, *, progress: Callable[[int, int], None] | None = None
) -> LoadedData:
    """Clean and split records that were read before.

    Args:
        reading: The files as read.
        config: Policies, and how records are kept back.
        progress: Called with records that were compared with others, and all; may raise to end the work.

    Raises:
        BioseqError: A policy says stop.
    """
    both_strands = strand_blind(config) and reading.molecule is not Molecule.PROTEIN
    cleaned = clean(reading.dataset, reading.molecule, policy_of(config.data, both_strands=both_strands))
    likeness = likeness_of(config.split, cleaned.dataset, reading.molecule, both_strands=both_strands)
    clusters = None
    if wants_clusters(config.split, cleaned.dataset):
        clusters = clusters_of(cleaned.dataset, likeness, progress)
    drawn = tuple(split.name.lower() for split in drawn_splits(config.split, cleaned.dataset))
    divided = divide(config.split, cleaned.dataset, None if clusters is None else clusters.numbers)
    findings = cleaned.findings + find_strand_twins(reading.dataset, reading.molecule)
    if clusters is not None:
        findings += tuple(
            _too_few(shortage, cleaned.dataset, divided.splits, clusters) for shortage in divided.shortages
        )
    if divided.how == "like_test":
        findings = (*findings, _alike(int((cleaned.dataset.splits == Split.TEST).sum())))
    cleaned = replace(cleaned, dataset=replace(cleaned.dataset, splits=divided.splits), findings=findings)
    cleaned, rows = thinned(cleaned, config.split, likeness, progress)
    profile = profile_of(cleaned.dataset, reading.molecule, molecule_confidence=reading.molecule_confidence)
    return LoadedData(
        dataset=cleaned.dataset,
        molecule=reading.molecule,
        reading=reading,
        cleaned=cleaned,
        profile=replace(profile, drawn=drawn),
        likeness=likeness,
        clusters=known_clusters(config.data, cleaned.dataset) if clusters is None else clusters.numbers[rows],
        drawn=divided.how,
        torn=tuple(one.split for one in divided.shortages if one.cause != "records"),
    )


def _alike(tests: int) -> Finding:
    return Finding(
        "validation_like_test",
        Severity.INFO,
        "The test records that the files name resemble the other records as much as these resemble each other.",
        "Validation records are drawn at random too, so that they tell what this test will tell. How a model does with "
        "sequences that are new to it is told by the figures without test records that have relatives.",
        tests,
        setting="split.like_named_test",
    )


def _too_few(shortage: Shortage, dataset: Dataset, splits: NDArray[np.uint8], clusters: Clusters) -> Finding:
    """Why whole clusters could not be kept back for a split."""
    word = shortage.split.name.lower()
    count = int((splits == shortage.split).sum())
    classes = quoted([dataset.label_names[label] for label in shortage.classes], most=_LISTED)
    if shortage.cause == "records":
        kept = counted(f"{{n}} {word} [record is|records are] kept back", count) if count else "None is kept back"
        return Finding(
            "too_few_records",
            Severity.WARNING,
            f"Too few records of {classes} to keep the wanted share of each class back for {word}.",
            f"{kept}. Add records of these classes, or name {word} records in the files.",
            count,
            setting=f"split.{word}_fraction",
        )
    flatters = f"The {word} records are drawn at random, so similar ones stand in the training data too and the result "
    if shortage.cause == "relatives":
        return Finding(
            "relatives_of_test",
            Severity.WARNING,
            f"Too few records of {classes} are unlike the test records to keep whole clusters back for {word}.",
            flatters + "flatters. A higher identity in split.identity leaves more records that count as unlike.",
            count,
            setting="split.identity",
        )
    share = 100 * int(clusters.sizes.max()) / max(1, len(clusters.numbers))
    return Finding(
        "clusters_too_large",
        Severity.WARNING,
        f"Clusters of similar sequences are too large to keep the wanted share of each class back for {word}: "
        f"the largest holds {share:.0f} % of the records.",
        flatters + "flatters. A higher identity in split.identity makes smaller clusters.",
        int(clusters.sizes.max()),
        setting="split.identity",
    )


def policy_of(settings: DataSettings, *, both_strands: bool = False) -> CleaningPolicy:
    """What happens to faulty records; with `both_strands` a sequence and its reverse complement count as one."""
    return CleaningPolicy(
        illegal_letters=settings.illegal_letters,
        ambiguous_letters=settings.ambiguous_letters,
        gaps=settings.gaps,
        repeated_sequences=settings.repeated_sequences,
        conflicting_labels=settings.conflicting_labels,
        test_in_train=settings.test_in_train,
        longest=settings.longest,
        shorten=settings.shorten,
        both_strands=both_strands,
    )


def read_options_of(settings: DataSettings) -> ReadOptions:
    """Where labels, ids and splits stand."""
    return ReadOptions(
        label_source=settings.label_source,
        label_sheet=Path(settings.label_sheet) if settings.label_sheet else None,
        id_column=settings.id_column,
        sequence_column=settings.sequence_column,
        label_column=settings.label_column,
        split_column=settings.split_column,
        rules=LabelRules(settings.classes, parse_cuts(settings.label_cuts)),
    )


def requests_of(settings: DataSettings) -> tuple[FileRequest, ...]:
    """The files, and what they are for."""
    return tuple(FileRequest(**file.model_dump()) for file in settings.files)


def molecule_of(settings: DataSettings) -> Molecule | None:
    """The molecule that was said; None to detect it."""
    return None if settings.molecule == "auto" else Molecule(settings.molecule)
