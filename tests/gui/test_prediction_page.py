"""The Predict page: what it asks for, what it shows, what it hands on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.catalogue.specification import TaskShape
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.prediction.table import Flag, PredictionTable
from bioseq.protocol.events import JobStarted, Phase, PhaseChanged, Progressed
from bioseq.protocol.wire import encode_event
from bioseq.runs.bundle import BundleContents, write_bundle
from bioseq.runs.store import create_run
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.sequences.profile import profile_of
from bioseq.sequences.text_column import TextColumn
from bioseq.sequences.tokens import Vocabulary
from bioseq_gui.pages import prediction
from bioseq_gui.pages.prediction import PredictionPage
from bioseq_gui.tables.columns import PredictionFilter
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


@pytest.mark.parametrize("extension", ["csv", "tsv", "xlsx", "parquet", "fasta"])
def test_all_records_are_exported_to_the_file_that_the_person_names(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, extension: str
) -> None:
    session.set_prediction_table(table_of(["a", "b"]))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/there/out", ""))
    with qtbot.waitSignal(page.export_requested) as requested:
        page.export(extension)
    assert requested.args == [f"/there/out.{extension}", None]


def test_shown_records_are_exported_in_the_order_shown(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_prediction_table(table_of(["r10", "r9", "x", "r2"]))
    page.view.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    page.view.predictions.set_filter(PredictionFilter(id_text="r"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/there/out.csv", ""))
    with qtbot.waitSignal(page.export_requested) as requested:
        page.export("csv")
    assert requested.args[1].tolist() == [3, 1, 0]
    with qtbot.waitSignal(page.export_requested) as requested:
        page.export("csv", shown_only=False)
    assert requested.args[1] is None


def test_the_export_menu_offers_shown_rows_only_when_they_differ(page: PredictionPage, session: Session) -> None:
    session.set_prediction_table(table_of(["a", "b"]))
    page._fill_export_menu()
    whole = len(page._export_menu.actions())
    page.view.predictions.set_filter(PredictionFilter(id_text="a"))
    page._fill_export_menu()
    assert len(page._export_menu.actions()) == 2 * whole


def test_an_abandoned_export_announces_nothing(
    page: PredictionPage, session: Session, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.set_prediction_table(table_of(["a"]))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    with qtbot.assertNotEmitted(page.export_requested):
        page.export("csv")


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
