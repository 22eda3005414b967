"""Columns hold what was put in, whole and in order, in memory and on the disk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.dataset import NO_LABEL, Dataset, Split, natural_key
from bioseq.sequences.text_column import TextColumn

if TYPE_CHECKING:
    from pathlib import Path

names = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=12), max_size=12)


@given(names)
def test_a_text_column_gives_back_its_rows(strings: list[str]) -> None:
    column = TextColumn.from_strings(strings)
    assert list(column) == strings
    assert len(column) == len(strings)


@given(names, st.data())
def test_taking_rows_equals_indexing_a_list(strings: list[str], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.integers(0, len(strings) - 1), max_size=20)) if strings else []
    taken = TextColumn.from_strings(strings).take(np.array(rows, np.intp))
    assert list(taken) == [strings[row] for row in rows]


@given(st.lists(names, max_size=4))
def test_concatenating_columns_equals_concatenating_lists(parts: list[list[str]]) -> None:
    whole = TextColumn.concatenate([TextColumn.from_strings(part) for part in parts])
    assert list(whole) == [row for part in parts for row in part]


def small() -> Dataset:
    return Dataset.from_records(
        ["ACGT", "", "GG", "TTTTT"],
        ids=["a", "b", "ü", "d"],
        labels=["10", None, "2", "10"],
        splits=[Split.TRAIN, Split.TRAIN, Split.TEST, Split.VALIDATION],
    )


def test_classes_stand_in_natural_order() -> None:
    assert small().label_names == ("2", "10")
    assert small().labels.tolist() == [1, NO_LABEL, 0, 1]
    assert sorted(["b10", "b9", "a", "B1"], key=natural_key) == ["B1", "a", "b9", "b10"]


@pytest.mark.parametrize("mapped", [True, False])
def test_a_saved_data_set_opens_as_it_was(tmp_path: Path, mapped: bool) -> None:
    small().save(tmp_path / "cache")
    opened = Dataset.open(tmp_path / "cache", mapped=mapped)
    assert [opened.sequence(row) for row in range(4)] == ["ACGT", "", "GG", "TTTTT"]
    assert list(opened.ids) == ["a", "b", "ü", "d"]
    assert opened.splits.tolist() == [1, 1, 3, 2]
    assert opened.label_names == ("2", "10")


def test_a_damaged_cache_is_said_in_a_sentence(tmp_path: Path) -> None:
    small().save(tmp_path)
    (tmp_path / "letters.npy").write_bytes(b"not numpy")
    with pytest.raises(BioseqError, match="Load the files again"):
        Dataset.open(tmp_path)


def test_counts_of_letters_do_not_outlive_the_letters() -> None:
    plain = small()
    counts = np.bincount(plain.letters, minlength=256)
    counted = plain.with_counts(counts)
    assert plain.counts is None
    assert counted.counts is counts
    assert counted.letters is plain.letters
    assert counted.take(np.array([0, 2])).counts is None
    assert replace(counted, letters=plain.letters[::-1]).counts is None


def test_taking_records_keeps_columns_and_sources_together() -> None:
    taken = small().take(np.array([0, 2]))
    assert [taken.sequence(row) for row in range(2)] == ["ACGT", "GG"]
    assert list(taken.ids) == ["a", "ü"]
    assert taken.source_starts.tolist() == [0, 2]
    with pytest.raises(ValueError, match="ascend"):
        small().take(np.array([2, 0]))
