"""The few windows beside the main one: what would be lost, about, the keys."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QMessageBox, QScrollArea, QVBoxLayout, QWidget

from bioseq_gui.theme.tokens import SPACE_2, SPACE_3, SPACE_4
from bioseq_gui.widgets.basics import IconLabel, button, label

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QAction

    from bioseq_gui.theme.theme import Theme

Answer = Literal["save", "discard", "cancel"]
_LIBRARIES = (
    "PySide6_Essentials",
    "pyqtgraph",
    "torch",
    "numpy",
    "scikit-learn",
    "pydantic",
    "biopython",
    "matplotlib",
    "reportlab",
)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dialogs", text)


def ask_to_save(parent: QWidget) -> Answer:
    """Ask what to do with a configuration that no file holds."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(_tr("The settings have changes that are not saved."))
    box.setInformativeText(_tr("Save them as a configuration file, so that you can load them again?"))
    kinds = QMessageBox.StandardButton
    box.setStandardButtons(kinds.Save | kinds.Discard | kinds.Cancel)
    box.setDefaultButton(kinds.Save)
    answers: dict[int, Answer] = {kinds.Save.value: "save", kinds.Discard.value: "discard"}
    return answers.get(box.exec(), "cancel")


def ask_to_interrupt(parent: QWidget, study: str = "") -> bool:
    """Ask whether what is under way may be interrupted by closing the window.

    Args:
        parent: The window.
        study: What the study under way is called; empty where a single training runs.
    """
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    if study:
        box.setText(_tr("A study is under way: {0}.").format(study))
        told = _tr("Close the window now? The study stops; you can go on with it later, and nothing done is lost.")
    else:
        box.setText(_tr("A training is under way."))
        told = _tr("Close the window now? The run stops and can be resumed from its last checkpoint.")
    box.setInformativeText(told)
    close = box.addButton(_tr("Stop and close"), QMessageBox.ButtonRole.DestructiveRole)
    go_on = _tr("Go on with the study") if study else _tr("Go on training")
    box.setDefaultButton(box.addButton(go_on, QMessageBox.ButtonRole.RejectRole))
    box.exec()
    return box.clickedButton() is close


def ask_to_empty_bin(parent: QWidget, runs: int) -> bool:
    """Ask whether the runs in the trash may be deleted for good."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setTextFormat(Qt.TextFormat.PlainText)
    question = _tr("Delete the run in the trash for good?") if runs == 1 else _tr("Delete {0} runs for good?")
    box.setText(question.format(runs))
    box.setInformativeText(_tr("Their models and results cannot be brought back."))
    delete = box.addButton(_tr("Delete"), QMessageBox.ButtonRole.DestructiveRole)
    box.setDefaultButton(box.addButton(_tr("Keep"), QMessageBox.ButtonRole.RejectRole))
    box.exec()
    return box.clickedButton() is delete


def versions() -> dict[str, str]:
    """Name of a library to its version, without importing it."""
    from bioseq.version import VERSION

    found = {"BioSeq Studio": VERSION, "Python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name.replace("_", "-")] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = _tr("not installed")
    found[_tr("System")] = f"{platform.system()} {platform.release()} {platform.machine()}"
    return found


def about(theme: Theme, parent: QWidget) -> QDialog:
    """What the program is and the versions of what it is made of."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(_tr("About BioSeq Studio"))
    column = QVBoxLayout(dialog)
    column.setContentsMargins(SPACE_4, SPACE_4, SPACE_4, SPACE_3)
    column.setSpacing(SPACE_3)
    column.addWidget(IconLabel(theme, "data", size=40, tone="accent"))
    column.addWidget(label("BioSeq Studio", "title"))
    text = _tr(
        "Train deep-learning classifiers of DNA, RNA and protein sequences on your own machine. "
        "Nothing leaves it: no account, no telemetry. MIT licence."
    )
    column.addWidget(label(text, wrap=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE_4)
    grid.setVerticalSpacing(SPACE_2 - 2)
    found = versions()
    for row, (name, version) in enumerate(found.items()):
        grid.addWidget(label(name, "muted"), row, 0)
        grid.addWidget(label(version, selectable=True), row, 1)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    copy = button(_tr("Copy"))
    lines = "\n".join(f"{name} {version}" for name, version in found.items())
    copy.clicked.connect(lambda: _copy(lines))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    dialog.setMinimumWidth(460)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def shortcut_sheet(actions: Iterable[QAction], parent: QWidget) -> QDialog:
    """All keys on one sheet."""
    dialog = QDialog(parent)
    dialog.setWindowTitle(_tr("Keyboard"))
    sheet = QWidget()
    grid = QGridLayout(sheet)
    grid.setHorizontalSpacing(SPACE_4)
    row = 0
    for action in actions:
        if action.shortcut().isEmpty():
            continue
        grid.addWidget(label(action.text().replace("&", "").rstrip("…")), row, 0)
        grid.addWidget(label(action.shortcut().toString(action.shortcut().SequenceFormat.NativeText), "strong"), row, 1)
        row += 1
    grid.setRowStretch(row, 1)
    area = QScrollArea()
    area.setWidget(sheet)
    area.setWidgetResizable(True)
    area.setAccessibleName(_tr("List of keys"))
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    column = QVBoxLayout(dialog)
    column.addWidget(area, 1)
    column.addWidget(buttons)
    dialog.resize(440, 560)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return dialog


def _copy(text: str) -> None:
    from PySide6.QtGui import QGuiApplication

    QGuiApplication.clipboard().setText(text)
