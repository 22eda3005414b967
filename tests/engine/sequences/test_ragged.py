"""Arithmetic on ragged rows equals plain loops over them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.sequences import ragged
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.identity import sequence_groups
from bioseq.sequences.text_column import TextColumn, gather_rows, gather_spans

rows = st.lists(st.binary(max_size=20) | st.sampled_from([b"ACGT", b"acgt", b"", b"A" * 40]), max_size=40)


def column_of(texts: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    return np.frombuffer(b"".join(texts), np.uint8), ragged.offsets_of(lengths)


@given(rows)
def test_equal_rows_are_those_with_equal_bytes(texts: list[bytes]) -> None:
    buffer, offsets = column_of(texts)
    assert ragged.first_equal_row(buffer, offsets).tolist() == [texts.index(text) for text in texts]


@given(st.integers(1, 9).flatmap(lambda size: st.lists(st.text("ab\0", min_size=size, max_size=size), max_size=30)))
def test_equal_rows_of_one_length_are_those_with_equal_bytes(texts: list[str]) -> None:
    encoded = [text.encode() for text in texts]
    buffer, offsets = column_of(encoded)
    assert ragged.first_equal_row(buffer, offsets).tolist() == [encoded.index(text) for text in encoded]


@given(rows)
def test_equal_rows_are_right_even_when_all_hashes_collide(texts: list[bytes]) -> None:
    buffer, offsets = column_of(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "_EXACT", 0)
        patch.setattr(ragged, "_row_hashes", lambda _, offsets: np.zeros(len(offsets) - 1, np.uint64))
        assert ragged.first_equal_row(buffer, offsets).tolist() == [texts.index(text) for text in texts]


def test_rows_that_differ_in_one_letter_have_different_hashes() -> None:
    generator = np.random.default_rng(3)
    base = generator.choice(np.frombuffer(b"ACGT", np.uint8), 41)
    texts = [base.tobytes()]
    for at in range(41):
        for letter in b"ACGTN":
            changed = base.copy()
            changed[at] = letter
            changed[(at * 7) % 41] = letter
            texts.append(changed.tobytes())
    texts = list(dict.fromkeys(texts))
    buffer, offsets = column_of(texts)
    assert len(np.unique(ragged._row_hashes(buffer, offsets))) == len(texts)


def test_long_rows_are_told_apart_too() -> None:
    texts = [b"A" * 10_000, b"A" * 9_999 + b"C", b"A" * 10_000, b"A" * 5_000]
    assert ragged.first_equal_row(*column_of(texts)).tolist() == [0, 1, 0, 3]


@given(st.binary(max_size=400))
def test_letters_are_counted(data: bytes) -> None:
    codes = np.frombuffer(data, np.uint8)
    assert np.array_equal(ragged.letter_counts(codes), np.bincount(codes, minlength=256))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "_MANY_LETTERS", 16)
        assert np.array_equal(ragged.letter_counts(codes), np.bincount(codes, minlength=256))


@given(rows, st.binary(max_size=6), st.integers(1, 30))
def test_rows_that_hold_a_letter_are_found_with_its_first_place(texts: list[bytes], wanted: bytes, block: int) -> None:
    buffer, offsets = column_of(texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ragged, "_BLOCK", block)
        found, firsts = ragged.rows_holding(buffer, offsets, ragged.mask_of(wanted))
    expected = [
        (row, offsets[row] + min(text.index(code) for code in wanted if code in text))
        for row, text in enumerate(texts)
        if set(text) & set(wanted)
    ]
    assert list(zip(found.tolist(), firsts.tolist(), strict=True)) == expected


@given(rows, st.data())
def test_rows_are_gathered_whole_in_any_order(texts: list[bytes], data: st.DataObject) -> None:
    buffer, offsets = column_of(texts)
    wanted = data.draw(st.lists(st.integers(0, len(texts) - 1), max_size=50)) if texts else []
    gathered, bounds = gather_rows(buffer, offsets, np.array(wanted, np.intp))
    assert gathered.tobytes() == b"".join(texts[row] for row in wanted)
    assert np.array_equal(np.diff(bounds), [len(texts[row]) for row in wanted])


@given(st.integers(1, 9), st.integers(0, 12), st.integers(2, 9), st.integers(0, 5), st.integers(0, 3))
def test_spans_of_one_length_evenly_apart_are_gathered_up_to_the_last_byte(
    length: int, step: int, count: int, start: int, behind: int
) -> None:
    starts = np.arange(count) * step + start
    buffer = np.arange(starts[-1] + length + behind, dtype=np.uint8)
    for order in (starts, starts[::-1]):
        gathered, bounds = gather_spans(buffer, order, order + length)
        assert gathered.tolist() == [int(first) + place for first in order for place in range(length)]
        assert np.array_equal(np.diff(bounds), np.full(count, length))
        assert gathered.base is None or not np.shares_memory(gathered, buffer)


def test_many_rows_are_gathered_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.sequences.text_column._ITEMS_AT_ONCE", 3)
    column = TextColumn.from_strings(str(number) for number in range(100))
    assert list(column.take(np.arange(0, 100, 3))) == [str(number) for number in range(0, 100, 3)]
    assert list(column.take(np.arange(99, -1, -1))) == [str(number) for number in range(99, -1, -1)]


def test_groups_pass_over_case() -> None:
    assert sequence_groups(Dataset.from_records(["ACGT", "acgt", "ACG"])).tolist() == [0, 0, 2]
