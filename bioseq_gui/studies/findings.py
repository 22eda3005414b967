"""What a study found, read from its folder: figures with intervals, paired tests, the resulting run. No Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bioseq.errors import BioseqError
from bioseq.evaluation.bootstrap import Interval
from bioseq.evaluation.paired_tests import assess
from bioseq.evaluation.results import read_evaluations
from bioseq.evaluation.standing import compared_by, lead_over
from bioseq.json_values import DamagedError, Figures, ShortText, decode
from bioseq.runs.folder import RunFolder
from bioseq.studies.comparison_file import read_comparison
from bioseq.studies.folder import StudyFolder
from bioseq.studies.state import StudyState

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bioseq.evaluation.paired_tests import Assessment
    from bioseq.evaluation.results import Evaluation, Scores


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure with its interval.

    Attributes:
        title: Whose.
        role: "candidate", "result", "member" or "simple".
        figures: Metric name to value, lower and upper bound; NaN where there is none.
    """

    title: str
    role: str
    figures: dict[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class PairedTest:
    """Two models on the same records.

    Attributes:
        first: Title of the one that stands before the other, or of the result.
        second: Title of the other.
        metric: What they are compared by.
        difference: First less second.
        low: Lower bound of its 95 % interval, which allows for all pairs; NaN where there is none.
        high: Upper bound.
        p: Two-sided, from the same interval; NaN where there is none.
        only_first: Records that the first alone gets right; -1 where that is not known.
        only_second: Records that the second alone gets right; -1 where that is not known.
    """

    first: str
    second: str
    metric: str
    difference: float
    low: float
    high: float
    p: float
    only_first: int = -1
    only_second: int = -1

    @property
    def clear(self) -> bool:
        """Chance hardly explains the difference: the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def lead_of(self, title: str) -> float:
        """How much higher than the other this one of the two is."""
        return self.difference if title == self.first else -self.difference


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a study found.

    Attributes:
        split: The records that judge: "test", "validation"; empty without.
        records: How many they are.
        metric: What the comparison goes by.
        order: The records whose figures ordered a comparison: "validation", or `split`; empty without one.
        bars: Figures, in that order.
        tests: Paired tests.
        rival_tests: Of the first candidates of "Find the best model", held against each other.
        rival_records: How many validation records judge those.
        why: Sentences on the choice.
        left_out: What was not tried, with the reason.
        run: Folder of the resulting run, or of the best entry's; None without.
        result: Its evaluation; None without.
        importance: Of a search over all records: setting to its share of what explains the figure, the largest first.
        parameters: Number of an entry to its weights.
        faults: What of it cannot be read, in sentences; empty when all can.
    """

    split: str = ""
    records: int = 0
    metric: str = ""
    order: str = ""
    bars: tuple[Bar, ...] = ()
    tests: tuple[PairedTest, ...] = ()
    rival_tests: tuple[PairedTest, ...] = ()
    rival_records: int = 0
    why: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    run: Path | None = None
    result: Evaluation | None = None
    importance: tuple[tuple[str, float], ...] = ()
    parameters: dict[int, int] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Importance:
    """What `importance.json` holds: search, model and setting to its share."""

    searches: dict[ShortText, dict[ShortText, Figures]] = field(default_factory=dict)


def read_findings(folder: Path) -> Findings:
    """What there is in the folder of a study, as far as it can be read; what cannot is told in `faults`."""
    study = StudyFolder(folder)
    faults: list[str] = []
    kind, results, parameters, folders = _state(study, faults)
    result, run = None, None
    if study.result.is_dir():
        result, run = _evaluation(study.result), study.result
    compared = _comparison(study, faults)
    rivals, comparison = (compared, {}) if kind == "best" else ({}, compared)
    rows = comparison.get("rows", [])
    if run is None and (best := next((row for row in rows if row["entries"]), None)) is not None:
        run = folders.get(best["entries"][0])
        result = _evaluation(run) if run is not None else None
    metric = str(comparison.get("metric") or (compared_by(result) if result is not None else ""))
    judged = bool(rows)
    return Findings(
        split=str(comparison.get("split") or (result.split if result is not None else "")),
        records=max((row["records"] for row in rows), default=result.records if result is not None else 0),
        metric=metric,
        order=str(comparison.get("order") or comparison.get("split") or ""),
        bars=tuple(_compared_bars(rows) if judged else _result_bars(result)),
        tests=tuple(_compared_tests(comparison, metric) if judged else _result_tests(result, metric)),
        rival_tests=tuple(_compared_tests(rivals, str(rivals.get("metric", "")))),
        rival_records=max((row["records"] for row in rivals.get("rows", ())), default=0),
        why=tuple(map(str, results.get("why") or filter(None, [results.get("label")]))),
        left_out=tuple((str(one["title"]), str(one["reason"])) for one in results.get("left_out", ())),
        run=run,
        result=result,
        importance=tuple(_importance(study.importance)),
        parameters=parameters,
        faults=tuple(faults),
    )


def _state(study: StudyFolder, faults: list[str]) -> tuple[str, dict[str, Any], dict[int, int], dict[int, Path]]:
    """What kind it is, what was found, weights and folders of its entries; nothing where that cannot be read."""
    try:
        state = StudyState.open(study.state)
    except BioseqError as error:
        if study.state.exists():
            faults.append(error.message)
        return "", {}, {}, {}
    parameters = {entry.number: entry.parameters for entry in state.entries if entry.usable}
    folders = {entry.number: study.path / entry.folder for entry in state.entries}
    return state.kind, state.results, parameters, folders


def _evaluation(run: Path) -> Evaluation | None:
    try:
        return next(iter(read_evaluations(RunFolder(run).metrics).values()), None)
    except BioseqError:
        return None


def _comparison(study: StudyFolder, faults: list[str]) -> dict[str, Any]:
    try:
        return read_comparison(study)
    except BioseqError as error:
        faults.append(error.message)
        return {}


def _compared_bars(rows: list[dict[str, Any]]) -> Iterator[Bar]:
    for row in rows:
        figures = {name: (figure["mean"], figure["low"], figure["high"]) for name, figure in row["figures"].items()}
        yield Bar(str(row["title"]), "candidate", figures)


def _result_bars(result: Evaluation | None) -> Iterator[Bar]:
    """The result, its members, and the simple models, all on the same records."""
    if result is None:
        return
    title = result.model.title
    yield Bar(title, "result", _figures(result.model))
    for member in result.members:
        yield Bar(member.title, "member", _figures(member))
    for simple in result.baselines:
        yield Bar(simple.title, "simple", _figures(simple))


def _figures(scores: Scores) -> dict[str, tuple[float, float, float]]:
    bounds = scores.intervals
    return {
        name: (value, bounds[name].low, bounds[name].high) if name in bounds else (value, math.nan, math.nan)
        for name, value in scores.metrics.items()
    }


def _compared_tests(comparison: dict[str, Any], metric: str) -> Iterator[PairedTest]:
    titles = {row["name"]: str(row["title"]) for row in comparison.get("rows", ())}
    pairs = comparison.get("pairs", ())
    for pair in pairs:
        gap = pair["differences"].get(metric, {})
        alone = Interval(*(gap.get(name, math.nan) for name in ("value", "low", "high")))
        found = _paired(
            titles[pair["first"]], titles[pair["second"]], metric, assess(metric, alone, comparisons=len(pairs))
        )
        yield replace(found, only_first=int(pair["only_first"]), only_second=int(pair["only_second"]))


def _result_tests(result: Evaluation | None, metric: str) -> Iterator[PairedTest]:
    """The result against each simple model."""
    if result is None:
        return
    for simple in result.baselines:
        if (lead := lead_over(result, simple, metric)) is not None:
            yield _paired(result.model.title, simple.title, metric, lead)


def _paired(first: str, second: str, metric: str, found: Assessment) -> PairedTest:
    interval = found.interval
    return PairedTest(first, second, metric, interval.value, interval.low, interval.high, found.p)


def _importance(path: Path) -> list[tuple[str, float]]:
    try:
        searches = decode(_Importance, path.read_bytes()).searches
    except (OSError, DamagedError):
        return []
    models = searches.get("trial") or next(iter(searches.values()), {})
    found = [
        (f"{model}: {_short(name)}" if len(models) > 1 else _short(name), share)
        for model, shares in models.items()
        for name, share in shares.items()
    ]
    return sorted(found, key=lambda pair: -pair[1])


def _short(path: str) -> str:
    return path.rpartition(".")[2].replace("_", " ")
