"""Sort keys and sorted rows equal what Python's own sort gives."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.sequences.text_column import TextColumn
from bioseq_gui.tables.ordering import MISSING, keys_of_floats, keys_of_integers, keys_of_text, sorted_rows

IDS = st.text(alphabet="aAbB019._-é", max_size=20)


def natural(text: str) -> list[tuple[int, int]]:
    """The order that a person expects, written the slow way."""
    pieces = re.findall(rb"[0-9]+|[^0-9]", text.encode().lower())
    return [(0, int(piece)) if piece.isdigit() else (1, piece[0]) for piece in pieces]


@settings(max_examples=300, deadline=None)
@given(st.lists(IDS, min_size=1, max_size=40), st.sampled_from(["", "rec_", "sp|Q9", "x7"]), st.booleans())
def test_ids_are_sorted_as_a_person_expects(ids: list[str], prefix: str, descending: bool) -> None:
    texts = [prefix + text for text in ids]
    rows = sorted_rows(keys_of_text(TextColumn.from_strings(texts)), descending=descending)
    expected = sorted(range(len(texts)), key=lambda row: natural(texts[row]))
    if descending:
        # Equal ids keep the order of the file in both directions.
        expected = sorted(range(len(texts)), key=lambda row: natural(texts[row]), reverse=True)
    assert rows.tolist() == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["seq10", "seq2", "seq1"], [2, 1, 0]),
        (["seq010", "seq002", "seq001"], [2, 1, 0]),
        (["10", "9", "0010"], [1, 0, 2]),
        (["chr2:5", "chr10:1", "chr2:11"], [0, 2, 1]),
        (["b", "A", "a", "B"], [1, 2, 0, 3]),
        (["", "a", ""], [0, 2, 1]),
        (["same", "same"], [0, 1]),
        (["99999999999999999999", "100000000000000000000"], [0, 1]),
        (["x" * 40 + "2", "x" * 40 + "10", "x" * 9], [2, 0, 1]),
    ],
)
def test_numbers_in_ids_count_as_numbers(texts: list[str], expected: list[int]) -> None:
    assert sorted_rows(keys_of_text(TextColumn.from_strings(texts))).tolist() == expected


def test_a_slice_of_a_column_is_sorted_by_its_own_rows() -> None:
    whole = TextColumn.from_strings(["zz", "b2", "b10", "b1"])
    part = TextColumn(whole.buffer, whole.offsets[1:])
    assert sorted_rows(keys_of_text(part)).tolist() == [2, 0, 1]


def test_no_ids_have_no_keys() -> None:
    assert len(keys_of_text(TextColumn.from_strings([]))) == 0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(width=32, allow_infinity=True, allow_nan=True), max_size=50), st.booleans())
def test_numbers_are_sorted_with_missing_ones_last(values: list[float], descending: bool) -> None:
    column = np.array(values, np.float32)
    rows = sorted_rows(keys_of_floats(column), descending=descending).tolist()
    known = [row for row in range(len(values)) if not np.isnan(column[row])]
    missing = [row for row in range(len(values)) if np.isnan(column[row])]
    sign = -1.0 if descending else 1.0
    assert rows == sorted(known, key=lambda row: sign * float(column[row])) + missing


@given(st.lists(st.integers(-1, 6), max_size=50), st.booleans(), st.data())
def test_only_wanted_rows_are_sorted(values: list[int], descending: bool, data: st.DataObject) -> None:
    keys = keys_of_integers(np.array(values, np.int16))
    wanted = data.draw(st.lists(st.sampled_from(range(len(values))), unique=True)) if values else []
    rows = sorted_rows(keys, np.array(sorted(wanted), np.uint32), descending=descending).tolist()
    known = [row for row in sorted(wanted) if values[row] >= 0]
    missing = [row for row in sorted(wanted) if values[row] < 0]
    sign = -1 if descending else 1
    assert rows == sorted(known, key=lambda row: sign * values[row]) + missing


def test_a_missing_number_has_the_last_key() -> None:
    assert keys_of_integers(np.array([-1, 0, 2**40]))[0] == MISSING
    assert keys_of_integers(np.array([-1, 0, 2**40]))[2] < MISSING
