"""Doubt of what sequences are made of is told, with what was taken; clear letters leave none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import Severity
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.files import FileRequest
from bioseq.sequences.molecules import guess_molecule
from bioseq.sequences.reading import Reading, read_files

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.sequences.findings import Finding

DNA = "ACGTTGCAAGCTTAGGCATCCGATTACAGGTCAGTTAACCGGATATCG"
PROTEIN = "MKVLAGIVWQMKLPEFIQRWHHTNDSYCAGKE"
SILK = ["GAGAGSGAGAGYGAGAGYGGAGGAGSGAGAGS", "GGAGGAGAGAGSGAGAGSGAGYGGAGAASGAG", "GAASGAGAGYGGAGGAGAASGAGAGYGGAGA"]


def read(folder: Path, files: dict[str, list[str]]) -> Reading:
    for name, sequences in files.items():
        text = "".join(f">{name}_{row}\n{sequence}\n" for row, sequence in enumerate(sequences))
        (folder / name).write_text(text, encoding="ascii")
    return read_files([FileRequest(str(folder / name)) for name in files])


def found(reading: Reading) -> dict[str, Finding]:
    return {one.code: one for one in reading.findings if one.code in ("molecule_uncertain", "molecules_differ")}


@pytest.mark.parametrize(
    ("letters", "molecule"),
    [
        ("".join(SILK), Molecule.PROTEIN),
        ("GAGAGSGAGAGY", Molecule.PROTEIN),
        (DNA + "RYSWKM" * 4, Molecule.DNA),
        ("GGAARYN" * 9 + "CT" * 9, Molecule.DNA),
        ("GAGAGAGA", Molecule.DNA),
        ("GATGATGATSW", Molecule.DNA),
        (PROTEIN, Molecule.PROTEIN),
    ],
)
def test_letters_rich_in_codes_without_two_bases_are_protein(letters: str, molecule: Molecule) -> None:
    assert guess_molecule(np.frombuffer(letters.encode(), np.uint8))[0] is molecule


def test_silk_is_read_as_protein_and_doubt_is_told(tmp_path: Path) -> None:
    reading = read(tmp_path, {"silk.fasta": SILK})
    assert reading.molecule is Molecule.PROTEIN
    told = found(reading)["molecule_uncertain"]
    assert told.severity is Severity.WARNING
    assert "read as protein, but may be DNA or RNA" in told.message
    assert told.setting == "data.molecule"


@pytest.mark.parametrize(
    ("sequences", "reason"),
    [
        (["GAGAGAGAGGAGAGAGAGGA"] * 6, "C and T are missing"),
        ([DNA + "RYSWKMRYSWKM"] * 4, "IUPAC codes"),
        (["ACGT", "GGCCA"], "only 9 letters"),
    ],
)
def test_doubt_says_what_was_taken_and_why(tmp_path: Path, sequences: list[str], reason: str) -> None:
    reading = read(tmp_path, {"set.fasta": sequences})
    assert reading.molecule is Molecule.DNA
    told = found(reading)["molecule_uncertain"]
    assert "read as DNA, but may be proteins" in told.message
    assert reason in told.message


@pytest.mark.parametrize(
    ("name", "sequences", "molecule"),
    [
        ("set.fasta", [DNA] * 4, Molecule.DNA),
        ("set.fasta", [DNA.replace("T", "U")] * 4, Molecule.RNA),
        ("set.fasta", [DNA + "N" * 20] * 4, Molecule.DNA),
        ("set.fasta", [PROTEIN] * 4, Molecule.PROTEIN),
        ("dna_binding.fasta", [PROTEIN] * 4, Molecule.PROTEIN),
        ("protein_coding.fasta", [DNA] * 4, Molecule.DNA),
        ("set.faa", [PROTEIN] * 4, Molecule.PROTEIN),
    ],
)
def test_clear_letters_leave_no_doubt(tmp_path: Path, name: str, sequences: list[str], molecule: Molecule) -> None:
    reading = read(tmp_path, {name: sequences})
    assert reading.molecule is molecule
    assert not found(reading)


@pytest.mark.parametrize("name", ["set.faa", "set.pep.fasta", "my_proteins.fa", "peptides-2.txt", "train_aa.fasta"])
def test_the_name_of_a_file_counts_where_letters_doubt(tmp_path: Path, name: str) -> None:
    few = read(tmp_path, {name: ["GATA", "CAGAT"]})
    assert few.molecule is Molecule.PROTEIN
    assert "read as protein" in found(few)["molecule_uncertain"].message
    many = read(tmp_path, {name: [DNA] * 4})
    assert many.molecule is Molecule.DNA
    assert "the name of a file speaks of proteins" in found(many)["molecule_uncertain"].message


def test_other_files_of_the_drop_help(tmp_path: Path) -> None:
    reading = read(tmp_path, {"silk.fasta": SILK, "others.fasta": [PROTEIN] * 9})
    assert reading.molecule is Molecule.PROTEIN
    assert not found(reading)
    short = read(tmp_path, {"short.fasta": ["GAGAGAGACTA" * 8], "others.fasta": [PROTEIN] * 9})
    assert short.molecule is Molecule.PROTEIN


def test_files_of_two_molecules_are_told(tmp_path: Path) -> None:
    reading = read(tmp_path, {"a.fasta": [DNA] * 4, "b.fasta": [PROTEIN] * 4})
    told = found(reading)["molecules_differ"]
    assert [occurrence.detail for occurrence in told.occurrences] == ["DNA or RNA", "protein"]


def test_records_unlike_the_others_are_told_with_their_lines(tmp_path: Path) -> None:
    among_dna = read(tmp_path, {"a.fasta": [DNA] * 30 + [PROTEIN]})
    told = found(among_dna)["molecules_differ"]
    assert told.message == "1 record looks like protein, the others like DNA."
    assert [occurrence.line for occurrence in told.occurrences] == [61]
    among_proteins = read(tmp_path, {"a.fasta": [PROTEIN] * 30 + [DNA, "GAGA" * 20]})
    told = found(among_proteins)["molecules_differ"]
    assert told.message == "1 record looks like DNA or RNA, the others like protein."
    assert [occurrence.row for occurrence in told.occurrences] == [30]
