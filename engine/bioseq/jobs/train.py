"""Train, evaluate and bundle what a run folder's configuration says.

A stopped run keeps the best epoch so far, evaluates and bundles it, and can be resumed. A cancelled run keeps its
configuration, events and log, so that the list of runs tells of it, and loses everything else. torch is imported for
networks only.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.catalogue.registry import specification
from bioseq.config import files as config_files
from bioseq.config.checks import check
from bioseq.config.loading import prepare_data, read_data
from bioseq.durable import write_json
from bioseq.errors import BioseqError, Severity
from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.metrics import predicted_classes
from bioseq.evaluation.results import write_evaluations
from bioseq.jobs import gathered
from bioseq.jobs.baseline_process import BaselineFitting, BaselineTask
from bioseq.jobs.calibration import calibrated
from bioseq.jobs.closing import data_record, leave_record, leave_report, record_of, with_card
from bioseq.jobs.combination import combine
from bioseq.jobs.considerations import considered, findings_fields
from bioseq.jobs.endings import Cancelled
from bioseq.jobs.member_figures import beside
from bioseq.jobs.nearness import near_training
from bioseq.jobs.progress import relayed
from bioseq.jobs.seen import seen_sequences
from bioseq.jobs.teaching import device_of, prepared
from bioseq.jobs.telling import tell_findings
from bioseq.json_values import json_value
from bioseq.prediction.domain import domain_from, fit_domain
from bioseq.prediction.ensembles import votes_of
from bioseq.prediction.export import export
from bioseq.prediction.flags import cleaned_for, flags_of
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.events import (
    ArtefactWritten,
    EpochFinished,
    Event,
    JobFinished,
    JobStarted,
    JobStopped,
    LogEmitted,
    Phase,
    PhaseChanged,
    Warned,
)
from bioseq.runs import bundle
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import epochs_with, fold, read_events
from bioseq.runs.store import discard_results, has_checkpoint, name_of
from bioseq.sequences.dataset import Split
from bioseq.training.baseline_inputs import BaselineInput
from bioseq.training.reference_baselines import TrainedFeatures

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from numpy.typing import NDArray

    from bioseq.config.loading import LoadedData
    from bioseq.config.schema import Configuration
    from bioseq.evaluation.baselines import FittedBaseline
    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.jobs.calibration import Calibrated
    from bioseq.jobs.learnt import Learnt, Lessons, Teaching
    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import TrainJob

Judged = tuple["Evaluation", "EvaluatedRecords"]


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """What the parts of one training job share."""

    folder: RunFolder
    config: Configuration
    control: Control
    prepare: Callable[[Configuration, LoadedData], Teaching]
    gathers: bool
    reports: bool


def run(job: TrainJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; see `RunFolder` for what it writes."""
    folder = RunFolder(Path(job.run_folder))
    started = time.time()
    config = config_files.load(folder.config)
    yield _started(job, config)
    try:
        if not job.resume:
            discard_results(folder)
        prepare = gathered.preparing(Path(job.gathers)) if job.gathers else prepared
        yield from _train_and_judge(
            _Run(folder, config, control, prepare, bool(job.gathers), job.reports), resume=job.resume, started=started
        )
    except Cancelled:
        discard_results(folder)
        yield JobStopped(job_id="", cancelled=True)


def _train_and_judge(run: _Run, *, resume: bool, started: float) -> Generator[Event, None, None]:
    warnings: list[Warned] = []
    epochs: list[EpochFinished] = list(fold(read_events(run.folder.events)).epochs) if resume else []

    def noticed(events: Generator[Event, None, Any]) -> Generator[Event, None, Any]:
        return _noticing(events, warnings, epochs)

    loaded, teaching, data = yield from noticed(_read(run))
    job = teaching.lessons
    trained, simple = yield from noticed(_learn(run, loaded, teaching, resume=resume))
    if run.config.model.combine and not run.gathers:
        trained, job = yield from noticed(
            combine(trained, job, simple, config=run.config, loaded=loaded, control=run.control)
        )
    answering = yield from noticed(
        calibrated(
            trained,
            simple,
            loaded=loaded,
            lessons=job,
            settings=run.config.evaluation,
            control=run.control,
        )
    )
    judged, said = yield from noticed(_judge(run, loaded, job, trained, answering))
    if judged and run.config.evaluation.similar_records:
        evaluation, records = next(iter(judged.values()))
        yield from noticed(near_training(run.folder, loaded, evaluation, records, run.control))
    told = [event.message for event in warnings]
    record = record_of(run.config, data, trained, started=started, warnings=told)
    contents = with_card(
        _contents(run, loaded, job, trained, answering, judged),
        record,
        data,
        [evaluation for evaluation, _ in judged.values()],
        epochs=epochs,
        warnings=warnings,
    )
    yield from noticed(_write(run, loaded, job, contents, judged, said))
    yield from leave_record(run.folder, record)
    if run.reports:
        yield from leave_report(run.folder)
    summary = _summary(job, trained, judged)
    if trained.stopped:
        yield JobStopped(job_id="", cancelled=False, resumable=has_checkpoint(run.folder), summary=summary)
    else:
        yield JobFinished(job_id="", reason=trained.reason, summary=summary)


def _noticing(
    events: Generator[Event, None, Any], warnings: list[Warned], epochs: list[EpochFinished]
) -> Generator[Event, None, Any]:
    """The same events, noting warnings and epochs as they pass."""
    try:
        while True:
            event = next(events)
            if isinstance(event, Warned):
                warnings.append(event)
            elif isinstance(event, EpochFinished):
                epochs[:] = epochs_with(tuple(epochs), event)
            yield event
    except StopIteration as end:
        return end.value
    finally:
        events.close()


def _started(job: TrainJob, config: Configuration) -> JobStarted:
    chosen = specification(config.model.name)
    return JobStarted(
        job_id="",
        kind="train",
        folder=job.run_folder,
        resumed=job.resume,
        process_id=os.getpid(),
        device=device_of(config),
        threads=config.training.threads,
        details={
            "model": chosen.title_with(config.model.hyper),
            "architecture": chosen.name,
            "name": config.output.name,
            "data": [Path(file.path).name for file in config.data.files],
            "seed": config.training.seed,
            "machine": platform.node(),
        },
    )


def _read(run: _Run) -> Generator[Event, None, tuple[LoadedData, Teaching, dict[str, Any]]]:
    yield PhaseChanged(job_id="", phase=Phase.READING, title="Reading the data")
    reading = yield from relayed(lambda progress: read_data(run.config, progress=progress), run.control, unit="bytes")
    if run.config.split.method == "similarity":
        yield PhaseChanged(job_id="", phase=Phase.CHECKING, title="Looking for clusters of similar sequences")
    try:
        loaded = yield from relayed(
            lambda progress: prepare_data(reading, run.config, progress=progress), run.control, unit="records"
        )
    except BioseqError:
        yield from tell_findings(reading.findings)  # they say why these records cannot be used
        raise
    yield PhaseChanged(job_id="", phase=Phase.CHECKING, title="Checking and encoding the data")
    yield from tell_findings((*loaded.reading.findings, *loaded.cleaned_findings))
    yield from _checked(run, loaded)
    teaching = yield from relayed(lambda _: run.prepare(run.config, loaded), run.control, unit="records")
    job = teaching.lessons
    data = yield from relayed(lambda progress: data_record(loaded, progress), run.control, unit="files")
    write_json(run.folder.data, data)
    yield ArtefactWritten(job_id="", kind="table", path=run.folder.data.name, title="Data files and counts")
    validation = len(job.validation) if job.validation is not None else 0
    tests = len(loaded.dataset.rows_of(Split.TEST))
    yield LogEmitted(
        job_id="",
        level="info",
        message=f"{len(job.train):,} records for training, {validation:,} for validation, {tests:,} for the test; "
        f"{len(job.label_names)} classes; {teaching.size}",
    )
    return loaded, teaching, data


def _learn(
    run: _Run, loaded: LoadedData, teaching: Teaching, *, resume: bool
) -> Generator[Event, None, tuple[Learnt, list[FittedBaseline]]]:
    """Train the model, and fit the baselines beside it on cores that are idle meanwhile.

    Raises:
        Cancelled: The person wants nothing of it.
    """
    fitting = _baselines(run, loaded, teaching.lessons)
    try:
        if fitting is not None:
            yield from fitting.begin()
        trained = yield from teaching.learn(run.folder, run.control, resume=resume)
        if trained.cancelled:
            raise Cancelled
        baselines = [] if fitting is None else (yield from fitting.result())
    finally:
        if fitting is not None:
            fitting.close()
    return trained, baselines


def _checked(run: _Run, loaded: LoadedData) -> Generator[Event, None, None]:
    """Tell what is doubtful about the settings for these data.

    Raises:
        BioseqError: Something is wrong; all of it, when there is more.
    """
    problems = check(run.config, loaded.profile, trained=run.gathers)
    wrong = tuple(problem for problem in problems if problem.severity is Severity.ERROR)
    if wrong:
        first = wrong[0]
        raise BioseqError(first.code, first.message, where=first.where, remedy=first.remedy, problems=wrong)
    for problem in problems:
        if problem.severity is Severity.WARNING:
            yield Warned(
                job_id="", code=problem.code, message=problem.message, remedy=problem.remedy, where=problem.where
            )


def _baselines(run: _Run, loaded: LoadedData, job: Lessons) -> BaselineFitting | None:
    if not run.config.evaluation.baseline:
        return None
    chosen = TrainedFeatures(job.architecture, job.plan) if isinstance(job, BaselineInput) else None
    seed = run.config.training.seed
    return BaselineFitting(BaselineTask(loaded.dataset, loaded.molecule, loaded.clusters, seed, chosen), run.control)


def _judge(
    run: _Run,
    loaded: LoadedData,
    job: Lessons,
    trained: Learnt,
    answering: Calibrated,
) -> Generator[Event, None, tuple[dict[str, Judged], NDArray[np.float32] | None]]:
    """Judge by the test records, once, and by the validation records; the first of the result is the main one.

    Of an ensemble also what its members say of the records of the main one, `(M, N, C)`.
    """
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Evaluating the best model")
    judged: dict[str, Judged] = {}
    said: NDArray[np.float32] | None = None
    settings = run.config.evaluation
    resamples = Resamples(settings.resamples, settings.confidence)
    title = trained.title or specification(job.architecture).title_with({**job.hyper, **trained.settled}, job.task)
    for split in (Split.TEST, Split.VALIDATION):
        rows = _select_rows(loaded, split)
        if not len(rows):
            continue
        records = loaded.dataset.take(rows)
        answers = answering if split is Split.TEST else answering.on_validation(rows.astype(np.intp))
        clusters = None if loaded.clusters is None else loaded.clusters[rows]
        name = split.name.lower()
        judged[name] = yield from relayed(
            lambda progress, records=records, name=name, clusters=clusters, answers=answers: judge(  # type: ignore[misc]
                answers.predict,
                records,
                labels=job.label_names,
                split=name,
                title=title,
                positive=job.positive,
                threshold=answering.threshold,
                seconds=trained.seconds,
                baselines=answers.baselines,
                thresholds=answering.thresholds,
                resamples=resamples,
                clusters=clusters,
                progress=progress,
            ),
            run.control,
            unit="records",
            stop_ends=False,
        )
    judged = {
        name: (
            replace(
                evaluation,
                calibration=answering.calibration,
                threshold_aim=answering.aim,
                training_counts=_training_counts(loaded, job),
            ),
            kept,
        )
        for name, (evaluation, kept) in judged.items()
    }
    if judged:
        first, (evaluation, kept) = next(iter(judged.items()))
        evaluation = yield from considered(evaluation, loaded)
        evaluation, said = yield from beside(evaluation, loaded, trained, run.control)
        judged[first] = evaluation, kept
    else:
        yield Warned(
            job_id="",
            code="evaluation.no_records",
            message="There are neither test nor validation records: nothing tells how good the model is.",
            remedy="Keep a share of the records back for the test.",
            where="split.test_fraction",
        )
    return judged, said


def _write(
    run: _Run,
    loaded: LoadedData,
    job: Lessons,
    contents: bundle.BundleContents,
    judged: dict[str, Judged],
    said: NDArray[np.float32] | None,
) -> Generator[Event, None, None]:
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Writing model, figures and tables")
    folder = run.folder
    bundle.write_bundle(folder.model, contents)
    yield ArtefactWritten(job_id="", kind="model", path=folder.model.name, title="The trained model")
    if not judged:
        return
    write_evaluations(folder.metrics, {split: evaluation for split, (evaluation, _) in judged.items()})
    yield ArtefactWritten(job_id="", kind="metrics", path=folder.metrics.name, title="Figures of merit")
    evaluation, records = next(iter(judged.values()))
    records.save(folder.evaluation)
    for split, (_, others) in list(judged.items())[1:]:
        others.save(folder.evaluation / split)
    yield ArtefactWritten(job_id="", kind="evaluation", path=folder.evaluation.name, title="Evaluated records")
    rows = _select_rows(loaded, Split[evaluation.split.upper()])
    table = _table(evaluation, records, job, _flags(contents, loaded, rows))
    votes = None if said is None else votes_of(said, contents, table.predicted)
    table = replace(table, votes=votes, descriptions=loaded.dataset.descriptions.take(rows))
    told = export(table, folder.predictions, with_truth=True)
    yield from tell_findings(one for one in told if one.code == "description_added")
    yield ArtefactWritten(
        job_id="",
        kind="predictions",
        path=folder.predictions.name,
        title=f"Predictions of the {evaluation.split} records",
    )


def _contents(
    run: _Run, loaded: LoadedData, job: Lessons, trained: Learnt, answering: Calibrated, judged: dict[str, Judged]
) -> bundle.BundleContents:
    rows = job.train.rows
    domain = fit_domain(
        loaded.dataset.take(rows),
        loaded.molecule,
        groups=None if loaded.clusters is None else loaded.clusters[rows],
        seed=run.config.training.seed,
    )
    return bundle.BundleContents(
        config=run.config,
        architecture=job.architecture,
        hyper={**job.hyper, **trained.settled},
        task=job.task,
        vocabulary=job.vocabulary,
        label_names=job.label_names,
        profile=loaded.profile,
        metrics={split: evaluation.model.metrics for split, (evaluation, _) in judged.items()},
        positive=job.label_names[job.positive] if len(job.label_names) == 2 else "",
        threshold=answering.threshold,
        calibration=answering.calibration,
        training_counts=_training_counts(loaded, job),
        weights=trained.weights,
        domain={} if domain is None else domain.to_arrays(),
        seen=seen_sequences(loaded.dataset, loaded.molecule, run.config),
        members=trained.members,
        name=name_of(run.folder),
        created=bundle.now(),
    )


def _training_counts(loaded: LoadedData, job: Lessons) -> tuple[int, ...]:
    labels = loaded.dataset.labels[job.train.rows]
    return tuple(np.bincount(labels, minlength=len(job.label_names)).tolist())


def _flags(contents: bundle.BundleContents, loaded: LoadedData, rows: NDArray[np.intp]) -> NDArray[np.uint8]:
    """What predicting says of these evaluated records as they stand in the files."""
    as_read = loaded.reading.dataset.take(loaded.cleaned.kept_rows[rows])
    domain = domain_from(contents.domain, loaded.molecule) if contents.domain else None
    return flags_of(contents, domain, as_read, cleaned_for(contents, as_read))


def _select_rows(loaded: LoadedData, split: Split) -> NDArray[np.intp]:
    return np.flatnonzero((loaded.dataset.splits == split) & (loaded.dataset.labels >= 0))


def _table(
    evaluation: Evaluation, records: EvaluatedRecords, job: Lessons, flags: NDArray[np.uint8]
) -> PredictionTable:
    predicted = predicted_classes(records.probabilities, threshold=evaluation.threshold, positive=job.positive)
    return PredictionTable(
        ids=records.ids,
        sequences=records.sequences,
        labels=evaluation.labels,
        predicted=predicted,
        probabilities=records.probabilities,
        flags=flags,
        truth=records.truth,
    )


def _summary(job: Lessons, trained: Learnt, judged: dict[str, Judged]) -> dict[str, Any]:
    summary: dict[str, Any] = {
        "epochs": trained.epochs,
        "best_epoch": trained.best_epoch,
        "reason": trained.reason,
        "training_records": len(job.train),
        "seconds": round(trained.seconds, 3),
    }
    if judged:
        split, (evaluation, _) = next(iter(judged.items()))
        baselines = {scores.name: json_value(scores.metrics) for scores in evaluation.baselines}
        summary |= {"split": split, "metrics": json_value(evaluation.model.metrics), "baselines": baselines}
        summary["findings"] = findings_fields(evaluation)
    return summary
