"""With the settings that fill themselves, a network holds its own against the simple baseline on each bundled set."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bioseq.config.inspection import inspect_files
from bioseq.evaluation.results import read_evaluations
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.resources import resource_folder
from bioseq.runs.store import create_run
from bioseq.sequences.files import FileRequest

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = json.loads((resource_folder() / "samples" / "index.json").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("sample", SAMPLES, ids=[sample["name"] for sample in SAMPLES])
def test_autofilled_settings_reach_the_baseline_on_the_test_records(
    sample: dict[str, list[str]], tmp_path: Path
) -> None:
    files = tuple(FileRequest(str(resource_folder() / "samples" / name)) for name in sample["files"])
    inspection, _ = inspect_files(files, {})
    run = create_run(inspection.config, root=tmp_path, name="accuracy")
    ending = run_job(TrainJob("accuracy", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished)
    evaluation = read_evaluations(run.metrics)["test"]
    best = max(scores.metrics["balanced_accuracy"] for scores in evaluation.baselines)
    # Two standard errors of a share near 0.9 over the test records, and never less than two points.
    allowed = max(0.02, 2 * (0.09 / evaluation.records) ** 0.5)
    assert evaluation.model.metrics["balanced_accuracy"] >= best - allowed
