"""The array reader of FASTA gives what a plain reader gives, however the text is cut, wrapped or ended."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences import fasta
from bioseq.sequences.fasta import read_fasta, unix_lines

if TYPE_CHECKING:
    from bioseq.sequences.records import Records

names = st.text(st.sampled_from("abzAZ019_.:-βЖ青"), min_size=1, max_size=12)
letters = st.text(st.sampled_from("ACGTNacgt"), max_size=40)
records = st.lists(st.tuples(names, letters), min_size=1, max_size=12)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])


def pairs(read: Records) -> list[tuple[str, str]]:
    texts = [read.letters[a:b].tobytes().decode() for a, b in zip(read.offsets[:-1], read.offsets[1:], strict=True)]
    return list(zip(read.ids, texts, strict=True))


def written(wanted: list[tuple[str, str]], *, width: int = 60, end: str = "\n") -> bytes:
    lines = []
    for name, sequence in wanted:
        lines += [f">{name}", *(sequence[start : start + width] for start in range(0, len(sequence), width))]
    return (end.join(lines) + end).encode()


def cut(text: bytes, size: int) -> list[bytes]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@given(records, st.integers(1, 50), line_ends, st.integers(1, 64))
def test_what_was_written_is_read_however_it_is_wrapped_ended_and_cut(
    wanted: list[tuple[str, str]], width: int, end: str, size: int
) -> None:
    text = written(wanted, width=width, end=end)
    assert pairs(read_fasta(cut(text, size))) == wanted


@given(records, st.integers(1, 50), st.integers(1, 64))
def test_lines_point_at_headers(wanted: list[tuple[str, str]], width: int, size: int) -> None:
    text = written(wanted, width=width)
    lines = text.decode().split("\n")
    read = read_fasta(cut(text, size))
    assert [lines[line - 1] for line in read.lines] == [f">{name}" for name, _ in wanted]


@given(records, st.data())
def test_counts_are_those_of_the_letters(wanted: list[tuple[str, str]], data: st.DataObject) -> None:
    read = read_fasta(cut(written(wanted), data.draw(st.integers(1, 30))))
    assert np.array_equal(read.counts, np.bincount(read.letters, minlength=256))


@given(st.text(st.sampled_from("ACGT \t\n>|x"), max_size=200).map(lambda text: ">" + text))
def test_records_equal_those_of_biopython_which_asks_for_headers_at_the_start_of_a_line(text: str) -> None:
    from Bio.SeqIO.FastaIO import SimpleFastaParser

    plain = re.sub(r"(?m)^[ \t]+>", ">", text)
    expected = [
        (title.replace("\t", " ").split(" ")[0], "".join(sequence.split()))
        for title, sequence in SimpleFastaParser(io.StringIO(plain))
    ]
    read = read_fasta([text.encode()])
    assert ("odd_header_start" in {note.code for note in read.notes}) == (plain != text)
    assume(not {"annotation_lines", "overlapping_kmers"} & {note.code for note in read.notes})
    whole = [name + "".join(tail) for name, tail in zip(read.ids, _suffixes(read), strict=True)]
    assert list(zip(whole, [sequence for _, sequence in pairs(read)], strict=True)) == expected


def _suffixes(read: Records) -> list[str]:
    """No header of that test ends in a split word, so nothing was taken from any id."""
    assert not read.has_labels
    return [""] * len(read)


@given(st.binary(max_size=300), st.integers(1, 40))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_in_words(data: bytes, size: int) -> None:
    try:
        read = read_fasta(cut(data, size))
    except BioseqError:
        return
    assert len(read.ids) == len(read.lines) == len(read.splits) == len(read) > 0
    assert read.offsets[-1] == len(read.letters)


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"A", b">"]), max_size=60).map(b"".join), st.integers(1, 20))
def test_line_ends_become_line_feeds_wherever_blocks_are_cut(data: bytes, size: int) -> None:
    whole = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert b"".join(unix_lines(cut(data, size))) == whole


def test_a_sequence_line_longer_than_a_block_is_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_LONG_LINE", 64)
    sequence = "ACGTTGCA" * 500
    text = f">a\n{sequence}\n>b|1|train\nAC>GT\n".encode()
    for size in (7, 65, 100, 4000, 10_000):
        read = read_fasta(cut(text, size))
        assert pairs(read) == [("a", sequence), ("b", "AC>GT")]
        assert read.lines.tolist() == [1, 3]


def test_a_header_of_a_megabyte_is_one_header() -> None:
    name = "n" * (1 << 20)
    text = f">{name} words\nACGT\n>b\nGG\n".encode()
    read = read_fasta(cut(text, 1 << 16))
    assert pairs(read) == [(name, "ACGT"), ("b", "GG")]


def test_a_header_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_LONG_LINE", 64)
    monkeypatch.setattr(fasta, "_LONGEST_HEADER", 256)
    with pytest.raises(BioseqError, match="A header has no end"):
        read_fasta(cut(b">" + b"x" * 1000, 100), where="a.fa")


def test_a_record_of_250_million_letters_is_read() -> None:
    line = b"ACGTTGCAAC" * 100_000
    read = read_fasta([b">chromosome\n", *[line] * 250, b"\n>b\nGG\n"])
    assert read.offsets.tolist() == [0, 250_000_000, 250_000_002]
    assert read.counts[ord("A")] == 75_000_000
    assert list(read.ids) == ["chromosome", "b"]


ROW = ">r{:02d}|1|train\nACGTN\n"
ODD_ROWS = [
    ">r99|1|train\nACG\n",
    ">r99|1|train\nACGTNAC\n",
    ">r99|1|train\nacgtn\n",
    ">r99|1|train\nAC TN\n",
    ">r99|1|train\nAC\nTN\n",
    ">r99|1|train\nACGTN\nACGTN\n",
    ">r99|1|train\n\nACGTN\n",
    ">r99|1|train\nACGTN\n\n",
    ">r99|1|train\n>CGTN\n",
    ">r99|1\ntrain\nACGTN\n",
    ">r99>1|train\nACGTN\n",
    ">r99|1|train\r\nACGTN\r\n",
    ">r9\nACGTN\n",
    ">\n\n",
    ">r99|1|train\nACGTN",
    ">r99|1|train\nAC\u00a0N\n",
]


@pytest.mark.parametrize("odd", ODD_ROWS)
@pytest.mark.parametrize("place", [0, 1, 20, 39, 40])
def test_records_laid_out_alike_are_read_as_any_others(odd: str, place: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [ROW.format(number) for number in range(40)]
    text = "".join([*rows[:place], odd if place == 40 else odd.rstrip("\n") + "\n", *rows[place:]]).encode()
    for blocks in ([text], cut(text, 401)):
        together = read_fasta(blocks)
        with monkeypatch.context() as patch:
            patch.setattr(fasta, "_FEW_EQUAL", 1 << 40)
            apart = read_fasta(blocks)
        assert pairs(together) == pairs(apart)
        for name in ("offsets", "lines", "label_codes", "splits", "counts"):
            assert np.array_equal(getattr(together, name), getattr(apart, name)), name
        assert together.label_texts == apart.label_texts
        assert together.notes == apart.notes


@given(records, st.integers(1, 50), st.integers(1, 64), st.sampled_from([0, 1, 9, 30]), st.sampled_from([0, 5, 20]))
def test_it_does_not_matter_how_much_is_left_for_the_next_block(
    wanted: list[tuple[str, str]], width: int, size: int, held: int, headers: int
) -> None:
    text = written(wanted, width=width)
    whole = read_fasta([text])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "_HELD", held)
        patch.setattr(fasta, "_HEADERS_AT_ONCE", headers)
        read = read_fasta(cut(text, size))
    assert pairs(read) == wanted
    assert np.array_equal(read.lines, whole.lines)
    assert np.array_equal(read.counts, whole.counts)


def test_room_for_letters_grows_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fasta, "_ROOM", 3)
    text = "".join(ROW.format(number) for number in range(60)).encode()
    assert pairs(read_fasta(cut(text, 50))) == [(f"r{number:02d}", "ACGTN") for number in range(60)]
