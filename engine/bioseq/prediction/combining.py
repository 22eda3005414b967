"""An ensemble from finished runs: their models in one bundle, judged by the records that all of them were judged by.

What the runs said of those records lies in their folders, so nothing is predicted and nothing is trained again: it
takes seconds, whatever the models are. torch is not imported.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import GEOMETRIC, MOST_MEMBERS, NAME, PLAIN, joined
from bioseq.catalogue.registry import ENSEMBLES, MODELS
from bioseq.catalogue.specification import TaskShape
from bioseq.config import files as config_files
from bioseq.errors import BioseqError
from bioseq.evaluation.baselines import FittedBaseline
from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.calibration import AS_IT_IS, fit_calibration
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.mixture import combined, equal_shares, shares_by
from bioseq.evaluation.results import EvaluatedRecords, read_evaluations, write_evaluations
from bioseq.evaluation.thresholds import choose_threshold
from bioseq.protocol.events import ArtefactWritten, JobFinished, JobStarted
from bioseq.runs import bundle
from bioseq.runs.bundle_members import weights_of
from bioseq.runs.journal import Journal
from bioseq.runs.store import name_of, prepare_run, remember
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import Vocabulary
from bioseq.sequences.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.config.schema import Configuration
    from bioseq.evaluation.results import Evaluation
    from bioseq.protocol.events import Event
    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.folder import RunFolder

BUNDLE = ".bioseq"


@dataclass(frozen=True, slots=True, eq=False)
class Combined:
    """An ensemble made of finished runs.

    Attributes:
        bundle: The file of the model.
        folder: The run folder that it lies in; None when only the file was wanted.
        shares: Of each member in the mean, `(M,)`.
        evaluations: Split ("test", "validation") to the figures of the ensemble with those of its members; the main one
            stands first.
    """

    bundle: Path
    folder: RunFolder | None
    shares: tuple[float, ...]
    evaluations: dict[str, Evaluation]


@dataclass(frozen=True, slots=True, eq=False)
class _Member:
    """A finished run.

    Attributes:
        run: Its folder.
        contents: Its model.
        evaluations: By split, the main one first.
        records: By split, what it said of each record.
    """

    run: RunFolder
    contents: BundleContents
    evaluations: dict[str, Evaluation]
    records: dict[str, EvaluatedRecords]


def combine_runs(runs: Sequence[RunFolder], out: Path, *, combine: str = PLAIN, name: str = "") -> Combined:
    """Make one model of the models of finished runs: the mean of their probabilities.

    Calibration, threshold and, but for "plain", the shares are fitted on the validation records; the test records judge
    the result once and choose nothing. The calibration of each run stays with its model. The settings for
    that are those of the first run.

    Args:
        runs: 2 to 63 runs of networks and feature baselines with the same classes and molecule, chosen and judged by
            the same records, so that none has learnt what another is judged by.
        out: A file `*.bioseq` for the model alone; else a new folder, which becomes a run like any other.
        combine: "plain", or "weighted" or "geometric" by validation (`evaluation.mixture`).
        name: Of the new model; by default that of `out`.

    Raises:
        BioseqError: A run holds no model or no evaluated records, the runs do not fit together, or `out` cannot be
            written.
    """
    members = _members(runs)
    _check(members)
    if out.exists() and (out.is_file() or any(out.iterdir())):
        raise BioseqError(
            "ensemble.exists", "There is something here already.", where=str(out), remedy="Name another place."
        )
    together = _Together(members, combine)
    evaluations = together.evaluations()
    contents = together.contents(name or out.name.removesuffix(BUNDLE), evaluations)
    shares = tuple(together.shares.tolist())
    if out.suffix == BUNDLE:
        bundle.write_bundle(out, contents)
        return Combined(out, None, shares, evaluations)
    run = prepare_run(out, together.config, name=name)
    bundle.write_bundle(run.model, contents)
    write_evaluations(run.metrics, evaluations)
    for number, split in enumerate(evaluations):
        together.judged[split].save(run.evaluation / split if number else run.evaluation)
    if members[0].run.data.is_file():
        run.data.write_bytes(members[0].run.data.read_bytes())
    _leave_events(run, together, contents, evaluations)
    return Combined(run.model, run, shares, evaluations)


def _members(runs: Sequence[RunFolder]) -> list[_Member]:
    if not 2 <= len(runs) <= MOST_MEMBERS:
        raise _refused(f"An ensemble is made of 2 to {MOST_MEMBERS} runs; these are {len(runs)}.", "")
    if len({run.path.resolve() for run in runs}) < len(runs):
        raise _refused("A run is named twice.", "", "Each run may be a member once; train it again from another seed.")
    return [_member(run) for run in runs]


def _member(run: RunFolder) -> _Member:
    contents = bundle.read_bundle(bundle.find_bundle(run.path))
    if contents.architecture in ENSEMBLES:
        raise _refused("An ensemble cannot be a member of an ensemble.", str(run.path), "Name its members' runs.")
    evaluations = read_evaluations(run.metrics)
    records = {
        split: EvaluatedRecords.open(run.evaluation / split if number else run.evaluation)
        for number, split in enumerate(evaluations)
    }
    return _Member(run, contents, evaluations, records)


def _check(members: Sequence[_Member]) -> None:
    """Refuse runs that answer different questions, or that were not judged by the same records.

    Raises:
        BioseqError: They do not fit together.
    """
    first = members[0]
    for other in members[1:]:
        where = str(other.run.path)
        if other.contents.label_names != first.contents.label_names:
            names = "; ".join(quoted(member.contents.label_names) for member in (first, other))
            raise _refused(f"The runs know different classes, or the same in another order: {names}.", where)
        if other.contents.positive != first.contents.positive:
            raise _refused("The runs call different classes positive.", where)
        if other.contents.vocabulary.molecule is not first.contents.vocabulary.molecule:
            read = " and ".join(member.contents.vocabulary.molecule.value for member in (first, other))
            raise _refused(f"The runs read different molecules: {read}.", where)
        if list(other.records) != list(first.records):
            raise _refused("One of the runs has test or validation records, and the other has not.", where)
        for split in first.records:
            if not _same(first.records[split], other.records[split]):
                raise _refused(
                    f"The runs have different {split} records: one may have learnt what the other is judged by.",
                    where,
                    "Train them on the same files with the same split seed.",
                )


def _same(these: EvaluatedRecords, those: EvaluatedRecords) -> bool:
    """The same records with the same classes, in the same order."""
    return (
        np.array_equal(these.truth, those.truth)
        and np.array_equal(these.sequences.offsets, those.sequences.offsets)
        and np.array_equal(these.sequences.buffer, those.sequences.buffer)
        and np.array_equal(these.ids.buffer, those.ids.buffer)
    )


class _Together:
    """Finished runs that fit together, as one model.

    Attributes:
        config: As of an ensemble of such models; else that of the first run.
        shares: Of each in the mean, `(M,)`.
        calibration: Of the mean.
        threshold: With two classes: probability from which a record counts as positive.
        aim: What the threshold was chosen for.
        judged: By split, what the ensemble says of each record.
    """

    def __init__(self, members: Sequence[_Member], combine: str) -> None:
        first = members[0].contents
        self.members = members
        self.label_names = first.label_names
        self.positive = first.label_names.index(first.positive) if first.positive else -1
        self.config = _configuration(members, combine)
        self.shares = equal_shares(len(members))
        validation = members[0].records.get("validation")
        self._geometric = combine == GEOMETRIC
        if combine != PLAIN:
            if validation is None:
                raise _refused("There are no validation records to weigh the runs by.", "", "Take the plain mean.")
            self.shares = shares_by(validation.truth, self._chances("validation"), geometric=self._geometric)
        self.calibration, self.threshold, self.aim = AS_IT_IS, self.config.evaluation.threshold, "fixed"
        if validation is not None:
            self._calibrate(validation)
        self.judged = {split: self._judged(split) for split in members[0].records}

    def _chances(self, split: str) -> NDArray[np.float32]:
        return np.stack([np.asarray(member.records[split].probabilities) for member in self.members])

    def _mean(self, split: str) -> NDArray[np.float32]:
        return combined(self._chances(split), self.shares, geometric=self._geometric)

    def _calibrate(self, validation: EvaluatedRecords) -> None:
        settings = self.config.evaluation
        mean = self._mean("validation")
        if settings.calibrate:
            self.calibration = fit_calibration(validation.truth, mean)
        if self.positive >= 0:
            chosen = choose_threshold(
                validation.truth == self.positive,
                self.calibration.apply(mean)[:, self.positive],
                settings.threshold_aim,
                value=settings.aim_share,
            )
            if chosen is not None:
                self.threshold, self.aim = chosen.threshold, settings.threshold_aim

    def _judged(self, split: str) -> EvaluatedRecords:
        mean = self.calibration.apply(self._mean(split))
        return replace(self.members[0].records[split], probabilities=mean)

    def evaluations(self) -> dict[str, Evaluation]:
        """By split, the figures of the ensemble, of the simple models and of its members."""
        return {split: self._evaluation(split) for split in self.judged}

    def _evaluation(self, split: str) -> Evaluation:
        settings, records = self.config.evaluation, self.judged[split]
        before = self.members[0].evaluations[split]
        evaluation, _ = judge(
            lambda _records, _progress: np.asarray(records.probabilities),
            _dataset(records, self.label_names),
            labels=self.label_names,
            split=split,
            title=MODELS[NAME].title_with(self.config.model.hyper),
            positive=self.positive,
            threshold=self.threshold,
            seconds=sum(member.evaluations[split].model.seconds for member in self.members),
            baselines=[
                FittedBaseline(one.name, one.title, one.seconds, _said(records.baselines[one.name]))
                for one in before.baselines
            ],
            thresholds={one.name: one.threshold for one in before.baselines},
            resamples=Resamples(settings.resamples, settings.confidence),
            clusters=records.clusters,
        )
        parts = [
            replace(member.evaluations[split].model, name=f"member_{number}", title=_title(number, member))
            for number, member in enumerate(self.members, start=1)
        ]
        return replace(
            evaluation,
            members=tuple(parts),
            calibration=self.calibration,
            threshold_aim=self.aim,
            training_counts=before.training_counts,
        )

    def contents(self, name: str, evaluations: dict[str, Evaluation]) -> BundleContents:
        """The bundle."""
        first = self.members[0].contents
        vocabulary = Vocabulary(first.vocabulary.molecule)
        return bundle.BundleContents(
            config=self.config,
            architecture=NAME,
            hyper=ENSEMBLES[NAME].resolve(self.config.model.hyper),
            task=TaskShape(
                vocabulary=vocabulary.size,
                classes=len(self.label_names),
                longest=max(1, first.profile.longest),
                fixed_length=first.profile.shortest == first.profile.longest,
                molecule=vocabulary.molecule.value,
                word_length=vocabulary.k,
            ),
            vocabulary=vocabulary,
            label_names=self.label_names,
            profile=first.profile,
            metrics={split: evaluation.model.metrics for split, evaluation in evaluations.items()},
            positive=first.positive,
            threshold=self.threshold,
            calibration=self.calibration,
            weights=weights_of(self.shares.tolist()),
            members=tuple(replace(member.contents, members=()) for member in self.members),
            name=name,
            created=bundle.now(),
            inputs=first.inputs,
            training_counts=first.training_counts,
        )


def _configuration(members: Sequence[_Member], combine: str) -> Configuration:
    config = config_files.load(members[0].run.config)
    names = tuple(member.contents.architecture for member in members)
    hyper = {"members": joined(names), "combine": combine}
    if faults := ENSEMBLES[NAME].problems(hyper):
        raise BioseqError.from_problem(faults[0])
    model = config.model.model_copy(update={"name": NAME, "hyper": hyper})
    return config.model_copy(update={"model": model, "output": config.output.model_copy(update={"name": ""})})


def _dataset(records: EvaluatedRecords, labels: tuple[str, ...]) -> Dataset:
    return Dataset.from_records(
        list(records.sequences), ids=list(records.ids), labels=[labels[code] for code in records.truth]
    )


def _said(probabilities: NDArray[np.float32]) -> _Said:
    return _Said(np.asarray(probabilities))


@dataclass(frozen=True, slots=True, eq=False)
class _Said:
    """What a simple model said of the records before, `(N, C)`."""

    probabilities: NDArray[np.float32]

    def __call__(self, _records: Dataset) -> NDArray[np.float32]:
        return self.probabilities


def _title(number: int, member: _Member) -> str:
    return f"Member {number}: {member.contents.model_title} ({name_of(member.run)})"


def _leave_events(
    run: RunFolder, together: _Together, contents: BundleContents, evaluations: dict[str, Evaluation]
) -> None:
    """Events as of a training, so that the list of runs knows it."""
    split, main = next(iter(evaluations.items()))
    names = [name_of(member.run) for member in together.members]
    metrics = {name: value if np.isfinite(value) else None for name, value in main.model.metrics.items()}
    events: list[Event] = [
        JobStarted(
            job_id="",
            kind="train",
            folder=str(run.path),
            process_id=os.getpid(),
            details={
                "model": contents.model_title,
                "architecture": NAME,
                "name": contents.name,
                "data": [one.path.replace("\\", "/").rsplit("/", 1)[-1] for one in together.config.data.files],
                "combined": names,
            },
        ),
        ArtefactWritten(job_id="", kind="model", path=run.model.name, title="The model of all runs together"),
        ArtefactWritten(job_id="", kind="metrics", path=run.metrics.name, title="Figures of merit"),
        ArtefactWritten(job_id="", kind="evaluation", path=run.evaluation.name, title="Evaluated records"),
        JobFinished(
            job_id="",
            reason=f"combined from finished runs: {', '.join(names)}",
            summary={"split": split, "metrics": metrics, "epochs": 0, "best_epoch": 0},
        ),
    ]
    with Journal(run.events) as journal:
        for number, event in enumerate(events):
            journal.append(replace(event, job_id="ensemble", sequence=number, time=time.time()))
    remember(run)


def _refused(message: str, where: str, remedy: str = "Choose runs that answer the same question.") -> BioseqError:
    return BioseqError("ensemble.do_not_fit", message, where=where, remedy=remedy)
