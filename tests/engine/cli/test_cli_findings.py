"""All commands that read files say what was found in them, and long lists are shortened."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest

from bioseq import cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bioseq.runs.folder import RunFolder

    Command = Callable[..., tuple[int, str, str]]

GOOD = "GATTGCATATCCAGTGACTTAGCGTCAATGGCTACA"


@pytest.fixture
def bioseq(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in an empty folder; gives exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOSEQ_RUNS", str(tmp_path / "runs"))

    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return run


def write(path: Path, records: list[tuple[str, str]]) -> Path:
    path.write_text("".join(f">{header}\n{letters}\n" for header, letters in records), encoding="utf-8")
    return path


def turned(number: int) -> str:
    return GOOD[number:] + GOOD[:number]


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Records of two classes; one repeats a name, one has no letters."""
    records = [(f"r{number}|{('motif', 'plain')[number % 2]}|train", turned(number)) for number in range(30)]
    return write(tmp_path / "odd.fasta", [*records, ("r3|motif|train", turned(31)), ("none|plain|train", "")])


def test_config_says_what_inspect_says(bioseq: Command, odd: Path) -> None:
    _, out, _ = bioseq("inspect", odd)
    found = [line for line in out.splitlines() if line.startswith(("info: ", "warning: ", "error: "))]
    assert any(line.startswith("warning: 1 record has the name of an earlier one.") for line in found)
    status, out, told = bioseq("config", odd, "-o", "config.toml")
    assert (status, out) == (0, "config.toml\n")
    assert [line for line in told.splitlines() if line.startswith(("info: ", "warning: ", "error: "))] == found
    _, out, _ = bioseq("inspect", odd, "--json")
    inspected = json.loads(out)["findings"]
    _, out, _ = bioseq("config", odd, "--json")
    assert json.loads(out)["findings"] == inspected


@pytest.mark.parametrize("command", ["inspect", "config"])
def test_what_was_found_is_said_where_nothing_is_left(bioseq: Command, tmp_path: Path, command: str) -> None:
    headers = write(tmp_path / "headers.fasta", [("a", ""), ("b", "")])
    status, out, errors = bioseq(command, headers)
    assert status == 2
    lines = (out if command == "inspect" else errors).splitlines()
    assert any(line.startswith("warning: 2 records have no letters.") for line in lines)
    assert errors.splitlines()[-1].startswith("Error: ")
    assert "headers.fasta" in errors.splitlines()[-1]
    status, out, _ = bioseq(command, headers, "--json")
    assert status == 2
    error = json.loads(out)["error"]
    assert error["code"] == "data.nothing_left"
    assert "empty_records" in {problem["code"] for problem in error["problems"]}


def test_training_says_it_too_where_nothing_is_left(bioseq: Command, tmp_path: Path, odd: Path) -> None:
    bioseq("config", odd, "-o", "config.toml")
    headers = write(tmp_path / "headers.fasta", [("a|x|train", ""), ("b|y|train", "")])
    status, _, errors = bioseq("train", "config.toml", "--data", headers)
    assert status == 2
    assert "Warning: 2 records have no letters." in errors


def test_predict_says_what_it_found_and_tells_records_of_one_name_apart(
    bioseq: Command, trained_run: RunFolder, tmp_path: Path
) -> None:
    names = [f"hCoV-19/South Korea/X-{number}/2021" for number in range(3)]
    fasta = write(
        tmp_path / "g.fasta", [*((name, GOOD) for name in names), ("=cmd()", GOOD), ("00123", GOOD), ("e", "")]
    )
    status, out, told = bioseq("predict", trained_run.path, fasta, "-o", "out.csv")
    assert (status, out) == (0, "out.csv\n")
    assert "Warning: 2 records have the name of an earlier one." in told
    assert "Warning: 1 record has no letters and so no prediction." in told
    assert "so the column 'description' is added" in told
    assert "1 id begins as a formula does and has an apostrophe in front in this file: '=cmd()'." in told
    assert "A spreadsheet shows 1 id of this file as a date or a number: '00123'." in told
    assert "Finished: 6 records in file order to out.csv" in told
    assert told.splitlines()[-1].startswith("6 records: motif ")
    assert "; 1 without prediction; " in told.splitlines()[-1]
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[-2:] == ["flag", "description"]
    assert [f"{row[0]} {row[-1]}" for row in rows[:3]] == names
    assert [row[0] for row in rows[3:]] == ["'=cmd()", "00123", "e"]
    status, out, _ = bioseq("predict", trained_run.path, fasta, "-o", "out.csv", "--json")
    endings = [json.loads(line) for line in out.splitlines() if '"JobFinished"' in line]
    assert {one["code"] for one in endings[0]["summary"]["file_findings"]} >= {"duplicate_ids", "without_prediction"}
    assert {one["code"] for one in endings[1]["summary"]["file_findings"]} == {
        *("description_added", "ids_converted", "ids_guarded")
    }
    assert endings[1]["summary"]["in_file_order"] is True


def test_predict_writes_the_further_columns_that_are_named(
    bioseq: Command, trained_run: RunFolder, tmp_path: Path
) -> None:
    fasta = write(tmp_path / "a.fasta", [("r1 of a mouse", GOOD), ("r2", GOOD)])
    status, _, _ = bioseq("predict", trained_run.path, fasta, "-o", "out.tsv", "--columns", "sequence, source")
    assert status == 0
    lines = [line.split("\t") for line in (tmp_path / "out.tsv").read_text(encoding="utf-8").splitlines()]
    assert [line[-2:] for line in lines] == [["source", "sequence"], ["a.fasta", GOOD], ["a.fasta", GOOD]]
    status, _, errors = bioseq("predict", trained_run.path, fasta, "-o", "out.tsv", "--columns", "length")
    assert status == 2
    assert "description, source and sequence" in errors
    assert "SEPT2" in bioseq("predict", "--help")[1]


def test_evaluate_says_what_it_found_in_the_files(bioseq: Command, own_run: RunFolder, odd: Path) -> None:
    status, _, told = bioseq("evaluate", own_run.path, odd)
    assert status == 0, told
    assert "Warning: 1 record has the name of an earlier one." in told
    assert "Warning: 1 record has no letters." in told
    _, out, _ = bioseq("evaluate", own_run.path, odd, "--json")
    found = json.loads(out)
    assert {"duplicate_ids", "empty_records"} <= {one["code"] for one in found["file_findings"]}
    assert found["findings"]
    assert found["records"] == 31


def test_evaluate_names_classes_that_are_spelt_otherwise(bioseq: Command, own_run: RunFolder, tmp_path: Path) -> None:
    records = [(f"r{number}|{('Motif', 'PLAIN')[number % 2]}|test", turned(number)) for number in range(6)]
    fasta = write(tmp_path / "capitals.fasta", records)
    status, out, _ = bioseq("evaluate", own_run.path, fasta, "--json")
    assert status == 2
    error = json.loads(out)["error"]
    assert error["message"] == "No record carries a class that the model knows: found 'Motif' and 'PLAIN'."
    assert error["remedy"] == (
        "The model's classes are 'motif' and 'plain'. Perhaps 'Motif' means 'motif' and 'PLAIN' means 'plain': give "
        "them that spelling."
    )
    known = [(f"k{number}|{('motif', 'plain')[number % 2]}|test", turned(number + 9)) for number in range(6)]
    status, out, told = bioseq("evaluate", own_run.path, write(tmp_path / "both.fasta", [*records, *known]))
    assert status == 0
    sentence = (
        "6 of 12 records are of classes that the model does not know: 'Motif' (3) and 'PLAIN' (3). The figures leave "
        "them out. Perhaps 'Motif' means 'motif'"
    )
    assert sentence in told
    assert sentence in out
    assert "Finished: 6 of 12 records evaluated" in told


def test_a_hundred_and_twenty_classes_are_shortened(bioseq: Command, own_run: RunFolder, tmp_path: Path) -> None:
    many = [(f"r{number}|class_{number % 120:03d}|test", turned(number % 30) * 2) for number in range(240)]
    fasta = write(tmp_path / "many.fasta", many)
    longest = 1_000
    _, out, _ = bioseq("inspect", fasta)
    assert "class_011 2, 108 more\t" in out
    assert "class_000 2, class_001 2" in out
    status, _, errors = bioseq("evaluate", own_run.path, fasta)
    assert status == 2
    assert "'class_011' and 108 more" in errors
    _, _, told = bioseq("config", fasta)
    status, _, more = bioseq("predict", own_run.path, fasta, "-o", "out.csv")
    assert "240 records name classes that the model does not know: 'class_000'" in more
    for line in (*out.splitlines(), *errors.splitlines(), *told.splitlines(), *more.splitlines()):
        assert len(line) < longest, line
