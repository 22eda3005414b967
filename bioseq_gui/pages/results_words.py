"""What the Results page says of an evaluation: the verdict in one sentence, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from bioseq.evaluation.verdict import findings_of, headline_of, tone_of

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation
    from bioseq.evaluation.standing import Caution


Tone = Literal["good", "muted", "warning", "bad"]
"""A colour of the palette."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The findings of an evaluation as the window lays them out.

    Attributes:
        text: What has to be said first, or how many records the model gets right.
        caution: Beside what has to be said first: what to do, and how many records are right; else empty.
        tone: How good the news is.
        others: The findings that `text` does not hold, the gravest first.
    """

    text: str
    caution: str
    tone: Tone
    others: tuple[Caution, ...] = ()


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("ResultsPage", text)


def verdict(evaluation: Evaluation) -> Verdict:
    """The verdict on a model from the findings of its evaluation."""
    found, first = findings_of(evaluation), headline_of(evaluation)
    ability = f"{_ability(evaluation)}." if evaluation.records else ""
    known = tone_of(evaluation)
    tone: Tone = "muted" if known == "info" else known
    if first is None:
        return Verdict(ability, "", tone, found)
    caution = " ".join(part for part in (first.remedy, ability) if part)
    return Verdict(first.message, caution, tone, tuple(one for one in found if one != first))


def _ability(evaluation: Evaluation) -> str:
    return _ability_of_two(evaluation) if len(evaluation.labels) == 2 else _ability_of_many(evaluation)


def _ability_of_two(evaluation: Evaluation) -> str:
    figures = evaluation.model.metrics
    positive = evaluation.positive or evaluation.labels[-1]
    found, spared = figures.get("sensitivity", math.nan), figures.get("specificity", math.nan)
    if math.isnan(found) or math.isnan(spared):
        return tr("Gets {0} of 100 records right").format(_hundred(figures.get("accuracy", math.nan)))
    ability = tr("Finds {0} of 100 “{1}” records and wrongly calls {2} of 100 others so").format(
        _hundred(found), positive, _hundred(1 - spared)
    )
    return f"{ability}, {_threshold(evaluation)}"


def _threshold(evaluation: Evaluation) -> str:
    shown = f"{evaluation.threshold:.3g}"
    if evaluation.threshold_aim == "fixed":
        return tr("at a threshold of {0}").format(shown)
    return tr("at a threshold of {0}, chosen on validation").format(shown)


def _ability_of_many(evaluation: Evaluation) -> str:
    right = _hundred(evaluation.model.metrics.get("accuracy", math.nan))
    found = {name: figures.get("sensitivity", math.nan) for name, figures in evaluation.model.per_class.items()}
    known = {name: value for name, value in found.items() if math.isfinite(value)}
    if not known:
        return tr("Gets {0} of 100 records right").format(right)
    weakest = min(known, key=lambda name: known[name])
    return tr("Gets {0} of 100 records right; finds “{1}” least well ({2} of 100)").format(
        right, weakest, _hundred(known[weakest])
    )


def _hundred(share: float) -> str:
    if not math.isfinite(share):
        return "–"
    percent = 100 * share
    exact = f"{percent:.1f}".removesuffix(".0")
    return exact if percent > 99 or percent < 1 else f"{percent:.0f}"
