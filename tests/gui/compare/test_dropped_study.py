"""A study's folder that is held over the window, dropped or opened is shown on the Compare page, and is no data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.runs.history import Status
from bioseq_gui.widgets.drop_overlay import look_at

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application
    from tests.gui.compare.conftest import Teller


def left_behind(compared: Teller, folder: Path) -> Path:
    """The study with one of the tables that its trainings read."""
    compared.write(folder)
    (folder / "data").mkdir()
    (folder / "data" / "fold_1.csv").write_text("id,sequence,label\na,ACGT,0\nb,ACGA,1\n", encoding="utf-8")
    return folder


def test_a_study_is_told_from_a_folder_of_data(compared: Teller, tmp_path: Path) -> None:
    folder = left_behind(compared, tmp_path / "study")
    held = look_at([folder])
    assert held.acceptable
    assert held.studies == (folder,)
    assert held.sequences == ()
    assert held.sentence == "study: opens on the page Compare"
    assert look_at([folder / "data"]).studies == ()


def test_an_opened_study_is_shown_and_remembered(
    application: Application, qtbot: QtBot, compared: Teller, tmp_path: Path
) -> None:
    folder = left_behind(compared, tmp_path / "study")
    flow = application.study_flow
    with qtbot.waitSignal(flow.found, timeout=30_000):
        application.open_paths([folder])
    assert application.window.page == "compare"
    assert flow.folder == folder
    assert flow.story.run.status is Status.FINISHED
    assert application.session.files == ()
    assert str(folder) in application.preferences.preferences.recent
