"""Plots of an evaluation: ROC, precision-recall, confidence by true class, calibration. Never smoothed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bioseq.evaluation import metrics
from bioseq.evaluation.calibration import AS_IT_IS, reliability
from bioseq.evaluation.standing import beside
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import DASHES, Axis, Dash, Figure, Layer, Line, Points, Rule, Steps, class_style

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bioseq.evaluation.calibration import Reliability
    from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores

DENSITY_BINS = 20
_CALIBRATION_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """An evaluation with its records, ready to be drawn.

    Attributes:
        evaluation: The figures.
        records: Truth and probabilities.
        threshold: With two classes: probability of the positive class from which a record counts as positive.
    """

    evaluation: Evaluation
    records: EvaluatedRecords
    threshold: float

    @property
    def binary(self) -> bool:
        """There are two classes, one of them positive."""
        return len(self.evaluation.labels) == 2

    @property
    def positive(self) -> int:
        """With two classes: number of the positive one."""
        labels = self.evaluation.labels
        return labels.index(self.evaluation.positive) if self.evaluation.positive in labels else len(labels) - 1

    def confusion(self) -> NDArray[np.int64]:
        """Records per true and predicted class at the threshold, `(C, C)`."""
        return metrics.confusion_at(
            self.records.truth, self.records.probabilities, threshold=self.threshold, positive=self.positive
        )

    def told(self) -> NDArray[np.int16]:
        """Predicted class of each record at the threshold, `(N,)`."""
        return metrics.predicted_classes(self.records.probabilities, threshold=self.threshold, positive=self.positive)


@dataclass(frozen=True, slots=True, eq=False)
class Contest:
    """One question of yes or no that a predictor answers with a score.

    Attributes:
        name: In the legend.
        scores: The figures that the evaluation holds for it.
        yes: Which records are positive, bool `(N,)`.
        chance: Score of each record, `(N,)`.
        colour: Role.
        dash: Of its line.
    """

    name: str
    scores: dict[str, float]
    yes: NDArray[np.bool_]
    chance: NDArray[np.float32]
    colour: str
    dash: Dash = "solid"


def contests(judged: Judged) -> list[Contest]:
    """The curves to draw: two classes: the model and each baseline; more: each class of the model against the rest."""
    evaluation, records = judged.evaluation, judged.records
    truth = np.asarray(records.truth)
    if not judged.binary:
        found = []
        for index, name in enumerate(evaluation.labels):
            style = class_style(index)
            own = evaluation.model.per_class.get(name, {})
            chance = np.asarray(records.probabilities[:, index])
            found.append(Contest(name, own, truth == index, chance, style.colour, style.dash))
        return found
    yes, column = truth == judged.positive, judged.positive
    model = evaluation.model
    found = [Contest(model.title, model.metrics, yes, np.asarray(records.probabilities[:, column]), "model")]
    for place, baseline in enumerate(drawable_baselines(judged)):
        chance = np.asarray(records.baselines[baseline.name][:, column])
        dash = DASHES[1 + place % (len(DASHES) - 1)]
        found.append(Contest(baseline.title, baseline.metrics, yes, chance, "muted", dash))
    return found


def drawable_baselines(judged: Judged) -> list[Scores]:
    """The baselines that have curves: one that answers the same for every record has none."""
    found = []
    for baseline in beside(judged.evaluation):
        chances = np.asarray(judged.records.baselines.get(baseline.name, ()))
        if len(chances) and not np.all(chances == chances[0]):
            found.append(baseline)
    return found


def with_figure(name: str, title: str, value: float | None) -> str:
    """A name with its figure for the legend."""
    return f"{name}, {title} {value:.3f}" if value is not None and math.isfinite(value) else name


class RocPlot(Plot):
    """True against false positives at every threshold."""

    def show_data(self, judged: Judged) -> None:
        """Show the curves of an evaluation."""
        layers: list[Layer] = [Rule()]
        for contest in contests(judged):
            curve = metrics.roc_curve(contest.yes, contest.chance)
            name = with_figure(contest.name, "AUC", contest.scores.get("roc_auc"))
            x, y = curve.false_positive_rate, curve.true_positive_rate
            layers.append(Line(name, x, y, contest.colour, contest.dash))
        if judged.binary:
            layers.append(self._operating_point(judged))
        self.show_figure(
            Figure(
                "roc",
                self.tr("ROC curve"),
                Axis(self.tr("False positive rate"), minimum=0.0, maximum=1.0),
                Axis(self.tr("Sensitivity"), minimum=0.0, maximum=1.02),
                tuple(layers),
                summary=_legend_sentence(layers),
            )
        )

    def _operating_point(self, judged: Judged) -> Points:
        found, false_alarms, _precision = operating_rates(judged)
        name = self.tr("Threshold {0:.3g}").format(judged.threshold)
        return Points(name, np.array([false_alarms]), np.array([found]), "text", "o", 9.0, hollow=True)


class PrecisionRecallPlot(Plot):
    """Precision against recall at every threshold."""

    def show_data(self, judged: Judged) -> None:
        """Show the curves of an evaluation."""
        layers: list[Layer] = []
        for contest in contests(judged):
            curve = metrics.precision_recall_curve(contest.yes, contest.chance)
            name = with_figure(contest.name, "AUC", contest.scores.get("pr_auc"))
            layers.append(Line(name, curve.recall, curve.precision, contest.colour, contest.dash))
        if judged.binary and len(judged.records.truth):
            share = float(np.mean(np.asarray(judged.records.truth) == judged.positive))
            layers.insert(0, Rule(y=share))
            found, _false_alarms, precision = operating_rates(judged)
            name = self.tr("Threshold {0:.3g}").format(judged.threshold)
            layers.append(Points(name, np.array([found]), np.array([precision]), "text", "o", 9.0, hollow=True))
        self.show_figure(
            Figure(
                "precision_recall",
                self.tr("Precision and recall"),
                Axis(self.tr("Recall (sensitivity)"), minimum=0.0, maximum=1.0),
                Axis(self.tr("Precision"), minimum=0.0, maximum=1.02),
                tuple(layers),
                summary=_legend_sentence(layers),
            )
        )


class DensityPlot(Plot):
    """Where the probabilities of each true class lie."""

    def show_data(self, judged: Judged) -> None:
        """Show a histogram per true class: shares of that class's own records."""
        evaluation = judged.evaluation
        edges = np.linspace(0.0, 1.0, DENSITY_BINS + 1)
        layers: list[Layer] = []
        for index, name in enumerate(evaluation.labels):
            shares = class_density(judged, index)
            style = class_style(index)
            layers.append(Steps(name, edges, shares, style.colour, style.dash))
        if judged.binary:
            layers.append(Rule(x=judged.threshold, colour="text", dash="dot"))
            heading = self.tr("Probability of “{0}”").format(evaluation.labels[judged.positive])
        else:
            heading = self.tr("Probability of the true class")
        self.show_figure(
            Figure(
                "confidence",
                self.tr("Confidence by true class"),
                Axis(heading, minimum=0.0, maximum=1.0),
                Axis(self.tr("Share of the class"), minimum=0.0, percent=True),
                tuple(layers),
                summary=self.tr("How the probabilities of each true class are spread."),
            )
        )


def class_density(judged: Judged, index: int) -> NDArray[np.float64]:
    """Share of the records of a true class per bin of probability, [0, 1], sums to 1; zeros without such records."""
    rows = np.asarray(judged.records.truth) == index
    column = judged.positive if judged.binary else index
    chances = np.asarray(judged.records.probabilities)[rows, column].astype(np.float64)
    counts, _edges = np.histogram(chances, DENSITY_BINS, (0.0, 1.0))
    return counts / max(1, len(chances))


class CalibrationPlot(Plot):
    """Whether 80 % means 80 of 100."""

    def show_data(self, judged: Judged) -> None:
        """Show the observed share against the probability, in bins of equally many records."""
        layers: list[Layer] = [Rule()]
        evaluation = judged.evaluation
        if evaluation.calibration != AS_IT_IS:
            layers.append(self._before(judged))
        rows = [(evaluation.model, np.asarray(judged.records.probabilities))]
        rows += [(one, np.asarray(judged.records.baselines[one.name])) for one in drawable_baselines(judged)]
        for place, (scores, probabilities) in enumerate(rows):
            yes, chance = _claims(judged, probabilities)
            bins = reliability(yes, chance, bins=_CALIBRATION_BINS)
            name = with_figure(scores.title, self.tr("error"), scores.metrics.get("ece"))
            colour, marker = ("model", "o") if place == 0 else ("muted", "s")
            layers.append(Line(name, bins.predicted, bins.observed, colour, DASHES[place % len(DASHES)], marker=marker))
            if place == 0:
                layers.append(_whiskers(self.tr("95 % intervals"), bins))
        told = self.tr("Probability of “{0}”").format(evaluation.labels[judged.positive])
        self.show_figure(
            Figure(
                "calibration",
                self.tr("Calibration"),
                Axis(
                    told if judged.binary else self.tr("Probability of the predicted class"), minimum=0.0, maximum=1.0
                ),
                Axis(self.tr("Observed share"), minimum=0.0, maximum=1.02),
                tuple(layers),
                summary=_legend_sentence(layers),
            )
        )

    def _before(self, judged: Judged) -> Line:
        """The model as it was before its probabilities were calibrated."""
        raw = judged.evaluation.calibration.undo(np.asarray(judged.records.probabilities))
        yes, chance = _claims(judged, raw)
        bins = metrics.calibration_bins(yes, chance, bins=_CALIBRATION_BINS)
        error = metrics.calibration_error(yes, chance)
        name = with_figure(self.tr("Before calibration"), self.tr("error"), error)
        return Line(name, bins.predicted, bins.observed, "model", "dot", width=1.4, marker="x")


def _whiskers(name: str, bins: Reliability) -> Line:
    """An upright stroke from the lower to the upper bound of each observed share."""
    heights = np.column_stack([bins.low, bins.high, np.full(len(bins.low), np.nan)])
    return Line(name, np.repeat(bins.predicted, 3), heights.ravel(), "model", width=1.2, in_legend=False)


def _claims(judged: Judged, probabilities: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    truth = np.asarray(judged.records.truth)
    if judged.binary:
        return truth == judged.positive, probabilities[:, judged.positive]
    told = np.argmax(probabilities, axis=1)
    return told == truth, probabilities[np.arange(len(told)), told]


def operating_rates(judged: Judged) -> tuple[float, float, float]:
    """With two classes: sensitivity, false positive rate and precision at the threshold; NaN where not defined."""
    confusion, positive = judged.confusion(), judged.positive
    hits, missed = float(confusion[positive, positive]), float(confusion[positive, 1 - positive])
    alarms, rejected = float(confusion[1 - positive, positive]), float(confusion[1 - positive, 1 - positive])
    return _share(hits, hits + missed), _share(alarms, alarms + rejected), _share(hits, hits + alarms)


def threshold_figures(judged: Judged) -> dict[str, float]:
    """With two classes: the figures that depend on the threshold, by the names of `METRICS`."""
    confusion, positive = judged.confusion(), judged.positive
    found, false_alarms, precision = operating_rates(judged)
    hits = float(confusion[positive, positive])
    wrong = float(confusion.sum() - np.trace(confusion))
    return {
        "sensitivity": found,
        "specificity": 1.0 - false_alarms,
        "precision": 0.0 if math.isnan(precision) and not math.isnan(found) else precision,
        "f1": _share(2 * hits, 2 * hits + wrong),
        "mcc": metrics.matthews_correlation(confusion),
        "accuracy": _share(float(np.trace(confusion)), float(confusion.sum())),
    }


def _share(part: float, whole: float) -> float:
    return part / whole if whole else math.nan


def trained_prevalence(judged: Judged) -> float:
    """With two classes: share of the training records that are positive, [0, 1]; where not known, of these records.

    NaN without records.
    """
    counts = judged.evaluation.training_counts
    if sum(counts):
        return counts[judged.positive] / sum(counts)
    truth = np.asarray(judged.records.truth)
    return float(np.mean(truth == judged.positive)) if len(truth) else math.nan


def _legend_sentence(layers: list[Layer]) -> str:
    return "; ".join(layer.name for layer in layers if isinstance(layer, Line))
