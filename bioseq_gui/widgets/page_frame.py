"""The frame that all pages share: title, purpose, the one primary action, messages, and a body."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.message_bar import MessageBar
from bioseq_gui.widgets.text import plain_tip


class PageFrame(QWidget):
    """Title and purpose at the top left, the actions at the top right, the page below.

    Attributes:
        body: The layout for the page itself.
        message: A message that stands in the page; hidden while there is none.

    Signals:
        primary_clicked: The primary action was chosen.
        secondary_clicked: The secondary action was chosen.
    """

    primary_clicked = Signal()
    secondary_clicked = Signal()

    def __init__(self, title: str, purpose: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = label(title, "title")
        self._purpose = label(purpose, "muted", wrap=True)
        self._primary = button("", "primary")
        self._secondary = button("")
        self._extra = QHBoxLayout()
        self._extra.setSpacing(SPACE_2)
        self.message = MessageBar()
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE_3)
        self._arrange()
        self._primary.clicked.connect(self.primary_clicked)
        self._secondary.clicked.connect(self.secondary_clicked)

    def _arrange(self) -> None:
        for action in (self._primary, self._secondary):
            action.setVisible(False)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._title)
        words.addWidget(self._purpose)
        self._purpose.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addLayout(words, 1)
        head.addLayout(self._extra)
        head.addWidget(self._secondary)
        head.addWidget(self._primary)
        page = QVBoxLayout(self)
        page.setContentsMargins(QMargins(SPACE_4, SPACE_3 + 4, SPACE_4, SPACE_3))
        page.setSpacing(SPACE_3)
        page.addLayout(head)
        page.addWidget(self.message)
        page.addLayout(self.body, 1)

    @property
    def primary(self) -> QPushButton:
        """The button of the primary action."""
        return self._primary

    @property
    def secondary(self) -> QPushButton:
        """The button of the secondary action."""
        return self._secondary

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)

    def set_purpose(self, text: str) -> None:
        """One line: what the page is for, or what is missing."""
        self._purpose.setText(text)

    def set_primary(self, text: str, enabled: bool = True, why: str = "") -> None:
        """Name the primary action, and say why it cannot be chosen when it cannot; empty text hides it."""
        _name(self._primary, text, enabled=enabled, why=why)

    def set_secondary(self, text: str, enabled: bool = True, why: str = "") -> None:
        """The same for the action beside it."""
        _name(self._secondary, text, enabled=enabled, why=why)

    def add_action(self, widget: QWidget) -> None:
        """Put one more widget left of the secondary action."""
        self._extra.addWidget(widget)


def _name(target: QPushButton, text: str, *, enabled: bool, why: str) -> None:
    target.setText(text)
    target.setAccessibleName(text.replace("&", ""))
    target.setAccessibleDescription(why)
    target.setToolTip(plain_tip(why))
    target.setEnabled(enabled)
    target.setVisible(bool(text))
