"""One option in the form: label, editor, reset, help, the reason for its value, and its faults, all in place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from bioseq_gui.forms.editors import Editor, editor_for
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2
from bioseq_gui.widgets.basics import label, set_kind
from bioseq_gui.widgets.text import plain_tip

if TYPE_CHECKING:
    from bioseq_gui.forms.options import Option
    from bioseq_gui.theme.theme import Theme

_EDITOR_WIDTH = 200
_AROUND_CHOICE = 52
"""Pixels of a list of choices that its text does not have: borders, padding, the arrow."""


class FieldRow(QWidget):
    """One option.

    Attributes:
        option: What it is.
        editor: What changes it.

    Signals:
        edited: The person chose another value (path, value).
        reset_requested: The person wants the recommended value back (path).
    """

    edited = Signal(str, object)
    reset_requested = Signal(str)

    def __init__(self, option: Option, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.option = option
        self.editor: Editor = editor_for(option)
        self._theme = theme
        self._title = label(option.title)
        self._title.setToolTip(plain_tip(option.tip))
        self._title.setBuddy(self.editor.field)
        self._title.setWordWrap(True)
        self._reset = QToolButton()
        self._reset.setIconSize(QSize(16, 16))
        self._reset.setAccessibleName(self.tr("Reset {0}").format(option.title))
        self._note = label("", "muted", wrap=True)
        self._problem = label("", "bad", wrap=True)
        self._arrange()
        self._paint()
        self.show_reference(option.default, option.default)
        self.show_note("")
        self.show_problem("")
        self.editor.edited.connect(lambda value: self.edited.emit(option.path, value))
        self._reset.clicked.connect(lambda: self.reset_requested.emit(option.path))
        theme.changed.connect(self._paint)

    def _arrange(self) -> None:
        wide = self.option.kind in ("table", "files", "folder") or self._longest_choice() > _EDITOR_WIDTH
        if not wide:
            self.editor.setFixedWidth(_EDITOR_WIDTH)
        self._title.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy = self._reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._reset.setSizePolicy(policy)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._title, 1)
        head.addWidget(self._reset, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_1, 0, SPACE_1)
        column.setSpacing(SPACE_1)
        column.addLayout(head)
        if wide:
            column.addWidget(self.editor)
        else:
            head.addWidget(self.editor)
        column.addWidget(self._note)
        column.addWidget(self._problem)

    def _longest_choice(self) -> int:
        """Pixels that a list of choices needs to show each of them whole."""
        metrics = self.editor.field.fontMetrics()
        return _AROUND_CHOICE + max((metrics.horizontalAdvance(text) for _, text in self.option.choices), default=0)

    def _paint(self) -> None:
        self._reset.setIcon(self._theme.icon("undo"))

    @property
    def note(self) -> str:
        """The sentence below the field: the reason for its value, or what it does."""
        return self._note.text()

    @property
    def problem(self) -> str:
        """What is wrong with the value; empty when nothing is."""
        return self._problem.text()

    @property
    def reset_button(self) -> QToolButton:
        """Shown while the value is not the recommended one."""
        return self._reset

    def show_value(self, value: Any) -> None:
        """Show a value without announcing it."""
        self.editor.show_value(value)

    def show_reference(self, value: Any, reference: Any, *, recommended: bool = False) -> None:
        """Offer the way back when the value is not the reference (the recommended or the default value)."""
        self._reset.setVisible(value != reference and self.option.kind != "files")
        word = self.tr("Back to the recommended value: {0}") if recommended else self.tr("Back to the default: {0}")
        self._reset.setToolTip(plain_tip(word.format(self._text_of(reference))))

    def show_note(self, text: str) -> None:
        """Say the reason for the value, or what the option does."""
        self._note.setText(text)
        self._note.setVisible(bool(text))

    def show_problem(self, text: str, severity: str = "error") -> None:
        """Say what is wrong at the field; empty text takes it away."""
        self._problem.setText(text)
        self._problem.setVisible(bool(text))
        set_kind(self._problem, "bad" if severity == "error" else "warning")
        self.editor.set_wrong(bool(text) and severity == "error")

    def _text_of(self, value: Any) -> str:
        if isinstance(value, bool):
            return self.tr("yes") if value else self.tr("no")
        shown = dict(self.option.choices).get(value) if isinstance(value, str | int | float) else None
        text = shown or (f"{value:g}" if isinstance(value, float) else str(value))
        return f"{text} {self.option.unit}".strip() if text and text != "{}" else self.tr("empty")
