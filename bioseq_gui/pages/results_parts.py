"""Parts of the Results page: the tables of figures, the records of a cell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QWidget,
)

from bioseq.evaluation.metrics import METRICS, PER_CLASS
from bioseq.evaluation.standing import beside, lead_over, signed
from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.column_model import ColumnModel
from bioseq_gui.tables.columns import LETTERS_SHOWN, Column, ColumnKind
from bioseq_gui.tables.delegates import CellDelegate, SequenceDelegate
from bioseq_gui.tables.ordering import keys_of_floats, keys_of_integers, keys_of_text
from bioseq_gui.tables.table_view import FrozenTableView
from bioseq_gui.theme.tokens import SPACE_3
from bioseq_gui.widgets.basics import Card, label
from bioseq_gui.widgets.text import for_display, interval_text, number, tip

if TYPE_CHECKING:
    from bioseq.evaluation.bootstrap import Interval
    from bioseq.evaluation.paired_tests import Assessment
    from bioseq.evaluation.results import EvaluatedRecords, Evaluation, Scores
    from bioseq_gui.plots.results_plots import Judged
    from bioseq_gui.theme.theme import Theme

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_ROW, _HEAD, _NARROW = 23, 56, 68
_WIDEST_TITLE = 172
_RECORDS_HEIGHT = 300
_SAMPLED = 100_000
_SHOWN_PER_MODEL = ("balanced_accuracy", "mcc", "roc_auc", "pr_auc")
_SHOWN_PER_MEMBER = ("mcc", "roc_auc", "pr_auc", "loss")
_SHOWN_PER_CLASS = ("sensitivity", "precision", "f1", "roc_auc", "pr_auc", "mcc")


class FigureTable(QTableWidget):
    """Rows of figures with right-aligned numbers; the best of each row is bold."""

    def __init__(self, name: str, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ContiguousSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.verticalHeader().setVisible(False)
        self.verticalHeader().setDefaultSectionSize(_ROW)
        self.verticalHeader().setMinimumSectionSize(_ROW - 2)
        header = self.horizontalHeader()
        header.setDefaultAlignment(_RIGHT | Qt.TextFlag.TextWordWrap)
        header.setFixedHeight(_HEAD)
        self.setStyleSheet(
            "QHeaderView::section { padding: 2px 5px; font-size: 12px; } QTableView::item { padding: 2px 3px; }"
        )
        header.setHighlightSections(False)
        header.setSectionsClickable(False)

    def show_evaluation(self, evaluation: Evaluation) -> None:
        """Metrics down; model, best simple model and largest class across."""
        predictors = (evaluation.model, *beside(evaluation))
        names = [name for name in METRICS if any(name in one.metrics for one in predictors)]
        self._begin(len(names), [self.tr("Metric"), *self._headings(evaluation, predictors)])
        for place, one in enumerate(predictors, 1):
            if (heading := self.horizontalHeaderItem(place)) is not None:
                heading.setToolTip(tip(one.title))
        for row, name in enumerate(names):
            metric = METRICS[name]
            values = [one.metrics.get(name, math.nan) for one in predictors]
            self._set_row(row, metric.title, values, metric.help, best=_best(values, higher=metric.higher_is_better))
            for column, one in enumerate(predictors, 1):
                self._add_interval(row, column, one.intervals.get(name), shown=one.name != "majority")
        for column, one in enumerate(predictors, 1):
            if one.name == "majority":
                self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.Fixed)
                self.setColumnWidth(column, _NARROW)

    def show_predictors(self, evaluation: Evaluation) -> None:
        """Model and all simple models down; some metrics across."""
        predictors = (evaluation.model, *evaluation.baselines)
        names = [name for name in _SHOWN_PER_MODEL if any(name in one.metrics for one in predictors)]
        self._begin(len(predictors), [self.tr("Model"), *(METRICS[name].title for name in names)])
        for row, one in enumerate(predictors):
            heading = self._headings(evaluation, predictors)[row]
            self._set_row(row, heading, [one.metrics.get(name, math.nan) for name in names], one.title)
            for column, name in enumerate(names, 1):
                self._add_interval(row, column, one.intervals.get(name), shown=False)

    def show_members(self, evaluation: Evaluation) -> None:
        """An ensemble and its members down; some metrics across, the best of each in bold."""
        predictors = (evaluation.model, *evaluation.members)
        names = [name for name in _SHOWN_PER_MEMBER if any(name in one.metrics for one in predictors)]
        self._begin(len(predictors), [self.tr("Model"), *(METRICS[name].title for name in names)])
        for row, one in enumerate(predictors):
            # Beside its number the model says enough; the tip has the title whole.
            model = one.title.partition(": ")[2] or one.title
            title = self.tr("{0}  {1}").format(row, model) if row else self.tr("All together")
            if one.weight:
                title = self.tr("{0:.0f} %  {1}").format(100 * one.weight, model)
            self._set_row(row, title, [one.metrics.get(name, math.nan) for name in names], one.title)
        for column, name in enumerate(names, 1):
            values = [one.metrics.get(name, math.nan) for one in predictors]
            best = _best(values, higher=METRICS[name].higher_is_better)
            for row, value in enumerate(values):
                if value == best and (item := self.item(row, column)) is not None:
                    item.setFont(_bold(self.font()))
            self._add_interval(0, column, evaluation.model.intervals.get(name), shown=False)
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.setColumnWidth(0, min(self.sizeHintForColumn(0), _WIDEST_TITLE))

    def show_leads(self, evaluation: Evaluation) -> None:
        """Metrics down, simple models across: how much more the model has; bold where chance hardly explains it."""
        known = [one for one in evaluation.baselines if one.lead]
        names = [name for name in METRICS if any(name in one.lead and one.lead[name].defined for one in known)]
        self._begin(len(names), [self.tr("Model less"), *(self._short(one) for one in known)])
        for row, name in enumerate(names):
            leads = [lead_over(evaluation, one, name) for one in known]
            values = [math.nan if lead is None else lead.interval.value for lead in leads]
            self._set_row(row, METRICS[name].title, values, METRICS[name].help)
            for column, (one, lead) in enumerate(zip(known, leads, strict=True), 1):
                item = self.item(row, column)
                if item is None or lead is None or not lead.interval.defined:
                    continue
                item.setText(interval_text(lead.interval, signed=True))
                item.setToolTip(tip(lead_sentence(one.title, name, lead)))
                if lead.significant:
                    item.setFont(_bold(self.font()))
        for column in range(1, len(known) + 1):
            self.horizontalHeader().setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)

    def _headings(self, evaluation: Evaluation, predictors: tuple[Scores, ...]) -> list[str]:
        """Titles in few words; that of a combination names each part, which a narrow column has no room for."""
        combined = any(one.weight for one in evaluation.members)
        return [
            self.tr("Combination") if combined and one is evaluation.model else self._short(one) for one in predictors
        ]

    def _short(self, scores: Scores) -> str:
        """The title in few words, for a narrow column; the tip has it whole."""
        known = {
            "majority": self.tr("Largest class"),
            "composition": self.tr("Length and letters"),
            "kmer_regression": self.tr("k-mer regression"),
            "logistic_regression": self.tr("Logistic regression"),
            "gradient_boosting": self.tr("Gradient boosting"),
        }
        return known.get(scores.name, scores.title)

    def show_classes(self, evaluation: Evaluation) -> None:
        """Classes down, each against the rest; metrics across."""
        names = [name for name in _SHOWN_PER_CLASS if name in PER_CLASS]
        self._begin(len(evaluation.labels), [self.tr("Class"), *(METRICS[name].title for name in names)])
        for place, name in enumerate(names):
            if (heading := self.horizontalHeaderItem(place + 1)) is not None:
                heading.setToolTip(tip(METRICS[name].help))
        for row, label_name in enumerate(evaluation.labels):
            figures = evaluation.model.per_class.get(label_name, {})
            count = sum(evaluation.model.confusion[row]) if row < len(evaluation.model.confusion) else 0
            help_text = self.tr("{0} records of this class").format(number(count))
            self._set_row(row, label_name, [figures.get(name, math.nan) for name in names], help_text)
            known = evaluation.model.class_intervals.get(label_name, {})
            for column, name in enumerate(names, 1):
                self._add_interval(row, column, known.get(name), shown=False)

    def _begin(self, rows: int, headings: list[str]) -> None:
        self.clear()
        self.setRowCount(rows)
        self.setColumnCount(len(headings))
        for column, heading in enumerate(headings):
            item = QTableWidgetItem(for_display(heading))
            item.setToolTip(tip(heading))
            side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
            # Only the role takes text flags beside alignment: without them a long heading is cut off.
            flags = side.value | Qt.AlignmentFlag.AlignBottom.value | Qt.TextFlag.TextWordWrap.value
            item.setData(Qt.ItemDataRole.TextAlignmentRole, flags)
            self.setHorizontalHeaderItem(column, item)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)

    def _set_row(self, row: int, title: str, values: list[float], help_text: str, *, best: float = math.nan) -> None:
        heading = QTableWidgetItem(for_display(title))
        heading.setToolTip(tip(help_text))
        self.setItem(row, 0, heading)
        for column, value in enumerate(values, 1):
            item = QTableWidgetItem(f"{value:.3f}" if math.isfinite(value) else "–")
            item.setTextAlignment(_RIGHT)
            item.setToolTip(tip(help_text if math.isfinite(value) else self.tr("Not defined here. ") + help_text))
            if len(values) > 1 and value == best:
                item.setFont(_bold(self.font()))
            self.setItem(row, column, item)

    def _add_interval(self, row: int, column: int, interval: Interval | None, *, shown: bool) -> None:
        """Add a figure's interval, beside it where it is shown and to its tip; it stays as it is without one."""
        item = self.item(row, column)
        if item is None or interval is None or not interval.defined:
            return
        if shown:
            item.setText(interval_text(interval))
        bounds = self.tr("{0:g} % interval: {1}").format(100 * interval.level, interval.bounds_text())
        item.setToolTip(tip(f"{item.toolTip()} {bounds}"))


def lead_sentence(title: str, metric: str, lead: Assessment) -> str:
    """What the difference to a simple model of this title says, in plain words."""
    interval = lead.interval
    better = interval.value > 0 if METRICS[metric].higher_is_better else interval.value < 0
    verdict = tr("chance may explain it")
    if lead.significant:
        verdict = tr("the model is better") if better else tr("the simple model is better")
    sentence = tr("{0}: the model has {1} beside “{2}” ({3:g} % interval {4} to {5}, p {6:.2g}): {7}.")
    bounds = 100 * interval.level, signed(interval.low), signed(interval.high)
    return sentence.format(METRICS[metric].title, signed(interval.value), title, *bounds, lead.p, verdict)


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("ResultsPage", text)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.Bold)
    return bold


def _best(values: list[float], *, higher: bool) -> float:
    known = [value for value in values if math.isfinite(value)]
    return (max(known) if higher else min(known)) if known else math.nan


class CellRecords(Card):
    """The records of one cell of the confusion matrix.

    Signals:
        closed: The person has seen enough.
    """

    closed = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._heading = label("", "strong")
        close = QToolButton()
        close.setText("✕")
        close.setAccessibleName(self.tr("Close the list"))
        close.setToolTip(self.tr("Close the list"))
        close.clicked.connect(self.closed)
        head = QHBoxLayout()
        head.setSpacing(SPACE_3)
        head.addWidget(self._heading)
        head.addWidget(label(self.tr("Surest first. Ctrl+C copies what is selected."), "muted"), 1)
        head.addWidget(close)
        self._model = ColumnModel()
        self._model.setParent(self)
        self._view = FrozenTableView(self._model)
        self._view.setAccessibleName(self.tr("Records of the cell"))
        self._letters = SequenceDelegate(theme, parent=self)
        self._plain = CellDelegate(theme, self)
        self.body.addLayout(head)
        self.body.addWidget(self._view, 1)
        self.setFixedHeight(_RECORDS_HEIGHT)
        self.setVisible(False)

    @property
    def model(self) -> ColumnModel:
        """The rows that are shown."""
        return self._model

    @property
    def heading(self) -> str:
        """What it says above the list."""
        return self._heading.text()

    def show_cell(self, judged: Judged, true: int, told: int) -> None:
        """List the records of a true class that were told to be another (or the same), surest first."""
        labels = judged.evaluation.labels
        rows = cell_rows(judged, true, told)
        self._heading.setText(
            self.tr("{0} records of “{1}” told to be “{2}”").format(number(len(rows)), labels[true], labels[told])
        )
        self._model.set_columns(_columns(judged.records, rows, told, labels[told]), len(rows))
        self._letters.set_molecule(_molecule(judged.records))
        last = self._model.columnCount() - 1
        for column in range(last + 1):
            self._view.set_delegate(column, self._letters if column == last else self._plain)
        self._view.show_columns()
        self._view.horizontalHeader().setStretchLastSection(True)
        self.setVisible(True)


def _molecule(records: EvaluatedRecords) -> Molecule:
    """What the letters are coloured as: nucleotides when a sample holds no other letter."""
    letters = set(np.unique(records.sequences.buffer[:_SAMPLED]).tolist())
    return Molecule.DNA if letters <= set(b"ACGTUNacgtun") else Molecule.PROTEIN


def cell_rows(judged: Judged, true: int, told: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Numbers of the records in a cell of the confusion matrix, those with the highest probability first."""
    rows = np.flatnonzero((np.asarray(judged.records.truth) == true) & (judged.told() == told))
    chances = np.asarray(judged.records.probabilities[rows, told])
    return rows[np.argsort(-chances, kind="stable")]


def _columns(
    records: EvaluatedRecords, rows: np.ndarray[tuple[int], np.dtype[np.intp]], told: int, told_name: str
) -> list[Column]:
    ids, sequences = records.ids.take(rows), records.sequences.take(rows)
    chances = np.asarray(records.probabilities[rows, told], np.float32)
    lengths = np.diff(sequences.offsets)

    def shown_letters(row: int) -> str:
        start, end = int(sequences.offsets[row]), int(sequences.offsets[row + 1])
        return sequences.buffer[start : min(end, start + LETTERS_SHOWN)].tobytes().decode("latin-1")

    return [
        Column(
            "id",
            "Id",
            "Name of the record",
            ColumnKind.TEXT,
            ids.__getitem__,
            ids.__getitem__,
            lambda: keys_of_text(ids),
            200,
        ),
        Column(
            "probability",
            f"P({told_name})",
            "Probability that the model gives to this class",
            ColumnKind.NUMBER,
            lambda row: float(chances[row]),
            lambda row: f"{chances[row]:.4f}",
            lambda: keys_of_floats(chances),
            120,
        ),
        Column(
            "length",
            "Length",
            "Letters of the sequence",
            ColumnKind.NUMBER,
            lambda row: int(lengths[row]),
            lambda row: number(int(lengths[row])),
            lambda: keys_of_integers(lengths),
            80,
        ),
        Column(
            "sequence",
            "Sequence",
            "The letters",
            ColumnKind.SEQUENCE,
            lambda row: shown_letters(row).encode("latin-1"),
            sequences.__getitem__,
            lambda: keys_of_text(sequences),
            320,
            preview=shown_letters,
        ),
    ]
