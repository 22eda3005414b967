"""The catalogue as cards: a drawing, one sentence, and what training costs with these data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QWidget

from bioseq.catalogue.estimate import Estimate, estimate
from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import Architecture, Cost, Family, TaskShape
from bioseq.config.autofill import training_records
from bioseq.config.checks import task_shape
from bioseq_gui.forms.network_drawing import NetworkDrawing
from bioseq_gui.theme.tokens import SPACE_3
from bioseq_gui.widgets.basics import Card, Chip, label
from bioseq_gui.widgets.text import duration, number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QResizeEvent

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile
    from bioseq_gui.theme.theme import Theme

_CARD_WIDTH = 264
"""Least width of a card, px."""
_QUICK_SECONDS = 60.0
_SLOW_SECONDS = 900.0


def estimate_for(config: Configuration, profile: DataProfile, architecture: Architecture) -> Estimate | None:
    """What training an architecture would cost with these data; None when it cannot be built for them."""
    chosen = architecture.name == config.model.name
    hyper: Mapping[str, bool | int | float | str] = config.model.hyper if chosen else {}
    task: TaskShape = task_shape(config, profile)
    if architecture.problems(hyper, task):
        return None
    longest = config.data.longest or profile.longest
    return estimate(
        architecture,
        task,
        hyper,
        records=max(1, training_records(profile)),
        batch_size=config.training.batch_size,
        median_tokens=min(profile.median_length, longest),
    )


class ArchitectureCard(Card):
    """One architecture."""

    def __init__(self, theme: Theme, architecture: Architecture, family: str, *, parent: QWidget | None = None) -> None:
        super().__init__(clickable=True, parent=parent)
        self._theme = theme
        self.architecture = architecture
        self._family = family
        self.setAccessibleName(architecture.title)
        self.setAccessibleDescription(architecture.summary)
        self._cost = Chip(theme, "")
        self._figures = label("", "muted", wrap=True)
        head = QHBoxLayout()
        head.addWidget(label(architecture.title, "strong"), 1)
        head.addWidget(self._cost)
        self.body.addLayout(head)
        self.body.addWidget(NetworkDrawing(theme, architecture.blocks))
        self.body.addWidget(label(architecture.summary, wrap=True))
        self.body.addStretch(1)
        self.body.addWidget(self._figures)
        self.setToolTip(f"{architecture.good_for}\n{architecture.paper} {architecture.doi}".strip())
        self.show_estimate(None)

    @property
    def figures(self) -> str:
        """What training costs, in words."""
        return self._figures.text()

    def show_estimate(self, cost: Estimate | None, epochs: int = 1) -> None:
        """Show what training costs with these data; without data, how cost grows with length."""
        palette = self._theme.palette
        if cost is None:
            quadratic = self.architecture.cost is Cost.QUADRATIC
            self._cost.set_text(self.tr("short sequences") if quadratic else self.tr("any length"))
            self._cost.set_colour(palette.muted)
            self._figures.setText(f"{self._family} · {self.architecture.paper}")
            return
        seconds = cost.seconds_per_epoch * epochs
        word, colour = (
            (self.tr("quick"), palette.good)
            if seconds < _QUICK_SECONDS
            else (self.tr("medium"), palette.warning)
            if seconds < _SLOW_SECONDS
            else (self.tr("slow"), palette.bad)
        )
        self._cost.set_text(word)
        self._cost.set_colour(colour)
        self._figures.setText(
            self.tr("{0} · {1} weights · ≤ {2}").format(self._family, number(cost.parameters), _roughly(seconds))
        )


class Gallery(QWidget):
    """All architectures by family.

    Signals:
        chosen: A card was chosen (name of the architecture).
    """

    chosen = Signal(str)

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: dict[str, ArchitectureCard] = {}
        titles = {
            Family.BASIC: self.tr("Basic"),
            Family.CONVOLUTIONAL: self.tr("Convolution"),
            Family.RECURRENT: self.tr("Recurrent"),
            Family.ATTENTION: self.tr("Attention"),
        }
        families = list(Family)
        ordered = sorted(ARCHITECTURES.values(), key=lambda made: families.index(made.family))
        self._columns = 0
        # Of its own, so that the cards do not hold the page at the width of the columns they stand in now.
        self.setMinimumWidth(_CARD_WIDTH)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(SPACE_3)
        for architecture in ordered:
            card = ArchitectureCard(theme, architecture, titles[architecture.family])
            card.clicked.connect(lambda name=architecture.name: self.chosen.emit(name))
            self._cards[architecture.name] = card
        self._arrange(2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many cards side by side as have room."""
        super().resizeEvent(event)
        self._arrange(max(1, min(4, (event.size().width() + SPACE_3) // (_CARD_WIDTH + SPACE_3))))

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        for column in range(self._columns):
            self._grid.setColumnStretch(column, 0)
        self._columns = columns
        for place, card in enumerate(self._cards.values()):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(columns):
            self._grid.setColumnStretch(column, 1)

    def card(self, name: str) -> ArchitectureCard:
        """The card of an architecture."""
        return self._cards[name]

    def show_choice(self, config: Configuration, profile: DataProfile | None) -> None:
        """Mark the chosen architecture, and say what each would cost."""
        for name, card in self._cards.items():
            card.set_selected(name == config.model.name)
            cost = estimate_for(config, profile, card.architecture) if profile is not None else None
            card.show_estimate(cost, config.training.epochs)


def _roughly(seconds: float) -> str:
    """A duration with no more digits than an estimate deserves."""
    minute, hour = 60.0, 3_600.0
    if seconds < minute:
        return duration(max(1.0, seconds))
    unit, name = (minute, "min") if seconds < hour else (hour, "h")
    return f"{max(1, round(seconds / unit))} {name}"
