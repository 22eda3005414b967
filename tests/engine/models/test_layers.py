"""Layers that several architectures share, against plain loops over real tokens."""

from __future__ import annotations

import pytest
import torch

from bioseq.models.bigru_attention import AdditiveAttention
from bioseq.models.layers.embedding import OneHot, TokenEmbedding
from bioseq.models.layers.pooling import AttentionPooling, masked_mean, masked_softmax
from bioseq.models.layers.positions import rotated, sinusoids
from bioseq.models.layers.recurrent import Cell, RecurrentLayer, RecurrentStack, gathered, last_state, reversal

LENGTHS = [5, 1, 3]


@pytest.fixture
def values() -> torch.Tensor:
    return torch.randn(3, 5, 4, generator=torch.Generator().manual_seed(1))


@pytest.fixture
def mask() -> torch.Tensor:
    return torch.arange(5) < torch.tensor(LENGTHS).unsqueeze(1)


def test_masked_mean_sees_real_tokens_only(values: torch.Tensor, mask: torch.Tensor) -> None:
    for row, length in enumerate(LENGTHS):
        assert torch.allclose(masked_mean(values, mask)[row], values[row, :length].mean(0))


def test_masked_softmax_gives_padding_no_weight(values: torch.Tensor, mask: torch.Tensor) -> None:
    weights = masked_softmax(values[..., 0], mask)
    assert torch.allclose(weights.sum(1), torch.ones(3))
    assert (weights[~mask] == 0).all()
    assert torch.allclose(weights[2, :3], values[2, :3, 0].softmax(0))


def test_attention_pooling_is_the_weighted_mean_that_it_says(values: torch.Tensor, mask: torch.Tensor) -> None:
    pooled, weights = AttentionPooling(4)(values, mask)
    for row, length in enumerate(LENGTHS):
        assert torch.allclose(pooled[row], (weights[row, :length, None] * values[row, :length]).sum(0), atol=1e-6)


def test_reversal_turns_real_tokens_around_and_is_its_own_inverse(values: torch.Tensor, mask: torch.Tensor) -> None:
    index = reversal(mask)
    turned = gathered(values, index)
    for row, length in enumerate(LENGTHS):
        assert torch.equal(turned[row, :length], values[row, :length].flip(0))
    assert torch.equal(gathered(turned, index), values)


def test_last_state_is_that_of_the_last_real_token(values: torch.Tensor, mask: torch.Tensor) -> None:
    assert torch.equal(last_state(values, mask), torch.stack([values[i, n - 1] for i, n in enumerate(LENGTHS)]))


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_a_layer_read_both_ways_equals_torchs_own_on_each_record_alone(
    values: torch.Tensor, mask: torch.Tensor, cell: Cell
) -> None:
    ours = RecurrentLayer(4, 6, cell=cell)
    torchs = getattr(torch.nn, cell.upper())(4, 6, batch_first=True, bidirectional=True)
    with torch.no_grad():
        for name, value in ours.ahead.named_parameters():
            getattr(torchs, name).copy_(value)
        for name, value in ours.back.named_parameters():
            getattr(torchs, f"{name}_reverse").copy_(value)
        states, final = ours(values, mask)
        for row, length in enumerate(LENGTHS):
            expected, last = torchs(values[row : row + 1, :length])
            last = last[0] if cell == "lstm" else last  # the state, without the memory cell
            assert torch.allclose(states[row, :length], expected[0], atol=1e-6)
            assert torch.allclose(final[row], last.flatten(), atol=1e-6)


def test_a_stack_read_one_way_equals_torchs_own_on_each_record_alone(values: torch.Tensor, mask: torch.Tensor) -> None:
    ours = RecurrentStack(4, 6, 2, cell="gru", both_ways=False)
    torchs = torch.nn.GRU(4, 6, batch_first=True, num_layers=2)
    with torch.no_grad():
        for number, layer in enumerate(ours):
            for name, value in layer.ahead.named_parameters():
                getattr(torchs, name.replace("l0", f"l{number}")).copy_(value)
        states, final = ours(values, mask)
        for row, length in enumerate(LENGTHS):
            expected, last = torchs(values[row : row + 1, :length])
            assert torch.allclose(states[row, :length], expected[0], atol=1e-6)
            assert torch.allclose(final[row], last[-1, 0], atol=1e-6)


def test_additive_attention_is_the_weighted_mean_of_the_paper(values: torch.Tensor, mask: torch.Tensor) -> None:
    attend = AdditiveAttention(4, 3)
    pooled, weights = attend(values, mask)
    assert (weights[~mask] == 0).all()
    for row, length in enumerate(LENGTHS):
        real = values[row, :length]
        hidden = torch.tanh(real @ attend.project.weight.T + attend.project.bias)
        expected = (hidden @ attend.context.weight[0]).softmax(0)
        assert torch.allclose(weights[row, :length], expected, atol=1e-6)
        assert torch.allclose(pooled[row], expected @ real, atol=1e-6)


def test_rotation_keeps_lengths_and_tells_only_distances() -> None:
    query, key = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(2))
    places = torch.zeros(1, 1, 20, 8)
    queries, keys = rotated(places + query), rotated(places + key)
    assert torch.allclose(queries.norm(dim=-1), query.norm().expand(1, 1, 20), atol=1e-5)
    products = queries[0, 0] @ keys[0, 0].T
    for distance in range(-5, 6):
        line = products.diagonal(distance)
        assert torch.allclose(line, line[0].expand_as(line), atol=1e-4)


def test_sinusoids_differ_between_all_positions() -> None:
    table = sinusoids(500, 16, device=torch.device("cpu"))
    assert torch.cdist(table, table).fill_diagonal_(1.0).min() > 1e-3


def test_tokens_under_the_mask_become_zeros() -> None:
    tokens = torch.tensor([[2, 3, 1], [4, 5, 5]])
    mask = torch.tensor([[True, True, True], [True, False, False]])
    for layer in (TokenEmbedding(6, 3), OneHot(6)):
        vectors = layer(tokens, mask)
        assert (vectors[1, 1:] == 0).all()
        assert vectors[0].abs().sum() > 0
    assert OneHot(6)(tokens, mask)[0, 0].tolist() == [0, 1, 0, 0, 0]
