"""One study, under way or ended alike: how far it is, ranking and curves, figures, tests, what happened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from bioseq.evaluation.metrics import METRICS
from bioseq_gui.pages import compare_words as words
from bioseq_gui.pages.compare_winner import WinnerCard
from bioseq_gui.plots.study_plots import FigureBarsPlot, ImportancePlot, OverlaidCurves, SearchHistoryPlot
from bioseq_gui.studies.standings import beside_split, figure_of, judged_split, standings, trials
from bioseq_gui.studies.story import LOSS
from bioseq_gui.tables.paired_tests_table import PairedTestsView
from bioseq_gui.tables.ranking_table import RankingView
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, label
from bioseq_gui.widgets.text import duration, for_display, number, plain_tip

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bioseq_gui.studies.findings import Findings
    from bioseq_gui.studies.standings import Standing
    from bioseq_gui.studies.story import Note, StudyStory
    from bioseq_gui.theme.theme import Theme

_BAR = 1_000
_LINES = 5_000
_CURVES = (LOSS, "roc_auc", "mcc", "accuracy")


class ProgressCard(Card):
    """How far a study is: state, bar, times, counts, and the newest line of what happens and why."""

    def __init__(self) -> None:
        super().__init__()
        self._state = label("", "heading")
        self._left = label("", "strong")
        self._counts = label("", "muted")
        self._spent = label("", "muted")
        self._line = label("", wrap=True)
        self._line.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._bar = QProgressBar()
        self._bar.setRange(0, _BAR)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the study"))
        for left, right in ((self._state, self._left), (self._counts, self._spent)):
            row = QHBoxLayout()
            row.addWidget(left, 1)
            row.addWidget(right)
            self.body.addLayout(row)
            if left is self._state:
                self.body.addWidget(self._bar)
        self.body.addWidget(self._line)

    @property
    def texts(self) -> dict[str, str]:
        """All that it says, by name."""
        names = {
            "state": self._state,
            "left": self._left,
            "counts": self._counts,
            "spent": self._spent,
            "line": self._line,
        }
        return {name: shown.text() for name, shown in names.items()}

    def show_story(self, story: StudyStory, *, passed: float, asked: str) -> None:
        """Show how far a study is.

        Args:
            story: What the events tell.
            passed: Seconds since the newest event, while it is under way.
            asked: What the person asked for and has not happened yet: "stop", "cancel", "pause", "resume".
        """
        requests = {
            "stop": self.tr("Stopping: the trainings under way end and keep what they have"),
            "cancel": self.tr("Cancelling"),
            "pause": self.tr("Pausing"),
            "resume": self.tr("Going on"),
        }
        self._state.setText(requests.get(asked) or for_display(words.phase_text(story)))
        spent, left = words.times(story, passed)
        told = self.tr("{0} left at most") if story.minutes else self.tr("about {0} left")
        text = told.format(duration(left)) if left else self.tr("nearly done")
        self._left.setText(text if left is not None else "")
        budget = self.tr(" of {0}").format(duration(60 * story.minutes)) if story.minutes and story.live else ""
        self._spent.setText(self.tr("{0}{1} spent").format(duration(spent), budget) if story.run.started else "")
        share = words.share_done(story, passed)
        self._bar.setRange(0, _BAR if share is not None or not story.live else 0)
        self._bar.setValue(round(_BAR * (share or 0.0)))
        self._counts.setText(words.count_text(story))
        self._line.setText(for_display(words.line(story.notes[-1], story), longest=300) if story.notes else "")


class StudyView(QWidget):
    """All of one study.

    Attributes:
        progress: How far it is; hidden once it has ended with a result.
        winner: What it came to; hidden before that.
        ranking: The table of the candidates.
        curves: Their curves.
        bars: Figures with intervals.
        tests: Paired tests.
        rivals: Paired tests of the candidates of "Find the best model"; hidden without any.

    Signals:
        entry_opened: A training should be opened (its folder, relative to the study's).
    """

    entry_opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.progress = ProgressCard()
        self.winner = WinnerCard(theme)
        self.ranking = RankingView(theme)
        # Without a legend: the rows of the ranking show the mark and colour of each curve.
        self.curves = OverlaidCurves(theme, zoomable=True, headed=False)
        self.bars = FigureBarsPlot(theme)
        self.tests = PairedTestsView(theme)
        self.rivals = PairedTestsView(theme)
        self.rivals.setAccessibleName(self.tr("Paired tests of the candidates"))
        self.history = SearchHistoryPlot(theme)
        self.importance = ImportancePlot(theme)
        self.log = QPlainTextEdit()
        self.tabs = QTabWidget()
        self._curve_choice = QComboBox()
        self._bar_choice = QComboBox()
        self._tests_about = label("", "muted", wrap=True)
        self._rivals_about = label("", "muted", wrap=True)
        self._hint = label("", "muted", wrap=True)
        self._rows: tuple[Standing, ...] = ()
        self._story: StudyStory | None = None
        self._findings: Findings | None = None
        self._notes_shown: tuple[Note, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._arrange()
        self.ranking.chosen.connect(lambda _: self._draw_curves())
        self.ranking.chosen.connect(lambda _: self._show_hint())
        self.ranking.opened.connect(self._open)
        self._curve_choice.activated.connect(lambda _: self._draw_curves())
        self._bar_choice.activated.connect(lambda _: self._draw_bars())

    def _arrange(self) -> None:
        for choice, name in (
            (self._curve_choice, self.tr("Figure whose curves are drawn")),
            (self._bar_choice, self.tr("Figure that is compared")),
        ):
            choice.setProperty("kind", "quiet")
            choice.setAccessibleName(name)
            choice.setToolTip(plain_tip(name))
        for name in _CURVES:
            self._curve_choice.addItem(METRICS[name].title, name)
        self.curves.head.insertWidget(0, label(self.tr("Validation"), "strong"))
        self.curves.head.insertWidget(1, self._curve_choice)
        self.bars.head.insertWidget(1, self._bar_choice)
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(_LINES)
        self.log.setAccessibleName(self.tr("What happened, and why"))
        plot = Card()
        plot.body.addWidget(self.curves, 1)
        left = QWidget()
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(SPACE_2)
        rows.addWidget(self.ranking, 1)
        rows.addWidget(self._hint)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.setChildrenCollapsible(False)
        split.addWidget(left)
        split.addWidget(plot)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 1)
        split.setSizes([740, 340])
        self.ranking.setMinimumWidth(420)
        first = QWidget()
        inside = QVBoxLayout(first)
        inside.setContentsMargins(0, SPACE_2, 0, 0)
        inside.addWidget(split)
        self.tabs.addTab(first, self.tr("Ranking and curves"))
        self.tabs.addTab(self._boxed(self.bars), self.tr("Figures with intervals"))
        self.tabs.addTab(
            self._boxed(self._tests_about, self.tests, self._rivals_about, self.rivals), self.tr("Paired tests")
        )
        searched = QSplitter(Qt.Orientation.Horizontal)
        searched.setChildrenCollapsible(False)
        for part in (self.history, self.importance):
            searched.addWidget(self._boxed(part))
        self.tabs.addTab(searched, self.tr("Trials and what mattered"))
        self.tabs.addTab(self._boxed(self.log), self.tr("What happened"))
        self.tabs.setMinimumHeight(300)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(self.progress)
        column.addWidget(self.winner)
        column.addWidget(self.tabs, 1)

    def _boxed(self, *parts: QWidget) -> QWidget:
        """Parts on a card, with room between it and the line of the tabs."""
        card = Card()
        for part in parts:
            card.body.addWidget(part, 0 if part in (self._tests_about, self._rivals_about) else 1)
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, SPACE_2, 0, 0)
        column.addWidget(card)
        return holder

    # ------------------------------------------------------------------ showing

    @property
    def rows(self) -> tuple[Standing, ...]:
        """The candidates that are shown."""
        return self._rows

    def show_story(
        self,
        story: StudyStory,
        *,
        parameters: Mapping[int, int],
        findings: Findings | None,
        passed: float = 0.0,
        asked: str = "",
    ) -> None:
        """Show a study.

        Args:
            story: What its events tell.
            parameters: Number of an entry to its weights, as far as they are known.
            findings: What it found; None before its end.
            passed: Seconds since the newest event, while it is under way.
            asked: What the person asked for and has not happened yet.
        """
        self.progress.show_story(story, passed=passed, asked=asked)
        changed = story is not self._story or findings is not self._findings
        if not changed:
            return
        self._story, self._findings = story, findings
        self._rows = standings(story, parameters)
        split, beside = judged_split(story), beside_split(story)
        self.ranking.show_rows(self._rows, figure=figure_of(story), live=story.live, split=split, beside=beside)
        self._draw_curves()
        self._show_log(story)
        ended = story.concluded and findings is not None
        self.winner.setVisible(ended)
        self.progress.setVisible(not ended)
        self._show_hint()
        self._show_findings(story, findings if ended else None)

    def _show_hint(self) -> None:
        """How the order came about, or all about the candidate that is chosen."""
        chosen = next((row for row in self._rows if row.title == self.ranking.selected), None)
        if chosen is not None:
            reason = next((entry.now.reason for entry in chosen.entries if entry.now.reason), "")
            told = f"{chosen.title}: {chosen.note or reason}".removesuffix(": ")
            trained = words.trainings_text(chosen, figure_of(self._story)) if self._story is not None else ""
            parts = (told if not trained or told.endswith(".") else f"{told}.", trained)
            self._hint.setText(for_display(" ".join(filter(None, parts)), longest=600))
        elif self._story is not None:
            self._hint.setText(self._hint_text(self._story))

    def _hint_text(self, story: StudyStory) -> str:
        click = self.tr("Choose a row to see its curve; Enter opens its results.")
        if story.live:
            click = self.tr("Choose a row to see its curve.")
        if story.kind == "best":
            return self.tr("Ordered by log loss on validation, lower is better.") + " " + click
        if story.kind == "search" and story.ranking is not None:
            metric = METRICS[story.ranking.metric].title
            return self.tr("Ordered by {0} on validation.").format(words.lower(metric)) + " " + click
        if beside := beside_split(story):
            metric = METRICS[figure_of(story)].title
            told = self.tr("Ordered by {0} on validation; the {1} records judge and choose nothing.")
            return told.format(metric, words.split_word(beside)) + " " + click
        if judged_split(story) == "test":
            metric = METRICS[figure_of(story)].title
            return self.tr("Ordered by {0} on the test records.").format(metric) + " " + click
        return click

    def _show_findings(self, story: StudyStory, findings: Findings | None) -> None:
        searched = story.kind == "search"
        self.tabs.setTabVisible(3, searched)
        for tab, known in (
            (1, findings is not None and bool(findings.bars)),
            (2, findings is not None and bool(findings.tests or findings.rival_tests)),
        ):
            self.tabs.setTabEnabled(tab, known)
            self.tabs.setTabToolTip(tab, "" if known else self._missing(tab, ended=findings is not None))
        if searched:
            metric = story.ranking.metric if story.ranking is not None else figure_of(story)
            self.history.show_trials(trials(story, metric), metric)
            self.importance.show_shares(findings.importance if findings is not None else ())
        if findings is None:
            return
        self.winner.show_findings(story, findings, self._rows)
        self._offer_figures(findings)
        self._draw_bars()
        self._show_tests(findings)

    def _show_tests(self, findings: Findings) -> None:
        self.tests.tests.show_tests(findings.tests)
        about = self.tr(
            "Each pair is judged by the same {0} {1} records. The p-values are corrected for the number of pairs "
            "(Holm); below 0.05 chance hardly explains the difference."
        )
        self._tests_about.setText(about.format(number(findings.records), words.split_word(findings.split)))
        self.rivals.tests.show_tests(findings.rival_tests)
        rivals = self.tr(
            "The first candidates, held against each other on {0} validation records, each predicted by a model that "
            "had not learnt it. The same records chose the answer, so what was chosen looks a little too good here."
        )
        self._rivals_about.setText(rivals.format(number(findings.rival_records)))
        for parts, known in (
            ((self._tests_about, self.tests), bool(findings.tests)),
            ((self._rivals_about, self.rivals), bool(findings.rival_tests)),
        ):
            for part in parts:
                part.setVisible(known)

    def _missing(self, tab: int, *, ended: bool) -> str:
        if not ended:
            return self.tr("Comes at the end.")
        return self.tr("There is nothing to compare with.") if tab == 2 else self.tr("No model has figures.")

    def _offer_figures(self, findings: Findings) -> None:
        offered = [name for name in METRICS if any(name in bar.figures for bar in findings.bars)]
        chosen = self._bar_choice.currentData() or findings.metric
        with QSignalBlocker(self._bar_choice):
            self._bar_choice.clear()
            for name in offered:
                self._bar_choice.addItem(METRICS[name].title, name)
            self._bar_choice.setCurrentIndex(max(0, self._bar_choice.findData(chosen)))

    def _draw_bars(self) -> None:
        metric = self._bar_choice.currentData()
        if self._findings is not None and metric:
            self.bars.show_bars(self._findings.bars, metric, split=words.split_word(self._findings.split))

    def _draw_curves(self) -> None:
        """Draw again only what has changed: new epochs, another order, another choice."""
        model, chosen = self.ranking.ranking, self.ranking.selected
        metric = self._curve_choice.currentData()
        drawn = (
            metric,
            chosen,
            dict(model.styles),
            tuple((row.title, *(id(entry.curve) for entry in row.entries)) for row in self._rows),
        )
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._curve_choice.setVisible(any(row.shown.curve for row in self._rows))
        self.curves.show_rows(self._rows, model.styles, metric=metric, chosen=chosen)

    def _show_log(self, story: StudyStory) -> None:
        known = self._notes_shown
        goes_on = bool(known) and known[-1] in story.notes[-200:]
        first = story.notes.index(known[-1]) + 1 if goes_on else 0
        if not goes_on:
            self.log.clear()
        fresh = [f"{_clock(note.time)}  {words.line(note, story)}" for note in story.notes[first:]]
        if fresh:
            self.log.appendPlainText("\n".join(fresh))
        self._notes_shown = story.notes

    def _open(self, title: str) -> None:
        row = next((row for row in self._rows if row.title == title), None)
        usable = [entry for entry in row.entries if entry.usable] if row is not None else []
        if usable:
            self.entry_opened.emit(usable[0].now.folder)


def scrolled(content: QWidget) -> QScrollArea:
    """A page that scrolls where the window is low."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    content.setProperty("kind", "page")
    area.setWidget(content)
    return area


def _clock(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%H:%M:%S") if seconds else ""
