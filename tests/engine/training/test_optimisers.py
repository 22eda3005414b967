"""The learning rate follows its schedule; biases and norms do not decay; gradients are limited together."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from bioseq.config.schema import TrainingSettings
from bioseq.training.optimisers import build_optimiser, limit_gradients, rate_at


def test_warm_up_rises_to_the_full_rate_and_cosine_falls_towards_zero() -> None:
    settings = TrainingSettings(learning_rate=0.1, warmup_fraction=0.1, schedule="cosine")
    rates = [rate_at(step, 100, settings) for step in range(100)]
    assert rates[:10] == pytest.approx([0.01 * number for number in range(1, 11)])
    assert rates[10] == pytest.approx(0.1)
    assert rates[55] == pytest.approx(0.05)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[99] < 1e-4


@pytest.mark.parametrize("schedule", ["constant", "plateau"])
def test_other_schedules_keep_the_rate(schedule: str) -> None:
    settings = TrainingSettings(learning_rate=0.1, warmup_fraction=0.0, schedule=schedule)
    assert {rate_at(step, 50, settings) for step in range(50)} == {0.1}


def test_matrices_decay_and_vectors_do_not() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    build_optimiser(network, TrainingSettings(learning_rate=0.1, weight_decay=0.5)).step()
    after = network.state_dict()
    torch.testing.assert_close(after["0.weight"], before["0.weight"] * (1 - 0.1 * 0.5))
    for name in ("0.bias", "1.weight", "1.bias"):
        assert torch.equal(after[name], before[name])


@pytest.mark.parametrize(("longest", "expected"), [(1.0, 1.0), (100.0, 5.0), (0.0, 5.0)])
def test_gradients_are_limited_together_or_left(longest: float, expected: float) -> None:
    parameters = [nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1)), nn.Parameter(torch.zeros(1))]
    parameters[0].grad, parameters[1].grad = torch.tensor([3.0]), torch.tensor([4.0])
    assert limit_gradients(parameters, longest).item() == pytest.approx(5)
    assert math.hypot(*(float(p.grad) for p in parameters[:2])) == pytest.approx(expected, rel=1e-5)  # type: ignore[arg-type]
