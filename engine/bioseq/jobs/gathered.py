"""Models that were trained before, put together as the result of a run in place of a training.

`members.json` says which, and what their share in the answer is. Of the validation records of the run some models have
learnt, each others; what those say that have not learnt them is told beside, so that temperature and threshold are
chosen by honest predictions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np

from bioseq.catalogue.ensemble import GEOMETRIC, member_title
from bioseq.catalogue.registry import ENSEMBLES
from bioseq.durable import durable_file, write_json
from bioseq.errors import BioseqError
from bioseq.evaluation.mixture import combined
from bioseq.jobs.ensembles import LabelledRows
from bioseq.jobs.learnt import Learnt
from bioseq.json_values import DamagedError, Figure, Finite, Shaped, ShortText, decode
from bioseq.prediction.ensembles import chances_of, sharing
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.events import Event, LogEmitted
from bioseq.runs.bundle_members import weights_of
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.saved_columns import open_column
from bioseq.sequences.tokens import Vocabulary
from bioseq.training.inputs import positive_index, task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.jobs.learnt import Predict, Teaching
    from bioseq.prediction.predict import Predictor
    from bioseq.protocol.control import Control
    from bioseq.runs.folder import RunFolder
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]

_FORMAT = 1
_MEMBER = Annotated[dict[str, Any], Shaped({"run": ShortText, "share": Finite})]
_MEMBERS: Any = Annotated[
    dict[str, Any], Shaped({"members": list[_MEMBER], "validation": ShortText, "seconds": Figure}, format=int)
]
"""What `members.json` holds."""


def write_members(
    path: Path, shares: Mapping[str, float], *, rows: NDArray[np.intp], chances: NDArray[np.float64], seconds: float
) -> None:
    """Write `members.json`, and beside it what is known of validation records.

    Args:
        path: The file.
        shares: Run folder of each model, relative to the folder of the file, to its share in the answer.
        rows: Numbers of records in the cleaned data set, `(N,)`.
        chances: What models say of them that have not learnt them, `(N, C)`.
        seconds: Time spent to train all, for the record.
    """
    known = path.with_name("validation.npy")
    with durable_file(known) as file:
        np.save(file, np.column_stack([rows.astype(np.float64), chances]), allow_pickle=False)
    members = [{"run": run, "share": share} for run, share in shares.items()]
    write_json(path, {"format": _FORMAT, "members": members, "validation": known.name, "seconds": seconds})


def preparing(path: Path) -> Callable[[Configuration, LoadedData], Teaching]:
    """How the models that a file tells of are made ready, in place of a training."""

    def prepared(config: Configuration, loaded: LoadedData) -> GatheredTeaching:
        return _prepared(path, config, loaded)

    return prepared


@dataclass(frozen=True, slots=True, eq=False)
class GatheredLessons:
    """What the models have learnt from, as far as the run divides its records; as `jobs.learnt.Lessons`."""

    architecture: str
    hyper: HyperValues
    task: TaskShape
    vocabulary: Vocabulary
    label_names: tuple[str, ...]
    train: LabelledRows
    validation: LabelledRows | None
    positive: int
    threshold: float


@dataclass(frozen=True, slots=True, eq=False)
class GatheredTeaching:
    """Models that need no training any more.

    Attributes:
        lessons: What they have learnt from.
        predictors: Ready to predict, in order.
        shares: Of each in the answer, `(M,)`, sum 1.
        known: Validation records of the run, and what models say of them that have not learnt them, `(N, C)`.
        seconds: Time that was spent to train them and all that they were chosen from.
        apart: The run has test records, which no model has learnt, so that each can be judged alone.
    """

    lessons: GatheredLessons
    predictors: tuple[Predictor, ...]
    shares: NDArray[np.float64]
    known: tuple[Dataset, NDArray[np.float32]]
    seconds: float
    apart: bool

    @property
    def size(self) -> str:
        """How many there are, in words."""
        count = len(self.predictors)
        return "one model that was trained before" if count == 1 else f"{count} models that were trained before"

    def learn(self, folder: RunFolder, control: Control, *, resume: bool) -> Generator[Event, None, Learnt]:  # noqa: ARG002
        """Put them together."""
        for predictor, share in zip(self.predictors, self.shares.tolist(), strict=True):
            contents = predictor.contents
            yield LogEmitted(
                job_id="",
                level="info",
                message=f"{contents.model_title}, from {contents.name}: its share in the answer is {share:.3f}",
            )
        alone = len(self.predictors) == 1
        contents = self.predictors[0].contents
        return Learnt(
            predict=self._predict(),
            weights=contents.weights if alone else weights_of(self.shares.tolist()),
            best_epoch=0,
            epochs=0,
            reason="chosen by validation",
            stopped=False,
            cancelled=False,
            seconds=self.seconds,
            device="cpu",
            threads=1,
            precision="float32",
            members=() if alone else tuple(predictor.contents for predictor in self.predictors),
            parts=() if alone or not self.apart else self._parts(),
            prior_log_weights=contents.calibration.prior_log_weights if alone else (),
        )

    def _parts(self) -> tuple[tuple[str, Predict], ...]:
        count = len(self.predictors)
        return tuple(
            (member_title(number, count, predictor.contents.model_title), predictor.chances)
            for number, predictor in enumerate(self.predictors, start=1)
        )

    def _predict(self) -> Predict:
        alone = len(self.predictors) == 1
        parts = [predictor.raw_chances if alone else predictor.chances for predictor in self.predictors]
        records_known, chances_known = self.known
        geometric = self.lessons.hyper.get("combine") == GEOMETRIC

        def predict(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
            if _same(records, records_known):
                return chances_known
            return combined(chances_of(parts, records, progress), self.shares, geometric=geometric)

        return predict


def _prepared(path: Path, config: Configuration, loaded: LoadedData) -> GatheredTeaching:
    told = _told(path)
    predictors = sharing(load_predictor(path.parent / member["run"]) for member in told["members"])
    shares = np.array([float(member["share"]) for member in told["members"]])
    contents = predictors[0].contents
    dataset = loaded.dataset
    if dataset.label_names != contents.label_names:
        raise _damaged(path)
    train, validation = (_rows(dataset, split) for split in (Split.TRAIN, Split.VALIDATION))
    alone = len(predictors) == 1
    vocabulary = contents.vocabulary if alone else Vocabulary(loaded.molecule)
    lessons = GatheredLessons(
        architecture=config.model.name,
        hyper=contents.hyper if alone else ENSEMBLES[config.model.name].resolve(config.model.hyper),
        task=contents.task if alone else task_of(dataset, vocabulary),
        vocabulary=vocabulary,
        label_names=dataset.label_names,
        train=train,
        validation=validation if len(validation) else None,
        positive=positive_index(config.evaluation.positive_label, dataset.label_names),
        threshold=config.evaluation.threshold,
    )
    try:
        known = open_column(path.with_name(told["validation"]), mapped=False)
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    records, chances = _known(dataset, validation.rows, known, path)
    if alone:
        # The calibration is fitted anew to what the model itself gives: undo the one that it had.
        chances = contents.calibration.undo(chances)
    return GatheredTeaching(
        lessons,
        predictors,
        shares / shares.sum(),
        (records, chances),
        float(told["seconds"]),
        apart=len(_rows(dataset, Split.TEST)) > 0,
    )


def _known(
    dataset: Dataset, rows: NDArray[np.intp], known: NDArray[np.float64], path: Path
) -> tuple[Dataset, NDArray[np.float32]]:
    """The validation records of the run with what is known of them."""
    numbers = known[:, 0].astype(np.intp)
    place = np.full(len(dataset), -1, np.intp)
    place[numbers] = np.arange(len(numbers))
    if np.any(place[rows] < 0):
        raise _damaged(path)
    return dataset.take(rows), known[place[rows], 1:].astype(np.float32)


def _told(path: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = decode(_MEMBERS, path.read_bytes())
    except (OSError, DamagedError) as error:
        raise _damaged(path) from error
    if told.get("format") != _FORMAT or not told.get("members"):
        raise _damaged(path)
    return told


def _damaged(path: Path) -> BioseqError:
    return BioseqError(
        "study.bad_members",
        "The list of the models that were chosen is damaged, or is of other data.",
        where=str(path),
        remedy="Start the study again.",
    )


def _rows(dataset: Dataset, split: Split) -> LabelledRows:
    return LabelledRows(np.flatnonzero((dataset.splits == split) & (dataset.labels != NO_LABEL)).astype(np.intp))


def _same(records: Dataset, others: Dataset) -> bool:
    return np.array_equal(records.offsets, others.offsets) and np.array_equal(records.letters, others.letters)
