"""How predictions are exported: format, which records, further columns; each with what it means for the file."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QGridLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import number

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLayout

    from bioseq.prediction.table import PredictionTable

FORMATS = (
    ("csv", "CSV"),
    ("tsv", "TSV"),
    ("xlsx", "Excel (XLSX)"),
    ("parquet", "Parquet"),
    ("fasta", "FASTA"),
)
_WIDTH = 520
_HINT_LINES = 3


def _tr(text: str) -> str:
    return QCoreApplication.translate("ExportDialog", text)


def _hint(extension: str) -> str:
    """What a format is good for, and what it is not."""
    plain = _tr(
        "Plain text for scripts. A spreadsheet may turn names such as SEPT2, 2E10 or 00123 into dates and numbers: "
        "use Excel (XLSX) there."
    )
    return {
        "csv": plain,
        "tsv": plain,
        "xlsx": _tr("Safe for spreadsheets: names stay text."),
        "parquet": _tr("For data frames: names stay text, numbers keep all their digits.")
        if find_spec("pyarrow")
        else _tr('Needs a library: pip install "bioseq-studio[parquet]".'),
        "fasta": _tr("The sequences, with the prediction in each header."),
    }[extension]


@dataclass(frozen=True, slots=True)
class ExportWish:
    """How to export.

    Attributes:
        extension: Tells the format: "csv".
        shown_only: The records shown, in the order shown; else all in the order of the file.
        columns: Further columns: "description", "source", "sequence".
    """

    extension: str = "csv"
    shown_only: bool = False
    columns: tuple[str, ...] = ()


class ExportDialog(QDialog):
    """Asks how to export a table.

    Args:
        table: What is exported.
        shown: How many records the table shows where these are others than all in file order; else None.
        repeated: Records that have the name of an earlier one.
        wish: What is chosen at the start.

    Attributes:
        formats: The choice of the format.
        all_records: All of them, in the order of the file.
        shown_records: Those that are shown.
        columns: Name of a further column to its box.

    Signals:
        wished: An `ExportWish`, when the person goes on.
    """

    wished = Signal(object)

    def __init__(
        self, table: PredictionTable, shown: int | None, repeated: int, wish: ExportWish, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export predictions"))
        self._table = table
        self._wish = wish
        self._told_apart = repeated > 0 and table.has_descriptions
        self._with_sequence = "sequence" in wish.columns
        self.formats = QComboBox()
        self.formats.setAccessibleName(self.tr("Format"))
        for extension, title in FORMATS:
            self.formats.addItem(title, extension)
        self._hint = label("", "muted", wrap=True)
        self.all_records = QRadioButton(
            self.tr("The record")
            if len(table) == 1
            else self.tr("All {count} records in file order").format(count=number(len(table)))
        )
        self.shown_records = QRadioButton()
        self.columns = {
            "description": QCheckBox(self.tr("Description (what stands beside the name)")),
            "source": QCheckBox(self.tr("File of origin")),
            "sequence": QCheckBox(self.tr("Sequence")),
        }
        self._why_described = label("", "muted", wrap=True)
        self.go_on = button(self.tr("Choose file…"), "primary")
        self._offer_records(shown)
        self._offer_columns(repeated)
        self._arrange()
        self.formats.currentIndexChanged.connect(self._show_format)
        self.formats.setCurrentIndex(self.formats.findData(wish.extension))
        self.columns["sequence"].clicked.connect(self._choose_sequence)
        self._show_format()

    def _offer_records(self, shown: int | None) -> None:
        group = QButtonGroup(self)
        group.addButton(self.all_records)
        group.addButton(self.shown_records)
        text = self.tr("The {count} shown, in the order shown")
        self.shown_records.setText(text.format(count=number(len(self._table) if shown is None else shown)))
        self.shown_records.setVisible(shown is not None)
        self.shown_records.setChecked(self._wish.shown_only and shown is not None)
        self.all_records.setChecked(not self.shown_records.isChecked())

    def _offer_columns(self, repeated: int) -> None:
        there = {"description": self._table.has_descriptions, "source": self._table.origin is not None}
        for name, box in self.columns.items():
            box.setEnabled(there.get(name, True))
            box.setChecked(box.isEnabled() and name in self._wish.columns)
        if not self._table.has_descriptions:
            self.columns["description"].setToolTip(self.tr("Nothing stands beside the names."))
        if self._told_apart:
            self.columns["description"].setChecked(True)
            self.columns["description"].setEnabled(False)
            text = self.tr("{count} records have the name of an earlier one; the description tells them apart.")
            one = self.tr("1 record has the name of an earlier one; the description tells them apart.")
            self._why_described.setText(one if repeated == 1 else text.format(count=number(repeated)))
        self._why_described.setVisible(self._told_apart)

    def _arrange(self) -> None:
        records, further = QVBoxLayout(), QVBoxLayout()
        for choice in (self.all_records, self.shown_records):
            records.addWidget(choice)
        for box in self.columns.values():
            further.addWidget(box)
        further.addWidget(self._why_described)
        form = QGridLayout()
        form.setHorizontalSpacing(SPACE_4)
        form.setVerticalSpacing(SPACE_3)
        form.setColumnStretch(1, 1)
        chosen = QVBoxLayout()
        chosen.addWidget(self.formats)
        chosen.addWidget(self._hint)
        parts: tuple[tuple[str, QLayout], ...] = (
            (self.tr("Format"), chosen),
            (self.tr("Records"), records),
            (self.tr("Columns besides"), further),
        )
        for row, (title, part) in enumerate(parts):
            part.setSpacing(SPACE_1)
            form.addWidget(_title(title), row, 0)
            form.addLayout(part, row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton(self.go_on, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self._go_on)
        buttons.rejected.connect(self.reject)
        page = QVBoxLayout(self)
        page.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_4)
        page.setSpacing(SPACE_4)
        page.addLayout(form)
        page.addStretch(1)
        page.addWidget(buttons)
        # As high as the longest hint, so that nothing moves when another format is chosen.
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._hint.setMinimumHeight(_HINT_LINES * self.fontMetrics().lineSpacing())
        self.setMinimumWidth(_WIDTH)
        self.go_on.setDefault(True)

    def _show_format(self) -> None:
        extension = self.formats.currentData()
        self._hint.setText(_hint(extension))
        self.formats.setAccessibleDescription(_hint(extension))
        self.go_on.setEnabled(extension != "parquet" or find_spec("pyarrow") is not None)
        sequence = self.columns["sequence"]
        sequence.setEnabled(extension != "fasta")
        sequence.setChecked(extension == "fasta" or self._with_sequence)

    def _choose_sequence(self, chosen: bool) -> None:
        self._with_sequence = chosen

    def wish(self) -> ExportWish:
        """What is chosen now; columns that are written without being asked for are as at the start."""
        chosen = {name: box.isChecked() for name, box in self.columns.items()}
        chosen["sequence"] = self._with_sequence
        if self._told_apart:
            chosen["description"] = "description" in self._wish.columns
        columns = tuple(name for name, wanted in chosen.items() if wanted)
        return ExportWish(self.formats.currentData(), self.shown_records.isChecked(), columns)

    def _go_on(self) -> None:
        self.wished.emit(self.wish())
        self.accept()


def _title(text: str) -> QWidget:
    made = label(text, "strong")
    made.setAlignment(Qt.AlignmentFlag.AlignTop)
    made.setContentsMargins(0, SPACE_2, 0, 0)  # beside the first line of what stands at its right
    return made
