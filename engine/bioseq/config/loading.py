"""The records that a configuration speaks of: read, cleaned by its policy, split.

numpy only; used by training, by evaluation and by the inspection of dropped files.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.errors import BioseqError
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import CleaningPolicy, clean
from bioseq.sequences.files import FileRequest
from bioseq.sequences.profile import DataProfile, profile_of
from bioseq.sequences.reading import Reading, ReadOptions, read_files
from bioseq.sequences.splits import assign_splits

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.config.schema import Configuration, DataSettings, SplitSettings
    from bioseq.sequences.cleaning import Cleaned
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.findings import Finding


@dataclass(frozen=True, slots=True, eq=False)
class LoadedData:
    """The records of a configuration, ready to be tokenised.

    Attributes:
        dataset: Cleaned records with their splits assigned.
        molecule: What they are made of.
        reading: The files as read, before cleaning.
        cleaned: What cleaning did: kept rows, flags, findings.
        profile: Counts, lengths and composition of `dataset`.
    """

    dataset: Dataset
    molecule: Molecule
    reading: Reading
    cleaned: Cleaned
    profile: DataProfile

    @property
    def cleaned_findings(self) -> tuple[Finding, ...]:
        """What cleaning did."""
        return self.cleaned.findings


def load_data(config: Configuration, *, progress: Callable[[int, int], None] | None = None) -> LoadedData:
    """Read, clean and split the records of a configuration.

    Args:
        config: With absolute paths.
        progress: Called with bytes read and all bytes; may raise to cancel.

    Raises:
        BioseqError: There are no files, one cannot be read, or a policy says stop.
    """
    if not config.data.files:
        raise BioseqError(
            "config.no_files",
            "The configuration names no data files.",
            where="data.files",
            remedy="Add files with labelled sequences.",
        )
    reading = read_files(
        requests_of(config.data),
        read_options_of(config.data),
        molecule=molecule_of(config.data),
        progress=progress,
    )
    return prepare_data(reading, config.data, config.split)


def prepare_data(reading: Reading, data: DataSettings, split: SplitSettings) -> LoadedData:
    """Clean and split records that were read before.

    Raises:
        BioseqError: A policy says stop.
    """
    cleaned = clean(reading.dataset, reading.molecule, policy_of(data))
    splits = assign_splits(
        cleaned.dataset,
        test_fraction=split.test_fraction,
        validation_fraction=split.validation_fraction,
        seed=split.seed,
    )
    dataset = replace(cleaned.dataset, splits=splits)
    profile = profile_of(dataset, reading.molecule, molecule_confidence=reading.molecule_confidence)
    return LoadedData(dataset, reading.molecule, reading, cleaned, profile)


def policy_of(settings: DataSettings) -> CleaningPolicy:
    """What happens to faulty records."""
    return CleaningPolicy(
        illegal_letters=settings.illegal_letters,
        ambiguous_letters=settings.ambiguous_letters,
        repeated_sequences=settings.repeated_sequences,
        conflicting_labels=settings.conflicting_labels,
        test_in_train=settings.test_in_train,
        longest=settings.longest,
        shorten=settings.shorten,
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
    )


def requests_of(settings: DataSettings) -> tuple[FileRequest, ...]:
    """The files, and what they are for."""
    return tuple(FileRequest(file.path, file.role, file.label) for file in settings.files)


def molecule_of(settings: DataSettings) -> Molecule | None:
    """The molecule that was said; None to detect it."""
    return None if settings.molecule == "auto" else Molecule(settings.molecule)
