"""The catalogue as cards by family, and the presets; one search box finds both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QTabBar, QVBoxLayout, QWidget

from bioseq.catalogue.registry import ARCHITECTURES, MODELS
from bioseq.catalogue.specification import Family
from bioseq.config.presets import presets
from bioseq.config.suitability import why_unsuited
from bioseq_gui.forms.card_grid import CARD_WIDTH, CardGrid
from bioseq_gui.forms.model_cards import ModelCard, PresetCard, family_title
from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable

    from bioseq.catalogue.specification import ModelSpecification
    from bioseq.config.presets import Preset
    from bioseq.config.schema import Configuration
    from bioseq.protocol.events import CostMeasured
    from bioseq.sequences.profile import DataProfile
    from bioseq_gui.theme.theme import Theme

_MODELS, _PRESETS = range(2)


class Gallery(QWidget):
    """All models by family, feature baselines last and apart; beside them the presets.

    Cards are built a few at a time, so that the window answers in between.

    Signals:
        chosen: The card of a model was chosen (its name).
        preset_chosen: The card of a preset was chosen (its name).
        costs_wanted: What these networks cost on this machine should be measured (their names).
        measuring_stop_wanted: Enough has been measured.
    """

    chosen = Signal(str)
    preset_chosen = Signal(str)
    costs_wanted = Signal(tuple)
    measuring_stop_wanted = Signal()

    def __init__(self, theme: Theme, *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._models: dict[str, ModelCard] = {}
        self._presets: dict[str, PresetCard] = {}
        self._state: tuple[Configuration, DataProfile | None, Callable[[str], CostMeasured | None]] | None = None
        self._search = QLineEdit()
        self._tabs = QTabBar()
        self._measure = button(
            self.tr("Measure all"),
            tip=self.tr("Train a few steps of each network that suits the data, on this machine"),
        )
        self._nothing = label(self.tr("Nothing matches."), "muted")
        self._grids: dict[tuple[int, Family], CardGrid] = {}
        self._building = {_MODELS: Turns(self), _PRESETS: Turns(self)}
        self._showing = Turns(self)
        self._arrange()
        self._search.textChanged.connect(self._filter)
        self._tabs.currentChanged.connect(self._filter)
        self._measuring = False
        self._measure.clicked.connect(self._measure_or_stop)
        self._measure.setVisible(False)
        self._filter()
        # All of a tab are shown at once when they are there: while they come, the layout would press them together.
        self._building[_MODELS].take(*(partial(self._add_model, model) for model in MODELS.values()), self._filter)
        self._building[_PRESETS].take(*(partial(self._add_preset, preset) for preset in presets()), self._filter)

    def _arrange(self) -> None:
        self.setMinimumWidth(CARD_WIDTH)
        self._tabs.addTab(self.tr("Models"))
        self._tabs.addTab(self.tr("Presets"))
        self._tabs.setUsesScrollButtons(False)
        self._tabs.setAccessibleName(self.tr("Models or presets"))
        self._search.setPlaceholderText(self.tr("Search: motif, attention, peptide…"))
        self._search.setAccessibleName(self.tr("Search models and presets"))
        self._search.setClearButtonEnabled(True)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(self._tabs)
        head.addStretch(1)
        head.addWidget(self._search, 2)
        head.addWidget(self._measure)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addLayout(head)
        column.addWidget(self._nothing)
        for tab in (_MODELS, _PRESETS):
            for family in Family:
                title, text = family_title(family)
                grid = self._grids[tab, family] = CardGrid(title, text if tab == _MODELS else "")
                grid.hide()
                column.addWidget(grid)
        column.addStretch(1)

    # ------------------------------------------------------------------ cards

    def card(self, name: str) -> ModelCard:
        """The card of a model."""
        self.finish()
        return self._models[name]

    def preset_card(self, name: str) -> PresetCard:
        """The card of a preset."""
        self.finish()
        return self._presets[name]

    def finish(self) -> None:
        """Build and fill at once all cards that are still waiting for their turn."""
        for turns in (*self._building.values(), self._showing):
            turns.finish()

    def _add_model(self, model: ModelSpecification) -> None:
        card = ModelCard(self._theme, model, family_title(model.family)[0])
        card.clicked.connect(lambda: self.chosen.emit(model.name))
        self._models[model.name] = card
        self._put(_MODELS, model.family, card)

    def _add_preset(self, preset: Preset) -> None:
        model = MODELS[preset.model]
        card = PresetCard(self._theme, preset, model)
        card.clicked.connect(lambda: self.preset_chosen.emit(preset.name))
        self._presets[preset.name] = card
        self._put(_PRESETS, model.family, card)

    def _put(self, tab: int, family: Family, card: ModelCard | PresetCard) -> None:
        if self._state is not None:
            card.show_choice(*self._state)
        self._grids[tab, family].add(card)

    # ------------------------------------------------------------------ showing

    def show_presets(self) -> None:
        """Turn to the presets."""
        self._tabs.setCurrentIndex(_PRESETS)

    def search(self, text: str) -> None:
        """Show only what holds all these words."""
        self._search.setText(text)

    def show_choice(
        self, config: Configuration, profile: DataProfile | None, cost: Callable[[str], CostMeasured | None]
    ) -> None:
        """Mark what is chosen, and say what each model would cost; the chosen one at once, the others in turns.

        Args:
            config: The settings.
            profile: What the data are like; None without data.
            cost: What was measured of a network, if anything was.
        """
        self._state = (config, profile, cost)
        self._measure.setVisible(profile is not None)
        cards: list[ModelCard | PresetCard] = [*self._models.values(), *self._presets.values()]
        for card in cards:
            if card.selected or (isinstance(card, ModelCard) and card.model.name == config.model.name):
                card.show_choice(*self._state)
        self._showing.take(*(partial(self._show_card, card) for card in cards))

    def show_measuring(self, done: int, total: int) -> None:
        """Say how far a measurement is; 0 of 0 when there is none. That of a single network is soon over."""
        self._measuring = total > 1
        text = self.tr("Stop measuring ({0} of {1})").format(done, total) if total > 1 else self.tr("Measure all")
        self._measure.setText(text)
        self._measure.setAccessibleName(text)

    def _measure_or_stop(self) -> None:
        if self._measuring:
            self.measuring_stop_wanted.emit()
        elif self._state is not None:
            self._want_costs(*self._state)

    def _want_costs(
        self, config: Configuration, profile: DataProfile | None, cost: Callable[[str], CostMeasured | None]
    ) -> None:
        suited = [name for name in ARCHITECTURES if not why_unsuited(ARCHITECTURES[name], config, profile)]
        self.costs_wanted.emit(tuple(name for name in suited if cost(name) is None))

    def _show_card(self, card: ModelCard | PresetCard) -> None:
        if self._state is not None:
            card.show_choice(*self._state)

    def _filter(self) -> None:
        words = self._search.text().casefold().split()
        found = False
        for (tab, _), grid in self._grids.items():
            if tab != self._tabs.currentIndex():
                grid.hide()
                continue
            grid.filter(lambda card: all(word in card.words for word in words))  # type: ignore[attr-defined]
            found = found or not grid.empty
        self._nothing.setVisible(bool(words) and not found)
