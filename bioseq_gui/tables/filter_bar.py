"""The row of fields above the prediction table that says which rows to show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QLineEdit, QMenu, QPushButton, QStyle, QWidget

from bioseq.sequences.alphabets import Molecule
from bioseq_gui.tables.columns import PredictionFilter
from bioseq_gui.tables.prediction_table import flag_words
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import for_display, number, plain_tip

if TYPE_CHECKING:
    from bioseq_gui.tables.columns import PredictionColumns
    from bioseq_gui.theme.theme import Theme

_TYPING_MS = 150
"""After the last letter typed, before the table follows."""
_STEP = 0.05
_KIND_LETTERS = 15


class FilterBar(QWidget):
    """Id, motif, class, probability and kind of row; announces a `PredictionFilter`.

    Attributes:
        count: How many records are shown, in words; stands where the page puts it.

    Signals:
        filter_changed: The filter that the fields say now.
        columns_requested: The person wants to choose columns.
    """

    filter_changed = Signal(object)
    columns_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._labels: tuple[str, ...] = ()
        self._last = PredictionFilter()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPING_MS)
        self._timer.timeout.connect(self._announce)
        self._make_fields()
        self._arrange()
        self._connect()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _make_fields(self) -> None:
        self.id_field = _search_field(self.tr("Find in ids"), self.tr("Show records whose id holds this text"))
        self.motif_field = _search_field(
            self.tr("Motif, e.g. TATAWR"),
            self.tr("Show records whose sequence holds this motif; IUPAC codes and . for any letter"),
        )
        self.classes = button(self.tr("All classes"))
        self._class_menu = QMenu(self)
        self.classes.setMenu(self._class_menu)
        self.lowest = _probability_field(0.0, self.tr("Smallest probability of the predicted class"))
        self.highest = _probability_field(1.0, self.tr("Largest probability of the predicted class"))
        self.kind = QComboBox()
        self.kind.setAccessibleName(self.tr("Kind of record"))
        self.kind.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.kind.setMinimumContentsLength(_KIND_LETTERS)
        self.clear = button(self.tr("Clear"), "link", tip=self.tr("Show all records again"))
        self.count = label("", "muted")
        self.columns = QPushButton(self.tr("Columns"))
        self.columns.setAccessibleName(self.tr("Choose columns"))
        self.columns.setToolTip(self.tr("Choose which columns are shown"))

    def _arrange(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_2)
        row.addWidget(self.id_field, 3)
        row.addWidget(self.motif_field, 3)
        row.addWidget(self.classes)
        row.addSpacing(SPACE_1)
        row.addWidget(label(self.tr("Probability"), "muted"))
        row.addWidget(self.lowest)
        row.addWidget(label("–", "muted"))
        row.addWidget(self.highest)
        row.addWidget(self.kind)
        row.addWidget(self.clear)
        row.addStretch(1)
        row.addWidget(self.columns)

    def _connect(self) -> None:
        for field in (self.id_field, self.motif_field):
            field.textChanged.connect(self._timer.start)
            field.returnPressed.connect(self._announce)
        self.lowest.valueChanged.connect(self._timer.start)
        self.highest.valueChanged.connect(self._timer.start)
        self.kind.currentIndexChanged.connect(self._announce)
        self.clear.clicked.connect(self.reset)
        self.columns.clicked.connect(self.columns_requested)

    def _paint_icons(self) -> None:
        self.columns.setIcon(self._theme.icon("table"))

    def show_choices(self, data: PredictionColumns | None) -> None:
        """Offer the classes and the kinds of record of another table, or of none, and forget the filter."""
        labels = () if data is None else data.table.labels
        molecule = Molecule.DNA if data is None else data.molecule
        self._labels = labels
        self._class_menu.clear()
        for name in labels:
            action = QAction(for_display(name, longest=60).replace("&", "&&"), self._class_menu)
            action.setCheckable(True)
            action.setChecked(True)
            action.toggled.connect(self._announce)
            self._class_menu.addAction(action)
        example = "KRxW" if molecule is Molecule.PROTEIN else "UAUAWR" if molecule is Molecule.RNA else "TATAWR"
        self.motif_field.setPlaceholderText(self.tr("Motif, e.g. {example}").format(example=example))
        with QSignalBlocker(self.kind):
            self.kind.clear()
            self.kind.addItem(self.tr("All records"), PredictionFilter())
            self.kind.addItem(self.tr("Flagged"), PredictionFilter(flagged=True))
            self.kind.addItem(self.tr("Not flagged"), PredictionFilter(flagged=False))
            if data is not None:
                self._offer_kinds_of(data)
            # The list may be wider than the field, whose width is kept for the others in the row.
            room = self.kind.view().sizeHintForColumn(0) + self.kind.style().pixelMetric(
                QStyle.PixelMetric.PM_ScrollBarExtent
            )
            self.kind.view().setMinimumWidth(room)
        self.reset()

    def _offer_kinds_of(self, data: PredictionColumns) -> None:
        if data.has_truth:
            self.kind.addItem(self.tr("Predicted right"), PredictionFilter(right=True))
            self.kind.addItem(self.tr("Predicted wrong"), PredictionFilter(right=False))
        if data.table.votes is not None:
            divided = number(data.divided())
            self.kind.addItem(self.tr("Members agree"), PredictionFilter(unanimous=True))
            self.kind.addItem(
                self.tr("Members disagree ({count})").format(count=divided), PredictionFilter(unanimous=False)
            )
        if flags := data.flag_counts():
            self.kind.insertSeparator(self.kind.count())
        for flag, count in flags.items():
            words, sentence = flag_words(flag)
            title = self.tr("Flag: {words} ({count})").format(words=words, count=number(count))
            self.kind.addItem(title, PredictionFilter(flag=flag))
            self.kind.setItemData(self.kind.count() - 1, plain_tip(sentence), Qt.ItemDataRole.ToolTipRole)

    def value(self) -> PredictionFilter:
        """The filter that the fields say."""
        chosen = [place for place, action in enumerate(self._class_menu.actions()) if action.isChecked()]
        kind: PredictionFilter = self.kind.currentData() or PredictionFilter()
        return replace(
            kind,
            classes=None if len(chosen) == len(self._labels) else frozenset(chosen),
            lowest=round(self.lowest.value(), 4),
            highest=round(self.highest.value(), 4),
            id_text=self.id_field.text(),
            motif=self.motif_field.text().strip(),
        )

    def choose_class(self, chosen: int) -> None:
        """Show one class only; choosing it again shows all."""
        only = self.value().classes == frozenset({chosen})
        self._check_classes(None if only else frozenset({chosen}))
        self._announce()

    def choose_kind(self, wanted: PredictionFilter) -> None:
        """Show one kind of record only, told by a filter for nothing else; choosing it again shows all."""
        place = next((i for i in range(self.kind.count()) if self.kind.itemData(i) == wanted), 0)
        self.kind.setCurrentIndex(0 if place == self.kind.currentIndex() else place)

    def reset(self) -> None:
        """Show all records again."""
        fields = (self.id_field, self.motif_field, self.lowest, self.highest, self.kind)
        blockers = [QSignalBlocker(field) for field in fields]
        self.id_field.clear()
        self.motif_field.clear()
        self.lowest.setValue(0.0)
        self.highest.setValue(1.0)
        self.kind.setCurrentIndex(0)
        for blocker in blockers:
            blocker.unblock()
        self._check_classes(None)
        self._announce()

    def _check_classes(self, chosen: frozenset[int] | None) -> None:
        for place, action in enumerate(self._class_menu.actions()):
            with QSignalBlocker(action):
                action.setChecked(chosen is None or place in chosen)

    def show_count(self, shown: int, total: int) -> None:
        """Say how many records are shown."""
        same = shown == total
        text = self.tr("{total} records") if same else self.tr("{shown} of {total}")
        self.count.setText(text.format(shown=number(shown), total=number(total)))

    def _announce(self) -> None:
        self._timer.stop()
        wanted = self.value()
        self._name_classes(wanted.classes)
        self.clear.setEnabled(not wanted.is_empty)
        if wanted != self._last:
            self._last = wanted
            self.filter_changed.emit(wanted)

    def _name_classes(self, chosen: frozenset[int] | None) -> None:
        if chosen is None:
            text = self.tr("All classes")
        elif len(chosen) == 1:
            text = for_display(self._labels[next(iter(chosen))], longest=24).replace("&", "&&")
        else:
            text = self.tr("{chosen} of {all} classes").format(chosen=len(chosen), all=len(self._labels))
        self.classes.setText(text)
        self.classes.setAccessibleName(self.tr("Predicted class: {text}").format(text=text))


def _search_field(placeholder: str, tip: str) -> QLineEdit:
    field = QLineEdit()
    field.setPlaceholderText(placeholder)
    field.setAccessibleName(tip)
    field.setToolTip(plain_tip(tip))
    field.setClearButtonEnabled(True)
    field.setMinimumWidth(130)
    field.setMaximumWidth(300)
    return field


def _probability_field(value: float, tip: str) -> QDoubleSpinBox:
    field = QDoubleSpinBox()
    field.setRange(0.0, 1.0)
    field.setDecimals(2)
    field.setSingleStep(_STEP)
    field.setValue(value)
    field.setKeyboardTracking(False)
    field.setAlignment(Qt.AlignmentFlag.AlignRight)
    field.setAccessibleName(tip)
    field.setToolTip(plain_tip(tip))
    field.setFixedWidth(82)
    return field
