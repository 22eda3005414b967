"""Each preset learns: a few steps on a few records, from columns to figures."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from bioseq.catalogue.registry import ARCHITECTURES
from bioseq.config.presets import Preset, presets
from bioseq.config.schema import Configuration
from bioseq.protocol.control import Control
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.alphabets import ALPHABETS, Molecule
from bioseq.sequences.dataset import Dataset, Split
from bioseq.training.inputs import prepare
from bioseq.training.loop import train

if TYPE_CHECKING:
    from bioseq.training.inputs import TrainingInput

NETWORKS = [made for made in presets() if made.model in ARCHITECTURES]


def few_records(molecule: Molecule) -> Dataset:
    """Twelve random sequences of 30 letters in two classes, four of them for validation."""
    chance = np.random.default_rng(1)
    residues = np.array(list(ALPHABETS[molecule].residues))
    sequences = ["".join(residues[chance.integers(0, len(residues), 30)]) for _ in range(12)]
    splits = [Split.TRAIN] * 8 + [Split.VALIDATION] * 4
    return Dataset.from_records(sequences, labels=["a", "b"] * 6, splits=splits)


def job_of(made: Preset) -> TrainingInput:
    molecule = (made.molecules or (Molecule.DNA,))[0]
    config = made.applied_to(Configuration())
    quick = {"epochs": 1, "batch_size": 4, "threads": 1, "device": "cpu"}
    config = config.model_copy(update={"training": config.training.model_copy(update=quick)})
    return prepare(config, SimpleNamespace(dataset=few_records(molecule), molecule=molecule))  # type: ignore[arg-type]


@pytest.mark.parametrize("made", NETWORKS, ids=lambda made: made.name)
def test_every_preset_of_a_network_trains(made: Preset) -> None:
    finished = [event for event in train(job_of(made), Control()) if isinstance(event, EpochFinished)]
    assert len(finished) == 1
    assert math.isfinite(finished[0].train["loss"])
    assert math.isfinite(finished[0].validation["loss"])
