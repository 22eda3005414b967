"""The attention packages' encoders: without padding they are the packages' own; what was changed keeps its promise."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
import torch
from linformer.linformer import Linformer
from reformer_pytorch.reformer_pytorch import Reformer
from routing_transformer.routing_transformer import KmeansAttention
from torch.nn import functional

from bioseq.catalogue.registry import architecture
from bioseq.catalogue.specification import TaskShape
from bioseq.config.schema import Configuration
from bioseq.evaluation.calibration import AS_IT_IS
from bioseq.models.layers.attention import attended
from bioseq.models.linear_transformer import linear_attention
from bioseq.models.performer import Performer  # the package's, whose import warns
from bioseq.models.registry import build
from bioseq.prediction.flags import reads_all_of
from bioseq.prediction.networks import NetworkPredictor
from bioseq.sequences.alphabets import Molecule
from bioseq.sequences.dataset import Dataset
from bioseq.sequences.tokens import Vocabulary

if TYPE_CHECKING:
    from torch import Tensor

    from bioseq.models.base import Network

TASK = TaskShape(22, 3, 40, False)
SMALL = {"width": 16, "heads": 2, "dropout": 0.0}
HASHING = {"full_up_to": 6, "bucket": 4, "hashes": 2}
PACKAGED: list[tuple[str, dict[str, Any]]] = [
    ("reformer", {}),
    ("reformer", HASHING),
    ("performer", {}),
    ("linformer", {}),
    ("routing_transformer", {"window": 8}),
]


def made(name: str, *, seed: int = 1, task: TaskShape = TASK, **hyper: Any) -> Network:
    torch.manual_seed(seed)
    return build(name, task, {**SMALL, **hyper}).eval()


def batch_of(lengths: list[int], seed: int = 0) -> tuple[Tensor, Tensor]:
    tokens = torch.randint(1, 22, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(seed))
    mask = torch.arange(max(lengths)) < torch.tensor(lengths).unsqueeze(1)
    return tokens * mask, mask


def states_of(network: Network, length: int = 40) -> tuple[Tensor, Tensor]:
    """What the encoder of a network reads when nothing is padded."""
    tokens, mask = batch_of([length] * 3)
    return network.read(tokens, mask), mask


@torch.no_grad()
def test_performer_without_padding_is_the_packages_own() -> None:
    network = made("performer")
    torch.manual_seed(2)
    bare = Performer(16, 2, 2, 8, nb_features=32).eval()
    bare.net.load_state_dict(
        {
            name.replace("fn.projection", "fn.fast_attention.projection_matrix"): value
            for name, value in network.encoder.state_dict().items()
        }
    )
    states, mask = states_of(network)
    assert torch.allclose(network.encoder(states, mask=mask), bare(states), atol=1e-5)


@torch.no_grad()
def test_linformer_without_padding_is_the_packages_own() -> None:
    network = made("linformer")
    bare = Linformer(16, 40, 2, k=32, heads=2).eval()
    names = {
        f"net.layers.{name}": value
        for name, value in network.blocks.state_dict().items()
        if ".0." not in name[1:]  # the feed-forward half has the package's own names
    }
    for number in range(2):
        attend = network.blocks[number][0]
        names |= {f"net.layers.{number}.0.norm.{key}": value for key, value in attend.norm.state_dict().items()}
        names |= {f"net.layers.{number}.0.fn.{key}": value for key, value in attend.attention.state_dict().items()}
    bare.load_state_dict(names)
    states, mask = states_of(network)
    expected = network.norm(bare(states)).mean(1)
    tokens, mask = batch_of([40] * 3)
    assert torch.allclose(network.encode(tokens, mask).embedding, expected, atol=1e-5)


@torch.no_grad()
def test_reformer_without_padding_and_hashing_is_the_packages_own() -> None:
    network = made("reformer")
    bare = Reformer(16, 2, 2, ff_chunks=1, use_full_attn=True, reverse_thres=10_000).eval()
    bare.layers.irrev_blocks.load_state_dict(network.blocks.state_dict(), strict=False)
    states, _ = states_of(network)
    tokens, mask = batch_of([40] * 3)
    expected = network.norm(bare(states)).mean(1)
    assert torch.allclose(network.encode(tokens, mask).embedding, expected, atol=1e-5)


@torch.no_grad()
def test_routing_without_padding_is_the_packages_own() -> None:
    network = made("routing_transformer", window=8)
    ours = network.encoder.layers.layers[0][0].fn.global_attn
    bare = KmeansAttention(5, 8, 2, 8).eval()
    bare.kmeans.means.copy_(ours.groups.means)
    bare.kmeans.initted.fill_(value=True)
    queries, keys, values = torch.randn(3, 4, 2, 40, 8).unbind()
    mask = torch.ones(4, 40, dtype=torch.bool)
    answers, loss = ours(queries, keys, values, query_mask=mask, key_mask=None)
    expected, _ = bare(queries, keys, values)
    assert loss == 0
    assert torch.allclose(answers, expected, atol=1e-4)  # the package divides by the count plus 1e-5


@pytest.mark.parametrize(("name", "hyper"), PACKAGED)
def test_each_tensor_is_saved_once(name: str, hyper: dict[str, Any]) -> None:
    state = made(name, **hyper).state_dict()
    places = {value.data_ptr() for value in state.values() if value.numel()}
    assert len(places) == len(state)


@pytest.mark.parametrize("lengths", [[40, 6, 7, 1, 33], [6, 1], [40, 39]])
@torch.no_grad()
def test_hashed_records_do_not_see_padding_or_each_other(lengths: list[int]) -> None:
    network = made("reformer", **HASHING)
    tokens, mask = batch_of(lengths)
    together = network(tokens, mask).logits
    noise = torch.where(mask, tokens, torch.randint(0, 22, tokens.shape))
    padded = network(functional.pad(noise, (0, 30), value=3), functional.pad(mask, (0, 30))).logits
    alone = torch.cat([network(tokens[i : i + 1, :n], mask[i : i + 1, :n]).logits for i, n in enumerate(lengths)])
    assert torch.allclose(padded, together, atol=1e-5)
    assert torch.allclose(alone, together, atol=1e-5)


@torch.no_grad()
def test_hashing_is_fixed_in_evaluation_saved_with_the_weights_and_drawn_anew_while_training() -> None:
    network, other = made("reformer", **HASHING), made("reformer", seed=2, **HASHING)
    tokens, mask = batch_of([40, 30])
    other.load_state_dict(network.state_dict())
    torch.manual_seed(99)
    assert torch.equal(other(tokens, mask).logits, network(tokens, mask).logits)
    network.train()
    assert not torch.equal(network(tokens, mask).logits, network(tokens, mask).logits)


@torch.no_grad()
def test_reformer_hashes_records_longer_than_it_was_built_for() -> None:
    tokens, mask = batch_of([200, 3])
    assert made("reformer", **HASHING)(tokens, mask).logits.isfinite().all()


def test_every_weight_of_the_hashed_reformer_receives_a_gradient() -> None:
    network = made("reformer", **HASHING).train()
    tokens, mask = batch_of([40, 17, 6, 25])
    functional.cross_entropy(network(tokens, mask).logits, torch.tensor([0, 1, 2, 0])).backward()
    assert all(value.grad is not None and value.grad.abs().sum() > 0 for value in network.parameters())


def groups_of(network: Network) -> list[Any]:
    return [attend.fn.global_attn.groups for attend, _ in network.encoder.layers.layers]


@torch.no_grad()
def test_routing_learns_its_groups_from_training_batches_alone_and_from_real_tokens_alone() -> None:
    network, other = made("routing_transformer", window=8), made("routing_transformer", window=8)
    tokens, mask = batch_of([40, 12, 9])
    before = [value.clone() for value in network.buffers()]
    assert network(tokens, mask).auxiliary is None
    network.after_step()
    assert all(map(torch.equal, network.buffers(), before))
    for one, padding in ((network, 0), (other, 25)):
        one.train()
        for _ in range(3):
            torch.manual_seed(5)
            loss = one(functional.pad(tokens, (0, padding), value=7), functional.pad(mask, (0, padding))).auxiliary
            assert loss is not None
            assert loss > 0
            one.after_step()
    for group, old, twin in zip(groups_of(network), before[::2], groups_of(other), strict=True):
        assert group.means.shape[1] == 5
        assert group.chosen
        assert not torch.equal(group.means, old)
        assert torch.allclose(group.means, twin.means, atol=1e-5)


def test_linear_attention_is_the_quadratic_formula_of_the_paper() -> None:
    queries, keys, values = torch.randn(3, 2, 3, 7, 4, dtype=torch.float64, generator=torch.manual_seed(3)).unbind()
    mask = torch.arange(7) < torch.tensor([[7], [4]])
    similar = (functional.elu(queries) + 1) @ (functional.elu(keys) + 1).transpose(-1, -2)
    similar = similar * mask[:, None, None, :]
    expected = similar / similar.sum(-1, keepdim=True) @ values
    assert torch.allclose(linear_attention(queries, keys, values, mask), expected)


def test_fused_attention_is_softmax_of_scaled_products_over_real_tokens() -> None:
    projected = torch.randn(2, 6, 24, generator=torch.manual_seed(4))
    mask = torch.arange(6) < torch.tensor([[6], [2]])
    mixed, weights = attended(projected, mask, heads=2, rotary=False, want_weights=True)
    queries, keys, values = (part.view(2, 6, 2, 4).transpose(1, 2) for part in projected.split(8, -1))
    scores = (queries @ keys.transpose(-1, -2) / math.sqrt(4)).masked_fill(~mask[:, None, None], -torch.inf)
    assert weights is not None
    assert torch.allclose(weights, scores.softmax(-1), atol=1e-6)
    assert torch.allclose(mixed, (scores.softmax(-1) @ values).transpose(1, 2).flatten(2), atol=1e-6)


def test_linformer_says_that_it_does_not_read_beyond_the_longest_record_it_was_built_for() -> None:
    vocabulary = Vocabulary(Molecule.PROTEIN, "letters", 1)
    network = made("linformer", task=TaskShape(vocabulary.size, 2, 40, False))
    contents: Any = SimpleNamespace(
        vocabulary=vocabulary, task=network.task, architecture="linformer", config=Configuration(), calibration=AS_IT_IS
    )
    predictor = NetworkPredictor(contents, network)
    records = Dataset.from_records(["MKV" * 10, "MKVA" * 10, "MKVA" * 10 + "WWW"])
    assert reads_all_of(predictor.contents, records).tolist() == [True, True, False]
    chances = predictor.chances(records)
    assert chances[1] == pytest.approx(chances[2])


def test_reformer_says_before_the_click_that_it_is_slower_than_plain_attention() -> None:
    specification = architecture("reformer")
    assert "Slower here than the transformer at every length measured" in specification.summary
    assert "slower than the transformer" in specification.unsuited(SimpleNamespace())  # type: ignore[arg-type]


def test_groups_as_large_as_the_longest_record_are_refused_in_words() -> None:
    problems = architecture("routing_transformer").problems({"window": 40}, TASK)
    assert "must be smaller than the longest sequence (40 tokens)" in problems[0].message
