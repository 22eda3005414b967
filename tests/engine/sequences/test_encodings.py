"""Text that is no UTF-8: classes stay apart, the encoding is told, and ASCII and UTF-8 go through untouched."""

from __future__ import annotations

import gzip
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioseq.errors import BioseqError
from bioseq.sequences.encodings import Utf8Blocks, guess_encoding
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import Reading, read_files, read_parts

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.sequences.findings import Finding


def decode(data: bytes, *, size: int = 7) -> tuple[str, Utf8Blocks]:
    blocks = Utf8Blocks(iter([data[start : start + size] for start in range(0, len(data), size)]))
    return b"".join(blocks).decode("utf-8"), blocks


def read_bytes(folder: Path, data: bytes, name: str = "x.fa") -> Reading:
    path = folder / name
    path.write_bytes(data)
    return read_files([FileRequest(str(path))])


def told(reading: Reading) -> Finding:
    (finding,) = [one for one in reading.findings if one.code == "text_encoding"]
    return finding


def fasta(names: list[str]) -> str:
    return "".join(f">r{number}|{name}|train\n{'ACGT' * 10}\n" for number, name in enumerate(names * 4))


@given(text=st.text(), size=st.integers(1, 9))
def test_utf8_goes_through_untouched_however_it_is_cut(text: str, size: int) -> None:
    decoded, blocks = decode(text.encode(), size=size)
    assert decoded == text
    assert blocks.notes == ()


@given(data=st.binary(max_size=300), size=st.integers(1, 9))
def test_any_bytes_become_valid_text_however_they_are_cut(data: bytes, size: int) -> None:
    decoded, blocks = decode(data, size=size)
    try:
        assert decoded == data.decode()
    except UnicodeDecodeError:
        assert len(blocks.notes) == 1
        assert [letter for letter in decoded if letter < "\x80"] == [chr(byte) for byte in data if byte < 128] or (
            "gb18030" in blocks.notes[0].message or "GB" in blocks.notes[0].message
        )
    else:
        assert blocks.notes == ()


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
@pytest.mark.parametrize("size", [1, 2, 3, 1 << 20])
def test_western_text_is_read_letter_by_letter(encoding: str, size: int) -> None:
    text = "Müller, naïve, Ångström, ÄÖÜß, ¿qué?, São"
    text += "" if encoding == "latin-1" else " – “quoted” €"
    decoded, blocks = decode(text.encode(encoding), size=size)
    assert decoded == text
    (note,) = blocks.notes
    assert note.message == "The file is not UTF-8; it is read as Windows-1252 (Latin-1)."


@pytest.mark.parametrize("size", [1, 2, 3, 5, 1 << 20])
def test_chinese_text_is_read_as_gb_18030(size: int) -> None:
    text = "序列,标签\nACGTACGT,阳性\nGGCCGGCC,阴性（对照）\nTTGGCCAA,启动子、增强子\n"
    decoded, blocks = decode(text.encode("gb18030"), size=size)
    if size > 4:
        assert decoded == text
        assert "GB 18030 (Chinese)" in blocks.notes[0].message


def test_each_byte_of_windows_1252_has_a_letter_of_its_own() -> None:
    decoded, _ = decode(bytes(range(128, 256)), size=1 << 20)
    assert len(set(decoded)) == 128
    assert "\ufffd" not in decoded


@pytest.mark.parametrize(
    ("text", "encoding", "expected"),
    [
        ("pôv pür", "latin-1", "windows-1252"),
        ("é", "latin-1", "windows-1252"),
        ("ÄÖ nd éà", "latin-1", "windows-1252"),
        ("положительный и отрицательный", "cp1251", "windows-1252"),
        ("阳性", "gb18030", "gb18030"),
        ("这个基因的启动子", "gb2312", "gb18030"),
    ],
)
def test_encodings_are_guessed_from_what_they_spell(text: str, encoding: str, expected: str) -> None:
    assert guess_encoding(f">r1|{text}|train\n".encode(encoding)) == expected


def test_utf8_with_a_few_other_bytes_stays_utf8() -> None:
    data = "阳性 und Müller\n".encode() * 20 + "Müller\n".encode("latin-1")
    decoded, blocks = decode(data, size=11)
    assert decoded == "阳性 und Müller\n" * 20 + "Müller\n"
    assert blocks.notes[0].message == ("The file is UTF-8 in part only; what is not is read as Windows-1252 (Latin-1).")
    assert decode(data, size=1 << 20)[0] == decoded


def test_classes_in_latin_1_stay_apart_and_the_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    text = ">first|neg|train\nACGT\n" + fasta(["pö", "pü", "neg"])
    reading = read_bytes(tmp_path, text.encode("latin-1"))
    assert reading.dataset.label_names == ("neg", "pö", "pü")
    finding = told(reading)
    assert finding.message == "The file is not UTF-8; it is read as Windows-1252 (Latin-1)."
    assert "'>r0|pö|train' in line 3." in finding.remedy
    assert "text_encoding" not in {one.code for one in read_bytes(tmp_path, text.encode()).findings}


def test_tables_and_packed_files_are_decoded_too(tmp_path: Path) -> None:
    table = "id,sequence,label\n" + "".join(f"s{n},ACGTACGTAC{'ACGT'[n % 4]},{'öü'[n % 2]}\n" for n in range(8))
    reading = read_bytes(tmp_path, table.encode("cp1252"), "t.csv")
    assert reading.dataset.label_names == ("ö", "ü")
    assert "in line 2." in told(reading).remedy
    chinese = read_bytes(tmp_path, table.replace("ö", "阳性").replace("ü", "阴性").encode("gbk"), "t.csv")
    assert set(chinese.dataset.label_names) == {"阳性", "阴性"}
    assert "GB 18030" in told(chinese).message
    packed = read_bytes(tmp_path, gzip.compress(fasta(["ö", "ü"]).encode("latin-1")), "x.fa.gz")
    assert packed.dataset.label_names == ("ö", "ü")
    assert "in line 1." in told(packed).remedy


def test_the_first_odd_letter_may_stand_far_into_the_file(tmp_path: Path) -> None:
    generator = random.Random(7)
    rows = [f">r{n}|{'ab'[n % 2]}|train\n{''.join(generator.choices('ACGT', k=200))}\n" for n in range(12_000)]
    text = "".join(rows) + ">last|ö|train\nACGT\n>other|ü|train\nACGG\n"
    reading = read_bytes(tmp_path, text.encode("latin-1"))
    assert reading.dataset.label_names == ("a", "b", "ö", "ü")
    assert "in line 24,001." in told(reading).remedy
    (tmp_path / "x.fa").write_bytes(text.encode("latin-1"))
    parts = list(read_parts([FileRequest(str(tmp_path / "x.fa"))]))
    assert {"ö", "ü"} <= set(parts[-1].label_names)


def test_a_text_that_breaks_its_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="broken as UTF-16-LE"):
        read_bytes(tmp_path, ">a\nACGT\n".encode("utf-16") + b"\x00\xd8")


def test_utf16_without_a_mark_is_known_with_other_letters_in_it_too(tmp_path: Path) -> None:
    text = ">r1|阳|train\nACGTACGTACGT\n>r2|阴|train\nGGCCGGCC\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert set(read_bytes(tmp_path, text.encode(encoding)).dataset.label_names) == {"阳", "阴"}
