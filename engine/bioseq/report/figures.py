"""The figures of a run: what each shows, its source data, and how it is drawn. Curves are never smoothed.

A figure is a `Sheet`: a value with a function that draws it on whatever matplotlib gives (a figure of its own, or a
part of a page). matplotlib itself is imported by `figure_files` and `pdf`, when something is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.evaluation import metrics as merit
from bioseq.evaluation.metrics import METRICS
from bioseq.report.plain import figure_text, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores
    from bioseq.protocol.events import EpochFinished

    Rows = Sequence[Sequence[object]]
    Chances = NDArray[np.float32]

INK = "#1B2430"
"""Text and axes; the report replaces it by the colour of its text."""
FAINT = "#8A94A3"
"""Lines that only help the eye."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", FAINT)
"""Okabe and Ito 2008: told apart by colour-blind readers."""
DASHES = ("-", "--", "-.", ":")
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
HATCHES = ("", "////", "\\\\\\\\", "xxxx", "----", "||||")
BARS = ("accuracy", "balanced_accuracy", "f1", "mcc", "roc_auc", "pr_auc")
"""The figures of merit that the bars show."""

DENSITY_BINS = 20
CALIBRATION_BINS = 10
_MOST_CELLS_WITH_NUMBERS = 25
_MOST_NAMED_CLASSES = 40
_MOST_LEGEND_ENTRIES = 24
_LETTER_WIDTH = 0.53
"""Of a letter in a legend, times its size, on the average."""
COLUMN_MM, WIDE_MM = 85, 174
NARROW_MM = 100
"""Up to this width, panels stand one below the other."""


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """One figure.

    Attributes:
        name: Of its files, without extension.
        title: What it is.
        caption: What it shows and how to read it, for below the figure.
        ratio: Height over width.
        narrow_ratio: The same in one column of a journal, where panels stand one below the other; 0 for `ratio`.
        wide: It is made for two columns.
        header: Titles of the columns of its source data.
        rows: Gives the source data.
        draw: `(figure, width) -> ` draws it; the width is in mm.
    """

    name: str
    title: str
    caption: str
    ratio: float
    header: tuple[str, ...]
    rows: Callable[[], Rows]
    draw: Callable[[Any, float], None]
    narrow_ratio: float = 0.0
    wide: bool = False

    @property
    def width_mm(self) -> float:
        """The width that suits it, mm: one column of a journal, or two."""
        return WIDE_MM if self.wide else COLUMN_MM

    def height(self, width: float) -> float:
        """Height for a width, in its unit; the width is in mm."""
        narrow = width <= NARROW_MM and self.narrow_ratio
        return width * (self.narrow_ratio if narrow else self.ratio)


def sheets(
    evaluation: Evaluation | None, records: EvaluatedRecords | None, epochs: Sequence[EpochFinished]
) -> Iterator[Sheet]:
    """All figures that can be drawn from what there is, in the order of a report.

    Args:
        evaluation: Figures of merit; None when the model was not evaluated.
        records: The records behind them; None when they are gone.
        epochs: The finished epochs, or rounds.
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
    yield metric_bars(predictors, f"The model beside simple models judged by the same {evaluation.split} records.")


# ------------------------------------------------------------------------------------------------ training


def epoch_curves(epochs: Sequence[EpochFinished]) -> Sheet:
    """Loss and Matthews correlation after each epoch, on training and validation records."""
    stage = "round" if any(epoch.reached for epoch in epochs) else "epoch"
    panels = [name for name in ("loss", "mcc") if any(name in epoch.train for epoch in epochs)] or ["loss"]

    def draw(figure: Any, width: float) -> None:
        across = len(panels) > 1 and width > NARROW_MM
        grid = figure.subplots(1 if across else len(panels), len(panels) if across else 1, squeeze=False)
        for axis, name in zip(grid.flat, panels, strict=True):
            _draw_curve(axis, epochs, name, stage)
        handles, names = grid.flat[0].get_legend_handles_labels()
        _legend(figure, width, handles, names)

    return Sheet(
        name="curves",
        title=f"Training curves, {member}" if (member := epochs[-1].member if epochs else "") else "Training curves",
        caption=f"Figures after each {stage} on the training and the validation records; the dotted line marks the "
        f"{stage} whose weights were kept.",
        ratio=0.5 if len(panels) > 1 else 0.72,
        header=_curve_header(epochs, stage),
        rows=lambda: _curve_rows(epochs),
        draw=draw,
        narrow_ratio=1.2 if len(panels) > 1 else 0.72,
        wide=len(panels) > 1,
    )


def _draw_curve(axis: Any, epochs: Sequence[EpochFinished], name: str, stage: str) -> None:
    numbers = [epoch.epoch for epoch in epochs]
    marker = "o" if len(epochs) == 1 else None
    axis.plot(numbers, [epoch.train.get(name, math.nan) for epoch in epochs], color=COLOURS[0], marker=marker,
              label="training")  # fmt: skip
    if any(epoch.validation for epoch in epochs):
        values = [epoch.validation.get(name, math.nan) for epoch in epochs]
        axis.plot(numbers, values, color=COLOURS[1], linestyle="--", marker=marker, label="validation")
    axis.axvline(epochs[-1].best_epoch, color=FAINT, linestyle=":", label=f"best {stage}")
    axis.xaxis.get_major_locator().set_params(integer=True)
    axis.set_xlabel(stage.capitalize())
    axis.set_ylabel(METRICS[name].title if name in METRICS else shown(name))


def _curve_header(epochs: Sequence[EpochFinished], stage: str) -> tuple[str, ...]:
    names = _curve_names(epochs)
    return (
        stage,
        "reached" if stage == "round" else "learning_rate",
        *(f"train_{name}" for name in names),
        *(f"validation_{name}" for name in names),
    )


def _curve_names(epochs: Sequence[EpochFinished]) -> list[str]:
    return sorted({name for epoch in epochs for name in (*epoch.train, *epoch.validation)})


def _curve_rows(epochs: Sequence[EpochFinished]) -> Rows:
    names = _curve_names(epochs)
    return [
        [
            epoch.epoch,
            epoch.reached or epoch.learning_rate,
            *(epoch.train.get(name, "") for name in names),
            *(epoch.validation.get(name, "") for name in names),
        ]
        for epoch in epochs
    ]


# ------------------------------------------------------------------------------------------------ discrimination


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """What gets a curve: the model or a baseline with two classes, a class against the rest with more."""

    name: str
    truth: NDArray[np.bool_]
    score: Chances
    colour: str
    dash: str
    layer: int = 2


def _lines(evaluation: Evaluation, records: EvaluatedRecords, metric: str) -> list[_Line]:
    truth = np.asarray(records.truth)
    if len(evaluation.labels) == 2:
        index = _positive(evaluation)
        return [
            _Line(
                f"{shown(scores.title)} ({figure_text(scores.metrics.get(metric))})",
                truth == index,
                chances[:, index],
                COLOURS[place % len(COLOURS)],
                DASHES[0] if place == 0 else DASHES[1 + (place - 1) % 3],
                layer=3 if place == 0 else 2,
            )
            for place, (scores, chances) in enumerate(_predictors(evaluation, records))
        ]
    chances = np.asarray(records.probabilities)
    present = set(np.unique(truth).tolist())
    return [
        _Line(
            f"{shown(label, longest=32)} ({figure_text(evaluation.model.per_class.get(label, {}).get(metric))})",
            truth == index,
            chances[:, index],
            COLOURS[index % len(COLOURS)],
            DASHES[index // len(COLOURS) % len(DASHES)],
        )
        for index, label in enumerate(evaluation.labels)
        if index in present
    ]


def roc(evaluation: Evaluation, records: EvaluatedRecords) -> Sheet:
    """The ROC curve: of model and baselines with two classes, of each class against the rest with more."""
    return _roc(_lines(evaluation, records, "roc_auc"), _curve_subject(evaluation))


def compared_roc(runs: Sequence[tuple[str, Evaluation, EvaluatedRecords]]) -> Sheet:
    """The ROC curves of the models of several runs, with two classes and the same records."""
    lines = [
        replace(
            _lines(evaluation, records, "roc_auc")[0],
            name=f"{shown(name, longest=40)} ({figure_text(evaluation.model.metrics.get('roc_auc'))})",
            colour=COLOURS[place % len(COLOURS)],
            dash=DASHES[place % len(DASHES)],
        )
        for place, (name, evaluation, records) in enumerate(runs)
    ]
    return _roc(lines, "The models of all runs on the same records.")


def _roc(lines: Sequence[_Line], subject: str) -> Sheet:
    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        for line in lines:
            curve = merit.roc_curve(line.truth, line.score)
            axis.plot(
                curve.false_positive_rate,
                curve.true_positive_rate,
                color=line.colour,
                linestyle=line.dash,
                label=line.name,
                zorder=line.layer,
            )
        axis.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=":")
        _unit_square(axis, "False positive rate", "True positive rate")
        _legend(figure, width, *axis.get_legend_handles_labels())

    def rows() -> Rows:
        found: list[Sequence[object]] = []
        for line in lines:
            curve = merit.roc_curve(line.truth, line.score)
            found += [[line.name, *point] for point in zip(*curve, strict=True)]
        return found

    return Sheet(
        name="roc",
        title="ROC curve",
        caption=f"{subject} One point per distinct score; area under the curve in brackets; the diagonal is guessing.",
        ratio=1.0,
        header=("curve", "false_positive_rate", "true_positive_rate", "threshold"),
        rows=rows,
        draw=draw,
    )


def precision_recall(evaluation: Evaluation, records: EvaluatedRecords) -> Sheet:
    """The precision-recall curve, as steps: what lies between two points cannot be had by interpolation."""
    lines = _lines(evaluation, records, "pr_auc")

    def draw(figure: Any, width: float) -> None:
        axis = figure.subplots()
        for line in lines:
            curve = merit.precision_recall_curve(line.truth, line.score)
            axis.step(
                curve.recall,
                curve.precision,
                where="post",
                color=line.colour,
                linestyle=line.dash,
                label=line.name,
                zorder=line.layer,
            )
        if len(evaluation.labels) == 2 and lines:
            axis.axhline(float(lines[0].truth.mean()), color=FAINT, linewidth=0.8, linestyle=":")
        _unit_square(axis, "Recall", "Precision")
        _legend(figure, width, *axis.get_legend_handles_labels())

    def rows() -> Rows:
        found: list[Sequence[object]] = []
        for line in lines:
            curve = merit.precision_recall_curve(line.truth, line.score)
            thresholds = [*curve.thresholds, ""]
            found += [[line.name, *point] for point in zip(curve.recall, curve.precision, thresholds, strict=True)]
        return found

    guess = " The dotted line is the share of positive records: guessing." if len(evaluation.labels) == 2 else ""
    return Sheet(
        name="precision_recall",
        title="Precision-recall curve",
        caption=f"{_curve_subject(evaluation)} Average precision in brackets.{guess}",
        ratio=1.0,
        header=("curve", "recall", "precision", "threshold"),
        rows=rows,
        draw=draw,
    )


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
        caption=f"Records of each true class (rows) by the class that the model told (columns){threshold}; the colour "
        "is the share of the row.",
        ratio=0.92,
        header=("true_class", *evaluation.labels),
        rows=lambda: [[label, *line] for label, line in zip(evaluation.labels, counts.tolist(), strict=True)],
        draw=draw,
    )


# ------------------------------------------------------------------------------------------------ probabilities


def confidence(evaluation: Evaluation, records: EvaluatedRecords) -> Sheet:
    """Where the probabilities of each true class lie, as shares of that class."""
    edges = np.linspace(0.0, 1.0, DENSITY_BINS + 1)
    truth, chances = np.asarray(records.truth), np.asarray(records.probabilities)
    binary = len(evaluation.labels) == 2
    shares: list[NDArray[np.float64]] = []
    for index in range(len(evaluation.labels)):
        own = chances[truth == index, _positive(evaluation) if binary else index].astype(np.float64)
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
            axis.set_xlabel(f"Probability of {shown(evaluation.labels[_positive(evaluation)], longest=24)}")
        else:
            axis.set_xlabel("Probability of the true class")
        axis.set_xlim(0, 1)
        axis.set_ylim(bottom=0)
        axis.set_ylabel("Share of the class")
        _legend(figure, width, *axis.get_legend_handles_labels())

    line = " The dotted line is the threshold." if binary else ""
    return Sheet(
        name="confidence",
        title="Confidence by true class",
        caption=f"How the model's probabilities are spread over the records of each true class.{line}",
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
    for scores, chances in _predictors(evaluation, records):
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
        told = shown(evaluation.labels[_positive(evaluation)], longest=24)
        binary = len(evaluation.labels) == 2
        _unit_square(axis, f"Probability of {told}" if binary else "Probability of the predicted class",
                     "Observed share")  # fmt: skip
        _legend(figure, width, *axis.get_legend_handles_labels())

    return Sheet(
        name="calibration",
        title="Reliability",
        caption="Observed share against the probability told, in bins of equally many records; on the diagonal, "
        "probabilities can be taken at their word. Calibration error in brackets.",
        ratio=1.0,
        header=("predictor", "probability", "observed_share", "records"),
        rows=lambda: [[scores.title, *point] for scores, found in bins for point in zip(*found, strict=True)],
        draw=draw,
    )


# ------------------------------------------------------------------------------------------------ figures of merit


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
        axis.set_ylabel("Figure of merit")
        _legend(figure, width, *axis.get_legend_handles_labels())

    has_intervals = any(interval(scores, name) for scores in predictors for name in shown_names)
    whiskers = " Whiskers are 95 % intervals." if has_intervals else ""
    return Sheet(
        name="metrics",
        title="Figures of merit",
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


def interval(scores: Scores, metric: str) -> tuple[float, float] | None:
    """The bounds of a figure of merit; None where there are none."""
    found = scores.intervals.get(metric)
    return (found.low, found.high) if found is not None and found.defined else None


def _draw_intervals(
    axis: Any,
    centres: NDArray[np.float64],
    values: Sequence[float],
    bounds: Sequence[tuple[float, float] | None],
) -> None:
    for centre, value, found in zip(centres, values, bounds, strict=True):
        if found is not None and math.isfinite(value):
            axis.vlines(centre, *found, color=INK, linewidth=0.8)


# ------------------------------------------------------------------------------------------------ parts of figures


def _positive(evaluation: Evaluation) -> int:
    return evaluation.labels.index(evaluation.positive) if evaluation.positive else len(evaluation.labels) - 1


def _predictors(evaluation: Evaluation, records: EvaluatedRecords) -> Iterator[tuple[Scores, Chances]]:
    yield evaluation.model, np.asarray(records.probabilities)
    for baseline in evaluation.baselines:
        if baseline.name in records.baselines:
            yield baseline, np.asarray(records.baselines[baseline.name])


def _claims(
    evaluation: Evaluation, records: EvaluatedRecords, chances: Chances
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """What was claimed of each record came true, and with which probability."""
    truth = np.asarray(records.truth)
    if len(evaluation.labels) == 2:
        index = _positive(evaluation)
        return truth == index, chances[:, index]
    told = np.argmax(chances, axis=1)
    return told == truth, chances[np.arange(len(told)), told]


def _curve_subject(evaluation: Evaluation) -> str:
    if len(evaluation.labels) == 2:
        told = shown(evaluation.labels[_positive(evaluation)])
        return f"The model and simple models on the {evaluation.split} records; {told} is the positive class."
    return f"Each class against the rest, on the {evaluation.split} records."


def _unit_square(axis: Any, x_title: str, y_title: str) -> None:
    axis.set_xlabel(x_title)
    axis.set_ylabel(y_title)
    axis.set_xlim(-0.01, 1.01)
    axis.set_ylim(-0.01, 1.01)
    axis.set_aspect("equal")


def _legend(figure: Any, width: float, handles: Sequence[Any], names: Sequence[str]) -> None:
    """The legend below the axes, where it hides no curve; of very many entries none: the source data name them.

    Args:
        figure: What it belongs to.
        width: Of the figure, mm.
        handles: What is named.
        names: Their names; too long ones are shortened.
    """
    if not handles or len(handles) > _MOST_LEGEND_ENTRIES:
        return
    size = 7 if len(names) <= 10 else 5
    room = width / 25.4 * 72 - 8
    most = int((room - 5 * size) / (_LETTER_WIDTH * size))
    fitting = [shown(name, longest=max(12, most)) for name in names]
    entry = max(map(len, fitting)) * _LETTER_WIDTH * size + 5 * size
    figure.legend(
        list(handles),
        # matplotlib leaves out entries that begin with an underscore.
        [f" {name}" if name.startswith("_") else name for name in fitting],
        loc="outside lower center",
        ncols=min(len(names), max(1, int(room / entry))),
        fontsize=size,
    )
