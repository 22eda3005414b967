"""Parts of the Results page that tell how far to trust it: beside the best simple model, and with shuffled labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from bioseq.catalogue.reference_baselines import NAMES
from bioseq.errors import Severity
from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.verdict import COMPARISONS
from bioseq_gui.plots.base import Plot
from bioseq_gui.plots.figure import Axis, Bars, Figure, Layer, Rule
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, IconLabel, button, clear_layout, label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.evaluation.shuffling import ShuffledControl
    from bioseq.evaluation.standing import Caution
    from bioseq_gui.theme.theme import Theme

SHUFFLES = 5
"""Shuffles that a click asks for."""
_LOOKS = {Severity.ERROR: ("error", "bad"), Severity.WARNING: ("warning", "warning"), Severity.INFO: ("check", "good")}
_PLOT_HEIGHT = 190
_BINS = 40


class TrustCard(Card):
    """The findings of an evaluation below its verdict, the gravest first; hidden without any.

    Signals:
        simple_model_requested: The person wants the simple model of this name in its place.
    """

    simple_model_requested = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._theme = theme
        self._baseline = ""
        self._rows = QVBoxLayout()
        self._rows.setSpacing(SPACE_2)
        self._use = button(
            self.tr("Use the simple model"), tip=self.tr("Train it on the same records; this run stays as it is")
        )
        self._use.clicked.connect(lambda: self.simple_model_requested.emit(self._baseline))
        row = QHBoxLayout()
        row.setSpacing(SPACE_3)
        row.addLayout(self._rows, 1)
        row.addWidget(self._use, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(row)
        self.setAccessibleName(self.tr("How far to trust these figures"))
        self.setVisible(False)
        self.texts: list[str] = []

    @property
    def use_button(self) -> QPushButton:
        """Offers the simple model."""
        return self._use

    def show_findings(self, findings: Sequence[Caution]) -> None:
        """Say what speaks for and against the model."""
        clear_layout(self._rows)
        self.texts = []
        for finding in findings:
            if finding.severity is Severity.INFO and finding.code != "evaluation.better":
                continue
            icon, tone = _LOOKS[finding.severity]
            kind = "strong" if finding.code in COMPARISONS and finding.remedy else ""
            self._add(icon, tone, finding.message, finding.remedy, kind if finding.remedy else "muted")
        advised = (one.simple_model for one in findings if one.simple_model in NAMES)
        self._baseline = next(advised, "")
        self._use.setVisible(bool(self._baseline))
        self.setVisible(bool(self.texts))

    def _add(self, icon: str, tone: str, text: str, remedy: str, kind: str) -> None:
        self.texts.append(text)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(for_display(text, longest=600), kind, wrap=True, selectable=True))
        if remedy:
            words.addWidget(label(for_display(remedy, longest=600), "muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(IconLabel(self._theme, icon, size=18, tone=tone), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._rows.addLayout(row)


class ControlPlot(Plot):
    """Figures with shuffled labels as a histogram, and the model's own beside them."""

    def show_control(self, found: ShuffledControl) -> None:
        """Draw what was found."""
        values = np.array(found.shuffled)
        ends = [*values, found.own, found.learns_nothing]
        margin = max(0.02, 0.04 * (max(ends) - min(ends)))
        low, high = min(ends) - margin, max(ends) + margin
        edges = np.linspace(low, high, _BINS + 1)
        counts = np.histogram(values, edges)[0]
        kept = np.flatnonzero(counts)
        title = METRICS[found.metric].title
        layers: tuple[Layer, ...] = (
            Bars(
                self.tr("Shuffled labels"),
                edges[kept],
                edges[kept + 1],
                np.zeros(len(kept)),
                counts[kept].astype(np.float64),
                "muted",
            ),
            Rule(x=found.learns_nothing, text=self.tr("guessing"), colour="muted", dash="dot"),
            Rule(x=found.own, text=self.tr("the model"), colour="model", dash="solid"),
        )
        self.show_figure(
            Figure(
                "shuffled",
                self.tr("The same training with shuffled labels"),
                Axis(title, minimum=float(low), maximum=float(high)),
                Axis(self.tr("Shuffles"), minimum=0.0, whole=True),
                layers,
                summary=found.sentence,
            )
        )


class ControlCard(Card):
    """Asks for the control with shuffled labels, follows it, and shows what it found.

    Signals:
        control_requested: Train with so many shuffles in all.
        stop_requested: Leave the shuffles that are not done.
    """

    control_requested = Signal(int)
    stop_requested = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._found: ShuffledControl | None = None
        self._sentence = label("", "", wrap=True, selectable=True)
        self._ask = button("")
        self._stop = button(self.tr("Stop"), tip=self.tr("The shuffles that are done are kept"))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the shuffles"))
        self.plot = ControlPlot(theme)
        self.plot.setMinimumHeight(_PLOT_HEIGHT)
        head = QHBoxLayout()
        head.setSpacing(SPACE_3)
        head.addWidget(self._sentence, 1)
        head.addWidget(self._ask, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._stop, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(head)
        self.body.addWidget(self._bar)
        self.body.addWidget(self.plot)
        self._ask.clicked.connect(lambda: self.control_requested.emit(self._done + SHUFFLES))
        self._stop.clicked.connect(self.stop_requested)
        self.show_control(None)
        self.show_progress(0, 0)

    @property
    def text(self) -> str:
        """What it says."""
        return self._sentence.text()

    @property
    def ask_button(self) -> QPushButton:
        """Asks for shuffles."""
        return self._ask

    @property
    def _done(self) -> int:
        return len(self._found.shuffled) if self._found is not None else 0

    def show_control(self, found: ShuffledControl | None) -> None:
        """Show what was found, or offer to look."""
        self._found = found if found is not None and found.shuffled else None
        self.plot.setVisible(self._found is not None)
        if self._found is None:
            self._sentence.setText(
                self.tr(
                    "Could this be chance? The same training with shuffled labels shows what the model finds where "
                    "there is nothing to find; each shuffle takes as long as the training did."
                )
            )
            self._name(self.tr("Check with shuffled labels"))
            return
        self._sentence.setText(for_display(self._found.sentence, longest=600))
        self._name(self.tr("{0} shuffles more").format(SHUFFLES))
        self.plot.show_control(self._found)

    def _name(self, text: str) -> None:
        self._ask.setText(text)
        self._ask.setAccessibleName(text)

    def show_progress(self, done: int, total: int) -> None:
        """So many parts of so many are done; 0 of 0 when nothing is under way, -1 when that is not known yet."""
        running = total != 0
        self._bar.setVisible(running)
        self._stop.setVisible(running)
        self._ask.setVisible(not running)
        self._bar.setRange(0, max(0, total))
        self._bar.setValue(done)

    def set_possible(self, possible: bool) -> None:
        """Whether a control can be started now."""
        self._ask.setEnabled(possible)
