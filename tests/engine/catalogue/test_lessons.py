"""The lessons show what the networks compute: the formulas are held against the networks' own layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from bioseq.catalogue.lessons import Layer, formula, likeness, multiplications, sinusoids
from bioseq.models.layers import positions

WIDTH, KERNEL, HEADS = 32, 8, 4


def test_the_sinusoids_are_those_of_the_networks() -> None:
    shown = positions.sinusoids(300, 64, device=torch.device("cpu")).numpy()
    np.testing.assert_allclose(sinusoids(300, 64), shown, atol=2e-5)


def test_the_likeness_is_the_product_of_two_rows_over_its_largest_value() -> None:
    table = sinusoids(200, 64)
    np.testing.assert_allclose(likeness(np.arange(200) - 70, 64), table @ table[70] / 32, atol=1e-12)
    assert likeness(0, 64) == pytest.approx(1.0)


def test_turned_positions_have_the_same_likeness() -> None:
    same = torch.ones(1, 1, 200, 64)
    turned = positions.rotated(same)[0, 0].numpy()
    np.testing.assert_allclose(likeness(np.arange(200) - 70, 64), turned @ turned[70] / 64, atol=1e-5)


def counted(network: nn.Module, *inputs: torch.Tensor) -> int:
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        network(*inputs)
    return int(counter.get_total_flops()) // 2  # it counts an addition with each multiplication


class Attention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.project, self.merge = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        parts = self.project(states).view(1, -1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(*parts)
        return self.merge(mixed.transpose(1, 2).flatten(2))


class LinearAttention(Attention):
    def forward(self, states: torch.Tensor) -> torch.Tensor:
        queries, keys, values = self.project(states).view(1, -1, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        mixed = queries @ (keys.transpose(-1, -2) @ values)
        return self.merge(mixed.transpose(1, 2).flatten(2))


@pytest.mark.parametrize("length", [16, 100])
def test_the_costs_are_those_that_torch_counts(length: int) -> None:
    states = torch.zeros(1, length, WIDTH)
    convolution = nn.Sequential(nn.ConstantPad1d((KERNEL - 1, 0), 0.0), nn.Conv1d(WIDTH, WIDTH, KERNEL))
    asked = {"width": WIDTH, "kernel": KERNEL, "heads": HEADS}
    assert multiplications(Layer.CONVOLUTION, length, **asked) == counted(convolution, states.transpose(1, 2))
    assert multiplications(Layer.ATTENTION, length, **asked) == counted(Attention(), states)
    assert multiplications(Layer.LINEAR_ATTENTION, length, **asked) == counted(LinearAttention(), states)
    lstm = nn.LSTM(WIDTH, WIDTH // 2, bidirectional=True, batch_first=True)
    weights = sum(weight.numel() for name, weight in lstm.named_parameters() if "weight" in name)
    assert multiplications(Layer.RECURRENT, length, **asked) == length * weights


def test_only_attention_grows_faster_than_the_sequence() -> None:
    for layer in Layer:
        short, long = multiplications(layer, 2_000), multiplications(layer, 4_000)
        assert (long / short > 2.5) == (layer is Layer.ATTENTION)
        assert "L" in formula(layer)
