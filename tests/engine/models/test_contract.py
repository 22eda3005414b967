"""The contract C1 to C12 that every architecture keeps, over the whole catalogue: being listed is being tested.

The rules themselves are `bioseq.models.contract`, which `bioseq models --check` runs too. Here each of them is run over
each network, and each is shown to notice a network that breaks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

from bioseq.catalogue.registry import ARCHITECTURES, BUILT_IN
from bioseq.catalogue.specification import Cost
from bioseq.models.contract import RULES, ContractBroken, Rule, Subject, check_saving
from bioseq.models.registry import NETWORKS

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from bioseq.catalogue.specification import HyperValues, TaskShape
    from bioseq.models.base import Network

FROM_FILES = {"pretrained"}
"""What cannot be built without files; the same properties are proved in tests/engine/pretrained."""
TWINS = {"protbert": "dnabert"}
"""From scratch they are one network, bit by bit (tests/engine/pretrained): it need not learn twice."""
NAMES = tuple(name for name in ARCHITECTURES if name not in FROM_FILES)
CASES = [
    pytest.param(name, rule, id=f"{name}-{rule.code}-{rule.check.__name__.strip('_')}")
    for name in NAMES
    for rule in RULES
    if rule.code != "C6" and rule.applies(ARCHITECTURES[name]) and not (rule.learns and name in TWINS)
]


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_the_network_keeps_the_rule(name: str, rule: Rule) -> None:
    rule.check(Subject.of(name))


def test_c6_saved_networks_predict_bit_equally_in_a_fresh_process() -> None:
    check_saving([Subject.of(name) for name in NAMES])


def test_every_specification_has_a_network() -> None:
    assert set(NETWORKS) == set(BUILT_IN)


def test_the_plain_network_does_not_claim_to_find_motifs_anywhere() -> None:
    claims = {name for name in NAMES if ARCHITECTURES[name].finds_motifs_anywhere}
    assert set(NAMES) - claims == {"dnn"}
    assert "anywhere" not in ARCHITECTURES["dnn"].summary
    assert "one fixed length" in ARCHITECTURES["dnn"].good_for


# ------------------------------------------------------------------------------- networks that break the rules


def broken(name: str, spoil: Callable[[Network], None], **claims: Any) -> Subject:
    """A network of the catalogue with something spoilt, or with claims that are not true."""
    sound = Subject.of(name)
    from dataclasses import replace

    def build(task: TaskShape, hyper: HyperValues) -> Network:
        network = sound.build(task, hyper)
        spoil(network)
        return network

    return Subject(replace(sound.specification, **claims), build)


def encoding_changed(change: Callable[[Tensor, Tensor, Tensor], Tensor]) -> Callable[[Network], None]:
    """Change what the network encodes: `(embedding, tokens, mask) -> embedding`."""

    def spoil(network: Network) -> None:
        encode = network.encode

        def changed(tokens: Tensor, mask: Tensor, *, want_attention: bool = False) -> Any:
            encoding = encode(tokens, mask, want_attention=want_attention)
            return encoding._replace(embedding=change(encoding.embedding, tokens, mask))

        network.encode = changed  # type: ignore[method-assign]

    return spoil


def nothing(_network: Network) -> None:
    pass


def with_dead_weight(network: Network) -> None:
    network.unused = torch.nn.Parameter(torch.ones(3))


def refusing_long_input(embedding: Tensor, tokens: Tensor, _mask: Tensor) -> Tensor:
    if tokens.shape[1] > 500:
        raise RuntimeError("too long")
    return embedding


def overflowing_in_half_precision(embedding: Tensor, _tokens: Tensor, _mask: Tensor) -> Tensor:
    return embedding / 0.0 if torch.is_autocast_enabled("cpu") else embedding


def blind(embedding: Tensor, _tokens: Tensor, _mask: Tensor) -> Tensor:
    return embedding * 0 + 1


def counted_as_three(_task: TaskShape, _hyper: HyperValues) -> int:
    return 3


LIARS: dict[str, Subject] = {
    "padding_is_invisible": broken("text_cnn", encoding_changed(lambda e, tokens, _: e + 0.01 * tokens.shape[1])),
    "samples_are_independent": broken("text_cnn", encoding_changed(lambda e, _, __: e + 0.01 * e.mean(0))),
    "evaluation_is_deterministic": broken("text_cnn", encoding_changed(lambda e, _, __: e + torch.randn_like(e))),
    "any_length_runs": broken("text_cnn", encoding_changed(refusing_long_input)),
    "every_parameter_learns": broken("text_cnn", with_dead_weight),
    "learns_by_heart": broken("text_cnn", encoding_changed(blind)),
    "finds_motifs_anywhere": broken("text_cnn", encoding_changed(blind)),
    "finds_motifs_at_a_place": broken("text_cnn", encoding_changed(blind)),
    "extremes_build_or_say_why_not": broken("text_cnn", with_dead_weight),
    "half_precision_is_finite": broken("text_cnn", encoding_changed(overflowing_in_half_precision)),
    "parameters_are_counted": broken("text_cnn", nothing, count_parameters=counted_as_three),
    "work_grows_as_declared": broken("transformer", nothing, cost=Cost.LINEAR),
}
UNSEEN = {"training_is_deterministic", "saving_changes_nothing", "learns_nothing_from_chance", "bounds_are_kept"}
"""What would take a fault of torch, of the process or of the check itself to break."""


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.check.__name__.strip("_") not in UNSEEN])
def test_a_network_that_breaks_a_rule_is_found_out(rule: Rule) -> None:
    with pytest.raises((ContractBroken, RuntimeError)):
        rule.check(LIARS[rule.check.__name__.strip("_")])
