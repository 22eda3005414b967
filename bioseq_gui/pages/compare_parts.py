"""What the panels of the Compare page share: titled choices, the place of the models, the budget of time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from bioseq_gui.forms.choice_row import ChoiceRow
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import label

if TYPE_CHECKING:
    from bioseq.sequences.profile import DataProfile
    from bioseq_gui.forms.model_ticks import ModelTicks
    from bioseq_gui.session import Session


class Choices(QVBoxLayout):
    """Choices below one another, each with its title."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(SPACE_1)

    def add(self, title: str, widget: QWidget, about: QWidget | None = None) -> None:
        """One more choice below the others, perhaps with words about it."""
        if self.count():
            self.addSpacing(SPACE_2)
        name = label(title, "strong")
        name.setBuddy(widget)
        for part in (name, widget, about):
            if part is not None:
                self.addWidget(part)


def beside_models(models: ModelTicks, *parts: QWidget | QVBoxLayout) -> QHBoxLayout:
    """The models to tick at the left, and at the right what else is chosen and said, from the top."""
    right = QVBoxLayout()
    right.setSpacing(SPACE_2)
    for part in parts:
        if isinstance(part, QWidget):
            right.addWidget(part)
        else:
            right.addLayout(part)
    right.addStretch(1)
    row = QHBoxLayout()
    row.setSpacing(SPACE_3)
    row.addWidget(models, 1)
    row.addLayout(right, 1)
    return row


def budget_row() -> ChoiceRow:
    """The choice of how long a study may take, minutes."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("ComparePage", text)

    return ChoiceRow(
        tr("How long it may take"),
        ((10, tr("10 min")), (30, tr("30 min")), (60, tr("1 h")), (180, tr("3 h"))),
        own=tr("Other"),
        bounds=(1, 10_000),
        unit=tr("min"),
    )


def profile_of(session: Session) -> DataProfile | None:
    """What is known of the data; None before they are read."""
    return session.inspection.profile if session.inspection is not None else None
