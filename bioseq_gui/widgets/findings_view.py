"""What checking found: kinds at the left; the records concerned, and what is done about them, at the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import IconLabel, button, label
from bioseq_gui.widgets.text import for_display, number, tip

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bioseq.sequences.findings import Finding, Occurrence
    from bioseq_gui.theme.theme import Theme

_LIST_WIDTH = 380
_NAMES_SHOWN = 40
CLASS_SETTINGS = frozenset({"data.classes", "data.label_cuts"})
"""Options that are set in the list of classes."""
COLUMN_SETTINGS = frozenset({"data.sequence_column", "data.label_column", "data.id_column", "data.split_column"})
"""Options that are set on the card of a table."""


class OccurrenceModel(QAbstractTableModel):
    """The records that show a finding."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._occurrences: tuple[Occurrence, ...] = ()
        self._titles = (self.tr("Record"), self.tr("File"), self.tr("Line"), self.tr("What"))

    def set_occurrences(self, occurrences: tuple[Occurrence, ...]) -> None:
        """Show others."""
        self.beginResetModel()
        self._occurrences = occurrences
        self.endResetModel()

    def occurrence(self, row: int) -> Occurrence:
        """What stands in a row."""
        return self._occurrences[row]

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's own
        """Records listed."""
        return 0 if parent.isValid() else len(self._occurrences)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        """Columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[section]
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """One cell."""
        if not index.isValid():
            return None
        occurrence = self._occurrences[index.row()]
        texts = (
            occurrence.record_id,
            occurrence.source.replace("\\", "/").rsplit("/", 1)[-1],
            number(occurrence.line) if occurrence.line else "",
            occurrence.detail,
        )
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return for_display(texts[index.column()])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(occurrence.source if index.column() == 1 else texts[index.column()])
        return None


class FindingsView(QWidget):
    """Findings with their records and the setting that decides what is done.

    Signals:
        record_chosen: Number of the record (as read) that the person wants to see.
        setting_chosen: Configuration path and value.
        place_requested: Configuration path of an option that is set elsewhere on the page, and the file concerned.
    """

    record_chosen = Signal(int)
    setting_chosen = Signal(str, object)
    place_requested = Signal(str, str)

    def __init__(
        self, theme: Theme, choices_of: Callable[[str], tuple[str, dict[str, str], str]], parent: QWidget | None = None
    ) -> None:
        """Build it.

        Args:
            theme: For the colours.
            choices_of: Configuration path to the title of the option, its choices (value to words), and its value.
            parent: Owner.
        """
        super().__init__(parent)
        self._theme = theme
        self._choices_of = choices_of
        self._findings: tuple[Finding, ...] = ()
        self._list = QListWidget()
        self._list.setAccessibleName(self.tr("Findings"))
        self._list.setWordWrap(True)
        self._list.setMinimumWidth(_LIST_WIDTH)
        self._list.setMaximumWidth(_LIST_WIDTH)
        self._list.setIconSize(QSize(18, 18))
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._message = label("", "strong", wrap=True, selectable=True)
        self._remedy = label("", "muted", wrap=True)
        self._setting_title = label("")
        self._setting = QComboBox()
        self.place = button("")
        self._model = OccurrenceModel(self)
        self._table = QTableView()
        self._more = label("", "muted")
        self._stack = QStackedWidget()
        self._arrange()
        self._list.currentRowChanged.connect(self._show)
        self._table.activated.connect(self._choose)
        self._table.clicked.connect(self._choose)
        self._setting.activated.connect(self._decide)
        self.place.clicked.connect(self._request_place)
        theme.changed.connect(self._paint_icons)

    def _arrange(self) -> None:
        self._table.setModel(self._model)
        self._table.setAccessibleName(self.tr("Records that show the finding"))
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setShowGrid(False)
        self._table.setWordWrap(False)
        self._table.setTabKeyNavigation(False)
        self._table.verticalHeader().setVisible(False)
        self._table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self._table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in enumerate((220, 180, 80)):
            header.resizeSection(column, width)
        setting = QHBoxLayout()
        setting.setSpacing(SPACE_2)
        setting.addWidget(self._setting_title)
        setting.addWidget(self._setting)
        setting.addWidget(self.place)
        setting.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(SPACE_2)
        right.addWidget(self._message)
        right.addWidget(self._remedy)
        right.addLayout(setting)
        right.addWidget(self._table, 1)
        right.addWidget(self._more)
        right.addStretch(0)  # takes the room where no records are listed
        filled = QWidget()
        row = QHBoxLayout(filled)
        row.setContentsMargins(0, SPACE_2, 0, 0)
        row.setSpacing(SPACE_3)
        row.addWidget(self._list)
        row.addLayout(right, 1)
        fine = QWidget()
        words = QVBoxLayout(fine)
        centre = Qt.AlignmentFlag.AlignHCenter
        words.addStretch(1)
        words.addWidget(IconLabel(self._theme, "check", size=32, tone="good"), 0, centre)
        words.addWidget(label(self.tr("Nothing odd was found in these records."), "muted"), 0, centre)
        words.addStretch(2)
        self._stack.addWidget(fine)
        self._stack.addWidget(filled)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self._stack)

    def set_findings(self, findings: Sequence[Finding]) -> None:
        """Show other findings; the gravest stand first."""
        grave = {"error": 0, "warning": 1}
        chosen = self._findings[self._list.currentRow()].code if self._findings and self._list.currentRow() >= 0 else ""
        self._findings = tuple(sorted(findings, key=lambda finding: grave.get(finding.severity, 2)))
        self._list.blockSignals(True)
        self._list.clear()
        for finding in self._findings:
            item = QListWidgetItem(for_display(finding.message))
            item.setToolTip(tip(finding.message))
            self._list.addItem(item)
        self._list.blockSignals(False)
        self._paint_icons()
        self._stack.setCurrentIndex(1 if self._findings else 0)
        codes = [finding.code for finding in self._findings]
        self._list.setCurrentRow(codes.index(chosen) if chosen in codes else 0)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings in the order of the list."""
        return self._findings

    def choose(self, row: int) -> None:
        """Show the finding in this row of the list."""
        self._list.setCurrentRow(row)

    def show_source(self, path: str) -> None:
        """Choose the first finding that concerns a file."""
        for row, finding in enumerate(self._findings):
            if finding.severity != "info" and any(occurrence.source == path for occurrence in finding.occurrences):
                self._list.setCurrentRow(row)
                return

    def _paint_icons(self) -> None:
        palette = self._theme.palette
        looks = {"error": ("error", palette.bad), "warning": ("warning", palette.warning)}
        for row, finding in enumerate(self._findings):
            name, colour = looks.get(finding.severity, ("info", palette.muted))
            self._list.item(row).setIcon(self._theme.icon(name, colour))

    def _show(self, row: int) -> None:
        if not 0 <= row < len(self._findings):
            return
        finding = self._findings[row]
        self._message.setText(for_display(finding.message))
        self._remedy.setText(for_display(finding.remedy, longest=400))
        self._remedy.setVisible(bool(finding.remedy))
        self._model.set_occurrences(finding.occurrences)
        listed = len(finding.occurrences)
        self._table.setVisible(listed > 0)
        self._more.setText(self.tr("The first {0} of {1} are listed.").format(number(listed), number(finding.count)))
        self._more.setVisible(0 < listed < finding.count)
        self._show_setting(finding.setting)

    def _show_setting(self, path: str) -> None:
        title, choices, value = self._choices_of(path) if path else ("", {}, "")
        for widget in (self._setting, self._setting_title):
            widget.setVisible(bool(choices))
        self._setting.clear()
        self._setting_title.setText(f"{title}:")
        self._setting.setAccessibleName(title)
        for choice, words in choices.items():
            self._setting.addItem(words, choice)
        self._setting.setCurrentIndex(self._setting.findData(value))
        if path in CLASS_SETTINGS:
            self.place.setText(self.tr("Show the classes"))
        elif path in COLUMN_SETTINGS:
            self.place.setText(self.tr("Choose columns…"))
        self.place.setVisible(path in CLASS_SETTINGS or path in COLUMN_SETTINGS)

    def _request_place(self) -> None:
        finding = self._findings[self._list.currentRow()]
        source = finding.occurrences[0].source if finding.occurrences else ""
        self.place_requested.emit(finding.setting, source)

    def _choose(self, index: QModelIndex) -> None:
        record = self._model.occurrence(index.row()).row
        if record >= 0:
            self.record_chosen.emit(record)

    def _decide(self) -> None:
        finding = self._findings[self._list.currentRow()]
        self.setting_chosen.emit(finding.setting, self._setting.currentData())
