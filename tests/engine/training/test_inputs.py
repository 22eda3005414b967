"""What the training loop is told follows from the configuration: how tokens are read, and which runs go on."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bioseq.config.schema import Configuration
from bioseq.models.layers.embedding import OneHot, TokenEmbedding
from bioseq.models.registry import build
from bioseq.protocol.events import EpochFinished
from bioseq.sequences.alphabets import Molecule
from bioseq.training.inputs import TrainingInput, prepare


def told(lab: SimpleNamespace, **sections: object) -> TrainingInput:
    config = Configuration.model_validate(sections)
    return prepare(config, SimpleNamespace(dataset=lab.planted(60), molecule=Molecule.DNA))  # type: ignore[arg-type]


@pytest.mark.parametrize(("tokens", "indicators"), [({}, 5), ({"kind": "kmers", "k": 2}, 17)])
def test_one_hot_tokens_reach_the_network(lab: SimpleNamespace, tokens: dict[str, object], indicators: int) -> None:
    """Indicators for unknown and each word; nothing is learnt about them."""
    for coding, reader in (("learnt", TokenEmbedding), ("one_hot", OneHot)):
        job = told(lab, tokens={**tokens, "coding": coding})
        network = build(job.architecture, job.task, job.hyper)
        assert [type(module) for module in network.modules() if isinstance(module, TokenEmbedding | OneHot)] == [reader]
    (read,) = (module for module in network.modules() if isinstance(module, OneHot))
    tokens_of_a_row, mask = np.array([[0, 1, 2]]), np.array([[False, True, True]])
    assert read(*map(_tensor, (tokens_of_a_row, mask))).shape == (1, 3, indicators)


def test_training_from_one_hot_tokens_learns(lab: SimpleNamespace) -> None:
    config = Configuration.model_validate(
        {
            "tokens": {"coding": "one_hot"},
            "training": {"epochs": 6, "batch_size": 16, "device": "cpu", "threads": 1, "learning_rate": 5e-3},
            "model": {"name": "text_cnn", "hyper": {"filters": 16, "kernels": "4,8,12,16"}},
        }
    )
    job = prepare(config, SimpleNamespace(dataset=lab.planted(300), molecule=Molecule.DNA))  # type: ignore[arg-type]
    assert lab.run(job).of(EpochFinished)[-1].validation["roc_auc"] > 0.9


def test_a_run_begun_before_newer_options_were_there_can_still_be_resumed(lab: SimpleNamespace) -> None:
    """This is what the first version wrote; it is never changed. Of other settings a run must not go on."""
    first = "9e52d03e4e7d62675a093bc6fcfbe5ec692fc93042349d87492a4ad1b0254aef"
    assert lab.job(lab.planted(60)).fingerprint == first
    for option in (
        {"label_smoothing": 0.1},
        {"sampling": "balanced"},
        {"adversarial": 0.1},
        {"flooding": 0.1},
        {"augmentation": {"shift": 1}},
        {"augmentation": {"both_strands": True}},
    ):
        assert lab.job(lab.planted(60), **option).fingerprint != first
    assert told(lab, tokens={"coding": "one_hot"}).fingerprint != told(lab).fingerprint


def _tensor(values: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(values)
