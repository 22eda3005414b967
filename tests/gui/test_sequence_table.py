"""The table of records: search, filter, jump, and the colours of letters that are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from bioseq.sequences.dataset import Dataset, Split
from bioseq_gui.tables import sequence_search
from bioseq_gui.tables.sequence_search import matching_rows
from bioseq_gui.tables.sequence_table import ID, SEQUENCE, SPLIT, SequenceTable

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from bioseq_gui.theme.theme import Theme


def dataset(count: int = 500) -> Dataset:
    return Dataset.from_records(
        ["ACGT" * 5 + ("GGTACC" if row % 50 == 7 else "AAAAAA") for row in range(count)],
        ids=[f"gene_{row}" for row in range(count)],
        labels=["one" if row % 2 else "two" for row in range(count)],
        splits=[Split.TEST if row % 4 == 0 else Split.TRAIN for row in range(count)],
        source="/data/some file.fasta",
    )


@pytest.fixture
def table(qtbot: QtBot, theme: Theme) -> SequenceTable:
    made = SequenceTable(theme)
    qtbot.addWidget(made)
    made.resize(900, 400)
    made.set_dataset(dataset())
    made.show()
    qtbot.waitExposed(made)
    return made


def test_cells_tell_the_record(table: SequenceTable) -> None:
    row = [table.model.index(7, column).data() for column in range(table.model.columnCount())]
    assert row == ["8", "gene_7", "one", "train", "26", "ACGT" * 5 + "GGTACC", "some file.fasta", "8"]


def test_a_motif_is_found_in_the_letters_and_a_name_in_the_ids(table: SequenceTable, qtbot: QtBot) -> None:
    table.search.setText("ggtacc")
    qtbot.waitUntil(lambda: table.model.rowCount() == 10, timeout=3_000)
    table.search.setText("GENE_49")
    qtbot.waitUntil(lambda: table.model.rowCount() == 11, timeout=3_000)
    table.search.clear()
    qtbot.waitUntil(lambda: table.model.rowCount() == 500, timeout=3_000)


def test_class_and_split_narrow_the_search(table: SequenceTable) -> None:
    table.classes.setCurrentIndex(table.classes.findText("two"))
    table.splits.setCurrentIndex(table.splits.findText("Test"))
    table.splits.activated.emit(table.splits.currentIndex())
    assert table.model.rowCount() == 125
    assert {table.model.index(row, SPLIT).data() for row in range(125)} == {"test"}


def test_jumping_lifts_a_filter_that_hides_the_record(table: SequenceTable) -> None:
    table.classes.setCurrentIndex(table.classes.findText("two"))
    table.classes.activated.emit(table.classes.currentIndex())
    table.jump.setText("# 8")
    table.jump.returnPressed.emit()
    assert table.view.currentIndex().siblingAtColumn(ID).data() == "gene_7"


def test_letters_have_the_colours_of_the_theme(table: SequenceTable, theme: Theme) -> None:
    table.view.scrollTo(table.model.index(0, SEQUENCE))
    image = table.view.viewport().grab().toImage()
    wanted = {theme.palette.nucleotides[letter].lower() for letter in "ACGT"}
    seen = {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(min(60, image.height()))}
    assert len(wanted & seen) == 4


def test_an_id_is_never_markup(table: SequenceTable) -> None:
    table.set_dataset(Dataset.from_records(["ACGT"], ids=["<b>x</b>\u202e"]))
    assert table.model.index(0, ID).data() == "<b>x</b>"
    assert "&lt;b&gt;" in table.model.index(0, ID).data(Qt.ItemDataRole.ToolTipRole)


@given(
    sequences=st.lists(st.text("ACG", max_size=9), min_size=1, max_size=12),
    needle=st.text("ACG", min_size=2, max_size=4),
    slice_bytes=st.integers(1, 12),
)
def test_the_search_finds_what_a_plain_search_finds(sequences: list[str], needle: str, slice_bytes: int) -> None:
    records = Dataset.from_records(sequences, ids=["-"] * len(sequences))
    old, sequence_search.SLICE_BYTES = sequence_search.SLICE_BYTES, slice_bytes
    try:
        *_, found = matching_rows(records, needle.lower())
    finally:
        sequence_search.SLICE_BYTES = old
    assert found is not None
    assert found.tolist() == [row for row, sequence in enumerate(sequences) if needle in sequence]


def test_a_hundred_thousand_rows_are_shown_at_once(table: SequenceTable, qtbot: QtBot) -> None:
    count = 100_000
    letters = np.full(count * 50, ord("A"), np.uint8)
    small = dataset(1)
    from dataclasses import replace

    from bioseq.sequences.text_column import TextColumn

    big = replace(
        small,
        letters=letters,
        offsets=np.arange(count + 1, dtype=np.int64) * 50,
        ids=TextColumn(np.full(count, ord("x"), np.uint8), np.arange(count + 1, dtype=np.int64)),
        descriptions=TextColumn(np.zeros(0, np.uint8), np.zeros(count + 1, np.int64)),
        labels=np.zeros(count, np.int16),
        splits=np.ones(count, np.uint8),
        lines=np.arange(count, dtype=np.uint32),
        source_starts=np.array([0, count], np.int64),
    )
    table.set_dataset(big)
    assert table.model.rowCount() == count
    table.show_record(count - 1)
    assert table.view.currentIndex().row() == count - 1
