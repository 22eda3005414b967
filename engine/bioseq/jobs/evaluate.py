"""Evaluate a trained model on labelled files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.evaluation.bootstrap import Resamples
from bioseq.evaluation.evaluate import judge
from bioseq.evaluation.results import write_evaluations
from bioseq.jobs.considerations import findings_fields, findings_told
from bioseq.jobs.progress import relayed
from bioseq.jobs.trained import begun
from bioseq.json_values import json_value
from bioseq.prediction.flags import cleaned_for
from bioseq.prediction.predict import load_predictor
from bioseq.protocol.events import ArtefactWritten, Event, JobFinished, Phase, PhaseChanged
from bioseq.runs.bundle import find_bundle, read_bundle_card
from bioseq.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.protocol.control import Control
    from bioseq.protocol.jobs import EvaluateJob


def run(job: EvaluateJob, control: Control) -> Generator[Event, None, None]:
    """The events of the job; figures and records lie in `job.output` as in a run folder, under the split "files"."""
    card = read_bundle_card(find_bundle(Path(job.model)))
    output, settings = RunFolder(Path(job.output)), card.config.evaluation
    reading = yield from begun(job, card, control, kind="evaluate")
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
    yield PhaseChanged(job_id="", phase=Phase.WRITING, title="Writing the figures of merit")
    evaluation = replace(evaluation, calibration=card.calibration, training_counts=card.training_counts)
    yield from findings_told(evaluation)
    write_evaluations(output.metrics, {"files": evaluation})
    yield ArtefactWritten(job_id="", kind="metrics", path=output.metrics.name, title="Figures of merit")
    records.save(output.evaluation)
    yield ArtefactWritten(job_id="", kind="evaluation", path=output.evaluation.name, title="Evaluated records")
    summary = {
        "records": evaluation.records,
        "split": "files",
        "metrics": json_value(evaluation.model.metrics),
    }
    summary["findings"] = findings_fields(evaluation)
    yield JobFinished(job_id="", reason="all records evaluated", summary=summary)
