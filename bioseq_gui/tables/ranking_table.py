"""The ranking of a study: place, model, how it stands, its figure with a bar, time, weights."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from bioseq.evaluation.metrics import METRICS
from bioseq_gui.tables.column_model import VALUE_ROLE
from bioseq_gui.tables.delegates import CellDelegate, StatusDelegate
from bioseq_gui.tables.ranking_cells import FigureDelegate, NameDelegate, PlaceDelegate
from bioseq_gui.tables.table_view import hide_for_room, make_quick
from bioseq_gui.widgets.text import duration, for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QKeyEvent, QResizeEvent

    from bioseq_gui.studies.standings import Standing
    from bioseq_gui.studies.story import EntryStory
    from bioseq_gui.theme.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
STYLED = 8
"""Candidates with a colour and a mark of their own; the others are grey."""
_LONG_TITLE = 60
"""Letters from which a name is that of a trial with all its settings, whose beginning tells most."""
_NAME_ROOM = 230
"""Least width of the names of models, px: that of most."""


class RankColumn(IntEnum):
    """The columns, from left to right."""

    PLACE = 0
    MODEL = 1
    STATE = 2
    FIGURE = 3
    JUDGED = 4
    LOSS = 5
    TIME = 6
    WEIGHTS = 7


_WIDTHS = {
    RankColumn.PLACE: 62,
    RankColumn.MODEL: 190,
    RankColumn.STATE: 132,
    RankColumn.FIGURE: 126,
    RankColumn.JUDGED: 124,
    RankColumn.LOSS: 88,
    RankColumn.TIME: 68,
    RankColumn.WEIGHTS: 86,
}
_LONG_HEADING = 172
"""Width of the figure once its heading says on which records it is, px."""
_NUMERIC = frozenset({RankColumn.JUDGED, RankColumn.LOSS, RankColumn.TIME, RankColumn.WEIGHTS})


class RankingModel(QAbstractTableModel):
    """Candidates as rows, the best first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Standing, ...] = ()
        self._styles: dict[str, int] = {}
        self._figure = "roc_auc"
        self._live = False
        self._split = "validation"
        self._beside = ""
        self._titles = {
            RankColumn.PLACE: self.tr("Place"),
            RankColumn.MODEL: self.tr("Model"),
            RankColumn.STATE: self.tr("State"),
            RankColumn.LOSS: self.tr("Log loss"),
            RankColumn.TIME: self.tr("Time"),
            RankColumn.WEIGHTS: self.tr("Weights"),
        }

    def show_rows(
        self, rows: Sequence[Standing], *, figure: str, live: bool, split: str = "validation", beside: str = ""
    ) -> None:
        """Show these candidates.

        Args:
            rows: The best first.
            figure: The figure with the bar.
            live: Trainings are under way; one that stopped may go on.
            split: The records that the figure speaks of.
            beside: The records of the same figure in a column of its own, which orders nothing; empty for none.
        """
        rows = tuple(rows)
        renamed = (figure, split, beside) != (self._figure, self._split, self._beside)
        self._figure, self._live, self._split, self._beside = figure, live, split, beside
        self._name_styles(rows)
        if len(rows) != len(self._rows):
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()
        else:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(RankColumn) - 1))
        if renamed:
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, RankColumn.FIGURE, RankColumn.JUDGED)

    def _name_styles(self, rows: tuple[Standing, ...]) -> None:
        """The first few keep the colour that they have; a new one among them takes one that is free."""
        first = [row.title for row in rows[:STYLED] if row.place]
        kept = {title: style for title, style in self._styles.items() if title in first}
        free = [style for style in range(STYLED) if style not in kept.values()]
        for title in first:
            if title not in kept:
                kept[title] = free.pop(0)
        self._styles = kept

    @property
    def styles(self) -> dict[str, int]:
        """Title of a candidate to the number of its colour and mark, for the first few."""
        return self._styles

    def standing(self, row: int) -> Standing:
        """The candidate in a row."""
        return self._rows[row]

    def row_of(self, title: str) -> int:
        """Where a candidate stands; -1 when it does not."""
        return next((row for row, standing in enumerate(self._rows) if standing.title == title), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Candidates."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """All columns."""
        return 0 if parent.isValid() else len(RankColumn)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """What a view asks of one cell."""
        standing, column = self._rows[index.row()], RankColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return for_display(self._text(standing, column))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _NUMERIC else _LEFT
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self.title(column)}: {for_display(self._text(standing, column))}"
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self._tip(standing, column))
            case _ if role == VALUE_ROLE:
                return self._value(standing, column)
            case _:
                return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Headings, with what they mean as tips."""
        if orientation == Qt.Orientation.Vertical:
            return None
        column = RankColumn(section)
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.title(column)
            case Qt.ItemDataRole.TextAlignmentRole:
                return _RIGHT if column in _NUMERIC else _LEFT
            case Qt.ItemDataRole.ToolTipRole:
                return tip(self._help(column))
            case _:
                return None

    def title(self, column: RankColumn) -> str:
        """Heading of a column."""
        if column not in (RankColumn.FIGURE, RankColumn.JUDGED):
            return self._titles[column]
        title = METRICS[self._figure].title
        if column is RankColumn.JUDGED or self._split == "test":
            return self.tr("Test {0}").format(title)
        return self.tr("Validation {0}").format(title) if self._beside else title

    def _help(self, column: RankColumn) -> str:
        match column:
            case RankColumn.FIGURE:
                text = self.tr("On validation records: mean over the trainings that ended, else the best so far.")
                if self._split == "test":
                    text = self.tr("On the test records: mean over all trainings.")
                return f"{text} {METRICS[self._figure].help}"
            case RankColumn.JUDGED:
                return self.tr("On the test records, which judge and choose nothing: mean over all trainings.")
            case RankColumn.LOSS:
                return self.tr("On validation records, lower is better: it asks for honest probabilities too.")
            case RankColumn.WEIGHTS:
                return self.tr("Numbers that the network learns; a feature baseline has none.")
            case RankColumn.TIME:
                return self.tr("Spent on all trainings of this model so far.")
            case _:
                return self.title(column)

    def _text(self, standing: Standing, column: RankColumn) -> str:
        match column:
            case RankColumn.PLACE:
                return str(standing.place) if standing.place else "–"
            case RankColumn.MODEL:
                return standing.title
            case RankColumn.STATE:
                return state_text(standing, live=self._live)
            case RankColumn.FIGURE:
                return _digits(standing.value)
            case RankColumn.JUDGED:
                return _digits(standing.judged)
            case RankColumn.LOSS:
                return _digits(standing.loss)
            case RankColumn.TIME:
                return clock(standing.seconds) if standing.seconds else ""
            case _:
                return weights_text(standing.parameters)

    def _tip(self, standing: Standing, column: RankColumn) -> str:
        reason = next((entry.now.reason for entry in standing.entries if entry.now.reason), "")
        match column:
            case RankColumn.STATE if reason:
                return f"{self._text(standing, column)}: {reason}"
            case RankColumn.MODEL | RankColumn.PLACE if standing.note:
                return f"{standing.title}: {standing.note}"
            case RankColumn.TIME:
                return duration(standing.seconds)
            case RankColumn.FIGURE if not standing.settled and math.isfinite(standing.value):
                return self.tr("The best so far; the training goes on.")
            case _:
                return self._text(standing, column)

    def _value(self, standing: Standing, column: RankColumn) -> Any:
        match column:
            case RankColumn.PLACE:
                return (standing.place, self._styles.get(standing.title, -1))
            case RankColumn.MODEL:
                return len(standing.title) > _LONG_TITLE
            case RankColumn.STATE:
                return tone_of(standing, live=self._live)
            case RankColumn.FIGURE:
                metric = METRICS[self._figure]
                span = metric.maximum - metric.minimum
                return ((standing.value - metric.minimum) / span, standing.settled)
            case _:
                return None


def _tr(text: str) -> str:
    from PySide6.QtCore import QCoreApplication

    return QCoreApplication.translate("Ranking", text)


def state_text(standing: Standing, *, live: bool) -> str:
    """How a candidate stands, in a few words."""
    running, entries = standing.running, standing.entries
    several = len(entries) > 1
    done = sum(entry.over for entry in entries)
    if running is not None and not live:
        return _tr("interrupted")
    if running is not None:
        part = _tr("{0} of {1}: ").format(done + 1, len(entries)) if several else ""
        return part + _under_way(running, briefly=several)
    states = {entry.now.state for entry in entries}
    if states == {"waiting"}:
        return _tr("waits") if live else _tr("not tried")
    if done < len(entries):
        return _tr("{0} of {1} done").format(done, len(entries))
    usable = sum(entry.usable for entry in entries)
    if not usable:
        return _tr("not possible") if states <= {"skipped"} else _tr("failed")
    if several:
        return _tr("{0} trainings").format(usable) if usable == done else _tr("{0} of {1} worked").format(usable, done)
    if states == {"stopped"}:
        return _tr("waits its turn") if live else _tr("not to its end")
    return _tr("done")


def _under_way(entry: EntryStory, *, briefly: bool) -> str:
    if not entry.curve:
        return _tr("begins")
    newest = entry.curve[-1]
    if newest.reached:
        return for_display(newest.reached, longest=24)
    told = _tr("{0} of {1}") if briefly else _tr("epoch {0} of {1}")
    return told.format(newest.epoch, newest.epochs)


def tone_of(standing: Standing, *, live: bool) -> str:
    """The colour of its state: a name of the palette."""
    if standing.running is not None:
        return "accent" if live else "warning"
    if all(entry.now.state == "waiting" for entry in standing.entries):
        return "muted"
    if not any(entry.usable for entry in standing.entries):
        return "bad"
    return "warning" if any(entry.now.state in ("stopped", "failed") for entry in standing.entries) else "good"


def weights_text(parameters: int) -> str:
    """Weights, short: "12.3 k"; a dash for a feature baseline, nothing where they are not known."""
    if parameters < 0:
        return ""
    if parameters == 0:
        return "–"
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if parameters >= limit:
            return f"{parameters / limit:.3g} {unit}"
    return number(parameters)


def clock(seconds: float) -> str:
    """A time span as digits, for a narrow column: "2:05", "1:02:05"."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _digits(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else ""


class RankingView(QTableView):
    """The ranking; the column of the figure that orders nothing is there once there is one.

    Signals:
        chosen: Another candidate is selected (its title); empty for none.
        opened: Double click or Enter on a candidate (its title).
    """

    chosen = Signal(str)
    opened = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.ranking = RankingModel(self)
        self._beside = False
        make_quick(self)
        self.setModel(self.ranking)
        self.setAccessibleName(self.tr("Ranking of the models"))
        self.setProperty("framed", "true")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setCornerWidget(QWidget())
        plain = CellDelegate(theme, self)
        painters = {
            RankColumn.PLACE: PlaceDelegate(theme, self),
            RankColumn.MODEL: NameDelegate(theme, self),
            RankColumn.STATE: StatusDelegate(theme, self),
            RankColumn.FIGURE: FigureDelegate(theme, self),
        }
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        for column, width in _WIDTHS.items():
            self.setItemDelegateForColumn(column, painters.get(column, plain))
            self.setColumnWidth(column, width)
        header.setSectionResizeMode(RankColumn.MODEL, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(48)
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit(self.selected))
        self.doubleClicked.connect(lambda index: self.opened.emit(self.ranking.standing(index.row()).title))
        theme.changed.connect(self.viewport().update)

    @property
    def selected(self) -> str:
        """Title of the selected candidate; empty for none."""
        rows = self.selectionModel().selectedRows()
        return self.ranking.standing(rows[0].row()).title if rows else ""

    def show_rows(
        self, rows: Sequence[Standing], *, figure: str, live: bool, split: str = "validation", beside: str = ""
    ) -> None:
        """Show these candidates, as `RankingModel` does; the one that is selected stays so, wherever it moves."""
        title = self.selected
        self.ranking.show_rows(rows, figure=figure, live=live, split=split, beside=beside)
        self._beside = bool(beside)
        self._make_room()
        row = self.ranking.row_of(title) if title else -1
        if row >= 0 and self.selected != title:
            model = self.selectionModel()
            was_blocked = model.blockSignals(True)
            self.selectRow(row)
            model.blockSignals(was_blocked)
            self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The names keep their room; where there is little, weights, times and losses go first."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        absent = {RankColumn.MODEL} if self._beside else {RankColumn.MODEL, RankColumn.JUDGED}
        fixed = {int(column): width for column, width in _WIDTHS.items() if column not in absent}
        if self._beside:
            fixed[RankColumn.FIGURE] = _LONG_HEADING
        self.setColumnWidth(RankColumn.FIGURE, fixed[RankColumn.FIGURE])
        self.setColumnHidden(RankColumn.JUDGED, not self._beside)
        order = (RankColumn.WEIGHTS, RankColumn.TIME, RankColumn.LOSS)
        hide_for_room(self, widths=fixed, room=_NAME_ROOM, dispensable=order)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens."""
        if self.selected and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.opened.emit(self.selected)
        else:
            super().keyPressEvent(event)
