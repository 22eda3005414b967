"""The Predict page: what it asks for, what it shows, what it hands on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import TaskShape
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError, Severity
from bioseq.prediction.table import Flag, Origin, PredictionTable
from bioseq.protocol.events import JobStarted, Phase, PhaseChanged, Progressed
from bioseq.protocol.wire import encode_event
from bioseq.runs.bundle import BundleContents, write_bundle
from bioseq.runs.store import create_run
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.findings import Finding
from bioseq.sequences.profile import profile_of
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.tokens import Vocabulary
from bioseq_gui.pages import prediction
from bioseq_gui.pages.prediction import PredictionPage
from bioseq_gui.tables.columns import PredictionFilter
from bioseq_gui.tables.export_dialog import ExportDialog
from bioseq_gui.widgets.model_card import ModelFacts

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

FACTS = ModelFacts(
    title="Text CNN",
    name="promoters",
    molecule=Molecule.DNA,
    records=84,
    shortest=57,
    longest=57,
    labels=("no", "yes"),
    metrics={"accuracy": 0.91, "mcc": 0.82, "roc_auc": 0.96},
    split="test",
)


def table_of(ids: list[str], *, truth: list[int] | None = None) -> PredictionTable:
    count = len(ids)
    sure = np.linspace(0.55, 0.95, count, dtype=np.float32)
    predicted = (np.arange(count) % 2).astype(np.int16)
    scores = np.where(predicted[:, None] == np.arange(2), sure[:, None], 1 - sure[:, None]).astype(np.float32)
    flags = np.zeros(count, np.uint8)
    flags[0] = int(Flag.SHORTENED)
    return PredictionTable(
        ids=TextColumn.from_strings(ids),
        sequences=TextColumn.from_strings(["ACGTTGCA" * (row + 1) for row in range(count)]),
        labels=("no", "yes"),
        predicted=predicted,
        probabilities=scores,
        flags=flags,
        truth=np.array(truth if truth is not None else [-1] * count, np.int16),
    )


@pytest.fixture
def page(qtbot: QtBot, session: Session, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> PredictionPage:
    monkeypatch.setattr(prediction, "read_facts", lambda _path: FACTS)
    made = PredictionPage(session, theme)
    qtbot.addWidget(made)
    made.resize(1168, 740)
    made.show()
    qtbot.waitExposed(made)
    return made


def words(page: PredictionPage) -> str:
    return "\n".join(label.text() for label in page.findChildren(QLabel) if label.isVisibleTo(page))


def test_an_empty_page_says_that_a_model_is_needed(page: PredictionPage) -> None:
    assert not page.frame.primary.isEnabled()
    assert page.frame.primary.toolTip() == "Choose a trained model first."
    assert "No model yet" in words(page)


def test_with_a_model_it_asks_for_files_and_then_is_ready(
    page: PredictionPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    session.set_model(tmp_path / "model.bioseq")
    assert "Learned from 84 DNA sequences of 57 nt" in words(page)
    qtbot.waitUntil(lambda: "0.820" in words(page))
    assert page.frame.primary.toolTip() == "Add the files with the sequences to predict."
    with qtbot.waitSignal(page.files_chosen) as chosen:
        page.add_files([tmp_path / "new.fa", tmp_path / "new.fa"])
    assert chosen.args == [[str(tmp_path / "new.fa")]]
    assert page.frame.primary.isEnabled()
    with qtbot.waitSignal(page.predict_requested):
        qtbot.mouseClick(page.frame.primary, Qt.MouseButton.LeftButton)


def test_a_model_that_cannot_be_read_is_said_in_the_page(
    page: PredictionPage, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path) -> ModelFacts:
        raise BioseqError("bundle.damaged", "This model is damaged.", remedy="Train it again.")

    monkeypatch.setattr(prediction, "read_facts", refuse)
    session.set_model(tmp_path / "bad.bioseq")
    assert page.frame.message.text == "This model is damaged. Train it again."
    assert not page.frame.primary.isEnabled()


def test_trained_runs_are_offered_by_what_they_are(
    page: PredictionPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    for number in (1, 2):
        run = create_run(Configuration(), name="" if number == 1 else "my best")
        started = JobStarted(
            job_id="t",
            kind="train",
            folder=str(run.path),
            time=1.7e9 + number,
            details={"model": "Text CNN", "data": ["promoters.fasta"]},
        )
        run.events.write_text(encode_event(started) + "\n", encoding="utf-8")
        run.model.write_bytes(b"")
    create_run(Configuration(), name="without a model")
    session.tell_runs_changed()
    offered = [page.models.itemText(place) for place in range(page.models.count())]
    assert offered[0] == "Choose a trained model"
    assert offered[1].startswith("my best · promoters.fasta · ")
    assert offered[2].startswith("Text CNN · promoters.fasta · ")
    assert len(offered) == 3
    with qtbot.waitSignal(page.model_chosen) as chosen:
        page.models.activated.emit(2)
    assert chosen.args == [page.models.itemData(2)]


def test_progress_is_said_and_can_be_cancelled(
    page: PredictionPage, session: Session, tmp_path: Path, qtbot: QtBot
) -> None:
    session.set_model(tmp_path / "model.bioseq")
    page.add_files(["a.fa"])
    page.show_running(True)
    assert page.running
    assert not page.frame.primary.isEnabled()
    page.show_phase(PhaseChanged(job_id="p", phase=Phase.PREDICTING, title="Predicting"))
    page.show_progress(Progressed(job_id="p", done=500, total=2000, unit="records", rate=100.0, seconds_left=15.0))
    assert "500 of 2,000 records · 100 a second · 15 s left" in words(page)
    with qtbot.waitSignal(page.cancel_requested):
        qtbot.mouseClick(page._cancel, Qt.MouseButton.LeftButton)
    page.show_running(False)
    assert page.frame.primary.isEnabled()


def test_predictions_are_shown_counted_and_explained(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["b", "a", "c", "d"], truth=[0, 1, 1, -1]))
    parts = page.counts.texts()
    assert parts == ["no  2  (50.0%)", "yes  2  (50.0%)", "1 flagged", "66.7% agree with the file"]
    shown = words(page)
    assert "4 records" in shown
    assert "Record 1 of the file · 8" in shown
    assert "In the file: no, the prediction agrees" in shown
    assert "only a part was read" in shown


@pytest.mark.parametrize("letters", [1, 10, 60])
def test_of_many_classes_some_are_counted_in_a_line_that_fits(
    page: PredictionPage, session: Session, letters: int
) -> None:
    labels = tuple(f"{'f' * letters}_{number:03d}" for number in range(120))
    table = table_of([f"r{number}" for number in range(240)])
    predicted = (np.arange(240) % 120).astype(np.int16)
    probabilities = np.full((240, 120), 1 / 120, np.float32)
    session.set_prediction_table(replace(table, labels=labels, predicted=predicted, probabilities=probabilities))
    shown = [text for text in page.counts.texts() if text.startswith("f")]
    assert 1 <= len(shown) <= 6
    assert f"{240 - 2 * len(shown)} in other classes" in words(page)
    assert page.minimumSizeHint().width() <= 1168


def test_choosing_a_row_shows_its_record(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["first", "second", "third"]))
    assert page.show_record(2)
    assert "third" in words(page)
    assert page.panel._sequence.accessibleDescription() == "ACGTTGCA" * 3
    assert page.panel._bars.accessibleName().startswith("no 0.95")


def test_the_record_can_be_copied_as_fasta(page: PredictionPage, session: Session, qtbot: QtBot) -> None:
    session.set_prediction_table(table_of(["first", "second"]))
    page.show_record(1)
    qtbot.mouseClick(page.panel._copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == f">second\n{'ACGTTGCA' * 2}\n"


def test_markup_in_names_is_never_rendered(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["<b>x</b>\u202e"]))
    label = next(label for label in page.findChildren(QLabel) if label.text() == "<b>x</b>")
    assert label.textFormat() == Qt.TextFormat.PlainText
    for any_label in page.findChildren(QLabel):
        assert any_label.textFormat() == Qt.TextFormat.PlainText or "<" not in any_label.text()


def test_counts_filter_the_table_when_clicked(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a", "b", "c"], truth=[1, 1, 0]))
    page.counts.class_chosen.emit(1)
    assert page.view.predictions.shown_rows.tolist() == [1]
    page.counts.class_chosen.emit(1)
    assert page.view.predictions.rowCount() == 3
    page.counts.wrong_chosen.emit()
    assert page.view.predictions.shown_rows.tolist() == [0]
    page.counts.wrong_chosen.emit()
    page.counts.flagged_chosen.emit()
    assert page.view.predictions.shown_rows.tolist() == [0]
    page.filters.reset()
    assert page.view.predictions.rowCount() == 3


def test_fields_of_the_filter_bar_filter(page: PredictionPage, session: Session, qtbot: QtBot) -> None:
    session.set_prediction_table(table_of(["a1", "a2", "b1"]))
    qtbot.keyClicks(page.filters.id_field, "A")
    qtbot.waitUntil(lambda: page.view.predictions.rowCount() == 2)
    assert "2 of 3" in words(page)
    page.filters.lowest.setValue(0.7)
    qtbot.waitUntil(lambda: page.view.predictions.shown_rows.tolist() == [1])
    assert page.view.predictions.filter == PredictionFilter(lowest=0.7, id_text="A")
    page.filters.clear.click()
    assert page.view.predictions.rowCount() == 3
    assert not page.filters.clear.isEnabled()


def test_a_table_of_another_model_is_said_to_be_old(page: PredictionPage, session: Session, tmp_path: Path) -> None:
    session.set_model(tmp_path / "one.bioseq")
    page.add_files(["a.fa"])
    session.set_prediction_table(table_of(["a", "b"]))
    assert "how sure it is" in words(page)
    session.set_model(tmp_path / "two.bioseq")
    assert "an earlier prediction" in words(page)


def test_chosen_records_are_copied_as_fasta(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a", "b", "c"]))
    page.view.selectRow(2)
    page.view.copy_fasta()
    assert QGuiApplication.clipboard().text() == f">c\n{'ACGTTGCA' * 3}\n"


def test_another_table_starts_without_a_filter(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a", "b"]))
    page.filters.choose_class(0)
    session.set_prediction_table(table_of(["a", "b", "c"]))
    assert page.filters.value().is_empty
    assert page.view.predictions.rowCount() == 3


def choose_file(monkeypatch: pytest.MonkeyPatch, path: str) -> list[str]:
    """The next file dialogs answer with this path; gives the names that they suggest."""
    suggested: list[str] = []

    def answer(_parent: object, _title: str, suggestion: str, _filter: str) -> tuple[str, str]:
        suggested.append(suggestion)
        return path, ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return suggested


def asked(page: PredictionPage) -> ExportDialog:
    """The dialog that an export begins with."""
    page.export()
    return page.window().findChildren(ExportDialog)[-1]


@pytest.mark.parametrize("extension", ["csv", "tsv", "xlsx", "parquet", "fasta"])
def test_all_records_are_exported_to_the_file_that_the_person_names(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    session.set_prediction_table(table_of(["a", "b"]))
    page.add_files(["/here/mine.fa"])
    suggested = choose_file(monkeypatch, "/there/out")
    dialog = asked(page)
    dialog.formats.setCurrentIndex(dialog.formats.findData(extension))
    with qtbot.waitSignal(page.export_requested) as requested:
        dialog.go_on.click()
    assert requested.args == [f"/there/out.{extension}", None, ()]
    assert suggested == [f"mine_predictions.{extension}"]


def test_a_sorted_and_filtered_table_asks_which_records_and_offers_all_first(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_prediction_table(table_of(["r10", "r9", "x", "r2"]))
    choose_file(monkeypatch, "/there/out.csv")
    assert not asked(page).shown_records.isVisible()
    page.view.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    page.view.predictions.set_filter(PredictionFilter(id_text="r"))
    for _ in range(2):
        dialog = asked(page)
        assert dialog.all_records.isChecked()
        assert dialog.all_records.text() == "All 4 records in file order"
        assert dialog.shown_records.isVisible()
        assert dialog.shown_records.text() == "The 3 shown, in the order shown"
        dialog.shown_records.click()
        with qtbot.waitSignal(page.export_requested) as requested:
            dialog.go_on.click()
        assert requested.args[1].tolist() == [3, 1, 0]
    dialog = asked(page)
    with qtbot.waitSignal(page.export_requested) as requested:
        dialog.go_on.click()
    assert requested.args[1] is None


def test_each_format_says_what_it_does_to_names(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a"]))
    dialog = asked(page)
    hints = {}
    for place in range(dialog.formats.count()):
        dialog.formats.setCurrentIndex(place)
        hints[dialog.formats.currentData()] = dialog._hint.text()
    assert hints["csv"] == hints["tsv"]
    assert "SEPT2, 2E10 or 00123 into dates and numbers: use Excel (XLSX)" in hints["csv"]
    assert hints["xlsx"] == "Safe for spreadsheets: names stay text."
    assert "in each header" in hints["fasta"]


def test_further_columns_are_off_at_first_and_remembered(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = table_of(["a", "b"])
    origin = Origin(("a.fa",), np.array([0, 2]))
    session.set_prediction_table(
        replace(table, descriptions=TextColumn.from_strings(["", "of a mouse"]), origin=origin)
    )
    choose_file(monkeypatch, "/there/out.csv")
    dialog = asked(page)
    assert not any(box.isChecked() for box in dialog.columns.values())
    assert all(box.isEnabled() for box in dialog.columns.values())
    dialog.columns["sequence"].click()
    dialog.columns["description"].click()
    dialog.formats.setCurrentIndex(dialog.formats.findData("fasta"))
    assert not dialog.columns["sequence"].isEnabled()
    dialog.formats.setCurrentIndex(dialog.formats.findData("tsv"))
    assert dialog.columns["sequence"].isChecked()
    with qtbot.waitSignal(page.export_requested) as requested:
        dialog.go_on.click()
    assert requested.args[2] == ("description", "sequence")
    dialog = asked(page)
    assert dialog.formats.currentData() == "tsv"
    assert [name for name, box in dialog.columns.items() if box.isChecked()] == ["description", "sequence"]


def test_columns_that_the_table_does_not_hold_cannot_be_chosen(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a"]))
    dialog = asked(page)
    assert [name for name, box in dialog.columns.items() if box.isEnabled()] == ["sequence"]


def test_the_description_is_added_where_names_are_repeated_and_that_is_said(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = (Finding("duplicate_ids", Severity.WARNING, "2 records have the name of an earlier one.", "", 2),)
    descriptions = TextColumn.from_strings(["x", "y", "z"])
    session.set_prediction_table(replace(table_of(["a", "a", "a"]), descriptions=descriptions, findings=found))
    choose_file(monkeypatch, "/there/out.csv")
    dialog = asked(page)
    box = dialog.columns["description"]
    assert box.isChecked()
    assert not box.isEnabled()
    assert dialog._why_described.text() == (
        "2 records have the name of an earlier one; the description tells them apart."
    )
    with qtbot.waitSignal(page.export_requested) as requested:
        dialog.go_on.click()
    assert requested.args[2] == ()
    session.set_prediction_table(replace(table_of(["a", "b", "c"]), descriptions=descriptions))
    assert not asked(page).columns["description"].isChecked()


def test_an_abandoned_export_announces_nothing(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.export()
    assert not page.window().findChildren(ExportDialog)
    session.set_prediction_table(table_of(["a"]))
    choose_file(monkeypatch, "")
    with qtbot.assertNotEmitted(page.export_requested):
        asked(page).go_on.click()
        asked(page).reject()


def test_what_was_found_in_the_files_is_said_and_can_be_said_again(
    page: PredictionPage, session: Session, qtbot: QtBot
) -> None:
    session.set_prediction_table(table_of(["a"]))
    assert page.findings.isHidden()
    assert page.frame.message.text == ""
    note = Finding("ambiguous_letters", Severity.INFO, "1 record holds codes.", "They are unknown.", 1)
    session.set_prediction_table(replace(table_of(["a"]), findings=(note,)))
    assert page.findings.text() == "1 note"
    assert page.frame.message.text == ""
    qtbot.mouseClick(page.findings, Qt.MouseButton.LeftButton)
    assert page.frame.message.text == "1 record holds codes. They are unknown."
    grave = Finding("duplicate_ids", Severity.WARNING, "<b>2</b> records of one name.", "All are kept.", 2)
    session.set_prediction_table(replace(table_of(["a", "a", "a"]), findings=(grave, note)))
    assert page.findings.text() == "1 warning"
    assert page.frame.message.text == "<b>2</b> records of one name. All are kept. 1 more under Details."
    assert page.frame.message.property("severity") == "warning"
    assert page.frame.message._details.toPlainText().splitlines() == [
        "<b>2</b> records of one name. All are kept.",
        "1 record holds codes. They are unknown.",
    ]
    page.frame.message.clear()
    qtbot.mouseClick(page.findings, Qt.MouseButton.LeftButton)
    assert page.frame.message.text.startswith("<b>2</b> records")


def test_too_much_for_the_clipboard_is_said_in_the_page(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a"]))
    page.view.copy_refused.emit(5_000_000)
    assert "5,000,000 cells or letters" in page.frame.message.text


def test_light_and_dark_paint_the_whole_page(page: PredictionPage, session: Session, theme: Theme) -> None:
    session.set_prediction_table(table_of(["a", "b"], truth=[0, 0]))
    light = page.grab().toImage()
    theme.choose("dark")
    assert page.grab().toImage() != light


def test_the_card_of_a_bundle_counts_only_the_records_that_it_learned_from(tmp_path: Path) -> None:
    records = Dataset.from_records(
        ["ACGT", "ACGTT", "AC", "TTTT"],
        labels=["no", "yes", "no", "yes"],
        splits=[Split.TRAIN, Split.TRAIN, Split.TRAIN, Split.TEST],
    )
    specification = ARCHITECTURES["text_cnn"]
    vocabulary = Vocabulary(Molecule.DNA, "letters", 1)
    contents = BundleContents(
        config=Configuration(),
        architecture="text_cnn",
        hyper=specification.defaults(),
        task=TaskShape(vocabulary.size, 2, 5, fixed_length=False),
        vocabulary=vocabulary,
        label_names=("no", "yes"),
        profile=profile_of(records, Molecule.DNA),
        metrics={"test": {"accuracy": 0.75}},
        positive="yes",
        threshold=0.5,
        weights={"w": np.zeros(3, np.float32)},
    )
    path = tmp_path / "model.bioseq"
    write_bundle(path, contents)
    facts = prediction.read_facts(path)
    assert (facts.title, facts.records, facts.labels) == (specification.title, 3, ("no", "yes"))
    assert facts.metrics == {"accuracy": 0.75}
    assert facts.split == "test"
    path.write_bytes(b"not a bundle")
    with pytest.raises(BioseqError):
        prediction.read_facts(path)
