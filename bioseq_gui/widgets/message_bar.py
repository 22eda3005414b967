"""A message that stands in the page: what happened, the remedy as a button, the details behind."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import button, label, restyle

_DETAILS_HEIGHT = 160


class MessageBar(QFrame):
    """One sentence with its remedy, never a dialog; hidden while there is nothing to say.

    Signals:
        remedy_clicked: The person chose the remedy.
        dismissed: The person closed the message.
    """

    remedy_clicked = Signal()
    dismissed = Signal()

    def __init__(self, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "message")
        self._text = label("", wrap=True, selectable=True)
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._remedy = button("")
        self._details_button = button(self.tr("Details"), "link")
        self._details_button.setCheckable(True)
        self._copy = button(self.tr("Copy details"), "link")
        self._close = QToolButton()
        self._close.setText("✕")
        self._close.setAccessibleName(self.tr("Close this message"))
        self._close.setToolTip(self.tr("Close this message"))
        self._details = QPlainTextEdit()
        self._details.setReadOnly(True)
        self._details.setFixedHeight(_DETAILS_HEIGHT)
        self._details.setAccessibleName(self.tr("Details of the message"))
        self._arrange()
        self._remedy.clicked.connect(self.remedy_clicked)
        self._details_button.toggled.connect(self._show_details)
        self._copy.clicked.connect(self._copy_details)
        self._close.clicked.connect(self._dismiss)
        self.setVisible(False)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(self._text, 1)
        for widget in (self._copy, self._details_button, self._remedy, self._close):
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_3, SPACE_2, SPACE_2, SPACE_2)
        column.addLayout(row)
        column.addWidget(self._details)
        self._details.setVisible(False)

    @property
    def text(self) -> str:
        """What it says now; empty while it is hidden."""
        return self._text.text() if not self.isHidden() else ""

    def show_message(self, text: str, severity: str = "info", *, remedy: str = "", details: str = "") -> None:
        """Say something.

        Args:
            text: One or two sentences, plain text.
            severity: "info", "success", "warning" or "error".
            remedy: Text of the button that mends it; empty for none.
            details: Longer text behind "Details"; empty for none.
        """
        self._text.setText(text)
        self._remedy.setText(remedy)
        self._remedy.setAccessibleName(remedy)
        self._remedy.setVisible(bool(remedy))
        self._details.setPlainText(details)
        self._details_button.setChecked(False)
        self._details_button.setVisible(bool(details))
        self._copy.setVisible(bool(details))
        self.setProperty("severity", severity)
        self.setAccessibleName(text)
        restyle(self)
        self.setVisible(True)

    def clear(self) -> None:
        """Say nothing any more."""
        self.setVisible(False)

    def _show_details(self, shown: bool) -> None:
        self._details.setVisible(shown)

    def _copy_details(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._text.text()}\n\n{self._details.toPlainText()}")

    def _dismiss(self) -> None:
        self.clear()
        self.dismissed.emit()
