"""Each preset of a feature baseline trains, is judged and leaves a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.registry import BASELINES
from bioseq.config.presets import Preset, presets
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.store import create_run
from bioseq.sequences.alphabets import ALPHABETS, Molecule

if TYPE_CHECKING:
    from pathlib import Path

OF_BASELINES = [made for made in presets() if made.model in BASELINES]


@pytest.mark.parametrize("made", OF_BASELINES, ids=lambda made: made.name)
def test_every_preset_of_a_feature_baseline_trains(made: Preset, tmp_path: Path) -> None:
    molecule = (made.molecules or (Molecule.DNA,))[0]
    chance = np.random.default_rng(1)
    residues = list(ALPHABETS[molecule].residues)
    lines = []
    for row in range(200):
        weights = np.ones(len(residues))
        weights[row % 2] += 4.0  # the classes differ in composition
        letters = "".join(chance.choice(residues, 30, p=weights / weights.sum()))
        lines.append(f">r{row}|{'ab'[row % 2]}|{'test' if row >= 140 else 'train'}\n{letters}\n")
    (tmp_path / "data.fasta").write_text("".join(lines), encoding="utf-8")
    files = (DataFile(path=str(tmp_path / "data.fasta")),)
    given = Configuration(data=DataSettings(files=files, molecule=molecule.value))
    run = create_run(made.applied_to(given), root=tmp_path)
    ending = run_job(TrainJob("t", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    assert run.model.exists()
    assert ending.summary["metrics"]["accuracy"] > 0.6
