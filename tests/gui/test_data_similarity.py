"""The Data page looks for similar sequences, says what it found, and mends the split with one click."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPushButton

from bioseq.config.fields import value_at
from bioseq.config.inspection import inspect_files
from bioseq.config.kinship import BINS, ClusterShown, Kinship, PairShown, SideShown
from bioseq.sequences.files import FileRequest
from bioseq.sequences.similarity.pairs import PairAlignment
from bioseq_gui.pages.data import DataPage
from bioseq_gui.tables.pair_dialog import PairDialog

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.app import Application
    from bioseq_gui.pages.data_similarity import SimilarityPanel
    from bioseq_gui.session import Session
    from bioseq_gui.tables.text_table import TextTable
    from bioseq_gui.theme.theme import Theme

DRAWN = SideShown("test", 200, 30, 0, (*(0 for _ in range(BINS - 1)), 200), drawn=True)
ALIGNED = PairAlignment("ACGTACGTAC", "ACGTAC-TAC", "|||||| |||", 1, 3, 10, 12)
FOUND = Kinship(
    records=1_000,
    clusters=640,
    alone=500,
    identity=0.8,
    both_strands=False,
    method="the built-in method",
    largest=(ClusterShown(60, "r1", {"a": 50, "b": 10}),),
    mixed=3,
    kept_back=200,
    across=30,
    across_pairs=(PairShown("t1", "a", "test", "r9", "b", "train", 0.98, ALIGNED),),
    between_pairs=(PairShown("r2", "a", "train", "r3", "b", "train", 0.85),),
    copies=17,
    by_size=(500, 180, 100, 100, 60, 60, 0),
    sides=(DRAWN,),
    clusters_across=20,
    training_across=44,
    drawn="random",
)


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme, tmp_path: Path) -> DataPage:
    made = DataPage(session, theme)
    qtbot.addWidget(made)
    path = write(tmp_path)
    session.set_files([FileRequest(str(path))])
    session.set_data(*inspect_files([FileRequest(str(path))], {}, progress=None))
    made.show()
    return made


def write(folder: Path) -> Path:
    path = folder / "mine.fasta"
    lines = (f">r{row}|{'ab'[row % 2]}|train\n{'ACGT' * 6}{'ACGT'[row % 4] * (row % 9)}\n" for row in range(40))
    path.write_text("".join(lines))
    return path


def cells(table: TextTable) -> list[list[str]]:
    return [[str(table.model().index(row, column).data()) for column in range(3)] for row in range(table.rowCount())]


def looked(page: DataPage, session: Session, found: Kinship, method: str = "random") -> SimilarityPanel:
    session.edit("split.method", method)
    page.similar.show_progress(0, -1)
    page.similar.show_progress(0, 0)
    page.similar.show_found(found)
    return page.similar


def test_the_click_asks_the_search_is_shown_and_can_be_ended(page: DataPage, qtbot: QtBot) -> None:
    panel = page.similar
    assert page.tabs is not None
    corner = page.tabs.cornerWidget()
    assert isinstance(corner, QPushButton)
    with qtbot.waitSignal(page.similar_requested):
        corner.click()
    assert page.tabs.currentWidget() is panel
    panel.show_progress(30, 60)
    assert panel.ask.isHidden()
    assert not corner.isEnabled()
    with qtbot.waitSignal(page.similar_stop_requested):
        panel.stop.click()
    panel.show_progress(0, 0)
    panel.show_given_up("It made way.")
    assert "It made way." in panel.text
    assert panel.ask.isVisible()


def test_relatives_across_a_random_split_are_told_and_one_click_keeps_them_together(
    page: DataPage, session: Session, qtbot: QtBot
) -> None:
    panel = looked(page, session, FOUND)
    assert "30 of 200 test records (15 %) are similar to a training record" in panel.text
    assert panel.figures == {
        "clusters": "640",
        "largest": "60",
        "alone": "500",
        "copies": "17",
        "across": "30",
        "training": "44",
    }
    assert panel.nearest.figure is not None
    assert list(panel.sizes.series["Records"]) == [0, 60, 60, 100, 100, 180, 500]
    assert cells(panel.across) == [["t1 (a)", "r9 (b)", "98 %"]]
    assert cells(panel.clusters) == [["60", "r1", "a: 50, b: 10"]]
    with qtbot.waitSignal(page.similar_requested):
        panel.mend.click()
    assert value_at(session.configuration, "split.method") == "similarity"


def test_a_pair_is_shown_letter_by_letter(page: DataPage, session: Session, qtbot: QtBot) -> None:
    panel = looked(page, session, FOUND)
    page.tabs.setCurrentWidget(panel)
    cell = panel.across.visualItemRect(panel.across.item(0, 0)).center()
    qtbot.mouseClick(panel.across.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    qtbot.mouseDClick(panel.across.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    shown = page.window().findChild(PairDialog)
    assert shown is not None
    assert shown.letters.toPlainText().splitlines() == [" 1 ACGTACGTAC 10", "   |||||| |||", " 3 ACGTAC-TAC 11"]
    assert "9 of its 10 letters" in shown.sentence.text()
    shown.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("Kept back: t1 (a)\nFor training: r9 (b)\n98.0 % identity")
    assert copied.endswith(" 3 ACGTAC-TAC 11\n")
    shown.close()


def test_of_a_pair_that_was_not_aligned_the_reason_is_told(page: DataPage, session: Session, qtbot: QtBot) -> None:
    panel = looked(page, session, FOUND)
    page.tabs.setCurrentWidget(panel)
    panel.tabs.setCurrentWidget(panel.between)
    panel.between.setCurrentCell(0, 0)
    qtbot.keyClick(panel.between, Qt.Key.Key_Return)
    shown = page.window().findChild(PairDialog)
    assert shown is not None
    assert "too long" in shown.sentence.text()
    assert shown.letters.isHidden()
    assert "Its relative: r3 (b)" in shown.text
    shown.close()


def test_a_button_aligns_the_chosen_pair_of_the_table_in_front(page: DataPage, session: Session) -> None:
    panel = looked(page, session, replace(FOUND, across_pairs=(FOUND.across_pairs[0],) * 2, between_pairs=()))
    page.tabs.setCurrentWidget(panel)
    chosen: list[int] = []
    panel.across.cellActivated.connect(lambda row, _: chosen.append(row))
    panel.align.click()
    panel.across.setCurrentCell(1, 0)
    panel.align.click()
    assert chosen == [0, 1]
    for shown in page.window().findChildren(PairDialog):
        shown.close()
    panel.tabs.setCurrentWidget(panel.clusters)
    assert not panel.align.isVisible()
    panel.tabs.setCurrentWidget(panel.between)
    assert panel.align.isVisible()
    assert not panel.align.isEnabled()


def test_test_records_that_the_files_name_are_mended_in_the_training_data(page: DataPage, session: Session) -> None:
    panel = looked(page, session, replace(FOUND, sides=(replace(DRAWN, drawn=False),), drawn=""))
    panel.mend.click()
    assert session.configuration.split.similar_to_test == "drop_from_train"
    assert panel.mend.isHidden()
    assert "training leaves such training records out" in panel.text


def test_nothing_across_the_split_leaves_nothing_to_mend(page: DataPage, session: Session) -> None:
    clean = replace(FOUND, across=0, sides=(replace(DRAWN, similar=0),), across_pairs=(), drawn="similarity")
    panel = looked(page, session, clean, "similarity")
    assert panel.mend.isHidden()
    assert "No record that is kept back is similar to a training record" in panel.text
    assert "have changed" not in panel.text
    session.edit("split.identity", 0.5)
    assert "The settings have changed since" in panel.text


def test_clusters_that_are_too_large_are_told(page: DataPage, session: Session) -> None:
    panel = looked(page, session, FOUND, "similarity")
    assert panel.mend.isHidden()
    assert "A higher identity makes smaller clusters" in panel.text


def test_it_waits_for_a_training_and_forgets_other_data(page: DataPage, session: Session, tmp_path: Path) -> None:
    panel = looked(page, session, FOUND)
    session.begin_run(tmp_path / "run")
    assert not panel.ask.isEnabled()
    assert "training is under way" in panel.ask.toolTip()
    session.end_run()
    assert panel.ask.isEnabled()
    session.clear_data()
    assert "30 of 200" not in panel.text


def test_a_preview_that_is_drawn_otherwise_than_training_will_says_so(page: DataPage, session: Session) -> None:
    inspection, dataset = session.inspection, session.dataset
    assert inspection is not None
    assert dataset is not None
    assert page.preview_note == ""
    session.set_data(replace(inspection, preview="random"), dataset)
    assert "drawn at random. Training will keep whole clusters" in page.preview_note
    session.edit("split.method", "random")
    assert page.preview_note == ""


def test_a_real_search_ends_in_the_page(application: Application, qtbot: QtBot, tmp_path: Path) -> None:
    application.open_paths([write(tmp_path)])
    qtbot.waitUntil(lambda: application.session.inspection is not None, timeout=60_000)
    panel = application.data_page.similar
    with qtbot.waitSignal(application.similarity_flow.found, timeout=60_000):
        panel.ask.click()
    assert panel.figures["copies"] == str(40 - len({"ACGT"[row % 4] * (row % 9) for row in range(40)}))
    assert not application.similarity_flow.running
    assert not list((tmp_path / "cache").glob("similar-*"))
