"""Where a study begins: the three ways, the panel of the chosen one, and the studies that are there already."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from bioseq.errors import BioseqError
from bioseq.runs.history import Status
from bioseq_gui.pages import compare_words as words
from bioseq_gui.pages.compare_ways import BestWay, CompareWay, SearchWay, Way
from bioseq_gui.studies.shelf import list_studies
from bioseq_gui.tables.studies_table import StudiesModel, StudiesView
from bioseq_gui.theme.tokens import SPACE_1, SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import Card, IconLabel, button, label
from bioseq_gui.widgets.empty_state import EmptyState

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_LIST_HEIGHT = 128


class WayCard(Card):
    """What a way is, to be chosen."""

    def __init__(self, theme: Theme, icon: str, title: str, text: str) -> None:
        super().__init__(clickable=True)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        head = QHBoxLayout()
        head.setSpacing(SPACE_2)
        head.addWidget(IconLabel(theme, icon, tone="accent"))
        head.addWidget(label(title, "heading"), 1)
        self.body.addLayout(head)
        self.body.addWidget(label(text, "muted", wrap=True))
        self.body.addStretch(1)


class StartView(QWidget):
    """The page before a study is shown.

    Attributes:
        best: The panel of the first way.
        compare: That of the second.
        search: That of the third.
        studies: The list of the studies that are there.

    Signals:
        changed: What would be done is something else.
        data_requested: Go to the Data page.
        opened: Show a study; its folder.
        resumed: Go on with a study; its folder.
        discarded: Move a study to the trash; its folder.
    """

    changed = Signal()
    data_requested = Signal()
    opened = Signal(object)
    resumed = Signal(object)
    discarded = Signal(object)

    def __init__(self, session: Session, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._root: Path | None = None
        self.best = BestWay(session)
        self.compare = CompareWay(session, theme)
        self.search = SearchWay(session, theme)
        self._ways: dict[str, Way] = {"best": self.best, "compare": self.compare, "search": self.search}
        self._cards = {
            "best": WayCard(
                theme,
                "star",
                words.kind_title("best"),
                self.tr("One click: say how long it may take, and get the model that suits your data best."),
            ),
            "compare": WayCard(
                theme,
                "compare",
                words.kind_title("compare"),
                self.tr("Models of your choice, or values of one setting, over the same records."),
            ),
            "search": WayCard(
                theme,
                "search",
                words.kind_title("search"),
                self.tr("Let the program look for the settings of one or some models that work best."),
            ),
        }
        self.studies = StudiesView(theme, StudiesModel(words.kind_title, words.status_text))
        self.open = button(self.tr("Open"))
        self.resume = button(self.tr("Go on with it"), tip=self.tr("Finish a study that was stopped or interrupted"))
        self.delete = button(self.tr("Delete"), tip=self.tr("Move to the trash; you can undo it"))
        self._empty = EmptyState(
            theme,
            "compare",
            self.tr("First give sequences with labels"),
            self.tr(
                "Load them on the Data page. Then one click here tries simple and deep models, keeps the promising, "
                "and tells which is best and how sure that is."
            ),
            [(self.tr("Go to the data"), self.data_requested.emit)],
        )
        self._panels = QStackedWidget()
        self._chosen = "best"
        self._arrange()
        self._connect()
        self.choose("best")

    def _arrange(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(SPACE_3)
        for name, card in self._cards.items():
            cards.addWidget(card, 4 if name == "best" else 3)
        for panel in self._ways.values():
            self._panels.addWidget(panel)
        self._ready = QWidget()
        ways = QVBoxLayout(self._ready)
        ways.setContentsMargins(0, 0, 0, 0)
        ways.setSpacing(SPACE_3)
        ways.addLayout(cards)
        ways.addWidget(self._panels, 1)
        self._shelf = QWidget()
        shelf = QVBoxLayout(self._shelf)
        shelf.setContentsMargins(0, 0, 0, 0)
        shelf.setSpacing(SPACE_1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_2)
        row.addWidget(label(self.tr("Studies so far"), "strong"))
        row.addStretch(1)
        for action in (self.open, self.resume, self.delete):
            row.addWidget(action)
        shelf.addLayout(row)
        self.studies.setMinimumHeight(_LIST_HEIGHT)
        shelf.addWidget(self.studies, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_3)
        column.addWidget(self._empty, 3)
        column.addWidget(self._ready, 3)
        column.addWidget(self._shelf, 1)

    def _connect(self) -> None:
        for name, card in self._cards.items():
            card.clicked.connect(lambda name=name: self.choose(name))
        for way in self._ways.values():
            way.changed.connect(self.changed)
        self.studies.opened.connect(self.opened)
        self.studies.chosen.connect(self._show_actions)
        self.open.clicked.connect(lambda: self._with_selected("open"))
        self.resume.clicked.connect(lambda: self._with_selected("resume"))
        self.delete.clicked.connect(lambda: self._with_selected("delete"))

    # ------------------------------------------------------------------ the ways

    @property
    def way(self) -> Way:
        """The panel of the chosen way."""
        return self._ways[self._chosen]

    def choose(self, name: str) -> None:
        """Choose a way: "best", "compare" or "search"."""
        self._chosen = name
        for other, card in self._cards.items():
            card.set_selected(other == name)
            card.setAccessibleDescription(self.tr("chosen") if other == name else "")
        self._panels.setCurrentWidget(self.way)
        self.way.refresh()
        self.changed.emit()

    def card(self, name: str) -> Card:
        """The card of a way."""
        return self._cards[name]

    def refresh(self) -> None:
        """The data or settings of the session are others."""
        ready = self._session.inspection is not None
        self._ready.setVisible(ready)
        self._empty.setVisible(not ready)
        if ready:
            self.way.refresh()
        self.changed.emit()

    # ------------------------------------------------------------------ the list

    def set_root(self, root: Path) -> None:
        """List the studies of a folder."""
        self._root = root
        self.read_shelf()

    def read_shelf(self) -> None:
        """Read the list again."""
        try:
            entries = list_studies(self._root) if self._root is not None else ()
        except (BioseqError, OSError):
            entries = ()
        self.studies.show_studies(entries)
        self._shelf.setVisible(bool(entries))
        self._show_actions()

    def _show_actions(self) -> None:
        entry = self.studies.selected
        self.open.setEnabled(entry is not None)
        self.resume.setEnabled(entry is not None and entry.resumable)
        self.delete.setEnabled(entry is not None and entry.status is not Status.RUNNING)

    def _with_selected(self, what: str) -> None:
        entry = self.studies.selected
        signals = {"open": self.opened, "resume": self.resumed, "delete": self.discarded}
        if entry is not None:
            signals[what].emit(entry.path)
