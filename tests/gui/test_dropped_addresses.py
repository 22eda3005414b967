"""What a file manager drops is a local path, however its address is written; other computers are told apart."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSysInfo, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from bioseq_gui.widgets import drop_overlay
from bioseq_gui.widgets.drop_overlay import is_there, look_at, other_computer, paths_in

if TYPE_CHECKING:
    from bioseq_gui.app import Application

OWN = QSysInfo.machineHostName()
RECORD = ">a|x\nACGTACGT\n>b|y\nACGTTTGT\n"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths have other roots there")


def dragged(*addresses: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(address) for address in addresses])
    return data


@pytest.mark.parametrize(
    ("address", "path"),
    [
        ("file:///data/x.fa", "/data/x.fa"),
        ("file:/data/x.fa", "/data/x.fa"),
        ("file://localhost/data/x.fa", "/data/x.fa"),
        ("file://LOCALHOST/data/x.fa", "/data/x.fa"),
        ("file://localhost.localdomain/data/x.fa", "/data/x.fa"),
        ("file://127.0.0.1/data/x.fa", "/data/x.fa"),
        ("file://[::1]/data/x.fa", "/data/x.fa"),
        (f"file://{OWN}/data/x.fa", "/data/x.fa"),
        (f"file://{OWN.upper()}/data/x.fa", "/data/x.fa"),
        ("file:///data/two%20words.fa", "/data/two words.fa"),
        ("file://localhost/data/two%20words.fa", "/data/two words.fa"),
        ("file:///data/gr%C3%BCn%20%E8%9B%8B%E7%99%BD.fa", "/data/grün 蛋白.fa"),
        ("file:///data/grün.fa", "/data/grün.fa"),
        ("file:///data/a%23b%3Fc%25d.fa", "/data/a#b?c%d.fa"),
        ("file:///data/100%.fa", "/data/100%.fa"),
        ("file:///data/a+b.fa", "/data/a+b.fa"),
        ("file:///data/folder/", "/data/folder"),
    ],
)
def test_an_address_of_this_computer_is_the_local_path(address: str, path: str) -> None:
    (found,) = paths_in(dragged(address))
    assert found == Path(path)
    assert other_computer(found) == ""


def test_a_name_that_is_no_unicode_is_taken_byte_by_byte(tmp_path: Path) -> None:
    name = os.fsdecode(b"gr\xfcn.fa")
    (tmp_path / name).write_text(RECORD, encoding="utf-8")
    (found,) = paths_in(dragged(f"file://{tmp_path}/gr%FCn.fa"))
    assert found == tmp_path / name
    assert is_there(found)
    assert look_at([found]).sequences == (found,)


@pytest.mark.parametrize(
    ("name", "host", "own"),
    [
        ("mypc", "mypc.lab.example", True),
        ("mypc", "MYPC.local", True),
        ("mypc.lab.example", "mypc", True),
        ("mypc.lab.example", "mypc.lab.example", True),
        ("mypc.lab.example", "mypc.other.example", False),
        ("mypc", "mypc2", False),
        ("mypc", "fileserver", False),
        ("", "fileserver", False),
    ],
)
def test_a_machine_may_be_named_with_and_without_its_domain(
    monkeypatch: pytest.MonkeyPatch, name: str, host: str, own: bool
) -> None:
    monkeypatch.setattr(drop_overlay, "QSysInfo", SimpleNamespace(machineHostName=lambda: name))
    (found,) = paths_in(dragged(f"file://{host}/data/x.fa"))
    assert found == Path("/data/x.fa" if own else f"//{host.lower()}/data/x.fa")
    assert other_computer(found) == ("" if own else host.lower())


def test_an_address_of_another_computer_is_refused_with_what_to_do(application: Application, tmp_path: Path) -> None:
    data = dragged("file://fileserver/share/some%20sites.fa")
    held = look_at(paths_in(data))
    assert held.sentence == (
        "some sites.fa lies on another computer (fileserver)\nCopy it to this one, and drop the copy."
    )
    assert not held.acceptable
    action, button, key = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(application.window, QDragEnterEvent(QPoint(300, 300), action, data, button, key))
    event = QDropEvent(QPointF(300, 300), action, data, button, key)
    QApplication.sendEvent(application.window, event)
    assert not event.isAccepted()
    assert "lies on another computer (fileserver)" in application.window.message.text
    assert application.session.files == ()


def test_another_computers_name_never_leads_into_a_local_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "x.fa").write_text(RECORD, encoding="utf-8")
    first, *rest = tmp_path.parts[1:]
    address = f"file://{first}/{'/'.join(rest)}/x.fa"  # POSIX reads //data/x.fa as /data/x.fa
    (found,) = paths_in(dragged(address))
    assert found.exists()
    held = look_at([found])
    assert held.sequences == ()
    assert f"another computer ({first})" in held.sentence


def test_what_lies_here_is_taken_and_what_lies_elsewhere_is_counted(tmp_path: Path) -> None:
    (tmp_path / "x.fa").write_text(RECORD, encoding="utf-8")
    held = look_at(paths_in(dragged(f"file://localhost{tmp_path}/x.fa", "file://fileserver/y.fa")))
    assert held.sequences == (tmp_path / "x.fa",)
    assert held.refused == (Path("//fileserver/y.fa"),)
    many = [Path("//fileserver/y.fa")] * 60
    assert look_at(many).refused == tuple(many)


def test_addresses_of_the_web_are_no_files() -> None:
    assert paths_in(dragged("https://example.org/x.fa", "sftp://fileserver/x.fa")) == ()


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5_000, "a\0b"])
def test_a_name_that_no_system_takes_is_not_there(tmp_path: Path, name: str) -> None:
    assert not is_there(tmp_path / name)
    assert look_at([tmp_path / name]).acceptable is False
