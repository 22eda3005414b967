"""The Results page: verdict, figures beside the baseline, curves, confusion with its records, threshold, export."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from bioseq.errors import BioseqError
from bioseq.evaluation.results import EvaluatedRecords, Evaluation, read_evaluations
from bioseq.evaluation.shuffling import ShuffledControl
from bioseq.evaluation.thresholds import choose_threshold
from bioseq.runs.folder import RunFolder
from bioseq_gui.pages.results_members import MembersPart
from bioseq_gui.pages.results_parts import CellRecords, FigureTable
from bioseq_gui.pages.results_similarity import SimilarityCard
from bioseq_gui.pages.results_threshold import ThresholdBar
from bioseq_gui.pages.results_trust import ControlCard, TrustCard
from bioseq_gui.pages.results_words import Verdict, verdict
from bioseq_gui.plots import paper
from bioseq_gui.plots.confusion import ConfusionView
from bioseq_gui.plots.results_plots import CalibrationPlot, DensityPlot, Judged, PrecisionRecallPlot, RocPlot
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import Card, IconLabel, button, label
from bioseq_gui.widgets.empty_state import EmptyState
from bioseq_gui.widgets.page_frame import PageFrame
from bioseq_gui.widgets.report_menu import ReportMenu
from bioseq_gui.widgets.text import for_display, number
from bioseq_gui.widgets.turns import Turns

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from bioseq.config.schema import ThresholdAim
    from bioseq_gui.plots.base import Plot
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

SPLITS = ("test", "validation", "files")
_CARD_HEIGHT, _TABLE_HEIGHT = 286, 424
_WIDE = 940
_FRAME_MS = 40
MOST_TO_CHOOSE_BY = 200_000
"""Of more records every so many-th chooses a threshold, so that the window does not wait."""
_ICONS = {"good": "check", "muted": "info", "warning": "warning", "bad": "error"}


class ResultsPage(QWidget):
    """Shows the evaluation of the session's opened run.

    Signals:
        predict_requested: Use this run's model on new sequences.
        figures_exported: Folder that holds the figures now.
        simple_model_requested: Train this simple model in place of the run's (run folder, name of the simple model).
        control_requested: Train with shuffled labels, so often in all.
        control_stop_requested: Leave the shuffles that are not done.
    """

    predict_requested = Signal()
    figures_exported = Signal(str)
    simple_model_requested = Signal(object, str)
    control_requested = Signal(int)
    control_stop_requested = Signal()

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._theme = theme
        self._run: Path | None = None
        self._stamp: tuple[float, int] = (0.0, 0)
        self._evaluations: dict[str, Evaluation] = {}
        self._judged: Judged | None = None
        self._split = ""
        self._pending = True
        self._queue: list[tuple[Plot, Path]] = []
        self._turns = Turns(self)
        self._threshold_timer = QTimer(self)
        self._threshold_timer.setSingleShot(True)
        self._threshold_timer.setInterval(_FRAME_MS)
        self._threshold_timer.timeout.connect(self._show_threshold)
        self.frame = PageFrame(self.tr("Results"))
        self.verdict = VerdictCard(theme)
        self.trust = TrustCard(theme)
        self.similarity = SimilarityCard(theme)
        self.control = ControlCard(theme)
        self.report = ReportMenu()
        self.table = FigureTable(self.tr("Metrics"))
        self.classes = FigureTable(self.tr("Metrics per class"))
        self.simple = FigureTable(self.tr("Metrics of the simple models"))
        self.leads = FigureTable(self.tr("Differences to the simple models"))
        self.members = MembersPart()
        self.threshold = ThresholdBar()
        self.records = CellRecords(theme)
        self.roc = RocPlot(theme)
        self.precision_recall = PrecisionRecallPlot(theme)
        self.confusion = ConfusionView(theme)
        self.density = DensityPlot(theme)
        self.calibration = CalibrationPlot(theme)
        self._tabs = QTabWidget()
        self._halves = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._stack = QStackedWidget()
        self._area = QScrollArea()
        self._split_buttons: dict[str, QPushButton] = {}
        self._empty = EmptyState(theme, "results", "")
        self._arrange()
        self._connect()
        self._follow_run()

    # ------------------------------------------------------------------ arranging

    def _arrange(self) -> None:
        self._arrange_splits()
        self._tabs.addTab(self.table, self.tr("Overall"))
        self._tabs.addTab(self.classes, self.tr("Per class"))
        self._tabs.addTab(self.members, self.tr("Members"))
        self._tabs.addTab(self.simple, self.tr("Simple models"))
        self._tabs.addTab(self.leads, self.tr("Differences"))
        grid = QGridLayout()
        grid.setSpacing(SPACE_3)
        for place, plot in enumerate((self.roc, self.precision_recall, self.confusion, self.density)):
            grid.addWidget(_carded(plot, _CARD_HEIGHT), place // 2, place % 2)
        for track in range(2):
            grid.setColumnStretch(track, 1)
            grid.setRowStretch(track, 1)
        left = QVBoxLayout()
        left.setSpacing(SPACE_3)
        left.addWidget(_carded(self._tabs, _TABLE_HEIGHT))
        left.addWidget(_carded(self.calibration, _CARD_HEIGHT - SPACE_4), 1)
        self._halves.setSpacing(SPACE_3)
        self._halves.addLayout(left, 13)
        self._halves.addLayout(grid, 17)
        content = QWidget()
        content.setProperty("kind", "page")
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(self.verdict)
        column.addWidget(self.trust)
        column.addWidget(self.threshold)
        column.addLayout(self._halves, 1)
        column.addWidget(self.similarity)
        column.addWidget(self.control)
        column.addWidget(self.records)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(content)
        self._area.setAccessibleName(self.tr("Results of the run"))
        self._tabs.setAccessibleName(self.tr("Figures of merit"))
        self._tabs.tabBar().setAccessibleName(self.tr("Overall or per class"))
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._area)
        self.frame.body.addWidget(self._stack, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.addWidget(self.frame)

    def _arrange_splits(self) -> None:
        titles = {"test": self.tr("Test"), "validation": self.tr("Validation"), "files": self.tr("Files")}
        tips = {
            "test": self.tr("Records that training never saw: the honest figures"),
            "validation": self.tr("Records that chose the best epoch: somewhat flattering"),
            "files": self.tr("Records of the files given for evaluation"),
        }
        group = QButtonGroup(self)
        for split in SPLITS:
            made = button(titles[split], tip=tips[split])
            made.setCheckable(True)
            made.clicked.connect(lambda _checked=False, split=split: self.show_split(split))
            group.addButton(made)
            self._split_buttons[split] = made
            self.frame.add_action(made)
        self.frame.add_action(self.report)

    def _connect(self) -> None:
        self.frame.primary_clicked.connect(self.predict_requested)
        self.frame.secondary_clicked.connect(self._ask_and_export)
        self.threshold.moved.connect(self.set_threshold)
        self.threshold.aim_chosen.connect(self.choose_threshold)
        self.confusion.cell_clicked.connect(self.show_cell)
        self.records.closed.connect(self._close_cell)
        self.trust.simple_model_requested.connect(lambda name: self.simple_model_requested.emit(self._run, name))
        self.control.control_requested.connect(self.control_requested)
        self.control.stop_requested.connect(self.control_stop_requested)
        self._session.opened_run_changed.connect(self._follow_run)
        self._session.configuration_changed.connect(lambda _config: self._show_note())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Side by side, or one below the other, as there is room."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        wide = self.width() >= _WIDE
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self.threshold.set_wide(wide)
        if self._halves.direction() != way:
            self._halves.setDirection(way)

    # ------------------------------------------------------------------ showing

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All plots, in the order of the page."""
        return (self.roc, self.precision_recall, self.confusion, self.density, self.calibration)

    @property
    def judged(self) -> Judged | None:
        """What is shown; None when there is nothing."""
        return self._judged

    def showEvent(self, event: QShowEvent) -> None:
        """Read the run when the page is first seen."""
        super().showEvent(event)
        self._lay_out()
        if self._pending or (self._run is not None and _stamp(self._run) != self._stamp):
            self._read()

    def _follow_run(self) -> None:
        self._run = self._session.opened_run
        self.report.propose(self._run or Path.home())
        self._pending = True
        if self._run is None or self.isVisible():
            self._read()

    def _read(self) -> None:
        self._pending = False
        self._turns.take()
        self._evaluations, self._judged = {}, None
        self.records.setVisible(False)
        if self._run is None:
            self._show_empty(
                self.tr("No results yet"),
                self.tr(
                    "Train a model, or open a run on the Runs page: how good it is stands here, beside a baseline."
                ),
            )
            return
        self._stamp = _stamp(self._run)
        try:
            self._evaluations = read_evaluations(RunFolder(self._run).metrics)
        except BioseqError as error:
            self._show_error(error)
            return
        available = [split for split in SPLITS if self._has_records(split)]
        if not available:
            self._show_empty(self.tr("This run was not evaluated"), self.tr("It ended before its model was judged."))
            return
        self.show_split(self._split if self._split in available else available[0])

    def _has_records(self, split: str) -> bool:
        """Figures and records of these are there."""
        if self._run is None or split not in self._evaluations:
            return False
        return split == next(iter(self._evaluations)) or (RunFolder(self._run).evaluation / split).is_dir()

    def show_split(self, split: str) -> None:
        """Show the figures on these records: "test", "validation"."""
        if self._run is None or not self._has_records(split):
            return
        self._split = split
        evaluation = self._evaluations[split]
        try:
            records = EvaluatedRecords.open(_records_folder(self._run, split))
        except BioseqError as error:
            self._show_error(error)
            return
        if len(records.truth) != evaluation.records:
            self._show_error(
                BioseqError(
                    "run.evaluation_mismatch",
                    "The evaluated records do not belong to these figures.",
                    where=str(self._run),
                    remedy="Train again, or resume the run.",
                )
            )
            return
        self._judged = Judged(evaluation, records, evaluation.threshold)
        self._show_judged()

    def _show_judged(self) -> None:
        judged = self._judged
        if judged is None:
            return
        self._stack.setCurrentWidget(self._area)
        for split, split_button in self._split_buttons.items():
            split_button.setVisible(self._has_records(split) and len(self._evaluations) > 1)
            split_button.setChecked(split == self._split)
        self.frame.set_primary(self.tr("Predict new sequences"))
        self.frame.set_secondary(self.tr("Export figures…"), True, self.tr("Every figure as SVG, PDF, PNG and CSV"))
        self.report.setVisible(True)
        self._show_purpose(judged.evaluation)
        said = verdict(judged.evaluation)
        self.verdict.show_verdict(said)
        self.trust.show_findings(said.others)
        self.similarity.show_run(self._run, self._split)
        self._show_control()
        self.table.show_evaluation(judged.evaluation)
        self.classes.show_classes(judged.evaluation)
        self.members.show_members(judged.evaluation)
        self._tabs.setTabVisible(self._tabs.indexOf(self.members), bool(judged.evaluation.members))
        self.simple.show_predictors(judged.evaluation)
        self.leads.show_leads(judged.evaluation)
        self._tabs.setTabVisible(self._tabs.indexOf(self.leads), any(one.lead for one in judged.evaluation.baselines))
        self.threshold.setVisible(judged.binary)
        self._close_cell()
        self._show_note()
        self._turns.take(
            (lambda: self._show_tables_of_threshold(judged)),
            *((lambda plot=plot: plot.show_data(judged)) for plot in self._curves()),
        )

    def _show_control(self) -> None:
        """What shuffled labels gave; nothing to offer without test records."""
        self.control.setVisible("test" in self._evaluations)
        try:
            found = ShuffledControl.open(RunFolder(self._run).control) if self._run is not None else None
        except BioseqError:
            found = None
        self.control.show_control(found)

    def show_control_progress(self, run: Path, done: int, total: int) -> None:
        """How far the control of a run is; 0 of 0 when it is over."""
        own = run == self._run
        self.control.show_progress(done if own else 0, total if own else 0)
        self.control.set_possible(own or not total)

    def refresh_control(self, run: Path) -> None:
        """The control of a run has one shuffle more."""
        if run == self._run and self._judged is not None:
            self._show_control()

    def _show_threshold(self) -> None:
        """Everything that hangs on the threshold."""
        judged = self._judged
        if judged is None:
            return
        self._turns.finish()
        self._show_tables_of_threshold(judged)
        for plot in (self.roc, self.precision_recall, self.density):
            plot.show_data(judged)

    def _show_tables_of_threshold(self, judged: Judged) -> None:
        title = self.tr("Confusion at {0:.3g}").format(judged.threshold) if judged.binary else ""
        self.confusion.show_data(judged.evaluation.labels, judged.confusion().tolist(), title=title)
        if judged.binary:
            self.threshold.show_judged(judged)

    def _curves(self) -> tuple[RocPlot | PrecisionRecallPlot | DensityPlot | CalibrationPlot, ...]:
        return (self.roc, self.precision_recall, self.density, self.calibration)

    def _show_purpose(self, evaluation: Evaluation) -> None:
        words = {
            "test": self.tr("{0} test records that training never saw"),
            "validation": self.tr("{0} validation records, which also chose the best epoch: somewhat flattering"),
            "files": self.tr("{0} records of the files"),
        }
        name = self._run.name if self._run is not None else ""
        parts = (evaluation.model.title, words[self._split].format(number(evaluation.records)), name)
        self.frame.set_purpose(for_display(" · ".join(part for part in parts if part)))

    def _show_note(self) -> None:
        """Say when the settings have changed since this run, so that nobody takes its results for theirs."""
        if self._judged is None or self._run is None:
            return
        changed = self._changed_settings()
        if not changed:
            self.frame.message.clear()
            return
        few = ", ".join(changed[:3])
        if len(changed) > 3:
            few = self.tr("{0} and {1} more").format(few, len(changed) - 3)
        text = self.tr("From previous settings: the settings now differ from this run’s in {0}.")
        self.frame.message.show_message(text.format(few), "info")

    def _changed_settings(self) -> list[str]:
        from bioseq.config.differences import differences
        from bioseq.config.files import load

        if self._run is None or self._run != self._session.run_folder:
            return []
        try:
            trained = load(RunFolder(self._run).config)
        except BioseqError:
            return []
        changes = differences(trained, self._session.configuration)
        return [change.title for change in changes if not change.path.startswith("output.")]

    def _show_empty(self, title: str, text: str) -> None:
        self._empty.set_text(title, text)
        self._stack.setCurrentWidget(self._empty)
        self.frame.message.clear()
        self.frame.set_purpose(self.tr("How good the model is, and where it goes wrong."))
        self._hide_actions()

    def _show_error(self, error: BioseqError) -> None:
        self._judged = None
        self._show_empty(self.tr("These results cannot be shown"), "")
        text = " ".join(part for part in (error.message, error.remedy) if part)
        self.frame.message.show_message(text, "error", details=error.where)

    def _hide_actions(self) -> None:
        self.frame.set_primary("")
        self.frame.set_secondary("")
        self.report.setVisible(False)
        for split_button in self._split_buttons.values():
            split_button.setVisible(False)

    # ------------------------------------------------------------------ threshold and cells

    def set_threshold(self, threshold: float) -> None:
        """Judge by another threshold; all that hangs on it follows."""
        if self._judged is None or threshold == self._judged.threshold:
            return
        self._judged = replace(self._judged, threshold=threshold)
        self._close_cell()
        self.threshold.show_judged(self._judged)
        if not self._threshold_timer.isActive():
            self._threshold_timer.start()

    def choose_threshold(self, aim: ThresholdAim, share: float) -> None:
        """Choose the threshold that serves an aim best on the validation records, or on these if there are none."""
        judged = self._judged
        if judged is None or not judged.binary:
            return
        records, validation = self._choosing_records(judged)
        step = max(1, -(-len(records.truth) // MOST_TO_CHOOSE_BY))
        truth = np.asarray(records.truth[::step]) == judged.positive
        score = np.asarray(records.probabilities[::step, judged.positive])
        chosen = choose_threshold(truth, score, aim, value=share)
        if chosen is not None:
            self.set_threshold(chosen.threshold)
        self.threshold.show_choice(len(truth) if chosen is not None else 0, validation=validation)

    def _choosing_records(self, judged: Judged) -> tuple[EvaluatedRecords, bool]:
        """The validation records, where the run has them; and whether these are they."""
        if self._run is None or self._split == "validation" or not self._has_records("validation"):
            return judged.records, self._split == "validation"
        try:
            return EvaluatedRecords.open(_records_folder(self._run, "validation")), True
        except BioseqError:
            return judged.records, False

    def show_cell(self, true: int, told: int) -> None:
        """List the records of a cell of the confusion matrix."""
        if self._judged is None:
            return
        self.records.show_cell(self._judged, true, told)
        self.confusion.choose((true, told))
        QTimer.singleShot(0, self.records, self._scroll_to_records)

    def _scroll_to_records(self) -> None:
        self._area.ensureWidgetVisible(self.records)

    def _close_cell(self) -> None:
        self.records.setVisible(False)
        self.confusion.choose(None)

    # ------------------------------------------------------------------ export

    def _ask_and_export(self) -> None:
        proposal = str(RunFolder(self._run).figures if self._run is not None else Path.home())
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for the figures"), proposal)
        if folder:
            self.export_figures(Path(folder))

    def finish(self) -> None:
        """Show at once what waits for its turn."""
        self._turns.finish()

    def export_figures(self, folder: Path) -> None:
        """Write every figure as SVG, PDF, PNG and CSV, one file between two turns of the event loop."""
        if self._judged is None:
            return
        self.finish()
        kinds = (*paper.FORMATS, "csv")
        self._queue = [
            (plot, folder / f"{plot.figure.name}.{kind}") for plot in self.plots if plot.figure for kind in kinds
        ]
        self._export_next(folder, len(self._queue))

    def _export_next(self, folder: Path, total: int) -> None:
        if not self._queue:
            text = self.tr("{0} files lie in {1}.").format(number(total), for_display(str(folder)))
            self.frame.message.show_message(text, "success")
            self.figures_exported.emit(str(folder))
            return
        plot, path = self._queue.pop(0)
        try:
            plot.save(path)
        except BioseqError as error:
            self._queue = []
            self.frame.message.show_message(str(error), "error")
            return
        QTimer.singleShot(0, self, lambda: self._export_next(folder, total))


class VerdictCard(Card):
    """The verdict in one sentence, with what keeps it from being taken at its word."""

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._icon = IconLabel(theme, "check", size=24, tone="good")
        self._text = label("", "heading", wrap=True, selectable=True)
        self._caution = label("", "muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._text)
        words.addWidget(self._caution)
        row = QHBoxLayout()
        row.setSpacing(SPACE_3 - SPACE_2 // 2)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self.body.addLayout(row)

    @property
    def text(self) -> str:
        """What it says."""
        return self._text.text()

    @property
    def caution(self) -> str:
        """What it warns of."""
        return self._caution.text()

    def show_verdict(self, found: Verdict) -> None:
        """Say a verdict."""
        self._text.setText(for_display(found.text, longest=600))
        self._caution.setText(for_display(found.caution, longest=600))
        self._caution.setVisible(bool(found.caution))
        self._icon.show_icon(_ICONS[found.tone], found.tone)


def _carded(widget: QWidget, height: int) -> Card:
    card = Card()
    card.body.addWidget(widget)
    card.setMinimumHeight(height)
    return card


def _records_folder(run: Path, split: str) -> Path:
    """Where the evaluated records of a split lie: those judged first in the folder itself, others inside it."""
    inner = RunFolder(run).evaluation / split
    return inner if inner.is_dir() else RunFolder(run).evaluation


def _stamp(run: Path) -> tuple[float, int]:
    """Tells whether the figures of a run were written again."""
    try:
        about = RunFolder(run).metrics.stat()
    except OSError:
        return (0.0, 0)
    return (about.st_mtime, about.st_size)
