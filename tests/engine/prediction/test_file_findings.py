"""What is found in files is told where a model is used on them too, in parts as at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bioseq.errors import Severity
from bioseq.evaluation.class_names import suggest_classes
from bioseq.jobs.runner import run_job
from bioseq.prediction.file_findings import find_molecule_doubt, select_for_evaluation
from bioseq.prediction.predict import load_predictor, predict_files
from bioseq.prediction.table import PredictionTable
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFailed, JobFinished, LogEmitted, Warned
from bioseq.protocol.jobs import EvaluateJob, PredictJob
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.files import FileRequest
from bioseq.sequences.findings import Finding

if TYPE_CHECKING:
    from pathlib import Path

    from bioseq.runs.folder import RunFolder

GOOD = "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA"


def fasta(path: Path, records: list[tuple[str, str]]) -> FileRequest:
    path.write_text("".join(f">{header}\n{letters}\n" for header, letters in records), encoding="utf-8")
    return FileRequest(str(path), "predict")


def found_in(run: RunFolder, folder: Path, *requests: FileRequest) -> dict[str, Finding]:
    table = predict_files(load_predictor(run.path), requests, folder / "table")
    assert PredictionTable.open(folder / "table").findings == table.findings
    return {finding.code: finding for finding in table.findings}


@pytest.fixture(params=["in parts", "at once"])
def parts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "in parts":
        monkeypatch.setattr("bioseq.sequences.fasta_parts.fasta_parts.__kwdefaults__", {"part_bytes": 60})
        monkeypatch.setattr("bioseq.sequences.streams.BLOCK", 32)


@pytest.mark.usefixtures("parts")
def test_findings_of_parts_are_those_of_the_whole(trained_run: RunFolder, tmp_path: Path) -> None:
    records = [(f"r{number % 4}", GOOD) for number in range(6)]
    records += [("bad", "GATT!CATATCCAGTG"), ("n1", f"{GOOD[:-1]}N"), ("empty", ""), ("n2", f"N{GOOD}"), ("", GOOD)]
    found = found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", records), fasta(tmp_path / "b.fa", records[:1]))
    repeated = found["duplicate_ids"]
    assert repeated.message == "3 records have the name of an earlier one."
    assert [(one.row, one.record_id) for one in repeated.occurrences] == [(4, "r0"), (5, "r1"), (11, "r0")]
    assert repeated.occurrences[2].source.endswith("b.fa")
    assert "Export the file of origin too" in repeated.remedy
    assert found["illegal_letters"].count == 1
    assert [one.row for one in found["illegal_letters"].occurrences] == [6]
    assert found["ambiguous_letters"].count == 2
    assert found["ambiguous_letters"].message.startswith("2 records")
    assert [one.row for one in found["ambiguous_letters"].occurrences] == [7, 9]
    empty = found["without_prediction"]
    assert empty.message == "1 record has no letters and so no prediction."
    assert [(one.row, one.record_id) for one in empty.occurrences] == [(8, "empty")]
    assert not {"empty_records", "no_labels", "duplicate_sequences", "class_imbalance"} & set(found)


@pytest.mark.usefixtures("parts")
def test_what_readers_saw_is_counted_over_parts(trained_run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.fa"
    records = "".join(f">r{number}\n{GOOD}\n;comment\n{GOOD}\n" for number in range(7))
    path.write_bytes(f"{records}>last\n{GOOD}\n".encode() + b">\xfcber\n" + GOOD.encode() + b"\n")
    found = found_in(trained_run, tmp_path, FileRequest(str(path), "predict"))
    comments = found["comment_lines"]
    assert comments.count == 7
    assert [one.row for one in comments.occurrences] == list(range(7))
    assert "7" in comments.message
    encoding = found["text_encoding"]
    assert [one.source for one in encoding.occurrences] == [str(path)]
    assert list(PredictionTable.open(tmp_path / "table").ids)[-1] == "über"


def test_columns_of_a_table_that_are_not_used_are_told(trained_run: RunFolder, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = "".join(f"r{number},{GOOD[number:]}{GOOD},Mus musculus\n" for number in range(9))
    path.write_text(f"id,sequence,organism\n{rows}", encoding="utf-8")
    found = found_in(trained_run, tmp_path, FileRequest(str(path), "predict"))
    assert "organism" in found["columns_not_used"].message


def test_nothing_is_said_of_files_as_they_should_be(trained_run: RunFolder, tmp_path: Path) -> None:
    assert found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", [("a", GOOD), ("b", GOOD[::-1])])) == {}


def test_names_cut_at_a_blank_are_told_apart_by_their_description(trained_run: RunFolder, tmp_path: Path) -> None:
    records = [(f"hCoV-19/South Korea/X-{number}/2021", GOOD) for number in range(3)]
    found = found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", records))
    assert found["duplicate_ids"].count == 2
    assert "description, is exported too" in found["duplicate_ids"].remedy
    table = PredictionTable.open(tmp_path / "table")
    assert table.descriptions is not None
    assert list(table.descriptions) == [f"Korea/X-{number}/2021" for number in range(3)]
    assert table.origin is not None
    assert table.origin.names() == ("a.fa",)
    assert table.origin.starts.tolist() == [0, 3]


def test_few_letters_that_fit_another_molecule_are_doubted_and_many_refused() -> None:
    (found,) = find_molecule_doubt(Molecule.DNA, Molecule.PROTEIN)
    assert found.severity is Severity.WARNING
    assert found.message == "The letters look like DNA, and the model was trained on protein."
    assert list(find_molecule_doubt(Molecule.RNA, Molecule.DNA)) == []
    assert list(find_molecule_doubt(Molecule.PROTEIN, Molecule.PROTEIN)) == []


@pytest.mark.usefixtures("parts")
def test_a_protein_among_dna_is_told(trained_run: RunFolder, tmp_path: Path) -> None:
    protein = "MKVLWAALLVTFLAGCQAKVEQAVETEPEPELRQQTEW"
    records = [*((f"d{number}", GOOD[number:] + GOOD) for number in range(12)), ("p", protein)]
    differing = found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", records))
    assert [one.record_id for one in differing["illegal_letters"].occurrences] == ["p"]


def test_records_of_another_molecule_in_one_part_are_named(trained_run: RunFolder, tmp_path: Path) -> None:
    protein = "MKVLWAALLVTFLAGCQAKVEQAVETEPEPELRQQTEW"
    records = [*((f"d{number}", GOOD[number:] + GOOD) for number in range(12)), ("p", protein)]
    differing = found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", records))["molecules_differ"]
    assert differing.message.startswith("1 record looks like protein")
    assert [(one.row, one.record_id) for one in differing.occurrences] == [(12, "p")]


def test_classes_that_the_model_does_not_know_are_named_where_files_are_labelled(
    trained_run: RunFolder, tmp_path: Path
) -> None:
    records = [("a|motif|test", GOOD), ("b|Motif|test", GOOD), ("c|other|test", GOOD), ("d|Motif|test", GOOD)]
    finding = found_in(trained_run, tmp_path, fasta(tmp_path / "a.fa", records))["unknown_classes"]
    assert finding.message == "3 records name classes that the model does not know: 'Motif' and 'other'."
    assert finding.remedy.endswith("Perhaps 'Motif' means 'motif': give it that spelling.")
    assert finding.severity is Severity.INFO


def test_other_spellings_of_known_classes_are_suggested_and_no_others() -> None:
    labels = ("signal peptide", "negative", "1")
    assert suggest_classes(["Signal_Peptide", "maybe", "Negative", "1.0"], labels) == (
        "Perhaps 'Signal_Peptide' means 'signal peptide', 'Negative' means 'negative' and '1.0' means '1': "
        "give them that spelling."
    )
    assert suggest_classes(["maybe"], labels) == ""
    assert suggest_classes([f"X_{number}" for number in range(120)], [f"x{number}" for number in range(120)]).endswith(
        "and 115 more: give them that spelling."
    )


def heard_from(job: PredictJob | EvaluateJob) -> tuple[list[Event], Event]:
    events: list[Event] = []
    return events, run_job(job, Control(), events.append)


def test_a_prediction_tells_its_findings_as_events_and_in_its_summary(trained_run: RunFolder, tmp_path: Path) -> None:
    file = fasta(tmp_path / "a.fa", [("a", GOOD), ("a", GOOD), ("b", f"N{GOOD}"), ("c", "")])
    events, ending = heard_from(PredictJob("job", str(trained_run.path), (file,), str(tmp_path / "out")))
    assert isinstance(ending, JobFinished)
    warned = {event.code for event in events if isinstance(event, Warned)}
    assert {"duplicate_ids", "without_prediction"} <= warned
    assert any("IUPAC" in event.message for event in events if isinstance(event, LogEmitted))
    told = {one["code"]: one for one in ending.summary["file_findings"]}
    assert told["duplicate_ids"]["count"] == 1
    assert told["duplicate_ids"]["occurrences"][0]["record_id"] == "a"
    assert ending.summary["without_prediction"] == 1


def test_files_without_a_letter_are_refused_after_what_was_found_in_them(
    trained_run: RunFolder, tmp_path: Path
) -> None:
    file = fasta(tmp_path / "a.fa", [("a", ""), ("b", "")])
    events, ending = heard_from(PredictJob("job", str(trained_run.path), (file,), str(tmp_path / "out")))
    assert isinstance(ending, JobFailed)
    assert ending.code == "predict.no_letters"
    assert ending.where.endswith("a.fa")
    assert "without_prediction" in {event.code for event in events if isinstance(event, Warned)}


def test_an_evaluation_tells_the_findings_of_its_files_but_none_of_learning(own_run: RunFolder, tmp_path: Path) -> None:
    records = [(f"r{number % 9}|motif|test", GOOD[number:] + GOOD[:number]) for number in range(12)]
    file = fasta(tmp_path / "a.fa", [*records, ("x|plain|test", f"NN{GOOD}")])
    events, ending = heard_from(EvaluateJob("job", str(own_run.path), (file,), str(tmp_path / "out")))
    assert isinstance(ending, JobFinished), ending
    codes = {one["code"] for one in ending.summary["file_findings"]}
    assert {"duplicate_ids", "ambiguous_letters"} <= codes
    assert not {"few_per_class", "class_imbalance", "one_class_only", "duplicate_sequences"} & codes
    assert any(isinstance(event, Warned) and event.code == "duplicate_ids" for event in events)


def test_what_concerns_learning_alone_is_passed_over() -> None:
    codes = ("few_per_class", "duplicate_ids", "gc_tells_class", "columns_not_used", "test_in_train")
    findings = [Finding(code, Severity.WARNING, "Message.", "", 1) for code in codes]
    assert [one.code for one in select_for_evaluation(findings)] == ["duplicate_ids", "columns_not_used"]
