"""What a comparison finds: figures with their spread and intervals, and paired tests; as JSON, CSV and curves.

`comparison.json`: `{"metric", "split", "order", "rows": [...], "pairs": [...]}` with the fields of `Row` and `Pair`.
`comparison.csv`: one line per row. `curves.json`: `{"entries": [{"entry", "variant", "title", "folder", "seed", "fold",
"epochs": [{"epoch", "reached", "train": {...}, "validation": {...}}]}]}`; ROC and other curves are drawn from
`evaluation/` of the runs that `folder` names.

Rows are ordered by their figures on validation records. What the test records say stands beside them and orders
nothing: the best of many figures on the test flatters, as any best of many does (Cawley and Talbot 2010).

Several trainings of one variant (seeds, repeats of cross-validation) are judged one by one on the same resamples of the
records, and the figures averaged: the interval is that of their mean. The records of the folds of one repeat are put
together first, each predicted by the model that has not learnt it. Tests take the mean of their probabilities.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import write_bytes, write_json
from bioseq.evaluation.bootstrap import Drawn, Interval, Resampling, averaged
from bioseq.evaluation.metrics import METRICS, predicted_classes
from bioseq.evaluation.paired_tests import assess, delong, holm, mcnemar
from bioseq.protocol.events import RankingChanged
from bioseq.runs.history import read_state
from bioseq.spreadsheets import comma_separated
from bioseq.studies.predictions import predictions_of
from bioseq.studies.records import place_in_pool

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bioseq.evaluation.bootstrap import Resamples
    from bioseq.studies.folder import StudyFolder
    from bioseq.studies.predictions import Predictions
    from bioseq.studies.state import Entry, StudyState

_Drawings = dict[tuple[bytes, bytes, "Resamples"], Resampling]
_TESTED = ("roc_auc", "mcc", "accuracy")
"""Figures whose differences are tested by the bootstrap."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a variant.

    Attributes:
        mean: Over its trainings.
        sd: Standard deviation over its trainings; NaN with one.
        low: Lower bound of the 95 % interval of the mean, for other records like these; NaN where there is none.
        high: Upper bound.
    """

    mean: float
    sd: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Row:
    """One variant.

    Attributes:
        name: Of the variant.
        title: For people.
        entries: Numbers of the entries that ended with figures.
        figures: Metric name to figure, on the records that judge it.
        validation: Metric name to its mean over the trainings on validation records; empty where one has none.
        records: Records that judge it.
        seconds: Time of one training, mean.
        parameters: Weights of its network; 0 for a feature baseline.
        note: What did not work, in words; empty when all did.
    """

    name: str
    title: str
    entries: tuple[int, ...]
    figures: dict[str, Figure] = field(default_factory=dict)
    validation: dict[str, float] = field(default_factory=dict)
    records: int = 0
    seconds: float = 0.0
    parameters: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two variants on the same records. P-values are two-sided; `adjusted_` ones allow for all pairs.

    Which of the two is better is decided by the paired bootstrap, as everywhere (`bioseq.evaluation.paired_tests`);
    DeLong's and McNemar's tests stand beside it for those who ask for them.

    Attributes:
        first: Name of one.
        second: Name of the other.
        differences: Metric name to first less second, with its 95 % interval.
        p_bootstrap: Metric name to p from that interval.
        adjusted_bootstrap: The same times the number of pairs (Bonferroni): below .05 exactly where the interval that
            is widened for all pairs leaves out 0.
        p_delong: Of the areas under the ROC curves.
        adjusted_delong: The same, adjusted (Holm).
        p_mcnemar: Of the records that only one of the two gets right.
        adjusted_mcnemar: The same, adjusted (Holm).
        only_first: Records that the first alone gets right.
        only_second: Records that the second alone gets right.
    """

    first: str
    second: str
    differences: dict[str, Interval]
    p_bootstrap: dict[str, float]
    p_delong: float
    p_mcnemar: float
    only_first: int
    only_second: int
    adjusted_bootstrap: dict[str, float] = field(default_factory=dict)
    adjusted_delong: float = math.nan
    adjusted_mcnemar: float = math.nan


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was found.

    Attributes:
        metric: What rows are ordered by: ROC AUC with two classes, MCC with more.
        split: The records that judge: "test", "validation"; empty when nothing has figures.
        order: The records whose figures order the rows: "validation"; `split` where a row has no others.
        rows: The best first; those without figures last.
        pairs: Of the rows that are judged by the same records.
    """

    metric: str
    split: str
    order: str
    rows: tuple[Row, ...]
    pairs: tuple[Pair, ...]

    def ranking(self) -> RankingChanged:
        """The order as an event."""
        beside = self.split if self.order != self.split else ""
        rows = tuple(
            {
                "name": row.name,
                "title": row.title,
                "value": _ordering(row, self.metric, self.order) if row.figures else None,
                "judged": row.figures[self.metric].mean if row.figures and beside else None,
                "entries": list(row.entries),
                "note": row.note,
            }
            for row in self.rows
        )
        return RankingChanged(job_id="", metric=self.metric, split=self.order, rows=rows, judged=beside)


def compared(study: StudyFolder, state: StudyState) -> Comparison:
    """Compare all entries that have figures."""
    by_variant: dict[str, list[Entry]] = {}
    for entry in state.entries:
        by_variant.setdefault(entry.variant, []).append(entry)
    judged = {name: list(_judged(study, entries)) for name, entries in by_variant.items()}
    known = [one for ones in judged.values() for one in ones]
    metric = "roc_auc" if not known or known[0].probabilities.shape[1] == 2 else "mcc"
    drawings: _Drawings = {}
    drawn = {name: _mean_drawn(ones, drawings) for name, ones in judged.items() if ones}
    rows = [_row(entries, judged[name], drawn.get(name), drawings) for name, entries in by_variant.items()]
    split = known[0].split if known else ""
    order = "validation" if all(metric in row.validation for row in rows if row.figures) else split
    rows.sort(key=lambda row: _place(row, metric, order))
    named = [row.name for row in rows if row.figures]
    pairs = [
        _pair(first, second, judged, drawn, drawings)
        for first, second in itertools.combinations(named, 2)
        if _same(judged[first][0], judged[second][0])
    ]
    return Comparison(metric, split, order, tuple(rows), _adjusted(pairs))


def write_comparison(study: StudyFolder, state: StudyState, found: Comparison) -> Iterator[tuple[Path, str]]:
    """Write table, tests and curves; each file with its title."""
    yield write_tests(study, found)
    write_bytes(study.table, table_of(found).encode())
    yield study.table, "The table of the comparison"
    write_json(study.curves, {"format": 1, "entries": list(_curves(study, state))})
    yield study.curves, "Curves of every training"


def write_tests(study: StudyFolder, found: Comparison) -> tuple[Path, str]:
    """Write figures and paired tests; the file and its title."""
    content = {"metric": found.metric, "split": found.split, "order": found.order}
    rows = [asdict(row) for row in found.rows]
    pairs = [asdict(pair) for pair in found.pairs]
    write_json(study.comparison, {"format": 1, **content, "rows": rows, "pairs": pairs})
    return study.comparison, "Figures and paired tests"


def table_of(found: Comparison) -> str:
    """The rows as CSV: of every figure the mean on validation; mean, sd and bounds on the records that judge."""
    parts = ("mean", "sd", "low", "high")
    names = [name for name in METRICS if any(name in row.figures for row in found.rows)]
    chosen = [name for name in METRICS if any(name in row.validation for row in found.rows)]
    header = [*(f"validation_{name}" for name in chosen), *(f"{name}_{part}" for name in names for part in parts)]
    table: list[list[object]] = [["name", "title", "trainings", "records", "seconds", "parameters", *header, "note"]]
    for row in found.rows:
        figures = [row.figures.get(name) for name in names]
        numbers = [_cell(row.validation.get(name, math.nan)) for name in chosen]
        numbers += [_cell(getattr(figure, part) if figure else math.nan) for figure in figures for part in parts]
        about = [row.name, row.title, len(row.entries), row.records, f"{row.seconds:.3f}", row.parameters or ""]
        table.append([*about, *numbers, row.note])
    return comma_separated(table)


def _cell(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6g}"


def _judged(study: StudyFolder, entries: Sequence[Entry]) -> Iterator[Predictions]:
    """One for each seed and repeat; folds are put together only when all of a repeat are there."""
    together: dict[tuple[int, int], list[Entry]] = {}
    for entry in entries:
        together.setdefault((entry.repeat, entry.seed), []).append(entry)
    for parts in together.values():
        if not all(entry.usable for entry in parts):
            continue
        in_order = sorted(parts, key=lambda entry: entry.fold)
        found = predictions_of(study, in_order)
        if len(parts) > 1:
            found = _ordered(found, place_in_pool(study.folds, parts[0].repeat, [entry.fold for entry in in_order]))
        yield found


def _ordered(found: Predictions, place: NDArray[np.intp]) -> Predictions:
    """The records of all folds, in the order of the data, so that repeats can be held against each other."""
    order = np.argsort(place)
    return found.take(order)


def _mean_drawn(ones: Sequence[Predictions], drawings: _Drawings) -> Drawn:
    drawn = []
    for one in ones:
        if one.key not in drawings:
            drawings[one.key] = one.resampling()
        drawn.append(drawings[one.key].drawn(one.probabilities, positive=one.positive, threshold=one.threshold))
    return drawn[0] if len(drawn) == 1 else averaged(drawn)


def _row(entries: Sequence[Entry], ones: Sequence[Predictions], drawn: Drawn | None, drawings: _Drawings) -> Row:
    usable = [entry for entry in entries if entry.usable]
    failed = [entry for entry in entries if not entry.usable]
    note = f"{len(failed)} of {len(entries)} without figures: {failed[0].reason or failed[0].state}" if failed else ""
    first = entries[0]
    if drawn is None:
        return Row(first.variant, first.title, (), note=note or "no fold is complete")
    bounds = drawings[ones[0].key].intervals(drawn, level=ones[0].resamples.level)
    spread = {name: [entry.metrics[name] for entry in usable if name in entry.metrics] for name in METRICS}
    figures = {
        name: Figure(drawn.values[name], _sd(spread[name]), bounds[name].low, bounds[name].high) for name in METRICS
    }
    return Row(
        name=first.variant,
        title=first.title,
        entries=tuple(entry.number for entry in usable),
        figures=figures,
        validation=_on_validation(usable),
        records=len(ones[0].truth),
        seconds=_mean([entry.seconds for entry in usable]),
        parameters=usable[0].parameters,
        note=note,
    )


def _on_validation(usable: Sequence[Entry]) -> dict[str, float]:
    """Mean over the trainings of each figure that all of them have on validation records."""
    return {
        name: _mean([entry.validation[name] for entry in usable])
        for name in METRICS
        if all(math.isfinite(entry.validation.get(name, math.nan)) for entry in usable)
    }


def _pair(
    first: str,
    second: str,
    judged: dict[str, list[Predictions]],
    drawn: dict[str, Drawn],
    drawings: _Drawings,
) -> Pair:
    truth = judged[first][0].truth
    chances = [np.mean([one.probabilities for one in judged[name]], axis=0) for name in (first, second)]
    told = [
        predicted_classes(
            chance, threshold=_mean([one.threshold for one in judged[name]]), positive=judged[name][0].positive
        )
        for chance, name in zip(chances, (first, second), strict=True)
    ]
    gap = drawn[first].minus(drawn[second])
    one = judged[first][0]
    bounds = drawings[one.key].intervals(gap, level=one.resamples.level)
    errors = mcnemar(truth, *told)
    return Pair(
        first=first,
        second=second,
        differences={name: bounds[name] for name in _TESTED},
        p_bootstrap={name: assess(name, bounds[name]).p for name in _TESTED},
        p_delong=delong(truth, *chances).p,
        p_mcnemar=errors.p,
        only_first=errors.only_first,
        only_second=errors.only_second,
    )


def _adjusted(pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    areas, errors = holm([pair.p_delong for pair in pairs]), holm([pair.p_mcnemar for pair in pairs])
    return tuple(
        replace(
            pair,
            adjusted_delong=areas[place],
            adjusted_mcnemar=errors[place],
            adjusted_bootstrap={
                name: assess(name, one, comparisons=len(pairs)).p for name, one in pair.differences.items()
            },
        )
        for place, pair in enumerate(pairs)
    )


def _curves(study: StudyFolder, state: StudyState) -> Iterator[dict[str, object]]:
    for entry in state.entries:
        epochs = read_state(study.run(entry.folder).events).epochs
        yield {
            "entry": entry.number,
            "variant": entry.variant,
            "title": entry.title,
            "folder": entry.folder,
            "seed": entry.seed,
            "repeat": entry.repeat,
            "fold": entry.fold,
            "epochs": [
                {
                    "epoch": epoch.epoch,
                    "reached": epoch.reached,
                    "train": epoch.train,
                    "validation": epoch.validation,
                }
                for epoch in epochs
            ],
        }


def _same(one: Predictions, other: Predictions) -> bool:
    """Both are judged by the same draws of records of the same classes: those of one split or the same folds."""
    return one.split == other.split and one.key == other.key


def _ordering(row: Row, metric: str, order: str) -> float:
    """The figure that a row with figures stands by."""
    return row.validation[metric] if order == "validation" and row.validation else row.figures[metric].mean


def _place(row: Row, metric: str, order: str) -> tuple[bool, float, float]:
    """What rows are sorted by: the higher figure first, of equal ones that with the lower log loss, then the others."""
    value, loss = (_ordering(row, name, order) if row.figures else math.nan for name in (metric, "loss"))
    return (math.isnan(value), 0.0 if math.isnan(value) else -value, math.inf if math.isnan(loss) else loss)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else math.nan


def _sd(values: Sequence[float]) -> float:
    return float(np.std(values, ddof=1)) if len(values) > 1 else math.nan
