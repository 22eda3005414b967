"""The threshold of the Results page: moved by hand or chosen for an aim, and what it is worth at another prevalence."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QDoubleSpinBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.thresholds import at_prevalence, predictive_values
from bioseq_gui.plots.results_plots import threshold_figures, trained_prevalence
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, button, label
from bioseq_gui.widgets.text import number, plain_tip

if TYPE_CHECKING:
    from bioseq_gui.plots.results_plots import Judged

_STEPS = 1_000
_HELD = ("sensitivity", "specificity")
_SHARE, _LEAST_SHARE = 90.0, 50.0
_RAREST = 0.001
_FIELD_WIDTH, _AIM_WIDTH = 96, 170


class ThresholdBar(Card):
    """The threshold with what it makes of the figures.

    Signals:
        moved: The threshold chosen by the person, [0, 1].
        aim_chosen: What a threshold is to be chosen for, and the share that a sensitivity or specificity is held at.
    """

    moved = Signal(float)
    aim_chosen = Signal(str, float)

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._own = 0.5
        self._judged: Judged | None = None
        self._found = self._spared = math.nan
        self._lines = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._lines.setSpacing(SPACE_2)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._value = label("", "strong")
        self._reset = button(self.tr("Reset"), "link", tip=self.tr("Back to the threshold of the run"))
        self._figures: dict[str, QLabel] = {}
        self.aims = QComboBox()
        self.share = _percentage(self.tr("Sensitivity or specificity that the threshold keeps"), _LEAST_SHARE, 100.0, 1)
        self.prevalence = _percentage(self.tr("Share of positives where the model will be used"), _RAREST, 99.999, 3)
        self._chosen = label("", "muted")
        self._worth = {name: label("", "strong") for name in ("ppv", "npv", "chance")}
        self._arrange_moving()
        self._arrange_second_line()
        self._connect()

    def _arrange_moving(self) -> None:
        self._slider.setRange(1, _STEPS - 1)
        self._slider.setMinimumWidth(160)
        self._slider.setFixedHeight(24)
        self._slider.setAccessibleName(self.tr("Threshold"))
        self._slider.setToolTip(self.tr("Probability from which a record is told to be positive"))
        self._value.setMinimumWidth(44)
        moving, figures = QHBoxLayout(), QHBoxLayout()
        for row in (moving, figures):
            row.setSpacing(SPACE_2)
        for widget in (label(self.tr("Threshold"), "strong"), self._slider, self._value, self._reset):
            moving.addWidget(widget, 1 if widget is self._slider else 0)
        for name in ("sensitivity", "specificity", "precision", "f1", "mcc"):
            figures.addSpacing(SPACE_2 if figures.count() else 0)
            title = label(METRICS[name].title, "muted")
            title.setToolTip(plain_tip(METRICS[name].help))
            self._figures[name] = label("", "strong")
            self._figures[name].setMinimumWidth(40)
            self._figures[name].setAccessibleName(METRICS[name].title)
            figures.addWidget(title)
            figures.addWidget(self._figures[name])
        figures.addStretch(1)
        self._lines.addLayout(moving, 1)
        self._lines.addLayout(figures)
        self.body.addLayout(self._lines)

    def _arrange_second_line(self) -> None:
        self.aims.addItem(self.tr("Moved by hand"), "fixed")
        self.aims.addItem(self.tr("Greatest MCC"), "mcc")
        self.aims.addItem(self.tr("Sensitivity plus specificity"), "youden")
        self.aims.addItem(self.tr("Greatest F1"), "f1")
        self.aims.addItem(self.tr("A sensitivity of"), "sensitivity")
        self.aims.addItem(self.tr("A specificity of"), "specificity")
        self.aims.setAccessibleName(self.tr("What the threshold is chosen for"))
        self.aims.setToolTip(self.tr("Chosen on the validation records, which leaves the test records honest"))
        self.aims.setFixedWidth(_AIM_WIDTH)
        self.share.setValue(_SHARE)
        self.share.setVisible(False)
        titles = {
            "ppv": (self.tr("PPV"), self.tr("Share of the records called positive that are positive, at this share")),
            "npv": (self.tr("NPV"), self.tr("Share of the records called negative that are negative, at this share")),
            "chance": (
                self.tr("At the threshold"),
                self.tr("What a probability that equals the threshold amounts to at this share of positives"),
            ),
        }
        choosing, worth = QHBoxLayout(), QHBoxLayout()
        for row in (choosing, worth):
            row.setSpacing(SPACE_2)
        self._chosen.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        for widget in (label(self.tr("Choose for"), "muted"), self.aims, self.share, self._chosen):
            choosing.addWidget(widget, 1 if widget is self._chosen else 0)
        worth.addWidget(label(self.tr("Positives in use"), "muted"))
        worth.addWidget(self.prevalence)
        for name, (title, tip) in titles.items():
            heading = label(title, "muted")
            heading.setToolTip(plain_tip(tip))
            self._worth[name].setToolTip(plain_tip(tip))
            self._worth[name].setAccessibleName(title)
            self._worth[name].setMinimumWidth(44)
            worth.addSpacing(SPACE_2)
            worth.addWidget(heading)
            worth.addWidget(self._worth[name])
        worth.addStretch(1)
        self._second = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._second.setSpacing(SPACE_3)
        self._second.addLayout(choosing, 1)
        self._second.addLayout(worth)
        self.body.addLayout(self._second)

    def _connect(self) -> None:
        self._slider.valueChanged.connect(lambda step: self._move(step / _STEPS))
        self._reset.clicked.connect(lambda: self._move(self._own))
        self.aims.currentIndexChanged.connect(lambda _place: self._choose())
        self.share.valueChanged.connect(lambda _share: self._choose())
        self.prevalence.valueChanged.connect(lambda _share: self._show_worth())

    def set_wide(self, wide: bool) -> None:
        """Slider and figures in one line, or in two; so the aim and the prevalence."""
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        for lines in (self._lines, self._second):
            if lines.direction() != way:
                lines.setDirection(way)

    @property
    def slider(self) -> QSlider:
        """What is moved."""
        return self._slider

    @property
    def texts(self) -> dict[str, str]:
        """The figures as they are written."""
        return {name: shown.text() for name, shown in self._figures.items()}

    @property
    def worth(self) -> dict[str, str]:
        """PPV, NPV and the probability at the threshold, at the prevalence, as they are written."""
        return {name: shown.text() for name, shown in self._worth.items()}

    def show_judged(self, judged: Judged) -> None:
        """Show the threshold and its figures."""
        if self._judged is None or self._judged.evaluation is not judged.evaluation:
            self._begin(judged)
        self._judged = judged
        with QSignalBlocker(self._slider):
            self._slider.setValue(round(judged.threshold * _STEPS))
        self._value.setText(f"{judged.threshold:.3f}")
        self._reset.setEnabled(judged.threshold != self._own)
        figures = threshold_figures(judged)
        for name, shown in self._figures.items():
            shown.setText(_three(figures[name]))
        self._found, self._spared = figures["sensitivity"], figures["specificity"]
        self._show_worth()

    def show_choice(self, records: int, *, validation: bool) -> None:
        """Say what the threshold was chosen by; without records there was nothing to choose by."""
        if not records:
            text = self.tr("needs both classes")
        elif validation:
            text = self.tr("by {0} records").format(number(records))
        else:
            text = self.tr("by these records: flatters")
        self._chosen.setText(text)
        if records and validation:
            self._chosen.setToolTip(plain_tip(self.tr("Chosen by {0} validation records").format(number(records))))
        else:
            self._chosen.setToolTip(plain_tip(text))

    @property
    def choice(self) -> str:
        """What it says of the records that chose."""
        return self._chosen.text()

    def _begin(self, judged: Judged) -> None:
        """Another evaluation: its own threshold, and the share of positives that its training saw."""
        self._own = judged.evaluation.threshold
        self._forget_aim()
        with QSignalBlocker(self.prevalence):
            self.prevalence.setValue(100 * trained_prevalence(judged))

    def _move(self, threshold: float) -> None:
        self._forget_aim()
        self.moved.emit(threshold)

    def _forget_aim(self) -> None:
        with QSignalBlocker(self.aims):
            self.aims.setCurrentIndex(0)
        self.share.setVisible(False)
        self._chosen.clear()

    def _choose(self) -> None:
        aim = str(self.aims.currentData())
        self.share.setVisible(aim in _HELD)
        self._chosen.clear()
        if aim != "fixed":
            self.aim_chosen.emit(aim, self.share.value() / 100)

    def _show_worth(self) -> None:
        if self._judged is None:
            return
        expected, threshold = self.prevalence.value() / 100, self._judged.threshold
        ppv, npv = predictive_values(self._found, self._spared, expected)
        own = trained_prevalence(self._judged)
        chance = math.nan
        if 0 < own < 1:
            chances = [[1 - threshold, threshold]]
            shifted = at_prevalence(chances, trained=[1 - own, own], expected=[1 - expected, expected])
            chance = float(shifted[0, 1])
        for name, value in (("ppv", ppv), ("npv", npv), ("chance", chance)):
            self._worth[name].setText(_three(value))


def _three(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "–"


def _percentage(tip: str, least: float, most: float, decimals: int) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(least, most)
    field.setDecimals(decimals)
    field.setSuffix(" %")
    field.setToolTip(plain_tip(tip))
    field.setAccessibleName(tip)
    field.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setFixedWidth(_FIELD_WIDTH)
    return field
