"""What loading the records of a configuration tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bioseq.config.loading import load_data
from bioseq.config.schema import Configuration, DataFile, DataSettings

if TYPE_CHECKING:
    from pathlib import Path


def test_lengths_are_those_before_records_are_shortened_without_the_stop_sign(tmp_path: Path) -> None:
    path = tmp_path / "data.fasta"
    sequences = ("MKV", "MKVLAAGIVGLCAKWWYE*", "MKVLAAGIVG", "MKVLX", "MLLLVV", "MAAAAAAAAAAAA")
    path.write_text("".join(f">{place}|{'ab'[place % 2]}\n{one}\n" for place, one in enumerate(sequences)))
    settings = DataSettings(files=(DataFile(path=str(path)),), molecule="protein", longest=10, label_source="header")
    loaded = load_data(Configuration(data=settings))
    assert loaded.dataset.lengths.tolist() == [3, 10, 10, 5, 6, 10]
    assert loaded.cleaned.lengths.tolist() == [3, 18, 10, 5, 6, 13]
