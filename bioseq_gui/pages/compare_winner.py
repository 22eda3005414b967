"""What a study came to, on one card: who won, how good it is beside the best simple model, and what to do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout

from bioseq.evaluation.metrics import METRICS
from bioseq.evaluation.standing import best_baseline, compared_by
from bioseq_gui.pages import compare_words as words
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import Card, IconLabel, button, clear_layout, label
from bioseq_gui.widgets.text import for_display, number, plain_tip

if TYPE_CHECKING:
    from bioseq.evaluation.results import Evaluation
    from bioseq_gui.studies.findings import Findings
    from bioseq_gui.studies.standings import Standing
    from bioseq_gui.studies.story import StudyStory
    from bioseq_gui.theme.theme import Theme

_SHOWN = ("roc_auc", "mcc", "accuracy", "sensitivity", "specificity")


class WinnerCard(Card):
    """The winner.

    Signals:
        predict_requested: Predict with it.
        configuration_requested: Save its configuration.
        table_requested: Write the table of the study.
    """

    predict_requested = Signal()
    configuration_requested = Signal()
    table_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._icon = IconLabel(theme, "star", tone="good")
        self._title = label("", "heading", wrap=True)
        self._verdict = label("", "strong", wrap=True, selectable=True)
        self._beside = label("", wrap=True, selectable=True)
        self._why = label("", "muted", wrap=True, selectable=True)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE_3)
        self._grid.setVerticalSpacing(SPACE_1)
        self.predict = button(self.tr("Use this model for prediction"))
        self.configuration = button(self.tr("Save its configuration…"))
        self.table = button(self.tr("Export the table…"), tip=self.tr("All figures of all models, as CSV"))
        self._arrange()
        self.predict.clicked.connect(self.predict_requested)
        self.configuration.clicked.connect(self.configuration_requested)
        self.table.clicked.connect(self.table_requested)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        said = QVBoxLayout()
        said.setSpacing(SPACE_2)
        said.addLayout(head)
        said.addWidget(self._verdict)
        said.addWidget(self._beside)
        said.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_4)
        row.addLayout(said, 1)
        row.addLayout(self._grid)
        actions = QHBoxLayout()
        actions.setSpacing(SPACE_2)
        for action in (self.predict, self.configuration, self.table):
            actions.addWidget(action)
        actions.addStretch(1)
        self.body.addLayout(row)
        self.body.addWidget(self._why)
        self.body.addLayout(actions)

    @property
    def texts(self) -> dict[str, str]:
        """What it says, by name."""
        return {
            "title": self._title.text(),
            "verdict": self._verdict.text(),
            "beside": self._beside.text(),
            "why": self._why.text(),
        }

    def show_findings(self, story: StudyStory, findings: Findings, rows: tuple[Standing, ...]) -> None:
        """Show the winner of a study that has ended."""
        result = findings.result
        self._title.setText(for_display(words.winner_title(story, findings, rows)))
        self._title.setAccessibleName(self._title.text())
        sentence, beside, tone = words.verdict_of(findings)
        self._verdict.setText(sentence)
        self._beside.setText(beside)
        self._beside.setVisible(bool(beside))
        self._icon.show_icon("star" if tone == "good" else "info", tone)
        self._why.setText(" ".join(findings.why) or words.comparison_sentence(findings))
        self._why.setVisible(bool(self._why.text()))
        several = story.kind == "compare" and bool(rows) and len(rows[0].entries) > 1
        self._show_figures(result, self.tr("its first training") if several else self.tr("this model"))
        self.predict.setEnabled(findings.run is not None)
        self.configuration.setEnabled(findings.run is not None)

    def _show_figures(self, result: Evaluation | None, whose: str) -> None:
        clear_layout(self._grid)
        if result is None:
            return
        simple = best_baseline(result, compared_by(result))
        where = self.tr("{0} {1} records").format(number(result.records), words.split_word(result.split))
        headings = [where, whose, *([self.tr("best simple model")] if simple is not None else [])]
        for column, text in enumerate(headings):
            self._grid.addWidget(label(text, "muted"), 0, column, self._side(column))
        for row, name in enumerate(_SHOWN, 1):
            if name not in result.model.metrics:
                continue
            self._grid.addWidget(label(METRICS[name].title), row, 0)
            made = label(words.figure_text(result.model, name), "strong", selectable=True)
            made.setToolTip(plain_tip(METRICS[name].help))
            self._grid.addWidget(made, row, 1, self._side(1))
            if simple is not None:
                self._grid.addWidget(label(words.figure_text(simple, name), selectable=True), row, 2, self._side(2))
        note = self.tr("In brackets: 95 % intervals.")
        if simple is not None:
            note += " " + self.tr("Best simple model: {0}.").format(for_display(simple.title))
        self._grid.addWidget(label(note, "muted", wrap=True), len(_SHOWN) + 1, 0, 1, 3)
        self._grid.setRowStretch(len(_SHOWN) + 2, 1)

    def _side(self, column: int) -> Qt.AlignmentFlag:
        return Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
