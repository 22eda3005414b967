"""One file of the data set: what it is, what it holds, what it is taken for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from bioseq.sequences.formats import format_title
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, Chip, CountBadge, IconLabel, button, clear_layout, label
from bioseq_gui.widgets.column_choices import ColumnChoices, LabelSources, summarise_choices, tell_label_source
from bioseq_gui.widgets.text import for_display, length_range, number, tip

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.sequences.files import FileRequest
    from bioseq.sequences.reading import SourceReport
    from bioseq.sequences.records import Choice
    from bioseq_gui.theme.theme import Theme

WIDTH = 336
_CHIPS_WIDTH = WIDTH - 2 * SPACE_3
_REST_WIDTH = 36
"""Room for "+12", px."""
_NAME_WIDTH = 230


def _tr(text: str) -> str:
    return QCoreApplication.translate("FileCard", text)


def molecule_title(name: str) -> str:
    """A molecule in words: "DNA", "RNA", "Protein"."""
    return _tr("Protein") if name == "protein" else name.upper()


class FileCard(Card):
    """A file's card.

    Signals:
        removed: The person takes the file out (path).
        changed: The person gave it another role (`FileRequest`).
        findings_requested: The person wants to see its problems (path).
        source_chosen: The person says where the labels of all files come from (a value of the option).
    """

    removed = Signal(str)
    changed = Signal(object)
    findings_requested = Signal(str)
    source_chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        request: FileRequest,
        label_sources: Callable[[], LabelSources],
        *,
        parent: QWidget | None = None,
    ) -> None:
        """Build it.

        Args:
            theme: For the colours.
            request: The file, and what the person said of it.
            label_sources: Where labels may come from, asked when the menus are opened.
            parent: Owner.
        """
        super().__init__(parent=parent)
        self._theme = theme
        self._request = request
        self._label_sources = label_sources
        self.setFixedWidth(WIDTH)
        self._name = label("", "strong")
        self._about = label(self.tr("Reading…"), "muted")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(self.tr("Reading the file"))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE_1)
        self._role = QComboBox()
        self._badge = CountBadge(theme)
        self._remove = QToolButton()
        self._choices: tuple[Choice, ...] = ()
        self._taken_text = ""
        self._taken = label("", "muted")
        self._columns = button(self.tr("Columns…"), "link")
        self._arrange()
        self._show_name()
        self._role.activated.connect(self._change_role)
        self._remove.clicked.connect(lambda: self.removed.emit(self._request.path))
        self._badge.clicked.connect(lambda: self.findings_requested.emit(self._request.path))
        self._columns.clicked.connect(self._open_columns)

    def _arrange(self) -> None:
        self._remove.setText("✕")
        name = for_display(Path(self._request.path).name, longest=60)
        self._remove.setToolTip(self.tr("Take this file out"))
        self._remove.setAccessibleName(self.tr("Take {0} out").format(name))
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(IconLabel(self._theme, "file", size=18))
        head.addWidget(self._name, 1)
        head.addWidget(self._remove)
        for title, value in (
            (self.tr("As its headers say"), "auto"),
            (self.tr("Train"), "train"),
            (self.tr("Validation"), "validation"),
            (self.tr("Test"), "test"),
        ):
            self._role.addItem(title, value)
        self._role.setCurrentIndex(max(0, self._role.findData(self._request.role)))
        self._role.setAccessibleName(self.tr("What {0} is used for").format(name))
        self._role.setToolTip(self.tr("What the records of this file are used for"))
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_2)
        foot.addWidget(self._role)
        foot.addStretch(1)
        self._columns.setVisible(False)
        self._columns.setToolTip(self.tr("What is read as what: columns, the worksheet, where labels come from"))
        self._columns.setAccessibleName(self.tr("What is read of {0}").format(name))
        self._taken.setVisible(False)
        self._taken.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        foot.addWidget(self._badge)
        chips = QHBoxLayout()
        chips.addLayout(self._chips)
        chips.addStretch(1)
        chips.addWidget(self._columns)
        column = QVBoxLayout()
        column.setSpacing(SPACE_2)
        column.addLayout(head)
        column.addWidget(self._about)
        column.addWidget(self._taken)
        column.addWidget(self._bar)
        column.addLayout(chips)
        column.addStretch(1)
        column.addLayout(foot)
        self.body.addLayout(column)

    @property
    def request(self) -> FileRequest:
        """The file and its role."""
        return self._request

    @property
    def role(self) -> QComboBox:
        """The menu of roles."""
        return self._role

    def _show_name(self) -> None:
        path = Path(self._request.path)
        name = for_display(path.name)
        metrics = self._name.fontMetrics()
        self._name.setText(metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, _NAME_WIDTH))
        self._name.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._name.setToolTip(tip(str(path)))
        self._name.setAccessibleName(name)

    def show_report(self, report: SourceReport, label_names: tuple[str, ...]) -> None:
        """Show what was found in the file.

        Args:
            report: The verdict on it.
            label_names: All classes of the data set, for their colours.
        """
        self._bar.setVisible(False)
        packed = f" ({report.compression})" if report.compression else ""
        facts = (
            f"{format_title(report.format)}{packed}",
            molecule_title(str(report.molecule)),
            self.tr("%n record(s)", "", report.records) if report.records == 1 else _records(report.records),
        )
        lengths = self.tr("{0} letters").format(length_range(report.shortest, report.longest))
        self._about.setText(" · ".join(facts) + "\n" + lengths)
        self._show_choices(report)
        self._show_chips(report, label_names)
        findings = [finding for finding in report.findings if finding.severity != "info"]
        worst = "error" if any(finding.severity == "error" for finding in findings) else "warning"
        text = self.tr("1 problem") if len(findings) == 1 else self.tr("{0} problems").format(len(findings))
        self._badge.show_count(len(findings), text, worst)
        self._role.blockSignals(True)
        self._role.setItemText(0, self._auto_title(report))
        self._role.blockSignals(False)

    @property
    def columns(self) -> QPushButton:
        """Opens the menus of columns, of worksheets and of where labels come from."""
        return self._columns

    @property
    def is_table(self) -> bool:
        """The file has columns among which one can choose."""
        return bool(self._choices)

    @property
    def taken(self) -> str:
        """What was taken for what, in one line: columns, or where classes come from; empty where nothing is told."""
        return self._taken_text

    def open_columns(self) -> ColumnChoices:
        """The menus, shown below their button."""
        choices = ColumnChoices(self._choices, self._request, self._label_sources(), self)
        choices.source_chosen.connect(self.source_chosen, Qt.ConnectionType.QueuedConnection)
        choices.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        choices.chosen.connect(self._change_column, Qt.ConnectionType.QueuedConnection)
        choices.move(self._columns.mapToGlobal(self._columns.rect().bottomLeft()))
        choices.show()
        return choices

    def _open_columns(self) -> None:
        self.open_columns()

    def _change_column(self, role: str, name: str) -> None:
        named: dict[str, Any] = {"sheet" if role == "sheet" else f"{role}_column": name}
        changed = replace(self._request, **named)
        if changed != self._request:
            self._request = changed
            self.changed.emit(changed)

    def _show_choices(self, report: SourceReport) -> None:
        self._choices = report.choices
        self._columns.setText(self.tr("Columns…") if report.choices else self.tr("Labels…"))
        self._columns.setVisible(True)
        text = summarise_choices(report.choices) if report.choices else tell_label_source(report.label_source)
        self._taken_text = text
        self._taken.setVisible(bool(text))
        metrics = self._taken.fontMetrics()
        self._taken.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, _CHIPS_WIDTH))
        self._taken.setToolTip(tip(text))

    def show_label_sheet(self) -> None:
        """Show that the file holds no records, but tells the class of those in the others."""
        self._bar.setVisible(False)
        self._about.setText(self.tr("Label sheet: it tells the class of each id"))

    def _auto_title(self, report: SourceReport) -> str:
        if report.split_counts and set(report.split_counts) != {"unassigned"}:
            return self.tr("As its headers say")
        return self.tr("Train and test, split here")

    def _show_chips(self, report: SourceReport, label_names: tuple[str, ...]) -> None:
        clear_layout(self._chips)
        classes = self._theme.palette.classes
        names = list(report.label_counts)
        room, shown = _CHIPS_WIDTH, 0
        room -= self._columns.sizeHint().width() + SPACE_1
        for name in names:
            place = label_names.index(name) if name in label_names else 0
            count = number(report.label_counts[name])
            chip = Chip(self._theme, name, classes[place % len(classes)], detail=count)
            chip.ensurePolished()
            room -= chip.sizeHint().width() + SPACE_1
            last = shown == len(names) - 1
            if shown and room < (0 if last else _REST_WIDTH):
                chip.deleteLater()
                break
            chip.setToolTip(tip(name))
            self._chips.addWidget(chip)
            shown += 1
        if shown < len(names):
            rest = label(self.tr("+{0}").format(len(names) - shown), "muted")
            hidden = (f"{name} {number(report.label_counts[name])}" for name in names[shown:])
            rest.setToolTip(tip(", ".join(hidden)))
            self._chips.addWidget(rest)
        if not names:
            self._chips.addWidget(label(self.tr("No classes: for prediction, or add labels"), "muted"))

    def _change_role(self) -> None:
        role = self._role.currentData()
        if role != self._request.role:
            self._request = replace(self._request, role=role)
            self.changed.emit(self._request)


def _records(count: int) -> str:
    return _tr("{0} records").format(number(count))
