"""What stands between a model's probabilities and its answers: calibration and a threshold, fitted on validation.

The same is done for the simple models beside it, so that no one has an advantage. The test records take no part.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.calibration import AS_IT_IS, Calibration, fit_calibration, mean_probabilities
from bioseq.evaluation.evaluate import truth_in
from bioseq.evaluation.thresholds import choose_threshold
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import Event, LogEmitted, Warned
from bioseq.sequences.dataset import NO_LABEL, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import EvaluationSettings
    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.evaluation.calibration import MeanProbability
    from bioseq.jobs.learnt import Learnt, Lessons, Predict
    from bioseq.protocol.control import Control
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]

_RAREST = 1e-6
"""Stands for a prevalence of 0 where it divides."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A model and the simple models beside it, as they answer.

    Attributes:
        predict: `(records, progress) -> ` calibrated probabilities, `(N, C)`.
        calibration: Of the model.
        threshold: With two classes: probability from which it counts a record as positive.
        aim: What the threshold was chosen for; "fixed" where it was given.
        baselines: The simple models, calibrated in the same way.
        thresholds: Name of a simple model to its threshold, chosen in the same way.
        validation: Of each class, the mean of these probabilities on the validation records beside its prevalence;
            empty where they are as the model gives them.
        validation_probabilities: Of the validation records, calibrated, where `predict` knows these records; else None.
    """

    predict: Predict
    calibration: Calibration
    threshold: float
    aim: str
    baselines: tuple[FittedBaseline, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)
    validation: tuple[MeanProbability, ...] = ()
    validation_probabilities: NDArray[np.float32] | None = None

    def on_validation(self, rows: NDArray[np.intp]) -> Calibrated:
        """The same models for the validation records, which some of them were fitted on in the end.

        These are answered by the predictions that were made while the records were held out.

        Args:
            rows: Numbers of the labelled validation records, ascending, `(N,)`.
        """
        known = self.validation_probabilities
        own = self.predict if known is None else lambda _records, _progress: known
        return replace(self, predict=own, baselines=tuple(_restrict_to_held_out(one, rows) for one in self.baselines))


def undoing(learnt: Learnt, settings: EvaluationSettings) -> Calibration:
    """What undoes the weights of training alone, where the settings want calibrated probabilities."""
    return Calibration(prior_log_weights=learnt.prior_log_weights) if settings.calibrate else AS_IT_IS


def calibrated(
    learnt: Learnt,
    baselines: Sequence[FittedBaseline],
    *,
    loaded: LoadedData,
    lessons: Lessons,
    settings: EvaluationSettings,
    control: Control,
) -> Generator[Event, None, Calibrated]:
    """Fit calibrations and thresholds on the labelled validation records, as the settings say.

    Args:
        learnt: The model.
        baselines: Simple models.
        loaded: All records of the run.
        lessons: What the model learnt from.
        settings: Whether and what for.
        control: Its cancellation ends the work.
    """
    dataset = loaded.dataset
    rows = np.flatnonzero((dataset.splits == Split.VALIDATION) & (dataset.labels != NO_LABEL))
    chooses = settings.threshold_aim != "fixed" and len(lessons.label_names) == 2
    if chooses and not len(rows):
        yield _no_choice("There are no validation records to choose a threshold by")
    if not len(rows) or not (chooses or settings.calibrate):
        known = undoing(learnt, settings)
        return Calibrated(calibrated_by(known, learnt.predict), known, lessons.threshold, "fixed", tuple(baselines))
    fitting = _Fitting(dataset.take(rows), dataset.labels, lessons, settings, chooses=chooses)
    found = yield from relayed(
        lambda progress: fitting.fitted(learnt, baselines, progress), control, unit="records", stop_ends=False
    )
    if settings.calibrate:
        how = found.calibration.in_words()
        yield _logged(f"Probabilities are calibrated on {len(rows):,} validation records: {how}")
        yield from _told(found.validation, lessons.label_names)
    if found.aim != "fixed":
        yield _logged(f"Threshold {found.threshold:.3g}, chosen on {len(rows):,} validation records")
    elif chooses:
        yield _no_choice("The validation records are of one class: they cannot choose a threshold")
    return found


@dataclass(frozen=True, eq=False)
class _Fitting:
    """The validation records, the classes of all records, and what is wanted of them."""

    records: Dataset
    labels: NDArray[np.int16]
    lessons: Lessons
    settings: EvaluationSettings
    chooses: bool

    def fitted(self, learnt: Learnt, baselines: Sequence[FittedBaseline], progress: Progress) -> Calibrated:
        raw = learnt.validation_probabilities
        if raw is None:
            raw = learnt.predict(self.records, progress)
        calibration, chosen = self._fit(self._truth, raw, learnt.prior_log_weights)
        threshold = self.lessons.threshold if chosen is None else chosen
        answering, thresholds = [], {}
        for baseline in baselines:
            its, own = self._fit(*self._collect_held_out(baseline), ())
            thresholds[baseline.name] = threshold if own is None else own
            answering.append(_calibrate_baseline(baseline, its))
        aim = self.settings.threshold_aim if chosen is not None else "fixed"
        return Calibrated(
            calibrated_by(calibration, learnt.predict),
            calibration,
            threshold,
            aim,
            tuple(answering),
            thresholds,
            mean_probabilities(self._truth, calibration.apply(raw)) if self.settings.calibrate else (),
            None if learnt.validation_probabilities is None else calibration.apply(raw),
        )

    @cached_property
    def _truth(self) -> NDArray[np.int16]:
        return truth_in(self.records, self.lessons.label_names)

    def _collect_held_out(self, baseline: FittedBaseline) -> tuple[NDArray[np.int16], NDArray[np.float32]]:
        """Classes of the records that a baseline was not fitted on, and what it predicts of them."""
        if baseline.held_out is None:
            return self._truth, baseline.predict(self.records)
        known = np.isfinite(baseline.held_out.probabilities[:, 0])
        return self.labels[baseline.held_out.rows[known]], baseline.held_out.probabilities[known]

    def _fit(
        self, truth: NDArray[np.int16], raw: NDArray[np.float32], prior: tuple[float, ...]
    ) -> tuple[Calibration, float | None]:
        """Calibration, and threshold where one is chosen."""
        wanted = self.settings.calibrate and len(truth) > 0
        calibration = fit_calibration(truth, raw, prior_log_weights=prior) if wanted else AS_IT_IS
        if not self.chooses:
            return calibration, None
        positive = self.lessons.positive
        chosen = choose_threshold(
            truth == positive,
            calibration.apply(raw)[:, positive],
            self.settings.threshold_aim,
            value=self.settings.aim_share,
        )
        return calibration, None if chosen is None else chosen.threshold


def calibrated_by(calibration: Calibration, predict: Predict) -> Predict:
    """The same predictions, calibrated."""

    def answer(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        return calibration.apply(predict(records, progress))

    return answer


def _calibrate_baseline(baseline: FittedBaseline, calibration: Calibration) -> FittedBaseline:
    def predict(records: Dataset) -> NDArray[np.float32]:
        return calibration.apply(baseline.predict(records))

    held_out = baseline.held_out
    if held_out is not None:
        held_out = replace(held_out, probabilities=calibration.apply(held_out.probabilities))
    return replace(baseline, predict=predict, held_out=held_out)


def _restrict_to_held_out(baseline: FittedBaseline, rows: NDArray[np.intp]) -> FittedBaseline:
    if baseline.held_out is None:
        return baseline
    found = baseline.held_out.of(rows)
    missing = ~np.isfinite(found[:, 0])
    if not missing.any():
        return replace(baseline, predict=lambda _: found)

    def predict(records: Dataset) -> NDArray[np.float32]:
        return np.where(missing[:, None], baseline.predict(records), found)

    return replace(baseline, predict=predict)


def _told(found: Sequence[MeanProbability], labels: Sequence[str]) -> Iterator[Warned]:
    """A warning where the mean probability of a class leaves the interval of its prevalence; the one furthest out."""
    outside = [(one, label) for one, label in zip(found, labels, strict=False) if not one.within]
    if outside:
        one, label = max(outside, key=lambda pair: abs(pair[0].mean / max(pair[0].prevalence, _RAREST) - 1))
        yield Warned(
            job_id="",
            code="evaluation.not_calibrated",
            message=f"The probabilities are not well calibrated: on the validation records the mean probability of "
            f"{label!r} is {one.mean:.3f}, its prevalence {one.prevalence:.3f} (95 % interval {one.low:.3f} to "
            f"{one.high:.3f}).",
            remedy="Use them to rank records, not as frequencies; more validation records, or training without class "
            "weights, give a better calibration.",
            where="evaluation.calibrate",
        )


def _no_choice(cause: str) -> Warned:
    return Warned(
        job_id="",
        code="evaluation.no_threshold_chosen",
        message=f"{cause}, so the given one is used.",
        remedy="Keep a share of the records of both classes back for validation.",
        where="evaluation.threshold_aim",
    )


def _logged(message: str) -> LogEmitted:
    return LogEmitted(job_id="", level="info", message=message)
