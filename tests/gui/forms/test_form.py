from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDoubleSpinBox, QFileDialog, QSpinBox, QStyle, QStyleOptionComboBox

from bioseq.catalogue.registry import ARCHITECTURES, MODELS
from bioseq.config.fields import describe_fields, value_at, with_value
from bioseq.config.files import load, save
from bioseq.config.inspection import inspect_files
from bioseq.sequences.files import FileRequest
from bioseq_gui.forms.editors import FolderEditor, NumberBox
from bioseq_gui.forms.form import ESSENTIAL, ConfigurationForm
from bioseq_gui.forms.options import from_field, from_specification
from bioseq_gui.forms.row import FieldRow

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from bioseq_gui.forms.options import Option
    from bioseq_gui.session import Session
    from bioseq_gui.theme.theme import Theme

_ROW_WIDTH = 376
"""Pixels of an option on the Model page."""
EDITS: dict[str, Any] = {
    "data.molecule": "rna",
    "data.longest": 300,
    "split.seed": 9,
    "split.test_fraction": 0.35,
    "tokens.kind": "kmers",
    "model.name": "bilstm",
    "training.epochs": 7,
    "training.learning_rate": 3e-5,
    "training.schedule": "plateau",
    "training.custom_weights": {"a": 2.5},
    "evaluation.baseline": False,
    "evaluation.positive_label": "site",
    "output.name": "a name",
}


@pytest.fixture
def form(session: Session, theme: Theme, qtbot: QtBot) -> ConfigurationForm:
    made = ConfigurationForm(session, theme)
    qtbot.addWidget(made)
    return made


@pytest.fixture
def with_data(session: Session, tmp_path: Path) -> Session:
    """A session with 80 sequences of two classes, all of 30 letters."""
    path = tmp_path / "sites.fasta"
    records = [f">s{row}|{'ab'[row % 2]}|train\n{'ACGT'[row % 4] * (row % 29 + 1):A<30}\n" for row in range(80)]
    path.write_text("".join(records), encoding="utf-8")
    requests = (FileRequest(str(path)),)
    session.set_files(requests)
    session.set_data(*inspect_files(requests))
    return session


def shown(form: ConfigurationForm) -> dict[str, Any]:
    return {path: form.row(path).editor.value() for path in form.paths}


def stored(session: Session, form: ConfigurationForm) -> dict[str, Any]:
    return {path: value_at(session.configuration, path) for path in form.paths}


def test_every_option_of_the_schema_has_a_field(form: ConfigurationForm) -> None:
    wanted = {field.path for field in describe_fields()} - {"model.hyper"}
    assert wanted <= set(form.paths)


@pytest.mark.parametrize("name", list(ARCHITECTURES))
def test_every_setting_of_every_architecture_has_a_field(form: ConfigurationForm, session: Session, name: str) -> None:
    session.edit("model.name", name)
    hyper = {f"model.hyper.{parameter.name}" for parameter in ARCHITECTURES[name].hyper}
    assert {path for path in form.paths if path.startswith("model.hyper.")} == hyper
    assert shown(form) == stored(session, form)


def options_with_choices() -> dict[str, Option]:
    """Every option of the schema and of every model that is a list of choices."""
    options = [from_field(field) for field in describe_fields()]
    options += [option for model in MODELS.values() for option in from_specification(model)]
    return {repr((one.path, one.choices)): one for one in options if one.kind == "choice"}


def test_every_choice_is_shown_whole(theme: Theme, qtbot: QtBot) -> None:
    cut = []
    for option in options_with_choices().values():
        row = FieldRow(option, theme)
        qtbot.addWidget(row)
        row.resize(_ROW_WIDTH, row.sizeHint().height())
        row.show()
        field = row.editor.field
        told = QStyleOptionComboBox()
        field.initStyleOption(told)
        part = QStyle.SubControl.SC_ComboBoxEditField
        room = field.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, told, part, field).width()
        cut += [
            f"{option.path}: {text}" for _, text in option.choices if field.fontMetrics().horizontalAdvance(text) > room
        ]
        row.hide()
    assert cut == []


def test_numbers_know_their_range_and_unit(form: ConfigurationForm) -> None:
    for field in describe_fields():
        if field.kind not in ("int", "float"):
            continue
        box = form.row(field.path).editor.field
        if field.kind == "int":
            assert isinstance(box, QSpinBox)
            assert (box.minimum(), box.maximum()) == (field.minimum, field.maximum)
            assert box.suffix().strip() == field.unit
        if field.kind == "float":
            assert isinstance(box, QDoubleSpinBox)
            assert field.minimum is not None
            assert field.maximum is not None
            assert field.minimum <= box.minimum() < box.maximum() <= field.maximum


def test_every_field_has_a_name_a_description_and_a_tip(form: ConfigurationForm) -> None:
    for path in form.paths:
        field = form.row(path).editor.field
        assert field.accessibleName()
        assert field.accessibleDescription()
        assert f"[{path}]" in field.toolTip()


def test_the_form_equals_the_configuration_whatever_is_set(form: ConfigurationForm, session: Session) -> None:
    for path, value in EDITS.items():
        session.edit(path, value)
        assert value_at(session.configuration, path) == value
        assert shown(form) == stored(session, form)


def test_the_form_equals_the_configuration_that_was_loaded(
    form: ConfigurationForm, session: Session, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    for path, value in EDITS.items():
        session.edit(path, value)
    session.edit("model.hyper.hidden", 33)
    save(session.configuration, tmp_path / "config.toml")
    before = shown(form)

    other = type(session)()
    loaded_form = ConfigurationForm(other, theme)
    qtbot.addWidget(loaded_form)
    other.replace_configuration(load(tmp_path / "config.toml"), title="Load")
    assert shown(loaded_form) == before
    other.deleteLater()


def test_showing_a_value_never_edits_the_configuration(form: ConfigurationForm, session: Session) -> None:
    edits: list[tuple[str, object]] = []
    for path in form.paths:
        form.row(path).edited.connect(lambda name, value: edits.append((name, value)))
    config = session.configuration
    for path, value in EDITS.items():
        config = with_value(config, path, value)
    session.replace_configuration(config, title="Load")
    session.undo_stack.undo()
    session.undo_stack.redo()
    assert edits == []
    assert session.undo_stack.count() == 1


def test_what_a_person_turns_reaches_the_configuration(form: ConfigurationForm, session: Session, qtbot: QtBot) -> None:
    epochs = form.row("training.epochs").editor.field
    assert isinstance(epochs, QSpinBox)
    with qtbot.waitSignal(session.configuration_changed):
        epochs.setValue(12)
    assert session.configuration.training.epochs == 12

    baseline = form.row("evaluation.baseline").editor.field
    qtbot.mouseClick(baseline, Qt.MouseButton.LeftButton, pos=QPoint(10, baseline.height() // 2))
    assert session.configuration.evaluation.baseline is False

    name = form.row("output.name").editor.field
    qtbot.keyClicks(name, "first")
    assert session.configuration.output.name == ""
    qtbot.keyClick(name, Qt.Key.Key_Return)
    assert session.configuration.output.name == "first"

    rate = form.row("training.learning_rate").editor.field
    assert isinstance(rate, NumberBox)
    rate.selectAll()
    qtbot.keyClicks(rate, "3e-4")
    qtbot.keyClick(rate, Qt.Key.Key_Return)
    assert session.configuration.training.learning_rate == 3e-4
    qtbot.keyClick(rate, Qt.Key.Key_Up)
    assert session.configuration.training.learning_rate == pytest.approx(5e-4)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(sorted(EDITS)), max_size=6))
def test_undo_of_do_is_identity_and_redo_brings_it_back(
    form: ConfigurationForm, session: Session, steps: list[str]
) -> None:
    session.undo_stack.clear()
    before, form_before = session.configuration, shown(form)
    for path in steps:
        session.edit(path, EDITS[path])
    after, form_after = session.configuration, shown(form)
    while session.undo_stack.canUndo():
        session.undo_stack.undo()
    assert (session.configuration, shown(form)) == (before, form_before)
    while session.undo_stack.canRedo():
        session.undo_stack.redo()
    assert (session.configuration, shown(form)) == (after, form_after)
    while session.undo_stack.canUndo():
        session.undo_stack.undo()


def test_a_fault_is_shown_at_its_field_and_goes_when_it_is_mended(form: ConfigurationForm, session: Session) -> None:
    session.edit("training.class_weights", "custom")
    assert "none is given" in form.row("training.custom_weights").problem
    assert form.row("training.custom_weights").editor.field.property("wrong") == "true"
    session.edit("training.custom_weights", {"a": 1.0})
    assert form.row("training.custom_weights").problem == ""
    assert form.row("training.custom_weights").editor.field.property("wrong") == "false"


def test_a_combination_that_no_field_owns_is_shown_with_the_model(form: ConfigurationForm, with_data: Session) -> None:
    with_data.edit("model.name", "transformer")
    with_data.edit("model.hyper.width", 66)
    assert [problem.where for problem in with_data.problems] == ["model.hyper"]
    assert not form._hyper_problem.isHidden()
    assert "1 to look at" in form._fold.text()


def test_a_refused_value_is_told_at_the_field_and_changes_nothing(
    form: ConfigurationForm, session: Session, qtbot: QtBot
) -> None:
    before = session.configuration
    name = form.row("output.name").editor.field
    with qtbot.waitSignal(form.edit_refused):
        qtbot.keyClicks(name, "x" * 201)
        qtbot.keyClick(name, Qt.Key.Key_Return)
    assert "longer than 200" in form.row("output.name").problem
    assert session.configuration == before


def test_reset_appears_when_a_value_is_not_the_default_and_gives_it_back(
    form: ConfigurationForm, session: Session
) -> None:
    row = form.row("training.batch_size")
    assert row.reset_button.isHidden()
    session.edit("training.batch_size", 7)
    assert not row.reset_button.isHidden()
    row.reset_button.click()
    assert session.configuration.training.batch_size == 64
    assert row.reset_button.isHidden()


def test_reset_goes_back_to_what_suits_the_data(form: ConfigurationForm, with_data: Session) -> None:
    assert with_data.inspection is not None
    recommended = with_data.inspection.config.training.batch_size
    row = form.row("training.batch_size")
    assert row.reset_button.isHidden()
    with_data.edit("training.batch_size", recommended + 1)
    assert "recommended" in row.reset_button.toolTip()
    row.reset_button.click()
    assert with_data.configuration.training.batch_size == recommended


def test_a_recommended_value_says_why_until_the_person_changes_it(form: ConfigurationForm, with_data: Session) -> None:
    row = form.row("model.name")
    assert "This network sees" in row.note
    with_data.edit("model.name", "transformer")
    assert row.note == ""
    with_data.undo_stack.undo()
    assert "This network sees" in row.note


def test_the_first_screen_holds_four_decisions_and_the_rest_is_folded(form: ConfigurationForm, qtbot: QtBot) -> None:
    form.resize(400, 900)
    form.show()
    qtbot.waitExposed(form)
    first = {path for _, paths in ESSENTIAL for path in paths}
    visible = {path for path in form.paths if form.row(path).isVisible()}
    assert visible == first
    assert len(ESSENTIAL) == 4


def test_searching_shows_what_matches_and_says_when_nothing_does(form: ConfigurationForm, qtbot: QtBot) -> None:
    form.show()
    form.search("learning rate")
    assert form.row("training.learning_rate").isVisible()
    assert not form.row("split.seed").isVisible()
    form.search("zebra")
    assert not form.row("training.learning_rate").isVisible()
    assert form._nothing.isVisible()
    form.search("")
    assert form.row("split.seed").isVisible()


def test_a_hidden_option_can_be_revealed(form: ConfigurationForm, qtbot: QtBot) -> None:
    form.show()
    form.reveal("training.weight_decay")
    assert form.row("training.weight_decay").isVisible()


def test_the_wheel_scrolls_the_form_and_leaves_the_numbers_alone(form: ConfigurationForm, session: Session) -> None:
    box = form.row("training.epochs").editor.field
    before = session.configuration
    event = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, 0),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(box, event)
    assert session.configuration == before


def test_weights_are_offered_for_the_classes_of_the_data(form: ConfigurationForm, with_data: Session) -> None:
    editor = form.row("training.custom_weights").editor
    boxes = {box.accessibleName(): box for box in editor.findChildren(NumberBox)}
    assert set(boxes) == {"Weight of class a", "Weight of class b"}
    boxes["Weight of class b"].setValue(2.5)
    assert with_data.configuration.training.custom_weights == {"b": 2.5}


@pytest.mark.parametrize(
    ("text", "number"),
    [("0.1", 0.1), ("1e-3", 0.001), ("2,5", 2.5), ("7", 7.0), ("", None), ("-", None), ("nan", None)],
)
def test_numbers_are_read_as_people_write_them(qtbot: QtBot, text: str, number: float | None) -> None:
    box = NumberBox()
    qtbot.addWidget(box)
    box.setRange(-10, 10)
    box.setValue(4)
    assert box.valueFromText(text) == (4.0 if number is None else number)


@given(st.floats(1e-9, 1.0))
@settings(deadline=None, derandomize=True, max_examples=100)
def test_a_number_is_shown_with_all_its_digits(number: float) -> None:
    assert float(NumberBox.textFromValue(None, number)) == number  # type: ignore[arg-type]  # needs no widget


def test_a_pretrained_model_asks_for_its_folder_at_once_with_a_picker(
    form: ConfigurationForm, with_data: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_data.edit("model.name", "pretrained")
    row = form.row("model.hyper.folder")
    assert row.isVisibleTo(form), "not among the folded settings"
    assert isinstance(row.editor, FolderEditor)
    assert "No pretrained model is chosen." in row.problem
    asked: list[str] = []

    def ask(_parent: object, title: str, _start: str) -> str:
        asked.append(title)
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", ask)
    row.editor.picker.click()
    assert asked == ["Folder of the pretrained model"]
    assert with_data.configuration.model.hyper["folder"] == str(tmp_path)
    assert "config.json" in row.problem
    with_data.edit("model.name", "text_cnn")
    assert "model.hyper.folder" not in form.paths


def test_a_picker_that_is_cancelled_changes_nothing(
    form: ConfigurationForm, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.edit("model.name", "protbert")
    editor = form.row("model.hyper.folder").editor
    assert isinstance(editor, FolderEditor)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    editor.picker.click()
    assert "folder" not in session.configuration.model.hyper
