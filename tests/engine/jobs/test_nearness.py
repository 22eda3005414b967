"""A training tells how like its training records the judged ones are, with figures with and without those."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.config import files as config_files
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration
from bioseq.errors import BioseqError
from bioseq.evaluation.nearness import EDGES, read_nearness
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFinished, Warned
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.folder import RunFolder

if TYPE_CHECKING:
    from pathlib import Path

COPIES = 12


def leaking_file(path: Path) -> Path:
    """80 training records, 40 test records of which 12 are copies of training records."""
    chance = np.random.default_rng(5)

    def sequence(label: int) -> str:
        weights = [0.4, 0.1, 0.1, 0.4] if label else [0.1, 0.4, 0.4, 0.1]
        return "".join(chance.choice(list("ACGT"), 50, p=weights))

    train = [(row % 2, sequence(row % 2)) for row in range(80)]
    test = train[:COPIES] + [(row % 2, sequence(row % 2)) for row in range(40 - COPIES)]
    parts = (("train", train), ("test", test))
    text = "".join(
        f">{split}{row}|{label}|{split}\n{letters}\n"
        for split, some in parts
        for row, (label, letters) in enumerate(some)
    )
    path.write_text(text, encoding="utf-8")
    return path


def trained(tmp_path: Path, *settings: str) -> tuple[RunFolder, list[Event]]:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    data = leaking_file(tmp_path / "leaking.fasta")
    config = Configuration.model_validate({"data": {"files": [{"path": str(data)}]}})
    fixed = ["model.name=logistic_regression", "evaluation.resamples=200", "training.threads=1"]
    config_files.save(apply_overrides(config, [*fixed, *settings]), folder.config)
    events: list[Event] = []
    ending = run_job(TrainJob("leaks", str(folder.path)), Control(), events.append)
    assert isinstance(ending, JobFinished), ending
    return folder, events


def test_copies_that_were_kept_in_training_are_told_and_left_out_of_the_second_figures(tmp_path: Path) -> None:
    folder, events = trained(tmp_path, "data.test_in_train=keep")
    found = read_nearness(folder.similarity)
    assert (found.split, found.records, found.looked_at) == ("test", 40, 40)
    assert (found.copies, found.in_files) == (COPIES, COPIES)
    assert COPIES <= found.similar < 40
    assert sum(found.counts) == 40
    assert found.counts[-1] >= COPIES
    assert len(found.counts) == len(EDGES) - 1
    assert {(pair.record, pair.training) for pair in found.worst[:COPIES]} == {
        (f"test{row}", f"train{row}") for row in range(COPIES)
    }
    for pair in found.worst:
        assert pair.alignment is not None
        assert pair.alignment.identical / 50 == pytest.approx(pair.identity)
    assert found.worst[0].alignment is not None
    assert found.worst[0].alignment.first == found.worst[0].alignment.second
    assert "model" in found.figures
    assert set(found.figures) == set(found.figures_without)
    truth, chances = (np.load(folder.evaluation / f"{name}.npy") for name in ("truth", "probabilities"))
    new = np.load(folder.evaluation / "nearest_identity.npy") < found.identity
    right = float(np.mean(chances[new].argmax(axis=1) == truth[new]))
    assert found.figures_without["model"]["accuracy"] == pytest.approx(right)
    assert "evaluation.similar_to_training" in [event.code for event in events if isinstance(event, Warned)]
    column = np.load(folder.evaluation / "nearest_identity.npy")
    assert np.count_nonzero(column >= 1) == COPIES


def test_copies_are_left_out_of_training_unless_asked_for(tmp_path: Path) -> None:
    folder, _ = trained(tmp_path)
    found = read_nearness(folder.similarity)
    assert (found.copies, found.in_files) == (0, COPIES)


def test_a_run_without_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(BioseqError, match="not known"):
        read_nearness(tmp_path / "similarity.json")


def test_it_is_not_looked_for_where_the_configuration_says_so(tmp_path: Path) -> None:
    folder, events = trained(tmp_path, "data.test_in_train=keep", "evaluation.similar_records=false")
    assert not folder.similarity.exists()
    assert not (folder.evaluation / "nearest_identity.npy").exists()
    assert not [event for event in events if "resemble" in getattr(event, "title", "")]
