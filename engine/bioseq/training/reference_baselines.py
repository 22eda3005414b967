"""The baselines that every trained model is compared with: what they read, and how they are fitted in seconds.

They are the feature-based models of the catalogue with fixed settings, so that there is one way to compute features
and one way to fit. The number of trees and the strength of a regression are chosen by cross-validation on training and
validation records together, and the model is then fitted on all of these: as a person would who has no use for
validation records any more. What each predicts of records that it was not fitted on is kept, for calibration, for a
threshold, and for a combination with a network. torch-free.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.catalogue.reference_baselines import reference_baselines
from bioseq.catalogue.registry import BASELINES
from bioseq.config.schema import Configuration, ModelSettings, TrainingSettings
from bioseq.evaluation.baselines import FittedBaseline, FittedModel, HeldOut, fit_majority, stratified_sample
from bioseq.sequences.dataset import NO_LABEL, Split
from bioseq.sequences.identity import sequence_groups
from bioseq.training.baseline_inputs import LabelledFeatures, prepare_baseline
from bioseq.training.baseline_loop import computing_threads
from bioseq.training.cross_validation import assign_folds, cross_validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from bioseq.catalogue.descriptors import FeaturePlan
    from bioseq.catalogue.reference_baselines import ReferenceBaseline
    from bioseq.sequences.alphabets import Molecule
    from bioseq.sequences.dataset import Dataset
    from bioseq.training.baseline_inputs import BaselineInput

    Progress = Callable[[int, int], None]

MAX_RECORDS = 50_000
"""More records than this are sampled, class by class, so that a baseline stays a matter of seconds."""
MAX_NUMBERS = 40_000_000
"""Records times numbers per record times scores that a baseline is fitted on; above it records are sampled too."""
_FOLD_NUMBERS = 15_000_000
"""The same over all folds together: with more, fewer folds are made, down to the validation records alone."""
_LINEAR_COST = 1 / 20
"""Time that a number costs in a regression, beside boosting."""
_FOLDS = 3
_MIN_TREES = 20
"""Trees per round at least: boosting looks at all features again at the start of each round."""


@dataclass(frozen=True, slots=True)
class TrainedFeatures:
    """A feature-based model that a run trains.

    Attributes:
        architecture: Name in the catalogue.
        plan: Its features.
    """

    architecture: str
    plan: FeaturePlan


@dataclass(frozen=True, slots=True, eq=False)
class _Learnable:
    """Training and validation records, as `prepare_baseline` takes them."""

    dataset: Dataset
    molecule: Molecule


def fit_reference_baselines(
    dataset: Dataset,
    *,
    molecule: Molecule,
    clusters: NDArray[np.int64] | None = None,
    seed: int = 1,
    threads: int = 1,
    chosen: TrainedFeatures | None = None,
    total: int = 0,
    progress: Progress | None = None,
) -> list[FittedBaseline]:
    """Fit the baselines on the labelled training and validation records.

    Args:
        dataset: Cleaned records with their splits; at least two classes are present among those of training.
        molecule: What they are made of.
        clusters: Number of the cluster of similar records of each record, `(N,)`, where they are known: a cluster is
            held out as a whole. Without them identical records are.
        seed: Draws folds and samples.
        threads: CPU threads.
        chosen: The feature-based model that the run trains: a baseline that would be the same is left out.
        total: Labelled training and validation records that these are a sample of; 0 where they are all.
        progress: Called with finished and all baselines; may raise to end the work.
    """
    rows = some_labelled_rows(dataset, seed)
    records = _Learnable(dataset.take(rows), molecule)
    groups = sequence_groups(records.dataset) if clusters is None else clusters[rows]
    total = total or count_labelled(dataset)
    lengths = records.dataset.lengths
    longest, fixed = int(lengths.max()), bool(lengths.min() == lengths.max())
    listed = reference_baselines(molecule, longest=longest, fixed_length=fixed)
    fitted = [fit_majority(records.dataset)]
    for number, baseline in enumerate(listed, 1):

        def report(number: int = number) -> None:
            if progress is not None:
                progress(number, 1 + len(listed))

        report()
        started = time.perf_counter()
        job = _prepare(baseline, records, seed, threads)
        if chosen is not None and _same(chosen, job):
            continue
        with computing_threads(threads):
            fitted.append(_fit(baseline, job, groups, rows, total, started, threads, report))
    if progress is not None:
        progress(1 + len(listed), 1 + len(listed))
    return fitted


def some_labelled_rows(dataset: Dataset, seed: int) -> NDArray[np.intp]:
    """Numbers of the labelled training and validation records, at most `MAX_RECORDS` of them, ascending."""
    rows = _labelled_rows(dataset)
    return rows[stratified_sample(dataset.labels[rows], MAX_RECORDS, seed)].astype(np.intp)


def count_labelled(dataset: Dataset) -> int:
    """How many labelled training and validation records there are."""
    return len(_labelled_rows(dataset))


def _labelled_rows(dataset: Dataset) -> NDArray[np.intp]:
    seen = np.isin(dataset.splits, [Split.TRAIN, Split.VALIDATION])
    return np.flatnonzero(seen & (dataset.labels != NO_LABEL)).astype(np.intp)


def _prepare(baseline: ReferenceBaseline, records: _Learnable, seed: int, threads: int) -> BaselineInput:
    training = TrainingSettings(seed=seed, threads=threads)
    model = ModelSettings(name=baseline.model, hyper=dict(baseline.hyper))
    return replace(prepare_baseline(Configuration(model=model, training=training), records), fewest_trees=_MIN_TREES)


def _same(chosen: TrainedFeatures, job: BaselineInput) -> bool:
    """Whether the model of the run is this baseline: the same kind of model on the same features.

    To trees shares and their roots are the same.
    """
    values = chosen.plan.word_values
    if BASELINES[chosen.architecture].grows_trees and values == "shares":
        values = job.plan.word_values
    plan = replace(chosen.plan, length=job.plan.length, word_values=values)
    return chosen.architecture == job.architecture and plan == job.plan


def _fit(
    baseline: ReferenceBaseline,
    job: BaselineInput,
    groups: NDArray[np.int64],
    rows: NDArray[np.intp],
    total: int,
    started: float,
    threads: int,
    report: Callable[[], None],
) -> FittedBaseline:
    features, labels, numbers, validation = _together(job)
    per_record = _numbers_per_record(job)
    kept = stratified_sample(labels, max(2, int(MAX_NUMBERS // max(1.0, per_record))), job.settings.seed)
    records = LabelledFeatures(features[kept], labels[kept], numbers[kept])
    cost = per_record * len(kept) * (1.0 if BASELINES[baseline.model].grows_trees else _LINEAR_COST)
    count = int(np.clip(_FOLD_NUMBERS // max(1.0, cost), 1, _FOLDS))
    folds = assign_folds(records.labels, groups[records.rows], validation[kept], count=count, seed=job.settings.seed)
    found = cross_validate(job, records, folds, threads=threads, report=report)
    sample = f", {len(kept):,} of {total:,} records" if len(kept) < total else ""
    return FittedBaseline(
        name=baseline.name,
        title=f"{BASELINES[baseline.model].title} on {job.plan.title}{sample}",
        seconds=time.perf_counter() - started,
        predict=found.classifier.predict,
        held_out=HeldOut(rows[records.rows], found.held_out.astype(np.float32)),
        model=FittedModel(job.architecture, dict(job.hyper), job.task, found.classifier.to_weights()),
    )


def _together(
    job: BaselineInput,
) -> tuple[csr_matrix, NDArray[np.int64], NDArray[np.intp], NDArray[np.bool_]]:
    """Features, labels and numbers of training and validation records, ascending, and which are for validation."""
    from scipy.sparse import vstack

    if job.validation is None:
        return job.train.features, job.train.labels, job.train.rows, np.zeros(len(job.train), np.bool_)
    numbers = np.concatenate([job.train.rows, job.validation.rows])
    order = np.argsort(numbers)
    labels = np.concatenate([job.train.labels, job.validation.labels])[order]
    features = vstack([job.train.features, job.validation.features], format="csr")[order]
    return features, labels, numbers[order], np.isin(numbers[order], job.validation.rows)


def _numbers_per_record(job: BaselineInput) -> float:
    """Numbers that a fit looks at for each record: those other than 0 for a regression, all of them for trees."""
    scores = 1 if len(job.label_names) == 2 else len(job.label_names)
    trees = BASELINES[job.architecture].grows_trees
    numbers = job.plan.width if trees else job.train.features.nnz / max(1, len(job.train))
    return float(numbers * scores)
