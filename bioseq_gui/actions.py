"""Every command of the window as data: text, place in the menus, key.

A menu entry, a key and a button share one QAction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication
from PySide6.QtGui import QAction, QKeySequence

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

_Key = QKeySequence.StandardKey


@dataclass(frozen=True, slots=True)
class ActionDescription:
    """One command.

    Attributes:
        name: Key in the table of actions.
        text: In the menu, with its mnemonic.
        menu: The menu that it stands in; "theme", "samples" and "recent" are submenus.
        key: Standard key of the platform, or keys in words; None for none.
        tip: What it does, for the status strip and screen readers.
        separated: A line stands above it.
        checkable: It can be on or off.
    """

    name: str
    text: str
    menu: str
    key: QKeySequence.StandardKey | str | None = None
    tip: str = ""
    separated: bool = False
    checkable: bool = False


_T = QT_TRANSLATE_NOOP

ACTIONS: tuple[ActionDescription, ...] = (
    ActionDescription(
        "new", str(_T("Actions", "&New")), "file", _Key.New, str(_T("Actions", "Start over without data"))
    ),
    ActionDescription("open", str(_T("Actions", "&Open sequences…")), "file", _Key.Open),
    ActionDescription("open_folder", str(_T("Actions", "Open &folder…")), "file", "Ctrl+Shift+F"),
    ActionDescription("paste", str(_T("Actions", "&Paste sequences")), "file", "Ctrl+Shift+V"),
    ActionDescription(
        "open_config", str(_T("Actions", "Open &configuration…")), "file", "Ctrl+Shift+O", separated=True
    ),
    ActionDescription("save_config", str(_T("Actions", "&Save configuration")), "file", _Key.Save),
    ActionDescription("save_config_as", str(_T("Actions", "Save configuration &as…")), "file", "Ctrl+Shift+S"),
    ActionDescription("open_model", str(_T("Actions", "Open &model…")), "file", "Ctrl+Shift+M", separated=True),
    ActionDescription("export", str(_T("Actions", "&Export predictions…")), "file", "Ctrl+E"),
    ActionDescription("runs_folder", str(_T("Actions", "Folder for &runs…")), "file", separated=True),
    ActionDescription("empty_bin", str(_T("Actions", "Empty the &trash of runs…")), "file"),
    ActionDescription("quit", str(_T("Actions", "&Quit")), "file", _Key.Quit, separated=True),
    ActionDescription("undo", str(_T("Actions", "&Undo")), "edit", _Key.Undo),
    ActionDescription("redo", str(_T("Actions", "&Redo")), "edit", _Key.Redo),
    ActionDescription("find", str(_T("Actions", "&Find in the page")), "edit", _Key.Find, separated=True),
    ActionDescription("recommend", str(_T("Actions", "Use recommended &settings")), "edit", separated=True),
    ActionDescription("page_data", str(_T("Actions", "&Data")), "view", "Ctrl+1"),
    ActionDescription("page_model", str(_T("Actions", "&Model")), "view", "Ctrl+2"),
    ActionDescription("page_training", str(_T("Actions", "&Train")), "view", "Ctrl+3"),
    ActionDescription("page_results", str(_T("Actions", "&Results")), "view", "Ctrl+4"),
    ActionDescription("page_compare", str(_T("Actions", "&Compare")), "view", "Ctrl+5"),
    ActionDescription("page_prediction", str(_T("Actions", "&Predict")), "view", "Ctrl+6"),
    ActionDescription("page_runs", str(_T("Actions", "R&uns")), "view", "Ctrl+7"),
    ActionDescription("theme_system", str(_T("Actions", "As the &system")), "theme", checkable=True),
    ActionDescription("theme_light", str(_T("Actions", "&Light")), "theme", checkable=True),
    ActionDescription("theme_dark", str(_T("Actions", "&Dark")), "theme", checkable=True),
    ActionDescription("larger", str(_T("Actions", "L&arger text")), "view", _Key.ZoomIn, separated=True),
    ActionDescription("smaller", str(_T("Actions", "S&maller text")), "view", _Key.ZoomOut),
    ActionDescription("actual_size", str(_T("Actions", "&Ordinary text size")), "view", "Ctrl+0"),
    ActionDescription("full_screen", str(_T("Actions", "&Full screen")), "view", "F11", checkable=True),
    ActionDescription("train", str(_T("Actions", "&Train")), "run", "Ctrl+Return"),
    ActionDescription("pause", str(_T("Actions", "&Pause")), "run", "Ctrl+P"),
    ActionDescription("stop", str(_T("Actions", "&Stop and keep the best")), "run", "Ctrl+."),
    ActionDescription("cancel", str(_T("Actions", "&Cancel and discard")), "run"),
    ActionDescription("best", str(_T("Actions", "Find the &best model…")), "run", "Ctrl+B", separated=True),
    ActionDescription("predict", str(_T("Actions", "P&redict")), "run", "Ctrl+Shift+Return", separated=True),
    ActionDescription("help", str(_T("Actions", "&First classifier in a minute")), "help", _Key.HelpContents),
    ActionDescription("lessons", str(_T("Actions", "How networks &read")), "help"),
    ActionDescription("shortcuts", str(_T("Actions", "&Keyboard")), "help", "Ctrl+/"),
    ActionDescription("log_folder", str(_T("Actions", "Folder with the &log")), "help", separated=True),
    ActionDescription("about", str(_T("Actions", "&About BioSeq Studio")), "help", separated=True),
)

MENUS: tuple[tuple[str, str], ...] = (
    ("file", str(_T("Actions", "&File"))),
    ("edit", str(_T("Actions", "&Edit"))),
    ("view", str(_T("Actions", "&View"))),
    ("run", str(_T("Actions", "&Run"))),
    ("help", str(_T("Actions", "&Help"))),
)


def translated(text: str) -> str:
    """A text of the table in the person's language."""
    return QCoreApplication.translate("Actions", text)


def build_actions(parent: QObject) -> dict[str, QAction]:
    """A QAction for each description."""
    return {description.name: _build(description, parent) for description in ACTIONS}


def _build(description: ActionDescription, parent: QObject) -> QAction:
    action = QAction(translated(description.text), parent)
    action.setObjectName(description.name)
    action.setCheckable(description.checkable)
    if description.tip:
        action.setStatusTip(translated(description.tip))
    match description.key:
        case QKeySequence.StandardKey() as standard:
            # The first key only: some platforms give a standard key several, which would clash with ours.
            keys = QKeySequence.keyBindings(standard)
            action.setShortcuts(keys[:1])
        case str() as keys_in_words:
            action.setShortcut(QKeySequence(keys_in_words))
        case _:
            pass
    return action
