"""The report of several runs: their figures side by side, in what they differ, then each run in short."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from bioseq.config.differences import differences
from bioseq.evaluation.bootstrap import Resamples, Resampling
from bioseq.evaluation.metrics import METRICS, predicted_classes
from bioseq.evaluation.paired_tests import assess, mcnemar
from bioseq.evaluation.results import best_on_validation
from bioseq.evaluation.standing import signed
from bioseq.report.curves import compared_roc
from bioseq.report.document import Block, Callout, Document, Folded, Paragraph, Picture, Section, Table
from bioseq.report.figures import metric_bars
from bioseq.report.plain import count, figure_text, shown
from bioseq.report.sections import colophon, sections_of
from bioseq.report.sentences import time_taken
from bioseq.report.sheet import BARS, interval, positive_index
from bioseq.runs.bundle import without_folders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.bootstrap import Interval
    from bioseq.evaluation.results import Scores
    from bioseq.report.material import Judgement, Material

_OPEN = frozenset({"summary", "results"})
"""The parts of each run that stand open; the others are folded."""


def comparison_report(materials: Sequence[Material]) -> Document:
    """The report of two or more runs."""
    names = _names(materials)
    compared = Section("comparison", "Comparison", tuple(_comparison(materials, names)))
    runs = (
        Section(f"run-{number}", name, tuple(_run(material)))
        for number, (name, material) in enumerate(zip(names, materials, strict=True), start=1)
    )
    return Document(
        title=f"Comparison of {count(len(materials), 'run')}",
        subtitle=" · ".join(dict.fromkeys(names)),
        sections=(compared, *runs),
        colophon=colophon(materials[0]),
    )


def _names(materials: Sequence[Material]) -> list[str]:
    """A name for each run; equal names get their place in the list."""
    names = [shown(material.name) for material in materials]
    return [f"{name} ({place})" if names.count(name) > 1 else name for place, name in enumerate(names, start=1)]


def _comparison(materials: Sequence[Material], names: Sequence[str]) -> Iterator[Block]:
    judged = [(name, material.main) for name, material in zip(names, materials, strict=True)]
    known = [(name, main) for name, main in judged if main is not None]
    comparable = len(known) == len(judged) and same_records([main for _, main in known])
    if comparable:
        yield Paragraph("All runs were evaluated on the same records, so their metrics can be compared.")
    else:
        text = "These runs were evaluated on different records: their metrics do not tell which model is better."
        yield Callout(text, "warning")
    yield _figure_table(materials, names, comparable=comparable)
    if len(known) > 1:
        scores = [_renamed(main, name) for name, main in known]
        yield Picture(metric_bars(scores, "The models of all runs."))
    if comparable and len(known) > 1:
        yield from _curves(known)
        yield _test_table(known)
    yield _difference_table(materials, names)


def same_records(judged: Sequence[Judgement]) -> bool:
    """All were judged by the same records, in the same order, with the same classes."""
    if len({(main.evaluation.labels, main.evaluation.positive) for main in judged}) != 1:
        return False
    first = judged[0].records
    if first is None:
        return False
    return all(
        other.records is not None
        and np.array_equal(first.truth, other.records.truth)
        and np.array_equal(first.sequences.buffer, other.records.sequences.buffer)
        and np.array_equal(first.sequences.offsets, other.records.sequences.offsets)
        for other in judged[1:]
    )


def _curves(known: Sequence[tuple[str, Judgement]]) -> Iterator[Block]:
    runs = [(name, main.evaluation, main.records) for name, main in known if main.records is not None]
    if len(runs[0][1].labels) == 2 and len(np.unique(runs[0][2].truth)) > 1:
        yield Picture(compared_roc(runs))


def _test_table(known: Sequence[tuple[str, Judgement]]) -> Table:
    """Each pair of models on the same records, by the paired bootstrap, allowing for all pairs (`assess`)."""
    judged = [(name, main.evaluation, main.records) for name, main in known if main.records is not None]
    truth = judged[0][2].truth
    drawing = Resampling(truth, resamples=Resamples().of(len(truth)))
    drawn = [
        drawing.drawn(records.probabilities, positive=positive_index(evaluation), threshold=evaluation.threshold)
        for _, evaluation, records in judged
    ]
    pairs = list(combinations(range(len(judged)), 2))
    metrics = ("roc_auc", "mcc")
    rows = []
    for first, second in pairs:
        gaps = drawing.intervals(drawn[first].minus(drawn[second]))
        found = [assess(name, gaps[name], comparisons=len(pairs)) for name in metrics]
        alone = mcnemar(truth, _told(known[first][1]), _told(known[second][1]))
        cells = (text for one in found for text in (_difference_text(one.interval), _p_text(one.p)))
        names = f"{judged[first][0]} – {judged[second][0]}"
        rows.append((names, *cells, f"{alone.only_first:,} : {alone.only_second:,}"))
    header = ("models", "ROC AUC, difference", "p", "MCC, difference", "p", "only one correct")
    caption = "Paired bootstrap, two-sided; 95 % intervals and p-values allow for the number of pairs"
    return Table(header, tuple(rows), numbers=5, caption=caption)


def _difference_text(interval: Interval) -> str:
    bounds = f" ({signed(interval.low)} to {signed(interval.high)})" if interval.defined else ""
    return f"{signed(interval.value)}{bounds}"


def _told(main: Judgement) -> NDArray[np.int16]:
    """The class told of each record."""
    evaluation = main.evaluation
    positive = evaluation.labels.index(evaluation.positive) if evaluation.positive else 1
    chances = main.records.probabilities if main.records is not None else np.zeros((0, len(evaluation.labels)))
    return predicted_classes(chances, threshold=evaluation.threshold, positive=positive)


def _p_text(value: float) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:.3f}" if value >= 0.001 else "<0.001"


def _renamed(main: Judgement, name: str) -> Scores:
    return replace(main.evaluation.model, title=name)


def _figure_table(materials: Sequence[Material], names: Sequence[str], *, comparable: bool) -> Table:
    rows = []
    for name, material in zip(names, materials, strict=True):
        main = material.main
        metrics = main.evaluation.model.metrics if main else {}
        bounds = interval(main.evaluation.model, "mcc") if main else None
        rows.append((
            name,
            material.title,
            f"{main.evaluation.records:,} {main.evaluation.split}" if main else "not evaluated",
            *(figure_text(metrics.get(one)) for one in BARS),
            f"{bounds[0]:.3f} to {bounds[1]:.3f}" if bounds else "–",
            f"{material.weights:,}" if material.weights else "–",
            time_taken(material) or "–",
        ))  # fmt: skip
    header = ("run", "model", "records", *(METRICS[one].title for one in BARS), "MCC, 95 % CI", "weights", "training")
    best = _chosen(materials) if comparable else None
    caption = "Metrics of all runs"
    if best is not None:
        caption += "; the run with the best MCC on the validation records is in bold"
    strong = frozenset() if best is None else frozenset({best})
    return Table(header, tuple(rows), numbers=len(header) - 3, strong=strong, caption=caption)


def _chosen(materials: Sequence[Material]) -> int | None:
    """Place of the run that is best on validation records, if one is."""
    judged = [material.judged.get("validation") for material in materials]
    return best_on_validation([one.evaluation if one else None for one in judged])


def _difference_table(materials: Sequence[Material], names: Sequence[str]) -> Block:
    """The settings that are not the same in all runs."""
    configs = [without_folders(material.config) for material in materials]
    found: dict[str, str] = {}
    values: list[dict[str, str]] = [{} for _ in configs]
    for place, config in enumerate(configs[1:], start=1):
        for change in differences(configs[0], config):
            if change.path.startswith("output."):
                continue
            found[change.path] = change.title
            values[0][change.path] = change.old
            values[place][change.path] = change.new
    if not found:
        return Paragraph("All settings are the same.")
    rows = tuple(
        (title, *(shown(one.get(path, values[0][path]), longest=80) for one in values)) for path, title in found.items()
    )
    return Table(("setting", *names), rows, caption="Settings that differ")


def _run(material: Material) -> Iterator[Block]:
    for section in sections_of(material):
        if section.name in _OPEN:
            yield from section.blocks
        else:
            yield Folded(section.title, section.blocks)
