"""The curves of a training run: loss above, a chosen metric below, live or reopened alike."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QElapsedTimer, QSignalBlocker, Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QSizePolicy, QSlider, QSplitter, QVBoxLayout, QWidget

from bioseq.evaluation.metrics import METRICS
from bioseq.runs.history import RunState, Status
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.epoch_columns import EpochColumns, Side
from bioseq_gui.plots.figure import Axis, Dash, Figure, Layer, Line, Points, Rule
from bioseq_gui.plots.smoothing import smoothed
from bioseq_gui.widgets.basics import label

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from bioseq_gui.theme.theme import Theme

FRAME_MS = 100
"""Shortest time between two drawings: 10 a second."""
_SLIDER_STEPS = 19
_WEIGHT_STEP = 0.05
_MARKED = 40
_LOSS, _CALIBRATED = "loss", "calibrated_loss"
_CURVES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Viewing:
    """How the person wants to see the curves.

    Attributes:
        metric: Shown below the loss.
        logarithmic: The loss on a logarithmic scale.
        smoothing: Weight of the past, [0, 1).
    """

    metric: str = "accuracy"
    logarithmic: bool = False
    smoothing: float = 0.0


class LiveCurves(QWidget):
    """Training and validation curves with the best epoch, drawn at most 20 times a second and never while hidden."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = RunState()
        self._columns = EpochColumns()
        self._kept: dict[tuple[str, float], tuple[int, tuple[Layer, ...]]] = {}
        self._chosen_metric = ""
        self._merit_drawn: tuple[object, Viewing] | None = None
        self._pending = False
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._draw)
        self.loss = Plot(theme, zoomable=True)
        self.merit = Plot(theme, zoomable=True, headed=False)
        self._metric_choice = QComboBox()
        self._metric_choice.setAccessibleName(self.tr("Metric below the loss"))
        self._metric_choice.setToolTip(self.tr("The figure of merit that is drawn below the loss"))
        self._logarithmic = QCheckBox(self.tr("Log scale"))
        self._logarithmic.setToolTip(self.tr("Show the loss on a logarithmic scale"))
        self._smoothing = QSlider(Qt.Orientation.Horizontal)
        self._smoothing.setRange(0, _SLIDER_STEPS)
        self._smoothing.setFixedSize(110, 24)
        self._smoothing.setAccessibleName(self.tr("Smoothing"))
        self._smoothing.setToolTip(self.tr("Smooth the curves; the raw values stay behind them, pale"))
        self._smoothing_text = label("", "muted")
        self._arrange()
        self._metric_choice.activated.connect(self._choose_metric)
        self._logarithmic.toggled.connect(self._view_changed)
        self._smoothing.valueChanged.connect(self._view_changed)
        self._view_changed()

    def _arrange(self) -> None:
        for widget in (label(self.tr("Smoothing"), "muted"), self._smoothing, self._smoothing_text, self._logarithmic):
            self.loss.head.insertWidget(self.loss.head.count() - 1, widget)
        self._smoothing_text.setMinimumWidth(28)
        self._metric_choice.setProperty("kind", "quiet")
        self.merit.head.insertWidget(0, self._metric_choice)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.addWidget(self.loss)
        split.addWidget(self.merit)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 2)
        self.loss.setMinimumHeight(150)
        self.merit.setMinimumHeight(110)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(split)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    @property
    def viewing(self) -> Viewing:
        """How the curves are shown."""
        return Viewing(
            self._metric_choice.currentData() or "accuracy",
            self._logarithmic.isChecked(),
            self._smoothing.value() * _WEIGHT_STEP,
        )

    def choose(self, viewing: Viewing) -> None:
        """Show the curves in this way."""
        self._chosen_metric = viewing.metric
        with QSignalBlocker(self._logarithmic), QSignalBlocker(self._smoothing):
            self._logarithmic.setChecked(viewing.logarithmic)
            self._smoothing.setValue(round(viewing.smoothing / _WEIGHT_STEP))
        self._offer_metrics()
        self._view_changed()

    def show_state(self, state: RunState) -> None:
        """Show a run as its events tell it."""
        if state.epochs is self._state.epochs and state.step is self._state.step and state.status is self._state.status:
            return
        self._state = state
        self._ask_for_drawing()

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what happened while it was hidden."""
        super().showEvent(event)
        if self._pending:
            self._draw()

    def _ask_for_drawing(self) -> None:
        self._pending = True
        if not self.isVisible() or self._timer.isActive():
            return
        waited = self._since.elapsed() if self._since.isValid() else FRAME_MS
        if waited >= FRAME_MS:
            self._draw()
        else:
            self._timer.start(int(FRAME_MS - waited))

    def _draw(self) -> None:
        if not self.isVisible():
            return
        self._pending = False
        self._since.start()
        self._columns.update(self._state.epochs)
        self._offer_metrics()
        viewing = self.viewing
        if not len(self._columns) and self._state.step is None:
            waiting = self.tr("Curves appear with the first batch.")
            self.loss.show_nothing(waiting)
            self.merit.show_nothing("")
            return
        self.loss.show_figure(self._loss_figure(viewing))
        if len(self._columns):
            # Steps move the loss only; drawing both each time would double the cost of a frame.
            drawn = self._merit_drawn
            if drawn is None or drawn[0] is not self._state.epochs or drawn[1] != viewing:
                self._merit_drawn = (self._state.epochs, viewing)
                self.merit.show_figure(self._metric_figure(viewing.metric, viewing.smoothing))
        else:
            self._merit_drawn = None
            self.merit.show_nothing(self.tr("The first point appears when epoch 1 is done."))

    def _view_changed(self) -> None:
        weight = self._smoothing.value() * _WEIGHT_STEP
        self._smoothing_text.setText(f"{weight:.2f}" if weight else self.tr("off"))
        self._pending = True
        self._draw()

    def _choose_metric(self) -> None:
        self._chosen_metric = self._metric_choice.currentData()
        self._view_changed()

    def _offer_metrics(self) -> None:
        offered = [name for name in METRICS if name in self._columns.metrics and name != _LOSS]
        present = [self._metric_choice.itemData(row) for row in range(self._metric_choice.count())]
        if offered != present:
            with QSignalBlocker(self._metric_choice):
                self._metric_choice.clear()
                for name in offered:
                    self._metric_choice.addItem(METRICS[name].title, name)
        self._metric_choice.setVisible(bool(offered))
        if offered:
            self._metric_choice.setCurrentIndex(offered.index(self._preferred(offered)))

    def _preferred(self, offered: list[str]) -> str:
        selected = self._state.epochs[-1].selection_metric if self._state.epochs else ""
        wanted = (self._chosen_metric, selected, "accuracy")
        return next((name for name in wanted if name in offered), offered[0])

    # ------------------------------------------------------------------ figures

    def _loss_figure(self, viewing: Viewing) -> Figure:
        chosen_by = _CALIBRATED if _CALIBRATED in self._columns.metrics else _LOSS
        best = self._best(chosen_by, viewing.smoothing)
        layers = (*self._curves(_LOSS, viewing.smoothing), self._running_loss(), *best)
        return Figure(
            "training_loss",
            self.tr("Loss"),
            self._epoch_axis(),
            Axis(self.tr("Loss"), unit="nats", logarithmic=viewing.logarithmic),
            layers,
            summary=self._summary(_LOSS),
        )

    def _metric_figure(self, metric: str, smoothing: float) -> Figure:
        title = METRICS[metric].title
        return Figure(
            f"training_{metric}",
            title,
            self._epoch_axis(),
            Axis(title),
            (*self._curves(metric, smoothing), *self._best(metric, smoothing)),
            summary=self._summary(metric),
        )

    def _epoch_axis(self) -> Axis:
        reached = float(self._state.epochs[-1].epoch) if self._state.epochs else 0.0
        if self._state.step is not None:
            reached = max(reached, self._progress())
        # In steps, so that the axis is not laid out anew for every epoch of a long run.
        step = 10.0 ** math.floor(math.log10(max(reached, 10.0))) / 20
        end = (math.floor(reached / step) + 1) * step
        title = self.tr("Round") if self._state.in_rounds else self.tr("Epoch")
        if self._state.member:
            title = self.tr("{0} · {1}").format(title, self._state.member)
        return Axis(title, minimum=0.0, maximum=max(4.0, end), whole=True)

    def _curves(self, metric: str, smoothing: float) -> tuple[Layer, ...]:
        """Training and validation; made again only when there are new epochs."""
        key = (metric, smoothing)
        kept = self._kept.get(key)
        if kept is None or kept[0] != self._columns.version:
            if len(self._kept) > _CURVES_KEPT:
                self._kept.clear()
            kept = self._kept[key] = (self._columns.version, self._made_curves(metric, smoothing))
        return kept[1]

    def _made_curves(self, metric: str, smoothing: float) -> tuple[Layer, ...]:
        sides: tuple[tuple[Side, str, Dash, str], ...] = (
            ("train", self.tr("Training"), "dash", "s"),
            ("validation", self.tr("Validation"), "solid", "o"),
        )
        numbers = self._columns.numbers
        raw: list[Layer] = []
        shown: list[Layer] = []
        for side, name, dash, marker in sides:
            values = self._columns.values(side, metric)
            x = numbers if len(values) else np.zeros(0)
            if smoothing and len(values):
                raw_name = self.tr("{0}, raw").format(name)
                raw.append(Line(raw_name, x, values, side, faint=True, width=1.0))
            mark = marker if 0 < len(values) <= _MARKED else ""
            named = bool(len(values))
            shown.append(Line(name, x, smoothed(values, smoothing), side, dash, marker=mark, in_legend=named))
        if metric == _LOSS and len(values := self._columns.values("validation", _CALIBRATED)):
            name = self.tr("Validation, once calibrated")
            shown.append(Line(name, numbers, smoothed(values, smoothing), "validation", "dot"))
        return (*raw, *shown)

    def _running_loss(self) -> Points:
        step = self._state.step
        running = step is not None and self._state.status is Status.RUNNING and self._progress() > len(self._columns)
        x = np.array([self._progress()] if running else [])
        y = np.array([step.loss] if running and step is not None else [])
        return Points(self.tr("This epoch so far") if running else "", x, y, "train", hollow=True, size=8.0)

    def _progress(self) -> float:
        """Epochs done, with the part of the one under way."""
        step = self._state.step
        return 0.0 if step is None else step.epoch - 1 + step.step / max(1, step.steps)

    def _best(self, metric: str, smoothing: float) -> tuple[Layer, ...]:
        best = self._state.best
        if best is None:
            return ()
        values = smoothed(self._columns.values("validation", metric), smoothing)
        row = int(np.searchsorted(self._columns.numbers, best.epoch))
        y = values[row : row + 1]
        x = np.full(len(y), float(best.epoch))
        stage = self.tr("Best: round {0}, {1}") if best.reached else self.tr("Best: epoch {0}")
        text = stage.format(best.epoch, best.reached)
        return (Rule(x=float(best.epoch), colour="best"), Points(text, x, y, "best", "star", 13.0))

    def _summary(self, metric: str) -> str:
        if not self._state.epochs:
            return ""
        last, best = self._state.epochs[-1], self._state.best
        figures = last.validation or last.train
        rounds = self._state.in_rounds
        after = self.tr("{0} after round {1}: {2:.4g}.") if rounds else self.tr("{0} after epoch {1}: {2:.4g}.")
        text = after.format(METRICS[metric].title, last.epoch, figures.get(metric, float("nan")))
        at_best = self.tr("Best round: {0}.") if rounds else self.tr("Best epoch: {0}.")
        return text if best is None else text + " " + at_best.format(best.epoch)
