"""Evaluate a trained model on labelled files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation import file_cautions
from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.results import write_evaluations
from bioseq.jobs.considerations import findings_fields, findings_told
from bioseq.jobs.progress import relayed
from bioseq.jobs.seen import are_tests_of, tested_run, were_seen
from bioseq.jobs.telling import list_findings, tell_findings
from bioseq.jobs.trained import begun
from bioseq.json_values import json_value
from bioseq.prediction.file_findings import find_molecule_doubt, select_for_evaluation
from bioseq.prediction.flags import cleaned_for
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, LogEmitted, Phase, PhaseChanged
from bioseq.runs.bundle import find_bundle, read_bundle_card
from bioseq.runs.folder import RunFolder
from bioseq.runs.looks import count_look_at_test

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.evaluation.results import EvaluatedRecords
    from bioseq.evaluation.standing import Caution
    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import EvaluateJob
    from bioseq.runs.bundle import BundleContents
    from bioseq.sequences.dataset import Dataset


def run(job: EvaluateJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; figures and records lie in `job.output` as in a run folder, under the split "files"."""
    bundle = find_bundle(Path(job.model))
    card = read_bundle_card(bundle)
    output, settings = RunFolder(Path(job.output)), card.config.evaluation
    reading = yield from begun(job, card, control, kind="evaluate")
    found = select_for_evaluation((*reading.findings, *find_molecule_doubt(reading.molecule, card.vocabulary.molecule)))
    yield from tell_findings(found)
    yield PhaseChanged(job_id="", phase=Phase.EVALUATING, title="Evaluating")
    predictor = yield from relayed(lambda _: load_predictor(Path(job.model)), control, unit="records")
    evaluation, records = yield from relayed(
        lambda progress: judge(
            predictor.chances,
            cleaned_for(card, reading.dataset).dataset,
            labels=card.label_names,
            split="files",
            title=card.model_title,
            positive=card.label_names.index(card.positive) if card.positive else -1,
            threshold=card.threshold,
            resamples=Resamples(settings.resamples, settings.confidence),
            progress=progress,
        ),
        control,
        unit="records",
    )
    given, left_out = len(reading.dataset), _count_left_out(reading.dataset, card.label_names)
    again = yield from _count_look(bundle, records, predictor.contents)
    cautions = (
        file_cautions.seen_in_training(int(were_seen(records.sequences, predictor.contents).sum()), evaluation.records),
        file_cautions.unknown_classes(left_out, given, card.label_names),
        file_cautions.unlabelled(left_out, given),
        again,
    )
    evaluation = replace(
        evaluation,
        cautions=tuple(caution for caution in cautions if caution is not None),
        calibration=card.calibration,
        training_counts=card.training_counts,
        left_out=left_out,
    )
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Writing the figures of merit")
    yield from findings_told(evaluation)
    write_evaluations(output.metrics, {"files": evaluation})
    yield ArtefactWritten(job_id="", kind="metrics", path=output.metrics.name, title="Figures of merit")
    records.save(output.evaluation)
    yield ArtefactWritten(job_id="", kind="evaluation", path=output.evaluation.name, title="Evaluated records")
    summary = {
        "records": evaluation.records,
        "given": given,
        "left_out": left_out,
        "split": "files",
        "metrics": json_value(evaluation.model.metrics),
        "findings": findings_fields(evaluation),
        "file_findings": list_findings(found),
    }
    share = "all" if evaluation.records == given else f"{evaluation.records:,} of {given:,}"
    yield JobFinished(job_id="", reason=f"{share} records evaluated", summary=summary)


def _count_left_out(dataset: Dataset, labels: tuple[str, ...]) -> dict[str, int]:
    """Records that cannot be evaluated, by the class that they name; "" for those without one."""
    counts = np.bincount(dataset.labels + 1, minlength=len(dataset.label_names) + 1)
    named = dict(zip(("", *dataset.label_names), counts.tolist(), strict=True))
    return {name: count for name, count in named.items() if count and name not in labels}


def _count_look(
    bundle: Path, records: EvaluatedRecords, contents: BundleContents
) -> Generator[Event, None, Caution | None]:
    """Count the look where these are test records of the model's own run."""
    run = tested_run(bundle)
    if run is None:
        return None
    tests = int(are_tests_of(records.sequences, contents, run).sum())
    if not tests:
        return None
    try:
        before = count_look_at_test(run)
    except OSError as error:
        message = f"How often the test records are evaluated cannot be noted in the run: {error.strerror or error}."
        yield LogEmitted(job_id="", level="warning", message=message)
        return None
    return file_cautions.looked_at_before(tests, len(records.ids), before)
