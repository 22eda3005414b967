"""The Data page: empty state, cards, findings that lead to records and settings, readiness."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.inspection import inspect_files
from bioseq.sequences.files import FileRequest
from bioseq_gui.pages.data import DataPage
from bioseq_gui.pages.data_samples import samples
from bioseq_gui.widgets.basics import Card

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme) -> DataPage:
    made = DataPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1100, 700)
    made.show()
    return made


def load(session: Session, path: Path, text: str) -> None:
    path.write_text(text)
    requests = [FileRequest(str(path))]
    session.set_files(requests)
    session.set_data(*inspect_files(requests, {}, progress=None))


def records(count: int = 30) -> str:
    return "".join(
        f">r{row}|{'ab'[row % 2]}|{'test' if row % 5 == 0 else 'train'}\n{'ACGT' * 6}{'ACGT'[row % 4] * (row % 9)}\n"
        for row in range(count)
    )


def test_the_empty_page_offers_every_sample(page: DataPage, qtbot: QtBot) -> None:
    assert len(samples()) >= 3
    assert all(path.is_file() for sample in samples() for path in (*sample.files, *sample.predict))
    cards = [card for card in page.findChildren(Card) if "Try the sample" in card.accessibleName()]
    assert len(cards) == len(samples())
    with qtbot.waitSignal(page.sample_requested) as asked:
        cards[0].clicked.emit()
    assert asked.args == [samples()[0].name]


def test_files_show_a_card_while_they_are_read_and_a_verdict_after(
    page: DataPage, session: Session, tmp_path: Path
) -> None:
    path = tmp_path / "mine.fasta"
    session.set_files([FileRequest(str(path))])
    assert str(path) in page.cards
    assert not page.frame.primary.isEnabled()
    session.set_files([])
    load(session, path, records())
    assert page.frame.primary.isEnabled()
    assert page.tabs is not None
    assert page.sequences is not None
    assert page.sequences.model.rowCount() == 30


def test_a_role_chosen_on_the_card_reaches_the_session(
    page: DataPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    path = tmp_path / "mine.fasta"
    load(session, path, records())
    role = page.cards[str(path)].role
    role.setCurrentIndex(role.findData("test"))
    role.activated.emit(role.currentIndex())
    qtbot.waitUntil(lambda: session.files[0].role == "test")
    session.undo_stack.undo()
    assert session.files[0].role == "auto"


def test_a_finding_leads_to_its_record_and_to_the_setting(page: DataPage, session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "odd.fasta", records() + ">odd|a|train\nACGTNNNNACGT!ACGT\n")
    findings = page.findings
    assert findings is not None
    assert page.tabs is not None
    findings.record_chosen.emit(30)
    assert page.tabs.currentIndex() == 1
    assert page.sequences is not None
    assert page.sequences.view.currentIndex().row() == 30
    findings.setting_chosen.emit("data.illegal_letters", "drop")
    assert session.configuration.data.illegal_letters == "drop"


def test_one_class_only_says_why_it_cannot_go_on(page: DataPage, session: Session, tmp_path: Path) -> None:
    load(session, tmp_path / "one.fasta", ">a|x|train\nACGTACGT\n>b|x|train\nACGTACGA\n")
    assert not page.frame.primary.isEnabled()
    assert "two classes" in page.frame.primary.toolTip()


def test_files_that_cannot_be_read_are_said(page: DataPage, session: Session) -> None:
    session.set_files([FileRequest("/nowhere/at/all.fasta")])
    session.fail_data("The file cannot be found.")
    assert not page.frame.primary.isEnabled()
    assert page.frame.primary.toolTip() == "The file cannot be found."


def test_a_table_that_tells_the_labels_of_the_other_file_is_shown_as_the_label_sheet(
    page: DataPage, session: Session, tmp_path: Path
) -> None:
    (tmp_path / "plain.fa").write_text(
        "".join(f">s{row}\n{'ACGT' * 6}{'ACGT'[row % 4] * (row % 9)}\n" for row in range(30))
    )
    (tmp_path / "labels.csv").write_text("id,label\n" + "".join(f"s{row},{'ab'[row % 2]}\n" for row in range(30)))
    requests = [FileRequest(str(tmp_path / name)) for name in ("labels.csv", "plain.fa")]
    session.set_files(requests)
    session.set_data(*inspect_files(requests, {}, progress=None))
    sheet, records_card = (page._cards[request.path] for request in requests)
    assert "Label sheet" in sheet._about.text()
    assert not sheet._bar.isVisible()
    assert "30 records" in records_card._about.text()
    assert session.inspection is not None
    assert session.inspection.profile.label_names == ("a", "b")
    assert session.configuration.data.label_sheet == requests[0].path
