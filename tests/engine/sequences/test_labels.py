"""Labels and splits are taken from headers exactly where the convention puts them, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.sequences.dataset import Split
from bioseq.sequences.labels import (
    SPLIT_WORDS,
    HeaderReader,
    Headers,
    nearest_split_word,
    parse_headers,
    split_of,
)
from bioseq.sequences.text_column import TextColumn

words = st.text(st.characters(exclude_characters=" \t|\n\r", exclude_categories=["Cs", "Zs", "Cc"]), max_size=6)
fields = st.sampled_from(["|", "|", " ", "\t", "train", "TEST", "val", "1", "a", "sp", ""])


def parsed(headers: Headers) -> list[tuple[str, str | None, int, str]]:
    labels = [headers.label_texts[code] if code >= 0 else None for code in headers.label_codes.tolist()]
    return list(zip(headers.ids, labels, headers.splits.tolist(), headers.descriptions, strict=True))


def plain(header: str) -> tuple[str, str | None, int, str]:
    """The rule, in plain Python."""
    ends = [header.index(blank) for blank in " \t" if blank in header]
    end = min(ends, default=len(header))
    head, description = header[:end], header[end + 1 :]
    parts = head.split("|")
    if len(parts) >= 3 and parts[-1].strip().lower() in SPLIT_WORDS:
        split = SPLIT_WORDS[parts[-1].strip().lower()]
        return "|".join(parts[:-2]), parts[-2].strip() or None, int(split), description
    return head, None, 0, description


@given(st.lists(st.lists(fields, max_size=9).map("".join), min_size=1, max_size=12))
def test_headers_are_taken_apart_as_the_rule_says(headers: list[str]) -> None:
    assert parsed(parse_headers(TextColumn.from_strings(headers))) == [plain(header) for header in headers]


endings = st.sampled_from(["|1|train", "|0|test", "|0|trian", "|1|tset x", " a|1|train", " b", "|x", "\t|0|val", ""])


@given(st.lists(endings, min_size=1, max_size=12), st.data())
def test_headers_that_come_some_at_a_time_are_taken_apart_as_if_together(texts: list[str], data: st.DataObject) -> None:
    headers = [f"r{row}{text}" for row, text in enumerate(texts)]
    size = data.draw(st.integers(1, len(headers)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bioseq.sequences.labels._DETAILS_KEPT", data.draw(st.integers(1, 4)))
        whole = parse_headers(TextColumn.from_strings(headers))
        reader = HeaderReader()
        for start in range(0, len(headers), size):
            reader.feed(TextColumn.from_strings(headers[start : start + size]))
        apart = reader.finish()
    assert parsed(apart) == parsed(whole) == [plain(header) for header in headers]
    assert apart.label_texts == whole.label_texts
    assert apart.notes == whole.notes


@given(words.filter(bool), words.filter(lambda word: bool(word.strip())), st.sampled_from(sorted(SPLIT_WORDS)))
def test_any_label_in_any_script_survives(identity: str, label: str, split: str) -> None:
    headers = parse_headers(TextColumn.from_strings([f"{identity}|{label}|{split.upper()} more words"]))
    assert parsed(headers) == [(identity, label.strip(), int(SPLIT_WORDS[split]), "more words")]


@pytest.mark.parametrize(
    "header", ["sp|P12345|NAME_HUMAN Some protein", "gi|123|ref|NC_1|", "a|train", "train", "|train", "a b|1|train"]
)
def test_a_header_without_split_word_has_no_label(header: str) -> None:
    headers = parse_headers(TextColumn.from_strings([header]))
    assert headers.label_texts == ()
    assert headers.ids[0] == header.split(" ", maxsplit=1)[0]


def test_a_wrong_split_word_among_right_ones_is_found_with_the_nearest_word() -> None:
    headers = parse_headers(TextColumn.from_strings(["a|1|train", "b|0|train", "c|0|trian"]))
    (note,) = headers.notes
    assert (note.code, note.rows, note.details) == ("bad_split_word", (2,), ("'trian', perhaps 'train'",))
    assert headers.ids[2] == "c|0|trian"


def test_bars_in_all_headers_are_no_wrong_split_words() -> None:
    assert parse_headers(TextColumn.from_strings(["sp|P1|A_HUMAN x", "sp|P2|B_HUMAN"])).notes == ()


def test_a_label_behind_a_blank_is_pointed_out() -> None:
    (note,) = parse_headers(TextColumn.from_strings(["a x|1|train", "b"])).notes
    assert (note.code, note.rows) == ("labels_after_blank", (0,))


def test_split_words_are_known_in_any_case() -> None:
    assert split_of(" Training ") is Split.TRAIN
    assert split_of("DEV") is Split.VALIDATION
    assert split_of("tests") is None
    assert nearest_split_word("tseting") == "testing"
    assert nearest_split_word("zzz") == ""
