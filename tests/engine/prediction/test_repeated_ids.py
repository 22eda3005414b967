"""Rows of one name are found in tables of any size; rows without a name are none of them."""

from __future__ import annotations

import numpy as np
import pytest

from bioseq.prediction import repeated_ids
from bioseq.prediction.repeated_ids import EXAMPLES, find_repeated_ids
from bioseq.sequences.text_column import TextColumn


@pytest.mark.parametrize("at_once", [3, 7, 4_000_000])
@pytest.mark.parametrize("block", [2, 200_000])
def test_later_rows_of_a_name_are_counted(at_once: int, block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repeated_ids, "_ROWS_AT_ONCE", at_once)
    monkeypatch.setattr(repeated_ids, "_BLOCK", block)
    ids = TextColumn.from_strings(["a", "b", "", "a", "c", "", "b", "a", "ä", "A"])
    assert find_repeated_ids(ids) == (3, (3, 6, 7))


def test_unique_names_and_no_names_at_all_have_none() -> None:
    assert find_repeated_ids(TextColumn.from_strings([f"r{number}" for number in range(1_000)])) == (0, ())
    assert find_repeated_ids(TextColumn.from_strings([])) == (0, ())
    assert find_repeated_ids(TextColumn.from_strings(["", "", ""])) == (0, ())


def test_of_many_the_first_are_named() -> None:
    count, rows = find_repeated_ids(TextColumn.from_strings(["x"] * 5_000))
    assert count == 4_999
    assert rows == tuple(range(1, EXAMPLES + 1))


def test_rows_taken_out_of_a_larger_buffer_count_as_they_are() -> None:
    column = TextColumn.from_strings(["x", "a", "a", "y"]).take(np.array([1, 2]))
    assert find_repeated_ids(column) == (1, (1,))
    whole = TextColumn.from_strings(["x", "a", "a", "y"])
    assert find_repeated_ids(TextColumn(whole.buffer, whole.offsets[1:])) == (1, (1,))
