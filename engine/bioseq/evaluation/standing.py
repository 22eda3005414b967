"""How a model stands beside the best simple one on the same records, and what keeps its figures from their word.

The simple model with the best figure on these very records is taken, which favours simple models a little: a network
that is called better is better than each of them. Torch-free; the window reads these values.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bioseq.errors import Severity
from bioseq.evaluation.metrics import METRICS
from bioseq.sequences.wording import counted

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation, Scores

FEW_PER_CLASS = 50
"""Records of a class to judge by, below which its figures are rough."""
_NEARLY = 0.9
"""Share of what a model adds to guessing from which simple features are said to give the classes away."""
_WORTH_IT = 0.6
"""ROC AUC from which a model has learnt something that could be given away."""


@dataclass(frozen=True, slots=True)
class Caution:
    """What keeps figures from being taken at their word.

    Attributes:
        code: Stable name: "evaluation.few_records", "evaluation.test_in_train", ...
        message: One sentence.
        remedy: What to do.
        severity: How much it matters: a warning, or worth knowing.
    """

    code: str
    message: str
    remedy: str
    severity: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Standing:
    """A model beside the best simple model.

    Attributes:
        baseline: Name of that simple model.
        title: Its title, for people.
        metric: What they are compared by: ROC AUC with two classes, which hangs on no threshold; MCC with more.
        difference: Figure of the model less that of the simple model.
        low: Lower bound of its interval, from resamples that both are judged on; NaN where there is none.
        high: Upper bound.
        level: Share of such intervals that hold the true difference, (0, 1).
    """

    baseline: str
    title: str
    metric: str
    difference: float
    low: float
    high: float
    level: float = 0.95

    @property
    def verdict(self) -> Literal["better", "equal", "worse"]:
        """Better or worse only when chance hardly explains it."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "equal"

    @property
    def ahead(self) -> bool:
        """The figure is better than that of the simple model, be it by chance."""
        return self.difference > 0

    @property
    def sentence(self) -> str:
        """What was found."""
        figure = METRICS[self.metric].title
        bounds = f" ({100 * self.level:g} %: {self.low:+.3f} to {self.high:+.3f})" if math.isfinite(self.low) else ""
        match self.verdict:
            case "better":
                return f"Better than the best simple model ({self.title}): {figure} {self.difference:+.3f}{bounds}."
            case "worse":
                return f"Worse than the best simple model ({self.title}): {figure} {self.difference:+.3f}{bounds}."
            case _:
                opening = "Not shown to be better" if self.ahead else "Not better"
                return (
                    f"{opening} than the best simple model ({self.title}): {figure} {self.difference:+.3f}{bounds}, "
                    "which may be chance."
                )

    @property
    def remedy(self) -> str:
        """What to do; empty when the model is better."""
        match self.verdict:
            case "better":
                return ""
            case "worse":
                return "Use the simple model, or train differently: longer, more slowly, or another model."
            case _ if self.ahead:
                return "More test records would tell. Until then the simple model is faster and easier to explain."
            case _:
                return (
                    "Use the simple model: it is as good, faster and easier to explain. More records, longer training "
                    "or another model may change that."
                )

    @property
    def caution(self) -> Caution | None:
        """The same as a caution; None when the model is better."""
        if self.verdict == "better":
            return None
        code = {"equal": "evaluation.not_better", "worse": "evaluation.worse"}[self.verdict]
        return Caution(code, self.sentence, self.remedy)


def standing_of(evaluation: Evaluation) -> Standing | None:
    """A model beside the best simple one; None where there is none, or they were not compared."""
    metric = compared_by(evaluation)
    best = best_baseline(evaluation, metric)
    if best is None or metric not in best.lead or not math.isfinite(best.lead[metric].value):
        return None
    lead = best.lead[metric]
    return Standing(best.name, best.title, metric, lead.value, lead.low, lead.high, lead.level)


def best_baseline(evaluation: Evaluation, metric: str) -> Scores | None:
    """The simple model with the best value of a figure; None when none has one."""
    known = [one for one in evaluation.baselines if math.isfinite(one.metrics.get(metric, math.nan))]
    sign = 1 if METRICS[metric].higher_is_better else -1
    return max(known, key=lambda one: sign * one.metrics[metric], default=None)


def beside(evaluation: Evaluation) -> tuple[Scores, ...]:
    """The simple models to show where there is room for two: the best one, and the largest class."""
    best = best_baseline(evaluation, compared_by(evaluation))
    return tuple(one for one in evaluation.baselines if one is best or one.name == "majority")


def compared_by(evaluation: Evaluation) -> str:
    """The figure by which a model is held against simple ones."""
    return "roc_auc" if len(evaluation.labels) == 2 else "mcc"


def cautions_of(evaluation: Evaluation, *, repeated: int = 0, sources: int = 0) -> tuple[Caution, ...]:
    """What keeps these figures from being taken at their word, the gravest first.

    Args:
        evaluation: The figures.
        repeated: Records among these that were learnt from too.
        sources: Files that all records, those learnt from and those judged by, come from; 0 when not known.
    """
    found = [_repeated(repeated, evaluation.records), _given_away(evaluation), _few(evaluation), _one_source(sources)]
    return tuple(one for one in found if one is not None)


def caution_from(fields: dict[str, Any]) -> Caution:
    """The inverse of `dataclasses.asdict`, after a trip through JSON."""
    return Caution(**{**fields, "severity": Severity(fields["severity"])})


def standing_from(fields: dict[str, Any]) -> Standing:
    """The inverse of `dataclasses.asdict`, after a trip through JSON (null is NaN)."""
    known: dict[str, Any] = {name: math.nan if value is None else value for name, value in fields.items()}
    return Standing(**known)


def _repeated(count: int, records: int) -> Caution | None:
    if not count:
        return None
    return Caution(
        "evaluation.test_in_train",
        counted("{n} test [record was|records were] learnt from too, ", count)
        + f"{100 * count / max(1, records):.0f} % of them: these figures flatter.",
        "Leave repeated sequences out of the training records ([data] test_in_train), and train again.",
    )


def _given_away(evaluation: Evaluation) -> Caution | None:
    simple = next((one for one in evaluation.baselines if one.name == "composition"), None)
    own = evaluation.model.metrics.get("roc_auc", math.nan)
    told = math.nan if simple is None else simple.metrics.get("roc_auc", math.nan)
    if not (own >= _WORTH_IT and told - 0.5 >= _NEARLY * (own - 0.5)):
        return None
    return Caution(
        "evaluation.simple_features",
        f"Length and letters alone nearly suffice: ROC AUC {told:.3f}, the model's {own:.3f}.",
        "The classes may differ in how they were collected, and not only in what you look for: choose records of both "
        "with the same lengths and composition, and train again.",
    )


def _few(evaluation: Evaluation) -> Caution | None:
    sizes = {name: sum(row) for name, row in zip(evaluation.labels, evaluation.model.confusion, strict=True)}
    few = [f"'{name}' ({size})" for name, size in sizes.items() if size < FEW_PER_CLASS]
    if not few:
        return None
    listed = ", ".join(few[:5]) + (" ..." if len(few) > 5 else "")
    return Caution(
        "evaluation.few_records",
        f"Fewer than {FEW_PER_CLASS} records to judge by: {listed}. The figures of such a class are rough.",
        "Keep more records back for the test, or join classes.",
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
