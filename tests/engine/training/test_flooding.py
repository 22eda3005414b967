"""Flooding keeps the training loss above a level, by turning gradients; the losses that are told are the true ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from bioseq.models.registry import build
from bioseq.protocol.events import EpochFinished
from bioseq.training.flooding import turn_below
from bioseq.training.learner import Learner
from bioseq.training.state import TrainingState

if TYPE_CHECKING:
    from types import SimpleNamespace


@pytest.mark.parametrize("level", [0.1, 2.0, 3.25])
def test_gradients_are_those_of_the_distance_from_the_level(level: float) -> None:
    """The loss is mean of squares of 2 and 1.5, 3.125: above one level and below the other."""
    flooded = torch.tensor([2.0, 1.5], requires_grad=True)
    ((flooded.square().mean() - level).abs() + level).backward()
    turned = torch.tensor([2.0, 1.5], requires_grad=True)
    for part in (turned[:1], turned[1:]):  # taken in parts
        (part.square().sum() / 2).backward()
    turn_below(level, turned.detach().square().mean(), [turned])
    torch.testing.assert_close(turned.grad, flooded.grad)


def test_below_the_level_the_loss_rises_and_is_told_as_it_is(lab: SimpleNamespace) -> None:
    """The predecessor told |loss - level| + level, which is never below the level."""
    job = lab.job(flooding=3.0, precision="float32")
    plain = lab.job(precision="float32")
    rows = np.arange(32)
    losses: dict[float, list[float]] = {}
    for one in (job, plain):
        torch.manual_seed(1)
        learner = Learner(
            one, build(one.architecture, one.task, one.hyper), TrainingState(), device=torch.device("cpu")
        )
        told = []
        for _ in range(12):
            learner.begin_epoch()
            learner.step(rows, 3e-3)
            told.append(learner.mean_loss(32))
        losses[one.settings.flooding] = told
    assert losses[3.0][0] == losses[0.0][0] < 3.0
    assert losses[3.0][-1] > losses[3.0][0]
    assert losses[0.0][-1] < losses[0.0][0]


def test_training_hovers_about_the_level_while_it_would_fall_to_nothing(lab: SimpleNamespace) -> None:
    last = {}
    for level in (0.0, 0.4):
        told = lab.run(lab.job(epochs=25, patience=0, schedule="constant", learning_rate=5e-3, flooding=level))
        last[level] = [event.train["loss"] for event in told.of(EpochFinished)][-5:]
        assert all(event.validation["loss"] != pytest.approx(level) for event in told.of(EpochFinished))
    assert max(last[0.0]) < 0.25
    assert 0.3 < np.mean(last[0.4]) < 0.5
