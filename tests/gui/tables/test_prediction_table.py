"""The prediction table sorts, filters, copies and shows what a plain list would."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu

from bioseq.prediction.table import PredictionTable
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.tables import table_view
from bioseq_gui.tables.column_model import ROW_ROLE, VALUE_ROLE
from bioseq_gui.tables.columns import PredictionColumns, PredictionFilter
from bioseq_gui.tables.prediction_table import PredictionModel, PredictionView

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme

    TableMaker = Callable[..., PredictionTable]

FILTERS = st.builds(
    PredictionFilter,
    classes=st.none() | st.frozensets(st.integers(0, 2)),
    lowest=st.sampled_from([0.0, 0.4, 0.7]),
    highest=st.sampled_from([1.0, 0.9, 0.6]),
    flagged=st.sampled_from([None, True, False]),
    right=st.sampled_from([None, True, False]),
    id_text=st.sampled_from(["", "1", "rec_2", "nothing"]),
    motif=st.sampled_from(["", "AC", "GNT"]),
)


def kept(table: PredictionTable, row: int, wanted: PredictionFilter) -> bool:
    """Whether a filter leaves a row, written the slow way."""
    predicted, truth = int(table.predicted[row]), int(table.truth[row])
    sure = float(table.probabilities[row, predicted]) if predicted >= 0 else math.nan
    bounded = wanted.lowest > 0 or wanted.highest < 1
    sequence, motif = table.sequences[row], wanted.motif
    places = range(len(sequence) - len(motif) + 1)
    return all(
        (
            wanted.classes is None or predicted in wanted.classes,
            not bounded or np.float32(wanted.lowest) <= sure <= np.float32(wanted.highest),
            wanted.flagged is None or bool(table.flags[row]) == wanted.flagged,
            wanted.right is None or (truth >= 0 and (truth == predicted) == wanted.right),
            wanted.id_text.lower() in table.ids[row].lower(),
            not motif or any(all(m in ("N", sequence[p + i]) for i, m in enumerate(motif)) for p in places),
        )
    )


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, make_table: TableMaker) -> PredictionView:
    made = PredictionView(theme)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.show_table(make_table())
    return made


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=FILTERS,
    order=st.sampled_from([Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder]),
    key=st.sampled_from(["", "id", "predicted", "probability", "p_other", "flags", "length", "truth"]),
    seed=st.integers(0, 5),
)
def test_sorting_and_filtering_equal_those_of_a_list(
    make_table: TableMaker, wanted: PredictionFilter, order: Qt.SortOrder, key: str, seed: int
) -> None:
    table = make_table(60, seed=seed)
    model = PredictionModel()
    model.show_table(table)
    model.sort(model.column_number(key) if key else -1, order)
    model.set_filter(wanted)
    rows = [row for row in range(60) if kept(table, row, wanted)]
    if key:
        values = [slow_value(table, row, key) for row in range(60)]
        present = [row for row in rows if not math.isnan(values[row])]
        present.sort(key=lambda row: values[row], reverse=order == Qt.SortOrder.DescendingOrder)
        rows = present + [row for row in rows if math.isnan(values[row])]
    assert model.shown_rows.tolist() == rows
    assert model.rowCount() == len(rows)


def slow_value(table: PredictionTable, row: int, key: str) -> float:
    predicted, truth = int(table.predicted[row]), int(table.truth[row])
    values = {
        "id": float(table.ids[row].split("_")[1]),
        "predicted": predicted if predicted >= 0 else math.nan,
        "probability": float(table.probabilities[row, predicted]) if predicted >= 0 else math.nan,
        "p_other": float(table.probabilities[row, 2]),
        "flags": float(table.flags[row]),
        "length": float(len(table.sequences[row])),
        "truth": truth if truth >= 0 else math.nan,
    }
    return float(values[key])


def test_ids_and_order_stay_those_of_the_file(view: PredictionView, make_table: TableMaker) -> None:
    table = make_table()
    model = view.predictions
    shown = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert shown == list(table.ids)
    assert model.rows_for_export() is None
    view.horizontalHeader().setSortIndicator(model.column_number("id"), Qt.SortOrder.AscendingOrder)
    exported = model.rows_for_export()
    assert exported is not None
    assert [table.ids[row] for row in exported] == [f"Rec_{number}" for number in range(40)]
    view.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == list(table.ids)


def test_an_unsorted_unfiltered_table_after_a_filter_is_whole_again(view: PredictionView) -> None:
    view.predictions.set_filter(PredictionFilter(id_text="Rec_1"))
    assert 0 < view.predictions.rowCount() < 40
    view.predictions.set_filter(PredictionFilter())
    assert view.predictions.rowCount() == 40
    assert view.predictions.rows_for_export() is None


def test_chosen_cells_are_copied_with_their_headings(view: PredictionView, make_table: TableMaker) -> None:
    table = make_table()
    model = view.predictions
    block = QItemSelection(model.index(0, 0), model.index(2, 1))
    view.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)
    view.copy()
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0] == "Record\tPredicted"
    assert lines[1:] == [f"{table.ids[row]}\t{table.labels[table.predicted[row]]}" for row in range(3)]


def test_hidden_columns_are_not_copied(view: PredictionView) -> None:
    view.setColumnHidden(1, True)
    view.selectAll()
    view.copy()
    assert "Predicted" not in QGuiApplication.clipboard().text().splitlines()[0]


def test_the_standard_key_copies(view: PredictionView, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().clear()
    view.select_row(5)
    qtbot.keySequence(view, QKeySequence(QKeySequence.StandardKey.Copy))
    assert QGuiApplication.clipboard().text().startswith("Record\n")


def test_too_many_cells_are_refused_instead_of_copied(
    view: PredictionView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_view, "CELLS_COPIED", 10)
    QGuiApplication.clipboard().setText("before")
    view.selectAll()
    with qtbot.waitSignal(view.copy_refused):
        view.copy()
    assert QGuiApplication.clipboard().text() == "before"


@pytest.mark.parametrize(
    ("given_id", "copied"),
    [("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("@x", "'@x"), ("a\tb\nc", "a b c"), ("SEPT2", "SEPT2")],
)
def test_a_copied_id_is_no_formula_and_stays_in_its_cell(given_id: str, copied: str) -> None:
    table = PredictionTable(
        ids=TextColumn.from_strings([given_id]),
        sequences=TextColumn.from_strings(["ACGT"]),
        labels=("a", "b"),
        predicted=np.array([0], np.int16),
        probabilities=np.array([[0.9, 0.1]], np.float32),
        flags=np.zeros(1, np.uint8),
        truth=np.full(1, -1, np.int16),
    )
    model = PredictionModel()
    model.show_table(table)
    assert model.text_of([0], [0]) == f"Record\n{copied}\n"


def test_markup_in_an_id_stays_text() -> None:
    table = PredictionTable(
        ids=TextColumn.from_strings(["<img src=file:///x><b>bold</b>\u202e\x07"]),
        sequences=TextColumn.from_strings(["ACGT"]),
        labels=("<i>a</i>", "b"),
        predicted=np.array([0], np.int16),
        probabilities=np.array([[0.9, 0.1]], np.float32),
        flags=np.zeros(1, np.uint8),
        truth=np.full(1, -1, np.int16),
    )
    model = PredictionModel()
    model.show_table(table)
    assert model.index(0, 0).data() == "<img src=file:///x><b>bold</b>"
    tip = model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "<img" not in tip
    assert "&lt;img" in tip
    assert "<i>" not in model.headerData(3, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)


def test_the_current_record_stays_current_through_sorting_and_filtering(view: PredictionView) -> None:
    view.select_row(7)
    view.horizontalHeader().setSortIndicator(0, Qt.SortOrder.DescendingOrder)
    assert view.predictions.table_row(view.currentIndex().row()) == 7
    view.predictions.set_filter(PredictionFilter(id_text=view.predictions.index(view.currentIndex().row(), 0).data()))
    assert view.predictions.table_row(view.currentIndex().row()) == 7


def test_a_record_that_the_filter_leaves_out_is_no_longer_chosen(view: PredictionView, qtbot: QtBot) -> None:
    view.select_row(7)
    with qtbot.waitSignal(view.row_chosen) as chosen:
        view.predictions.set_filter(PredictionFilter(id_text="nothing"))
    assert chosen.args == [-1]
    assert not view.select_row(7)


def test_the_id_column_stays_in_sight_while_the_others_scroll(view: PredictionView, qtbot: QtBot) -> None:
    view.show()
    qtbot.waitExposed(view)
    view.horizontalScrollBar().setValue(view.horizontalScrollBar().maximum())
    assert view.horizontalScrollBar().value() > 0
    place = view.childAt(QPoint(20, view.horizontalHeader().height() + 10))
    assert place is not None
    assert place.parent().objectName() == "frozen"


def test_the_id_column_scrolls_down_with_the_others(view: PredictionView, qtbot: QtBot) -> None:
    view.show()
    qtbot.waitExposed(view)
    view.verticalScrollBar().setValue(137)
    frozen = view._frozen
    assert frozen.verticalScrollBar().value() == 137
    frozen.verticalScrollBar().setValue(20)
    assert view.verticalScrollBar().value() == 20


def test_a_click_on_the_frozen_heading_sorts_by_id_up_down_and_not_at_all(view: PredictionView) -> None:
    for expected in (("id", False), ("id", True), ("", False)):
        view._frozen.horizontalHeader().sectionClicked.emit(0)
        assert view.predictions.sort_state == expected


def test_columns_can_be_hidden_but_never_the_ids(view: PredictionView) -> None:
    menu = QMenu()
    actions = view.column_actions(menu)
    assert not actions[0].isEnabled()
    assert not actions[view.predictions.column_number("p_other")].isChecked()
    actions[1].setChecked(False)
    assert view.isColumnHidden(1)
    menu.deleteLater()


def test_every_cell_is_painted_and_read_aloud(view: PredictionView, qtbot: QtBot) -> None:
    for column in range(view.predictions.columnCount()):
        view.setColumnHidden(column, False)
    view.resize(2400, 1400)
    assert not view.grab().isNull()
    for row in range(view.predictions.rowCount()):
        for column in range(view.predictions.columnCount()):
            index = view.predictions.index(row, column)
            assert isinstance(index.data(), str)
            assert ":" in index.data(Qt.ItemDataRole.AccessibleTextRole)
            assert index.data(ROW_ROLE) == row


def test_a_very_long_sequence_is_shown_by_its_start_and_copied_whole() -> None:
    letters = np.full(3_000_000, ord("A"), np.uint8)
    table = PredictionTable(
        ids=TextColumn.from_strings(["long"]),
        sequences=TextColumn(letters, np.array([0, 3_000_000])),
        labels=("a", "b"),
        predicted=np.array([1], np.int16),
        probabilities=np.array([[0.1, 0.9]], np.float32),
        flags=np.zeros(1, np.uint8),
        truth=np.full(1, -1, np.int16),
    )
    model = PredictionModel()
    model.show_table(table)
    column = model.column_number("sequence")
    assert len(model.index(0, column).data(VALUE_ROLE)) == 1_000
    assert len(model.index(0, column).data()) == 200
    assert len(model.text_of([0], [column])) == 3_000_000 + len("Sequence\n\n")


def test_counts_flags_and_agreement_are_counted(make_table: TableMaker) -> None:
    table = make_table()
    data = PredictionColumns(table)
    assert sum(data.counts()) == 39
    assert data.flagged() == int(np.count_nonzero(table.flags))
    right, known = data.agreement()
    assert known == int((table.truth >= 0).sum())
    assert right == int(((table.truth >= 0) & (table.truth == table.predicted)).sum())


def test_without_classes_in_the_file_there_is_no_agreement_column(make_table: TableMaker) -> None:
    model = PredictionModel()
    model.show_table(make_table(truth=False))
    assert model.column_number("agreement") == -1
    model.show_table(make_table())
    assert model.column_number("agreement") > 0


def test_no_table_is_an_empty_table(view: PredictionView) -> None:
    view.show_table(None)
    assert view.predictions.rowCount() == 0
    assert view.predictions.columnCount() == 0


def test_a_table_of_no_records_can_be_sorted_and_filtered(view: PredictionView, make_table: TableMaker) -> None:
    view.show_table(make_table(0))
    view.predictions.sort(0)
    view.predictions.set_filter(PredictionFilter(id_text="x", motif="A", lowest=0.5))
    assert view.predictions.rowCount() == 0
