"""Two similar records letter by letter: the window that opens from a row of a table of pairs, and the way to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QPlainTextEdit, QVBoxLayout

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import for_display, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QPushButton, QTabWidget, QWidget

    from bioseq.sequences.similarity.pairs import PairAlignment
    from bioseq_gui.tables.text_table import TextTable
    from bioseq_gui.theme.theme import Theme

_WIDTH = 60
"""Letters of a line, as the common tools print them."""
_SIZE = 720, 460


class PairDialog(QDialog):
    """How two records align.

    Args:
        theme: Colours and fonts.
        records: For each of the two what it is ("Kept back") and what it is called.
        identity: Identical letters over the shorter, [0, 1].
        alignment: Letter by letter; None where that is not known.

    Attributes:
        letters: The alignment as text.
        sentence: What it amounts to.
        copy: Puts all of it on the clipboard.
    """

    def __init__(
        self,
        theme: Theme,
        records: Sequence[tuple[str, str]],
        identity: float,
        alignment: PairAlignment | None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Two similar sequences"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._records = tuple((what, for_display(name)) for what, name in records)
        self.sentence = label(self._words(identity, alignment), wrap=True, selectable=True)
        self.letters = QPlainTextEdit()
        self.letters.setReadOnly(True)
        self.letters.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.letters.setFont(theme.fixed_font())
        self.letters.setAccessibleName(self.tr("Both sequences, letter by letter"))
        if alignment is not None:
            self.letters.setPlainText("\n\n".join("\n".join(lines) for lines in alignment.blocks(_WIDTH)))
        self.letters.setVisible(alignment is not None)
        self.copy = button(self.tr("Copy"), tip=self.tr("Both names, the sentence and the letters"))
        self.copy.clicked.connect(self._copy)
        self._arrange()
        if alignment is not None:
            self.resize(*_SIZE)

    def _arrange(self) -> None:
        names = QGridLayout()
        names.setHorizontalSpacing(SPACE_4)
        names.setVerticalSpacing(SPACE_2)
        for row, (what, name) in enumerate(self._records):
            names.addWidget(label(what, "muted"), row, 0)
            names.addWidget(label(name, "strong", selectable=True), row, 1)
        names.setColumnStretch(1, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.addButton(self.copy, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_3)
        column.setSpacing(SPACE_3)
        column.addLayout(names)
        column.addWidget(self.sentence)
        column.addWidget(self.letters, 1)
        column.addWidget(buttons)

    def _words(self, identity: float, alignment: PairAlignment | None) -> str:
        alike = self.tr("{0:.1f} % identity over the shorter sequence.").format(100 * identity)
        if alignment is None:
            return f"{alike} {self.tr('They could not be aligned: they are too long, or the run is an older one.')}"
        shorter = min(alignment.first_length, alignment.second_length)
        told = self.tr("Below, {0} of its {1} letters stand beside the same letter.")
        words = f"{alike} {told.format(number(alignment.identical), number(shorter))}"
        if alignment.reversed:
            words += " " + self.tr("The second is read on its other strand.")
        return words

    @property
    def text(self) -> str:
        """All that is shown."""
        names = [f"{what}: {name}" for what, name in self._records]
        return "\n".join([*names, self.sentence.text(), "", self.letters.toPlainText()]).rstrip() + "\n"

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)


def add_align_button(tabs: QTabWidget, tables: Sequence[TextTable]) -> QPushButton:
    """Add a button beside the tabs that activates the chosen row, or the first, of the table of pairs in front.

    Args:
        tabs: With the tables, and perhaps other pages, where the button is hidden.
        tables: Those with pairs.
    """
    made = button(
        QCoreApplication.translate("PairDialog", "Align"),
        "link",
        tip=QCoreApplication.translate("PairDialog", "Show the chosen pair letter by letter (or double-click it)"),
    )

    def adapt() -> None:
        front = [table for table in tables if table is tabs.currentWidget()]
        made.setVisible(bool(front))
        made.setEnabled(any(table.rowCount() for table in front))

    def activate() -> None:
        for table in tables:
            if table is tabs.currentWidget():
                table.cellActivated.emit(max(0, table.currentRow()), 0)

    made.clicked.connect(activate)
    tabs.currentChanged.connect(adapt)
    for table in tables:
        table.model().rowsInserted.connect(adapt)
        table.model().rowsRemoved.connect(adapt)
    tabs.setCornerWidget(made)
    adapt()
    return made
