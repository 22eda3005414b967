"""Tables of whole stretches change how fast `text_cnn` predicts, and not what."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from bioseq.catalogue.specification import TaskShape
from bioseq.evaluation.inference import predict_logits
from bioseq.models import text_cnn
from bioseq.models.layers import stretches
from bioseq.models.layers.embedding import TokenEmbedding
from bioseq.models.layers.stretches import STRETCHES, TABLE_FLOATS, Filters, longest_stretch, table_floats
from bioseq.models.registry import build
from bioseq.models.text_cnn import TABLE_LIMITS
from bioseq.sequences.ragged import offsets_of
from bioseq.sequences.tokens import TokenColumn

if TYPE_CHECKING:
    from bioseq.models.base import Network

MANY = 10_000_000
LENGTHS = ([47, 1, 2, 3, 40, 8], [30] * 9, [1] * 5, [3, 2])
SMALL = {"embedding": 6, "filters": 5}


@pytest.fixture
def exact() -> Any:
    """Double precision, so that a difference is one of the arithmetic and not of rounding."""
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def network_of(task: TaskShape, **hyper: Any) -> Network:
    torch.manual_seed(1)
    return build("text_cnn", task, {**SMALL, **hyper}).eval()


def batch_of(vocabulary: int, lengths: list[int]) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(2)
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return torch.randint(1, vocabulary, mask.shape, generator=generator), mask


def filters_of(vocabulary: int, widths: tuple[int, ...]) -> Filters:
    torch.manual_seed(3)
    convolutions = [nn.Conv1d(6, 20, width, padding=width // 2) for width in widths]
    stretch = longest_stretch(vocabulary + 1, 20, widths)
    return Filters(TokenEmbedding(vocabulary, 6), vocabulary, convolutions, stretch)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("one_hot", [False, True], ids=["learnt", "one-hot"])
@pytest.mark.parametrize("vocabulary", [6, 22])
@pytest.mark.parametrize("kernels", ["1,2,4,8", "3,5,7", "8,12,16,24"])
def test_logits_are_those_of_the_network(
    monkeypatch: pytest.MonkeyPatch, kernels: str, vocabulary: int, one_hot: bool
) -> None:
    for pooling, fixed, block in product(("max", "max_mean", "max_parts"), (False, True), (1 << 18, 50)):
        monkeypatch.setattr(stretches, "MATCH_FLOATS", block)
        monkeypatch.setattr(stretches, "ROWS_AT_ONCE", block)
        network = network_of(TaskShape(vocabulary, 3, 50, fixed, one_hot), pooling=pooling, kernels=kernels)
        with torch.inference_mode():
            prepared = network.prepared(MANY)
            assert prepared.limits is TABLE_LIMITS
            for lengths in LENGTHS:
                tokens, mask = batch_of(vocabulary, lengths)
                found = prepared.logits_of(tokens, mask)
                assert torch.allclose(found, network(tokens, mask).logits, atol=1e-12), (pooling, fixed, lengths)


@pytest.mark.usefixtures("exact")
def test_a_layer_over_too_many_positions_for_a_table_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(TaskShape(6, 2, 50, True))
    monkeypatch.setattr(text_cnn, "TABLE_FLOATS", 7 * 50 * text_cnn.POSITION_UNITS - 1)
    tokens, mask = batch_of(6, [50, 50, 41])
    with torch.inference_mode():
        found = network.prepared(MANY).logits_of(tokens, mask)
        assert torch.allclose(found, network(tokens, mask).logits, atol=1e-12)


@pytest.mark.parametrize("vocabulary", [6, 22])
def test_the_strongest_matches_of_a_record_have_the_same_bits_alone_and_with_more_padding(vocabulary: int) -> None:
    filters = filters_of(vocabulary, (1, 2, 3, 8, 12))
    with torch.inference_mode():
        for lengths in LENGTHS:
            tokens, mask = batch_of(vocabulary, lengths)
            together = torch.cat(filters.summaries(tokens, mask, with_means=False), 1)
            longer, hidden = functional.pad(tokens, (0, 9), value=4), functional.pad(mask, (0, 9))
            assert torch.equal(torch.cat(filters.summaries(longer, hidden, with_means=False), 1), together)
            for row, length in enumerate(lengths):
                one = tokens[row : row + 1, :length], mask[row : row + 1, :length]
                alone = torch.cat(filters.summaries(*one, with_means=False), 1)
                assert torch.equal(alone, together[row : row + 1])


def test_weights_that_are_no_numbers_stay_so() -> None:
    network = network_of(TaskShape(6, 2, 50, False))
    with torch.inference_mode():
        for weight in network.parameters():
            weight.fill_(torch.nan)
        assert network.prepared(MANY).logits_of(*batch_of(6, LENGTHS[0])).isnan().all()


@pytest.mark.parametrize("vocabulary", [6, 22, 66, 402, 4_098])
@pytest.mark.parametrize("filters", [1, 128, 2_048])
def test_tables_stay_small(vocabulary: int, filters: int) -> None:
    for widths in ((1, 2, 4, 8), (8, 12, 16, 24)):
        kinds = vocabulary + 1
        stretch = longest_stretch(kinds, filters, widths)
        small = [
            kinds**length <= STRETCHES and table_floats(length, kinds, filters, widths) <= TABLE_FLOATS
            for length in (stretch, stretch + 1)
        ]
        assert small == [True, False] or (stretch == 1 and not small[1])


def test_tables_are_made_for_many_tokens_only_and_never_while_somebody_watches() -> None:
    network = network_of(TaskShape(6, 2, 41, True), filters=128)
    assert network.prepared(1_000).limits is None
    assert network.prepared(100_000).limits is TABLE_LIMITS
    watch = network.read.register_forward_hook(lambda *_: None)
    assert network.prepared(100_000).limits is None
    watch.remove()
    assert network.prepared(100_000).limits is TABLE_LIMITS
    assert network_of(TaskShape(4_098, 2, 41, True)).prepared(100_000).limits is None


def test_many_records_are_predicted_as_few_are() -> None:
    chance = np.random.default_rng(4)
    lengths = chance.integers(1, 60, 1_500)
    offsets = offsets_of(lengths)
    column = TokenColumn(chance.integers(1, 6, int(offsets[-1])).astype(np.uint8), offsets)
    network = network_of(TaskShape(6, 2, 60, False), pooling="max_mean")
    assert network.prepared(int(offsets[-1])).limits is TABLE_LIMITS
    together = predict_logits(network, column)
    some = np.arange(0, 1_500, 100)
    apart = torch.cat([predict_logits(network, column.take(np.array([row]))) for row in some])
    assert torch.allclose(together[some], apart, atol=1e-5)
    assert torch.equal(together, predict_logits(network, column))
