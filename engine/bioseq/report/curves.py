"""Curves: loss over the epochs, ROC, precision and recall. Drawn from the records themselves, never smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bioseq.evaluation import metrics as merit
from bioseq.evaluation.metrics import METRICS
from bioseq.report.plain import figure_text, shown
from bioseq.report.sheet import (
    COLOURS,
    DASHES,
    FAINT,
    NARROW_MM,
    Sheet,
    add_legend,
    positive_index,
    predictors_of,
    unit_square,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.protocol.events import EpochFinished
    from bioseq.report.sheet import Chances, Rows

_CALIBRATED = "calibrated_loss"
_MOST_POINTS = 50_000
"""Of a curve; with more, files grow and nothing is seen of it."""


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
        add_legend(figure, width, handles, names)

    return Sheet(
        name="curves",
        title=f"Training curves, {member}" if (member := epochs[-1].member if epochs else "") else "Training curves",
        caption=f"Metrics after each {stage} on the training and validation records; the dotted line marks the "
        f"{stage} whose weights were kept."
        + (
            " Once calibrated: at the temperature that suits the validation records best."
            if _is_calibrated(epochs)
            else ""
        ),
        ratio=0.5 if len(panels) > 1 else 0.72,
        header=_curve_header(epochs, stage),
        rows=lambda: _curve_rows(epochs),
        draw=draw,
        narrow_ratio=1.2 if len(panels) > 1 else 0.72,
        wide=len(panels) > 1,
    )


def _is_calibrated(epochs: Sequence[EpochFinished]) -> bool:
    """Whether the log loss once calibrated was looked at."""
    return any(_CALIBRATED in epoch.validation for epoch in epochs)


def _draw_curve(axis: Any, epochs: Sequence[EpochFinished], name: str, stage: str) -> None:
    numbers = [epoch.epoch for epoch in epochs]
    marker = "o" if len(epochs) == 1 else None
    axis.plot(numbers, [epoch.train.get(name, math.nan) for epoch in epochs], color=COLOURS[0], marker=marker,
              label="training")  # fmt: skip
    if any(epoch.validation for epoch in epochs):
        values = [epoch.validation.get(name, math.nan) for epoch in epochs]
        axis.plot(numbers, values, color=COLOURS[1], linestyle="--", marker=marker, label="validation")
    if name == "loss" and _is_calibrated(epochs):
        values = [epoch.validation.get(_CALIBRATED, math.nan) for epoch in epochs]
        axis.plot(numbers, values, color=COLOURS[1], linestyle="-.", marker=marker, label="validation, once calibrated")
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
        index = positive_index(evaluation)
        return [
            _Line(
                f"{shown(scores.title)} ({figure_text(scores.metrics.get(metric))})",
                truth == index,
                chances[:, index],
                COLOURS[place % len(COLOURS)],
                DASHES[0] if place == 0 else DASHES[1 + (place - 1) % 3],
                layer=3 if place == 0 else 2,
            )
            for place, (scores, chances) in enumerate(predictors_of(evaluation, records))
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


def _roc_points(line: _Line) -> merit.RocCurve:
    curve = merit.roc_curve(line.truth, line.score)
    kept = _kept_points(len(curve.thresholds))
    return merit.RocCurve(*(values[kept] for values in curve))


def _precision_recall_points(line: _Line) -> merit.PrecisionRecallCurve:
    curve = merit.precision_recall_curve(line.truth, line.score)
    kept = _kept_points(len(curve.recall))
    return merit.PrecisionRecallCurve(
        curve.precision[kept], curve.recall[kept], curve.thresholds[kept[kept < len(curve.thresholds)]]
    )


def _kept_points(count: int) -> NDArray[np.intp]:
    """All points of a curve; of very many, some at even steps, with both ends. None is moved."""
    if count <= _MOST_POINTS:
        return np.arange(count)
    return np.unique(np.linspace(0, count - 1, _MOST_POINTS).astype(np.intp))


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
            curve = _roc_points(line)
            axis.plot(
                curve.false_positive_rate,
                curve.true_positive_rate,
                color=line.colour,
                linestyle=line.dash,
                label=line.name,
                zorder=line.layer,
            )
        axis.plot([0, 1], [0, 1], color=FAINT, linewidth=0.8, linestyle=":")
        unit_square(axis, "False positive rate", "True positive rate")
        add_legend(figure, width, *axis.get_legend_handles_labels())

    def rows() -> Rows:
        found: list[Sequence[object]] = []
        for line in lines:
            curve = _roc_points(line)
            found += [[line.name, *point] for point in zip(*curve, strict=True)]
        return found

    return Sheet(
        name="roc",
        title="ROC curve",
        caption=f"{subject} One point per distinct score, at most {_MOST_POINTS:,}; area under the curve in brackets; "
        "the diagonal corresponds to random guessing.",
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
            curve = _precision_recall_points(line)
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
        unit_square(axis, "Recall", "Precision")
        add_legend(figure, width, *axis.get_legend_handles_labels())

    def rows() -> Rows:
        found: list[Sequence[object]] = []
        for line in lines:
            curve = _precision_recall_points(line)
            thresholds = [*curve.thresholds, *[""] * (len(curve.recall) - len(curve.thresholds))]
            found += [[line.name, *point] for point in zip(curve.recall, curve.precision, thresholds, strict=True)]
        return found

    guess = (
        " The dotted line is the fraction of positive records, as from random guessing."
        if len(evaluation.labels) == 2
        else ""
    )
    return Sheet(
        name="precision_recall",
        title="Precision-recall curve",
        caption=f"{_curve_subject(evaluation)} Average precision in brackets.{guess}",
        ratio=1.0,
        header=("curve", "recall", "precision", "threshold"),
        rows=rows,
        draw=draw,
    )


def _curve_subject(evaluation: Evaluation) -> str:
    if len(evaluation.labels) == 2:
        told = shown(evaluation.labels[positive_index(evaluation)])
        return f"The model and simple models on the {evaluation.split} records; {told} is the positive class."
    return f"Each class against all others, on the {evaluation.split} records."
