"""What to think of a model's figures: how they stand beside the best simple model, and what speaks against them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bioseq.errors import Severity
from bioseq.evaluation.standing import cautions_of, standing_of
from bioseq.protocol.events import Event, LogEmitted, Warned

if TYPE_CHECKING:
    from collections.abc import Generator

    from bioseq.config.loading import LoadedData
    from bioseq.evaluation.results import Evaluation
    from bioseq.evaluation.standing import Caution


def considered(evaluation: Evaluation, loaded: LoadedData) -> Generator[Event, None, Evaluation]:
    """The evaluation with its standing and cautions, which are told as warnings.

    Args:
        evaluation: Figures of the model and of the simple models.
        loaded: All records of the run.
    """
    standing = standing_of(evaluation)
    repeated = loaded.profile.test_in_train if evaluation.split == "test" else 0
    cautions = cautions_of(evaluation, repeated=repeated, sources=len(loaded.reading.sources))
    if standing is not None:
        yield _told(standing.caution) if standing.caution else _logged(standing.sentence)
    for caution in cautions:
        yield _told(caution)
    return replace(evaluation, standing=standing, cautions=cautions)


def _told(caution: Caution) -> Event:
    if caution.severity is Severity.INFO:
        return _logged(f"{caution.message} {caution.remedy}")
    return Warned(job_id="", code=caution.code, message=caution.message, remedy=caution.remedy)


def _logged(message: str) -> LogEmitted:
    return LogEmitted(job_id="", level="info", message=message)
