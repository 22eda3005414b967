"""`bioseq similar` tells clusters, leaks across the split and relatives between classes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """30 random sequences, one test record copied from training, one near copy of another class."""
    monkeypatch.setenv("BIOSEQ_CACHE_HOME", str(tmp_path / "cache"))
    chance = np.random.default_rng(1)
    texts = ["".join(row) for row in chance.choice(list("ACGT"), (30, 60))]
    records = [f">r{row}|{row % 2}|train\n{text}\n" for row, text in enumerate(texts)]
    records.append(f">copy|0|test\n{texts[4]}\n")
    records.append(f">near|0|train\n{texts[7][:-3]}{'AAA' if texts[7][-3:] != 'AAA' else 'CCC'}\n")
    records.append(">own|1|test\n" + "".join(chance.choice(list("ACGT"), 60)) + "\n")
    path = tmp_path / "planted.fasta"
    path.write_text("".join(records), encoding="utf-8")
    return path


def test_planted_relatives_are_told(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", str(planted), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["records"], found["clusters"], found["alone"], found["mixed"]) == (33, 31, 29, 1)
    assert (found["kept_back"], found["across"], found["identity"]) == (2, 1, 0.8)
    assert [(pair["first"], pair["second"], pair["identity"]) for pair in found["across_pairs"]] == [
        ("copy", "r4", 1.0)
    ]
    assert {found["between_pairs"][0]["first"], found["between_pairs"][0]["second"]} == {"r7", "near"}
    assert sorted(one["records"] for one in found["largest"]) == [2, 2]


def test_the_same_is_told_in_words(planted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["similar", str(planted), "--identity", "1"]) == 0
    told = capsys.readouterr().out
    assert "33 records form 32 clusters at 100 % identity" in told
    assert "1 of 2 records kept back are similar to a training record" in told
    assert "copy (0, test)" in told
    assert "between classes" not in told
