"""The commands that look back at runs: report, verify, reproduce."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bioseq import cli
from bioseq.report.reproduction import compare, configuration_of
from bioseq.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def bioseq(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command in an empty folder; gives exit status, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> tuple[int, str, str]:
        status = cli.main([str(argument) for argument in arguments])
        return status, *capfd.readouterr()

    return run


def test_a_report_with_figures_of_the_width_asked_for(bioseq: Command, trained_run: RunFolder, tmp_path: Path) -> None:
    status, out, told = bioseq("report", trained_run.path, "-o", "r.html", "--figures", "drawings", "--width", 114)
    assert (status, out.splitlines()) == (0, ["r.html"]), told
    assert (tmp_path / "r.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    names = {path.name for path in (tmp_path / "drawings").iterdir()}
    assert {"roc.svg", "roc.pdf", "roc.png", "roc-600dpi.png", "roc.csv"} <= names
    assert 'width="323.1' in (tmp_path / "drawings" / "roc.svg").read_text(encoding="utf-8")


def test_card_and_refusals(bioseq: Command, trained_run: RunFolder, tmp_path: Path) -> None:
    status, _, told = bioseq("report", trained_run.path, "-o", "card.md")
    assert status == 0, told
    assert "## REFORMS" in (tmp_path / "card.md").read_text(encoding="utf-8")
    status, _, told = bioseq("report", trained_run.path, "-o", "card.odt")
    assert status == 2
    assert "End the name with" in told
    status, out, _ = bioseq("report", tmp_path, "-o", "r.html", "--json")
    assert status == 2
    assert json.loads(out.splitlines()[-1])["code"] == "run.missing"


def test_verify_says_what_differs_and_ends_with_two(bioseq: Command, trained_run: RunFolder, tmp_path: Path) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained_run.path, run, ignore=shutil.ignore_patterns("checkpoints"))
    status, out, told = bioseq("verify", run)
    assert (status, out.splitlines()[-1].split()[0]) == (0, "All"), told
    (run / "predictions.csv").write_text("id\n", encoding="utf-8")
    status, out, told = bioseq("verify", run, "--json")
    found = json.loads(out)
    assert (status, found["intact"]) == (2, False)
    assert [check["path"] for check in found["checks"] if check["state"] == "changed"] == ["predictions.csv"]


def test_a_run_is_reproduced_to_the_last_bit_from_its_bundle(
    bioseq: Command, trained_run: RunFolder, labelled_fasta: Path, tmp_path: Path
) -> None:
    bundle = tmp_path / "sent" / "model.bioseq"
    bundle.parent.mkdir()
    shutil.copyfile(trained_run.model, bundle)
    status, _, told = bioseq("reproduce", bundle, "-o", "again")
    assert status == 2
    assert "--data" in told
    status, out, told = bioseq("reproduce", bundle, "--data", labelled_fasta, "-o", "again", "--json")
    found = json.loads(out)
    assert status == 0, told
    assert found["identical"]
    assert found["same_weights"]
    assert found["same_data"]
    again = RunFolder(tmp_path / "again")
    whole = compare(trained_run.path, again)
    assert whole.identical
    assert whole.compared > found["compared"]  # with the simple models
    assert configuration_of(trained_run.path).training.threads == 1

    metrics = json.loads(again.metrics.read_text(encoding="utf-8"))
    metrics["evaluations"]["test"]["model"]["metrics"]["mcc"] += 1e-9
    again.metrics.write_text(json.dumps(metrics), encoding="utf-8")
    changed = compare(trained_run.path, again)
    assert not changed.identical
    assert [one.metric for one in changed.differences] == ["mcc"]
    assert "Not reproduced: 1 of" in changed.sentence


def test_looking_back_imports_no_torch(trained_run: RunFolder, tmp_path: Path) -> None:
    script = (
        "import sys; from bioseq import cli;"
        f"status = cli.main(['report', {str(trained_run.path)!r}, '-o', {str(tmp_path / 'r.html')!r}]);"
        f"status += cli.main(['verify', {str(trained_run.path)!r}]);"
        "assert 'torch' not in sys.modules and 'sklearn' not in sys.modules; sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
