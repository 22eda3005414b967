"""A few values to choose from as buttons in a row, with room for one of the person's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSpinBox, QWidget

from bioseq_gui.forms.editors import TEXT_MARGIN
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2

if TYPE_CHECKING:
    from collections.abc import Sequence


class ChoiceRow(QWidget):
    """Buttons of which one is down.

    Args:
        name: What is chosen, for screen readers.
        choices: Value and text of each button.
        own: Text of one more button, beside which any whole number may be set; empty for none.
        bounds: Least and greatest number of one's own.
        unit: Behind that number.

    Signals:
        changed: Another value is chosen.
    """

    changed = Signal()

    def __init__(
        self,
        name: str,
        choices: Sequence[tuple[int, str]],
        *,
        own: str = "",
        bounds: tuple[int, int] = (1, 100),
        unit: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._group = QButtonGroup(self)
        self._values = [value for value, _ in choices]
        self._box = QSpinBox()
        self._box.setRange(*bounds)
        self._box.setSuffix(f" {unit}" if unit else "")
        self._box.setAccessibleName(name)
        self._box.setMinimumWidth(96)
        self._box.lineEdit().setTextMargins(TEXT_MARGIN, 0, 0, 0)
        self._box.setVisible(False)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_1)
        texts = [text for _, text in choices] + ([own] if own else [])
        for place, text in enumerate(texts):
            made = QPushButton(text)
            made.setCheckable(True)
            made.setAccessibleName(f"{name}: {text}")
            self._group.addButton(made, place)
            row.addWidget(made)
        row.addSpacing(SPACE_2)
        row.addWidget(self._box)
        row.addStretch(1)
        self._group.button(0).setChecked(True)
        self._group.idToggled.connect(self._toggled)
        self._box.valueChanged.connect(lambda _: self.changed.emit())

    @property
    def value(self) -> int:
        """What is chosen."""
        place = self._group.checkedId()
        return self._values[place] if place < len(self._values) else self._box.value()

    def choose(self, value: int) -> None:
        """Choose a value; one that has no button is set as one's own."""
        if value in self._values:
            self._group.button(self._values.index(value)).setChecked(True)
            return
        self._box.setValue(value)
        if (last := self._group.button(len(self._values))) is not None:
            last.setChecked(True)

    @property
    def box(self) -> QSpinBox:
        """The field of a number of one's own."""
        return self._box

    def button(self, place: int) -> QPushButton:
        """One of the buttons, from the left."""
        found = self._group.button(place)
        if not isinstance(found, QPushButton):
            raise IndexError(place)
        return found

    def _toggled(self, place: int, down: bool) -> None:
        if down:
            own = place >= len(self._values)
            self._box.setVisible(own)
            if own:
                self._box.setFocus()
            self.changed.emit()
