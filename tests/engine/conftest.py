"""A tiny labelled data set with a motif to find, and one run trained on it that many tests share."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bioseq.catalogue.ensemble import joined
from bioseq.config import files as config_files
from bioseq.config.overrides import apply_overrides
from bioseq.config.schema import Configuration, DataFile, DataSettings
from bioseq.jobs.runner import run_job
from bioseq.protocol.control import Control
from bioseq.protocol.events import Event, JobFinished
from bioseq.protocol.jobs import TrainJob
from bioseq.runs.bundle_members import weights_of
from bioseq.runs.folder import RunFolder
from bioseq.runs.store import prepare_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bioseq.runs.bundle import BundleContents

MOTIF = "TATAAT"


def motif_records(count: int, seed: int) -> list[tuple[str, str, str]]:
    """Id, letters and label of records of 30 to 40 letters; the positive ones hold the motif."""
    chance = random.Random(seed)
    records = []
    for number in range(count):
        letters = "".join(chance.choices("ACGT", k=chance.randint(30, 40)))
        label = ("plain", "motif")[number % 2]
        if label == "motif":
            place = chance.randint(0, len(letters) - len(MOTIF))
            letters = letters[:place] + MOTIF + letters[place + len(MOTIF) :]
        records.append((f"r{number}", letters, label))
    return records


def write_fasta(path: Path, records: list[tuple[str, str, str]]) -> Path:
    """Every fifth record is for the test."""
    lines = [
        f">{id_}|{label}|{'train' if number % 5 else 'test'}\n{letters}\n"
        for number, (id_, letters, label) in enumerate(records)
    ]
    path.write_text("".join(lines), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def labelled_fasta(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_fasta(tmp_path_factory.mktemp("data") / "motif.fasta", motif_records(160, seed=3))


@pytest.fixture(scope="session")
def small_config(labelled_fasta: Path) -> Configuration:
    """Settings that train in a second, without baselines beside them."""
    config = Configuration(data=DataSettings(files=(DataFile(path=str(labelled_fasta)),)))
    return apply_overrides(
        config,
        [
            "model.name=text_cnn",
            "model.hyper.filters=8",
            "training.epochs=4",
            "training.batch_size=16",
            "training.threads=1",
            "training.device=cpu",
            "evaluation.baseline=false",
        ],
    )


@pytest.fixture(scope="session")
def shared_run(small_config: Configuration, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """The finished run behind `trained_run`, for fixtures of wider scope that read it."""
    config = apply_overrides(small_config, ["evaluation.baseline=true"])
    run = prepare_run(tmp_path_factory.mktemp("runs") / "trained", config, name="Motif")
    ending = run_job(TrainJob("train-1", str(run.path)), Control(), lambda _: None)
    assert isinstance(ending, JobFinished), ending
    return run


@pytest.fixture
def trained_run(shared_run: RunFolder) -> Iterator[RunFolder]:
    """A finished run that tests share. They read it and change nothing, which is checked; `own_run` is for changes."""
    before = contents_of(shared_run.path)
    yield shared_run
    assert contents_of(shared_run.path) == before, "This test changes the run that others share."


@pytest.fixture
def own_run(shared_run: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of the finished run that a test may change (evaluating counts in it)."""
    shutil.copytree(shared_run.path, tmp_path / "own_run")
    return RunFolder(tmp_path / "own_run")


def contents_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file's size and time of its last change."""
    files = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {str(path): (status.st_size, status.st_mtime_ns) for path, status in files.items()}


@pytest.fixture
def ensemble_of() -> Callable[..., BundleContents]:
    """Makes an ensemble of trained models; their shares in the mean are equal when nothing is said."""

    def together(*members: BundleContents, shares: Sequence[float] = ()) -> BundleContents:
        names = joined(tuple(member.architecture for member in members))
        return replace(
            members[0],
            architecture="ensemble",
            hyper={"members": names, "combine": "plain"},
            weights=weights_of(shares or [1 / len(members)] * len(members)),
            members=members,
        )

    return together


@pytest.fixture
def empty_run(small_config: Configuration, tmp_path: Path) -> RunFolder:
    """A run that has not been trained."""
    run = prepare_run(tmp_path / "run", small_config)
    assert config_files.load(run.config) == small_config
    return run


@pytest.fixture
def heard() -> list[Event]:
    """A list to append events to."""
    return []
