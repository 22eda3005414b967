"""What a run amounts to, in one or two sentences: does the model do better than simple ones, and how sure is that?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bioseq.evaluation.verdict import COMPARISONS, findings_of, headline_of, tone_of
from bioseq.report.plain import shown

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation
    from bioseq.evaluation.standing import Caution
    from bioseq.report.document import Tone
    from bioseq.report.material import Material


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement in words, and its tone."""

    text: str
    tone: Tone


def verdict(material: Material) -> Verdict:
    """The judgement on a run."""
    main = material.main
    if main is None:
        return Verdict("The model was not evaluated: nothing tells how good it is.", "bad")
    evaluation = main.evaluation
    own = evaluation.model.metrics.get("mcc", math.nan)
    where = f"on {evaluation.records:,} {evaluation.split} records"
    known = f"Its MCC is {own:.3f} {where}." if math.isfinite(own) else f"Its MCC is not defined {where}."
    headline = headline_of(evaluation)
    others = [one for one in findings_of(evaluation) if one.code in COMPARISONS and one != headline]
    parts = [*_words(headline), _ability(evaluation), known, *(word for one in others for word in _words(one))]
    return Verdict(" ".join(part for part in parts if part), tone_of(evaluation))


def _words(finding: Caution | None) -> tuple[str, ...]:
    return () if finding is None else (shown(finding.message, longest=600), finding.remedy)


def _threshold(evaluation: Evaluation) -> str:
    """The threshold and where it comes from: "0.231, chosen on validation for the greatest MCC"."""
    aims = {
        "mcc": "the greatest MCC",
        "f1": "the greatest F1",
        "youden": "the greatest sum of sensitivity and specificity",
        "sensitivity": "a sensitivity",
        "specificity": "a specificity",
    }
    text = f"{evaluation.threshold:.3g}"
    aim = aims.get(evaluation.threshold_aim)
    return f"{text} (chosen on validation for {aim})" if aim else text


def _ability(evaluation: Evaluation) -> str:
    figures = evaluation.model.metrics
    found, spared = figures.get("sensitivity", math.nan), figures.get("specificity", math.nan)
    if len(evaluation.labels) == 2 and math.isfinite(found) and math.isfinite(spared):
        positive = shown(evaluation.positive or evaluation.labels[-1], longest=40)
        alarms = f"{1 - spared:.0%}"
        return (
            f"At a threshold of {_threshold(evaluation)} the model finds {found:.0%} of the {positive} records "
            f"and wrongly calls {alarms} of the others so."
        )
    right = figures.get("accuracy", math.nan)
    return f"The model gets {right:.0%} of the records right." if math.isfinite(right) else ""
