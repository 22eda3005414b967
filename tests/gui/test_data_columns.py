"""Columns, worksheets and classes are chosen where the file is shown, among those that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.inspection import inspect_files
from bioseq.sequences.files import FileRequest
from bioseq_gui.pages.data import DataPage
from bioseq_gui.widgets.column_choices import ColumnChoices

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme
    from bioseq_gui.widgets.classes_panel import ClassesPanel

PEPTIDE = "MKTAYIAKQRQISFVKSHFS"


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme) -> DataPage:
    made = DataPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def load(session: Session, path: Path, labels: Sequence[str]) -> None:
    rows = "".join(
        f"s{number},{PEPTIDE}{'ACDEFGHIKL'[number % 10]},{PEPTIDE[::-1]}{'ACDEFGHIKL'[number // 10]},{label}\n"
        for number, label in enumerate(labels)
    )
    path.write_text("name,seq_a,seq_b,group\n" + rows)
    inspect(session, [FileRequest(str(path))])


def inspect(session: Session, requests: Sequence[FileRequest]) -> None:
    data = session.configuration.data
    session.set_files(requests)
    session.set_data(*inspect_files(requests, {"classes": data.classes, "label_cuts": data.label_cuts}))


def panel(page: DataPage) -> ClassesPanel:
    assert page.classes is not None
    return page.classes


def rows(shown: ClassesPanel) -> list[tuple[str, ...]]:
    return [
        tuple(item.text() for column in range(3) if (item := shown.table.item(row, column)) is not None)
        for row in range(shown.table.rowCount())
    ]


def test_the_card_of_a_table_says_which_columns_are_read(page: DataPage, session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "t.csv", ["a", "b"] * 15)
    card = page.cards[str(tmp_path / "t.csv")]
    assert card.taken == "Sequence: seq_a · Class: group · Id: name"
    assert not card.columns.isHidden()
    assert card.is_table


def test_a_column_is_chosen_among_those_that_there_are(
    page: DataPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "t.csv"
    load(session, path, ["a", "b"] * 15)
    menus = page.cards[str(path)].open_columns().menus
    assert list(menus) == ["id", "sequence", "label", "split"]
    menu = menus["sequence"]
    assert [menu.itemText(row) for row in range(menu.count())] == ["Detect (seq_a)", "name", "seq_a", "seq_b", "group"]
    menu.setCurrentIndex(3)
    menu.activated.emit(3)
    qtbot.waitUntil(lambda: session.files[0].sequence_column == "seq_b")
    inspect(session, session.files)
    assert page.cards[str(path)].taken.startswith("Sequence: seq_b")
    assert session.dataset is not None
    assert session.dataset.sequence(0) == PEPTIDE[::-1] + "A"
    assert session.inspection is not None
    assert session.inspection.config.data.files[0].sequence_column == "seq_b"


def test_a_file_that_is_no_table_has_no_columns(page: DataPage, session: Session, tmp_path: Path) -> None:
    (tmp_path / "s.fa").write_text("".join(f">s{n}|{'ab'[n % 2]}|train\n{PEPTIDE}\n" for n in range(20)))
    inspect(session, [FileRequest(str(tmp_path / "s.fa"))])
    card = page.cards[str(tmp_path / "s.fa")]
    assert not card.is_table
    assert card.taken == "Classes from the headers"


def test_where_labels_come_from_is_chosen_on_the_card(
    page: DataPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    (tmp_path / "s.fa").write_text("".join(f">s{n}|{'ab'[n % 2]}|train\n{PEPTIDE}\n" for n in range(20)))
    inspect(session, [FileRequest(str(tmp_path / "s.fa"))])
    choices = page.cards[str(tmp_path / "s.fa")].open_columns()
    assert choices.menus == {}
    assert choices.sources.currentData() == session.configuration.data.label_source == "header"
    choices.sources.setCurrentIndex(choices.sources.findData("none"))
    choices.sources.activated.emit(choices.sources.currentIndex())
    qtbot.waitUntil(lambda: session.configuration.data.label_source == "none")


def test_a_finding_leads_to_where_its_option_is_set(
    page: DataPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    load(session, tmp_path / "t.csv", ["Pos", "pos", "neg"] * 10)
    view = page.findings
    assert view is not None
    assert page.tabs is not None
    page.tabs.setCurrentIndex(2)
    messages = [finding.code for finding in view.shown]
    view.choose(messages.index("label_spellings"))
    assert not view.place.isHidden()
    view.place.click()
    assert page.tabs.currentIndex() == 4
    view.choose(messages.index("second_sequence_column"))
    view.place.click()
    popup = page.cards[str(tmp_path / "t.csv")].findChild(ColumnChoices)
    assert popup is not None
    popup.close()


def test_spellings_of_a_class_are_joined_by_a_click(page: DataPage, session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "t.csv", ["Pos", "pos", "pos", "neg", "neg", "neg"] * 5)
    shown = panel(page)
    assert rows(shown) == [("neg", "15", "neg"), ("pos", "10", "pos"), ("Pos", "5", "Pos")]
    assert not shown.join.isHidden()
    shown.join.click()
    assert session.configuration.data.classes == {"Pos": "pos"}
    assert rows(shown)[2] == ("Pos", "5", "pos")
    assert shown.join.isHidden()
    inspect(session, session.files)
    assert session.inspection is not None
    assert session.inspection.profile.label_names == ("neg", "pos")
    shown.reset.click()
    assert session.configuration.data.classes == {}


def test_a_class_is_renamed_and_left_out_in_the_table(page: DataPage, session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "t.csv", ["a", "b", "odd"] * 10)
    shown = panel(page)
    for row, text in ((0, " AMP "), (2, "")):
        item = shown.table.item(row, 2)
        assert item is not None
        item.setText(text)
    assert session.configuration.data.classes == {"a": "AMP", "odd": ""}
    inspect(session, session.files)
    assert session.inspection is not None
    assert session.inspection.profile.label_names == ("AMP", "b")
    assert session.inspection.profile.unlabelled == 10


def test_a_mark_of_a_missing_label_is_no_class_unless_the_person_says_so(
    page: DataPage, session: Session, tmp_path: Path
) -> None:
    load(session, tmp_path / "t.csv", ["gru\u0308n", "blau", "NaN"] * 10)
    shown = panel(page)
    assert rows(shown) == [("gr\u00fcn", "10", "gr\u00fcn"), ("blau", "10", "blau"), ("NaN", "10", "")]
    for row, text in ((2, "NaN"), (0, "green")):
        item = shown.table.item(row, 2)
        assert item is not None
        item.setText(text)
    assert session.configuration.data.classes == {"NaN": "NaN", "gr\u00fcn": "green"}
    inspect(session, session.files)
    assert session.inspection is not None
    assert session.inspection.profile.label_names == ("NaN", "blau", "green")
    item = shown.table.item(2, 2)
    assert item is not None
    item.setText("")
    assert session.configuration.data.classes == {"gr\u00fcn": "green"}


def test_measured_numbers_are_cut_at_the_median_or_where_the_person_says(
    page: DataPage, session: Session, tmp_path: Path
) -> None:
    load(session, tmp_path / "t.csv", [f"{number / 7:.3f}" for number in range(40)])
    shown = panel(page)
    assert not shown.median.isHidden()
    shown.median.click()
    assert session.configuration.data.label_cuts == "2.785"
    shown.thirds.click()
    assert len(session.configuration.data.label_cuts.split()) == 2
    shown.cuts.setText("1 4")
    shown.cuts.editingFinished.emit()
    inspect(session, session.files)
    assert session.inspection is not None
    assert set(session.inspection.profile.label_names) == {"under 1", "1 to 4", "4 and more"}
    shown.cuts.setText("one")
    shown.cuts.editingFinished.emit()
    assert session.configuration.data.label_cuts == "1 4"
    assert page.frame.message.isVisible()
