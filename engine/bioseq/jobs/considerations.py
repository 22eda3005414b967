"""What to think of a model's figures: the findings of an evaluation, told as events."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from bioseq.errors import Severity
from bioseq.evaluation.standing import cautions_of
from bioseq.evaluation.verdict import findings_of
from bioseq.protocol.events import Event, LogEmitted, Warned

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.loading import LoadedData
    from bioseq.evaluation.results import Evaluation


def considered(evaluation: Evaluation, loaded: LoadedData) -> Generator[Event, None, Evaluation]:
    """The evaluation with the cautions of its run; all its findings are told.

    Args:
        evaluation: Figures of the model and of the simple models.
        loaded: All records of the run.
    """
    repeated = loaded.profile.test_in_train if evaluation.split == "test" else 0
    cautions = cautions_of(evaluation, repeated=repeated, sources=len(loaded.reading.sources))
    complete = replace(evaluation, cautions=cautions)
    yield from findings_told(complete)
    return complete


def findings_told(evaluation: Evaluation) -> Generator[Event, None, None]:
    """The findings of an evaluation, the gravest first: a warning each, or a line for what is only worth knowing."""
    for finding in findings_of(evaluation):
        if finding.severity is Severity.INFO:
            message = f"{finding.message} {finding.remedy}".rstrip()
            yield LogEmitted(job_id="", level="info", message=message)
        else:
            yield Warned(job_id="", code=finding.code, message=finding.message, remedy=finding.remedy)


def findings_fields(evaluation: Evaluation) -> list[dict[str, Any]]:
    """The findings for the summary of a job: code, message, remedy, severity, simple_model."""
    return [asdict(finding) for finding in findings_of(evaluation)]
