"""A FASTA file cut into parts gives the same records as the file in one piece."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.sequences.fasta_parts import fasta_parts
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files, read_parts

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.sequences.dataset import Dataset

TEXT = b"; a comment\n\n>a|1|train first\nACGT\nAC\n>b\n\n>c x>y\nGG\n" + b">long\n" + b"ACGT\n" * 40 + b">d|2|test\nT"


@pytest.mark.parametrize("part_bytes", [1, 10, 30, 60, 1_000])
@pytest.mark.parametrize("block", [1, 7, 100, 1_000])
def test_parts_are_whole_records_and_together_the_whole_text(part_bytes: int, block: int) -> None:
    blocks = [TEXT[start : start + block] for start in range(0, len(TEXT), block)]
    parts = list(fasta_parts(blocks, part_bytes=part_bytes))
    assert b"".join(part.text for part in parts) == TEXT
    assert all(part.text.startswith(b">") for part in parts[1:])
    before = np.cumsum([0, *(part.text.count(b"\n") for part in parts[:-1])])
    assert [part.lines_before for part in parts] == before.tolist()


def test_parts_stay_small_where_records_are() -> None:
    text = b"".join(b">r%d\nACGTACGT\n" % number for number in range(1_000))
    parts = list(fasta_parts([text[start : start + 50] for start in range(0, len(text), 50)], part_bytes=500))
    assert len(parts) > 20
    assert max(len(part.text) for part in parts) < 600


def test_old_line_ends_are_cut_between_records_too() -> None:
    parts = list(fasta_parts([b">a\r", b"\nAC\r\n>b\r\nGT\r\n"], part_bytes=1))
    assert [part.text for part in parts] == [b">a\nAC\n", b">b\nGT\n"]


def test_a_text_before_the_first_header_is_refused_as_in_one_piece(tmp_path: Path) -> None:
    for content in (b"ACGT\n>a\nAC\n", b""):
        (tmp_path / "x.fasta").write_bytes(content)
        with pytest.raises(BioseqError) as whole:
            read_files([FileRequest(str(tmp_path / "x.fasta"))])
        with pytest.raises(BioseqError) as parts:
            list(read_parts([FileRequest(str(tmp_path / "x.fasta"))]))
        assert str(parts.value) == str(whole.value)


def test_parts_hold_the_records_of_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.sequences.fasta_parts.fasta_parts.__kwdefaults__", {"part_bytes": 30})
    monkeypatch.setattr("bioseq.sequences.streams.BLOCK", 16)
    (tmp_path / "x.fasta").write_bytes(TEXT)
    (tmp_path / "y.csv").write_text("id,sequence,label\nq,ACGTACGT,1\nr,GGGGCCCC,2\n", encoding="utf-8")
    requests = [FileRequest(str(tmp_path / name)) for name in ("x.fasta", "y.csv")]
    told: list[tuple[int, int]] = []
    parts = list(read_parts(requests, progress=lambda done, total: told.append((done, total))))
    whole = read_files(requests).dataset

    def rows(data: Dataset) -> list[tuple[object, ...]]:
        labels = [data.label_names[code] if code >= 0 else None for code in data.labels]
        letters = [data.sequence(row) for row in range(len(data))]
        return list(zip(data.ids, data.descriptions, letters, labels, data.splits, data.lines, strict=True))

    assert len(parts) > len(requests)
    assert [row for part in parts for row in rows(part)] == rows(whole)
    size = sum((tmp_path / name).stat().st_size for name in ("x.fasta", "y.csv"))
    assert told[-1] == (size, size)
