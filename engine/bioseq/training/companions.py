"""The simple models that every trained model is held against: what they read, and how they are fitted in seconds.

They are the feature baselines of the catalogue with fixed settings, so that there is one way to compute features and
one way to learn from them. They see training records only; the validation records choose the strength of a regression
and the number of trees, as they choose the epoch of a network. torch-free.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.companions import COMPANIONS
from bioseq.catalogue.registry import BASELINES
from bioseq.config.schema import Configuration, ModelSettings, TrainingSettings
from bioseq.evaluation.baselines import FittedBaseline, fit_majority, stratified_sample
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.training.baseline_inputs import prepare_baseline
from bioseq.training.baseline_loop import train_baseline

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bioseq.catalogue.companions import Companion
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset
    from bioseq.training.baseline_inputs import BaselineInput
    from bioseq.training.baseline_loop import TrainedBaseline

    Progress = Callable[[int, int], None]

MOST_RECORDS = 50_000
"""More training records than this are sampled, class by class, so that a companion stays a matter of seconds."""
MOST_NUMBERS = 24_000_000
"""Records times features times scores that a companion learns from; above it records are sampled too."""
_FEWEST_TREES = 5
_PATIENCE = 2
"""Rounds without improvement after which no further one is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class _Learnable:
    """Training and validation records, as `prepare_baseline` takes them."""

    dataset: Dataset
    molecule: Molecule


def fit_companions(
    dataset: Dataset,
    *,
    molecule: Molecule,
    seed: int = 1,
    threads: int = 0,
    chosen: BaselineInput | None = None,
    progress: Progress | None = None,
) -> list[FittedBaseline]:
    """Fit the simple models.

    Args:
        dataset: Cleaned records with their splits; at least two classes are present among those of training.
        molecule: What they are made of.
        seed: Draws what is kept back or sampled.
        threads: CPU threads; 0 chooses.
        chosen: The feature baseline that is the model itself: a companion that would be the same is left out.
        progress: Called with finished and all companions; may raise to end the work.
    """
    labelled = dataset.labels != NO_LABEL
    train = np.flatnonzero((dataset.splits == Split.TRAIN) & labelled)
    validation = np.flatnonzero((dataset.splits == Split.VALIDATION) & labelled)
    total = 1 + len(COMPANIONS)
    fitted = [fit_majority(dataset.take(train))]
    for number, companion in enumerate(COMPANIONS.values(), 1):

        def report(number: int = number) -> None:
            if progress is not None:
                progress(number, total)

        report()
        config = _configuration(companion, seed, threads)
        job = _prepared(config, dataset, molecule, train, validation)
        if chosen is not None and _same(chosen, job):
            continue
        fitted.append(_fitted(companion, job, len(train), report))
    if progress is not None:
        progress(total, total)
    return fitted


def _configuration(companion: Companion, seed: int, threads: int) -> Configuration:
    training = TrainingSettings(seed=seed, threads=threads, selection_metric=companion.chooses_by, patience=_PATIENCE)
    return Configuration(model=ModelSettings(name=companion.model, hyper=dict(companion.hyper)), training=training)


def _prepared(
    config: Configuration,
    dataset: Dataset,
    molecule: Molecule,
    train: NDArray[np.intp],
    validation: NDArray[np.intp],
) -> BaselineInput:
    """Features and settings of one companion, of as many training records as take a matter of seconds."""
    seed, labels = config.training.seed, dataset.labels
    some = train[stratified_sample(labels[train], MOST_RECORDS, seed)]
    learnable = _Learnable(dataset.take(np.union1d(some, validation)), molecule)
    job = replace(prepare_baseline(config, learnable), fewest_trees=_FEWEST_TREES)
    scores = 1 if len(dataset.label_names) == 2 else len(dataset.label_names)
    affordable = MOST_NUMBERS // (job.plan.width * scores)
    if len(job.train) <= affordable:
        return job
    kept = stratified_sample(job.train.labels, affordable, seed)
    return replace(job, train=job.train.take(kept))


def _same(chosen: BaselineInput, job: BaselineInput) -> bool:
    """Whether the model itself is this companion: the same kind of model on the same features."""
    plan = replace(chosen.plan, length=job.plan.length)
    return chosen.architecture == job.architecture and plan == job.plan


def _fitted(companion: Companion, job: BaselineInput, records: int, report: Callable[[], None]) -> FittedBaseline:
    start = time.perf_counter()
    trained = _trained(job, report)
    sample = f", {len(job.train):,} of {records:,} records" if len(job.train) < records else ""
    return FittedBaseline(
        name=companion.name,
        title=f"{BASELINES[companion.model].title} on {job.plan.title}{sample}",
        seconds=time.perf_counter() - start,
        predict=trained.classifier.predict,
        prior_log_weights=trained.prior_log_weights,
    )


def _trained(job: BaselineInput, report: Callable[[], None]) -> TrainedBaseline:
    """Train without telling; rounds end early, for regressions too, whose freer strengths take the longest."""
    control = Control()
    events = train_baseline(job, control)
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if isinstance(event, EpochFinished):
            report()
            if event.best_epoch and event.epochs_without_improvement >= job.settings.patience:
                control.stop()
