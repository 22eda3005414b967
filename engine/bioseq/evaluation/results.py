"""What an evaluation found: figures of the model and of the trivial baselines over the same records, and the records.

Figures lie in `metrics.json`; truth and probabilities per record lie as columns in `evaluation/`, from which curves,
confusion and thresholds are computed again. Torch-free: the window reads these.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.errors import BioseqError
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.calibration import AS_IT_IS, Calibration, calibration_from
from bioseq.evaluation.standing import Caution, caution_from
from bioseq.evaluation.stored_shapes import EVALUATIONS
from bioseq.evaluation.verdict import findings_of
from bioseq.json_values import DamagedError, decode, numbers
from bioseq.runs.folder import durable_file, write_json
from bioseq.sequences.saved_columns import column_of, open_columns, text_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.sequences.text_column import TextColumn

_COMPUTED = frozenset({"findings", "standing"})
"""Written for other readers, by this or by older programs, and computed again from the figures here."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Figures of one predictor on one set of records.

    Attributes:
        name: "model", "majority", "logistic_regression".
        title: For people: "Text CNN", "Always the largest class", "Logistic regression on 3-mers".
        metrics: Metric name to value; NaN where it is not defined (AUC with one class present). With two classes they
            speak of the positive class; with more they are macro means, and accuracy, MCC as defined for many classes.
        per_class: Class to metric name to value, each class against the rest.
        confusion: Records per true class (rows) and predicted class (columns), in the order of the labels.
        seconds: Time to fit it.
        threshold: With two classes: probability from which it counts a record as positive.
        intervals: Metric name to the figure with its interval; empty in old files.
        class_intervals: Of the trained model: class to metric name to the figure with its interval.
        lead: Of a simple model: metric name to how much more the trained model has, with its interval, both on the same
            resamples; empty for the model itself and in old files.
        lead_p: Of a simple model: metric name to the two-sided p of "no difference", from the interval of the lead.
        weight: Of a part of a combination: its weight in the mean, (0, 1]; 0 elsewhere.
    """

    name: str
    title: str
    metrics: dict[str, float]
    per_class: dict[str, dict[str, float]]
    confusion: tuple[tuple[int, ...], ...]
    seconds: float = 0.0
    threshold: float = 0.5
    intervals: dict[str, Interval] = field(default_factory=dict)
    class_intervals: dict[str, dict[str, Interval]] = field(default_factory=dict)
    lead: dict[str, Interval] = field(default_factory=dict)
    lead_p: dict[str, float] = field(default_factory=dict)
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Model and baselines over one set of records.

    Attributes:
        split: "test", "validation", or "files".
        labels: The classes in order.
        positive: With two classes: the one that sensitivity speaks of; else empty.
        threshold: With two classes: probability from which a record counts as positive.
        records: Number of records.
        left_out: Of files: records that could not be evaluated, by the class that they name, which the model does not
            know; "" for those without a class.
        model: The trained network.
        baselines: Trivial predictors fitted on the same training records.
        cautions: What of the run keeps these figures from being taken at their word.
        calibration: What was done to the probabilities that the model gives.
        threshold_aim: What the threshold was chosen for, on validation records; "fixed" where it was given.
        resamples: Draws behind the intervals; 0 where there are none.
        clusters: Clusters of similar records that were drawn whole; 0 where single records were drawn.
        members: Of an ensemble: its members, as they are without each other; else empty.
        training_counts: Records of each class that the model learnt from, in the order of the labels; empty where that
            is not known.
    """

    split: str
    labels: tuple[str, ...]
    positive: str
    threshold: float
    records: int
    model: Scores
    baselines: tuple[Scores, ...]
    cautions: tuple[Caution, ...] = ()
    calibration: Calibration = AS_IT_IS
    threshold_aim: str = "fixed"
    resamples: int = 0
    clusters: int = 0
    members: tuple[Scores, ...] = ()
    training_counts: tuple[int, ...] = ()
    left_out: dict[str, int] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Evaluation:
        """The inverse of `dataclasses.asdict`, after a trip through JSON (null is NaN)."""
        temperature = fields.get("temperature", 1.0)  # all that programs before the biases knew
        known = {name: value for name, value in fields.items() if name not in {*_COMPUTED, "temperature"}}
        return cls(
            **{
                **known,
                "calibration": calibration_from(fields.get("calibration", {"temperature": temperature})),
                "labels": tuple(fields["labels"]),
                "model": _scores(fields["model"]),
                "baselines": tuple(_scores(baseline) for baseline in fields["baselines"]),
                "members": tuple(map(_scores, fields.get("members", ()))),
                "training_counts": tuple(fields.get("training_counts", ())),
                "cautions": tuple(map(caution_from, fields.get("cautions", ()))),
            }
        )


@dataclass(frozen=True, slots=True, eq=False)
class EvaluatedRecords:
    """The records behind an evaluation, as columns, N records and C classes.

    Attributes:
        ids: Identifiers.
        sequences: Letters.
        truth: True class, index into the labels, int16 `(N,)`.
        probabilities: Of the model, float32 `(N, C)`.
        baselines: Name of a baseline to its probabilities, float32 `(N, C)`.
        clusters: Number of the cluster of similar records that each is in, int64 `(N,)`; None where it is not known.
    """

    ids: TextColumn
    sequences: TextColumn
    truth: NDArray[np.int16]
    probabilities: NDArray[np.float32]
    baselines: dict[str, NDArray[np.float32]]
    clusters: NDArray[np.int64] | None = None

    def save(self, folder: Path) -> None:
        """Write the columns durably into a folder, which is made if need be."""
        columns: dict[str, NDArray[Any]] = {
            "ids": self.ids.buffer,
            "id_offsets": self.ids.offsets,
            "sequences": self.sequences.buffer,
            "sequence_offsets": self.sequences.offsets,
            "truth": self.truth,
            "probabilities": self.probabilities,
            **{f"baseline-{name}": values for name, values in self.baselines.items()},
        }
        if self.clusters is not None:
            columns["clusters"] = self.clusters
        for name, column in columns.items():
            with durable_file(folder / f"{name}.npy") as file:
                np.save(file, column, allow_pickle=False)

    @classmethod
    def open(cls, folder: Path) -> EvaluatedRecords:
        """Map saved columns into memory.

        Raises:
            BioseqError: The folder holds no evaluated records.
        """
        try:
            found = _records_in(open_columns(folder))
        except (OSError, DamagedError) as error:
            raise BioseqError(
                "run.no_evaluation",
                "This run holds no evaluated records.",
                where=str(folder),
                remedy="Train again, or resume the run.",
            ) from error
        return found


def _records_in(columns: dict[str, NDArray[Any]]) -> EvaluatedRecords:
    """The evaluated records in these columns.

    Raises:
        DamagedError: Some are not there, or do not fit each other.
    """
    records = EvaluatedRecords(
        ids=text_in(columns, "ids", "id_offsets"),
        sequences=text_in(columns, "sequences", "sequence_offsets"),
        truth=column_of(columns, "truth", np.int16),
        probabilities=columns.get("probabilities", np.zeros(0, np.float32)),
        baselines={
            name.removeprefix("baseline-"): values for name, values in columns.items() if name.startswith("baseline-")
        },
        clusters=column_of(columns, "clusters", np.int64) if "clusters" in columns else None,
    )
    count = len(records.truth)
    tables = (records.probabilities, *records.baselines.values())
    shape = (count, *records.probabilities.shape[1:])
    if len(shape) != 2 or any(table.shape != shape or table.dtype != np.float32 for table in tables):
        raise DamagedError("the probabilities do not fit the other columns")
    if {len(records.ids), len(records.sequences), *([] if records.clusters is None else [len(records.clusters)])} != {
        count
    }:
        raise DamagedError("the columns are of different lengths")
    if count and not -1 <= records.truth.min() <= records.truth.max() < shape[1]:
        raise DamagedError("a class is none of those that the probabilities are of")
    return records


def write_evaluations(path: Path, evaluations: dict[str, Evaluation]) -> None:
    """Write evaluations by split ("test", "validation") as JSON, durably, each with the findings for its readers."""
    write_json(path, {"format": 1, "evaluations": {key: _fields(item) for key, item in evaluations.items()}})


def _fields(evaluation: Evaluation) -> dict[str, Any]:
    return {**asdict(evaluation), "findings": [asdict(one) for one in findings_of(evaluation)]}


def best_on_validation(judged: Sequence[Evaluation | None]) -> int | None:
    """Place of the one with the highest MCC on validation records.

    Args:
        judged: How each was judged by its validation records; None where it was not.

    Returns:
        The first of equal ones; None unless each has an MCC and they differ.
    """
    values = [one.model.metrics.get("mcc", math.nan) if one is not None else math.nan for one in judged]
    if not all(map(math.isfinite, values)) or len(set(values)) < 2:
        return None
    return values.index(max(values))


def read_evaluations(path: Path) -> dict[str, Evaluation]:
    """Read evaluations by split.

    Raises:
        BioseqError: There are none, or the file is damaged.
    """
    try:
        fields = decode(EVALUATIONS, path.read_bytes())
        found = {key: Evaluation.from_dict(item) for key, item in fields["evaluations"].items()}
        for evaluation in found.values():
            _check_confusion(evaluation)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BioseqError(
            "run.no_metrics",
            "This run has no readable metrics.",
            where=str(path),
            remedy="Train again, or resume the run.",
        ) from error
    return found


def _check_confusion(evaluation: Evaluation) -> None:
    """Refuse tables of other classes than the evaluation is of.

    Raises:
        DamagedError: There is one.
    """
    count = len(evaluation.labels)
    for one in (evaluation.model, *evaluation.baselines, *evaluation.members):
        if one.confusion and [len(row) for row in one.confusion] != [count] * count:
            raise DamagedError(f"the confusion of {one.name} is not of {count} classes")
    if evaluation.positive and evaluation.positive not in evaluation.labels:
        raise DamagedError("the positive class is none of the classes")


def _scores(fields: dict[str, Any]) -> Scores:
    return Scores(
        **{
            **fields,
            "metrics": numbers(fields["metrics"]),
            "per_class": {label: numbers(values) for label, values in fields["per_class"].items()},
            "confusion": tuple(tuple(row) for row in fields["confusion"]),
            "intervals": _intervals(fields.get("intervals", {})),
            "class_intervals": {
                label: _intervals(values) for label, values in fields.get("class_intervals", {}).items()
            },
            "lead": _intervals(fields.get("lead", {})),
            "lead_p": numbers(fields.get("lead_p", {})),
        }
    )


def _intervals(values: dict[str, dict[str, float | None]]) -> dict[str, Interval]:
    return {name: Interval(**numbers(bounds)) for name, bounds in values.items()}
