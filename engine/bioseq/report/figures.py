"""The figures of a run, and those of its answers: confusion, confidence, reliability, figures of merit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.evaluation import metrics as merit
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.nearness import EDGES
from bioseq.report.curves import epoch_curves, precision_recall, roc
from bioseq.report.plain import figure_text, shown
from bioseq.report.sheet import (
    BARS,
    COLOURS,
    DASHES,
    FAINT,
    HATCHES,
    INK,
    MARKERS,
    NARROW_MM,
    Sheet,
    add_legend,
    interval,
    positive_index,
    predictors_of,
    unit_square,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.nearness import Nearness
    from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores
    from bioseq.protocol.events import EpochFinished
    from bioseq.report.material import Material
    from bioseq.report.sheet import Chances

DENSITY_BINS = 20
CALIBRATION_BINS = 10
_MOST_CELLS_WITH_NUMBERS = 25
_MOST_NAMED_CLASSES = 40


def sheets_of(material: Material) -> Iterator[Sheet]:
    """All figures that can be drawn of a run, in the order of a report."""
    main = material.main
    evaluation, records = (main.evaluation, main.records) if main else (None, None)
    return sheets(evaluation, records, material.state.epochs, material.nearness)


def sheets(
    evaluation: Evaluation | None,
    records: EvaluatedRecords | None,
    epochs: Sequence[EpochFinished],
    nearness: Nearness | None = None,
) -> Iterator[Sheet]:
    """All figures that can be drawn from what there is, in the order of a report.

    Args:
        evaluation: Figures of merit; None when the model was not evaluated.
        records: The records behind them; None when they are gone.
        epochs: The finished epochs, or rounds.
        nearness: How like the training records those are; None where that was not measured.
    """
    if epochs:
        yield epoch_curves(epochs)
    if evaluation is None:
        return
    if records is not None and len(np.unique(records.truth)) > 1:
        yield roc(evaluation, records)
        yield precision_recall(evaluation, records)
    yield confusion(evaluation)
    if records is not None and len(records.truth):
        yield confidence(evaluation, records)
        yield calibration(evaluation, records)
    predictors = (evaluation.model, *evaluation.baselines)
    yield metric_bars(predictors, f"The model and simple models on the same {evaluation.split} records.")
    if nearness is not None:
        yield similarity(nearness)


def confusion(evaluation: Evaluation) -> Sheet:
    """Records per true and predicted class."""
    counts = np.array(evaluation.model.confusion, np.int64).reshape(len(evaluation.labels), -1)

    def draw(figure: Any, _width: float) -> None:
        axis = figure.subplots()
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        places = range(len(evaluation.labels))
        # Cells, not an image of them: they stay sharp at any size.
        axis.pcolormesh(places, places, shares, cmap="Blues", vmin=0, vmax=1, edgecolors="face", linewidth=0.2)
        axis.invert_yaxis()
        axis.set_aspect("equal")
        if len(places) <= _MOST_NAMED_CLASSES:
            names = [shown(label, longest=18) for label in evaluation.labels]
            long = max(map(len, names)) > 6
            axis.set_xticks(places, names, rotation=45 if long else 0, ha="right" if long else "center")
            axis.set_yticks(places, names)
        axis.set_xlabel("Predicted class")
        axis.set_ylabel("True class")
        axis.spines[:].set_visible(False)
        if len(places) <= _MOST_CELLS_WITH_NUMBERS:
            size = 8 if len(places) <= 8 else 5
            for (row, column), count in np.ndenumerate(counts):
                colour = "white" if shares[row, column] > 0.5 else "#101418"
                axis.text(column, row, f"{count:,}", ha="center", va="center", color=colour, fontsize=size)

    threshold = f" at a threshold of {evaluation.threshold:.3g}" if evaluation.positive else ""
    return Sheet(
        name="confusion",
        title="Confusion",
        caption=f"Number of records by true class (rows) and predicted class (columns){threshold}; the colour shows "
        "the fraction of the row.",
        ratio=0.92,
        header=("true_class", *evaluation.labels),
        rows=lambda: [[label, *line] for label, line in zip(evaluation.labels, counts.tolist(), strict=True)],
        draw=draw,
    )


def confidence(evaluation: Evaluation, records: EvaluatedRecords) -> Sheet:
    """Where the probabilities of each true class lie, as shares of that class."""
    edges = np.linspace(0.0, 1.0, DENSITY_BINS + 1)
    truth, chances = np.asarray(records.truth), np.asarray(records.probabilities)
    binary = len(evaluation.labels) == 2
    shares: list[NDArray[np.float64]] = []
    for index in range(len(evaluation.labels)):
        own = chances[truth == index, positive_index(evaluation) if binary else index].astype(np.float64)
        shares.append(np.histogram(own, edges)[0] / max(1, len(own)))

    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        for index, label in enumerate(evaluation.labels):
            style = {"color": COLOURS[index % len(COLOURS)], "linestyle": DASHES[index % len(DASHES)]}
            axis.stairs(shares[index], edges, label=shown(label, longest=32), linewidth=1.2, **style)
            if binary:
                axis.stairs(shares[index], edges, fill=True, alpha=0.15, color=style["color"])
        if binary:
            axis.axvline(evaluation.threshold, color=FAINT, linestyle=":")
            axis.set_xlabel(f"Probability of {shown(evaluation.labels[positive_index(evaluation)], longest=24)}")
        else:
            axis.set_xlabel("Probability of the true class")
        axis.set_xlim(0, 1)
        axis.set_ylim(bottom=0)
        axis.set_ylabel("Fraction of the class")
        add_legend(figure, width, *axis.get_legend_handles_labels())

    line = " The dotted line is the threshold." if binary else ""
    return Sheet(
        name="confidence",
        title="Confidence by true class",
        caption=f"Distribution of the predicted probabilities in each true class.{line}",
        ratio=0.8,
        header=("from", "to", *evaluation.labels),
        rows=lambda: [
            [*bounds, *values] for *bounds, values in zip(edges, edges[1:], zip(*shares, strict=True), strict=False)
        ],
        draw=draw,
    )


def calibration(evaluation: Evaluation, records: EvaluatedRecords) -> Sheet:
    """The reliability diagram: whether 80 % means 80 of 100, in bins of equally many records."""
    bins = []
    for scores, chances in predictors_of(evaluation, records):
        if scores.name != "majority":
            bins.append((scores, merit.calibration_bins(*_claims(evaluation, records, chances), bins=CALIBRATION_BINS)))

    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        axis.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=":")
        for place, (scores, found) in enumerate(bins):
            name = f"{shown(scores.title)} ({figure_text(scores.metrics.get('ece'))})"
            axis.plot(
                found.predicted,
                found.observed,
                color=COLOURS[place % len(COLOURS)],
                linestyle=DASHES[0] if place == 0 else DASHES[1 + (place - 1) % 3],
                linewidth=1.4 if place == 0 else 0.9,
                marker=MARKERS[place % len(MARKERS)],
                markersize=4 if place == 0 else 3,
                label=name,
            )
        told = shown(evaluation.labels[positive_index(evaluation)], longest=24)
        binary = len(evaluation.labels) == 2
        unit_square(axis, f"Probability of {told}" if binary else "Probability of the predicted class",
                     "Observed frequency")  # fmt: skip
        add_legend(figure, width, *axis.get_legend_handles_labels())

    return Sheet(
        name="calibration",
        title="Reliability",
        caption="Observed frequency against predicted probability, in bins with equal numbers of records; on the "
        "diagonal, the probabilities are well calibrated. Calibration error in brackets.",
        ratio=1.0,
        header=("predictor", "probability", "observed_share", "records"),
        rows=lambda: [[scores.title, *point] for scores, found in bins for point in zip(*found, strict=True)],
        draw=draw,
    )


def similarity(found: Nearness) -> Sheet:
    """How like its nearest training record each judged record is."""
    edges = np.array(EDGES)

    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        axis.stairs(found.counts, edges, fill=True, color=COLOURS[0], alpha=0.75, label=f"{found.split} records")
        axis.axvline(found.identity, color=COLOURS[1], linestyle="--", label="threshold of similarity")
        axis.set_xlim(0, 1)
        axis.set_xlabel("Identity to the most similar training record")
        axis.set_ylabel("Records")
        add_legend(figure, width, *axis.get_legend_handles_labels())

    return Sheet(
        name="similarity",
        title="Similarity to training records",
        caption=f"{found.looked_at:,} {found.split} records by their sequence identity to the most similar training "
        "record.",
        ratio=0.8,
        header=("from", "to", "records"),
        rows=lambda: [list(row) for row in zip(edges, edges[1:], found.counts, strict=False)],
        draw=draw,
    )


def metric_bars(predictors: Sequence[Scores], subject: str) -> Sheet:
    """Figures of merit beside each other, with their intervals where there are any.

    Args:
        predictors: The first one's figures decide which are shown.
        subject: What is compared, a sentence.
    """
    shown_names = [name for name in BARS if name in predictors[0].metrics]

    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        thickness = 0.8 / len(predictors)
        for place, scores in enumerate(predictors):
            values = [scores.metrics.get(name, math.nan) for name in shown_names]
            centres = np.arange(len(shown_names), dtype=np.float64)
            centres += (place - (len(predictors) - 1) / 2) * thickness
            style = {"hatch": HATCHES[place % len(HATCHES)], "edgecolor": "white", "linewidth": 0.4}
            axis.bar(centres, np.nan_to_num(values), thickness, color=COLOURS[place % len(COLOURS)],
                     label=shown(scores.title), **style)  # fmt: skip
            _draw_intervals(axis, centres, values, [interval(scores, name) for name in shown_names])
        axis.set_xticks(range(len(shown_names)), [METRICS[name].title.replace(" ", "\n") for name in shown_names])
        axis.tick_params(axis="x", length=0, labelsize=6 if width <= NARROW_MM else 7)
        axis.axhline(0, color=INK, linewidth=0.6)
        axis.set_ylim(top=1.02)
        axis.set_ylabel("Value")
        add_legend(figure, width, *axis.get_legend_handles_labels())

    has_intervals = any(interval(scores, name) for scores in predictors for name in shown_names)
    whiskers = " Whiskers are 95 % confidence intervals." if has_intervals else ""
    return Sheet(
        name="metrics",
        title="Metrics",
        caption=f"{subject}{whiskers}",
        ratio=0.5,
        header=("predictor", "metric", "value", "low", "high"),
        rows=lambda: [
            [scores.title, name, value, *(interval(scores, name) or ("", ""))]
            for scores in predictors
            for name, value in scores.metrics.items()
        ],
        draw=draw,
        narrow_ratio=0.95,
        wide=True,
    )


def _draw_intervals(
    axis: Any,
    centres: NDArray[np.float64],
    values: Sequence[float],
    bounds: Sequence[tuple[float, float] | None],
) -> None:
    for centre, value, found in zip(centres, values, bounds, strict=True):
        if found is not None and math.isfinite(value):
            axis.vlines(centre, *found, color=INK, linewidth=0.8)


def _claims(
    evaluation: Evaluation, records: EvaluatedRecords, chances: Chances
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """What was claimed of each record came true, and with which probability."""
    truth = np.asarray(records.truth)
    if len(evaluation.labels) == 2:
        index = positive_index(evaluation)
        return truth == index, chances[:, index]
    told = np.argmax(chances, axis=1)
    return told == truth, chances[np.arange(len(told)), told]
