"""Cells of a column of sequences give the letters that people mean, and say how they were read."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import Severity
from bioseq.sequences.overlapping_words import Overlap, find_overlap, undo_overlap
from bioseq.sequences.ragged import offsets_of
from bioseq.sequences.sequence_text import read_notation

DNA = st.text(st.sampled_from("ACGT"), min_size=24, max_size=60)


def kmers(sequence: str, length: int, step: int = 1) -> str:
    return " ".join(sequence[place : place + length] for place in range(0, len(sequence) - length + 1, step))


def random_dna(count: int, length: int = 40) -> list[str]:
    generator = np.random.default_rng(11)
    return ["".join(generator.choice(list("ACGT"), length)) for _ in range(count)]


def read(cells: list[str]) -> tuple[list[str], list[str]]:
    """Letters of the cells, and codes of what was told."""
    sequences, notes = read_notation(cells)
    return [sequence.decode("latin-1") for sequence in sequences], [note.code for note in notes]


@pytest.mark.parametrize(
    "cells",
    [
        [],
        [""],
        ["ACGT", "", "acgtN-*."],
        ["MKVLAG", "WWYF"],
        ["MALWMRLLPLLALLALWGPDPAAA", "METALAGLYSER", "ALAALAALA"],
        ["Mkvlawfdq", "mkvlawfdq"],
        ["ACG-TAC-GGT", "AC1GT", "AC?T"],
        ["AGA", "TGA", "GCA"],
        ["ILEVALSERPRO", "WWKKDDQQFF"],
    ],
)
def test_plain_letters_stay_as_they_are(cells: list[str]) -> None:
    assert read(cells) == (cells, [])


@given(st.lists(st.text(st.sampled_from("ACGTNacgtMKVLW*-.?1"), max_size=20), max_size=12))
def test_text_without_blanks_is_taken_letter_by_letter(cells: list[str]) -> None:
    assert read(cells) == (cells, [])


def test_blanks_of_all_kinds_are_left_out_and_told_within_a_sequence() -> None:
    cells = [" ACGT ", "AC GT", "AC\u200bGT", "AC\u00a0GT", "\ufeffACGT", "ACGT\nGGCC\n", "AC\tGT", "A\u00adC"]
    sequences, notes = read_notation(cells)
    assert sequences == [b"ACGT", b"ACGT", b"ACGT", b"ACGT", b"ACGT", b"ACGTGGCC", b"ACGT", b"AC"]
    told = {note.code: note for note in notes}
    assert told["blanks_in_sequence"].rows == (1, 3, 6)
    assert told["invisible_characters"].rows == (2, 3, 4, 7)
    assert told["invisible_characters"].details[0] == "U+200B ZERO WIDTH SPACE"


def test_letters_that_are_none_stay_one_each() -> None:
    assert read(["AC\u00e9GT", "AC\u4e2dGT"])[0] == ["AC\u00e9GT", "AC?GT"]


def test_numbered_lines_within_a_cell_are_read_as_in_fasta() -> None:
    cells = ["1 acgtacgtac gtac\n15 acgt", "ACGT", "ACGT 4"]
    sequences, codes = read(cells)
    assert sequences == ["acgtacgtacgtacacgt", "ACGT", "ACGT"]
    assert codes == ["line_numbers", "blanks_in_sequence"]


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6, 8])
def test_overlapping_kmers_are_undone(length: int) -> None:
    wanted = random_dna(20)
    sequences, notes = read_notation([kmers(text, length) for text in wanted])
    assert [sequence.decode() for sequence in sequences] == wanted
    (note,) = notes
    assert (note.code, note.severity, note.rows) == ("overlapping_kmers", Severity.WARNING, tuple(range(20)))
    assert f"words of {length} letters, each one letter further on" in note.message


def test_kmers_of_proteins_and_single_words_are_read() -> None:
    wanted = ["MKVLAGWWYF", "MKV", "HHKLMNPQRST", "mkvlagwwyfr"]
    assert read([kmers(text, 3) for text in wanted]) == (wanted, ["overlapping_kmers"])


@pytest.mark.parametrize(("length", "step"), [(6, 2), (6, 3), (8, 5)])
def test_words_in_larger_steps_are_undone_where_they_overlap(length: int, step: int) -> None:
    wanted = random_dna(20, length + 6 * step)
    assert read([kmers(text, length, step) for text in wanted]) == (wanted, ["overlapping_kmers"])


@pytest.mark.parametrize(
    "cells",
    [
        [kmers(text, 3, 3) for text in random_dna(20, 39)],
        [kmers(text, 10, 10) for text in random_dna(20, 40)],
        [" ".join(text) for text in random_dna(20)],
        ["ATG GCC AAA TTT", "ATG CAT CAT", "ATG TAG"],
    ],
    ids=["codons", "blocks of ten", "single letters", "few codons"],
)
def test_words_that_do_not_overlap_are_joined(cells: list[str]) -> None:
    assert read(cells) == ([cell.replace(" ", "") for cell in cells], ["blanks_in_sequence"])


@pytest.mark.parametrize("cells", [["AAAAAAAAAA AAAAAAAAAA"] * 3, ["ACACAC CACACA ACACAC"] * 9, ["ACGTA CGTAC"]])
def test_words_that_may_overlap_by_chance_are_joined_and_doubt_is_told(cells: list[str]) -> None:
    sequences, codes = read(cells)
    assert sequences == [cell.replace(" ", "") for cell in cells]
    assert codes == ["blanks_in_sequence", "overlapping_kmers"]


def test_cells_unlike_the_others_are_joined_and_told() -> None:
    wanted = random_dna(40)
    cells = [kmers(text, 6) for text in wanted]
    cells[5] = cells[5].replace(" ", " A", 1)
    cells[6] = wanted[6]
    sequences, notes = read_notation(cells)
    assert sequences[5] == cells[5].replace(" ", "").encode()
    assert [sequences[row].decode() for row in (0, 6, 39)] == [wanted[0], wanted[6], wanted[39]]
    assert [note.rows for note in notes if note.code == "overlapping_kmers"][1] == (5,)
    assert next(note for note in notes if note.code == "blanks_in_sequence").rows == (5,)


@given(st.lists(DNA, min_size=1, max_size=8), st.integers(2, 9), st.integers(1, 8))
def test_undoing_gives_what_was_cut_into_words(wanted: list[str], length: int, step: int) -> None:
    step = min(step, length)
    wanted = [text[: length + (len(text) - length) // step * step] for text in wanted]
    joined = [kmers(text, length, step).replace(" ", "") for text in wanted]
    letters = np.frombuffer("".join(joined).encode(), np.uint8)
    offsets = offsets_of(np.array(list(map(len, joined)), np.int64))
    rows = np.arange(len(wanted))
    lengths = np.full(len(wanted), length)
    undone, bounds, _ = undo_overlap(letters, offsets, rows, lengths, Overlap(length, step))
    read = [undone[start:end].tobytes().decode() for start, end in pairwise(bounds)]
    assert read == wanted
    found = find_overlap(letters, offsets, rows, lengths)
    assert step == length or (found is not None and found.length == length and found.step in (0, step))


CODES = {"Met": "M", "Ala": "A", "Gly": "G", "Trp": "W", "Lys": "K", "Asp": "D", "Xaa": "X", "Sec": "U", "Glx": "Z"}


@pytest.mark.parametrize(
    ("cell", "letters"),
    [
        ("Met-Ala-Gly", "MAG"),
        ("MetAlaGly", "MAG"),
        ("Met Ala Gly", "MAG"),
        ("Met\u2013Ala\u2013Gly", "MAG"),
        ("H-Met-Ala-Gly-OH", "MAG"),
        ("Ac-Met-Ala-NH2", "MA"),
        ("H-Met-D-Ala-Gly-OH", "MAG"),
        ("Ser-Pro-Aib-Leu-Ile-Val-Ala", "SPXLIVA"),
        ("".join(CODES), "".join(CODES.values())),
        ("-".join(CODES), "".join(CODES.values())),
    ],
)
def test_three_letter_codes_become_one_letter_each(cell: str, letters: str) -> None:
    sequences, notes = read_notation([cell, "His-Ile-Val", ""])
    assert sequences == [letters.encode(), b"HIV", b""]
    assert {note.code for note in notes} == {"three_letter_codes"}
    assert notes[0].rows == (0, 1)
    assert notes[0].severity is Severity.INFO


def test_codes_in_one_case_are_believed_where_many_stand() -> None:
    parted = ["MET-ALA-GLY-TRP-LYS", "ASP GLU PHE SER"]
    assert read(parted) == (["MAGWK", "DEFS"], ["three_letter_codes"])
    assert read(["met-ala-gly-trp", "lys-asp-glu-phe-ser"]) == (["MAGW", "KDEFS"], ["three_letter_codes"])
    joined = ["METALAGLYTRPLYSASPGLUPHESERHIS", "VALILEPROCYSGLNASNARGTHRTYRLEU"]
    assert read(joined) == (["MAGWKDEFSH", "VIPCQNRTYL"], ["three_letter_codes"])
    few = ["METALAGLY"]
    assert read(few) == (few, [])


def test_what_is_lost_in_one_letter_is_told() -> None:
    _, notes = read_notation(["H-Met-D-Ala-Gly-OH", "Ser-Pro-Aib-Leu-Ile-Val-Ala", "Met-Ala"])
    assert [(note.rows, note.severity) for note in notes] == [
        ((0, 1, 2), Severity.INFO),
        ((1,), Severity.WARNING),
        ((0,), Severity.WARNING),
    ]
    assert notes[0].details[2] == "'Met-Ala' as 'MA'"


def test_a_cell_that_is_no_code_stays_and_is_told() -> None:
    cells = ["Met-Ala-Gly"] * 40 + ["MKVLA"]
    sequences, notes = read_notation(cells)
    assert sequences == [b"MAG"] * 40 + [b"MKVLA"]
    assert [note.rows for note in notes][1:] == [(40,)]


def test_a_million_plain_cells_are_read_at_once() -> None:
    cells = ["ACGTACGTACGTACGTACGT"] * 1_000_000
    sequences, notes = read_notation(cells)
    assert len(sequences) == 1_000_000
    assert sequences[-1] == b"ACGTACGTACGTACGTACGT"
    assert not notes
