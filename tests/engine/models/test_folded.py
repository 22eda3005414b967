"""Folding the embedding into the filters changes how `text_cnn` computes, and nothing else."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from bioseq.catalogue.specification import TaskShape
from bioseq.models.layers import folded
from bioseq.models.layers.embedding import TokenEmbedding
from bioseq.models.layers.folded import FoldedMatches
from bioseq.models.registry import build
from bioseq.models.text_cnn import FEWEST_TOKENS

if TYPE_CHECKING:
    from bioseq.models.base import Network

LENGTHS = [47, 1, 2, 19, 40, 8]
SMALL = {"embedding": 6, "filters": 5}


@pytest.fixture
def exact() -> Any:
    """Double precision, so that a difference is one of the arithmetic and not of rounding."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def as_published(network: Network) -> Network:
    """The same weights; a hook on the embedding keeps them from being folded."""
    plain = copy.deepcopy(network)
    plain.read.register_forward_hook(lambda *_: None)
    return plain


def both(task: TaskShape, **hyper: Any) -> tuple[Network, Network]:
    torch.manual_seed(1)
    network = build("text_cnn", task, {**SMALL, "dropout": 0.0, **hyper})
    return network, as_published(network)


def batch_of(vocabulary: int, lengths: list[int]) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return torch.randint(0, vocabulary, mask.shape, generator=generator).clamp_min(mask.long()), mask


def gradients(network: Network, tokens: Tensor, mask: Tensor) -> dict[str, Tensor]:
    network.zero_grad()
    functional.cross_entropy(network(tokens, mask).logits, torch.arange(len(tokens)) % 2).backward()
    return {name: value.grad for name, value in network.named_parameters() if value.grad is not None}


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("one_hot", [False, True], ids=["learnt", "one-hot"])
@pytest.mark.parametrize("pooling", ["max", "max_mean", "max_parts"])
@pytest.mark.parametrize("kernels", ["1,2,4,8", "3,5,7", "8,12,16,24"])
@pytest.mark.parametrize("block", [1 << 20, 50], ids=["one block", "many blocks"])
def test_outputs_and_gradients_are_those_of_the_convolution(
    monkeypatch: pytest.MonkeyPatch, one_hot: bool, pooling: str, kernels: str, block: int
) -> None:
    monkeypatch.setattr(folded, "BLOCK_FLOATS", block)
    ours, plain = both(TaskShape(22, 2, 40, False, one_hot), pooling=pooling, kernels=kernels)
    tokens, mask = batch_of(22, LENGTHS)
    assert tokens.numel() >= FEWEST_TOKENS
    with torch.no_grad():
        assert torch.allclose(ours(tokens, mask).embedding, plain(tokens, mask).embedding, atol=1e-12)
    found, expected = gradients(ours, tokens, mask), gradients(plain, tokens, mask)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.allclose(found[name], value, atol=1e-12), name


@pytest.mark.usefixtures("exact")
def test_with_a_layer_over_positions_the_embedding_learns_from_both() -> None:
    ours, plain = both(TaskShape(6, 2, 30, True))
    tokens, mask = batch_of(6, [30] * 9)
    found, expected = gradients(ours, tokens, mask), gradients(plain, tokens, mask)
    assert all(torch.allclose(found[name], value, atol=1e-12) for name, value in expected.items())


def test_the_loss_curve_is_the_same() -> None:
    ours, plain = both(TaskShape(6, 2, 60, False), filters=32, embedding=16)
    tokens, mask = batch_of(6, [60, 41, 7, 33] * 16)
    truth = torch.arange(len(tokens)) // 2 % 2
    curves = []
    for network in (ours, plain):
        optimiser, losses = torch.optim.AdamW(network.parameters(), 1e-2), []
        for _ in range(25):
            optimiser.zero_grad()
            loss = functional.cross_entropy(network(tokens, mask).logits, truth)
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        curves.append(losses)
    assert curves[0] == pytest.approx(curves[1], rel=1e-3, abs=1e-4)
    assert curves[0][-1] < 0.5 * curves[0][0]


def test_padding_is_bit_equal_to_none() -> None:
    ours, _ = both(TaskShape(6, 2, 60, False))
    tokens, mask = batch_of(6, LENGTHS)
    with torch.no_grad():
        wider = ours(functional.pad(tokens, (0, 23), value=5), functional.pad(mask, (0, 23))).embedding
        assert torch.equal(wider, ours(tokens, mask).embedding)


def test_bfloat16_leaves_the_matches_as_they_are() -> None:
    ours, _ = both(TaskShape(6, 2, 60, False), pooling="max_mean")
    tokens, mask = batch_of(6, LENGTHS)
    with torch.autocast("cpu", torch.bfloat16):
        output = ours(tokens, mask)
    assert torch.equal(output.embedding, ours(tokens, mask).embedding)
    assert output.logits.dtype is torch.bfloat16
    functional.cross_entropy(output.logits.float(), torch.arange(6) % 2).backward()
    assert all(value.grad is not None and value.grad.isfinite().all() for value in ours.parameters())


def matches_of(tokens: Tensor, mask: Tensor) -> tuple[TokenEmbedding, nn.Conv1d, FoldedMatches]:
    torch.manual_seed(3)
    read, filters = TokenEmbedding(6, 4), nn.Conv1d(4, 8, 4, padding=2)
    return read, filters, FoldedMatches(read, 6, [filters], tokens, mask)


def test_equal_windows_share_their_gradient_without_loss() -> None:
    tokens = torch.full((3, 50), 2)
    mask = torch.ones_like(tokens, dtype=torch.bool)
    read, filters, matches = matches_of(tokens, mask)
    matches.strongest().sum().backward()
    found = [read.table.weight.grad.clone(), filters.weight.grad.clone()]
    read.zero_grad()
    filters.zero_grad()
    functional.relu(filters(read(tokens, mask).transpose(1, 2))[..., :50].amax(-1)).sum().backward()
    for one, other in zip(found, (read.table.weight.grad, filters.weight.grad), strict=True):
        assert torch.allclose(one, other, atol=1e-5)


def test_weights_that_are_no_numbers_stay_so_and_break_nothing() -> None:
    tokens, mask = batch_of(6, LENGTHS)
    _, filters, _ = matches_of(tokens, mask)
    with torch.no_grad():
        filters.weight.fill_(torch.nan)
    read = TokenEmbedding(6, 4)
    found = FoldedMatches(read, 6, [filters], tokens, mask).strongest()
    found.sum().backward()
    assert found.isnan().all()


def test_nothing_as_large_as_all_matches_is_kept_for_the_backward_pass() -> None:
    kept: list[int] = []

    def note(tensor: Tensor) -> Tensor:
        kept.append(tensor.numel())
        return tensor

    network, plain = both(TaskShape(6, 2, 500, False), pooling="max_mean", filters=64)
    tokens, mask = batch_of(6, [500] * 4)
    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        network(tokens, mask)
        ours, kept = max(kept), []
        plain(tokens, mask)
    assert max(kept) >= 4 * 500 * 64
    assert ours < 4 * 500 * 10


@pytest.mark.parametrize(("vocabulary", "folds"), [(6, True), (22, True), (150, True), (151, False), (4_098, False)])
def test_the_embedding_is_folded_where_that_is_less_work(
    monkeypatch: pytest.MonkeyPatch, vocabulary: int, folds: bool
) -> None:
    asked: list[int] = []

    def noting(*given: Any) -> FoldedMatches:
        asked.append(1)
        return FoldedMatches(*given)

    monkeypatch.setattr("bioseq.models.text_cnn.FoldedMatches", noting)
    network, _ = both(TaskShape(vocabulary, 2, 40, False))
    network(*batch_of(vocabulary, [40] * 6))  # too few tokens to spare anything
    assert not asked
    network(*batch_of(vocabulary, [60] * 5))  # 300 tokens
    assert bool(asked) == folds


def test_who_watches_the_embedding_sees_that_of_each_token() -> None:
    network, _ = both(TaskShape(6, 2, 40, False))
    tokens, mask = batch_of(6, LENGTHS)
    seen: list[Tensor] = []
    network.read.register_forward_hook(lambda _layer, _given, made: seen.append(made))
    network(tokens, mask)
    assert [tuple(value.shape) for value in seen] == [(6, 47, 6)]


def test_many_records_of_one_token_are_no_exception() -> None:
    ours, plain = both(TaskShape(6, 2, 60, False))
    tokens, mask = batch_of(6, [1] * FEWEST_TOKENS)
    with torch.no_grad():
        assert torch.allclose(ours(tokens, mask).embedding, plain(tokens, mask).embedding, atol=1e-6)
