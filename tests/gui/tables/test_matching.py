"""The search through all rows at once finds what a search row by row finds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.text_column import TextColumn
from bioseq_gui.tables import matching
from bioseq_gui.tables.matching import motif_pattern, rows_with, text_pattern

MEANS = {"A": "A", "C": "C", "G": "G", "T": "TU", "U": "TU", "R": "RAG", "N": "NACGTU", ".": "ACGTUNRacgtu"}


def holds(sequence: str, motif: str) -> bool:
    upper = sequence.upper()
    return any(
        all(letter == "." or upper[start + place] in MEANS[letter] for place, letter in enumerate(motif))
        for start in range(len(upper) - len(motif) + 1)
    )


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.text(alphabet="ACGTUacgtNR", max_size=30), min_size=1, max_size=30),
    st.text(alphabet="ACGTURN.", min_size=1, max_size=5),
    st.sampled_from([3, 17, 1 << 18]),
)
def test_a_motif_is_found_where_a_slow_search_finds_it(rows: list[str], motif: str, piece: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "_PIECE", piece)
        found = rows_with(TextColumn.from_strings(rows), motif_pattern(motif, Molecule.DNA))
    assert found.tolist() == [holds(row, motif) for row in rows]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="abAB1é|", max_size=12), max_size=30), st.text(alphabet="abAB1é|", max_size=3))
def test_a_text_is_found_in_either_case(rows: list[str], text: str) -> None:
    def lower(value: str) -> bytes:
        return value.encode().lower()

    found = rows_with(TextColumn.from_strings(rows), text_pattern(text))
    assert found.tolist() == [lower(text) in lower(row) for row in rows]


def test_a_match_never_reaches_into_the_next_row() -> None:
    assert rows_with(TextColumn.from_strings(["AAC", "GTT"]), text_pattern("cg")).tolist() == [False, False]


def test_codes_of_proteins_are_those_of_proteins() -> None:
    rows = TextColumn.from_strings(["MKDA", "MKNA", "MKBA", "MKEA"])
    assert rows_with(rows, motif_pattern("kba", Molecule.PROTEIN)).tolist() == [True, True, True, False]


def test_an_rna_motif_finds_dna() -> None:
    assert rows_with(TextColumn.from_strings(["TATAAT"]), motif_pattern("UAUAAU", Molecule.RNA)).tolist() == [True]


def test_nothing_to_look_for_is_in_every_row() -> None:
    assert rows_with(TextColumn.from_strings(["A", ""]), motif_pattern("  ", Molecule.DNA)).tolist() == [True, True]
