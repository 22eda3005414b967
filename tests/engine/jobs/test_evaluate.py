"""Evaluating files says what was left out, and what the model has met before."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import EvaluateJob, FileRequest
from bioseq.runs.bundle import read_bundle, write_bundle
from bioseq.runs.digests import sequence_digests
from bioseq.runs.folder import RunFolder
from bioseq.runs.looks import count_look_at_test, looks_at_test
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.evaluation.results import Evaluation

CHANCE = np.random.default_rng(11)


def fresh(label: str, count: int) -> list[tuple[str, str]]:
    return [("".join(CHANCE.choice(list("ACGT"), 30)), label) for _ in range(count)]


def evaluated(model: Path, records: list[tuple[str, str]], folder: Path) -> tuple[Evaluation, dict[str, Any], str]:
    folder.mkdir()
    table = folder / "records.csv"
    rows = "".join(f"n{number},{sequence},{label}\n" for number, (sequence, label) in enumerate(records))
    table.write_text(f"id,sequence,label\n{rows}", encoding="utf-8")
    job = EvaluateJob("job", str(model), (FileRequest(str(table)),), str(folder / "out"))
    ending = run_job(job, Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return read_evaluations(RunFolder(folder / "out").metrics)["files"], ending.summary, ending.reason


def said(evaluation: Evaluation, code: str) -> list[str]:
    return [one.message for one in evaluation.cautions if one.code == f"evaluation.{code}"]


def test_records_of_classes_that_the_model_does_not_know_are_counted_and_named(
    own_run: RunFolder, tmp_path: Path
) -> None:
    records = fresh("motif", 6) + fresh("plain", 6) + fresh("maybe", 5) + fresh("never", 1) + fresh("", 2)
    evaluation, summary, reason = evaluated(own_run.path, records, tmp_path / "files")
    assert evaluation.records == 12
    assert evaluation.left_out == summary["left_out"] == {"": 2, "maybe": 5, "never": 1}
    assert said(evaluation, "unknown_classes") == [
        (
            "6 of 20 records are of classes that the model does not know: 'maybe' (5) and 'never' (1). The figures "
            "leave them out."
        )
    ]
    assert said(evaluation, "unlabelled") == ["2 of 20 records name no class, and the figures leave them out."]
    assert reason == "12 of 20 records evaluated"
    assert summary["given"] == 20


def test_where_all_records_are_new_and_of_known_classes_nothing_is_said(own_run: RunFolder, tmp_path: Path) -> None:
    evaluation, summary, reason = evaluated(own_run.path, fresh("motif", 9) + fresh("plain", 9), tmp_path / "files")
    assert not evaluation.cautions
    assert evaluation.left_out == summary["left_out"] == {}
    assert reason == "all records evaluated"
    assert not own_run.looks.exists()


def of_split(run: RunFolder, fasta: Path, split: str) -> list[tuple[str, str]]:
    """Records of a file in the words of the run: its test records, or all others."""
    tests = {row.split(",")[0] for row in run.predictions.read_text(encoding="utf-8").splitlines()[1:]}
    found = []
    for record in fasta.read_text(encoding="utf-8").split(">")[1:]:
        header, sequence = record.split("\n", 1)
        identity, label = header.split("|")[:2]
        if (identity in tests) == (split == "test"):
            found.append((sequence.replace("\n", ""), label))
    return found


def test_records_that_the_model_was_trained_on_are_counted_whatever_their_ids_and_case(
    own_run: RunFolder, labelled_fasta: Path, tmp_path: Path
) -> None:
    known = [(sequence.lower(), label) for sequence, label in of_split(own_run, labelled_fasta, "others")[:7]]
    evaluation, *_ = evaluated(own_run.path, known + fresh("motif", 3), tmp_path / "files")
    (message,) = said(evaluation, "seen_in_training")
    assert message.startswith("7 of 10 records have a sequence that the model was trained on or chosen by")
    assert evaluation.cautions[0].code == "evaluation.seen_in_training"


def test_a_bundle_from_before_sequences_were_kept_says_nothing_of_them(
    own_run: RunFolder, labelled_fasta: Path, tmp_path: Path
) -> None:
    contents = read_bundle(own_run.model)
    assert len(contents.seen) == len(np.unique(contents.seen)) > 100
    fields = {name: getattr(contents, name) for name in contents.__slots__} | {"seen": np.zeros(0, np.uint64)}
    write_bundle(tmp_path / "old.bioseq", type(contents)(**fields))
    known = of_split(own_run, labelled_fasta, "others")[:7]
    evaluation, *_ = evaluated(tmp_path / "old.bioseq", known, tmp_path / "files")
    assert not said(evaluation, "seen_in_training")


def test_a_further_look_at_the_test_records_is_counted_in_the_run(
    own_run: RunFolder, labelled_fasta: Path, tmp_path: Path
) -> None:
    tests = of_split(own_run, labelled_fasta, "test")
    assert len(tests) > 10
    for look, times in enumerate(("once", "twice", "3 times"), 1):
        model = own_run.model if look == 2 else own_run.path
        evaluation, *_ = evaluated(model, tests, tmp_path / str(look))
        assert said(evaluation, "looked_at_before") == [
            f"{len(tests)} of {len(tests)} records are test records of this run, evaluated {times} before."
        ]
        assert looks_at_test(own_run) == look + 1
        assert not said(evaluation, "seen_in_training")
    shutil.copy(own_run.model, tmp_path / "copy.bioseq")
    evaluation, *_ = evaluated(tmp_path / "copy.bioseq", tests, tmp_path / "elsewhere")
    assert not said(evaluation, "looked_at_before"), "a copy knows no run"


@pytest.mark.parametrize("content", ["", "[]", '{"looks": null}', '{"looks": -3}', '{"looks": true}', "[" * 99_999])
def test_a_damaged_count_of_looks_starts_again(own_run: RunFolder, content: str) -> None:
    own_run.looks.write_text(content, encoding="utf-8")
    assert count_look_at_test(own_run) == 1
    assert count_look_at_test(own_run) == 2


def digests(*sequences: str, molecule: Molecule = Molecule.DNA, both_strands: bool = False) -> list[int]:
    dataset = Dataset.from_records(list(sequences))
    return sequence_digests(dataset.letters, dataset.offsets, molecule, both_strands=both_strands).tolist()


def test_digests_of_sequences_do_not_hang_on_case_or_uracil_and_are_the_same_for_ever() -> None:
    first, *others = digests("ACGUN", "acgtn", "ACGTN", "ACGTA", "")
    assert others[:2] == [first, first]
    assert len({first, *others}) == 3
    assert digests("ACGT", molecule=Molecule.PROTEIN) != digests("ACGU", molecule=Molecule.PROTEIN)
    assert digests("ACGT") == [int.from_bytes(bytes.fromhex("6aff391ce7387247"), "little")]


def test_digests_of_both_strands_are_one_where_asked_for() -> None:
    forward, backward = digests("AACGTR", "YACGTT", both_strands=True)
    assert forward == backward
    forward, backward = digests("AACGTR", "YACGTT")
    assert forward != backward
