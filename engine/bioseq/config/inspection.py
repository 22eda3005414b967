"""What was found in files and what follows for the settings, as one value that is saved beside the data.

The light worker inspects and saves; the window opens it. torch-free.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

from pydantic import ValidationError

from bioseq.config.autofill import Reason, autofill
from bioseq.config.fields import with_value
from bioseq.config.inspection_file import read_inspection_file
from bioseq.config.loading import molecule_of, policy_of, prepare_data, read_options_of
from bioseq.config.reading import loads
from bioseq.config.relatives import draws
from bioseq.config.schema import Configuration, DataFile
from bioseq.config.writing import dumps
from bioseq.durable import write_json
from bioseq.errors import BioseqError, Problem
from bioseq.json_values import DamagedError
from bioseq.sequences.aligned_gaps import tell_alignment
from bioseq.sequences.findings import Finding, sort_findings
from bioseq.sequences.reading import SourceReport, read_files
from bioseq.sequences.similarity.choices import seconds_for
from bioseq.sequences.strand_twins import find_strand_twins
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from bioseq.config.evidence import Evidence
    from bioseq.config.loading import LoadedData
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.files import FileRequest
    from bioseq.sequences.profile import DataProfile
    from bioseq.sequences.reading import Reading

    Examine = Callable[[LoadedData], Evidence | None]

_FORMAT = 1
_FILE = "inspection.json"
_AT_ONCE_S = 2.0
"""Seconds for which dropped files may wait until their clusters are known."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What is in the files, and the settings that suit it.

    Attributes:
        sources: One report per file.
        findings: Faults and oddities over all records; rows are those of the data set as read.
        profile: Counts of the records that will be used; their lengths and composition before they are shortened.
        config: Filled in for these data.
        reasons: Why.
        molecule: What the sequences are made of.
        molecule_confidence: Share of letters that agree, [0, 1].
        preview: How records that the files do not name were drawn for the counts and the records that are shown:
            "random", "similarity"; empty where the files name all.
        evidence: What the training records show of what tells the classes apart; None where nobody looked.
    """

    sources: tuple[SourceReport, ...]
    findings: tuple[Finding, ...]
    profile: DataProfile
    config: Configuration
    reasons: tuple[Reason, ...]
    molecule: Molecule
    molecule_confidence: float
    preview: str = ""
    evidence: Evidence | None = None


def inspect_files(
    requests: Sequence[FileRequest],
    data_settings: Mapping[str, object] | None = None,
    *,
    examine: Examine | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Inspection, Dataset]:
    """Read and check files and choose settings for them.

    Args:
        requests: The files.
        data_settings: Options of `[data]` that were set by hand: `{"label_source": "column"}`.
        examine: Looks at the training records for what tells the classes apart (`bioseq.training.evidence`); without
            it the model is chosen by molecule and lengths alone.
        progress: Called with bytes read and all bytes; may raise to cancel.

    Returns:
        What was found, and the records as read with the split that training would draw; a record that training
        would leave out has no split but its own. Where clusters of similar records take long to find, the split is
        one drawn at random.

    Raises:
        BioseqError: A file cannot be read, or nothing of what it holds can be used; then what was found in it stands
            among the problems of the error.
    """
    given = configuration_for(requests, data_settings or {})
    reading = read_files(
        tuple(requests), read_options_of(given.data), molecule=molecule_of(given.data), progress=progress
    )
    if reading.label_sheet:
        records = [request for request in requests if request.path != reading.label_sheet]
        given = with_value(given, "data.files", files_of(records))
        given = with_value(given, "data.label_sheet", reading.label_sheet)
    alignment = "" if "gaps" in (data_settings or {}) else tell_alignment(reading.dataset)
    if alignment:
        given = with_value(given, "data.gaps", "remove")
    try:
        first = prepare_data(reading, _never_stopping(given))
    except BioseqError as error:
        raise _with_findings(error, reading) from error
    sources = [source.label_source for source in reading.sources]
    twins = find_strand_twins(reading.dataset, reading.molecule)
    count = sum(finding.count for finding in twins)
    filled = autofill(first.profile, given, label_sources=sources, strand_twins=count, alignment=alignment)
    loaded, shown = first, given.split
    if (filled.config.split, policy_of(filled.config.data)) != (given.split, policy_of(given.data)):
        quick = _quickly_split(filled.config, first.profile)
        loaded, shown = prepare_data(reading, _never_stopping(quick)), quick.split
    evidence = None if examine is None else examine(loaded)
    if evidence is not None:
        filled = autofill(
            first.profile, given, label_sources=sources, evidence=evidence, strand_twins=count, alignment=alignment
        )
    splits = reading.dataset.splits.copy()
    splits[loaded.cleaned.kept_rows] = loaded.dataset.splits
    inspection = Inspection(
        sources=reading.sources,
        findings=sort_findings((*reading.findings, *twins)),
        profile=replace(first.profile, class_counts=loaded.profile.class_counts),
        config=filled.config,
        reasons=filled.reasons,
        molecule=reading.molecule,
        molecule_confidence=reading.molecule_confidence,
        preview=shown.method if draws(shown, reading.dataset) else "",
        evidence=evidence,
    )
    return inspection, replace(reading.dataset, splits=splits)


def _with_findings(error: BioseqError, reading: Reading) -> BioseqError:
    """Why nothing of the files can be used, with what was found in them: that tells the cause."""
    found = tuple(Problem(one.code, one.message, remedy=one.remedy, severity=one.severity) for one in reading.findings)
    where = error.where or listed([source.path for source in reading.sources], most=3)
    return BioseqError(error.code, error.message, where=where, remedy=error.remedy, problems=(*error.problems, *found))


def configuration_for(requests: Sequence[FileRequest], data_settings: Mapping[str, object]) -> Configuration:
    """A configuration with these files and options of `[data]`, and defaults elsewhere.

    Raises:
        BioseqError: An option is not legal.
    """
    config = Configuration()
    for name, value in data_settings.items():
        if name != "files":
            config = with_value(config, f"data.{name}", value)
    return with_value(config, "data.files", files_of(requests))


def files_of(requests: Sequence[FileRequest]) -> tuple[DataFile, ...]:
    """The data files of a configuration; a file for prediction is none of them.

    Raises:
        BioseqError: A path cannot stand in a configuration.
    """
    try:
        return tuple(DataFile(**asdict(request)) for request in requests if request.role != "predict")
    except ValidationError as error:
        raise BioseqError(
            "data.odd_name",
            "The name of a file or class holds control characters or is too long.",
            where="data.files",
            remedy="Rename it.",
        ) from error


def save(inspection: Inspection, folder: Path) -> None:
    """Write `inspection.json` into a folder, durably."""
    content = {
        "format": _FORMAT,
        "sources": [asdict(source) for source in inspection.sources],
        "findings": [asdict(finding) for finding in inspection.findings],
        "profile": asdict(inspection.profile),
        "config": dumps(inspection.config),
        "reasons": [asdict(reason) for reason in inspection.reasons],
        "molecule": inspection.molecule.value,
        "molecule_confidence": inspection.molecule_confidence,
        "preview": inspection.preview,
        "evidence": None if inspection.evidence is None else inspection.evidence.to_dict(),
    }
    write_json(folder / _FILE, content)


def open_inspection(folder: Path) -> Inspection:
    """Read `inspection.json` from a folder.

    Raises:
        BioseqError: It is not there, or was written by another version.
    """
    path = folder / _FILE
    try:
        stored = read_inspection_file(path, written_as=_FORMAT)
        return Inspection(
            sources=stored.sources,
            findings=stored.findings,
            profile=stored.profile,
            config=loads(stored.config),
            reasons=stored.reasons,
            molecule=stored.molecule,
            molecule_confidence=stored.molecule_confidence,
            preview=stored.preview,
            evidence=stored.evidence,
        )
    except (OSError, DamagedError, BioseqError) as error:
        raise BioseqError(
            "data.inspection_unreadable",
            "What was found in the files cannot be opened.",
            where=str(path),
            remedy="Load the files again.",
        ) from error


def _never_stopping(config: Configuration) -> Configuration:
    """Inspection shows what would stop a training instead of stopping itself."""
    data = config.data
    gentler = {
        name: "keep" if name in ("conflicting_labels", "test_in_train") else "replace"
        for name in ("illegal_letters", "ambiguous_letters", "conflicting_labels", "test_in_train")
        if getattr(data, name) == "stop"
    }
    return config.model_copy(update={"data": data.model_copy(update=gentler)})


def _quickly_split(config: Configuration, profile: DataProfile) -> Configuration:
    """Nobody waits for clusters when files are dropped: they are made when training starts."""
    if seconds_for(profile) <= _AT_ONCE_S:
        return config
    return config.model_copy(update={"split": config.split.model_copy(update={"method": "random"})})
