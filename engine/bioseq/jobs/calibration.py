"""What stands between a model's probabilities and its answers: a temperature and a threshold, fitted on validation.

The same is done for the simple models beside it, so that no one has an advantage. The test records take no part.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation.calibration import fit_temperature, tempered
from bioseq.evaluation.evaluate import truth_in
from bioseq.evaluation.thresholds import choose_threshold
from bioseq.jobs.progress import relayed
from bioseq.protocol.events import Event, LogEmitted, Warned
from bioseq.sequences.dataset import NO_LABEL, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import EvaluationSettings
    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.jobs.learnt import Lessons, Predict
    from bioseq.protocol.control import Control
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A model and the simple models beside it, as they answer.

    Attributes:
        predict: `(records, progress) -> ` tempered probabilities, `(N, C)`.
        temperature: Of the model; 1 where its probabilities are as it gives them.
        threshold: With two classes: probability from which it counts a record as positive.
        aim: What the threshold was chosen for; "fixed" where it was given.
        baselines: The simple models, tempered in the same way.
        thresholds: Name of a simple model to its threshold, chosen in the same way.
    """

    predict: Predict
    temperature: float
    threshold: float
    aim: str
    baselines: tuple[FittedBaseline, ...] = ()
    thresholds: dict[str, float] = field(default_factory=dict)


def calibrated(
    predict: Predict,
    baselines: Sequence[FittedBaseline],
    *,
    loaded: LoadedData,
    lessons: Lessons,
    settings: EvaluationSettings,
    control: Control,
) -> Generator[Event, None, Calibrated]:
    """Fit temperatures and thresholds on the labelled validation records, as the settings say.

    Args:
        predict: The model's own probabilities.
        baselines: Simple models.
        loaded: All records of the run.
        lessons: What the model learnt from.
        settings: Whether and what for.
        control: Its cancellation ends the work.
    """
    dataset = loaded.dataset
    rows = np.flatnonzero((dataset.splits == Split.VALIDATION) & (dataset.labels != NO_LABEL))
    chooses = settings.threshold_aim != "fixed" and len(lessons.label_names) == 2
    plain = Calibrated(predict, 1.0, lessons.threshold, "fixed", tuple(baselines))
    if not len(rows):
        if chooses:
            yield _no_choice("There are no validation records to choose a threshold by")
        return plain
    if not chooses and not settings.calibrate:
        return plain
    fitting = _Fitting(dataset.take(rows), lessons, settings, chooses=chooses)
    found = yield from relayed(
        lambda progress: fitting.fitted(predict, baselines, progress), control, unit="records", stop_ends=False
    )
    if settings.calibrate:
        yield _logged(f"Probabilities are tempered by {found.temperature:.3g}, fitted on {len(rows):,} records")
    if found.aim != "fixed":
        yield _logged(f"Threshold {found.threshold:.3g}, chosen on {len(rows):,} validation records")
    elif chooses:
        yield _no_choice("The validation records are of one class: they cannot choose a threshold")
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Fitting:
    """The validation records and what is wanted of them."""

    records: Dataset
    lessons: Lessons
    settings: EvaluationSettings
    chooses: bool

    def fitted(self, predict: Predict, baselines: Sequence[FittedBaseline], progress: Progress) -> Calibrated:
        temperature, chosen = self._fit(predict(self.records, progress))
        threshold = self.lessons.threshold if chosen is None else chosen
        answering, thresholds = [], {}
        for baseline in baselines:
            own_temperature, own = self._fit(baseline.predict(self.records))
            thresholds[baseline.name] = threshold if own is None else own
            answering.append(replace(baseline, predict=_tempered_baseline(baseline, own_temperature)))
        aim = self.settings.threshold_aim if chosen is not None else "fixed"
        return Calibrated(
            tempered_predict(predict, temperature), temperature, threshold, aim, tuple(answering), thresholds
        )

    def _fit(self, chances: NDArray[np.float32]) -> tuple[float, float | None]:
        """Temperature, and threshold where one is chosen."""
        truth = truth_in(self.records, self.lessons.label_names)
        temperature = fit_temperature(truth, chances) if self.settings.calibrate else 1.0
        if not self.chooses:
            return temperature, None
        positive = self.lessons.positive
        chosen = choose_threshold(
            truth == positive,
            tempered(chances, temperature)[:, positive],
            self.settings.threshold_aim,
            value=self.settings.aim_share,
        )
        return temperature, None if chosen is None else chosen.threshold


def tempered_predict(predict: Predict, temperature: float) -> Predict:
    """The same predictions at a temperature."""

    def answer(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        return tempered(predict(records, progress), temperature)

    return answer


def _tempered_baseline(baseline: FittedBaseline, temperature: float) -> Callable[[Dataset], NDArray[np.float32]]:
    return lambda records: tempered(baseline.predict(records), temperature)


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
