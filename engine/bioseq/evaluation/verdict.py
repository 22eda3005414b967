"""What an evaluation comes to: its findings, the gravest first.

The only place with rules on that. Window, report, log, command line and `metrics.json` show these findings and add none
of their own. A finding is a `Caution`: a code, one sentence, a remedy. Whether one predictor is better than another,
and whether one is above chance, is decided by intervals that allow for how many are looked at
(`bioseq.evaluation.paired_tests`). Torch-free.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from bioseq.catalogue.reference_baselines import SHORT_TITLES
from bioseq.errors import Severity
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.paired_tests import allowing_for
from bioseq.evaluation.standing import Caution, Standing, simple_models, standing_of
from bioseq.sequences.wording import counted, listed, quoted, short_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bioseq.evaluation.bootstrap import Interval
    from bioseq.evaluation.results import Evaluation, Scores

Tone = Literal["good", "info", "warning", "bad"]

FEW_RECORDS = 100
"""Records to judge by below which all figures are rough: an accuracy of .8 may be off by .08."""
FEW_PER_CLASS = 50
"""Records of a class to judge by below which its own figures are rough."""
_VERY_FEW = 10
"""The same where all records are few, which is told already."""
_CHANCE = {"roc_auc": 0.5, "mcc": 0.0}
"""Metrics that show whether a predictor is above chance, and what guessing gives."""
_SEEMS_ABLE = 0.75
"""ROC AUC from which a predictor is not called chance; with few records it may be that all the same."""
_NEARLY = 0.9
"""Part of what a model adds to guessing from which simple features are said to give the classes away."""
_WORTH_IT = 0.6
"""ROC AUC from which a model has learnt something that could be given away."""
_MOST_NAMED = 5
COMPARISONS = frozenset({"evaluation.better", "evaluation.mixed", "evaluation.not_better", "evaluation.worse"})
"""Codes of the finding that holds the model against the simple ones; there is one at most."""
_FIRST = frozenset({"evaluation.cannot_tell", "evaluation.largest_class"})
"""Said first, though they are no more than warnings."""
_DOUBTS = frozenset({*_FIRST, "evaluation.mixed", "evaluation.not_better"})
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.INFO)
_FOUND_AGAIN = frozenset({"evaluation.few_records", "evaluation.simple_features"})
"""Cautions in files of older programs that are findings now."""


def findings_of(evaluation: Evaluation) -> tuple[Caution, ...]:
    """All that is to be said of an evaluation, the gravest first; with the cautions of its run."""
    if not evaluation.records:
        return (
            Caution(
                "evaluation.no_records",
                "There were no records to evaluate the model on.",
                "Keep a part of the records back for the test.",
                Severity.ERROR,
            ),
        )
    of_run = [one for one in evaluation.cautions if one.code not in _FOUND_AGAIN]
    found = [*_of_predictors(evaluation), *of_run, *_of_records(evaluation)]
    return tuple(sorted(found, key=lambda one: _ORDER.index(one.severity)))


def headline_of(evaluation: Evaluation) -> Caution | None:
    """The finding that is to be said before anything else, even before how many records are right; None without one."""
    first = next(iter(findings_of(evaluation)), None)
    if first is None or not (first.severity is Severity.ERROR or first.code in _FIRST):
        return None
    return first


def tone_of(evaluation: Evaluation) -> Tone:
    """How good the news is: bad, mixed, good, or not known where there is nothing to compare with."""
    found = findings_of(evaluation)
    codes = {one.code for one in found}
    if "evaluation.worse" in codes or any(one.severity is Severity.ERROR for one in found):
        return "bad"
    if codes & _DOUBTS:
        return "warning"
    return "good" if "evaluation.better" in codes else "info"


def _of_predictors(evaluation: Evaluation) -> Iterator[Caution]:
    """What the model is worth, alone and beside the simple models."""
    collapsed, chance = _one_class(evaluation), _chance(evaluation)
    yield from (one for one in (collapsed, chance) if one is not None)
    if collapsed is None and chance is None and (found := _largest_class(evaluation)) is not None:
        yield found
    standing = standing_of(evaluation)
    if standing is not None and (chance is None or chance.code == "evaluation.at_chance"):
        yield _beside(evaluation, standing)
    if chance is None and (given := _find_shortcut(evaluation)) is not None:
        yield given


# ------------------------------------------------------------------------------------------------ the model alone


def _one_class(evaluation: Evaluation) -> Caution | None:
    """The model answers one class for all records, though they are of several."""
    answered = _find_predicted_labels(evaluation)
    if len(answered) != 1 or sum(size > 0 for size in _sizes(evaluation).values()) < 2:
        return None
    area = evaluation.model.intervals.get("roc_auc")
    ranks = area is not None and area.low > _CHANCE["roc_auc"]
    remedy = (
        f"It does rank the records (ROC AUC {area.value:.3f}): choose another threshold, or weights of the classes."
        if ranks and area is not None
        else "Train longer or with another learning rate, weigh the classes, or take another model."
    )
    return Caution(
        "evaluation.one_class",
        f"The model answers '{answered[0]}' for every one of the {_records(evaluation)}, whatever the sequence.",
        remedy,
        Severity.ERROR,
    )


def _chance(evaluation: Evaluation) -> Caution | None:
    """The model is not shown to be above chance; with it the simple models, or not."""
    simple = simple_models(evaluation)
    looked_at = len(_CHANCE) * (1 + len(simple))
    if _above_chance(evaluation.model, looked_at) is not False:
        return None
    able = [one for one in simple if _above_chance(one, looked_at)]
    if able:
        best = max(able, key=_area)
        return Caution(
            "evaluation.at_chance",
            f"The model is not shown to be better than guessing on {_records(evaluation)}"
            f"{_area_text(evaluation.model, looked_at)}, while {best.title} is{_area_text(best, looked_at)}.",
            "Train longer or with another learning rate, or take a model that sees what the simple one sees.",
            Severity.ERROR,
        )
    everyone = (evaluation.model, *simple)
    best = max(everyone, key=_area)
    if _area(best) >= _SEEMS_ABLE:
        return _undecided(evaluation, best)
    return _nothing(evaluation, len(simple), _area_text(best, looked_at, "best " if simple else ""))


def _nothing(evaluation: Evaluation, simple: int, area: str) -> Caution:
    if not simple:
        return Caution(
            "evaluation.chance",
            f"The model is not shown to be better than guessing on {_records(evaluation)}{area}.",
            "Check that these records are of the kind that the model learnt from and carry the right labels.",
            Severity.ERROR,
        )
    others = counted("nor [the simple model|any of the {n} simple models]", simple)
    return Caution(
        "evaluation.nothing_found",
        f"Nothing that tells the classes apart was found: on {_records(evaluation)} neither the model {others} is "
        f"better than guessing{area}.",
        "Check that each label belongs to its sequence and that the sequences hold what decides the class (region, "
        "strand, length); if they do, more records may show it.",
        Severity.ERROR,
    )


def _undecided(evaluation: Evaluation, best: Scores) -> Caution:
    return Caution(
        "evaluation.cannot_tell",
        f"Whether anything tells the classes apart cannot be said from {_records(evaluation)}: the best ROC AUC, "
        f"{_area(best):.3f}, may be chance.",
        "Evaluate on more records, above all of the smallest class.",
    )


def _above_chance(scores: Scores, looked_at: int) -> bool | None:
    """Some metric is above what guessing gives, beyond chance among so many that are looked at; None if not known."""
    known = {name: one for name in _CHANCE if (one := scores.intervals.get(name)) is not None and one.defined}
    if not known:
        return None
    return any(allowing_for(one, looked_at).low > _CHANCE[name] for name, one in known.items())


def _largest_class(evaluation: Evaluation) -> Caution | None:
    """The accuracy is not shown to be above that of always naming the largest class."""
    accuracy = evaluation.model.intervals.get("accuracy")
    largest = max(_sizes(evaluation).values()) / evaluation.records
    if accuracy is None or not accuracy.defined or accuracy.low > largest or largest == 1:
        return None
    bounds = f"{100 * accuracy.level:g} % interval {accuracy.bounds_text()}"
    text = "No better than always naming the largest class: "
    text += f"accuracy {accuracy.value:.3f} ({bounds}) against {largest:.3f}"
    agreement = evaluation.model.intervals.get("mcc")
    if agreement is not None and agreement.low > _CHANCE["mcc"]:
        return Caution(
            "evaluation.largest_class",
            f"{text}; yet its calls do tell the classes apart (MCC {_with_bounds(agreement)}).",
            "Where classes are unlike in size, go by MCC, PR AUC and sensitivity; a higher threshold makes fewer false "
            "alarms."
            if len(evaluation.labels) == 2
            else "Where classes are unlike in size, go by MCC and by the figures of each class.",
        )
    return Caution(
        "evaluation.largest_class",
        f"{text}.",
        "Choose another threshold, weigh the classes, or collect more records of the smaller ones.",
    )


# ------------------------------------------------------------------------------------------------ beside simple models


def _beside(evaluation: Evaluation, standing: Standing) -> Caution:
    """Better, equal or worse than the best simple models."""
    match standing.verdict:
        case "better":
            return Caution("evaluation.better", standing.sentence, "", Severity.INFO)
        case "mixed":
            return Caution(
                "evaluation.mixed",
                standing.sentence,
                "ROC AUC tells how well records are ranked, accuracy and MCC how good the calls at the threshold are: "
                "go by what you will use.",
            )
        case "worse":
            return _worse(evaluation, standing)
        case _:
            return Caution(
                "evaluation.not_better",
                standing.sentence,
                "More test records would tell them apart; more training records or another model may make a "
                "difference.",
            )


def _worse(evaluation: Evaluation, standing: Standing) -> Caution:
    behind = [one for one in standing.differences if one.sign < 0]
    ranked_alike = all(one.metric != "roc_auc" for one in behind) and len(evaluation.labels) == 2
    advised = "" if _contains_baseline(evaluation, behind[0].baseline, behind[0].title) else behind[0].baseline
    remedy = "Train longer, more slowly, or take another model."
    if ranked_alike:
        remedy = "The records are ranked as well: another threshold may mend it. Else train longer, or more slowly."
    if advised:
        remedy = f"Use the simple model, which is the better answer here, or mend this one. {remedy}"
    return Caution("evaluation.worse", standing.sentence, remedy, simple_model=advised)


def _contains_baseline(evaluation: Evaluation, name: str, title: str) -> bool:
    """The simple model is a part of the answer, or the answer itself."""
    parts = (evaluation.model, *evaluation.members)
    short = SHORT_TITLES.get(name, title)
    return any(one.name == name or one.title in (title, short) or one.title.endswith(f": {title}") for one in parts)


# ------------------------------------------------------------------------------------------------ the records


def _of_records(evaluation: Evaluation) -> Iterator[Caution]:
    """What of the records, and of how the model answers them, makes its figures rough or too good."""
    sizes = _sizes(evaluation)
    absent = [name for name, size in sizes.items() if not size]
    answered = _find_predicted_labels(evaluation)
    never = [name for name in evaluation.labels if name not in answered and name not in absent]
    few = evaluation.records < FEW_RECORDS
    least = _VERY_FEW if few else FEW_PER_CLASS
    rare = {name: size for name, size in sizes.items() if 0 < size < least}
    if absent:
        yield Caution(
            "evaluation.absent_class",
            f"No record of {_named(absent)} is among the {_records(evaluation)}: nothing is known of how well it is "
            "found.",
            "Evaluate on records of all classes.",
        )
    if never and len(answered) > 1:
        yield Caution(
            "evaluation.never_answered",
            f"The model never answers {_named(never)}.",
            "Weigh the classes, join classes, or collect more records of those.",
        )
    if few:
        yield _few(evaluation)
    if rare:
        yield _rare(evaluation, rare)


def _few(evaluation: Evaluation) -> Caution:
    accuracy = evaluation.model.intervals.get("accuracy")
    off = ""
    if accuracy is not None and accuracy.defined:
        points = 100 * max(accuracy.value - accuracy.low, accuracy.high - accuracy.value)
        off = f"; accuracy may be off by {points:.0f} percentage points"
    return Caution(
        "evaluation.few_records",
        f"Only {_records(evaluation)}: all figures are rough{off}.",
        "Keep more records back for the test, or collect more.",
    )


def _rare(evaluation: Evaluation, rare: dict[str, int]) -> Caution:
    names = [f"'{short_name(name)}' ({size:,})" for name, size in rare.items()]
    which = "of this class" if len(rare) == 1 else "of these classes"
    spread = ""
    if len(rare) == 1:
        found = evaluation.model.class_intervals.get(next(iter(rare)), {}).get("sensitivity")
        spread = f" (sensitivity {_with_bounds(found)})" if found is not None and found.defined else ""
    return Caution(
        "evaluation.rare_class",
        f"Few {_kind(evaluation)} of {listed(names, most=_MOST_NAMED)}: the figures {which} are rough{spread}.",
        "Collect more records of it, or join it with another class."
        if len(rare) == 1
        else "Collect more records of them, or join classes.",
    )


def _find_shortcut(evaluation: Evaluation) -> Caution | None:
    simple = next((one for one in evaluation.baselines if one.name == "composition"), None)
    own = evaluation.model.metrics.get("roc_auc", math.nan)
    alone = math.nan if simple is None else simple.metrics.get("roc_auc", math.nan)
    if not (own >= _WORTH_IT and alone - 0.5 >= _NEARLY * (own - 0.5)):
        return None
    return Caution(
        "evaluation.simple_features",
        f"Length and letters alone {'do as well' if alone >= own else 'nearly suffice'}: ROC AUC {alone:.3f}, the "
        f"model's {own:.3f}.",
        "The classes may differ in how they were collected, and not only in what you look for: choose records of both "
        "with the same lengths and composition, and train again.",
    )


# ------------------------------------------------------------------------------------------------ words


def _sizes(evaluation: Evaluation) -> dict[str, int]:
    """Records of each class."""
    return {name: sum(row) for name, row in zip(evaluation.labels, evaluation.model.confusion, strict=False)}


def _find_predicted_labels(evaluation: Evaluation) -> list[str]:
    """The classes that the model answers for some record."""
    columns = zip(*evaluation.model.confusion, strict=True)
    return [name for name, column in zip(evaluation.labels, columns, strict=False) if any(column)]


def _kind(evaluation: Evaluation) -> str:
    return f"{evaluation.split} records" if evaluation.split in ("test", "validation") else "records"


def _records(evaluation: Evaluation) -> str:
    kind = _kind(evaluation)
    return f"{evaluation.records:,} {kind if evaluation.records != 1 else kind.removesuffix('s')}"


def _named(names: list[str]) -> str:
    return quoted(names, most=_MOST_NAMED)


def _area(scores: Scores) -> float:
    area = scores.metrics.get("roc_auc", math.nan)
    return area if math.isfinite(area) else -math.inf


def _area_text(scores: Scores, looked_at: int, which: str = "") -> str:
    """The ROC AUC with the interval by which it is judged, as wide as the number of metrics looked at asks for."""
    area = scores.intervals.get("roc_auc")
    if area is None or not math.isfinite(area.value):
        return ""
    wide = allowing_for(area, looked_at)
    within = replace(wide, low=max(0.0, wide.low), high=min(1.0, wide.high)) if wide.defined else wide
    return f" ({which}{METRICS['roc_auc'].title} {_with_bounds(within)}, allowing for {looked_at} figures)"


def _with_bounds(interval: Interval) -> str:
    if not interval.defined:
        return f"{interval.value:.3f}"
    return f"{interval.value:.3f}, {100 * interval.level:g} % interval {interval.bounds_text()}"
