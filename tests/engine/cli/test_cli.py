"""The command line keeps its contract: results on standard output, errors in words, the exit status that it says."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bioseq import cli
from bioseq.config import files as config_files
from bioseq.protocol.events import ENDINGS, EpochFinished, JobFailed, JobFinished, JobStarted, JobStopped
from bioseq.protocol.wire import decode_event
from bioseq.runs.folder import RunFolder
from bioseq.runs.history import Status, read_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bioseq(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in an empty folder; gives exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BIOSEQ_RUNS", str(tmp_path / "runs"))

    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return run


def test_from_data_to_predictions(bioseq: Command, labelled_fasta: Path, tmp_path: Path) -> None:
    status, out, reasons = bioseq("config", labelled_fasta, "-o", "config.toml")
    assert (status, out.strip()) == (0, "config.toml")
    assert "model.name" in reasons

    options = ("--set", "training.epochs=3", "--set", "model.name=text_cnn", "--set", "model.hyper.filters=8")
    options += ("--set", "model.combine=false")
    status, out, told = bioseq("train", "config.toml", *options, "-o", "run")
    assert status == 0, told
    assert out.splitlines()[-1] == "run"
    assert "Epoch 3/3" in told
    figures = next(line for line in out.splitlines() if line.startswith("Text CNN"))
    assert re.search(r"\t\d\.\d{4} \(-?\d\.\d{3} to \d\.\d{3}\)\t", figures), figures
    assert RunFolder(tmp_path / "run").model.exists()

    for name in ("out.csv", "out.xlsx"):
        status, out, told = bioseq("predict", "run", labelled_fasta, "-o", name)
        assert (status, out.splitlines()[-1]) == (0, name), told
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    assert header == ["id", "predicted", "probability", "p_motif", "p_plain", "flag"]
    assert [row[0] for row in rows] == [f"r{number}" for number in range(160)]

    status, out, _ = bioseq("evaluate", "run/model.bioseq", labelled_fasta, "--json")
    assert status == 0
    found = json.loads(out)
    assert found["records"] == 160
    interval = found["model"]["intervals"]["mcc"]
    assert interval["low"] <= found["model"]["metrics"]["mcc"] <= interval["high"]
    status, out, _ = bioseq("evaluate", "run/model.bioseq", labelled_fasta)
    assert out.splitlines()[0] == "figure\tvalue\t95 % interval"
    line = next(line for line in out.splitlines() if line.startswith("mcc\t"))
    assert line == f"mcc\t{interval['value']:.4f}\t{interval['low']:.3f} to {interval['high']:.3f}"

    status, out, _ = bioseq("runs", ".", "--json")
    assert [(run["name"], run["status"]) for run in json.loads(out)] == [("run", "finished")]


def test_a_preset_takes_the_place_of_the_model_that_suits_the_data(bioseq: Command, labelled_fasta: Path) -> None:
    status, out, reasons = bioseq("config", labelled_fasta, "--preset", "binding_sites")
    assert status == 0
    assert config_files.loads(out).model.hyper == {"kernels": "8,12,16,24"}
    assert "model.name" not in reasons
    assert "data.molecule" in reasons
    status, out, _ = bioseq("presets", "--json")
    listed = {made["name"]: made for made in json.loads(out)}
    assert listed["binding_sites"]["values"]["model.name"] == "text_cnn"
    status, out, told = bioseq("config", labelled_fasta, "--preset", "binding_sitez")
    assert status == 2
    assert "binding_sites" in told


def test_inspect_says_what_is_there(bioseq: Command, labelled_fasta: Path) -> None:
    status, out, _ = bioseq("inspect", labelled_fasta)
    assert status == 0
    assert "160" in out
    assert "motif 80" in out
    assert f"{labelled_fasta.name}: classes from the headers" in out
    status, out, _ = bioseq("inspect", labelled_fasta, "--json")
    found = json.loads(out)
    assert found["sources"][0]["records"] == 160
    assert found["molecule"] == "dna"


def test_inspect_says_which_columns_are_read_and_which_are_not(bioseq: Command, tmp_path: Path) -> None:
    rows = "".join(f"g{n},Insulin,{'ACDEFGHIKLMNPQRSTVWY'[n % 20]}KTAYIAKQRQISFV,{'ab'[n % 2]}\n" for n in range(30))
    (tmp_path / "t.csv").write_text("gene,protein,aa_seq,location\n" + rows)
    status, out, _ = bioseq("inspect", tmp_path / "t.csv")
    assert status == 0
    assert "t.csv: sequences from 'aa_seq', classes from 'location', ids from 'gene'" in out
    assert "1 column is not used: protein." in out
    _, out, _ = bioseq("inspect", tmp_path / "t.csv", "--json")
    choices = {choice["role"]: choice for choice in json.loads(out)["sources"][0]["choices"]}
    assert choices["sequence"]["taken"] == "aa_seq"
    assert choices["split"]["taken"] == ""
    assert choices["label"]["options"] == ["gene", "protein", "aa_seq", "location"]


def test_a_configuration_without_a_file_goes_to_standard_output(
    bioseq: Command, labelled_fasta: Path, tmp_path: Path
) -> None:
    _, out, _ = bioseq("config", labelled_fasta)
    (tmp_path / "copy.toml").write_text(out, encoding="utf-8")
    assert config_files.load(tmp_path / "copy.toml").data.files[0].path == str(labelled_fasta)


def test_training_with_json_tells_its_events_and_data_given_by_hand(
    bioseq: Command, labelled_fasta: Path, tmp_path: Path
) -> None:
    bioseq("config", labelled_fasta, "-o", "config.toml")
    for name in ("first.fasta", "second.fasta"):
        text = labelled_fasta.read_text(encoding="utf-8").replace(">r", f">{name[0]}")
        (tmp_path / name).write_text(text.replace("\nA", "\nC"), encoding="utf-8")
    options = ("--set", "training.epochs=1", "--set", "evaluation.baseline=false", "--json")
    status, out, errors = bioseq("train", "config.toml", "--data", "first.fasta", "second.fasta", *options)
    assert (status, errors) == (0, "")
    events = [decode_event(line) for line in out.splitlines()]
    assert isinstance(events[0], JobStarted)
    assert events[0].details["data"] == ["first.fasta", "second.fasta"]
    assert isinstance(events[-1], JobFinished)
    assert [event.sequence for event in events] == list(range(len(events)))
    data = json.loads(RunFolder(tmp_path / events[0].folder).data.read_text(encoding="utf-8"))
    assert data["records_read"] == 320


def test_the_catalogue_is_listed(bioseq: Command) -> None:
    _, out, _ = bioseq("models", "--json")
    models = {model["name"]: model for model in json.loads(out)}
    assert {"dnn", "text_cnn", "bilstm", "lstm_attention", "transformer"} <= models.keys()
    assert {"name", "title", "help", "default", "minimum", "maximum"} <= models["text_cnn"]["hyper"][0].keys()
    _, out, _ = bioseq("models")
    assert "text_cnn" in out


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["train", "nothing.toml"], "config.unreadable"),
        (["predict", "nothing", "nothing.fasta", "-o", "out.docx"], "export.unknown_format"),
        (["predict", "nothing", "here.fasta", "-o", "out.csv"], "bundle.missing"),
        (["train", "here.fasta"], "config"),
        (["train", "here.fasta", "--resume"], "run.missing"),
        (["inspect", "nothing.fasta"], "data"),
        (["no-such-command"], "usage"),
        (["predict"], "usage"),
        (["train", "--no-such-option"], "usage"),
    ],
)
def test_what_a_person_can_mend_is_said_in_words_and_ends_with_two(
    bioseq: Command, tmp_path: Path, arguments: list[str], code: str
) -> None:
    (tmp_path / "here.fasta").write_text(">a|x|train\nACGT\n", encoding="utf-8")
    status, out, errors = bioseq(*arguments)
    assert status == 2
    assert out == ""
    *_, sentence = errors.splitlines()
    assert "Traceback" not in errors
    assert len(sentence) > 20
    status, out, errors_again = bioseq(*arguments, "--json")
    assert status == 2
    last = json.loads(out.splitlines()[-1])
    assert last.get("error", last)["code"].startswith(code)
    assert errors_again.splitlines()[-1] == sentence


def test_a_fault_of_the_program_ends_with_one(bioseq: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli, "_table", broken)
    status, _, errors = bioseq("models")
    assert status == 1
    assert "ZeroDivisionError" in errors


def test_a_run_is_not_overwritten(bioseq: Command, trained_run: RunFolder) -> None:
    before = trained_run.events.read_bytes()
    status, _, errors = bioseq("train", trained_run.config, "-o", trained_run.path)
    assert status == 2
    assert "holds a run already" in errors
    assert trained_run.events.read_bytes() == before


def test_a_resumed_run_takes_no_other_settings(bioseq: Command, trained_run: RunFolder) -> None:
    status, _, errors = bioseq("train", trained_run.path, "--resume", "--set", "training.epochs=9")
    assert status == 2
    assert "its own settings" in errors


def test_version_and_help_are_there(bioseq: Command) -> None:
    assert bioseq("--version")[:2] == (0, f"bioseq {cli.VERSION}\n")
    status, out, _ = bioseq()
    assert status == 0
    for command in ("inspect", "config", "train", "predict", "evaluate", "models", "runs"):
        assert command in out
        assert bioseq(command, "--help")[0] == 0


def test_an_option_takes_values_up_to_the_next_option() -> None:
    assert cli.spread_values(["train", "c", "--data", "a", "b", "-o", "x", "y"], "--data") == [
        *("train", "c", "--data", "a", "--data", "b", "-o", "x", "y")
    ]
    assert cli.spread_values(["--data", "a", "--data", "b", "c"], "--data") == [
        *("--data", "a", "--data", "b", "--data", "c")
    ]


def test_starting_the_command_line_loads_nothing_that_computes() -> None:
    script = "import sys; from bioseq import cli; cli.main(['models']); print(*sys.modules, file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    loaded = set(result.stderr.split())
    assert not {"torch", "sklearn", "matplotlib", "PySide6", "rich.progress"} & loaded


def test_ctrl_c_stops_and_keeps_the_best(bioseq: Command, labelled_fasta: Path, tmp_path: Path) -> None:
    bioseq("config", labelled_fasta, "-o", "config.toml")
    options = ("--set", "training.epochs=10000", "--set", "training.patience=0", "--set", "model.name=dnn", "--json")
    command = [sys.executable, "-m", "bioseq.cli", "train", "config.toml", "-o", "run", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ}) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = decode_event(line)
            if isinstance(event, EpochFinished) and event.epoch == 2:
                process.send_signal(signal.SIGINT)
            if isinstance(event, ENDINGS):
                break
    assert isinstance(event, JobStopped)
    assert not event.cancelled
    assert process.returncode == 130
    run = RunFolder(tmp_path / "run")
    assert run.model.exists()
    state = read_state(run.events)
    assert state.status is Status.STOPPED
    assert len(state.epochs) < 10_000


def test_a_failed_training_tells_its_reason_once(bioseq: Command, tmp_path: Path, labelled_fasta: Path) -> None:
    bioseq("config", labelled_fasta, "-o", "config.toml")
    (tmp_path / "one.fasta").write_text(">a|x|train\nACGT\n>b|x|train\nACGTT\n", encoding="utf-8")
    status, out, errors = bioseq("train", "config.toml", "--data", "one.fasta", "--json")
    assert status == 2
    ending = decode_event(out.splitlines()[-1])
    assert isinstance(ending, JobFailed)
    assert ending.message in errors
    assert errors.count(ending.message) == 1
