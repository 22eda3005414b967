"""Two sequences letter by letter."""

from __future__ import annotations

from dataclasses import asdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.similarity.pairs import PairAlignment, pair_alignment, read_alignment

COMPLEMENT = str.maketrans("ACGT", "TGCA")
STEM = "GATTACAGGCCTTAAGCGTACCATG"


def aligned(first: str, second: str, molecule: Molecule = Molecule.DNA, *, both_strands: bool = False) -> PairAlignment:
    found = pair_alignment(first, second, molecule, both_strands=both_strands)
    assert found is not None
    return found


def test_a_part_in_common_is_found_with_its_places() -> None:
    found = aligned("TTTTT" + STEM, STEM + "CCC")
    assert (found.first, found.second, found.marks) == (STEM, STEM, "|" * 25)
    assert (found.first_start, found.second_start) == (6, 1)
    assert (found.first_length, found.second_length) == (30, 28)
    assert found.identical == 25


def test_gaps_and_other_letters_are_no_identical_letters() -> None:
    found = aligned(STEM, STEM[:8] + STEM[9:16] + "A" + STEM[17:])
    assert found.first == STEM
    assert found.second == STEM[:8] + "-" + STEM[9:16] + "A" + STEM[17:]
    assert found.identical == 23
    assert found.marks == "|" * 8 + " " + "|" * 7 + " " + "|" * 8


def test_case_and_the_letter_of_rna_do_not_matter_and_are_shown_as_they_are() -> None:
    found = aligned("acguacgu", "ACGTACGT", Molecule.RNA)
    assert (found.first, found.second, found.identical) == ("acguacgu", "ACGTACGT", 8)


@pytest.mark.parametrize(("letters", "molecule"), [("ACGTNNNACGT", Molecule.DNA), ("MKWLXXXMKWL", Molecule.PROTEIN)])
def test_unknown_letters_are_identical_to_none(letters: str, molecule: Molecule) -> None:
    found = aligned(letters, letters, molecule)
    assert found.first == letters
    assert found.marks == "||||   ||||"


def test_the_other_strand_is_told_with_falling_places() -> None:
    other = ("AA" + STEM + "T").translate(COMPLEMENT)[::-1]
    assert aligned(STEM, other).identical < len(STEM)
    found = aligned(STEM, other, both_strands=True)
    assert found.reversed
    assert (found.first, found.second) == (STEM, STEM)
    assert found.second_start == 26
    assert other[found.second_start - len(STEM) : found.second_start].translate(COMPLEMENT)[::-1] == STEM
    assert list(found.blocks(20)) == [
        (" 1 GATTACAGGCCTTAAGCGTA 20", "   ||||||||||||||||||||", "26 GATTACAGGCCTTAAGCGTA 7"),
        ("21 CCATG 25", "   |||||", " 6 CCATG 2"),
    ]


def test_windows_are_compared_without_gaps_where_most_letters_are_the_same() -> None:
    first, second = STEM, "CA" + STEM[:-2]
    found = pair_alignment(first, second, Molecule.DNA, windows=True)
    assert found is not None
    assert (found.first, found.second, found.identical) == (STEM[:-2], STEM[:-2], 23)
    assert (found.first_start, found.second_start, found.first_length) == (1, 3, 25)
    other = second.translate(COMPLEMENT)[::-1]
    found = pair_alignment(first, other[:5] + "N" + other[6:], Molecule.DNA, both_strands=True, windows=True)
    assert found is not None
    assert (found.second, found.identical, found.reversed) == (STEM[:17] + "N" + STEM[18:-2], 22, True)
    assert list(found.blocks(60)) == [
        (" 1 GATTACAGGCCTTAAGCGTACCA 23", "   ||||||||||||||||| |||||", "23 GATTACAGGCCTTAAGCNTACCA 1")
    ]


def test_windows_are_not_moved_by_more_than_half_their_length() -> None:
    first, second = "CCCCCCACGTA", "ACGTAGGGGGG"
    found = pair_alignment(first, second, Molecule.DNA, windows=True)
    assert found is None or len(found.first) >= 6


def test_what_cannot_be_aligned_has_no_alignment() -> None:
    assert pair_alignment("", STEM, Molecule.DNA) is None
    assert pair_alignment("AAAA", "CCCC", Molecule.DNA) is None
    assert pair_alignment(STEM + "\xad", STEM, Molecule.DNA) is None
    assert pair_alignment("A" * 4_001, "A" * 4_001, Molecule.DNA) is None


@settings(max_examples=60, deadline=None)
@given(st.text("ACGUN", max_size=40), st.text("ACGTn", max_size=40), st.booleans())
def test_the_aligned_letters_are_those_of_the_sequences(first: str, second: str, both_strands: bool) -> None:
    found = pair_alignment(first, second, Molecule.RNA, both_strands=both_strands)
    if found is None:
        return
    above, below = found.first.replace("-", ""), found.second.replace("-", "")
    assert first[found.first_start - 1 :].startswith(above)
    if not found.reversed:
        assert second[found.second_start - 1 :].startswith(below)
    else:
        assert len(below) <= found.second_start <= len(second)
    assert 1 <= found.identical <= min(len(above), len(below))
    lines = list(found.blocks(7))
    assert sum(len(line.split()[1].replace("-", "")) for line, _, _ in lines) == len(above)
    assert int(lines[-1][0].split()[-1]) == found.first_start + len(above) - 1
    assert read_alignment(asdict(found)) == found


@pytest.mark.parametrize(
    "wrong",
    [
        {"marks": "|"},
        {"first_start": "1"},
        {"reversed": 1},
        {"more": 1},
        {"first": 3},
        {"first": None},
        {"first": "\n" * 25},
    ],
)
def test_a_damaged_alignment_is_refused(wrong: dict[str, object]) -> None:
    fields = asdict(aligned(STEM, STEM))
    with pytest.raises((TypeError, ValueError)):
        read_alignment(fields | wrong)
    assert read_alignment(None) is None
