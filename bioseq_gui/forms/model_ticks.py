"""Models to tick, by family: those that suit the data first, the others grey with the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from bioseq.catalogue.registry import MODELS
from bioseq.catalogue.specification import Family
from bioseq.config.suitability import why_unsuited
from bioseq_gui.forms.model_cards import family_title
from bioseq_gui.theme.tokens import SPACE_1
from bioseq_gui.widgets.basics import button, label
from bioseq_gui.widgets.text import tip

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bioseq.config.schema import Configuration
    from bioseq.sequences.profile import DataProfile
    from bioseq_gui.theme.theme import Theme

_NAME = int(Qt.ItemDataRole.UserRole)
_CHECKED, _UNCHECKED = Qt.CheckState.Checked, Qt.CheckState.Unchecked
_LEFT_OUT = (Family.ENSEMBLE,)


class ModelTicks(QWidget):
    """A tree of families with a tick box per model.

    Signals:
        changed: Other models are ticked.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._items: dict[str, QTreeWidgetItem] = {}
        self._tree = QTreeWidget()
        self._tree.setColumnCount(2)
        self._tree.setHeaderHidden(True)
        self._tree.setRootIsDecorated(True)
        self._tree.setIndentation(16)
        self._tree.setProperty("framed", "true")
        self._tree.setAccessibleName(self.tr("Models to take part"))
        self._tree.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._tree.header().setStretchLastSection(True)
        self._none = button(self.tr("None"), "link", tip=self.tr("Untick all models"))
        self._suited = button(self.tr("All that suit"), "link", tip=self.tr("Tick every model that suits the data"))
        self._count = label("", "muted")
        self._arrange()
        self._fill()
        self._tree.itemChanged.connect(self._tell)
        self._none.clicked.connect(lambda: self.tick(()))
        self._suited.clicked.connect(lambda: self.tick(self.suited))

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self._count, 1)
        row.addWidget(self._suited)
        row.addWidget(self._none)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_1)
        column.addLayout(row)
        column.addWidget(self._tree, 1)

    def _fill(self) -> None:
        for family in Family:
            models = [model for model in MODELS.values() if model.family is family]
            if not models or family in _LEFT_OUT:
                continue
            heading = QTreeWidgetItem([family_title(family)[0]])
            font = heading.font(0)
            font.setBold(True)
            heading.setFont(0, font)
            heading.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self._tree.addTopLevelItem(heading)
            heading.setFirstColumnSpanned(True)
            for model in models:
                item = QTreeWidgetItem([model.title, model.summary])
                item.setData(0, _NAME, model.name)
                item.setCheckState(0, _UNCHECKED)
                item.setToolTip(0, tip(f"{model.good_for} {model.paper}"))
                heading.addChild(item)
                self._items[model.name] = item
        self._tree.expandAll()
        self._tree.setColumnWidth(0, 216)
        self._tell_count()

    # ------------------------------------------------------------------ what is ticked

    @property
    def ticked(self) -> tuple[str, ...]:
        """Names of the ticked models that can take part, in the order of the catalogue."""
        return tuple(name for name, item in self._items.items() if item.checkState(0) == _CHECKED and _possible(item))

    @property
    def suited(self) -> tuple[str, ...]:
        """Names of the models that suit the data."""
        return tuple(name for name, item in self._items.items() if _possible(item))

    def reason(self, name: str) -> str:
        """Why a model cannot take part; empty when it can."""
        item = self._items[name]
        return "" if _possible(item) else item.text(1)

    def tick(self, names: Iterable[str]) -> None:
        """Tick these and no others."""
        wanted = set(names)
        with QSignalBlocker(self._tree):
            for name, item in self._items.items():
                item.setCheckState(0, _CHECKED if name in wanted and _possible(item) else _UNCHECKED)
        self._tell()

    def show_data(self, config: Configuration, profile: DataProfile | None) -> None:
        """Say which models suit the data: suited ones stand first in their family, the others are grey."""
        with QSignalBlocker(self._tree):
            for name, item in self._items.items():
                self._show_reason(item, why_unsuited(MODELS[name], config, profile), MODELS[name].summary)
            for place in range(self._tree.topLevelItemCount()):
                heading = self._tree.topLevelItem(place)
                if heading is not None:
                    _suited_first(heading)
        self._tell()

    def _show_reason(self, item: QTreeWidgetItem, reason: str, summary: str) -> None:
        flags = Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsSelectable
        item.setFlags(flags if reason else flags | Qt.ItemFlag.ItemIsEnabled)
        item.setText(1, reason or summary)
        item.setToolTip(1, tip(reason or summary))
        if reason:
            item.setCheckState(0, _UNCHECKED)

    def _tell(self) -> None:
        self._tell_count()
        self.changed.emit()

    def _tell_count(self) -> None:
        count = len(self.ticked)
        one = self.tr("1 model ticked") if count == 1 else self.tr("{0} models ticked").format(count)
        self._count.setText(one)


def _possible(item: QTreeWidgetItem) -> bool:
    return bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)


def _suited_first(heading: QTreeWidgetItem) -> None:
    names = list(MODELS)
    children = heading.takeChildren()
    children.sort(key=lambda item: (not _possible(item), names.index(item.data(0, _NAME))))
    heading.addChildren(children)
    heading.setExpanded(True)
