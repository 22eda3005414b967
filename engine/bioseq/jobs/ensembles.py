"""Training jobs of ensembles: member after member, each in a folder of its own within that of the run.

All learn from the same training records and are chosen by the same validation records. A member that is done leaves its
bundle, so that a run that was killed goes on with the next. torch is imported for members that are networks only.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import GEOMETRIC, PLAIN, joined, member_title
from bioseq.catalogue.registry import BASELINES, ENSEMBLES, specification
from bioseq.config.ensembles import member_configurations
from bioseq.durable import write_json
from bioseq.errors import BioseqError
from bioseq.evaluation.mixture import combined, equal_shares, shares_by
from bioseq.jobs.calibration import undoing
from bioseq.jobs.endings import Cancelled
from bioseq.jobs.learnt import Learnt
from bioseq.jobs.progress import relayed
from bioseq.json_values import load_table
from bioseq.prediction.ensembles import chances_of, sharing
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    LogEmitted,
    Phase,
    PhaseChanged,
    StepDone,
    Warned,
)
from bioseq.runs import bundle
from bioseq.runs.bundle_members import weights_of
from bioseq.runs.folder import RunFolder
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.tokens import Vocabulary
from bioseq.training.inputs import check_classes, positive_index, task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    import torch
    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.jobs.learnt import Lessons, Predict, Teaching
    from bioseq.prediction.predict import Predictor
    from bioseq.protocol.control import Control
    from bioseq.protocol.events import Event
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]
    Prepare = Callable[[Configuration, LoadedData], Teaching]

_DONE = "member.json"


def device_of(config: Configuration, device_of_member: Callable[[Configuration], str]) -> str:
    """Where the members will be trained, in words; where the networks are, when there are any."""
    members = member_configurations(config)
    networks = [member for member in members if member.model.name not in BASELINES]
    return device_of_member((networks or members)[0]) if members else "cpu"


def prepared(config: Configuration, loaded: LoadedData, prepare: Prepare) -> EnsembleTeaching:
    """The training of an ensemble.

    Args:
        config: Checked.
        loaded: The records.
        prepare: Makes the training of a member ready, when its turn comes.

    Raises:
        BioseqError: There is nothing to learn from, or the configuration names a class that is not there.
    """
    dataset = loaded.dataset
    chosen = ENSEMBLES[config.model.name]
    vocabulary = Vocabulary(loaded.molecule)
    train, validation = (_rows(loaded, split) for split in (Split.TRAIN, Split.VALIDATION))
    check_classes(dataset.labels[train.rows].astype(np.int64), dataset.label_names)
    lessons = EnsembleLessons(
        architecture=chosen.name,
        hyper=chosen.resolve(config.model.hyper),
        task=task_of(dataset, vocabulary),
        vocabulary=vocabulary,
        label_names=dataset.label_names,
        train=train,
        validation=validation if len(validation) else None,
        positive=positive_index(config.evaluation.positive_label, dataset.label_names),
        threshold=config.evaluation.threshold,
    )
    configurations = member_configurations(config)
    members = tuple(
        Member(number, len(configurations), member) for number, member in enumerate(configurations, start=1)
    )
    return EnsembleTeaching(lessons, members, loaded, prepare)


@dataclass(frozen=True, slots=True, eq=False)
class LabelledRows:
    """Labelled records.

    Attributes:
        rows: Their numbers in the data set, `(N,)`.
    """

    rows: NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class EnsembleLessons:
    """What the members learn from; the attributes are those of `jobs.learnt.Lessons`."""

    architecture: str
    hyper: HyperValues
    task: TaskShape
    vocabulary: Vocabulary
    label_names: tuple[str, ...]
    train: LabelledRows
    validation: LabelledRows | None
    positive: int
    threshold: float


@dataclass(frozen=True, slots=True)
class Member:
    """One member and its place.

    Attributes:
        number: 1-based.
        count: Members in all.
        config: What it is trained by.
    """

    number: int
    count: int
    config: Configuration

    @property
    def title(self) -> str:
        """Its model, for people."""
        return specification(self.config.model.name).title

    @property
    def label(self) -> str:
        """Which it is, for people: "Member 2 of 3: Text CNN"."""
        return member_title(self.number, self.count, self.title)

    @property
    def name(self) -> str:
        """Name of its folder: "02_text_cnn"."""
        return f"{self.number:02d}_{self.config.model.name}"

    def folder_in(self, run: RunFolder) -> RunFolder:
        """Where its checkpoints and its bundle lie."""
        return RunFolder(run.members / self.name)


@dataclass(frozen=True, slots=True, eq=False)
class _Facts:
    """What is told of a member that has learnt; the attributes are those of `Learnt`."""

    best_epoch: int
    epochs: int
    reason: str
    stopped: bool
    seconds: float
    device: str
    threads: int
    precision: str


_FACTS = tuple(one.name for one in fields(_Facts))


@dataclass(frozen=True, slots=True, eq=False)
class EnsembleTeaching:
    """The training of one ensemble.

    Attributes:
        lessons: What the members learn from.
        members: In order.
        loaded: All records.
        prepare: Makes the training of a member ready.
    """

    lessons: EnsembleLessons
    members: tuple[Member, ...]
    loaded: LoadedData
    prepare: Prepare

    @property
    def size(self) -> str:
        """How many members there are, in words."""
        return f"{len(self.members)} members: {', '.join(member.title for member in self.members)}"

    def learn(self, folder: RunFolder, control: Control, *, resume: bool) -> Generator[Event, None, Learnt]:
        """Train the members that are not trained yet, one after the other.

        Raises:
            Cancelled: The person wants nothing of it.
        """
        learnt: list[tuple[Member, _Facts]] = []
        for member in self.members:
            place = member.folder_in(folder)
            facts = self._done_before(member, place) if resume else None
            if facts is not None:
                yield _logged(f"{member.label} was trained before.")
            else:
                facts = yield from self._learn_one(member, place, control, resume=resume)
            learnt.append((member, facts))
            if control.cancel_requested:
                raise Cancelled
            if control.stop_requested:
                break
        return (yield from self._together(folder, control, learnt))

    # ------------------------------------------------------------------ one member

    def _learn_one(
        self, member: Member, place: RunFolder, control: Control, *, resume: bool
    ) -> Generator[Event, None, _Facts]:
        yield PhaseChanged(job_id="", phase=Phase.TRAINING, title=member.label)
        # A member that is no more than its settings and records is made ready only now, so that memory holds one.
        teaching = yield from relayed(
            lambda _: self.prepare(member.config, self.loaded), control, unit="records", stop_ends=False
        )
        going_on = resume and place.checkpoints.is_dir() and any(place.checkpoints.iterdir())
        if not going_on:
            shutil.rmtree(place.path, ignore_errors=True)
        learnt = yield from _as_member(self.members, member, teaching.learn(place, control, resume=going_on))
        if learnt.cancelled:
            raise Cancelled
        bundle.write_bundle(place.model, self._contents(member, teaching.lessons, learnt))
        facts = _Facts(**{name: getattr(learnt, name) for name in _FACTS})
        write_json(place.path / _DONE, {"format": 1, "fingerprint": self._fingerprint(member), **asdict(facts)})
        if not learnt.stopped:
            shutil.rmtree(place.checkpoints, ignore_errors=True)
        return facts

    def _done_before(self, member: Member, place: RunFolder) -> _Facts | None:
        """What an earlier attempt told of the member; None when it has to be trained, or trained further."""
        try:
            told = load_table((place.path / _DONE).read_bytes())
            facts = _Facts(**{name: told[name] for name in _FACTS})
            same = told["fingerprint"] == self._fingerprint(member)
            bundle.read_bundle_card(place.model)
        except (OSError, ValueError, KeyError, TypeError, BioseqError):
            return None
        return facts if same and not facts.stopped else None

    def _contents(self, member: Member, lessons: Lessons, learnt: Learnt) -> bundle.BundleContents:
        return bundle.BundleContents(
            config=member.config,
            architecture=lessons.architecture,
            hyper=lessons.hyper,
            task=lessons.task,
            vocabulary=lessons.vocabulary,
            label_names=lessons.label_names,
            profile=self.loaded.profile,
            metrics={},
            positive=lessons.label_names[lessons.positive] if len(lessons.label_names) == 2 else "",
            threshold=lessons.threshold,
            calibration=undoing(learnt, member.config.evaluation),
            weights=learnt.weights,
            name=member.label,
            created=bundle.now(),
        )

    def _fingerprint(self, member: Member) -> str:
        """Hash of everything that decides what the member becomes; not of file paths, device and threads."""
        config = member.config.model_dump(mode="json", include={"tokens", "model", "training", "augmentation"})
        for name in ("device", "threads"):
            config["training"].pop(name)
        config["model"].pop("combine")
        decisive = [config, self.lessons.positive, member.config.evaluation.calibrate]
        digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode())
        dataset = self.loaded.dataset
        for column in (dataset.letters, dataset.offsets, dataset.labels, dataset.splits):
            digest.update(np.ascontiguousarray(column).tobytes())
        return digest.hexdigest()

    # ------------------------------------------------------------------ all together

    def _together(
        self, folder: RunFolder, control: Control, learnt: Sequence[tuple[Member, _Facts]]
    ) -> Generator[Event, None, Learnt]:
        members = [member for member, _ in learnt]
        told = [facts for _, facts in learnt]
        device = _device(members)
        predictors = yield from relayed(
            lambda _: sharing(load_predictor(member.folder_in(folder).model, device=device) for member in members),
            control,
            unit="members",
            stop_ends=False,
        )
        shares = yield from self._shares(predictors, control)
        yield from map(_told_of, members, told, shares)
        stopped = any(facts.stopped for facts in told) or len(members) < len(self.members)
        return Learnt(
            predict=_mean(predictors, shares, geometric=self._geometric),
            weights=weights_of(shares.tolist()),
            best_epoch=told[-1].best_epoch,
            epochs=sum(facts.epochs for facts in told),
            reason="stopped by hand" if stopped else "all members trained",
            stopped=stopped,
            cancelled=False,
            seconds=sum(facts.seconds for facts in told),
            device=", ".join(dict.fromkeys(facts.device for facts in told)),
            threads=max(facts.threads for facts in told),
            precision=", ".join(dict.fromkeys(facts.precision for facts in told)),
            settled={"members": joined(tuple(member.config.model.name for member in members))},
            members=tuple(predictor.contents for predictor in predictors),
            parts=tuple(
                (member.label, predictor.chances) for member, predictor in zip(members, predictors, strict=True)
            ),
        )

    def _shares(self, predictors: Sequence[Predictor], control: Control) -> Generator[Event, None, NDArray[np.float64]]:
        if self.lessons.hyper["combine"] == PLAIN:
            return equal_shares(len(predictors))
        if self.lessons.validation is None:
            yield Warned(
                job_id="",
                code="ensemble.no_validation",
                message="There are no validation records to weigh the members by: each counts the same.",
                remedy="Keep a share of the records back for validation.",
                where="split.validation_fraction",
            )
            return equal_shares(len(predictors))
        records = self.loaded.dataset.take(self.lessons.validation.rows)
        chances = yield from relayed(
            lambda progress: chances_of([one.chances for one in predictors], records, progress),
            control,
            unit="records",
            stop_ends=False,
        )
        return shares_by(records.labels, chances, geometric=self._geometric)

    @property
    def _geometric(self) -> bool:
        return self.lessons.hyper["combine"] == GEOMETRIC


def _rows(loaded: LoadedData, split: Split) -> LabelledRows:
    dataset = loaded.dataset
    return LabelledRows(np.flatnonzero((dataset.splits == split) & (dataset.labels != NO_LABEL)).astype(np.intp))


def _as_member(
    members: Sequence[Member], member: Member, events: Generator[Event, None, Learnt]
) -> Generator[Event, None, Learnt]:
    """The events of a member's training as those of the ensemble's: they say whose they are."""
    try:
        while True:
            yield _of_member(next(events), members, member)
    except StopIteration as end:
        learnt: Learnt = end.value
        return learnt
    finally:
        events.close()


def _of_member(event: Event, members: Sequence[Member], member: Member) -> Event:
    match event:
        case PhaseChanged(phase=Phase.TRAINING):
            return replace(event, title=member.label)
        case StepDone():
            left = _seconds_left(event, members, member)
            return replace(
                event, member=member.label, member_number=member.number, members=member.count, seconds_left=left
            )
        case EpochFinished():
            return replace(event, member=member.label, member_number=member.number, members=member.count)
        case ArtefactWritten():
            return replace(event, path=f"members/{member.name}/{event.path}", title=f"{event.title}, {member.label}")
        case _:
            return event


def _seconds_left(event: StepDone, members: Sequence[Member], member: Member) -> float | None:
    """The time that this member and those after it will take; None where one of them is of another kind."""
    following = members[member.number :]
    if event.seconds_left is None or any(one.config.model.name != member.config.model.name for one in following):
        return None
    done = (event.epoch - 1 + event.step / max(1, event.steps)) / max(1, event.epochs)
    whole = event.seconds_left / max(1e-9, 1.0 - done)
    return event.seconds_left + whole * len(following) if done < 1.0 else None


def _mean(predictors: Sequence[Predictor], shares: NDArray[np.float64], *, geometric: bool) -> Predict:
    parts = [predictor.chances for predictor in predictors]

    def predict(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        return combined(chances_of(parts, records, progress), shares, geometric=geometric)

    return predict


def _told_of(member: Member, facts: _Facts, share: float) -> LogEmitted:
    return _logged(
        f"{member.label}: seed {member.config.training.seed}, the best of {facts.epochs} is {facts.best_epoch}, "
        f"{facts.reason}; its share in the mean is {share:.3f}."
    )


def _device(members: Sequence[Member]) -> torch.device | None:
    """Where the members compute when they are judged; torch is left alone where none is a network."""
    networks = [member for member in members if member.config.model.name not in BASELINES]
    if not networks:
        return None
    from bioseq.training.device import choose_device

    return choose_device(networks[0].config.training.device)


def _logged(message: str) -> LogEmitted:
    return LogEmitted(job_id="", level="info", message=message)
