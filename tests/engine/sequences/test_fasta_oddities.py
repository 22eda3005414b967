"""What people add to FASTA is read as they mean it, told with its line, and the same however a file is cut."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError, Severity
from bioseq.sequences import fasta, fasta_parts, invisible
from bioseq.sequences.fasta import read_fasta
from bioseq.sequences.fasta_parts import read_fasta_in_parts

if TYPE_CHECKING:
    from bioseq.sequences.records import Note, Records


def pairs(read: Records) -> list[tuple[str, str]]:
    texts = [
        read.letters[a:b].tobytes().decode("latin-1") for a, b in zip(read.offsets, read.offsets[1:], strict=False)
    ]
    return list(zip(read.ids, texts, strict=True))


def read(text: str | bytes) -> Records:
    return read_fasta([text.encode() if isinstance(text, str) else text])


def note(records: Records, code: str) -> Note:
    (found,) = [note for note in records.notes if note.code == code]
    return found


def codes(records: Records) -> list[str]:
    return [note.code for note in records.notes]


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


ODD_STARTS = ["\f", " ", "\t ", "\x00", "\u3000\ufeff", " \u2060", *invisible.WIDE, *invisible.WIDTHLESS]


@pytest.mark.parametrize("start", ODD_STARTS)
def test_a_mark_behind_what_is_not_seen_begins_a_record_of_its_own(start: str) -> None:
    records = read(f">a|x|train\nACGT\n{start}>b|y|test\nGGCC\nTT\n>c|x|train\nAA\n")
    assert pairs(records) == [("a", "ACGT"), ("b", "GGCCTT"), ("c", "AA")]
    assert records.label_texts == ("x", "y")
    assert records.lines.tolist() == [1, 3, 6]
    told = note(records, "odd_header_start")
    assert (told.severity, told.rows, told.details) == (Severity.WARNING, (1,), ("line 3",))
    assert told.remedy.endswith("The first stands in line 3.")


def test_blanks_of_latin_1_may_stand_before_a_header() -> None:
    records = read(b">a\nACGT\n\xa0>b\nGG\n\xad>c\nTT\n")
    assert pairs(records) == [("a", "ACGT"), ("b", "GG"), ("c", "TT")]


@pytest.mark.parametrize("line", ["\uff1eb", "&gt;b", '">b"', ' ">b" '])
def test_a_mark_in_another_spelling_begins_a_record(line: str) -> None:
    records = read(f">a\nACGT\n{line}\nGGCC\n")
    assert pairs(records) == [("a", "ACGT"), ("b", "GGCC")]
    assert note(records, "odd_header_start").rows == (1,)


def test_the_first_header_may_stand_behind_blanks() -> None:
    records = read("\n  >a\nACGT\n>b\nGG\n")
    assert pairs(records) == [("a", "ACGT"), ("b", "GG")]
    assert note(records, "odd_header_start").rows == (0,)
    with pytest.raises(BioseqError, match="line 1") as refusal:
        read("ACGT\n >a\nACGT\n")
    assert refusal.value.code == "data.no_header"


def test_a_mark_within_a_line_is_no_header() -> None:
    records = read(">a\nAC>GT\nA >C\n")
    assert pairs(records) == [("a", "AC>GTA>C")]
    assert "odd_header_start" not in codes(records)


def test_comments_in_and_between_records_are_left_out_and_told() -> None:
    records = read("; made by hand\n>a\nACGT\n;one\n # two\nGG\n//\n>b\nCC\n! three\n")
    assert pairs(records) == [("a", "ACGTGG"), ("b", "CC")]
    told = note(records, "comment_lines")
    assert (told.severity, told.rows, told.details) == (Severity.INFO, (0, 1), ("line 1", "line 10"))


def test_numbers_beside_lines_are_left_out_and_told() -> None:
    text = (
        ">genbank\n        1 acgtacgtac gtacgtacgt\n       21 acgtacgt\n"
        ">embl\n     ACGTACGTAC GTACGTACGT        20\n     ACGTACG                          27\n"
        ">both\n1 MKVLAG 6\n7 WWYF- 11\n"
        ">colon\n1: ACGT\n5. ACG\n6) T\n"
        ">plain\nACGT\n"
    )
    records = read(text)
    assert pairs(records) == [
        ("genbank", "acgtacgtacgtacgtacgtacgtacgt"),
        ("embl", "ACGTACGTACGTACGTACGTACGTACG"),
        ("both", "MKVLAGWWYF-"),
        ("colon", "ACGTACGT"),
        ("plain", "ACGT"),
    ]
    told = note(records, "line_numbers")
    assert (told.severity, told.rows, told.details[0]) == (Severity.INFO, (0, 1, 2, 3), "line 2")


@pytest.mark.parametrize("ruler", ["        10        20", " 1         11", "10 20"])
def test_a_line_of_numbers_above_the_letters_is_left_out(ruler: str) -> None:
    records = read(f">a\n{ruler}\nMKVLAWMKVLAWMKVLAWMK\n        30\nMKVLAWMKVLAW\n")
    assert pairs(records) == [("a", "MKVLAWMKVLAWMKVLAWMKMKVLAWMKVLAW")]
    assert note(records, "line_numbers").rows == (0,)


def test_numbers_right_beside_letters_are_left_out_where_they_count_them() -> None:
    records = read(">a\n1acgtac\n7gtac gt\n13A\n>b\nACGT4\nAC GT8\n>c\n1ACGT4\n")
    assert [text for _, text in pairs(records)] == ["acgtacgtacgtA", "ACGTACGT", "ACGT"]
    assert note(records, "line_numbers").rows == (0, 1, 2)


@pytest.mark.parametrize("line", ["AC1GT", "2ACGT", "ACGT1", "AC 1 GT", "10 30", "7", "1 2 ACGT", "5 !AC"])
def test_other_digits_stay_letters_that_no_sequence_has(line: str) -> None:
    records = read(f">a\n{line}\nACGTTT\n")
    assert pairs(records) == [("a", line.replace(" ", "") + "ACGTTT")]
    assert "line_numbers" not in codes(records)


def test_blanks_and_what_is_not_seen_are_left_out_and_told() -> None:
    records = read(">a\nAC GT\n>b\nAC\u200bGT\n>c\nACGT \t\n>d\nAC\u00a0GT\n>e\nGG\n")
    assert pairs(records) == [("a", "ACGT"), ("b", "ACGT"), ("c", "ACGT"), ("d", "ACGT"), ("e", "GG")]
    assert note(records, "blanks_in_sequence").rows == (0, 3)
    told = note(records, "invisible_characters")
    assert told.rows == (1, 3)
    assert told.details[0] == "U+200B ZERO WIDTH SPACE in line 4"


def test_codons_blocks_of_ten_and_parted_letters_are_joined() -> None:
    records = read(">a\nATG GCC AAA\n>b\nACGTACGTAC GTACGTACGT ACG\n>c\nM K T A Y\n")
    assert [text for _, text in pairs(records)] == ["ATGGCCAAA", "ACGTACGTACGTACGTACGTACG", "MKTAY"]
    assert codes(records) == ["blanks_in_sequence"]


SEQUENCE = "ACGTTGCAAGCTTAGGCATCCGATTACAGG"


def kmers(sequence: str, length: int, step: int = 1) -> str:
    return " ".join(sequence[place : place + length] for place in range(0, len(sequence) - length + 1, step))


@pytest.mark.parametrize("width", [10_000, 28])
def test_overlapping_words_are_undone(width: int) -> None:
    words = kmers(SEQUENCE, 6)
    lines = "\n".join(words[start : start + width] for start in range(0, len(words), width))
    records = read(f">a\n{lines}\n>b\n{kmers(SEQUENCE[::-1], 6)}\n>c\nACGTAC\n")
    assert [text for _, text in pairs(records)] == [SEQUENCE, SEQUENCE[::-1], "ACGTAC"]
    assert note(records, "overlapping_kmers").rows == (0, 1)
    assert records.counts.tolist() == np.bincount(records.letters, minlength=256).tolist()


def test_three_letter_codes_are_read_as_residues() -> None:
    records = read(">a\nMet-Ala-Gly-\nSer\n>b\nTrp Lys Phe\n>c\nAspGluHis\n")
    assert [text for _, text in pairs(records)] == ["MAGS", "WKF", "DEH"]
    assert note(records, "three_letter_codes").rows == (0, 1, 2)
    assert "blanks_in_sequence" not in codes(records)


LINES = st.sampled_from(
    [
        *(">a|x|train", ">b words", ">", " >c", "\ufeff>d|y|test", "\f>e", "&gt;f", "; note", "# x", "//", "", "  "),
        *(
            "ACGT",
            "GGTACCTA ",
            "AC GT",
            "1 ACGT",
            "ACGT 4",
            "AC1GT",
            "AC>GT",
            "AC\u200bGT",
            "caf\u00e9",
            "A-C*.",
            "10 20",
        ),
        *("ACGTAC CGTACG GTACGT TACGTA", "Met-Ala-Gly", "SSSSOOOO", "((..))", "AC\x00GT", "\u00a0ACGT", "1 2 3"),
    ]
)
FASTA = st.lists(LINES, max_size=14).map(lambda lines: "\n".join([">first", *lines]).encode())


def columns(records: Records) -> list[object]:
    return [
        pairs(records),
        list(records.descriptions),
        records.lines.tolist(),
        records.label_codes.tolist(),
        records.label_texts,
        records.splits.tolist(),
        records.counts.tolist(),
        records.notes,
    ]


@given(FASTA, st.integers(1, 40), st.booleans(), st.sampled_from([0, 7, 40]))
def test_odd_text_is_read_alike_however_it_is_cut(text: bytes, size: int, ends: bool, held: int) -> None:
    text += b"\n" if ends else b""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "_HELD", held)
        assert columns(read_fasta(cut(text, size))) == columns(read_fasta([text]))


@given(FASTA.filter(lambda text: not re.search(rb"1 2 3|10 20", text)), st.integers(1, 40))
def test_long_lines_are_read_like_short_ones(text: bytes, size: int) -> None:
    # Annotation is looked for below lines that are no longer than a block.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "find_annotation", lambda *_: None)
        whole = read_fasta([text + b"\n"])
        patch.setattr(fasta, "_LONG_LINE", 5)
        patch.setattr(fasta, "_LONGEST_WORD", 1 << 20)
        taken = read_fasta(cut(text + b"\n", size))
    assert pairs(taken) == pairs(whole)
    assert taken.lines.tolist() == whole.lines.tolist()


@given(FASTA, st.integers(1, 60), st.integers(1, 30))
def test_parts_of_odd_text_are_its_records(text: bytes, part: int, size: int) -> None:
    # How sequences are written is told by the first part; this text has too few records to tell it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "find_annotation", lambda *_: None)
        patch.setattr("bioseq.sequences.sequence_text.find_overlap", lambda *_: None)
        patch.setattr("bioseq.sequences.sequence_text.find_style", lambda *_: None)
        whole = read_fasta([text])
        patch.setattr(fasta_parts.fasta_parts, "__kwdefaults__", {"part_bytes": part})
        parts = list(read_fasta_in_parts(cut(text, size)))
    assert [pair for one in parts for pair in pairs(one)] == pairs(whole)
    assert [line for one in parts for line in one.lines.tolist()] == whole.lines.tolist()
    starts = np.cumsum([0, *map(len, parts)])
    for code in ("odd_header_start", "comment_lines", "line_numbers", "blanks_in_sequence"):
        told = [(start + row, n.details[place]) for start, one in zip(starts, parts, strict=False)
                for n in one.notes if n.code == code for place, row in enumerate(n.rows)]  # fmt: skip
        wanted = [(row, n.details[place]) for n in whole.notes if n.code == code for place, row in enumerate(n.rows)]
        assert told == wanted


TIDY = st.lists(
    st.tuples(
        st.text(st.sampled_from("abXY09_.|"), min_size=1, max_size=9),
        st.lists(st.text(st.sampled_from("ACGTNacgtMKVLW*-"), max_size=20), max_size=4),
    ),
    min_size=1,
    max_size=30,
)


@given(TIDY, st.integers(1, 64))
def test_looking_at_each_line_of_tidy_text_changes_nothing(wanted: list[tuple[str, list[str]]], size: int) -> None:
    text = "".join(f">{name}\n" + "".join(f"{line}\n" for line in lines) for name, lines in wanted).encode()
    fast = columns(read_fasta([text]))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "ODD_BYTES", np.ones(256, np.bool_))
        assert columns(read_fasta([text])) == fast
        assert columns(read_fasta(cut(text, size))) == fast


def test_a_file_of_odd_headers_alone_is_cut_into_parts() -> None:
    text = "".join(f" >r{number}\nACGTACGT\n" for number in range(500)).encode()
    parts = list(fasta_parts.fasta_parts(cut(text, 50), part_bytes=500))
    assert len(parts) > 10
    assert b"".join(part.text for part in parts) == text


def test_the_first_part_tells_how_the_others_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = np.random.default_rng(3)
    texts = ["".join(generator.choice(list("ACGT"), 40)) for _ in range(60)]
    text = "".join(f">r{row}\n{kmers(sequence, 5)}\n" for row, sequence in enumerate(texts)).encode()
    monkeypatch.setattr(fasta_parts.fasta_parts, "__kwdefaults__", {"part_bytes": 2_000})
    parts = list(read_fasta_in_parts(cut(text, 500)))
    assert len(parts) > 4
    assert [sequence for one in parts for _, sequence in pairs(one)] == texts
    assert [line for one in parts for line in one.lines.tolist()] == list(range(1, 120, 2))


def test_a_long_line_of_words_is_not_cut_within_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_LONG_LINE", 64)
    sequence = SEQUENCE * 6
    text = f">a\n{kmers(sequence, 6)}\n>b\n1 {SEQUENCE * 8}\n>c\n; {'x' * 200}\nGG\n".encode()
    for size in (5, 64, 100, 10_000):
        records = read_fasta(cut(text, size))
        assert pairs(records) == [("a", sequence), ("b", SEQUENCE * 8), ("c", "GG")]
        assert records.lines.tolist() == [1, 3, 5]
