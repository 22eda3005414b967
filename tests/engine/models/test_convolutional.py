"""Convolutional networks and their layers, against torch's own layers and plain loops over real places."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from bioseq.catalogue.specification import TaskShape
from bioseq.models.layers.convolution import (
    MaskedBatchNorm,
    PlaceNorm,
    every_second,
    largest_of_three,
    real_only,
    strongest,
    summary,
)
from bioseq.models.registry import build
from bioseq.models.state_space import POWERS, DiagonalStateSpace, transform_size

LENGTHS = [9, 1, 4, 6]


@pytest.fixture
def values() -> Tensor:
    return torch.randn(len(LENGTHS), 3, max(LENGTHS), generator=torch.Generator().manual_seed(1))


@pytest.fixture
def mask() -> Tensor:
    return torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS).unsqueeze(1)


def test_masked_batch_norm_is_torchs_over_the_real_places_alone(values: Tensor, mask: Tensor) -> None:
    ours, torchs = MaskedBatchNorm(3), nn.BatchNorm1d(3)
    with torch.no_grad():
        for norm in (ours, torchs):
            norm.weight.copy_(torch.tensor([0.5, 1.0, 2.0]))
            norm.bias.copy_(torch.tensor([0.1, 0.0, -0.1]))
    one, other = values.clone().requires_grad_(), values.clone().requires_grad_()
    found, expected = ours(one, mask).transpose(1, 2)[mask], torchs(other.transpose(1, 2)[mask])
    assert torch.allclose(found, expected, atol=1e-6)
    weights = torch.randn(found.shape, generator=torch.Generator().manual_seed(2))
    (found * weights).sum().backward()
    (expected * weights).sum().backward()
    assert torch.allclose(one.grad, other.grad, atol=1e-6)
    assert torch.allclose(ours.weight.grad, torchs.weight.grad, atol=1e-5)
    assert torch.allclose(ours.running_mean, torchs.running_mean, atol=1e-6)
    assert torch.allclose(ours.running_var, torchs.running_var, atol=1e-6)
    assert torch.allclose(
        ours.eval()(values, mask).transpose(1, 2)[mask],
        torchs.eval()(values.transpose(1, 2)[mask]),
        atol=1e-6,
    )


def test_masked_batch_norm_learns_nothing_from_padding(values: Tensor, mask: Tensor) -> None:
    norms = [MaskedBatchNorm(3), MaskedBatchNorm(3)]
    noisy = torch.where(mask.unsqueeze(1), values, 1e3)
    found = [norms[0](values, mask), norms[1](functional.pad(noisy, (0, 5), value=7.0), functional.pad(mask, (0, 5)))]
    assert torch.allclose(found[0], found[1][..., :9], atol=1e-5)
    assert (found[1][..., 9:] == 0).all()
    for one, other in zip(norms[0].buffers(), norms[1].buffers(), strict=True):
        assert torch.allclose(one, other)


@pytest.mark.parametrize("training", [True, False])
def test_masked_batch_norm_is_the_same_with_and_without_padding(values: Tensor, training: bool) -> None:
    norms = [MaskedBatchNorm(3).train(training), MaskedBatchNorm(3).train(training)]
    mask = torch.ones(len(LENGTHS), max(LENGTHS), dtype=torch.bool)
    with torch.no_grad():
        for norm in norms:
            norm.running_mean.fill_(0.3)
            norm.running_var.fill_(2.0)
    one = norms[0](values, mask)
    other = norms[1](functional.pad(values, (0, 1), value=9.0), functional.pad(mask, (0, 1)))
    assert torch.allclose(one, other[..., :-1], atol=1e-6)
    for buffer, expected in zip(norms[0].buffers(), norms[1].buffers(), strict=True):
        assert torch.allclose(buffer, expected, atol=1e-6)


def test_masked_batch_norm_survives_a_batch_of_one_place() -> None:
    norm = MaskedBatchNorm(3)
    found = norm(torch.ones(1, 3, 1), torch.ones(1, 1, dtype=torch.bool))
    assert (found == 0).all()
    assert all(value.isfinite().all() for value in norm.buffers())


def test_the_norm_at_each_place_sees_no_other(values: Tensor, mask: Tensor) -> None:
    found = PlaceNorm(3)(values, mask)
    assert torch.allclose(found[0, :, 4], functional.layer_norm(values[0, :, 4], (3,)))
    assert (found[1, :, 1:] == 0).all()


@pytest.mark.parametrize("stride", [1, 2])
def test_the_largest_of_three_is_that_of_each_record_alone(values: Tensor, mask: Tensor, stride: int) -> None:
    found = largest_of_three(values, mask, stride=stride)
    for row, length in enumerate(LENGTHS):
        alone = functional.max_pool1d(values[row : row + 1, :, :length], 3, stride=stride, padding=1)[0]
        assert torch.equal(found[row, :, : alone.shape[-1]], alone)
        assert (found[row, :, alone.shape[-1] :] == 0).all()
        assert stride == 1 or int(every_second(mask)[row].sum()) == alone.shape[-1]


def test_the_strongest_come_first_and_zeros_stand_for_missing_places(values: Tensor, mask: Tensor) -> None:
    positive = values.abs()
    found = strongest(positive, mask, 5)
    for row, length in enumerate(LENGTHS):
        expected = positive[row, :, :length].sort(dim=-1, descending=True).values[:, :5]
        assert torch.equal(found[row], functional.pad(expected, (0, 5 - expected.shape[-1])))


def test_a_summary_sees_real_places_only(values: Tensor, mask: Tensor) -> None:
    both = summary(real_only(values, mask), mask, "max_mean")
    for row, length in enumerate(LENGTHS):
        real = values[row, :, :length]
        assert torch.allclose(both[row], torch.cat([real.amax(-1), real.mean(-1)]), atol=1e-6)
    assert torch.equal(summary(real_only(values, mask), mask, "max"), both[:, :3])
    assert torch.equal(summary(real_only(values, mask), mask, "mean"), both[:, 3:])


def recurrence(layer: DiagonalStateSpace, values: Tensor) -> Tensor:
    """The state space as it is defined, step by step, in double precision: `(C, L)` to `(C, L)`."""
    width, pairs = layer.shape
    rates = torch.complex(-layer.log_decay.double().exp(), layer.frequency.double()).view(width, pairs)
    steps = layer.log_step.double().exp().unsqueeze(1)
    kept, added = torch.exp(steps * rates), (torch.exp(steps * rates) - 1) / rates
    readout = torch.view_as_complex(layer.readout.double().view(layer.directions, width, pairs, 2))
    total = values * layer.direct.double().unsqueeze(1)
    states = torch.zeros(width, pairs, dtype=torch.complex128)
    for place in range(values.shape[1]):
        states = kept * states + added * values[:, place, None]
        total[:, place] += 2 * (readout[0] * states).sum(-1).real
    if layer.directions == 2:
        states = torch.zeros_like(states)
        for place in reversed(range(values.shape[1])):
            total[:, place] += 2 * (readout[1] * states).sum(-1).real  # what lies ahead of the place, without itself
            states = kept * states + added * values[:, place, None]
    return total


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("length", [1, 2, POWERS, POWERS + 1, 300])
@torch.no_grad()
def test_the_state_space_convolution_is_its_recurrence(length: int, directions: int) -> None:
    torch.manual_seed(4)
    layer = DiagonalStateSpace(5, 8, directions)
    values = torch.randn(2, 5, length)
    for row, found in enumerate(layer(values)):
        assert torch.allclose(found.double(), recurrence(layer, values[row].double()), atol=1e-5)


def test_transforms_have_sizes_of_few_small_factors() -> None:
    assert [transform_size(least) for least in (1, 2, 3, 5, 7, 13, 90, 97, 4000)] == [1, 2, 3, 6, 8, 16, 96, 128, 4096]


NETWORKS: list[tuple[str, dict[str, Any]]] = [
    ("vdcnn", {"width": 4, "hidden": 8}),
    ("vdcnn", {"width": 4, "hidden": 8, "depth": 17, "shortcut": True, "norm": "place"}),
    ("resnet1d", {"width": 4, "blocks": 1}),
    ("inception1d", {"width": 4, "pooling": "max_mean"}),
    ("tcn", {"width": 8}),
    ("convnext1d", {"width": 8, "stages": 4, "blocks": 1}),
    ("state_space", {"width": 8, "states": 8}),
]


@pytest.mark.parametrize("one_hot", [False, True], ids=["learnt", "one-hot"])
@pytest.mark.parametrize(("name", "hyper"), NETWORKS, ids=lambda value: value if isinstance(value, str) else "")
def test_no_amount_of_padding_is_seen_by_a_network_that_has_learnt(
    name: str, hyper: dict[str, Any], one_hot: bool
) -> None:
    torch.manual_seed(1)
    task = TaskShape(6, 2, 40, False, one_hot)
    network = build(name, task, hyper)
    lengths = torch.tensor([33, 1, 2, 5, 16, 17, 8, 31])
    mask = torch.arange(33) < lengths.unsqueeze(1)
    tokens = torch.randint(1, 6, mask.shape) * mask
    optimiser = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(5):  # so that running statistics and biases are no longer what they began as
        optimiser.zero_grad()
        functional.cross_entropy(network(tokens, mask).logits, torch.arange(8) % 2).backward()
        optimiser.step()
    network.eval()
    with torch.no_grad():
        together = network(tokens, mask).logits
        for row, length in enumerate(lengths):
            for padding in (0, 1, 2, 3, 30):
                real = functional.pad(torch.ones(1, length, dtype=torch.bool), (0, padding))
                alone = functional.pad(tokens[row : row + 1, :length], (0, padding), value=5)
                assert torch.allclose(network(alone, real).logits[0], together[row], atol=1e-5)


@pytest.mark.parametrize("shortcut", [False, True])
@pytest.mark.parametrize("depth", [9, 17, 29, 49])
def test_vdcnn_has_as_many_layers_of_filters_as_its_depth_says(depth: int, shortcut: bool) -> None:
    with torch.device("meta"):
        network = build("vdcnn", TaskShape(6, 2, 40, False), {"depth": depth, "shortcut": shortcut})
    filters = [layer for layer in network.modules() if isinstance(layer, nn.Conv1d)]
    assert sum(layer.kernel_size == (3,) for layer in filters) == depth
    assert sum(layer.kernel_size == (1,) for layer in filters) == (3 if shortcut else 0)


def test_a_tcn_sees_as_far_to_both_sides_as_its_help_says() -> None:
    torch.manual_seed(1)
    network = build("tcn", TaskShape(6, 2, 600, False), {"width": 4, "levels": 6}).eval()
    with torch.no_grad():
        for value in network.blocks.parameters():
            value.abs_()  # then no ReLU hides what a place depends on
    values = torch.ones(1, 32, 600, requires_grad=True)
    states = values
    for block in network.blocks:
        states = block(states, torch.ones(1, 600, dtype=torch.bool))
    states[0, :, 300].sum().backward()
    reached = values.grad[0].abs().sum(0).nonzero().squeeze(1)
    assert (int(reached[0]), int(reached[-1])) == (300 - 126, 300 + 126)
