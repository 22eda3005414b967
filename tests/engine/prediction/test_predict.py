"""Every record is predicted, in its order, under its own id, the same in any process and in any company."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.errors import BioseqError
from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.prediction import predict
from bioseq.prediction.predict import load_predictor, predict_dataset, predict_files, read_for
from bioseq.prediction.table import Flag, PredictionTable, written_table
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFailed, JobFinished, Phase, PhaseChanged, Progressed
from bioseq.protocol.jobs import EvaluateJob, ExportJob, FileRequest, PredictJob
from bioseq.runs.bundle import read_bundle, write_bundle
from bioseq.runs.folder import RunFolder
from bioseq.sequences.dataset import Dataset

if TYPE_CHECKING:
    from pathlib import Path

ODD = {
    "gene|1|x": "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA",
    "lower": "gattgcatatccagtgacttagcgtcaatggctaca",
    "ambiguous": "GATTNNNNATCCRYTGACTTAGCGTCAATGGCTACA",
    "illegal": "GATTGCATATCCAGTG!CTTAGCGTCAATGGCTACA",
    "empty": "",
    "short": "ACG",
    "long": "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA" * 5,
    "gene|1|x ": "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA",
    "uracil": "GAUUGCAUAUCCAGUGACUUAGCGUCAAUGGCUACA",
    "nothing but N": "N" * 35,
    "repeat": "ACGT" * 9,
}


@pytest.fixture(scope="module")
def odd_table(shared_run: RunFolder) -> PredictionTable:
    dataset = Dataset.from_records(list(ODD.values()), ids=list(ODD))
    return predict_dataset(load_predictor(shared_run.path), dataset)


def row(name: str) -> int:
    return list(ODD).index(name)


def test_ids_letters_and_order_are_those_of_the_file(odd_table: PredictionTable) -> None:
    assert list(odd_table.ids) == list(ODD)
    assert list(odd_table.sequences) == list(ODD.values())


def test_a_record_without_letters_is_said_to_have_no_prediction(odd_table: PredictionTable) -> None:
    empty = row("empty")
    assert odd_table.predicted[empty] == -1
    assert np.isnan(odd_table.probabilities[empty]).all()
    assert odd_table.flags[empty] == Flag.EMPTY


def test_all_other_records_have_probabilities_that_sum_to_one(odd_table: PredictionTable) -> None:
    others = np.arange(len(ODD)) != row("empty")
    assert odd_table.probabilities[others].sum(axis=1) == pytest.approx(1, abs=1e-6)
    assert (odd_table.predicted[others] >= 0).all()


def test_odd_records_are_flagged(odd_table: PredictionTable) -> None:
    flags = {name: Flag(int(odd_table.flags[row(name)])) for name in ODD}
    assert flags["gene|1|x"] == flags["lower"] == flags["uracil"] == Flag.NONE
    assert flags["ambiguous"] == Flag.AMBIGUOUS_LETTERS
    assert flags["nothing but N"] & Flag.AMBIGUOUS_LETTERS
    assert flags["repeat"] == Flag.FAR_FROM_TRAINING
    assert flags["illegal"] == Flag.ILLEGAL_LETTERS
    assert flags["short"] == Flag.SHORTER_THAN_TRAINED
    assert flags["long"] & Flag.LONGER_THAN_TRAINED


def test_case_and_spelling_of_the_same_residues_change_nothing(trained_run: RunFolder) -> None:
    letters = ["ACGTTATAATACGTACGTACGTACGTACGTACGT"]
    spellings = [letters[0], letters[0].lower(), letters[0].replace("T", "U")]
    table = predict_dataset(load_predictor(trained_run.path), Dataset.from_records(spellings))
    assert (table.probabilities == table.probabilities[0]).all()


def test_chunks_change_nothing(
    trained_run: RunFolder, odd_table: PredictionTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(predict, "_CHUNK_RECORDS", 2)
    monkeypatch.setattr(predict, "_CHUNK_LETTERS", 50)
    seen: list[tuple[int, int]] = []
    dataset = Dataset.from_records(list(ODD.values()), ids=list(ODD))
    table = predict_dataset(
        load_predictor(trained_run.path), dataset, progress=lambda done, total: seen.append((done, total))
    )
    assert np.allclose(table.probabilities, odd_table.probabilities, atol=1e-6, equal_nan=True)
    assert (table.flags == odd_table.flags).all()
    assert seen[-1] == (len(ODD), len(ODD))
    assert len(seen) >= len(ODD) // 2


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bioseq.sequences.fasta_parts.fasta_parts.__kwdefaults__", {"part_bytes": 60})
    monkeypatch.setattr("bioseq.sequences.streams.BLOCK", 32)


@pytest.mark.usefixtures("small_parts")
def test_files_predicted_in_parts_give_the_table_of_all_records(trained_run: RunFolder, tmp_path: Path) -> None:
    fasta = tmp_path / "odd.fasta"
    fasta.write_text("".join(f">{name}|motif|test\n{letters}\n" for name, letters in ODD.items()), encoding="utf-8")
    predictor, requests = load_predictor(trained_run.path), [FileRequest(str(fasta), "predict")] * 2
    seen: list[tuple[int, int]] = []
    table = predict_files(
        predictor, requests, tmp_path / "table", progress=lambda done, total: seen.append((done, total))
    )
    whole = predict_dataset(predictor, read_for(predictor.contents, requests).dataset)
    assert list(table.ids) == list(whole.ids)
    assert list(table.sequences) == list(whole.sequences)
    assert table.labels == whole.labels
    assert np.allclose(table.probabilities, whole.probabilities, atol=1e-6, equal_nan=True)
    for name in ("predicted", "flags", "truth"):
        assert np.array_equal(getattr(table, name), getattr(whole, name)), name
    assert seen == sorted(seen)
    assert seen[-1] == (2 * fasta.stat().st_size, 2 * fasta.stat().st_size)


@pytest.mark.usefixtures("small_parts")
def test_work_that_ends_early_leaves_no_table(trained_run: RunFolder, tmp_path: Path) -> None:
    fasta = tmp_path / "two.fasta"
    protein = "MKVLWAALLVTFLAGCQAKVEQAVETEPEPELRQQTEWQSGQRWELALGRF"
    fasta.write_text(f">dna\n{'ACGT' * 60}\n>protein\n{protein * 9}\n>more\nACGT\n", encoding="utf-8")
    with pytest.raises(BioseqError, match="these sequences are protein"):
        predict_files(load_predictor(trained_run.path), [FileRequest(str(fasta), "predict")], tmp_path / "table")
    assert list((tmp_path / "table").iterdir()) == []


def test_a_table_written_in_parts_is_the_table_saved_at_once(odd_table: PredictionTable, tmp_path: Path) -> None:
    odd_table.save(tmp_path / "once")
    with written_table(tmp_path / "twice", odd_table.labels) as add:
        add(odd_table)
        add(odd_table)
    once, twice = PredictionTable.open(tmp_path / "once"), PredictionTable.open(tmp_path / "twice")
    assert list(once.ids) == list(ODD)
    assert list(twice.ids) == 2 * list(ODD)
    assert list(twice.sequences) == 2 * list(ODD.values())
    assert np.array_equal(twice.probabilities, np.concatenate([odd_table.probabilities] * 2), equal_nan=True)
    assert twice.flags.tolist() == 2 * odd_table.flags.tolist()


def test_no_records_give_an_empty_table(trained_run: RunFolder) -> None:
    table = predict_dataset(load_predictor(trained_run.path), Dataset.from_records([]))
    assert len(table) == 0
    assert table.probabilities.shape == (0, 2)


def test_truth_is_read_where_the_model_knows_the_class(trained_run: RunFolder) -> None:
    dataset = Dataset.from_records(["ACGT" * 9] * 4, labels=["plain", "other", None, "motif"])
    table = predict_dataset(load_predictor(trained_run.path), dataset)
    assert table.truth.tolist() == [1, -1, -1, 0]


def test_the_threshold_of_the_model_decides(trained_run: RunFolder, tmp_path: Path) -> None:
    contents = read_bundle(trained_run.model)
    dataset = Dataset.from_records([letters for letters in ODD.values() if letters])
    for threshold, expected in ((1e-6, "plain"), (1 - 1e-6, "motif")):
        fields = {name: getattr(contents, name) for name in contents.__slots__}
        write_bundle(tmp_path / "m.bioseq", type(contents)(**{**fields, "threshold": threshold}))
        table = predict_dataset(load_predictor(tmp_path / "m.bioseq"), dataset)
        assert {table.labels[code] for code in table.predicted} == {expected}


FRESH = """
import sys
import numpy as np
from pathlib import Path
from bioseq.prediction.predict import load_predictor, predict_dataset, read_for
from bioseq.protocol.jobs import FileRequest
predictor = load_predictor(Path(sys.argv[1]))
reading = read_for(predictor.contents, [FileRequest(sys.argv[2], "predict")])
np.save(sys.argv[3], predict_dataset(predictor, reading.dataset).probabilities)
"""


def test_a_fresh_process_predicts_the_same_bits(trained_run: RunFolder, labelled_fasta: Path, tmp_path: Path) -> None:
    predictor = load_predictor(trained_run.model)
    reading = read_for(predictor.contents, [FileRequest(str(labelled_fasta), "predict")])
    here = predict_dataset(predictor, reading.dataset).probabilities
    there = tmp_path / "there.npy"
    command = [sys.executable, "-c", FRESH, str(trained_run.model), str(labelled_fasta), str(there)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert np.load(there).tobytes() == here.tobytes()


def test_sequences_of_another_molecule_are_refused_with_the_remedy(trained_run: RunFolder, tmp_path: Path) -> None:
    fasta = tmp_path / "protein.fasta"
    fasta.write_text(">p\nMKVLWAALLVTFLAGCQAKVEQAVETEPEPELRQQTEWQSGQRWELALGRF\n", encoding="utf-8")
    with pytest.raises(BioseqError, match="trained on DNA, and these sequences are protein"):
        read_for(read_bundle(trained_run.model), [FileRequest(str(fasta), "predict")])


def test_weights_of_another_network_are_refused(trained_run: RunFolder, tmp_path: Path) -> None:
    contents = read_bundle(trained_run.model)
    name, values = next(iter(contents.weights.items()))
    for changed in ({name: values[:-1]}, {name: values.astype(np.float64)}, {"more": values}):
        fields = {field: getattr(contents, field) for field in contents.__slots__}
        fields["weights"] = {**contents.weights, **changed}
        write_bundle(tmp_path / "m.bioseq", type(contents)(**fields))
        with pytest.raises(BioseqError, match="not those of its model"):
            load_predictor(tmp_path / "m.bioseq")


def run(job: PredictJob | EvaluateJob | ExportJob, heard: list[Event]) -> Event:
    return run_job(job, Control(), heard.append)


def test_the_job_leaves_a_table_and_tells_its_phases(
    trained_run: RunFolder, labelled_fasta: Path, tmp_path: Path, heard: list[Event]
) -> None:
    files = (FileRequest(str(labelled_fasta), "predict"),)
    ending = run(PredictJob("job", str(trained_run.path), files, str(tmp_path / "table")), heard)
    assert isinstance(ending, JobFinished)
    assert ending.summary["records"] == 160
    table = PredictionTable.open(tmp_path / "table")
    assert list(table.ids)[:3] == ["r0", "r1", "r2"]
    assert sum(ending.summary["predicted"].values()) == 160
    phases = [event.phase for event in heard if isinstance(event, PhaseChanged)]
    assert phases == [Phase.PREDICTING]
    told = [event for event in heard if isinstance(event, Progressed) and event.unit == "bytes"]
    assert told[-1].done == told[-1].total == labelled_fasta.stat().st_size

    ending = run(ExportJob("job", str(tmp_path / "table"), str(tmp_path / "out.csv")), [])
    assert isinstance(ending, JobFinished)
    assert len((tmp_path / "out.csv").read_text(encoding="utf-8").splitlines()) == 161


def test_evaluating_all_records_counts_all_of_them(own_run: RunFolder, labelled_fasta: Path, tmp_path: Path) -> None:
    job = EvaluateJob("job", str(own_run.path), (FileRequest(str(labelled_fasta)),), str(tmp_path / "out"))
    ending = run(job, [])
    assert isinstance(ending, JobFinished), ending
    evaluation = read_evaluations(RunFolder(tmp_path / "out").metrics)["files"]
    assert evaluation.records == 160
    assert ending.summary["metrics"]["accuracy"] == evaluation.model.metrics["accuracy"]


def test_evaluating_unlabelled_records_fails_in_words(trained_run: RunFolder, tmp_path: Path) -> None:
    fasta = tmp_path / "plain.fasta"
    fasta.write_text(f">a\n{'ACGT' * 9}\n", encoding="utf-8")
    ending = run(EvaluateJob("job", str(trained_run.path), (FileRequest(str(fasta)),), str(tmp_path / "out")), [])
    assert isinstance(ending, JobFailed)
    assert ending.code == "evaluation.no_labels"
