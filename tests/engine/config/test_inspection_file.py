"""What was found in files is read again as it was written, or not at all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bioseq.config.inspection import inspect_files, save
from bioseq.config.inspection_file import read_inspection_file
from bioseq.json_values import DamagedError
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Damage


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """What is found in two files, one of them a table, with faults in both."""
    records = [f">r{n}|{'ab'[n % 2]}\n{'ACGT' * (4 + n % 3)}{'ACGJ'[n % 4]}\n" for n in range(12)]
    (tmp_path / "a.fa").write_text("".join(records), encoding="utf-8")
    rows = [f"t{n},{'ACGTACGA' * (1 + n % 2)}{'ACGT'[n % 4]},{'ab'[n % 2]},{n}\n" for n in range(8)]
    (tmp_path / "b.csv").write_text("".join(["id,sequence,label,more\n", *rows]), encoding="utf-8")
    found, _ = inspect_files([FileRequest(str(tmp_path / "a.fa")), FileRequest(str(tmp_path / "b.csv"))])
    save(found, tmp_path)
    return tmp_path / "inspection.json"


def test_every_value_comes_back(file: Path, tmp_path: Path) -> None:
    found, _ = inspect_files([FileRequest(str(tmp_path / "a.fa")), FileRequest(str(tmp_path / "b.csv"))])
    version = json.loads(file.read_bytes())["format"]
    read = read_inspection_file(file, written_as=version)
    for name in ("sources", "findings", "profile", "reasons", "molecule", "molecule_confidence", "preview", "evidence"):
        assert getattr(read, name) == getattr(found, name), name
    with pytest.raises(DamagedError, match="another version"):
        read_inspection_file(file, written_as=version + 1)


def test_any_value_of_another_kind_is_damage(file: Path, damage: Damage) -> None:
    content = file.read_bytes()
    version = json.loads(content)["format"]
    refused = {}
    for what, broken in (*damage.versions(content), *damage.wholes(content)):
        file.write_bytes(broken)
        try:
            read_inspection_file(file, written_as=version)
        except DamagedError as error:
            refused[what] = error.reason
    assert len(refused) > 1_000
    assert refused["('sources', 0, 'records') is text"] == '"sources.0.records" is not a whole number'
    assert refused["('profile', 'class_counts') is null"] == '"profile.class_counts" is not a table of names and values'
    for kind in ("null", "true", "text", "list", "table", "deep", "beyond all", "undefined"):
        assert f"('molecule_confidence',) is {kind}" in refused
