"""`bioseq control` says what shuffled labels give, and what to do where there is nothing to compare."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from bioseq.cli import DONE, MENDABLE, main
from bioseq.evaluation.shuffling import ShuffledControl
from bioseq.runs.folder import RunFolder

if TYPE_CHECKING:
    import pytest


def test_the_last_line_tells_what_was_found(
    trained_run: RunFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = RunFolder(Path(shutil.copytree(trained_run.path, tmp_path / "run")))
    assert main(["control", str(run.path), "--shuffles", "1"]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines == [ShuffledControl.open(run.control).sentence]
    assert "1 shuffle" in lines[0]


def test_a_folder_without_figures_is_refused_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["control", str(tmp_path)]) == MENDABLE
    assert "no readable metrics" in capsys.readouterr().err
