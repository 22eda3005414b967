"""Ugly files: each gives the same records as a tidy one, or one clear sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bioseq.errors import BioseqError
from bioseq.sequences.cleaning import CleaningPolicy, clean
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import Reading, read_files

CORPUS = Path(__file__).parents[2] / "corpus"
VERDICTS: list[dict[str, Any]] = json.loads((CORPUS / "verdicts.json").read_text(encoding="utf-8"))
ACCEPTED = [verdict for verdict in VERDICTS if verdict["verdict"] == "records"]
REFUSED = [verdict for verdict in VERDICTS if verdict["verdict"] == "error"]
TELLING = {
    "all_unknown",
    "ambiguous_letters",
    "bad_split_word",
    "blanks_in_sequence",
    "conflicting_labels",
    "duplicate_ids",
    "duplicate_sequences",
    "empty_records",
    "gaps",
    "illegal_letters",
    "labels_after_blank",
    "lower_case",
    "missing_ids",
    "missing_labels",
    "no_id_column",
    "one_class_only",
    "stops",
    "test_in_train",
    "u_and_t",
}
"""Findings that must occur in a file exactly when its verdict names them."""


def read(name: str) -> Reading:
    return read_files([FileRequest(str(CORPUS / "files" / name))])


def label_texts(reading: Reading) -> list[str | None]:
    names = reading.dataset.label_names
    return [names[code] if code >= 0 else None for code in reading.dataset.labels.tolist()]


def test_each_file_of_the_corpus_has_a_verdict() -> None:
    assert sorted(verdict["file"] for verdict in VERDICTS) == sorted(p.name for p in (CORPUS / "files").iterdir())
    assert len(VERDICTS) >= 60


@pytest.mark.parametrize("verdict", ACCEPTED, ids=lambda verdict: str(verdict["file"]))
def test_an_ugly_file_gives_the_records_it_means(verdict: dict[str, Any]) -> None:
    reading = read(verdict["file"])
    dataset = reading.dataset
    assert [[dataset.ids[row], dataset.sequence(row)] for row in range(len(dataset))] == verdict["records"]
    found = {finding.code for finding in reading.findings}
    assert found & TELLING == set(verdict["findings"]) & TELLING
    assert set(verdict["findings"]) <= found
    if "labels" in verdict:
        assert label_texts(reading) == verdict["labels"]
    if "splits" in verdict:
        assert dataset.splits.tolist() == verdict["splits"]
    if "descriptions" in verdict:
        assert list(dataset.descriptions) == verdict["descriptions"]
    if "molecule" in verdict:
        assert reading.molecule == verdict["molecule"]


@pytest.mark.parametrize("verdict", REFUSED, ids=lambda verdict: str(verdict["file"]))
def test_a_hopeless_file_is_refused_in_one_sentence(verdict: dict[str, Any]) -> None:
    with pytest.raises(BioseqError) as refusal:
        read(verdict["file"])
    error = refusal.value
    assert error.code == verdict["code"]
    assert verdict["file"] in error.where
    assert verdict["says"] in str(error)
    assert error.remedy
    assert "\n" not in str(error)


@pytest.mark.parametrize("verdict", ACCEPTED, ids=lambda verdict: str(verdict["file"]))
def test_findings_name_file_and_line_of_their_records(verdict: dict[str, Any]) -> None:
    reading = read(verdict["file"])
    for finding in reading.findings:
        assert finding.message[0].isupper() or finding.message[0].isdigit()
        for occurrence in finding.occurrences:
            assert occurrence.source.endswith(verdict["file"])
            if occurrence.row >= 0:
                assert occurrence.line == reading.dataset.lines[occurrence.row] > 0


@pytest.mark.parametrize("verdict", ACCEPTED, ids=lambda verdict: str(verdict["file"]))
def test_cleaning_leaves_residues_and_the_unknown_letter_only(verdict: dict[str, Any]) -> None:
    reading = read(verdict["file"])
    if not len(reading.dataset.letters):
        with pytest.raises(BioseqError, match="No record is left"):
            clean(reading.dataset, reading.molecule, CleaningPolicy())
        return
    cleaned = clean(reading.dataset, reading.molecule, CleaningPolicy())
    allowed = {"dna": "ACGTN", "rna": "ACGUN", "protein": "ACDEFGHIKLMNPQRSTVWYX"}[reading.molecule]
    assert set(cleaned.dataset.letters.tobytes().decode()) <= set(allowed)
    assert cleaned.dataset.lengths.min() > 0
