"""Lines of annotation below sequences are told from wrapped sequences, left out, and told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import Severity
from bioseq.sequences import fasta, fasta_parts
from bioseq.sequences.fasta import read_fasta
from bioseq.sequences.fasta_parts import read_fasta_in_parts

if TYPE_CHECKING:
    from bioseq.sequences.records import Note, Records

AMINO_ACIDS = "ACDEFGHIKLMNPQRSTVWY"


def letters(kinds: str, length: int, seed: int) -> str:
    return "".join(np.random.default_rng(seed).choice(list(kinds), length))


def segments(kinds: str, length: int, seed: int) -> str:
    """Letters in runs of some length, as annotations of segments have them."""
    generator = np.random.default_rng(seed)
    text = ""
    while len(text) < length:
        text += str(generator.choice(list(kinds))) * int(generator.integers(2, 12))
    return text[:length]


def wrapped(text: str, width: int) -> str:
    return "\n".join(text[start : start + width] for start in range(0, len(text), width))


def texts(records: Records) -> list[str]:
    bounds = zip(records.offsets, records.offsets[1:], strict=False)
    return [records.letters[start:end].tobytes().decode() for start, end in bounds]


def notes(records: Records) -> list[Note]:
    return [note for note in records.notes if note.code == "annotation_lines"]


def file(rows: list[tuple[str, ...]], width: int = 10_000) -> bytes:
    return "".join(
        f">r{number}|x|train\n" + "".join(f"{wrapped(line, width)}\n" for line in lines)
        for number, lines in enumerate(rows)
    ).encode()


KINDS = {
    "signal peptides": "SOIM",
    "topology": "SIMOLT",
    "secondary structure of three states": "HEC",
    "secondary structure of eight states": "HBEGITSC",
    "small letters": "hec",
    "disorder": "DO",
    "a mask": "01",
    "confidence": "0123456789",
    "gaps": "-D",
}


@pytest.mark.parametrize("kinds", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("width", [10_000, 40])
def test_annotation_below_proteins_is_left_out(kinds: str, width: int) -> None:
    sequences = [letters(AMINO_ACIDS, 30 + 7 * number, number) for number in range(12)]
    rows = [(text, segments(kinds, len(text), 100 + number)) for number, text in enumerate(sequences)]
    records = read_fasta([file(rows, width)])
    assert texts(records) == sequences
    assert records.counts.tolist() == np.bincount(records.letters, minlength=256).tolist()
    (told,) = notes(records)
    assert told.rows == tuple(range(12))
    assert told.severity is Severity.WARNING
    assert "read as annotation, not as residues" in told.message


def test_two_lines_of_annotation_are_left_out() -> None:
    sequences = [letters(AMINO_ACIDS, 50, number) for number in range(8)]
    rows = [(text, segments("HEC", 50, number), segments("01", 50, number)) for number, text in enumerate(sequences)]
    records = read_fasta([file(rows)])
    assert texts(records) == sequences
    assert "further lines of the same length, made of 0 1 C E H" in notes(records)[0].message


def test_annotation_above_sequences_is_left_out() -> None:
    sequences = [letters(AMINO_ACIDS, 50, number) for number in range(8)]
    rows = [(segments("SIO", 50, number), text) for number, text in enumerate(sequences)]
    assert texts(read_fasta([file(rows)])) == sequences
    assert texts(read_fasta([b">a\n((..))\nGGAACC\n"])) == ["GGAACC"]


@pytest.mark.parametrize("energy", ["", " (-1.20)", " ( -0.30)", "  (-12)"])
def test_a_structure_in_brackets_is_told_from_one_record(energy: str) -> None:
    records = read_fasta([f">a\nGGGAAACCCA\n(((...))).{energy}\n".encode()])
    assert texts(records) == ["GGGAAACCCA"]
    assert notes(records)[0].rows == (0,)


def test_a_structure_in_letters_below_rna_is_left_out() -> None:
    sequences = [letters("ACGU", 60, number) for number in range(8)]
    rows = [(text, segments("SHIEBM", 60, number)) for number, text in enumerate(sequences)]
    assert texts(read_fasta([file(rows)])) == sequences


def ordinary() -> dict[str, list[tuple[str, ...]]]:
    """Records of two lines of one length that are residues, every line."""
    count = range(30)
    return {
        "DNA": [(letters("ACGT", 60, n), letters("ACGT", 60, 100 + n)) for n in count],
        "proteins": [(letters(AMINO_ACIDS, 60, n), letters(AMINO_ACIDS, 60, 100 + n)) for n in count],
        "short proteins": [(letters(AMINO_ACIDS, 6, n), letters(AMINO_ACIDS, 6, 100 + n)) for n in count],
        "silk": [(letters("GAS", 60, n), letters("GAS", 60, 100 + n)) for n in count],
        "poly-A": [(letters("ACGT", 60, n), "A" * 60) for n in count],
        "masked": [(letters("ACGT", 60, n), "N" * 60) for n in count],
        "padded proteins": [(letters(AMINO_ACIDS, 60, n), "X" * 60) for n in count],
        "aligned": [(letters(AMINO_ACIDS + "-", 60, n), "-" * 60) for n in count],
        "soft masked": [(letters("ACGT", 60, n), letters("acgt", 60, 100 + n)) for n in count],
        "codes": [(letters("ACGT", 60, n), letters("ACGTRYSWKM", 60, 100 + n)) for n in count],
        "repeats": [(letters("ACGT", 60, n), "CA" * 30) for n in count],
    }


@pytest.mark.parametrize("kind", ordinary())
def test_wrapped_sequences_are_read_whole(kind: str) -> None:
    rows = ordinary()[kind]
    records = read_fasta([file(rows)])
    assert texts(records) == ["".join(row) for row in rows]
    assert not notes(records)


@pytest.mark.parametrize("line", ["ACGT!CGT", "AC>TACGT", "ACGTACG7", "NNNNNNN?"])
def test_a_slip_of_the_pen_makes_no_annotation(line: str) -> None:
    records = read_fasta([f">a\nACGTTCGA\n{line}\n".encode()])
    assert texts(records) == ["ACGTTCGA" + line]


def test_few_records_give_doubt_and_lose_nothing() -> None:
    rows = [(letters(AMINO_ACIDS, 40, n), segments("SIO", 40, n)) for n in range(4)]
    records = read_fasta([file(rows)])
    assert texts(records) == ["".join(row) for row in rows]
    (told,) = notes(records)
    assert told.rows == (0, 1, 2, 3)
    assert "may be an annotation" in told.message


def test_records_that_are_not_like_the_others_are_kept_whole_and_told() -> None:
    rows = [(letters(AMINO_ACIDS, 40, n), segments("SIO", 40, n)) for n in range(60)]
    rows[7] = (rows[7][0], rows[7][1][:-1])
    rows[9] = (rows[9][0], letters(AMINO_ACIDS, 40, 5))
    records = read_fasta([file(rows)])
    assert [number for number, text in enumerate(texts(records)) if len(text) == 40] == [
        number for number in range(60) if number not in (7, 9)
    ]
    left, odd = notes(records)
    assert len(left.rows) == 58
    assert odd.rows == (7, 9)


def test_annotation_of_some_records_only_is_not_believed() -> None:
    rows = [(letters(AMINO_ACIDS, 40, n), segments("SIO", 40, n)) for n in range(20)]
    rows += [(letters(AMINO_ACIDS, 40, 100 + n),) for n in range(20)]
    records = read_fasta([file(rows)])
    assert texts(records) == ["".join(row) for row in rows]


@pytest.mark.parametrize("size", [1, 7, 100, 1_000])
def test_it_does_not_matter_how_the_file_is_cut(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_HELD", 5)
    rows = [(letters(AMINO_ACIDS, 50, n), segments("SIO", 50, n)) for n in range(15)]
    for width in (10_000, 20):
        text = file(rows, width)
        records = read_fasta([text[start : start + size] for start in range(0, len(text), size)])
        assert texts(records) == [row[0] for row in rows]
        assert notes(records) == notes(read_fasta([text]))


def test_the_first_records_decide_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "SAMPLE", 20)
    rows: list[tuple[str, ...]] = [(letters(AMINO_ACIDS, 40, n), segments("SIO", 40, n)) for n in range(30)]
    plain = [(letters(AMINO_ACIDS, 40, 100 + n),) for n in range(30)]
    text = file(rows + plain)
    blocks = [text[start : start + 500] for start in range(0, len(text), 500)]
    assert texts(read_fasta(blocks)) == [row[0] for row in rows + plain]
    text = file(plain + rows)
    assert texts(read_fasta([text])) == ["".join(row) for row in plain + rows]
    monkeypatch.setattr(fasta_parts.fasta_parts, "__kwdefaults__", {"part_bytes": 2_000})
    parts = list(read_fasta_in_parts(blocks))
    assert len(parts) > 2
    assert [text for part in parts for text in texts(part)] == [row[0] for row in rows + plain]
