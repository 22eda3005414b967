"""Gaps of an alignment are told from other gaps, and leaving them out gives the sequences that were aligned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.config.inspection import inspect_files
from bioseq.errors import BioseqError
from bioseq.sequences.aligned_gaps import tell_alignment
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.cleaning import CleaningPolicy, clean
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

ALIGNED = ["MKV--LAG", "MK-VWLAG", "MKVVWL--"]


@pytest.mark.parametrize(
    ("sequences", "is_aligned"),
    [
        (ALIGNED, True),
        (["MK-VLA", "MKaaV-LA", "MKyVwLfAG"], True),
        (["MK.VLA..", "MKaV-LA.", "MKyVwLAg"], True),
        (["MK-VLA", "MKV"], False),
        (["MKV-LA", "MK-VLA"], False),
        (["MKVWLA", "MKVWLA"], False),
        (["MK-VLA"], False),
        (["M-K", ""], False),
    ],
)
def test_gaps_of_an_alignment_are_told_from_others(sequences: list[str], is_aligned: bool) -> None:
    assert bool(tell_alignment(Dataset.from_records(sequences))) == is_aligned


def test_the_sentence_counts_records_and_columns() -> None:
    sentence = tell_alignment(Dataset.from_records([*ALIGNED, "MKVVWLAG"]))
    assert sentence.startswith("3 records hold gaps, and all fill 8 columns of an alignment.")


def test_gaps_are_left_out_and_insertions_stay() -> None:
    dataset = Dataset.from_records(["MK-VaLA.*--", "~~", "MKV", "-MKV"])
    cleaned = clean(dataset, Molecule.PROTEIN, CleaningPolicy(gaps="remove"))
    assert [cleaned.dataset.sequence(row) for row in range(3)] == ["MKVALA", "MKV", "MKV"]
    assert cleaned.kept_rows.tolist() == [0, 2, 3]
    assert cleaned.row_flags.tolist() == [0, 0, 0]
    assert [(one.code, one.count) for one in cleaned.findings] == [
        ("changed_gaps", 3),
        ("changed_stops", 1),
        ("dropped_empty_records", 1),
    ]
    kept = clean(dataset, Molecule.PROTEIN, CleaningPolicy())
    assert kept.dataset.sequence(0) == "MKXVALAXXXX"


def test_repeats_are_those_of_the_sequences_without_gaps() -> None:
    dataset = Dataset.from_records(["MK-V", "M-KV", "MKVV"], labels=["a", "a", "b"])
    cleaned = clean(dataset, Molecule.PROTEIN, CleaningPolicy(gaps="remove", repeated_sequences="drop"))
    assert cleaned.kept_rows.tolist() == [0, 2]


def write(folder: Path, sequences: list[str]) -> FileRequest:
    text = "".join(f">r{row}|{row % 2}|train\n{sequence}\n" for row, sequence in enumerate(sequences))
    (folder / "x.a3m").write_text(text, encoding="ascii")
    return FileRequest(str(folder / "x.a3m"))


def test_leaving_gaps_out_is_proposed_with_a_reason(tmp_path: Path) -> None:
    request = write(tmp_path, ["MKVLAG-WQR", "MKVL--GWQR", "MKVLAGWWQR", "MK-LAGWWQR"] * 6)
    inspection, _ = inspect_files([request])
    assert inspection.config.data.gaps == "remove"
    assert (
        next(reason for reason in inspection.reasons if reason.path == "data.gaps").value_text == "Leave the gaps out"
    )
    assert (inspection.profile.shortest, inspection.profile.longest) == (8, 10)
    assert next(one for one in inspection.findings if one.code == "gaps").setting == "data.gaps"
    by_hand, _ = inspect_files([request], {"gaps": "replace"})
    assert by_hand.config.data.gaps == "replace"


def test_gaps_that_may_mean_something_stay(tmp_path: Path) -> None:
    inspection, _ = inspect_files([write(tmp_path, ["MKVLAG-WQR", "MKVLGWQR"] * 6)])
    assert inspection.config.data.gaps == "replace"
    assert all(reason.path != "data.gaps" for reason in inspection.reasons)


@pytest.mark.parametrize(
    ("sequences", "policy", "says"),
    [
        ([""], CleaningPolicy(), "1 record without letters was left out."),
        (["", "--"], CleaningPolicy(gaps="remove"), "2 records without letters were left out."),
        (["MK!V", "1"], CleaningPolicy(illegal_letters="drop"), "2 records with illegal letters were left out."),
    ],
)
def test_when_nothing_is_left_the_reason_and_the_place_are_told(
    sequences: list[str], policy: CleaningPolicy, says: str
) -> None:
    with pytest.raises(BioseqError) as error:
        clean(Dataset.from_records(sequences, source="set.fa"), Molecule.PROTEIN, policy)
    assert error.value.code == "data.nothing_left"
    assert error.value.message == f"No record is left after cleaning. {says}"
    assert error.value.where == "set.fa, line 1"
    assert error.value.remedy
