"""Which texts spreadsheets show as other ones when they open plain text."""

from __future__ import annotations

import pytest

from bioseq.spreadsheets import CONVERTED_STARTS, is_converted


@pytest.mark.parametrize(
    "text",
    [
        *("SEPT2", "sept11", "MARCH1", "MAR-1", "DEC1", "Oct4", "APR-1", "NOV1", "1-MAR", "2-Sep", "3 Feb", "jun 12"),
        *("2E10", "2e10", "2310009E13", "00123", "007", "1.10", "1.0", ".5", "+5", "-01", "1e5"),
        *("123456789012", "1234567890123456789", "0.123456789"),
        *("1-2", "1/2", "10-12-2020", "2020-01-11", "3.4.", "3.4.2020", "12:30", "7:05:59", "9:15 pm"),
        *("true", "FALSE", " SEPT2 "),
    ],
)
def test_dates_numbers_and_truths_are_converted(text: str) -> None:
    assert is_converted(text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "seq1",
            "SEPT",
            "SEPTIN2",
            "MARCHF1",
            "P53",
            "Q9Y6K9",
            "NP_000537.3",
            "sp|P04637|P53_HUMAN",
            "chr1:100-200",
        ),
        *("0", "7", "-3", "12345678901", "1.5", "-0.25", "12345.6789", "1-2-3-4", "E10", "2E", "1_2", "1-MARS"),
        *("decoy1", "may", "MARK4", "janus", "octamer1", "true1", "NaN", "ENSG00000141510", "rs123", "1a", "A-1"),
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert not is_converted(text)


def test_all_words_that_are_converted_begin_with_one_of_the_starts() -> None:
    first_half = ("january", "february", "march", "april", "may", "june")
    second_half = ("july", "august", "september", "october", "november", "december")
    for word in (*first_half, *second_half, "sept", "true", "false"):
        assert word[:3] in CONVERTED_STARTS
