"""What the Results page says of an evaluation: the verdict in one sentence, and how far it can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication

from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.standing import best_baseline

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation, Scores

Tone = Literal["good", "warning", "bad"]

FEW_RECORDS = 50
"""Below so many records, the figures are said to be rough."""
FEW_PER_CLASS = 10
_CONFIDENCE = 1.96
"""Standard errors on either side of a 95 % interval."""
_TONES: dict[str, Tone] = {"better": "good", "equal": "warning", "worse": "bad"}
_COMPARED = ("balanced_accuracy", "accuracy")


@dataclass(frozen=True, slots=True)
class Verdict:
    """How good a model is.

    Attributes:
        text: One sentence on what it does, and one on the baseline.
        caution: What keeps these figures from being taken at their word; empty when nothing does.
        tone: Better than the baseline, not clearly better, or worse.
    """

    text: str
    caution: str
    tone: Tone


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("ResultsPage", text)


def verdict(evaluation: Evaluation) -> Verdict:
    """The verdict on a model from its evaluation."""
    if not evaluation.records:
        return Verdict(tr("There were no records to judge the model by."), "", "bad")
    if evaluation.standing is not None:
        return Verdict(f"{_ability(evaluation)}.", _caution(evaluation), _TONES[evaluation.standing.verdict])
    compared, tone = _comparison(evaluation)
    return Verdict(
        f"{_ability(evaluation)}; {compared}." if compared else f"{_ability(evaluation)}.", _caution(evaluation), tone
    )


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


def _comparison(evaluation: Evaluation) -> tuple[str, Tone]:
    for metric in _COMPARED:
        own = evaluation.model.metrics.get(metric, math.nan)
        baseline = best_baseline(evaluation, metric)
        if baseline is not None and math.isfinite(own):
            return _compared(evaluation, metric, own, baseline)
    return "", "warning"


def _compared(evaluation: Evaluation, metric: str, own: float, baseline: Scores) -> tuple[str, Tone]:
    points = 100 * (own - baseline.metrics[metric])
    shown = f"{abs(points):.1f}".removesuffix(".0")
    title = METRICS[metric].title.lower()
    records = smallest_group(evaluation)
    chance = math.hypot(half_width(own, records), half_width(baseline.metrics[metric], records))
    if abs(points) <= 100 * chance:
        sentence = tr("no clear difference from the simple baseline ({0}: {1} points of {2}, which may be chance)")
        return sentence.format(baseline.title, f"{points:+.1f}", title), "warning"
    if points > 0:
        return tr("better than the simple baseline ({0}) by {1} points of {2}").format(
            baseline.title, shown, title
        ), "good"
    sentence = tr(
        "worse than the simple baseline ({0}) by {1} points of {2}: prefer the baseline, or train differently"
    )
    return sentence.format(baseline.title, shown, title), "bad"


def half_width(share: float, records: int) -> float:
    """Half of a 95 % interval of a share, after Agresti and Coull 1998, [0, 1]."""
    if records <= 0:
        return 1.0
    widened = records + _CONFIDENCE**2
    centre = (share * records + _CONFIDENCE**2 / 2) / widened
    return _CONFIDENCE * math.sqrt(centre * (1 - centre) / widened)


def smallest_group(evaluation: Evaluation) -> int:
    """Records that decide how sharp a mean over the classes can be: classes times the smallest class."""
    sizes = [sum(row) for row in evaluation.model.confusion if sum(row)]
    return len(sizes) * min(sizes) if sizes else 0


def _caution(evaluation: Evaluation) -> str:
    sizes = {name: sum(row) for name, row in zip(evaluation.labels, evaluation.model.confusion, strict=False)}
    absent = [name for name, size in sizes.items() if not size]
    if absent:
        return tr("No record of {0} is among them, so these figures say little.").format(_listed(absent))
    accuracy = evaluation.model.metrics.get("accuracy", math.nan)
    points = round(100 * half_width(accuracy, evaluation.records)) if math.isfinite(accuracy) else 0
    rare = [name for name, size in sizes.items() if size < FEW_PER_CLASS]
    told = any(caution.code == "evaluation.few_records" for caution in evaluation.cautions)
    if not told and (evaluation.records < FEW_RECORDS or rare):
        cause = tr("Only {0} records").format(evaluation.records)
        if evaluation.records >= FEW_RECORDS:
            cause = tr("Fewer than {0} records of {1}").format(FEW_PER_CLASS, _listed(rare))
        return tr("{0}: the figures may be off by {1} points or more.").format(cause, points)
    answers = [sum(row[place] for row in evaluation.model.confusion) for place in range(len(evaluation.labels))]
    never = [name for name, count in zip(evaluation.labels, answers, strict=False) if not count]
    return tr("The model never answers {0}.").format(_listed(never)) if never else ""


def _listed(names: list[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)


def _hundred(share: float) -> str:
    if not math.isfinite(share):
        return "–"
    percent = 100 * share
    exact = f"{percent:.1f}".removesuffix(".0")
    return exact if percent > 99 or percent < 1 else f"{percent:.0f}"
