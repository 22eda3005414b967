"""Labels as the files write them and the classes that they are read as: renamed, joined, left out or cut numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from bioseq.sequences.label_findings import are_measured, group_spellings
from bioseq.sequences.label_texts import LabelRules, parse_cuts, parse_number, read_labels
from bioseq_gui.theme.tokens import SPACE_2
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import for_display, number, tip

if TYPE_CHECKING:
    from bioseq.config.inspection import Inspection
    from bioseq_gui.session import Session

_LABEL, _RECORDS, _CLASS = range(3)
_CUTS_WIDTH = 220


class ClassesPanel(QWidget):
    """A row per label, with the class that it is read as.

    Signals:
        setting_chosen: Configuration path and value.
    """

    setting_chosen = Signal(str, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._written: dict[str, int] = {}
        self._groups: list[list[str]] = []
        self._shown: tuple[object, ...] = ()
        self._filling = False
        self.table = QTableWidget(0, 3)
        self.join = button(self.tr("Join spellings of one class"))
        self.reset = button(self.tr("As the files write them"), "link")
        self.median = button(self.tr("At the median"))
        self.thirds = button(self.tr("Into three of one size"))
        self.cuts = QLineEdit()
        self._about = label("", "muted", wrap=True)
        self._numbers = QWidget()
        self._arrange()
        self.table.itemChanged.connect(self._take_item)
        self.join.clicked.connect(self._join)
        self.reset.clicked.connect(self._reset)
        self.median.clicked.connect(lambda: self._cut_at(0.5))
        self.thirds.clicked.connect(lambda: self._cut_at(1 / 3, 2 / 3))
        self.cuts.editingFinished.connect(self._take_cuts)
        session.configuration_changed.connect(self._show_settings)

    def _arrange(self) -> None:
        self.table.setHorizontalHeaderLabels((self.tr("Label in the files"), self.tr("Records"), self.tr("Class")))
        self.table.setAccessibleName(self.tr("Labels and their classes"))
        self.table.verticalHeader().setVisible(False)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        header = self.table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        header.setSectionResizeMode(_LABEL, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_CLASS, QHeaderView.ResizeMode.Stretch)
        self.cuts.setPlaceholderText(self.tr("for example 5 7.5"))
        self.cuts.setAccessibleName(self.tr("Numbers at which labels are cut into classes"))
        self.cuts.setMaximumWidth(_CUTS_WIDTH)
        title = label(self.tr("Cut numbers into classes:"))
        title.setBuddy(self.cuts)
        row = QHBoxLayout(self._numbers)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        for widget in (title, self.median, self.thirds, label(self.tr("or at")), self.cuts):
            row.addWidget(widget)
        row.addStretch(1)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_2)
        foot.addWidget(self.join)
        foot.addWidget(self.reset)
        foot.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_2, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(self._about)
        column.addWidget(self._numbers)
        column.addWidget(self.table, 1)
        column.addLayout(foot)

    def show_inspection(self, inspection: Inspection | None) -> None:
        """Show the labels of files that were read."""
        written: dict[str, int] = {}
        for report in inspection.sources if inspection is not None else ():
            for name, count in report.written_labels.items():
                written[name] = written.get(name, 0) + count
        self._written = written
        self._groups = group_spellings([name for name in written if name])
        self._show_settings()

    def _rules(self) -> LabelRules:
        data = self._session.configuration.data
        return LabelRules(data.classes, parse_cuts(data.label_cuts))

    def _show_settings(self) -> None:
        data = self._session.configuration.data
        wanted = (self._written, data.classes, data.label_cuts)
        if wanted == self._shown:
            return  # another option was changed
        self._shown = wanted
        rules = self._rules()
        read_as = read_labels(self._written, rules)
        numbers = are_measured(list(self._written), sum(self._written.values())) if self._written else False
        self._numbers.setVisible(numbers or bool(rules.cuts))
        apart = any(len({read_as[name] for name in group}) > 1 for group in self._groups)
        self.join.setVisible(apart and not numbers)
        self.reset.setVisible(bool(rules.classes or rules.cuts))
        self.cuts.setText(data.label_cuts)
        self._about.setText(self._describe(numbers, rules))
        self._fill(read_as)

    def _describe(self, numbers: bool, rules: LabelRules) -> str:
        if not self._written:
            return self.tr("The files tell no labels.")
        if numbers and not rules.cuts:
            return self.tr("The labels look like measured numbers. Cut them into classes to train on them.")
        return self.tr(
            "Type another name to rename a class; the same name joins labels; an empty one leaves their records "
            "without label."
        )

    def _fill(self, read_as: dict[str, str]) -> None:
        self._filling = True
        self.table.setRowCount(len(self._written))
        for row, (name, count) in enumerate(self._written.items()):
            for column, text in enumerate((for_display(name), number(count), read_as[name])):
                item = QTableWidgetItem(text)
                item.setToolTip(tip(name if column == _LABEL else text))
                item.setData(Qt.ItemDataRole.UserRole, name)
                if column != _CLASS:
                    item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEditable)
                self.table.setItem(row, column, item)
        self._filling = False

    def _take_item(self, item: QTableWidgetItem) -> None:
        if self._filling or item.column() != _CLASS:
            return
        name = str(item.data(Qt.ItemDataRole.UserRole))
        classes = dict(self._session.configuration.data.classes)
        wanted = " ".join(item.text().split())
        by_itself = read_labels(self._written, LabelRules(cuts=self._rules().cuts))[name]
        if wanted == by_itself:
            classes.pop(name, None)
        else:
            classes[name] = wanted
        self._choose("data.classes", classes)

    def _join(self) -> None:
        """Give the labels of each group the name of the most frequent of them."""
        classes = dict(self._session.configuration.data.classes)
        for group in self._groups:
            name = max(group, key=lambda label: self._written[label])
            classes.update({label: name for label in group if label != name})
        self._choose("data.classes", classes)

    def _reset(self) -> None:
        if self._session.configuration.data.classes:
            self._choose("data.classes", {})
        if self._session.configuration.data.label_cuts:
            self._choose("data.label_cuts", "")

    def _cut_at(self, *levels: float) -> None:
        known = [
            (value, count)
            for name, count in self._written.items()
            if (value := parse_number(name, bounds=True)) is not None
        ]
        values = np.repeat([value for value, _ in known], [count for _, count in known])
        cuts = dict.fromkeys(f"{np.quantile(values, level):.4g}" for level in levels)
        self._choose("data.label_cuts", " ".join(cuts))

    def _take_cuts(self) -> None:
        if self.cuts.text().strip() != self._session.configuration.data.label_cuts:
            self._choose("data.label_cuts", self.cuts.text().strip())

    def _choose(self, path: str, value: object) -> None:
        self.setting_chosen.emit(path, value)
