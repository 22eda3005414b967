"""The record of a run has a schema, names every input and result by its fingerprint, and tells when one has changed."""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from bioseq.config.overrides import apply_overrides
from bioseq.errors import BioseqError
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import VerifyJob
from bioseq.runs.digests import records_digests
from bioseq.runs.folder import RunFolder
from bioseq.runs.provenance import Provenance, read_provenance, result_files
from bioseq.runs.verification import verify
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.files import FileRequest
from bioseq.sequences.reading import read_files

if TYPE_CHECKING:
    from bioseq.config.schema import Configuration


@pytest.fixture
def copied(trained_run: RunFolder, labelled_fasta: Path, tmp_path: Path) -> RunFolder:
    """The run, with data of its own, so that both may be changed."""
    run = RunFolder(tmp_path / "run")
    shutil.copytree(trained_run.path, run.path, ignore=shutil.ignore_patterns("checkpoints"))
    data = tmp_path / "motif.fasta"
    shutil.copyfile(labelled_fasta, data)
    for file in (run.config, run.provenance):
        text = file.read_text(encoding="utf-8").replace(str(labelled_fasta), str(data))
        file.write_text(text, encoding="utf-8")
    record = json.loads(run.provenance.read_text(encoding="utf-8"))
    record["results"]["config.toml"] = hashlib.sha256(run.config.read_bytes()).hexdigest()
    run.provenance.write_text(json.dumps(record), encoding="utf-8")
    return run


def data_of(run: RunFolder) -> Path:
    return Path(read_provenance(run.provenance).inputs[0].path)


def test_the_record_keeps_its_schema(trained_run: RunFolder, small_config: Configuration, labelled_fasta: Path) -> None:
    record = Provenance.model_validate_json(trained_run.provenance.read_bytes(), strict=True)
    assert json.loads(trained_run.provenance.read_text(encoding="utf-8")).keys() == Provenance.model_fields.keys()
    assert set(Provenance.model_json_schema()["required"]) >= {"program", "python", "libraries", "seeds", "started"}
    (data,) = record.inputs
    assert data.sha256 == hashlib.sha256(labelled_fasta.read_bytes()).hexdigest()
    assert (data.records, data.format) == (160, "fasta")
    assert record.counts["records_used"] == 160
    assert record.counts["splits_named"] == {"test": True, "validation": False}
    config = apply_overrides(small_config, ["evaluation.baseline=true"])
    assert record.config == config.model_dump(mode="json") | {"output": record.config["output"]}
    assert {"torch", "numpy", "pydantic", "bioseq-studio"} <= set(record.packages)
    assert record.seeds == {"split": 1, "training": 1}
    assert record.threads == 1
    assert record.device == "cpu"
    assert record.accelerators == ()
    assert record.deterministic
    assert record.wall_seconds >= record.seconds > 0
    assert datetime.fromisoformat(record.started) <= datetime.fromisoformat(record.ended)


def test_every_result_has_its_fingerprint(trained_run: RunFolder) -> None:
    record = read_provenance(trained_run.provenance)
    files = {path.relative_to(trained_run.path).as_posix(): path for path in result_files(trained_run)}
    assert {"model.bioseq", "metrics.json", "predictions.csv", "config.toml", "evaluation/truth.npy"} <= files.keys()
    assert record.results == {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}


def test_a_record_with_a_wrong_fact_is_refused(trained_run: RunFolder) -> None:
    facts = json.loads(trained_run.provenance.read_text(encoding="utf-8"))
    for wrong in ({"threads": -1}, {"seeds": {"split": "x"}}, {"format": 3}, {"inputs": [{"path": "a"}]}):
        with pytest.raises(ValidationError):
            Provenance.model_validate({**facts, **wrong})


def test_records_of_older_programs_can_be_read_and_say_that_they_have_no_fingerprints(copied: RunFolder) -> None:
    facts = json.loads(copied.provenance.read_text(encoding="utf-8"))
    new = {"revision", "packages", "accelerators", "inputs", "counts", "config", "results", "wall_seconds"}
    old = {name: value for name, value in facts.items() if name not in new} | {"format": 1}
    copied.provenance.write_text(json.dumps(old), encoding="utf-8")
    assert read_provenance(copied.provenance).program == facts["program"]
    with pytest.raises(BioseqError, match="older program"):
        verify(copied)


def test_an_unchanged_run_is_verified(copied: RunFolder) -> None:
    found = verify(copied)
    assert found.intact
    assert {check.state for check in found.checks} == {"same"}
    assert "All" in found.sentence


def test_every_change_is_told(copied: RunFolder) -> None:
    (copied.evaluation / "truth.npy").unlink()
    copied.metrics.write_text(copied.metrics.read_text(encoding="utf-8") + " ", encoding="utf-8")
    data = data_of(copied)
    data.write_text(data.read_text(encoding="utf-8").replace("A", "C", 1), encoding="utf-8")
    found = verify(copied)
    wrong = {Path(check.path).name: check.state for check in found.checks if not check.intact}
    assert wrong == {"truth.npy": "missing", "metrics.json": "changed", "motif.fasta": "changed"}
    assert "3 of" in found.sentence


def test_data_written_differently_are_known_again_by_their_records(copied: RunFolder) -> None:
    data = data_of(copied)
    lines = data.read_text(encoding="utf-8").splitlines()
    folded = "\r\n".join(line if line.startswith(">") else f"{line[:20].lower()}\r\n{line[20:]}" for line in lines)
    data.write_bytes(gzip.compress(folded.encode(), mtime=0))
    found = verify(copied)
    assert found.intact
    assert [check.state for check in found.checks if check.kind == "input"] == ["rewritten"]


def test_the_fingerprint_of_records_changes_with_every_fact_and_with_nothing_else(tmp_path: Path) -> None:
    def digest(*records: tuple[str, str, str]) -> str:
        ids, sequences, labels = zip(*records, strict=True)
        (found,) = records_digests(Dataset.from_records(sequences, ids=ids, labels=labels))
        return found

    plain = (("a", "ACGT", "x"), ("b", "GG", "y"))
    assert digest(*plain) == digest(("a", "acgt", "x"), ("b", "gG", "y"))
    others = (
        (("a", "ACG", "x"), ("b", "TGG", "y")),
        (("ab", "ACGT", "x"), ("", "GG", "y")),
        (("a", "ACGT", "x"), ("b", "GG", "z")),
        (("a", "ACGT", "y"), ("b", "GG", "x")),
        (("b", "GG", "y"), ("a", "ACGT", "x")),
    )
    assert len({digest(*plain), *(digest(*records) for records in others)}) == 6
    first, second = tmp_path / "first.fa", tmp_path / "second.fa"
    first.write_text(">a|x|train\nACGT\n", encoding="utf-8")
    second.write_text(">b|z|test\nGG\n", encoding="utf-8")
    both = read_files((FileRequest(str(first)), FileRequest(str(second)))).dataset
    alone = read_files((FileRequest(str(second)),)).dataset
    assert records_digests(both)[1] == records_digests(alone)[0]  # whatever stands beside it


def test_a_job_verifies_without_torch(copied: RunFolder) -> None:
    ending = run_job(VerifyJob("v", str(copied.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    assert ending.summary["intact"]
    assert all(check["sentence"] for check in ending.summary["checks"])


def test_what_is_no_finished_run_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="no readable record") as refused:
        verify(RunFolder(tmp_path))
    assert refused.value.remedy
