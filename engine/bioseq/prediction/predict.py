"""What a trained model says of the records of files: every record, in its order, under its own id.

Records are cleaned as in training, except that none is left out: what cannot be predicted is said so. Files are read,
predicted and written a part at a time, so that memory does not grow with them. torch is imported for networks only.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.baselines.classifier import FeatureClassifier, classifier_from
from bioseq.catalogue.registry import BASELINES, ENSEMBLES
from bioseq.config.loading import read_options_of
from bioseq.errors import BioseqError
from bioseq.evaluation.metrics import predicted_classes
from bioseq.prediction.domain import domain_from
from bioseq.prediction.file_findings import PredictionFindings
from bioseq.prediction.flags import cleaned_for, flags_of
from bioseq.prediction.table import Flag, MemberVotes, Origin, PredictionTable, save_findings, written_table
from bioseq.runs.bundle import find_bundle, read_bundle
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import NO_LABEL
from bioseq.sequences.molecule_doubt import guess_with_names
from bioseq.sequences.ragged import letter_counts
from bioseq.sequences.reading import read_files, read_parts
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.wording import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch
    from numpy.typing import NDArray

    from bioseq.prediction.domain import Domain
    from bioseq.prediction.older_domain import OlderDomain
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.dataset import Dataset
    from bioseq.sequences.files import FileRequest
    from bioseq.sequences.findings import Finding
    from bioseq.sequences.reading import Reading, ReadOptions

    Progress = Callable[[int, int], None]

_CHUNK_RECORDS = 50_000
_CHUNK_LETTERS = 8 << 20
_SURE_LETTERS = 200
"""From this many letters on, a protein that is spelt with the letters of DNA alone is not one."""


class Predictor(ABC):
    """A trained model, ready to predict.

    Attributes:
        contents: The bundle that it came from.
    """

    contents: BundleContents

    @cached_property
    def domain(self) -> Domain | OlderDomain | None:
        """What the training records are like; None where the bundle does not say.

        Raises:
            ValueError: The bundle says what cannot be.
        """
        if not self.contents.domain:
            return None
        return domain_from(self.contents.domain, self.contents.vocabulary.molecule)

    def chances(self, records: Dataset, progress: Progress | None = None) -> NDArray[np.float32]:
        """Probabilities of the classes for cleaned records, `(N, C)`, rows sum to 1, calibrated as the bundle says.

        Args:
            records: Cleaned as in training, none of them empty.
            progress: Called with records done and all records; may raise to end the work.
        """
        return self.contents.calibration.apply(self.raw_chances(records, progress))

    def answer(
        self, records: Dataset, progress: Progress | None = None
    ) -> tuple[NDArray[np.float32], MemberVotes | None]:
        """The probabilities as in `chances` and, of an ensemble, how far its members are of one mind."""
        return self.chances(records, progress), None

    def share_with(self, other: Predictor) -> None:  # noqa: B027 - most have nothing to share
        """Hold together with another member what both hold."""

    @abstractmethod
    def raw_chances(self, records: Dataset, progress: Progress | None = None) -> NDArray[np.float32]:
        """Probabilities as the model gives them; arguments as in `chances`."""


class FeaturePredictor(Predictor):
    """A feature baseline, ready to predict."""

    def __init__(self, contents: BundleContents, classifier: FeatureClassifier) -> None:
        self.contents = contents
        self.classifier = classifier

    def raw_chances(self, records: Dataset, progress: Progress | None = None) -> NDArray[np.float32]:
        """As in `Predictor`."""
        return self.classifier.predict(records, progress=progress)


def load_predictor(model: Path, *, device: torch.device | None = None) -> Predictor:
    """Make the model of a bundle or a run ready.

    Args:
        model: A bundle, or the folder of a run.
        device: Where a network computes; the CPU by default.

    Raises:
        BioseqError: There is no bundle, or its weights are not those of its model.
    """
    path = find_bundle(model)
    predictor = predictor_of(read_bundle(path), path, device)
    try:
        _ = predictor.domain
    except (ValueError, KeyError) as error:
        raise other_weights(path) from error
    return predictor


def predictor_of(contents: BundleContents, path: Path, device: torch.device | None = None) -> Predictor:
    """Make a model that was read ready.

    Args:
        contents: The model with its weights.
        path: The file that it is from, for messages.
        device: Where networks compute; the CPU by default.

    Raises:
        BioseqError: Its weights are not those of its model.
    """
    if contents.architecture in ENSEMBLES:
        from bioseq.prediction.ensembles import ensemble_predictor

        return ensemble_predictor(contents, path, device)
    if contents.architecture in BASELINES:
        return _feature_predictor(contents, path)
    from bioseq.prediction.networks import network_predictor

    return network_predictor(contents, path, device)


def other_weights(path: Path) -> BioseqError:
    """The error of a model file whose weights are not those of its model."""
    return BioseqError(
        "bundle.other_weights",
        "The weights in this model file are not those of its model.",
        where=str(path),
        remedy="Copy the file again from where it came, or train again.",
    )


def _feature_predictor(contents: BundleContents, path: Path) -> FeaturePredictor:
    baseline = BASELINES[contents.architecture]
    molecule = contents.vocabulary.molecule
    try:
        found = classifier_from(
            baseline.name, baseline.resolve(contents.hyper), contents.task, molecule, contents.weights
        )
    except ValueError as error:
        raise other_weights(path) from error
    return FeaturePredictor(contents, found)


def read_for(contents: BundleContents, files: Sequence[FileRequest], *, progress: Progress | None = None) -> Reading:
    """Read files for a model.

    Raises:
        BioseqError: A file cannot be read, or holds another kind of molecule than the model was trained on.
    """
    reading = read_files(tuple(files), _options_for(contents), progress=progress)
    dataset = reading.dataset
    _check_molecule(reading.molecule, len(dataset.letters), contents.vocabulary.molecule, dataset.sources)
    return reading


def _options_for(contents: BundleContents) -> ReadOptions:
    """As the model's own data were read, but labels are those that the records tell."""
    settings = contents.config.data.model_copy(update={"label_sheet": "", "label_source": "auto"})
    return replace(read_options_of(settings), lenient=True)


def predict_files(
    predictor: Predictor, files: Sequence[FileRequest], folder: Path, *, progress: Progress | None = None
) -> PredictionTable:
    """Predict every record of files into a table on the disk, a part at a time: memory does not grow with the files.

    Args:
        predictor: The model.
        files: In the order of the table.
        folder: Where the table is kept; nothing is left there when the work ends early.
        progress: Called with bytes done and the bytes of all files; may raise to end the work.

    Returns:
        The table, mapped into memory, with what was found in the files.

    Raises:
        BioseqError: A file cannot be read, or holds another kind of molecule than the model was trained on.
    """
    contents = predictor.contents
    counts, names = np.zeros(256, np.int64), [Path(request.path).name for request in files]
    course, found = _Course(progress), PredictionFindings(contents)
    noted: list[Finding] = []
    with written_table(folder, contents.label_names, members=len(contents.members)) as add:
        for part in read_parts(files, _options_for(contents), found=noted.extend, progress=course.read):
            counts += letter_counts(part.letters)
            molecule, _ = guess_with_names(counts, names)
            _check_molecule(molecule, int(counts.sum()), contents.vocabulary.molecule, part.sources)
            found.add(part, noted)
            noted.clear()
            add(predict_dataset(predictor, part, progress=course.predicted))
            course.finish_part()
    table = PredictionTable.open(folder)
    findings = found.findings(table, guess_with_names(counts, names)[0])
    save_findings(folder, findings)
    return replace(table, findings=findings)


class _Course:
    """How far reading and predicting in turns have come: the bytes of a part count as its records are predicted."""

    def __init__(self, progress: Progress | None) -> None:
        self._progress = progress
        self._done = 0
        self._read = 0
        self._total = 0

    def read(self, done: int, total: int) -> None:
        """So many bytes are read."""
        self._read, self._total = done, total
        self._say(self._done)

    def predicted(self, done: int, total: int) -> None:
        """So many records of the part are predicted."""
        self._say(self._done + (self._read - self._done) * done // max(1, total))

    def finish_part(self) -> None:
        """All that was read is predicted."""
        self._done = self._read

    def _say(self, done: int) -> None:
        if self._progress is not None and self._total:
            self._progress(done, self._total)


def predict_dataset(predictor: Predictor, dataset: Dataset, *, progress: Progress | None = None) -> PredictionTable:
    """Predict every record.

    Args:
        predictor: The model.
        dataset: Records as read, not cleaned.
        progress: Called with records done and all records; may raise to end the work.
    """
    count, classes = len(dataset), predictor.contents.task.classes
    members = len(predictor.contents.members)
    found = _Found(
        probabilities=np.full((count, classes), np.nan, np.float32),
        flags=np.zeros(count, np.uint8),
        votes=MemberVotes.blank(members, count) if members else None,
    )
    for rows in _chunks(dataset.lengths):
        report = None if progress is None else _within(progress, int(rows[0]), count)
        _predict_chunk(predictor, dataset, rows, found, progress=report)
        if progress is not None:
            progress(int(rows[-1]) + 1, count)
    return PredictionTable(
        ids=dataset.ids,
        sequences=TextColumn(dataset.letters, dataset.offsets),
        labels=predictor.contents.label_names,
        predicted=decide(found.probabilities, predictor.contents),
        probabilities=found.probabilities,
        flags=found.flags,
        truth=_truth(dataset, predictor.contents.label_names),
        votes=found.votes,
        descriptions=dataset.descriptions,
        origin=Origin(dataset.sources, dataset.source_starts),
    )


def decide(probabilities: NDArray[np.float32], contents: BundleContents) -> NDArray[np.int16]:
    """The predicted class of each record, int16 `(N,)`; -1 where there are no probabilities.

    With two classes a record is positive from the model's threshold on; with more the most probable class wins.
    """
    positive = contents.label_names.index(contents.positive) if contents.positive else 1
    return predicted_classes(probabilities, threshold=contents.threshold, positive=positive)


def _within(progress: Progress, before: int, count: int) -> Progress:
    return lambda done, _: progress(before + done, count)


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """What is predicted so far: columns of a `PredictionTable` that are filled a chunk at a time."""

    probabilities: NDArray[np.float32]
    flags: NDArray[np.uint8]
    votes: MemberVotes | None

    def put(self, rows: NDArray[np.intp], probabilities: NDArray[np.float32], votes: MemberVotes | None) -> None:
        """Keep what was predicted of these rows."""
        self.probabilities[rows] = probabilities
        if self.votes is not None and votes is not None:
            self.votes.agreeing[rows] = votes.agreeing
            self.votes.spread[rows] = votes.spread


def _predict_chunk(
    predictor: Predictor, dataset: Dataset, rows: NDArray[np.intp], found: _Found, *, progress: Progress | None
) -> None:
    part = dataset.take(rows)
    try:
        cleaned = cleaned_for(predictor.contents, part)
    except BioseqError as error:
        if error.code != "data.nothing_left":
            raise
        found.flags[rows] = Flag.EMPTY  # records elsewhere in the files may have letters
        return
    found.flags[rows] = flags_of(predictor.contents, predictor.domain, part, cleaned)
    found.put(rows[cleaned.kept_rows], *predictor.answer(cleaned.dataset, progress))


def _chunks(lengths: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Rows in runs of bounded records and letters; one long record may be a run of its own."""
    chunks = []
    ends = np.cumsum(lengths)
    start = 0
    while start < len(lengths):
        letters_before = int(ends[start - 1]) if start else 0
        fitting = int(np.searchsorted(ends, letters_before + _CHUNK_LETTERS, "right"))
        end = max(start + 1, min(fitting, start + _CHUNK_RECORDS, len(lengths)))
        chunks.append(np.arange(start, end, dtype=np.intp))
        start = end
    return chunks


def _truth(dataset: Dataset, label_names: tuple[str, ...]) -> NDArray[np.int16]:
    known = [label_names.index(name) if name in label_names else -1 for name in dataset.label_names]
    table = np.array([*known, -1], np.int16)  # the last stands for NO_LABEL, which is -1
    return table[np.where(dataset.labels == NO_LABEL, len(known), dataset.labels)]


def _check_molecule(found: Molecule, letters: int, wanted: Molecule, sources: tuple[str, ...]) -> None:
    protein = Molecule.PROTEIN
    differs = (found is protein) != (wanted is protein)
    sure = found is protein or letters >= _SURE_LETTERS
    if differs and sure:
        raise BioseqError(
            "predict.other_molecule",
            f"The model was trained on {wanted.text}, and these sequences are {found.text}.",
            where=listed(sources, most=3),
            remedy=f"Choose files with {wanted.text} sequences, or another model.",
        )
