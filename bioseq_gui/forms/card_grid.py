"""Cards under a heading, as many side by side as have room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import label

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import QResizeEvent

CARD_WIDTH = 264
"""Least width of a card, px."""
_MOST_COLUMNS = 4


class CardGrid(QWidget):
    """Cards that belong together.

    Args:
        title: Their heading.
        text: One sentence below it; empty for none.
    """

    def __init__(self, title: str, text: str = "", *, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[QWidget] = []
        self._wanted: Callable[[QWidget], bool] = lambda _: True
        self._columns = 1
        # Of its own, so that the cards do not hold the page at the width of the columns they stand in now.
        self.setMinimumWidth(CARD_WIDTH)
        self._grid = QGridLayout()
        self._grid.setSpacing(SPACE_3)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_2)
        column.addWidget(label(title, "heading"))
        if text:
            column.addWidget(label(text, "muted", wrap=True))
        column.addLayout(self._grid)

    @property
    def empty(self) -> bool:
        """No card is wanted."""
        return not any(self._wanted(card) for card in self._cards)

    def add(self, card: QWidget) -> None:
        """Put a card behind the others; `filter` shows them."""
        card.setParent(self)  # before it is made visible: without a parent it would be a window of its own
        self._cards.append(card)
        self._arrange()

    def filter(self, wanted: Callable[[QWidget], bool]) -> None:
        """Show only these cards; without any, nothing at all."""
        self._wanted = wanted
        self._arrange()
        self.setVisible(not self.empty)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """As many cards side by side as have room."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._columns = max(1, min(_MOST_COLUMNS, (event.size().width() + SPACE_3) // (CARD_WIDTH + SPACE_3)))
            self._arrange()

    def _arrange(self) -> None:
        shown = [card for card in self._cards if self._wanted(card)]
        # A width of their own, so that empty columns are as wide as those of other grids.
        width = (self.width() - (self._columns - 1) * SPACE_3) // self._columns
        for column in range(_MOST_COLUMNS + 1):
            self._grid.setColumnMinimumWidth(column, width if column < self._columns else 0)
            self._grid.setColumnStretch(column, int(column == self._columns))
        for card in self._cards:
            card.setVisible(card in shown)
        for place, card in enumerate(shown):
            self._grid.addWidget(card, place // self._columns, place % self._columns)
