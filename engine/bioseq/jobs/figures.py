"""Figures of a run for papers, as SVG and PNG, each with its data as CSV.

Training curves, ROC, precision-recall and confusion, drawn from the records themselves, never smoothed.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np

from bioseq.durable import durable_file, write_bytes
from bioseq.evaluation.metrics import METRICS, precision_recall_curve, roc_curve

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from bioseq.evaluation.results import EvaluatedRecords, Evaluation
    from bioseq.protocol.events import EpochFinished

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#7F7F7F")
"""Okabe and Ito 2008, safe for colour-blind readers; grey last."""
_GREY = "#7F7F7F"
_DOTS_PER_INCH = 200
_MOST_CLASSES_WITH_NUMBERS = 25
_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "bioseq",
    "legend.frameon": False,
}

Table = tuple[tuple[str, ...], "Sequence[Sequence[object]]"]


def write_figures(
    folder: Path,
    evaluation: Evaluation,
    records: EvaluatedRecords,
    epochs: Sequence[EpochFinished],
) -> Iterator[tuple[str, str]]:
    """Draw and write all figures of a run.

    Args:
        folder: Where they go.
        evaluation: Of which records.
        records: The same, one by one.
        epochs: The finished epochs.

    Yields:
        Name of the figure's files without extension, and its title, once they are written.
    """
    import matplotlib as mpl

    with mpl.rc_context(_STYLE):
        for name, title, (figure, table) in (
            ("curves", "Training curves", _curves(epochs)),
            ("roc", "ROC curve", _roc(evaluation, records)),
            ("precision_recall", "Precision-recall curve", _precision_recall(evaluation, records)),
            ("confusion", "Confusion", _confusion(evaluation)),
        ):
            _write(folder, name, figure, table)
            yield name, title


def _curves(epochs: Sequence[EpochFinished]) -> tuple[Figure, Table]:
    shown = [name for name in ("loss", "mcc") if any(name in epoch.train for epoch in epochs)] or ["loss"]
    figure, axes = _figure(len(shown))
    numbers = [epoch.epoch for epoch in epochs]
    stage = "round" if any(epoch.reached for epoch in epochs) else "epoch"
    for axis, name in zip(axes, shown, strict=True):
        axis.plot(numbers, [epoch.train.get(name, np.nan) for epoch in epochs], color=_COLOURS[0], label="training")
        if any(epoch.validation for epoch in epochs):
            values = [epoch.validation.get(name, np.nan) for epoch in epochs]
            axis.plot(numbers, values, color=_COLOURS[1], label="validation")
        if epochs:
            axis.axvline(epochs[-1].best_epoch, color=_GREY, linestyle=":", label=f"best {stage}")
        axis.set_xlabel(stage.capitalize())
        axis.set_ylabel(METRICS[name].title if name in METRICS else name)
        axis.legend()
    names = sorted({name for epoch in epochs for name in (*epoch.train, *epoch.validation)})
    header = (
        stage,
        "reached" if stage == "round" else "learning_rate",
        *(f"train_{name}" for name in names),
        *(f"validation_{name}" for name in names),
    )
    rows = [
        [
            epoch.epoch,
            epoch.reached or epoch.learning_rate,
            *(epoch.train.get(name, "") for name in names),
            *(epoch.validation.get(name, "") for name in names),
        ]
        for epoch in epochs
    ]
    return figure, (header, rows)


def _roc(evaluation: Evaluation, records: EvaluatedRecords) -> tuple[Figure, Table]:
    figure, (axis,) = _figure(1)
    rows: list[Sequence[object]] = []
    for colour, line, index, title, score in _predictors(evaluation, records):
        curve = roc_curve(np.asarray(records.truth) == index, score)
        axis.plot(curve.false_positive_rate, curve.true_positive_rate, color=colour, linestyle=line, label=title)
        rows += [[title, *point] for point in zip(*curve, strict=True)]
    axis.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8, linestyle=":")
    _unit_square(axis, "False positive rate", "True positive rate")
    return figure, (("curve", "false_positive_rate", "true_positive_rate", "threshold"), rows)


def _precision_recall(evaluation: Evaluation, records: EvaluatedRecords) -> tuple[Figure, Table]:
    figure, (axis,) = _figure(1)
    rows: list[Sequence[object]] = []
    for colour, line, index, title, score in _predictors(evaluation, records):
        curve = precision_recall_curve(np.asarray(records.truth) == index, score)
        axis.step(curve.recall, curve.precision, where="post", color=colour, linestyle=line, label=title)
        thresholds = [*curve.thresholds, ""]
        rows += [[title, *point] for point in zip(curve.recall, curve.precision, thresholds, strict=True)]
    _unit_square(axis, "Recall", "Precision")
    return figure, (("curve", "recall", "precision", "threshold"), rows)


def _confusion(evaluation: Evaluation) -> tuple[Figure, Table]:
    figure, (axis,) = _figure(1)
    counts = np.array(evaluation.model.confusion, np.int64).reshape(len(evaluation.labels), -1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axis.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    places = range(len(evaluation.labels))
    axis.set_xticks(places, evaluation.labels, rotation=45, ha="right")
    axis.set_yticks(places, evaluation.labels)
    axis.set_xlabel("Predicted class")
    axis.set_ylabel("True class")
    axis.spines[:].set_visible(False)
    if len(places) <= _MOST_CLASSES_WITH_NUMBERS:
        for (row, column), count in np.ndenumerate(counts):
            colour = "white" if shares[row, column] > 0.5 else "black"
            axis.text(column, row, str(count), ha="center", va="center", color=colour)
    rows = [[label, *line] for label, line in zip(evaluation.labels, counts.tolist(), strict=True)]
    return figure, (("true_class", *evaluation.labels), rows)


def _predictors(
    evaluation: Evaluation, records: EvaluatedRecords
) -> Iterator[tuple[str, str, int, str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]]:
    """What gets a curve: with two classes model and baselines, with more each class of the model against the rest."""
    present = set(np.unique(records.truth).tolist())
    if len(evaluation.labels) == 2:
        index = evaluation.labels.index(evaluation.positive) if evaluation.positive else 1
        if present != {0, 1}:
            return
        yield _COLOURS[0], "-", index, evaluation.model.title, np.asarray(records.probabilities)[:, index]
        for number, baseline in enumerate(evaluation.baselines):
            if baseline.name in records.baselines:
                score = np.asarray(records.baselines[baseline.name])[:, index]
                yield _COLOURS[1 + number % 6], "--", index, baseline.title, score
        return
    for index, label in enumerate(evaluation.labels):
        if index in present and len(present) > 1:
            colour = _COLOURS[index % len(_COLOURS)]
            yield (
                colour,
                "-" if index < len(_COLOURS) else "--",
                index,
                label,
                np.asarray(records.probabilities)[:, index],
            )


def _figure(panels: int) -> tuple[Figure, list[Axes]]:
    from matplotlib.figure import Figure as PaperFigure

    figure = PaperFigure(figsize=(3.6 * panels + 0.4, 3.4), layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)
    return figure, list(axes[0])


def _unit_square(axis: Axes, x_title: str, y_title: str) -> None:
    axis.set_xlabel(x_title)
    axis.set_ylabel(y_title)
    axis.set_xlim(-0.01, 1.01)
    axis.set_ylim(-0.01, 1.01)
    if axis.get_legend_handles_labels()[0]:
        axis.legend(fontsize=7)


def _write(folder: Path, name: str, figure: Figure, table: Table) -> None:
    with durable_file(folder / f"{name}.svg") as file:
        figure.savefig(file, format="svg", metadata={"Date": None})
    with durable_file(folder / f"{name}.png") as file:
        figure.savefig(file, format="png", dpi=_DOTS_PER_INCH)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header, rows = table
    writer.writerow(header)
    writer.writerows(rows)
    write_bytes(folder / f"{name}.csv", text.getvalue().encode("utf-8", "surrogateescape"))
