"""Paired tests in words: which of two models is better, by how much, and whether that may be chance."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bioseq.evaluation.metrics import METRICS
from bioseq_gui.tables.delegates import CellDelegate
from bioseq_gui.tables.table_view import hide_for_room, make_quick
from bioseq_gui.widgets.text import for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QResizeEvent

    from bioseq_gui.studies.findings import PairedTest
    from bioseq_gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

_NAME_ROOM = 150
"""Least width of the name of a model, px."""


class PairColumn(IntEnum):
    """The columns, from left to right."""

    FIRST = 0
    SECOND = 1
    DIFFERENCE = 2
    CHANCE = 3
    MEANING = 4
    ALONE = 5


_WIDTHS = {
    PairColumn.FIRST: 190,
    PairColumn.SECOND: 190,
    PairColumn.DIFFERENCE: 216,
    PairColumn.CHANCE: 108,
    PairColumn.MEANING: 158,
    PairColumn.ALONE: 112,
}


class PairedTestsModel(QAbstractTableModel):
    """Pairs as rows: clear differences first, then the larger before the smaller."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PairedTest, ...] = ()
        self._titles = {
            PairColumn.FIRST: self.tr("Model"),
            PairColumn.SECOND: self.tr("Held against"),
            PairColumn.CHANCE: self.tr("p, corrected"),
            PairColumn.MEANING: self.tr("In words"),
            PairColumn.ALONE: self.tr("Right alone"),
        }
        self._helps = {
            PairColumn.DIFFERENCE: self.tr(
                "The first less the second, on the same records, with the 95 % interval by the paired bootstrap, as "
                "wide as the number of pairs asks for."
            ),
            PairColumn.CHANCE: self.tr(
                "How often chance alone would show such a difference between equal models, raised for the number of "
                "pairs: below 0.05 exactly where the interval leaves out 0."
            ),
            PairColumn.ALONE: self.tr("Records that only the first, and only the second, gets right."),
        }

    def show_tests(self, tests: Sequence[PairedTest]) -> None:
        """Show other tests."""
        self.beginResetModel()
        self._rows = tuple(sorted(tests, key=lambda test: (not test.clear, -abs(_known(test.difference)))))
        self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Pairs."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(PairColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        test, column = self._rows[index.row()], PairColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return for_display(self._text(test, column))
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self._helps.get(column, "") or self._text(test, column))
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._title(column)}: {for_display(self._text(test, column))}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings."""
        if orientation == Qt.Orientation.Vertical:
            return None
        column = PairColumn(section)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._title(column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _LEFT
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self._helps.get(column, self._title(column)))
            case _:
                return None

    def _title(self, column: PairColumn) -> str:
        if column is PairColumn.DIFFERENCE:
            metric = METRICS[self._rows[0].metric].title if self._rows else ""
            return self.tr("Difference in {0}").format(metric) if metric else self.tr("Difference")
        return self._titles[column]

    def _text(self, test: PairedTest, column: PairColumn) -> str:
        match column:
            case PairColumn.FIRST:
                return test.first
            case PairColumn.SECOND:
                return test.second
            case PairColumn.DIFFERENCE:
                return difference_text(test)
            case PairColumn.CHANCE:
                return chance_text(test.p)
            case PairColumn.MEANING:
                return meaning_text(test)
            case _:
                known = test.only_first >= 0
                return (
                    self.tr("{0} against {1}").format(number(test.only_first), number(test.only_second))
                    if known
                    else "–"
                )


def _tr(text: str) -> str:
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("PairedTests", text)


def difference_text(test: PairedTest) -> str:
    """The difference with its bounds: "+0.013 (+0.004 to +0.022)"."""
    if math.isnan(test.difference):
        return "–"
    text = f"{test.difference:+.3f}"
    if math.isfinite(test.low) and math.isfinite(test.high):
        text += _tr(" ({0} to {1})").format(f"{test.low:+.3f}", f"{test.high:+.3f}")
    return text.replace("-", "\N{MINUS SIGN}")


def chance_text(p: float) -> str:
    """A p-value with as many digits as it deserves."""
    if math.isnan(p):
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}" if p < 0.1 else f"{p:.2f}"


def meaning_text(test: PairedTest) -> str:
    """What a test says, in a few words."""
    if math.isnan(test.low) or math.isnan(test.difference):
        return _tr("cannot be told")
    if not test.clear:
        return _tr("no clear difference")
    return _tr("the first is better") if test.difference > 0 else _tr("the second is better")


def _known(value: float) -> float:
    return 0.0 if math.isnan(value) else value


class PairedTestsView(QTableView):
    """The paired tests as a table."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tests = PairedTestsModel(self)
        make_quick(self)
        self.setModel(self.tests)
        self.setAccessibleName(self.tr("Paired tests"))
        self.setProperty("framed", "true")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setItemDelegate(CellDelegate(theme, self))
        self.setCornerWidget(QWidget())
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(72)
        for column, width in _WIDTHS.items():
            self.setColumnWidth(column, width)
        for column in (PairColumn.FIRST, PairColumn.SECOND):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        theme.changed.connect(self.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The names keep their room; where there is little, the counts of records go."""
        super().resizeEvent(event)
        names = (PairColumn.FIRST, PairColumn.SECOND)
        fixed = {int(column): width for column, width in _WIDTHS.items() if column not in names}
        hide_for_room(self, widths=fixed, room=2 * _NAME_ROOM, dispensable=(PairColumn.ALONE,))
