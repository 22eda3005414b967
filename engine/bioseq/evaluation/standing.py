"""How a model stands beside the best simple one on the same records, and what keeps its figures from their word.

Of each metric the simple model that is best on these very records is taken, and the interval of the difference allows
for the number of simple models, so that the choice of the best makes no false alarm. What is better or worse is decided
by one rule, that of `bioseq.evaluation.paired_tests`. Torch-free; the window reads these values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bioseq.errors import Severity
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.paired_tests import assess
from bioseq.sequences.wording import counted, listed

if TYPE_CHECKING:
    from bioseq.evaluation.paired_tests import Assessment
    from bioseq.evaluation.results import Evaluation, Scores

MAJORITY = "majority"
"""Name of the predictor that always answers the largest class: what any model has to beat, but nobody's advice."""
COMPARED = ("roc_auc", "accuracy", "mcc")
"""Metrics by which a model is held against simple ones: of the ranking, and of the calls at the threshold."""


@dataclass(frozen=True, slots=True)
class Caution:
    """What keeps figures from being taken at their word.

    Attributes:
        code: Stable name: "evaluation.few_records", "evaluation.test_in_train", ...
        message: One sentence.
        remedy: What to do.
        severity: How much it matters: the model is of no use as it is, a warning, or worth knowing.
        simple_model: Name of the simple model that is the better answer; empty where that is not the advice.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = Severity.WARNING
    simple_model: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more a model has of one metric than the simple model that is best in it.

    Attributes:
        metric: Its name.
        baseline: Name of that simple model.
        title: Its title, for people.
        lead: The model less the simple model on the same resamples, allowing for the number of simple models.
    """

    metric: str
    baseline: str
    title: str
    lead: Assessment

    @property
    def sign(self) -> Literal[-1, 0, 1]:
        """Better or worse only where chance hardly explains it."""
        if not self.lead.significant:
            return 0
        return 1 if self.lead.interval.value > 0 else -1

    @property
    def text(self) -> str:
        """What was measured: "ROC AUC +0.100 (95 % interval +0.050 to +0.150)"."""
        interval, bounds = self.lead.interval, ""
        if interval.defined:
            bounds = f" ({100 * interval.level:g} % interval {signed(interval.low)} to {signed(interval.high)})"
        return f"{named(self.metric)} {signed(interval.value)}{bounds}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A model beside the simple models that are best in each metric.

    Attributes:
        differences: One per metric of `COMPARED` that both have, in that order; at least one.
        comparisons: Simple models that the model is held against, for which the intervals allow.
    """

    differences: tuple[Difference, ...]
    comparisons: int = 1

    @property
    def verdict(self) -> Literal["better", "equal", "mixed", "worse"]:
        """Better or worse where that is significant in one metric and the others do not say the opposite."""
        signs = {one.sign for one in self.differences}
        match 1 in signs, -1 in signs:
            case True, True:
                return "mixed"
            case True, False:
                return "better"
            case False, True:
                return "worse"
            case _:
                return "equal"

    @property
    def sentence(self) -> str:
        """What was found, metric by metric."""
        better, worse = self._texts(1), self._texts(-1)
        match self.verdict:
            case "better":
                text = f"Better than the best simple model: {better}"
            case "worse":
                text = f"Worse than the best simple model: {worse}"
            case "mixed":
                text = f"Better than the best simple model in one respect, {better}, and worse in another, {worse}"
            case _:
                text = f"Not shown to be better than the best simple model: {self._texts(0)}; chance may explain that"
        alike = [named(one.metric) for one in self.differences if not one.sign]
        if alike and self.verdict != "equal":
            text += f"; no clear difference in {listed(alike)}"
        allowance = f" The intervals allow for {self.comparisons} comparisons." if self.comparisons > 1 else ""
        return f"{text}.{allowance if any(one.lead.interval.defined for one in self.differences) else ''}"

    def _texts(self, sign: int) -> str:
        """The differences of one sign, each group with the simple model that it is measured against."""
        chosen = [one for one in self.differences if one.sign == sign]
        titles = dict.fromkeys(one.title for one in chosen)
        groups = [(title, [one.text for one in chosen if one.title == title]) for title in titles]
        return "; ".join(f"{listed(texts)} against {title}" for title, texts in groups)


def standing_of(evaluation: Evaluation) -> Standing | None:
    """A model beside the best simple ones; None where there is none, or they were not compared."""
    known = [one for metric in COMPARED if (one := _difference(evaluation, metric)) is not None]
    return Standing(tuple(known), _comparisons(evaluation)) if known else None


def lead_over(evaluation: Evaluation, baseline: Scores, metric: str) -> Assessment | None:
    """How much more the model has of a metric than one simple model, allowing for the number of simple models.

    Headline, tables and tests all go by this one value; None where the two were not compared.
    """
    lead = baseline.lead.get(metric)
    return None if lead is None else assess(metric, lead, comparisons=_comparisons(evaluation))


def _difference(evaluation: Evaluation, metric: str) -> Difference | None:
    best = best_baseline(evaluation, metric)
    lead = None if best is None else lead_over(evaluation, best, metric)
    if best is None or lead is None or not math.isfinite(lead.interval.value):
        return None
    return Difference(metric, best.name, best.title, lead)


def _comparisons(evaluation: Evaluation) -> int:
    """Simple models that the model was compared with: as many differences are looked at."""
    return sum(bool(one.lead) for one in evaluation.baselines)


def named(metric: str) -> str:
    """The title of a metric within a sentence: "ROC AUC", "accuracy"."""
    title = METRICS[metric].title
    return title if title[:2].isupper() else f"{title[:1].lower()}{title[1:]}"


def signed(value: float) -> str:
    """A difference for people: "+0.012", "-0.300", and "0.000" for what rounds to it."""
    text = f"{value:+.3f}"
    return "0.000" if float(text) == 0 else text


def best_baseline(evaluation: Evaluation, metric: str) -> Scores | None:
    """The simple model with the best value of a metric; None when none has one.

    Always naming the largest class is not among them: it tells nothing apart.
    """
    known = [one for one in simple_models(evaluation) if math.isfinite(one.metrics.get(metric, math.nan))]
    sign = 1 if METRICS[metric].higher_is_better else -1
    return max(known, key=lambda one: sign * one.metrics[metric], default=None)


def simple_models(evaluation: Evaluation) -> tuple[Scores, ...]:
    """The simple models that look at the sequences."""
    return tuple(one for one in evaluation.baselines if one.name != MAJORITY)


def beside(evaluation: Evaluation) -> tuple[Scores, ...]:
    """The simple models to show where there is room for two: the best one, and the largest class."""
    best = best_baseline(evaluation, compared_by(evaluation))
    return tuple(one for one in evaluation.baselines if one is best or one.name == MAJORITY)


def compared_by(evaluation: Evaluation) -> str:
    """The metric that stands first where there is room for one."""
    return "roc_auc" if len(evaluation.labels) == 2 else "mcc"


def cautions_of(evaluation: Evaluation, *, repeated: int = 0, sources: int = 0) -> tuple[Caution, ...]:
    """What of a run keeps these figures from being taken at their word, the gravest first.

    What the figures themselves say is found by `bioseq.evaluation.verdict`.

    Args:
        evaluation: The figures.
        repeated: Records among these that were learnt from too.
        sources: Files that all records, those learnt from and those judged by, come from; 0 when not known.
    """
    found = [_repeated(repeated, evaluation.records), _one_source(sources)]
    return tuple(one for one in found if one is not None)


def caution_from(fields: dict[str, Any]) -> Caution:
    """The inverse of `dataclasses.asdict`, after a trip through JSON."""
    return Caution(**{**fields, "severity": Severity(fields["severity"])})


def _repeated(count: int, records: int) -> Caution | None:
    if not count:
        return None
    return Caution(
        "evaluation.test_in_train",
        counted("{n} test [record was|records were] learnt from too, ", count)
        + f"{100 * count / max(1, records):.0f} % of them: these figures flatter.",
        "Leave repeated sequences out of the training records ([data] test_in_train), and train again.",
    )


def _one_source(sources: int) -> Caution | None:
    if sources != 1:
        return None
    return Caution(
        "evaluation.one_source",
        "All records come from one file: how the model does on data from elsewhere is not known.",
        "Evaluate it on records of another laboratory, species or year.",
        Severity.INFO,
    )
