"""About, keys, and the panel that shows what a configuration would change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QPushButton, QWidget

from bioseq.config.differences import differences
from bioseq.config.fields import with_value
from bioseq.config.schema import Configuration
from bioseq.version import VERSION
from bioseq_gui.actions import build_actions
from bioseq_gui.widgets.changes_panel import ChangesPanel
from bioseq_gui.widgets.dialogs import about, ask_to_interrupt, shortcut_sheet, versions

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme


def test_about_names_the_versions_and_copies_them(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = about(theme, parent)
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert VERSION in shown
    assert versions()["PySide6-Essentials"] in shown
    copy = next(button for button in dialog.findChildren(QPushButton) if button.text() == "Copy")
    copy.click()
    assert f"BioSeq Studio {VERSION}" in QApplication.clipboard().text()


@pytest.mark.parametrize(
    ("study", "sentence"),
    [("", "A training is under way."), ("Find the best model", "A study is under way: Find the best model.")],
)
def test_closing_says_what_is_under_way(
    study: str, sentence: str, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    said: list[tuple[str, str]] = []

    def looked_at(box: QMessageBox) -> int:
        said.append((box.text(), box.informativeText()))
        return 0

    monkeypatch.setattr(QMessageBox, "exec", looked_at)
    assert not ask_to_interrupt(parent, study)
    assert said[0][0] == sentence
    assert said[0][1].count("study") == bool(study)


def test_the_sheet_of_keys_lists_every_key(qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    actions = build_actions(parent)
    sheet = shortcut_sheet(actions.values(), parent)
    shown = {label.text() for label in sheet.findChildren(QLabel)}
    for action in actions.values():
        if not action.shortcut().isEmpty():
            assert action.shortcut().toString(action.shortcut().SequenceFormat.NativeText) in shown


def test_the_panel_shows_each_change_and_applies_on_request(theme: Theme, qtbot: QtBot) -> None:
    old = Configuration()
    new = with_value(with_value(old, "training.epochs", 7), "output.name", "other")
    panel = ChangesPanel()
    qtbot.addWidget(panel)
    panel.show_changes("mine.toml", differences(old, new))
    assert panel.isVisible()
    with qtbot.waitSignal(panel.applied):
        panel.apply_button.click()
    assert not panel.isVisible()
