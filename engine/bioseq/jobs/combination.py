"""The answer of a run as a combination of the trained model with the baselines that were fitted beside it.

The mean is the geometric one of calibrated probabilities (a logarithmic opinion pool: Genest and Zidek 1986), its
weights are drawn towards equal ones and fitted on validation records that none of the models was fitted on; what knows
no more than the class frequencies takes no part. The test records take no part either. Shapes: M models, N validation
records, R all records that some model held out, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.ensemble import GEOMETRIC, NAME, joined
from bioseq.catalogue.reference_baselines import COMPOSITION, SHORT_TITLES
from bioseq.catalogue.registry import ENSEMBLES, specification
from bioseq.evaluation.calibration import AS_IT_IS, Calibration, fit_calibration
from bioseq.evaluation.mixture import combined, fit_geometric, geometric_mean_of
from bioseq.jobs.calibration import calibrated_by
from bioseq.jobs.ensembles import EnsembleLessons, LabelledRows
from bioseq.jobs.progress import relayed
from bioseq.prediction.ensembles import chances_of
from bioseq.protocol.events import Event, LogEmitted, Warned
from bioseq.runs import bundle
from bioseq.runs.bundle_members import weights_of
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.tokens import Vocabulary
from bioseq.sequences.wording import listed
from bioseq.training.inputs import task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from numpy.typing import NDArray

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.jobs.learnt import Learnt, Lessons, Predict
    from bioseq.protocol.control import Control
    from bioseq.runs.bundle import BundleContents
    from bioseq.runs.weights import Weights
    from bioseq.sequences.dataset import Dataset

    Progress = Callable[[int, int], None]

_MIN_WEIGHT = 0.05
"""A model with less is left out: it would cost time at every prediction and change next to nothing."""
_MIN_STANDARD_ERRORS = 2.0
"""By which a model must beat the class frequencies, in standard errors of the difference in log loss, to take part."""
_SMALLEST = 1e-38
"""Stands for a probability that has run out of float32."""


@dataclass(frozen=True, slots=True, eq=False)
class _Candidate:
    """A model that may take part.

    Attributes:
        title: For people: "Text CNN".
        predict: Calibrated probabilities.
        held_out: The same of all labelled training and validation records, by a model that was not fitted on them,
            `(R, C)`; NaN where there is none. Of the trained model they are the validation records.
        contents: The model as a bundle holds it.
        knows: It beats the class frequencies.
    """

    title: str
    predict: Predict
    held_out: NDArray[np.float32]
    contents: BundleContents
    knows: bool


def combine(
    trained: Learnt,
    lessons: Lessons,
    baselines: Sequence[FittedBaseline],
    *,
    config: Configuration,
    loaded: LoadedData,
    control: Control,
) -> Generator[Event, None, tuple[Learnt, Lessons]]:
    """The trained model together with the baselines; the model as it is where they add nothing.

    Args:
        trained: The model.
        lessons: What it was trained on.
        baselines: Fitted beside it, with predictions of held-out records.
        config: Of the run.
        loaded: All records.
        control: Its cancellation ends the work.

    Raises:
        Cancelled: The person wants nothing of it.
    """
    dataset = loaded.dataset
    rows = np.flatnonzero((dataset.splits == Split.VALIDATION) & (dataset.labels != NO_LABEL)).astype(np.intp)
    usable = [one for one in baselines if one.model is not None and one.name != COMPOSITION]
    if not usable:
        return trained, lessons
    if not len(rows):
        yield Warned(
            job_id="",
            code="combination.no_validation",
            message="There are no validation records to weight the simple models by: the answer is the model alone.",
            remedy="Hold a fraction of the records out for validation.",
            where="split.validation_fraction",
        )
        return trained, lessons
    known = np.union1d(rows, np.concatenate([one.held_out.rows for one in usable if one.held_out is not None]))
    parts = _Parts(trained, lessons, config, loaded, rows, known.astype(np.intp))
    candidates = yield from relayed(
        lambda progress: parts.candidates(usable, progress), control, unit="records", stop_ends=False
    )
    members, weights = _choose(candidates, dataset.labels[parts.known].astype(np.int64))
    yield LogEmitted(job_id="", level="info", message=_describe(candidates, members, weights))
    if members == [0]:
        return trained, lessons
    return parts.assemble([candidates[number] for number in members], weights)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What the models of one run share; `rows` are the validation records, `known` all that some model held out."""

    trained: Learnt
    lessons: Lessons
    config: Configuration
    loaded: LoadedData
    rows: NDArray[np.intp]
    known: NDArray[np.intp]

    def candidates(self, baselines: Sequence[FittedBaseline], progress: Progress) -> list[_Candidate]:
        """The trained model first, then the baselines, each calibrated on its own held-out records."""
        return [self._make_network_candidate(progress), *map(self._make_baseline_candidate, baselines)]

    def assemble(self, members: Sequence[_Candidate], weights: NDArray[np.float64]) -> tuple[Learnt, Lessons]:
        """The combination as the result of the training."""
        names = tuple(member.contents.architecture for member in members)
        hyper = ENSEMBLES[NAME].resolve({"members": joined(names), "combine": GEOMETRIC})
        vocabulary = Vocabulary(self.loaded.molecule)
        lessons = EnsembleLessons(
            architecture=NAME,
            hyper=hyper,
            task=task_of(self.loaded.dataset, vocabulary),
            vocabulary=vocabulary,
            label_names=self.lessons.label_names,
            train=LabelledRows(self.lessons.train.rows),
            validation=LabelledRows(self.rows),
            positive=self.lessons.positive,
            threshold=self.lessons.threshold,
        )
        tested = bool(np.any(self.loaded.dataset.splits == Split.TEST))
        shown = percentages(weights)
        titles = [f"{member.title} {percent} %" for member, percent in zip(members, shown, strict=True)]
        learnt = replace(
            self.trained,
            predict=_pool([member.predict for member in members], weights),
            weights=weights_of(weights.tolist()),
            members=tuple(member.contents for member in members),
            # Without test records the validation records are evaluated, which the baselines were fitted on in the end.
            parts=tuple((member.title, member.predict) for member in members) if tested else (),
            part_weights=tuple(percent / 100 for percent in shown) if tested else (),
            prior_log_weights=(),
            title=", ".join(titles),
            validation_probabilities=self._pool_validation(members, weights),
        )
        return learnt, lessons

    def _pool_validation(self, members: Sequence[_Candidate], weights: NDArray[np.float64]) -> NDArray[np.float32]:
        places = np.searchsorted(self.known, self.rows)
        return geometric_mean_of(np.stack([member.held_out[places] for member in members]), weights)

    def _make_network_candidate(self, progress: Progress) -> _Candidate:
        raw = self.trained.predict(self.loaded.dataset.take(self.rows), progress)
        labels = self._labels(self.rows)
        calibration = self._calibrate(labels, raw, self.trained.prior_log_weights)
        chosen, own = specification(self.lessons.architecture), self.lessons
        validation = calibration.apply(raw)
        held_out = np.full((len(self.known), raw.shape[1]), np.nan, np.float32)
        held_out[np.searchsorted(self.known, self.rows)] = validation
        return _Candidate(
            title=chosen.title_with(own.hyper, own.task),
            predict=calibrated_by(calibration, self.trained.predict),
            held_out=held_out,
            contents=self._make_contents(
                own.architecture, own.hyper, own.task, self.trained.weights, calibration, vocabulary=own.vocabulary
            ),
            knows=_beats_frequencies(labels, validation),
        )

    def _make_baseline_candidate(self, baseline: FittedBaseline) -> _Candidate:
        model, held_out = baseline.model, baseline.held_out
        if model is None or held_out is None:  # `combine` passes none of these on
            raise ValueError(baseline.name)
        known = np.isfinite(held_out.probabilities[:, 0])
        labels = self._labels(held_out.rows[known])
        calibration = self._calibrate(labels, held_out.probabilities[known], ())
        return _Candidate(
            title=SHORT_TITLES[baseline.name],
            predict=_calibrate_baseline(baseline, calibration),
            held_out=calibration.apply(held_out.of(self.known)),
            contents=self._make_contents(model.architecture, model.hyper, model.task, model.weights, calibration),
            knows=_beats_frequencies(labels, calibration.apply(held_out.probabilities[known])),
        )

    def _labels(self, rows: NDArray[np.intp]) -> NDArray[np.int64]:
        return self.loaded.dataset.labels[rows].astype(np.int64)

    def _calibrate(self, labels: NDArray[np.int64], raw: NDArray[np.float32], prior: tuple[float, ...]) -> Calibration:
        if not self.config.evaluation.calibrate:
            return AS_IT_IS
        return fit_calibration(labels, raw, prior_log_weights=prior)

    def _make_contents(
        self,
        architecture: str,
        hyper: HyperValues,
        task: TaskShape,
        weights: Weights,
        calibration: Calibration,
        *,
        vocabulary: Vocabulary | None = None,
    ) -> BundleContents:
        labels = self.lessons.label_names
        model = self.config.model.model_copy(update={"name": architecture, "hyper": dict(hyper), "combine": False})
        return bundle.BundleContents(
            config=self.config.model_copy(update={"model": model}),
            architecture=architecture,
            hyper=hyper,
            task=task,
            vocabulary=vocabulary or Vocabulary(self.loaded.molecule),
            label_names=labels,
            profile=self.loaded.profile,
            metrics={},
            positive=labels[self.lessons.positive] if len(labels) == 2 else "",
            threshold=self.lessons.threshold,
            calibration=calibration,
            weights=weights,
            name=specification(architecture).title,
            created=bundle.now(),
        )


def _choose(candidates: Sequence[_Candidate], labels: NDArray[np.int64]) -> tuple[list[int], NDArray[np.float64]]:
    """Which take part, and their weights, above 0, sum 1; the trained model alone where none knows anything.

    Judged by the records that all baselines held out: the validation records, and those of other folds that all have in
    common. Of these the trained model knows the validation records alone; elsewhere the mean is that of the others. A
    model without which the records are no more surprising is left out, the least useful one first; then those of next
    to no weight.
    """
    members = [number for number, one in enumerate(candidates) if one.knows]
    if not members:
        return [0], np.ones(1)
    probabilities = np.stack([one.held_out for one in candidates])
    rows = np.isfinite(probabilities[1:, :, 0]).all(axis=0)
    truth, probabilities = labels[rows], probabilities[:, rows]
    weights, losses = _fit(truth, probabilities[members])
    while len(members) > 1:
        fits = [_fit(truth, probabilities[[one for one in members if one != left]]) for left in members]
        gains = [float(np.nansum(losses - without)) for _, without in fits]
        dropped = int(np.argmax(gains))
        if gains[dropped] <= 0:
            dropped = int(weights.argmin())
            if weights[dropped] >= _MIN_WEIGHT:
                break
        del members[dropped]
        weights, losses = fits[dropped]
    return members, weights


def _fit(
    truth: NDArray[np.int64], probabilities: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weights of a geometric mean, `(M,)`, and the log loss of each record under it, nats; NaN where none tells."""
    losses = np.full(len(truth), np.nan)
    rows = np.flatnonzero(np.isfinite(probabilities[:, :, 0]).any(axis=0))
    found = fit_geometric(truth[rows], probabilities[:, rows])
    pooled = geometric_mean_of(probabilities[:, rows], found.shares, found.sharpness)
    losses[rows] = -np.log(np.maximum(pooled[np.arange(len(rows)), truth[rows]], _SMALLEST))
    return found.shares, losses


def _beats_frequencies(labels: NDArray[np.int64], probabilities: NDArray[np.float32]) -> bool:
    """Whether a model is less surprised by held-out records than their class frequencies, and not by chance."""
    rows = np.arange(len(labels))
    frequencies = np.bincount(labels, minlength=probabilities.shape[1]) / max(1, len(labels))
    with np.errstate(divide="ignore"):
        gain = np.log(np.maximum(probabilities[rows, labels], _SMALLEST)) - np.log(frequencies[labels])
    if len(gain) < 2:
        return False
    return bool(gain.mean() > _MIN_STANDARD_ERRORS * gain.std(ddof=1) / np.sqrt(len(gain)))


def percentages(weights: NDArray[np.float64]) -> list[int]:
    """Weights as whole per cent that sum to 100 (largest remainders)."""
    exact = 100 * weights / weights.sum()
    whole = np.floor(exact).astype(int)
    for number in np.argsort(whole - exact, kind="stable")[: 100 - int(whole.sum())]:
        whole[number] += 1
    return [int(number) for number in whole]


def _describe(candidates: Sequence[_Candidate], members: Sequence[int], weights: NDArray[np.float64]) -> str:
    """What the answer is made of."""
    if list(members) == [0]:
        return f"The simple models add nothing on the validation records: the answer is {candidates[0].title} alone."
    shown = zip(members, percentages(weights), strict=True)
    parts = listed([f"{candidates[number].title} {percent} %" for number, percent in shown])
    left = [one.title for number, one in enumerate(candidates) if number not in members]
    return f"The answer combines {parts}." + (f" Left out, as they add nothing: {listed(left)}." if left else "")


def _calibrate_baseline(baseline: FittedBaseline, calibration: Calibration) -> Predict:
    def predict(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        if progress is not None:
            progress(len(records), len(records))
        return calibration.apply(baseline.predict(records))

    return predict


def _pool(parts: Sequence[Predict], weights: NDArray[np.float64]) -> Predict:
    def predict(records: Dataset, progress: Progress | None) -> NDArray[np.float32]:
        return combined(chances_of(parts, records, progress), weights, geometric=True)

    return predict
