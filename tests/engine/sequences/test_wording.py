"""Numbers and lists within sentences: the right form, and never more names than people read."""

from __future__ import annotations

import copy

import pytest

from bioseq.sequences.wording import MOST_LISTED, CountSentence, counted, listed, quoted, short_name


def test_a_sentence_can_be_said_again_with_another_number() -> None:
    one = counted("{n} [record holds|records hold] gaps.", 1)
    assert one == "1 record holds gaps."
    assert counted(one.template, 1_200) == "1,200 records hold gaps."
    assert copy.deepcopy(one) == one
    assert counted(copy.deepcopy(one).template, 2) == "2 records hold gaps."
    assert CountSentence("As it is.").template == "As it is."


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, ""),
        (1, "c1"),
        (2, "c1 and c2"),
        (3, "c1, c2 and c3"),
        (12, "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and c12"),
        (13, "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 and 1 more"),
        (120, "c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 and 108 more"),
    ],
)
def test_of_many_some_are_listed_and_the_others_counted(count: int, text: str) -> None:
    assert MOST_LISTED == 12
    assert listed([f"c{number + 1}" for number in range(count)]) == text


def test_names_from_files_stand_between_quotes_in_one_line() -> None:
    assert quoted(["a", "b\nc", "d"], most=2) == "'a', 'b\N{REPLACEMENT CHARACTER}c' and 1 more"
    assert quoted({f"id{number}": 1 for number in range(10_000)}, most=1) == "'id0' and 9,999 more"


def test_a_long_name_is_cut_in_its_middle() -> None:
    assert short_name("x" * 60) == "x" * 60
    assert short_name("a" * 61 + "b" * 60) == f"{'a' * 29}…{'b' * 29}"
    assert len(short_name("y" * 1_000_000)) == 59
    assert short_name("abcdefghij", longest=5) == "ab…ij"
