"""Findings of parts are those of the whole: counts are added, the first examples stay, memory is bounded."""

from __future__ import annotations

from bioseq.errors import Severity
from bioseq.sequences.findings import EXAMPLES_KEPT, Finding, Occurrence
from bioseq.sequences.findings_over_parts import MOST_KINDS, FindingsOverParts
from bioseq.sequences.wording import counted


def gaps(*rows: int) -> Finding:
    shown = tuple(Occurrence(row, f"id{row}", "a.fa", row + 1) for row in rows)
    message = counted("{n} [record holds|records hold] gaps.", len(rows))
    return Finding("gaps", Severity.INFO, message, "A gap is unknown.", len(rows), shown)


def about_file(message: str, source: str, code: str = "text_encoding") -> Finding:
    return Finding(code, Severity.WARNING, message, "", 1, (Occurrence(-1, "", source, 0),))


def test_counts_are_added_and_rows_count_over_all_parts() -> None:
    parts = FindingsOverParts()
    parts.add([gaps(4)])
    parts.add([gaps(0)], records_before=10)
    parts.add([])
    parts.add([gaps(*range(5))], records_before=1_000)
    (found,) = parts.findings()
    assert found.message == "7 records hold gaps."
    assert found.count == 7
    assert [one.row for one in found.occurrences] == [4, 10, 1000, 1001, 1002, 1003, 1004]
    assert found.occurrences[1].record_id == "id0"


def test_two_single_records_are_said_in_the_plural() -> None:
    parts = FindingsOverParts()
    parts.add([gaps(0)])
    assert [one.message for one in parts.findings()] == ["1 record holds gaps."]
    parts.add([gaps(0)], records_before=1)
    assert [one.message for one in parts.findings()] == ["2 records hold gaps."]


def test_the_first_examples_are_kept_and_no_more() -> None:
    parts = FindingsOverParts()
    parts.add([gaps(*range(EXAMPLES_KEPT - 1))])
    parts.add([gaps(*range(5_000))], records_before=EXAMPLES_KEPT)
    (found,) = parts.findings()
    assert found.count == EXAMPLES_KEPT + 4_999
    assert len(found.occurrences) == EXAMPLES_KEPT
    assert found.occurrences[-1].row == EXAMPLES_KEPT


def test_what_is_about_a_file_is_said_once_for_each_file() -> None:
    parts = FindingsOverParts()
    for source in ("a.fa", "a.fa", "b.fa"):
        parts.add([about_file("The text is no UTF-8, first in line 3.", source)])
    parts.add([about_file("The text is no UTF-8, first in line 900.", "a.fa")])
    (found,) = parts.findings()
    assert found.message == "The text is no UTF-8, first in line 3."
    assert [one.source for one in found.occurrences] == ["a.fa", "b.fa"]
    assert found.count == 2


def test_other_sentences_of_one_code_stay_apart_and_what_matters_stands_first() -> None:
    parts = FindingsOverParts()
    parts.add([gaps(0), about_file("The column 'x' is not used.", "a.csv"), about_file("The column 'y' is.", "b.csv")])
    assert [one.code for one in parts.findings()] == ["text_encoding", "text_encoding", "gaps"]


def test_a_file_made_to_fill_the_memory_is_cut_short_and_that_is_said() -> None:
    parts = FindingsOverParts()
    for number in range(MOST_KINDS + 7):
        parts.add([about_file(f"Kind {'x' * number}.", "a.fa", code=f"code_{number}")])
    found = parts.findings()
    assert len(found) == MOST_KINDS + 1
    assert found[-1].message == "7 further findings are not listed."
