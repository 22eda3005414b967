"""The window as a whole: pages, keys, names, drops, closing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, QSize, QSysInfo, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QScrollArea, QWidget

from bioseq.resources import resource_folder
from bioseq_gui.actions import ACTIONS
from bioseq_gui.main_window import PAGES, SMALLEST
from bioseq_gui.widgets.drop_overlay import paths_in

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application

SAMPLES = resource_folder() / "samples"


def mime(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def hold(application: Application, data: QMimeData) -> QDragEnterEvent:
    event = QDragEnterEvent(
        QPoint(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(application.window, event)
    return event


def drop(application: Application, *paths: Path) -> QDropEvent:
    data = mime(*paths)
    hold(application, data)
    event = QDropEvent(
        QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(application.window, event)
    return event


def wait_for_data(application: Application, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: application.session.inspection is not None, timeout=30_000)


def test_every_page_can_be_shown(application: Application) -> None:
    for name in PAGES:
        application.show_page(name)
        assert application.window.page == name


def test_a_window_with_all_pages_and_data_never_loads_torch() -> None:
    script = (
        "import sys; from bioseq_gui.app import main; status = main(['--self-test'])\n"
        "sys.exit(status or bool({'torch', 'sklearn', 'scipy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_no_two_commands_share_a_key(application: Application) -> None:
    keys: dict[str, str] = {}
    for name, action in application.actions.items():
        for key in action.shortcuts():
            assert key.toString() not in keys, f"{name} and {keys[key.toString()]} share {key.toString()}"
            keys[key.toString()] = name
    assert len(keys) > 20


def test_every_command_stands_in_a_menu_and_does_something(application: Application) -> None:
    shown = {action for menu in application.window.menus.values() for action in menu.actions()}
    for description in ACTIONS:
        action = application.actions[description.name]
        assert action in shown
        connected = action.receivers("2triggered(bool)") + action.receivers("2toggled(bool)")
        assert connected > 0, description.name


def test_every_widget_that_takes_the_focus_has_a_name(application: Application, qtbot: QtBot) -> None:
    drop(application, SAMPLES / "promoters.fasta")
    wait_for_data(application, qtbot)
    unnamed = []
    for name in PAGES:
        application.show_page(name)
        unnamed += [
            (name, type(widget).__name__, widget.objectName())
            for widget in application.window.findChildren(QWidget)
            if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not spoken(widget)
        ]
    assert unnamed == []


def spoken(widget: QWidget) -> str:
    """What a screen reader would say of a widget."""
    if widget.accessibleName():
        return widget.accessibleName()
    if isinstance(widget, QAbstractButton | QLabel):
        return widget.text()
    parent = widget.parentWidget()
    belongs = parent is not None and widget.objectName().startswith("qt_") and bool(parent.accessibleName())
    return parent.accessibleName() if belongs and parent is not None else ""


def test_held_files_are_told_before_they_are_dropped(application: Application, tmp_path: Path) -> None:
    hold(application, mime(SAMPLES / "promoters.fasta"))
    overlay = application.window.overlay
    assert overlay is not None
    assert overlay.isVisible()
    assert "promoters.fasta" in overlay.held.sentence
    QApplication.sendEvent(application.window, QDragLeaveEvent())
    assert not overlay.isVisible()
    strange = tmp_path / "letter.docx"
    strange.write_bytes(b"PK\x03\x04" + bytes(range(256)))
    hold(application, mime(strange))
    assert "Not understood: .docx" in overlay.held.sentence
    QApplication.sendEvent(application.window, QDragLeaveEvent())


def test_what_is_not_understood_is_refused_with_the_reason(application: Application, tmp_path: Path) -> None:
    strange = tmp_path / "picture.png"
    strange.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    event = drop(application, strange)
    assert not event.isAccepted()
    assert "Not understood" in application.window.message.text
    assert application.session.files == ()


def test_a_dropped_file_fills_data_and_settings(application: Application, qtbot: QtBot) -> None:
    event = drop(application, SAMPLES / "promoters.fasta")
    assert event.isAccepted()
    wait_for_data(application, qtbot)
    session = application.session
    assert session.dataset is not None
    assert len(session.dataset) == 106
    assert session.configuration.data.files[0].path.endswith("promoters.fasta")
    assert session.reasons
    assert not session.dirty


def test_a_folder_and_files_can_be_dropped_together(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    folder = tmp_path / "classes"
    folder.mkdir()
    (folder / "positive.fa").write_text(">a\nACGTACGT\n>b\nACGTACGA\n" * 4)
    (folder / "negative.fa").write_text(">c\nTTTTACGT\n>d\nTTTTCCGA\n" * 4)
    drop(application, folder)
    wait_for_data(application, qtbot)
    assert len(application.session.files) == 2
    assert application.session.inspection is not None
    assert application.session.inspection.profile.label_names == ("negative", "positive")


@pytest.mark.parametrize("host", ["", "localhost", "LOCALHOST", QSysInfo.machineHostName()])
def test_a_dropped_address_that_names_this_machine_is_a_local_path(tmp_path: Path, host: str) -> None:
    path = tmp_path / "with blank \u00e9.fa"
    url = QUrl.fromLocalFile(str(path))
    url.setHost(host)
    data = QMimeData()
    data.setUrls([url])
    assert paths_in(data) == (path,)


def test_a_dropped_address_of_another_machine_stays_a_network_path() -> None:
    data = QMimeData()
    data.setUrls([QUrl("file://fileserver/share/x.fa")])
    assert paths_in(data) == (Path("//fileserver/share/x.fa"),)


@pytest.mark.parametrize("room", [QSize(1093, 574), QSize(911, 472), QSize(640, 400)])
def test_the_window_fits_on_a_small_screen_and_all_of_it_can_be_reached(
    application: Application, monkeypatch: pytest.MonkeyPatch, room: QSize
) -> None:
    window = application.window
    monkeypatch.setattr(window, "screen", lambda: SimpleNamespace(availableGeometry=lambda: QRect(QPoint(0, 0), room)))
    window.resize(1280, 800)
    window._fit_to_screen()
    QApplication.processEvents()
    assert window.frameGeometry().size() == room
    assert window.minimumSize().boundedTo(SMALLEST) == window.minimumSize()
    strip = window.status.mapTo(window, window.status.rect().bottomLeft())
    assert strip.y() < window.height()
    for name in PAGES:
        application.show_page(name)
        QApplication.processEvents()
        page = window.page_widget(name)
        assert page is not None
        seen, needed = page.parentWidget().size(), page.minimumSizeHint()
        assert page.width() >= needed.width()
        assert page.height() >= needed.height()
        area = page.parentWidget().parentWidget()
        assert isinstance(area, QScrollArea)
        assert area.verticalScrollBar().maximum() >= needed.height() - seen.height()
        assert area.horizontalScrollBar().maximum() >= needed.width() - seen.width()


def test_a_remote_address_is_refused(application: Application) -> None:
    data = QMimeData()
    data.setUrls([QUrl("https://example.org/sequences.fasta")])
    hold(application, data)
    overlay = application.window.overlay
    assert overlay is not None
    assert not overlay.held.acceptable
    assert overlay.held.sentence
    QApplication.sendEvent(application.window, QDragLeaveEvent())


def test_pasted_lines_become_records(application: Application, qtbot: QtBot) -> None:
    QApplication.clipboard().setText(">one|x|train\nACGTACGTAC\n>two|y|train\nTTTTACGTAC\n")
    application.actions["paste"].trigger()
    wait_for_data(application, qtbot)
    assert application.session.dataset is not None
    assert list(application.session.dataset.ids) == ["one", "two"]


def test_taking_all_files_out_can_be_undone(application: Application, qtbot: QtBot) -> None:
    drop(application, SAMPLES / "promoters.fasta")
    wait_for_data(application, qtbot)
    config = application.session.configuration
    application.actions["new"].trigger()
    assert application.session.files == ()
    assert application.session.inspection is None
    application.actions["undo"].trigger()
    wait_for_data(application, qtbot)
    assert application.session.configuration == config


def test_a_reading_can_be_stopped_and_taken_up_again(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    large = tmp_path / "large.fasta"
    large.write_text("".join(f">r{row}|{'xy'[row % 2]}|train\n{'ACGT' * 60}\n" for row in range(60_000)))
    drop(application, large)
    qtbot.waitUntil(lambda: application.status._reading)
    application.window.status.stop_requested.emit()
    qtbot.waitUntil(lambda: bool(application.session.data_error), timeout=20_000)
    assert application.window.message.text == "Reading was stopped."
    application.window.message.remedy_clicked.emit()
    wait_for_data(application, qtbot)
    assert application.session.data_error == ""


def test_the_look_changes_at_once_and_is_remembered(application: Application) -> None:
    application.actions["theme_dark"].trigger()
    assert application.theme.palette.name == "dark"
    assert application.preferences.preferences.theme == "dark"
    application.actions["theme_light"].trigger()
    assert application.theme.palette.name == "light"


def test_closing_with_unsaved_settings_asks_first(application: Application, qtbot: QtBot) -> None:
    application.session.edit("training.epochs", 7)
    assert application.window.isWindowModified()
    asked = []
    application._ask_to_save = lambda _: asked.append(1) or "cancel"  # type: ignore[func-returns-value]
    application.window.close()
    assert asked
    assert application.window.isVisible()
    application._ask_to_save = lambda _: "discard"


def test_a_configuration_saved_and_opened_in_a_new_session_is_the_same(
    application: Application, qtbot: QtBot, tmp_path: Path
) -> None:
    drop(application, SAMPLES / "promoters.fasta")
    wait_for_data(application, qtbot)
    application.session.edit("training.epochs", 9)
    path = tmp_path / "mine.toml"
    assert application.configuration_flow.save(path)
    assert not application.session.dirty
    saved = application.session.configuration
    application.session.edit("training.epochs", 11)
    drop(application, path)
    assert application.window.changes is not None
    assert application.window.changes.isVisible()
    assert application.session.configuration.training.epochs == 11
    application.window.changes.applied.emit()
    assert application.session.configuration == saved
    assert application.window.windowTitle().startswith("mine")


def test_foreign_text_is_never_shown_as_markup(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    evil = tmp_path / "evil.fasta"
    evil.write_text(">a|<b>bold</b>|train\nACGTACGTAC\n>b|<img src=file:x>|train\nTTTTACGTAC\n")
    drop(application, evil)
    wait_for_data(application, qtbot)
    for name in PAGES:
        application.show_page(name)
        for shown in application.window.findChildren(QLabel):
            if "<b>" in shown.text() or "<img" in shown.text():
                assert shown.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize("name", PAGES)
def test_each_page_has_its_key(application: Application, name: str) -> None:
    application.actions[f"page_{name}"].trigger()
    assert application.window.page == name
    assert application.window.rail.step(name).isChecked()
