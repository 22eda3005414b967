"""Which columns and which worksheet of a table are read: a menu for each, with those that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3
from bioseq_gui.widgets.basics import label
from bioseq_gui.widgets.text import for_display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bioseq.sequences.files import FileRequest
    from bioseq.sequences.records import Choice

_MENU_WIDTH = 200
_SHOWN = 40


def _tr(text: str) -> str:
    return QCoreApplication.translate("ColumnChoices", text)


def role_title(role: str) -> str:
    """What a column or a worksheet is read as, as the window calls it."""
    return {
        "sheet": _tr("Worksheet"),
        "id": _tr("Id"),
        "sequence": _tr("Sequence"),
        "label": _tr("Class"),
        "split": _tr("Split"),
    }.get(role, role)


def summarise_choices(choices: Sequence[Choice]) -> str:
    """What was taken, in one line: "Sequence: aa_seq · Class: location · Id: gene"."""
    order = ("sequence", "label", "id", "split", "sheet")
    taken = {choice.role: choice.taken for choice in choices}
    parts = [f"{role_title(role)}: {for_display(taken[role], longest=_SHOWN)}" for role in order if taken.get(role)]
    if "label" in taken and not taken["label"]:
        by_sheet = taken.get("sheet") == ""
        parts.insert(1, _tr("Class: worksheet") if by_sheet else _tr("no class column"))
    return " · ".join(parts)


def tell_label_source(source: str) -> str:
    """Where the classes of a file that is no table come from, as its card says; empty where there are none."""
    return {
        "header": _tr("Classes from the headers"),
        "file": _tr("Class from the name of the file, or set for it"),
        "sheet": _tr("Classes from the label sheet"),
    }.get(source, "")


class LabelSources(NamedTuple):
    """Where labels may come from, which is one choice for all files.

    Attributes:
        title: Of the option.
        words: Value to what it is called.
        value: What is chosen.
    """

    title: str
    words: dict[str, str]
    value: str


class ColumnChoices(QFrame):
    """The menus, in a frame that closes when one clicks beside it.

    Signals:
        chosen: Role, and the name that the person chose; empty to detect it.
        source_chosen: Where labels come from, a value of the option.
    """

    chosen = Signal(str, str)
    source_chosen = Signal(str)

    def __init__(
        self,
        choices: Sequence[Choice],
        request: FileRequest,
        sources: LabelSources,
        parent: QWidget | None = None,
    ) -> None:
        """Build it.

        Args:
            choices: What was taken of what there is; none for a file that is no table.
            request: What the person said of the file.
            sources: Where labels may come from.
            parent: Owner.
        """
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("kind", "card")
        self._menus: dict[str, QComboBox] = {}
        form = QFormLayout(self)
        form.setContentsMargins(SPACE_3, SPACE_3, SPACE_3, SPACE_3)
        form.setSpacing(SPACE_2)
        for choice in choices:
            menu = self._menus[choice.role] = self._build_menu(choice, request)
            title = label(role_title(choice.role))
            title.setBuddy(menu)
            form.addRow(title, menu)
        self.sources = QComboBox()
        self.sources.setMinimumWidth(_MENU_WIDTH)
        self.sources.setAccessibleName(sources.title)
        for value, words in sources.words.items():
            self.sources.addItem(words, value)
        self.sources.setCurrentIndex(self.sources.findData(sources.value))
        self.sources.activated.connect(self._choose_source)
        title = label(_tr("{0}, all files").format(sources.title))
        title.setBuddy(self.sources)
        form.addRow(title, self.sources)
        form.addRow(label(_tr("The files are read again with what you choose."), "muted"))

    @property
    def menus(self) -> dict[str, QComboBox]:
        """Role to its menu."""
        return self._menus

    def _build_menu(self, choice: Choice, request: FileRequest) -> QComboBox:
        menu = QComboBox()
        menu.setMinimumWidth(_MENU_WIDTH)
        menu.setAccessibleName(role_title(choice.role))
        named = request.sheet if choice.role == "sheet" else getattr(request, f"{choice.role}_column")
        detected = choice.taken if not named else ""
        if choice.role == "sheet" and not choice.taken:
            detected = _tr("all with these columns")
        menu.addItem(_tr("Detect") + (f" ({for_display(detected, longest=_SHOWN)})" if detected else ""), "")
        for name in dict.fromkeys(choice.options):
            menu.addItem(for_display(name, longest=_SHOWN), name)
        at = menu.findData(named)
        menu.setCurrentIndex(max(0, at))
        menu.activated.connect(lambda _, role=choice.role, menu=menu: self._choose(role, menu))
        return menu

    def _choose_source(self) -> None:
        self.close()
        self.source_chosen.emit(str(self.sources.currentData()))

    def _choose(self, role: str, menu: QComboBox) -> None:
        self.close()
        self.chosen.emit(role, str(menu.currentData()))
